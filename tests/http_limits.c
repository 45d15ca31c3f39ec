/*
 * An agent with six places, four for each peer: who gives way when they are
 * taken, who is told to come again; the names that it answers to; and what
 * clients hear when it ends.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/raw.h"

#define BODY                                                                 \
	"{\"namespace\":\"host\",\"destination\":\"127.0.0.1\",\"count\":3," \
	"\"interval_ms\":300}"

enum { PER_PEER = 4, ALL = 6 };

static const struct agent *agent;

/* The head of a request over TCP, up to the fields that are its own. */
static void say(struct raw *raw, const char *line, const char *host, const char *rest)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n%s", line, host,
		 agent->token, rest);
	raw_say(raw, text);
}

static int ask(struct raw *raw, const char *host)
{
	say(raw, "GET /healthz", host, "\r\n");
	return raw_receive(raw, false)->status;
}

/* Keeps its place for more than half a second. */
static void work(struct raw *raw)
{
	char rest[256];

	snprintf(rest, sizeof(rest), "Content-Length: %zu\r\n\r\n" BODY, strlen(BODY));
	say(raw, "POST /probes", "localhost", rest);
}

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void expect_turned_away(struct raw *raw)
{
	const struct raw_answer *answer = raw_receive(raw, false);

	assert_null(raw_problem_fault(answer, 503));
	assert_non_null(raw_header(answer, "Retry-After"));
	assert_true(raw_ends(raw, 5));
	raw_close(raw);
}

static void expect_works(struct raw *raw)
{
	assert_int_equal(raw_receive(raw, false)->status, 200);
	raw_close(raw);
}

/* Nobody who works gives way: the fifth of a peer is told to come again. */
static void peers_have_their_limit(void **state)
{
	struct raw *raw[PER_PEER], *other;

	(void)state;
	for (int i = 0; i < PER_PEER; i++) {
		raw[i] = raw_connect(agent);
		work(raw[i]);
	}
	pause_ms(100);
	expect_turned_away(raw_connect(agent));
	other = raw_connect_tcp(agent);
	assert_int_equal(ask(other, "localhost"), 200);
	raw_close(other);
	for (int i = 0; i < PER_PEER; i++)
		expect_works(raw[i]);
}

static void all_together_have_their_limit(void **state)
{
	struct raw *raw[ALL];

	(void)state;
	for (unsigned int i = 0; i < ALL; i++) {
		raw[i] = raw_connect_from(agent, 1 + i % 3);
		work(raw[i]);
	}
	pause_ms(100);
	expect_turned_away(raw_connect_from(agent, 4));
	for (int i = 0; i < ALL; i++)
		expect_works(raw[i]);
}

/* The connection that has been idle for longest is closed for a new one. */
static void idle_connections_give_way(void **state)
{
	struct raw *raw[PER_PEER + 1];

	(void)state;
	for (int i = 0; i <= PER_PEER; i++) {
		raw[i] = raw_connect(agent);
		assert_int_equal(ask(raw[i], "localhost"), 200);
	}
	assert_true(raw_ends(raw[0], 5));
	for (int i = 1; i <= PER_PEER; i++)
		assert_int_equal(ask(raw[i], "localhost"), 200);
	for (int i = 0; i <= PER_PEER; i++)
		raw_close(raw[i]);
}

/* Who sends for a second and has not done gives way before who is idle. */
static void slow_senders_give_way_first(void **state)
{
	struct raw *slow = raw_connect(agent), *raw[PER_PEER];

	(void)state;
	say(slow, "GET /healthz", "localhost", "A: b");
	pause_ms(1200);
	for (int i = 0; i < PER_PEER; i++) {
		raw[i] = raw_connect(agent);
		assert_int_equal(ask(raw[i], "localhost"), 200);
	}
	expect_turned_away(slow);
	for (int i = 0; i < PER_PEER; i++) {
		assert_int_equal(ask(raw[i], "localhost"), 200);
		raw_close(raw[i]);
	}
}

static void names_of_ours_are_known(void **state)
{
	const char *const ours[] = { "localhost:1",  "tunneld", "127.0.0.1",
				     "gate.example", "[::1]",	"SECOND.example:99",
				     agent->listen };
	static const char *const foreign[] = { "third.example", "127.0.0.1.example", "[::]",
					       "192.0.2.1", "gate.example.evil" };
	struct raw *raw;

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		raw = raw_connect_tcp(agent);
		assert_int_equal(ask(raw, ours[i]), 200);
		raw_close(raw);
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		raw = raw_connect_tcp(agent);
		assert_int_equal(ask(raw, foreign[i]), 403);
		raw_close(raw);
	}
}

/* The last test: what works is finished, what is on its way is told, idle ones are closed. */
static void the_end_is_told(void **state)
{
	struct raw *idle = raw_connect(agent), *half = raw_connect(agent),
		   *busy = raw_connect(agent);
	double begin;

	(void)state;
	assert_int_equal(ask(idle, "localhost"), 200);
	say(half, "GET /healthz", "localhost", "A: b");
	work(busy);
	pause_ms(100);
	begin = raw_clock();
	kill(agent->pid, SIGTERM);
	assert_true(raw_ends(idle, 5));
	assert_null(raw_problem_fault(raw_receive(half, false), 503));
	expect_works(busy);
	waitid(P_PID, (id_t)agent->pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_true(raw_clock() - begin < 3);
	raw_close(idle);
	raw_close(half);
}

static int setup(void **state)
{
	static const char *const options[] = { "--max-connections",
					       "6",
					       "--max-connections-per-peer",
					       "4",
					       "--host",
					       "gate.example",
					       "--host=second.example",
					       NULL };
	int result = agent_setup_options(state, options);

	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_have_their_limit),
		cmocka_unit_test(all_together_have_their_limit),
		cmocka_unit_test(idle_connections_give_way),
		cmocka_unit_test(slow_senders_give_way_first),
		cmocka_unit_test(names_of_ours_are_known),
		cmocka_unit_test(the_end_is_told),
	};

	return cmocka_run_group_tests(tests, setup, agent_teardown);
}
