/* GET /events without HTTP: what is pulled, a window at a time; and the words of Accept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/exchange.h"

static const char *const lines[] = { "Accept", "application/x-ndjson", NULL };

static void publish(struct exchange *exchange, unsigned int count)
{
	while (count--)
		events_publish(exchange->events, &(struct event){ .type = EVENT_APPLIED,
								  .kind = "route",
								  .object = "/routes/x",
								  .detail = "a \"line\"\n" });
}

/* How many events one pull gave; their text is in exchange->body. */
static unsigned int pull(struct exchange *exchange)
{
	struct buffer text = { 0 };
	unsigned int count = 0;

	exchange->answer.stream.pull(exchange->answer.stream.context, &text);
	snprintf(exchange->body, sizeof(exchange->body), "%.*s", (int)text.length,
		 text.data ? text.data : "");
	buffer_append(&text, "", 1);
	for (const char *at = text.data; (at = strstr(at, "{\"id\"")); at++)
		count++;
	buffer_free(&text);
	return count;
}

static void events_come_by_windows(void **state)
{
	struct exchange *exchange = *state;
	char object[EVENTS_OBJECT_SIZE] = "";

	assert_int_equal(ask(exchange, "GET", "/v1/events", lines, NULL), 200);
	assert_string_equal(exchange->answer.content_type, "application/x-ndjson");
	assert_true(exchange->answer.unhurried);
	assert_int_equal(pull(exchange), 0);
	publish(exchange, 20);
	assert_int_equal(pull(exchange), 20);
	assert_says(exchange, "\"object\":\"/v1/routes/x\"");
	assert_says(exchange, "a \\\"line\\\"\\n\"}\n");
	assert_int_equal(pull(exchange), 0);
	/* Long ones: more of them is for the next time. */
	memset(object, 'x', sizeof(object) - 1);
	for (int i = 0; i < 30; i++)
		events_publish(exchange->events, &(struct event){ .type = EVENT_APPLIED,
								  .object = object,
								  .detail = object });
	assert_in_range(pull(exchange), 16, 29);
	assert_in_range(pull(exchange), 1, 14);
	assert_int_equal(pull(exchange), 0);
}

/* The place of who wants few events moves with the others'. */
static void filters_cost_no_windows(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(ask(exchange, "GET", "/events?type=failed", lines, NULL), 200);
	publish(exchange, 30);
	events_publish(exchange->events, &(struct event){ .type = EVENT_FAILED });
	assert_int_equal(pull(exchange), 1);
	publish(exchange, EXCHANGE_EVENTS);
	assert_int_equal(pull(exchange), 0);
	publish(exchange, EXCHANGE_EVENTS + 1);
	assert_int_equal(pull(exchange), 1);
	assert_says(exchange, "\"type\":\"gap\"");
}

static void an_overrun_is_one_gap(void **state)
{
	struct exchange *exchange = *state;
	unsigned int count = 0, more;

	assert_int_equal(get(exchange, "/events"), 200);
	assert_int_equal(pull(exchange), 0);
	assert_string_equal(exchange->body, ": watching\n\n");
	publish(exchange, 3 * EXCHANGE_EVENTS);
	assert_int_equal(pull(exchange), 1);
	assert_says(exchange, "-64\nevent: gap\ndata: {");
	assert_int_equal(exchange->api->gaps, 1);
	while ((more = pull(exchange)))
		count += more;
	assert_int_equal(count, EXCHANGE_EVENTS);
}

/* What is refused is no watcher; nor is one whose answer was freed. */
static void watchers_are_counted(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/events?type=none"), 400);
	assert_int_equal(exchange->api->watchers, 0);
	assert_null(exchange->answer.stream.pull);
	assert_false(exchange->answer.unhurried);
	assert_int_equal(get(exchange, "/events"), 200);
	assert_int_equal(exchange->api->watchers, 1);
	exchange->api->watchers = 256;
	assert_int_equal(get(exchange, "/version"), 200);
	exchange->api->watchers = 256;
	assert_int_equal(get(exchange, "/events"), 503);
	assert_non_null(answer_value(&exchange->answer, "Retry-After"));
	assert_int_equal(exchange->api->watchers, 256);
	exchange->api->watchers = 0;
}

static void accept_chooses(void **state)
{
	static const struct {
		const char *accept, *type; /* NULL: 406 */
	} cases[] = {
		{ "*/*", "text/event-stream" },
		{ "text/*", "text/event-stream" },
		{ "application/*", "application/x-ndjson" },
		{ "application/x-ndjson, text/event-stream;q=0.5", "application/x-ndjson" },
		{ "application/x-ndjson;q=0.5, text/event-stream", "text/event-stream" },
		{ "application/json", NULL },
		{ "text/event-stream;q=0", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const headers[] = { "Accept", cases[i].accept, NULL };
		struct exchange *exchange = *state;

		assert_int_equal(ask(exchange, "GET", "/events", headers, NULL),
				 cases[i].type ? 200 : 406);
		if (cases[i].type)
			assert_string_equal(exchange->answer.content_type, cases[i].type);
	}
}

#define EXCHANGE(test) cmocka_unit_test_setup_teardown(test, exchange_setup, exchange_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXCHANGE(events_come_by_windows), EXCHANGE(filters_cost_no_windows),
		EXCHANGE(an_overrun_is_one_gap),  EXCHANGE(watchers_are_counted),
		EXCHANGE(accept_chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
