/*
 * Many connections that all have something to ask at the same moment: each gets all of
 * its answers, in time. The numbers are those at which a loop that serves a full batch
 * of events and then waits would stand still.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/raw.h"

#define GET "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
#define LIST "GET /namespaces HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"

enum { ROUNDS = 20, MOST = 513, PIPELINED = 50 };

static const struct agent *agent;
static struct raw *all[MOST];

static void expect_200(struct raw *raw)
{
	const struct raw_answer *answer = raw_receive(raw, false);

	if (answer->fault || answer->status != 200)
		fail_msg("%d; misses %s", answer->status, answer->fault);
}

/* All ask, and then all are answered, again and again. */
static void converse(unsigned int count, struct raw *(*connect)(const struct agent *agent),
		     const char *request)
{
	double start = raw_clock(), seconds;

	for (unsigned int i = 0; i < count; i++)
		all[i] = connect(agent);
	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned int i = 0; i < count; i++)
			raw_say(all[i], request);
		for (unsigned int i = 0; i < count; i++)
			expect_200(all[i]);
	}
	for (unsigned int i = 0; i < count; i++)
		raw_close(all[i]);
	seconds = raw_clock() - start;
	printf("proven: %u connections are answered %d times in %.2f s\n", count, ROUNDS,
	       seconds);
	assert_true(seconds < 20);
}

static void no_number_of_connections_stalls(void **state)
{
	static const unsigned int counts[] = { 127, 128, 129, 255, 256, 257, 511, 512, 513 };
	char loop[256], lane[256];

	(void)state;
	snprintf(loop, sizeof(loop), GET "Authorization: Bearer %s\r\n\r\n", agent->token);
	snprintf(lane, sizeof(lane), LIST, agent->token);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		converse(counts[i], raw_connect_tcp, loop);
		converse(counts[i], raw_connect, i % 3 == 1 ? lane : loop);
	}
}

/* What was sent ahead is there already: no event tells of it. */
static void pipelines_do_not_stall(void **state)
{
	static struct raw *raw[64];
	double start = raw_clock();

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		raw[i] = raw_connect(agent);
		for (int j = 0; j < PIPELINED; j++)
			raw_say(raw[i], GET "\r\n");
		shutdown(raw[i]->fd, SHUT_WR);
	}
	for (size_t i = 0; i < 64; i++) {
		for (int j = 0; j < PIPELINED; j++)
			expect_200(raw[i]);
		assert_true(raw_ends(raw[i], 5));
		raw_close(raw[i]);
	}
	assert_true(raw_clock() - start < 10);
}

static int setup(void **state)
{
	static const char *const options[] = { "--max-connections", "600",
					       "--max-connections-per-peer", "600", NULL };
	const struct rlimit limit = { 4096, 4096 };
	int result;

	setrlimit(RLIMIT_NOFILE, &limit);
	result = agent_setup_options(state, options);
	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_number_of_connections_stalls),
		cmocka_unit_test(pipelines_do_not_stall),
	};

	return cmocka_run_group_tests(tests, setup, agent_teardown);
}
