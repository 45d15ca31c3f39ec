/*
 * GET /events of a running agent that publishes what it is told to: how events
 * look on the wire, where a watcher begins, what he misses and what he is spared.
 */
#include <stdio.h>
#include <string.h>

#include "tests/watch.h"

#define LINES "Accept: application/x-ndjson\r\n"
#define ONE "tunnel ns1 default /tunnels/ns1/tun1 it is there again"

static const struct agent *agent;

static void head_comes_at_once(void **state)
{
	struct watch *events = watch_open(agent, "/events", "");
	struct watch *lines = watch_open(agent, "/events", LINES);

	(void)state;
	assert_memory_equal(events->head, "HTTP/1.1 200 ", 13);
	assert_non_null(strstr(events->head, "Content-Type: text/event-stream\r\n"));
	assert_memory_equal(watch_expect(events, "\n\n"), "\n\n", 2);
	assert_true(events->text[0] == ':');
	assert_memory_equal(lines->head, "HTTP/1.1 200 ", 13);
	assert_non_null(strstr(lines->head, "Content-Type: application/x-ndjson\r\n"));
	watch_some(lines, 100);
	assert_string_equal(lines->text, "");
	watch_close(events);
	watch_close(lines);
}

static void expect_one(const char *text, const char *id, const char *object)
{
	struct json_object *json = json_tokener_parse(text);

	assert_non_null(json);
	assert_string_equal(json_text(json, "/id"), id);
	assert_string_equal(json_text(json, "/type"), "repaired");
	assert_string_equal(json_text(json, "/object"), object);
	assert_string_equal(json_text(json, "/kind"), "tunnel");
	assert_string_equal(json_text(json, "/namespace"), "ns1");
	assert_string_equal(json_text(json, "/owner"), "default");
	assert_string_equal(json_text(json, "/detail"), "it is there again 1");
	assert_int_equal(strlen(json_text(json, "/time")), strlen("2026-01-01T00:00:00.000Z"));
	assert_int_equal(json_object_object_length(json), 8);
	json_object_put(json);
}

/* Each of the two forms: the whole of what is sent, and one object in both. */
static void events_are_framed(void **state)
{
	struct watch *events = watch_open(agent, "/v1/events", "");
	struct watch *lines = watch_open(agent, "/events", LINES);
	char id[64], head[128], *data;

	(void)state;
	watch_expect(events, "\n\n");
	watch_publish(1, EVENT_REPAIRED, ONE);
	watch_expect(events, "again 1\"}\n\n");
	watch_expect(lines, "again 1\"}\n");
	snprintf(id, sizeof(id), "%s", watch_last_id(lines));
	snprintf(head, sizeof(head), ": watching\n\nid: %s\nevent: repaired\ndata: {", id);
	assert_memory_equal(events->text, head, strlen(head));
	data = events->text + strlen(head) - 1;
	assert_ptr_equal(strchr(data, '\n'), events->text + events->length - 2);
	expect_one(data, id, "/v1/tunnels/ns1/tun1");
	assert_ptr_equal(strchr(lines->text, '\n'), lines->text + lines->length - 1);
	expect_one(lines->text, id, "/tunnels/ns1/tun1");
	watch_close(events);
	watch_close(lines);
}

static void what_is_not_known_is_absent(void **state)
{
	struct watch *lines = watch_open(agent, "/events", LINES);

	(void)state;
	watch_publish(1, EVENT_ROLLED_BACK, "config - - - time is up");
	watch_expect(lines, "time is up 1\"}\n");
	assert_null(strstr(lines->text, "\"object\""));
	assert_null(strstr(lines->text, "\"owner\""));
	assert_null(strstr(lines->text, "\"namespace\""));
	assert_non_null(strstr(lines->text, "\"type\":\"rolled_back\""));
	watch_close(lines);
}

/* Of a place that is there: everything behind it, once, and no gap. */
static void expect_resumed(const char *target, const char *header)
{
	struct watch *watch = watch_open(agent, target, header);

	watch_expect(watch, "later 2\"}");
	assert_non_null(strstr(watch->text, "later 1\"}"));
	assert_null(strstr(watch->text, "earlier"));
	assert_null(strstr(watch->text, "gap"));
	watch_close(watch);
}

static void a_watcher_resumes(void **state)
{
	struct watch *watch = watch_open(agent, "/events", "");
	char since[128], header[128];

	(void)state;
	watch_publish(1, EVENT_CHANGED, "link ns1 - - earlier");
	watch_expect(watch, "earlier 1\"}");
	snprintf(since, sizeof(since), "/events?since=%s", watch_last_id(watch));
	snprintf(header, sizeof(header), "Last-Event-ID: %s\r\n", watch_last_id(watch));
	watch_publish(2, EVENT_CHANGED, "link ns1 - - later");
	watch_expect(watch, "later 2\"}");
	expect_resumed(since, "");
	expect_resumed(since, LINES);
	expect_resumed("/events", header);
	expect_resumed("/events?since=12-1", header); /* as a browser does it */
	snprintf(since, sizeof(since), "/events?since=W%%2F%%22%s%%22",
		 strchr(header, ' ') + 1);
	snprintf(strchr(since, '\r'), 4, "%%22");
	expect_resumed(since, "");
	watch_close(watch);
}

/* A lost place begins with a gap, from whose own place there is no other. */
static void expect_gap(const char *target, const char *header)
{
	struct watch *watch = watch_open(agent, target, header);
	char resumed[128];
	const char *gap;

	gap = watch_expect(watch, "{\"id\":");
	watch_expect(watch, "}\n");
	assert_non_null(strstr(gap, "\"type\":\"gap\""));
	watch_expect(watch, "overrun 5000\"}");
	assert_null(strstr(strstr(gap, "}"), "gap"));
	snprintf(resumed, sizeof(resumed), "/events?since=%.*s", (int)strcspn(gap + 7, "\""),
		 gap + 7);
	watch_close(watch);
	watch = watch_open(agent, resumed, LINES);
	watch_expect(watch, "overrun 5000\"}");
	assert_null(strstr(watch->text, "gap"));
	assert_non_null(strstr(watch->text, "overrun 905\"}")); /* the oldest that is kept */
	assert_null(strstr(watch->text, "overrun 904\"}"));
	watch_close(watch);
}

static void a_lost_place_is_a_gap(void **state)
{
	struct watch *watch = watch_open(agent, "/events", "");
	char since[128];

	(void)state;
	watch_publish(1, EVENT_CHANGED, "link ns1 - - first");
	watch_expect(watch, "first 1\"}");
	snprintf(since, sizeof(since), "/events?since=%s", watch_last_id(watch));
	watch_close(watch);
	watch = watch_open(agent, "/events", LINES);
	watch_publish(5000, EVENT_CHANGED, "link ns1 - - overrun");
	watch_expect(watch, "overrun 5000\"}");
	watch_close(watch);
	expect_gap(since, "");
	expect_gap(since, LINES);
	expect_gap("/events?since=12ab-77", "");
	expect_gap("/events", "Last-Event-ID: 12ab-77\r\n");
	expect_gap("/events", "Last-Event-ID: what is this\r\n");
	expect_gap(strcat(since, "000000"), ""); /* of the future */
}

static unsigned int lines_of(const char *target)
{
	struct watch *watch = watch_open(agent, target, LINES);
	unsigned int count = 0;

	watch_publish(1, EVENT_CREATED, "route ns1 blue - a");
	watch_publish(1, EVENT_CHANGED, "link ns1 blue - b");
	watch_publish(1, EVENT_CHANGED, "route ns2 blue - c");
	watch_publish(1, EVENT_CHANGED, "route ns1 red - d");
	watch_publish(1, EVENT_CHANGED, "route ns1 blue - e");
	watch_expect(watch, "e 1\"}\n");
	for (const char *at = watch->text; (at = strchr(at, '\n')); at++)
		count++;
	watch_close(watch);
	return count;
}

static void filters_leave_out(void **state)
{
	(void)state;
	assert_int_equal(lines_of("/events"), 5);
	assert_int_equal(lines_of("/events?type=changed"), 4);
	assert_int_equal(lines_of("/events?kind=route"), 4);
	assert_int_equal(lines_of("/events?namespace=ns1"), 4);
	assert_int_equal(lines_of("/events?owner=blue"), 4);
	assert_int_equal(lines_of("/events?type=changed&kind=route&namespace=ns1&owner=blue"),
			 1);
}

static void wrong_requests_are_refused(void **state)
{
	static const char *const targets[] = {
		"/events?type=gap",	"/events?type=",      "/events?kind=tunnels",
		"/events?since=",	"/events?since=5",    "/events?since=a-5x",
		"/events?since=%221-2", "/events?namespace=", "/events?owner=",
	};
	char key[16];

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const struct reply *reply = EXPECT(agent, 400, "GET", targets[i], NULL);

		snprintf(key, sizeof(key), "%.*s", (int)strcspn(targets[i] + 8, "="),
			 targets[i] + 8);
		assert_non_null(strstr(json_text(reply->json, "/detail"), key));
	}
	assert_int_equal(agent_call_extra(agent,
					  &(struct call){ "GET", "/events", NULL, NULL, NULL },
					  &(struct call_extra){ .header = "Accept: image/png" })
				 ->status,
			 406);
	EXPECT(agent, 200, "HEAD", "/events", NULL);
	EXPECT(agent, 405, "POST", "/events", "{}");
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
		cmocka_unit_test(head_comes_at_once),
		cmocka_unit_test(events_are_framed),
		cmocka_unit_test(what_is_not_known_is_absent),
		cmocka_unit_test(a_watcher_resumes),
		cmocka_unit_test(a_lost_place_is_a_gap),
		cmocka_unit_test(filters_leave_out),
		cmocka_unit_test(wrong_requests_are_refused),
	};
	const struct CMUnitTest over_tcp[] = {
		cmocka_unit_test(events_are_framed),
		cmocka_unit_test(a_watcher_resumes),
	};
	int failed = cmocka_run_group_tests(over_unix, setup, watch_teardown);

	return failed + cmocka_run_group_tests(over_tcp, setup_tcp, watch_teardown);
}
