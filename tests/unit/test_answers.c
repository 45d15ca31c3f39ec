/* Answers: created objects, lists, headers, and what the service says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/exchange.h"

static void created_objects_are_shown(void **state)
{
	static const char *const minimal[] = { "Prefer", "respond-async, return=minimal",
					       NULL };
	struct exchange *exchange = *state;

	assert_int_equal(ask(exchange, "POST", "/v1/tunnels", NULL, "{}"), 201);
	assert_string_equal(answer_value(&exchange->answer, "Location"), "/v1/tunnels/ns1/t");
	assert_string_equal(exchange->body, "{\"self\":\"/v1/tunnels/ns1/t\"}\n");
	assert_int_equal(ask(exchange, "POST", "/tunnels", minimal, "{}"), 201);
	assert_string_equal(answer_value(&exchange->answer, "Location"), "/tunnels/ns1/t");
	assert_string_equal(answer_value(&exchange->answer, "Preference-Applied"),
			    "return=minimal");
	assert_string_equal(exchange->body, "");
	assert_null(exchange->answer.content_type);
	assert_int_equal(ask(exchange, "PATCH", "/tunnels/n/x", minimal, "{}"), 204);
}

static void lists_cover_namespaces(void **state)
{
	static const char *const lines[] = { "Accept", "application/x-ndjson", NULL };
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/tunnels"), 200);
	assert_string_equal(exchange->body,
			    "[{\"namespace\":\"host\"},{\"namespace\":\"host\"},"
			    "{\"namespace\":\"ns1\"},{\"namespace\":\"ns1\"}]\n");
	assert_int_equal(get(exchange, "/tunnels?namespace=ns1"), 200);
	assert_string_equal(exchange->body,
			    "[{\"namespace\":\"ns1\"},{\"namespace\":\"ns1\"}]\n");
	assert_int_equal(get(exchange, "/tunnels?namespace=none"), 200);
	assert_string_equal(exchange->body, "[]\n");
	assert_int_equal(get(exchange, "/tunnels?namespace=broken"), 500);
	assert_int_equal(ask(exchange, "GET", "/tunnels?namespace=ns1", lines, NULL), 200);
	assert_string_equal(exchange->answer.content_type, "application/x-ndjson");
	assert_string_equal(exchange->body,
			    "{\"namespace\":\"ns1\"}\n{\"namespace\":\"ns1\"}\n");
	assert_int_equal(ask(exchange, "GET", "/tunnels?namespace=none", lines, NULL), 200);
	assert_string_equal(exchange->body, "");
}

static void lists_can_begin_again(void **state)
{
	static const char *const lines[] = { "Accept", "application/x-ndjson", NULL };
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/tunnels?again=true"), 200);
	assert_string_equal(exchange->body,
			    "[{\"namespace\":\"ns1\"},{\"namespace\":\"ns1\"}]\n");
	assert_int_equal(ask(exchange, "GET", "/tunnels?again=true", lines, NULL), 200);
	assert_string_equal(exchange->body,
			    "{\"namespace\":\"ns1\"}\n{\"namespace\":\"ns1\"}\n");
}

static void the_service_describes_itself(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/v1"), 200);
	assert_says(exchange, "\"name\":\"tunneld\"");
	assert_says(exchange, "\"self\":\"/v1/\"");
	assert_says(exchange, "\"tunnels\":\"/v1/tunnels\"");
	assert_says(exchange, "\"capabilities\":\"/v1/capabilities\"");
	assert_int_equal(get(exchange, "/version"), 200);
	assert_says(exchange, "\"version\":\"" PACKAGE_VERSION "\"");
	assert_int_equal(get(exchange, "/capabilities"), 200);
	assert_says(exchange, "{\"kind\":\"one\",\"tunnel\":false,\"state\":\"absent\"");
	assert_says(exchange, "CONFIG_ONE");
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void the_description_is_served(void **state)
{
	char folder[] = "/tmp/test-operations-XXXXXX", yaml[64], json[64];
	const struct api_settings settings = { .openapi_path = yaml };
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/openapi.yaml"), 404);
	assert_says(exchange, "/nonexistent/openapi.yaml");
	assert_non_null(mkdtemp(folder));
	snprintf(yaml, sizeof(yaml), "%s/openapi.yaml", folder);
	snprintf(json, sizeof(json), "%s/openapi.json", folder);
	write_file(yaml, "openapi: 3.1.0\n");
	write_file(json, "{}");
	api_free(exchange->api);
	exchange->api = api_new(NULL, &settings);
	unlink(yaml);
	unlink(json);
	rmdir(folder);
	assert_int_equal(get(exchange, "/openapi.yaml"), 200);
	assert_string_equal(exchange->answer.content_type, "application/yaml");
	assert_string_equal(exchange->body, "openapi: 3.1.0\n");
	assert_int_equal(get(exchange, "/openapi.json"), 200);
	assert_string_equal(exchange->body, "{}\n");
}

static void headers_that_do_not_fit_are_left_out(void **state)
{
	struct api_answer answer = { 0 };
	char text[sizeof(answer.headers[0].value) + 1];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	answer_header(&answer, "Location", "%s", text);
	assert_int_equal(answer.header_count, 0);
	for (int i = 0; i < 2 * API_HEADERS; i++)
		answer_header(&answer, "A", "b");
	assert_int_equal(answer.header_count, API_HEADERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(created_objects_are_shown),
		cmocka_unit_test(lists_cover_namespaces),
		cmocka_unit_test(lists_can_begin_again),
		cmocka_unit_test(the_service_describes_itself),
		cmocka_unit_test(the_description_is_served),
		cmocka_unit_test(headers_that_do_not_fit_are_left_out),
	};

	return cmocka_run_group_tests(tests, exchange_setup, exchange_teardown);
}
