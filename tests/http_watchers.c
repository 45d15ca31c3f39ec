/*
 * Who watches GET /events, and how the agent fares with them: slow ones, many, and
 * those that are gone; and the figures of GET /metrics, which tell of them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent_process.h"
#include "tests/watch.h"

#define LINES "Accept: application/x-ndjson\r\n"
#define ONE "tunnel ns1 default /tunnels/ns1/tun1 it is there again"

enum { WATCHERS = 256 };

/* AddressSanitizer keeps what was freed for a while. */
#ifdef __SANITIZE_ADDRESS__
static const double memory_more = 400e6;
#else
static const double memory_more = 8e6; /* bytes */
#endif

static const struct agent *agent;

/* ---- figures ---- */

static double figure(const char *name)
{
	const struct reply *reply = EXPECT(agent, 200, "GET", "/metrics", NULL);
	char start[128];
	const char *at;

	snprintf(start, sizeof(start), "\n%s ", name);
	at = strstr(reply->body, start);
	if (!at)
		fail_msg("%s is not in %s", name, reply->body);
	return strtod(at + strlen(start), NULL);
}

/* Until a figure is this: what ends, ends a moment later. */
static void expect_figure(const char *name, double wanted)
{
	double until = raw_clock() + 5;

	while (figure(name) != wanted && raw_clock() < until)
		usleep(10000);
	assert_true(figure(name) == wanted);
}

static void metrics_tell_what_happened(void **state)
{
	double before = figure("tunneld_events_total{type=\"contested\"}");
	struct watch *watch;

	(void)state;
	expect_figure("tunneld_event_watchers", 0);
	watch = watch_open(agent, "/events", "");
	watch_publish(3, EVENT_CONTESTED, ONE);
	watch_expect(watch, "again 3\"}");
	assert_true(figure("tunneld_events_total{type=\"contested\"}") == before + 3);
	assert_true(figure("tunneld_event_watchers") == 1);
	EXPECT(agent, 400, "GET", "/events?type=gap", NULL);
	assert_true(figure("tunneld_http_requests_total{operation=\"watchEvents\","
			   "status=\"400\"}") > 0);
	assert_true(figure("process_resident_memory_bytes") > 1e6);
	watch_close(watch);
	expect_figure("tunneld_event_watchers", 0);
}

/* ---- slow, many, gone ---- */

/* One reads nothing: the other has each of them, and the agent keeps nothing for him. */
static void a_slow_watcher_slows_nobody(void **state)
{
	struct watch *slow = watch_open(agent, "/events", ""), *fast;
	double memory = figure("process_resident_memory_bytes"), start;

	(void)state;
	for (int round = 0; round < 20; round++) {
		fast = watch_open(agent, "/events", LINES);
		watch_publish(3000, EVENT_CHANGED, "route ns1 default - round");
		start = raw_clock();
		watch_expect(fast, "round 3000\"}");
		assert_null(strstr(fast->text, "gap"));
		assert_true(raw_clock() - start < 5);
		watch_close(fast);
	}
	assert_true(figure("process_resident_memory_bytes") - memory < memory_more);
	watch_publish(1, EVENT_CHANGED, "route ns1 default - the last");
	watch_expect(slow, "the last 1\"}");
	assert_non_null(strstr(slow->text, "\nevent: gap\ndata: {"));
	assert_true(figure("tunneld_event_gaps_total") >= 1);
	watch_close(slow);
	expect_figure("tunneld_event_watchers", 0);
}

/* Once the connections of earlier calls are closed. */
static unsigned int descriptors_at_rest(void)
{
	unsigned int count = agent_descriptors(agent), before = 0;

	for (int i = 0; i < 100 && count != before; i++) {
		before = count;
		usleep(100000);
		count = agent_descriptors(agent);
	}
	return count;
}

/* Waits for it, since clients go a moment before the agent notices. */
static void expect_descriptors(unsigned int wanted)
{
	double until = raw_clock() + 5;

	while (agent_descriptors(agent) != wanted && raw_clock() < until)
		usleep(10000);
	assert_int_equal(agent_descriptors(agent), wanted);
}

static void watchers_are_limited(void **state)
{
	struct watch *all[WATCHERS];
	struct raw *raw;
	const struct raw_answer *answer;
	unsigned int before;

	(void)state;
	figure("tunneld_event_watchers"); /* so that its connection is there */
	before = descriptors_at_rest();
	for (int i = 0; i < WATCHERS; i++)
		all[i] = watch_open(agent, "/events", LINES);
	raw = raw_connect(agent);
	raw_say(raw, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
	answer = raw_receive(raw, false);
	assert_null(raw_problem_fault(answer, 503));
	assert_non_null(raw_header(answer, "Retry-After"));
	raw_close(raw);
	watch_publish(1, EVENT_CHANGED, ONE);
	for (int i = 0; i < WATCHERS; i++) {
		watch_expect(all[i], "again 1\"}\n");
		watch_close(all[i]);
	}
	expect_figure("tunneld_event_watchers", 0);
	expect_descriptors(before);
	watch_close(watch_open(agent, "/events", ""));
}

/* Without a word to him: he is missed at once. */
static void who_leaves_is_forgotten(void **state)
{
	unsigned int before;

	(void)state;
	expect_figure("tunneld_event_watchers", 0);
	usleep(100000); /* those of the tests before are gone */
	before = descriptors_at_rest();
	for (int i = 0; i < 200; i++)
		watch_close(watch_open(agent, "/events", i % 2 ? LINES : ""));
	expect_figure("tunneld_event_watchers", 0);
	expect_descriptors(before);
}

/* Who sends no more may still listen. */
static void who_is_silent_hears(void **state)
{
	struct watch *watch = watch_open(agent, "/events", LINES);

	(void)state;
	shutdown(watch->fd, SHUT_WR);
	watch_some(watch, 100);
	watch_publish(1, EVENT_CHANGED, ONE);
	watch_expect(watch, "again 1\"}\n");
	watch_close(watch);
	watch_publish(1, EVENT_CHANGED, ONE); /* TCP tells no end twice, but refuses */
	expect_figure("tunneld_event_watchers", 0);
}

static void silence_is_filled(void **state)
{
	struct watch *events = watch_open(agent, "/events?kind=config", "");
	struct watch *lines = watch_open(agent, "/events?kind=config", LINES);

	(void)state;
	for (int second = 0; second < 12; second++) { /* these are not for them */
		watch_publish(1, EVENT_CHANGED, ONE);
		watch_some(events, 1000);
	}
	assert_string_equal(events->text, ": watching\n\n");
	watch_expect(events, ": heartbeat\n\n");
	watch_expect(lines, "\n");
	assert_string_equal(lines->text, "\n");
	watch_close(events);
	watch_close(lines);
}

/* Leaves its status to the teardown, whose second signal would end it by force. */
static void wait_for_end(void)
{
	double until = raw_clock() + 10;
	siginfo_t info = { 0 };

	while (!info.si_pid && raw_clock() < until) {
		waitid(P_PID, (id_t)agent->pid, &info, WEXITED | WNOWAIT | WNOHANG);
		usleep(10000);
	}
	assert_int_equal(info.si_pid, agent->pid);
}

/* The last chunk, and not just the end of the connection; who takes nothing delays no end. */
static void streams_end_with_the_agent(void **state)
{
	struct watch *slow = watch_open(agent, "/events", ""), *events, *lines;
	double start;

	(void)state;
	watch_publish(20000, EVENT_CHANGED, "route ns1 default - much");
	usleep(200000);
	events = watch_open(agent, "/events", "");
	lines = watch_open(agent, "/events", LINES);
	watch_publish(1, EVENT_CHANGED, ONE);
	watch_expect(events, "again 1\"}\n\n");
	start = raw_clock();
	kill(agent->pid, SIGTERM);
	assert_true(watch_ends(events, 5) && watch_ends(lines, 5));
	assert_true(events->ended && lines->ended);
	wait_for_end();
	assert_true(raw_clock() - start < 3);
	watch_close(slow);
	watch_close(events);
	watch_close(lines);
}

static int setup(void **state)
{
	int result = watch_setup(state);

	agent = *state;
	return result;
}

static int setup_tcp(void **state)
{
	int result = watch_setup_tcp(state);

	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest over_unix[] = {
		cmocka_unit_test(metrics_tell_what_happened),
		cmocka_unit_test(a_slow_watcher_slows_nobody),
		cmocka_unit_test(watchers_are_limited),
		cmocka_unit_test(who_leaves_is_forgotten),
		cmocka_unit_test(who_is_silent_hears),
		cmocka_unit_test(silence_is_filled),
		cmocka_unit_test(streams_end_with_the_agent),
	};
	const struct CMUnitTest over_tcp[] = {
		cmocka_unit_test(a_slow_watcher_slows_nobody),
		cmocka_unit_test(who_leaves_is_forgotten),
		cmocka_unit_test(who_is_silent_hears),
	};
	int failed = cmocka_run_group_tests(over_unix, setup, watch_teardown);

	return failed + cmocka_run_group_tests(over_tcp, setup_tcp, watch_teardown);
}
