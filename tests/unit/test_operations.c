/* Requests: which operation they lead to, and what is refused before it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/exchange.h"

static void paths_lead_to_operations(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/tunnels/ns1/a%20b"), 200);
	assert_string_equal(exchange->body, "[\"ns1\",\"a b\"]\n");
	assert_int_equal(exchange->call.lane, API_LANE_READER);
	assert_int_equal(get(exchange, "/v1/tunnels/words/x"), 200);
	assert_int_equal(ask(exchange, "HEAD", "/tunnels/ns1/x", NULL, NULL), 200);
	assert_int_equal(ask(exchange, "DELETE", "/tunnels/ns1/x?foreign=true", NULL, NULL),
			 204);
	assert_null(exchange->answer.content_type);
	assert_string_equal(exchange->body, "");
}

static void unknown_paths_are_not_found(void **state)
{
	static const char *const targets[] = { "/x",	       "/tunnels/",
					       "/tunnels/ns1", "/tunnels/ns1/",
					       "/v2/tunnels",  "/tunnels/ns1/a/b",
					       "/v1/v1",       "/Tunnels",
					       "/tunnel" };
	struct exchange *exchange = *state;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		assert_int_equal(get(exchange, targets[i]), 404);
		assert_says(exchange, "\"type\":\"about:blank\"");
		assert_says(exchange, targets[i]);
	}
	assert_int_equal(get(exchange, "/tunnels/ns1/absent"), 404);
	assert_says(exchange, "/problems/absent");
	assert_says(exchange, "there is no tunnel \\\"absent\\\"");
}

static void unknown_methods_are_told_the_known_ones(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(ask(exchange, "PUT", "/tunnels/ns1/x", NULL, NULL), 405);
	assert_string_equal(answer_value(&exchange->answer, "Allow"),
			    "GET, HEAD, PATCH, DELETE, OPTIONS");
	assert_int_equal(ask(exchange, "DELETE", "/v1/tunnels", NULL, NULL), 405);
	assert_string_equal(answer_value(&exchange->answer, "Allow"),
			    "GET, HEAD, POST, OPTIONS");
	assert_int_equal(ask(exchange, "GET", "/tunnels/words", NULL, NULL), 405);
	assert_string_equal(answer_value(&exchange->answer, "Allow"), "POST, OPTIONS");
	assert_int_equal(ask(exchange, "get", "/tunnels", NULL, NULL), 405);
}

/* Without a body or a handler. */
static void options_tells_the_methods(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(ask(exchange, "OPTIONS", "/tunnels", NULL, NULL), 204);
	assert_string_equal(answer_value(&exchange->answer, "Allow"),
			    "GET, HEAD, POST, OPTIONS");
	assert_int_equal(exchange->answer.body.length, 0);
	assert_int_equal(ask(exchange, "OPTIONS", "/v1/tunnels/words", NULL, NULL), 204);
	assert_string_equal(answer_value(&exchange->answer, "Allow"), "POST, OPTIONS");
	assert_int_equal(ask(exchange, "OPTIONS", "*", NULL, NULL), 204);
	assert_string_equal(answer_value(&exchange->answer, "Allow"),
			    "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
	assert_int_equal(ask(exchange, "OPTIONS", "/nothing", NULL, NULL), 404);
	assert_int_equal(ask(exchange, "GET", "*", NULL, NULL), 400);
}

static void bad_targets_are_refused(void **state)
{
	struct exchange *exchange = *state;
	char target[5000];

	assert_int_equal(get(exchange, "/tunnels//a"), 400);
	assert_int_equal(get(exchange, "/tunnels/%zz"), 400);
	assert_says(exchange, "/problems/malformed");
	memset(target, 'x', sizeof(target) - 1);
	target[0] = '/';
	target[sizeof(target) - 1] = '\0';
	assert_int_equal(get(exchange, target), 414);
}

static void query_parameters_are_checked(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/tunnels?namespce=x"), 400);
	assert_says(exchange, "did you mean \\\"namespace\\\"? (allowed: namespace, again)");
	assert_int_equal(get(exchange, "/tunnels/ns1/x?foreign=true"), 400);
	assert_says(exchange, "(none is allowed)");
	assert_int_equal(get(exchange, "/tunnels?again=1"), 400);
	assert_says(exchange, "\\\"again\\\" must be true or false, not \\\"1\\\"");
	assert_int_equal(get(exchange, "/tunnels?again"), 400);
}

static void bodies_are_checked_by_their_type(void **state)
{
	static const char *const json[] = { "Content-Type", "Application/JSON; charset=utf-8",
					    "Content-Length", "2", NULL };
	static const char *const none[] = { "Content-Length", "2", NULL };
	static const char *const form[] = { "content-type", "application/x-www-form-urlencoded",
					    "Content-Length", "2", NULL };
	static const char *const merge[] = { "Content-Type", "application/merge-patch+json",
					     "Transfer-Encoding", "chunked", NULL };
	static const char *const empty[] = { "Content-Type", "text/plain", "Content-Length",
					     "0", NULL };
	struct exchange *exchange = *state;

	assert_int_equal(ask(exchange, "POST", "/tunnels", json, "{}"), 201);
	assert_int_equal(ask(exchange, "POST", "/tunnels", none, "{}"), 201);
	assert_int_equal(ask(exchange, "POST", "/tunnels", form, "{}"), 415);
	assert_says(exchange, "use --json");
	assert_int_equal(ask(exchange, "POST", "/tunnels", merge, "{}"), 415);
	assert_int_equal(ask(exchange, "PATCH", "/tunnels/n/x", merge, "{}"), 200);
	assert_int_equal(ask(exchange, "PATCH", "/tunnels/n/x", form, "{}"), 415);
	assert_non_null(answer_value(&exchange->answer, "Accept-Patch"));
	assert_int_equal(ask(exchange, "POST", "/tunnels", empty, ""), 400);
	assert_int_equal(ask(exchange, "GET", "/tunnels", none, ""), 400);
	assert_says(exchange, "takes no body");
}

static void bodies_are_json(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(ask(exchange, "POST", "/tunnels", NULL, "{"), 400);
	assert_int_equal(ask(exchange, "POST", "/tunnels", NULL, "[]"), 422);
	assert_int_equal(ask(exchange, "POST", "/tunnels/words", NULL, "[]"), 201);
	assert_true(exchange->call.body_limit >= 1024 * 1024);
}

static void the_client_says_what_it_accepts(void **state)
{
	static const char *const refused[] = { "text/html", "application/json;q=0",
					       "text/*, image/png",
					       "application/xml, */*;q=0" };
	static const char *const taken[] = { "*/*",
					     "application/*",
					     "APPLICATION/JSON",
					     "text/html, application/json;q=0.1",
					     "",
					     "text/html,*/*;q=0.8" };
	const char *headers[] = { "Accept", NULL, NULL };
	struct exchange *exchange = *state;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		headers[1] = refused[i];
		assert_int_equal(ask(exchange, "GET", "/tunnels/n/x", headers, NULL), 406);
		assert_string_equal(exchange->answer.content_type, "application/problem+json");
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		headers[1] = taken[i];
		assert_int_equal(ask(exchange, "GET", "/tunnels/n/x", headers, NULL), 200);
	}
	headers[1] = "application/x-ndjson";
	assert_int_equal(ask(exchange, "GET", "/tunnels/n/x", headers, NULL), 406);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lead_to_operations),
		cmocka_unit_test(unknown_paths_are_not_found),
		cmocka_unit_test(unknown_methods_are_told_the_known_ones),
		cmocka_unit_test(options_tells_the_methods),
		cmocka_unit_test(bad_targets_are_refused),
		cmocka_unit_test(query_parameters_are_checked),
		cmocka_unit_test(bodies_are_checked_by_their_type),
		cmocka_unit_test(bodies_are_json),
		cmocka_unit_test(the_client_says_what_it_accepts),
	};

	return cmocka_run_group_tests(tests, exchange_setup, exchange_teardown);
}
