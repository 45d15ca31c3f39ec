/*
 * Answers that are made as they are taken, on each lane that makes them: whole, in
 * every version of HTTP, or cut so that it shows; whoever reads slowly, leaves, or
 * comes when all is full holds up nobody but himself. The streams are those of
 * tests/streaming_agent.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent_process.h"
#include "tests/watch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WINDOW 131072

enum { SLOW = 16, FLOOD = 1100 };

static const struct agent *agent;

static bool is_right(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] != (char)('a' + i % 26))
			return false;
	}
	return true;
}

static int count_streams(void)
{
	struct raw *raw = raw_connect(agent);
	int count;

	raw_say(raw, "GET /stream/count HTTP/1.1\r\nHost: localhost\r\n\r\n");
	count = atoi(raw_receive(raw, false)->body);
	raw_close(raw);
	return count;
}

/* What ends, ends a moment later. */
static void expect_none_left(void)
{
	double until = raw_clock() + 10;

	while (count_streams() && raw_clock() < until)
		usleep(10000);
	assert_int_equal(count_streams(), 0);
}

static void streams_come_whole(void **state)
{
	static const struct {
		const char *target;
		size_t length;
	} cases[] = {
		{ "/stream/loop/2/1/end/0", 2 },
		{ "/stream/loop/3/0/end/0", 0 },
		{ "/stream/loop/100/1000/end/0", 100000 },
		{ "/stream/loop/50/131072/end/0", 50 * WINDOW },
		{ "/stream/reader/2/1/end/0", 2 },
		{ "/stream/reader/2/16/end/20", 32 },
		{ "/stream/reader/100/1000/end/1", 100000 },
		{ "/stream/reader/50/131072/end/0", 50 * WINDOW },
		{ "/stream/reader/3/1000000/end/0", 3000000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct watch *watch = watch_open(agent, cases[i].target, "");

		assert_non_null(strstr(watch->head, "\r\nTransfer-Encoding: chunked\r\n"));
		assert_true(watch_ends(watch, 20));
		if (!watch->ended || watch->length != cases[i].length ||
		    !is_right(watch->text, watch->length))
			fail_msg("%s: %zu bytes", cases[i].target, watch->length);
		watch_close(watch);
	}
	expect_none_left();
}

/* Everything up to the end of the connection; -1: it ends by a reset. */
static ssize_t read_to_end(struct raw *raw)
{
	ssize_t length;

	while ((length = recv(raw->fd, raw->bytes + raw->length,
			      sizeof(raw->bytes) - raw->length, 0)) > 0)
		raw->length += (size_t)length;
	return length < 0 ? -1 : (ssize_t)raw->length;
}

/* HTTP/1.0 has no chunks: the text ends with the connection, and nothing tells the client otherwise. */
static void old_clients_read_to_the_end(void **state)
{
	static const char *const lanes[] = { "loop", "reader" };

	(void)state;
	for (size_t i = 0; i < COUNT(lanes); i++) {
		struct raw *raw = raw_connect(agent);
		char text[256], *body;

		snprintf(text, sizeof(text),
			 "GET /stream/%s/20/5000/end/1 HTTP/1.0\r\nHost: localhost\r\n"
			 "Connection: keep-alive\r\n\r\n",
			 lanes[i]);
		raw_say(raw, text);
		assert_true(read_to_end(raw) > 100000);
		body = (char *)memmem(raw->bytes, raw->length, "\r\n\r\n", 4) + 4;
		body[-1] = '\0';
		assert_null(strstr(raw->bytes, "Transfer-Encoding"));
		assert_null(strstr(raw->bytes, "Content-Length"));
		assert_non_null(strstr(raw->bytes, "\r\nConnection: close\r\n"));
		assert_int_equal(raw->bytes + raw->length - body, 100000);
		assert_true(is_right(body, 100000));
		raw_close(raw);
	}
}

static void a_cut_shows(void **state)
{
	static const char *const targets[] = { "/stream/loop/3/100/cut/0",
					       "/stream/reader/3/100/cut/5",
					       "/stream/reader/20/131072/cut/0" };

	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct watch *watch = watch_open(agent, targets[i], "");

		assert_true(watch_ends(watch, 10));
		assert_true(watch->gone && !watch->ended);
		assert_true(is_right(watch->text, watch->length));
		watch_close(watch);
	}
	expect_none_left();
}

/* The end of the connection is that of the text to them; so it has to be another end. */
static void old_clients_see_a_cut(void **state)
{
	struct raw *raw = raw_connect_tcp(agent);
	char text[256];

	(void)state;
	snprintf(text, sizeof(text),
		 "GET /stream/reader/3/100/cut/50 HTTP/1.0\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\n\r\n",
		 agent->token);
	raw_say(raw, text);
	assert_int_equal(read_to_end(raw), -1);
	assert_int_equal(errno, ECONNRESET);
	raw_close(raw);
}

/* Not that a handler would make one; but a text of a client's is in some headers. */
static void no_header_is_two(void **state)
{
	struct raw *raw = raw_connect(agent);
	const struct raw_answer *answer;

	(void)state;
	raw_say(raw, "GET /stream/count HTTP/1.1\r\nHost: localhost\r\n\r\n");
	answer = raw_receive(raw, false);
	assert_null(answer->fault);
	assert_null(raw_header(answer, "Odd"));
	assert_null(raw_header(answer, "Injected"));
	assert_string_equal(raw_header(answer, "Even"), "c");
	raw_close(raw);
}

/* HEAD has no stream; what was sent behind a request is answered behind its stream. */
static void requests_go_on_behind_a_stream(void **state)
{
	struct raw *raw = raw_connect(agent);
	static const char get[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
	const struct raw_answer *answer;
	char *end;

	(void)state;
	raw_say(raw, "HEAD /stream/reader/9/9/end/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	answer = raw_receive(raw, true);
	assert_int_equal(answer->status, 200);
	assert_string_equal(raw_header(answer, "Transfer-Encoding"), "chunked");
	raw_say(raw, get);
	assert_int_equal(raw_receive(raw, false)->status, 200);
	raw_say(raw, "GET /stream/reader/3/3/end/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	raw_say(raw, get);
	shutdown(raw->fd, SHUT_WR);
	assert_true(read_to_end(raw) > 0);
	raw->bytes[raw->length] = '\0';
	end = strstr(raw->bytes,
		     "\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n3\r\nghi\r\n0\r\n\r\nHTTP/1.1 200");
	assert_non_null(end);
	raw_close(raw);
}

static double time_small(void)
{
	struct raw *raw = raw_connect(agent);
	double start = raw_clock();

	raw_say(raw, "GET /stream/reader/1/10/end/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_int_equal(raw_receive(raw, false)->status, 200);
	raw_close(raw);
	return raw_clock() - start;
}

/* Streams without an end, of which nothing is read: two windows of each are kept. */
static void slow_readers_hold_nothing_up(void **state)
{
	struct raw *slow[SLOW];
	struct watch *fast;
	long before = agent_resident_kib(agent);
	double worst = 0;

	(void)state;
	for (int i = 0; i < SLOW; i++) {
		slow[i] = raw_connect(agent);
		raw_say(slow[i], "GET /stream/reader/1000000/131072/end/0 HTTP/1.1\r\n"
				 "Host: localhost\r\n\r\n");
	}
	for (int i = 0; i < 20; i++) {
		double seconds = time_small();

		worst = seconds > worst ? seconds : worst;
	}
	fast = watch_open(agent, "/stream/reader/100/131072/end/0", "");
	assert_true(watch_ends(fast, 20) && fast->ended);
	assert_int_equal(fast->length, 100 * WINDOW);
	watch_close(fast);
	printf("proven: %d slow readers take %ld kB; others wait %.0f ms at most\n", SLOW,
	       agent_resident_kib(agent) - before, worst * 1000);
	assert_true(worst < 2);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(agent_resident_kib(agent) - before < (SLOW + 2) * 512);
#endif
	for (int i = 0; i < SLOW; i++)
		raw_close(slow[i]);
	expect_none_left();
}

/* Bytes in the agent's sockets that its clients have not got yet. */
static unsigned long queued_bytes(void)
{
	unsigned int port = (unsigned int)atoi(strchr(agent->listen, ':') + 1), local;
	unsigned long bytes = 0, one;
	FILE *file = fopen("/proc/net/tcp", "re");
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %*d: %*x:%x %*x:%*x %*x %lx:", &local, &one) == 2 &&
		    local == port)
			bytes += one;
	}
	fclose(file);
	return bytes;
}

/* It would keep four megabytes for each. */
static void the_kernel_keeps_little_of_a_stream(void **state)
{
	struct raw *raw = raw_connect_tcp(agent);
	char text[256];

	(void)state;
	setsockopt(raw->fd, SOL_SOCKET, SO_RCVBUF, &(int){ 16384 }, sizeof(int));
	snprintf(text, sizeof(text),
		 "GET /stream/reader/1000000/131072/end/0 HTTP/1.1\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\n\r\n",
		 agent->token);
	raw_say(raw, text);
	usleep(500000);
	assert_in_range(queued_bytes(), 1, 1000000);
	raw_close(raw);
	expect_none_left();
}

/* Before, while and after a window is made; the agent itself watches what is freed when. */
static void who_leaves_is_forgotten(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		struct raw *raw = i % 2 ? raw_connect(agent) : raw_connect_tcp(agent);
		char text[256];

		snprintf(text, sizeof(text),
			 "GET /stream/reader/1000/1000/end/5 HTTP/1.1\r\nHost: localhost\r\n"
			 "Authorization: Bearer %s\r\n\r\n",
			 agent->token);
		raw_say(raw, text);
		usleep((useconds_t)i * 700);
		if (i % 3)
			recv(raw->fd, raw->bytes, sizeof(raw->bytes), MSG_DONTWAIT);
		raw_close(raw);
	}
	expect_none_left();
}

/* So many requests wait on the lane that some are turned away; a stream is not. */
static void streams_outlast_a_full_lane(void **state)
{
	static struct raw *flood[FLOOD];
	struct watch *watch = watch_open(agent, "/stream/reader/400/1000/end/1", "");
	int refused = 0;

	(void)state;
	for (int i = 0; i < FLOOD; i++) {
		flood[i] = raw_connect(agent);
		raw_say(flood[i], "GET /stream/reader/1/10/end/4 HTTP/1.1\r\n"
				  "Host: localhost\r\n\r\n");
	}
	for (int i = 0; i < FLOOD; i++) {
		refused += raw_receive(flood[i], false)->status == 503;
		raw_close(flood[i]);
	}
	assert_true(watch_ends(watch, 30) && watch->ended);
	assert_int_equal(watch->length, 400 * 1000);
	watch_close(watch);
	printf("%d of %d were told to come again\n", refused, FLOOD);
	assert_in_range(refused, 1, FLOOD / 2);
}

/* The last test: nobody takes a half for the whole, or waits for it. */
static void streams_are_cut_at_the_end(void **state)
{
	struct watch *watch = watch_open(agent, "/stream/reader/1000000/1000/end/1", "");
	double start = raw_clock();

	(void)state;
	kill(agent->pid, SIGTERM);
	assert_true(watch_ends(watch, 10));
	assert_true(watch->gone && !watch->ended);
	waitid(P_PID, (id_t)agent->pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_true(raw_clock() - start < 3);
	watch_close(watch);
}

static int setup(void **state)
{
	static const char *const options[] = { "--max-connections", "2000",
					       "--max-connections-per-peer", "2000", NULL };
	const struct rlimit limit = { 8192, 8192 };
	int result;

	setrlimit(RLIMIT_NOFILE, &limit);
	unsetenv("TUNNELD_TRAFFIC"); /* what openapi.yaml knows nothing of */
	setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 0);
	result = watch_setup_options(state, options);
	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_come_whole),
		cmocka_unit_test(old_clients_read_to_the_end),
		cmocka_unit_test(a_cut_shows),
		cmocka_unit_test(old_clients_see_a_cut),
		cmocka_unit_test(no_header_is_two),
		cmocka_unit_test(requests_go_on_behind_a_stream),
		cmocka_unit_test(slow_readers_hold_nothing_up),
		cmocka_unit_test(the_kernel_keeps_little_of_a_stream),
		cmocka_unit_test(who_leaves_is_forgotten),
		cmocka_unit_test(streams_outlast_a_full_lane),
		cmocka_unit_test(streams_are_cut_at_the_end),
	};

	return cmocka_run_group_tests(tests, setup, watch_teardown);
}
