/*
 * Connections that do not behave: pipelining, byte by byte, half closed, gone
 * at each stage; hundreds that drip; readers that do not read. What is good
 * among them is served as if it were alone, and nothing is left behind.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/agent_process.h"
#include "tests/raw.h"

#define GOOD "GET /healthz HTTP/1.1\r\nHost: tunneld\r\n\r\n"
#define HUGE "GET /openapi.yaml HTTP/1.1\r\nHost: tunneld\r\n\r\n"
#define BAD "GET /healthz HTTP/1.1\r\nHost: tunneld\r\nHost: tunneld\r\n\r\n"
#define CHUNKS                                                                                   \
	"POST /probes HTTP/1.1\r\nHost: tunneld\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\n{" \
	"\r\n1\r\n}\r\n0\r\nA: b\r\n\r\n"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { DRIPPERS = 1000 }; /* twice as many as one user may have */

static const struct agent *agent;

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void expect(struct raw *raw, int status)
{
	const struct raw_answer *answer = raw_receive(raw, false);

	if (answer->fault || answer->status != status)
		fail_msg("%d, not %d; misses %s: %s", answer->status, status,
			 answer->fault ? answer->fault : "nothing", answer->body);
}

/* A connection that says this, gets that, and then the end. */
static void converse(const char *text, const int *statuses, bool half_close)
{
	struct raw *raw = raw_connect(agent);

	raw_say(raw, text);
	if (half_close)
		shutdown(raw->fd, SHUT_WR);
	for (; *statuses; statuses++)
		expect(raw, *statuses);
	assert_true(raw_ends(raw, 5));
	raw_close(raw);
}

static void assert_healthy(void)
{
	struct raw *raw = raw_connect(agent);

	raw_say(raw, GOOD);
	expect(raw, 200);
	raw_close(raw);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	(void)state;
	converse(GOOD GOOD GOOD, (int[]){ 200, 200, 200, 0 }, true);
	converse(CHUNKS GOOD CHUNKS, (int[]){ 422, 200, 422, 0 }, true);
	converse("GET /none HTTP/1.1\r\nHost: tunneld\r\n\r\n" GOOD, (int[]){ 404, 200, 0 },
		 true);
	converse("POST /none HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 3\r\n\r\nabc" GOOD,
		 (int[]){ 404, 200, 0 }, true);
}

/* What follows a request that was refused may be part of it: nobody looks. */
static void nothing_is_served_behind_a_bad_request(void **state)
{
	(void)state;
	converse(GOOD BAD GOOD, (int[]){ 200, 400, 0 }, false);
	converse(GOOD "GET / HTTP/1.1\r\n" GOOD, (int[]){ 200, 400, 0 }, false);
	converse("POST /probes HTTP/1.1\r\nHost: tunneld\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "0\r\nGET / HTTP/1.1\r\n\r\n" GOOD,
		 (int[]){ 400, 0 }, false);
}

static void nothing_is_served_behind_the_last_request(void **state)
{
	(void)state;
	converse("GET /healthz HTTP/1.1\r\nHost: tunneld\r\nConnection: close\r\n\r\n" GOOD BAD,
		 (int[]){ 200, 0 }, false);
	converse("GET /healthz HTTP/1.0\r\nHost: tunneld\r\n\r\n" BAD, (int[]){ 200, 0 },
		 false);
	converse("GET /version HTTP/1.1\r\nHost: tunneld\r\nConnection: close\r\n\r\n" BAD,
		 (int[]){ 200, 0 }, false);
	converse("POST /none HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 41\r\n"
		 "Expect: 100-continue\r\n\r\n" GOOD GOOD,
		 (int[]){ 404, 0 }, false);
}

static void requests_may_come_byte_by_byte(void **state)
{
	static const char text[] = "\r\n" GOOD CHUNKS GOOD;
	struct raw *raw = raw_connect(agent);

	(void)state;
	for (const char *at = text; *at; at++) {
		raw_send(raw, at, 1);
		if (at - text < 60)
			pause_ms(1);
	}
	expect(raw, 200);
	expect(raw, 422);
	expect(raw, 200);
	raw_close(raw);
}

static void who_asks_first_is_told_to_continue(void **state)
{
	struct raw *raw = raw_connect(agent);

	(void)state;
	raw_say(raw, "POST /probes HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 2\r\n"
		     "Expect: 100-continue\r\n\r\n");
	expect(raw, 100);
	raw_say(raw, "{}" GOOD);
	expect(raw, 422);
	expect(raw, 200);
	raw_close(raw);
}

/* Half a megabyte in one request: more than all buffers on the way hold. */
static void long_bodies_come_through(void **state)
{
	static char bytes[512 * 1024];
	struct raw *raw = raw_connect(agent);

	(void)state;
	memset(bytes, ' ', sizeof(bytes));
	raw_say(raw,
		"POST /probes HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 524290\r\n\r\n{");
	raw_send(raw, bytes, sizeof(bytes));
	raw_say(raw, "}");
	expect(raw, 422);
	raw_say(raw,
		"POST /probes HTTP/1.1\r\nHost: tunneld\r\nTransfer-Encoding: chunked\r\n\r\n"
		"80000\r\n");
	raw_send(raw, bytes, sizeof(bytes));
	raw_say(raw, "\r\n2\r\n{}\r\n0\r\n\r\n" GOOD);
	expect(raw, 422);
	expect(raw, 200);
	raw_close(raw);
}

/* Sixty of 3 MiB each, of which none is complete: 64 MiB of them are kept. */
static void long_bodies_share_the_memory(void **state)
{
	static char bytes[3 * 1024 * 1024];
	struct raw *raw[60];
	long before = agent_resident_kib(agent);
	int refused = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(raw); i++) {
		raw[i] = raw_connect(agent);
		raw_say(raw[i], "POST /routes HTTP/1.1\r\nHost: tunneld\r\n"
				"Content-Length: 3145729\r\n\r\n");
		raw_send(raw[i], bytes, sizeof(bytes));
	}
	assert_healthy();
	assert_true(agent_resident_kib(agent) - before < 110 * 1024);
	for (size_t i = 0; i < COUNT(raw); i++) {
		raw_say(raw[i], "x");
		refused += raw_receive(raw[i], false)->status == 503;
		raw_close(raw[i]);
	}
	printf("%d of %zu long bodies had to wait\n", refused, COUNT(raw));
	assert_in_range(refused, 60 - 64 / 3 - 3, 60 - 64 / 3 + 3);
}

/* Does the agent have no more descriptors than that, soon? */
static void assert_descriptors(int limit)
{
	for (int i = 0; i < 100 && (int)agent_descriptors(agent) > limit; i++)
		pause_ms(50);
	assert_in_range((int)agent_descriptors(agent), 0, limit);
}

/* After each byte of a request, with and without an answer in between. */
static void clients_may_vanish_at_any_time(void **state)
{
	static const char text[] = CHUNKS HUGE;
	int before;

	(void)state;
	assert_healthy();
	before = (int)agent_descriptors(agent);
	for (size_t length = 0; length < sizeof(text); length++) {
		struct raw *raw = raw_connect(agent);

		raw_send(raw, text, length);
		if (length % 2 && length >= sizeof(CHUNKS) - 1)
			expect(raw, 422);
		raw_close(raw);
		raw = raw_connect_tcp(agent);
		setsockopt(raw->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
			   sizeof(struct linger)); /* closing resets */
		raw_send(raw, text, length);
		raw_close(raw);
	}
	assert_healthy();
	assert_descriptors(before + 2);
}

static void clients_may_vanish_while_work_is_done(void **state)
{
	static const char text[] =
		"POST /probes HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 73\r\n\r\n"
		"{\"namespace\":\"host\",\"destination\":\"127.0.0.1\",\"count\":2,"
		"\"interval_ms\":99}";
	int before = (int)agent_descriptors(agent);

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct raw *raw = raw_connect(agent);

		raw_say(raw, text);
		pause_ms(20);
		raw_close(raw);
	}
	assert_descriptors(before + 2);
	assert_healthy();
	converse(text, (int[]){ 200, 0 }, true); /* half closed, it is waited for */
}

/* A byte a second from each, as a timeout for idle clients would let them. */
static void drip(struct raw **drippers, int round)
{
	static const char text[] = "POST /";

	for (int i = 0; i < DRIPPERS; i++)
		send(drippers[i]->fd, text + round, 1, MSG_NOSIGNAL);
}

static double time_good_client(void)
{
	double begin = raw_clock();

	assert_healthy();
	return raw_clock() - begin;
}

static void drippers_starve_nobody(void **state)
{
	static struct raw *drippers[DRIPPERS];
	double worst = 0;

	(void)state;
	for (int i = 0; i < DRIPPERS; i++)
		drippers[i] = raw_connect(agent);
	for (int round = 0; round < 4; round++) {
		drip(drippers, round);
		for (int i = 0; i < 10; i++) {
			double seconds = time_good_client();

			worst = seconds > worst ? seconds : worst;
			pause_ms(100);
		}
	}
	printf("proven: among %d clients that drip, a good one waits %.0f ms at most\n",
	       DRIPPERS, worst * 1000);
	assert_true(worst < 1);
	for (int i = 0; i < DRIPPERS; i++)
		raw_close(drippers[i]);
}

/* Each asks for ten times what fits into the buffers on the way. */
static void slow_readers_slow_themselves(void **state)
{
	static struct raw *readers[50];
	long before = agent_resident_kib(agent);

	(void)state;
	for (size_t i = 0; i < COUNT(readers); i++) {
		readers[i] = raw_connect(agent);
		for (int j = 0; j < 50; j++)
			raw_say(readers[i], HUGE);
	}
	for (int i = 0; i < 10; i++)
		assert_true(time_good_client() < 1);
	printf("50 slow readers take %ld kB\n", agent_resident_kib(agent) - before);
	assert_true(agent_resident_kib(agent) - before < 50 * 512);
	for (size_t i = 0; i < COUNT(readers); i++) {
		for (int j = 0; j < 50 && i % 10 == 0; j++)
			expect(readers[i], 200); /* whole, however late */
		raw_close(readers[i]);
	}
}

/* Both at once, since they take their time. */
static void deadlines_are_kept(void **state)
{
	struct raw *reader = raw_connect(agent), *dripper = raw_connect(agent);
	const struct raw_answer *answer = NULL;
	double begin = raw_clock(), seconds;
	int dropped = 0;

	(void)state;
	for (int j = 0; j < 50; j++)
		raw_say(reader, HUGE);
	raw_say(dripper,
		"POST /probes HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 99\r\n\r\n");
	for (; !answer && raw_clock() - begin < 40; pause_ms(500)) {
		raw_say(dripper, " ");
		if (recv(dripper->fd, (char[1]){ 0 }, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
			answer = raw_receive(dripper, false);
	}
	seconds = raw_clock() - begin;
	assert_null(raw_problem_fault(answer, 408));
	assert_true(seconds > 19 && seconds < 25);
	while (raw_clock() - begin < 29)
		pause_ms(100);
	/* What was in the kernel's buffers can be read, then there is the end. */
	for (pause_ms(4000); !dropped; dropped = raw_receive(reader, false)->fault != NULL)
		;
	assert_true(raw_clock() - begin < 45);
	raw_close(reader);
	raw_close(dripper);
}

static int setup(void **state)
{
	const struct rlimit limit = { 4096, 4096 };
	int result;

	/* What AddressSanitizer keeps of freed memory is not to be measured. */
	setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 0);
	result = agent_setup_tcp(state);
	setrlimit(RLIMIT_NOFILE, &limit);
	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(nothing_is_served_behind_a_bad_request),
		cmocka_unit_test(nothing_is_served_behind_the_last_request),
		cmocka_unit_test(requests_may_come_byte_by_byte),
		cmocka_unit_test(who_asks_first_is_told_to_continue),
		cmocka_unit_test(long_bodies_come_through),
		cmocka_unit_test(clients_may_vanish_at_any_time),
		cmocka_unit_test(clients_may_vanish_while_work_is_done),
		cmocka_unit_test(drippers_starve_nobody),
		cmocka_unit_test(slow_readers_slow_themselves),
		cmocka_unit_test(deadlines_are_kept),
		cmocka_unit_test(long_bodies_share_the_memory),
	};

	return cmocka_run_group_tests(tests, setup, agent_teardown);
}
