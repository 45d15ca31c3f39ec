/*
 * Requests against the table, from head to answer, without HTTP and kernel:
 * the resources are stand-ins, and so are the namespaces and kinds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/json_reader.h"
#include "api/operations.h"
#include "netops/kind.h"
#include "netops/namespace.h"

/* ---- stand-ins ---- */

static const struct kind kind_one = { .name = "one",
				      .module = "no-such-module",
				      .symbol = "no_such_setup",
				      .config = "CONFIG_ONE" };
const struct kind *const kinds[] = { &kind_one, NULL };

int namespace_list(namespace_each *each, void *context, struct error *error)
{
	static const char *const names[] = { "host", "ns1", "gone" };

	for (int i = 0; i < 3; i++) {
		if (each(names[i], context, error))
			return -1;
	}
	return 0;
}

static int list_one(const char *namespace, void *context, struct error *error)
{
	struct collection *list = context;

	if (!strcmp(namespace, "broken"))
		return error_set(error, ERROR_INTERNAL, "broken");
	if (strcmp(namespace, "host") && strcmp(namespace, "ns1"))
		return error_set(error, ERROR_MISSING, "there is no namespace");
	for (int i = 0; i < 2; i++) {
		struct json_writer *writer = collection_item(list);

		json_write_object(writer);
		json_member_string(writer, "namespace", namespace);
		json_write_object_end(writer);
	}
	return 0;
}

static int list_things(struct api *api, const struct api_call *call, struct api_answer *answer,
		       struct error *error)
{
	struct collection list;
	bool again = false;

	(void)api;
	if (query_boolean(call, "again", &again, error))
		return -1;
	collection_begin(&list, call, answer);
	if (collection_each_namespace(call, list_one, &list, error))
		return -1;
	if (again) {
		collection_rewind(&list);
		list_one("ns1", &list, error);
	}
	collection_end(&list);
	return 0;
}

static int create_thing(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	struct json_object *body CLEANUP_JSON = NULL;
	struct json_writer writer;

	(void)api;
	if (api_read_body(call, &body, error))
		return -1;
	if (answer_created(answer, call, "/tunnels/ns1/t", &writer)) {
		json_write_object(&writer);
		answer_self(&writer, call, "/tunnels/ns1/t");
		json_write_object_end(&writer);
	}
	return 0;
}

static int get_thing(struct api *api, const struct api_call *call, struct api_answer *answer,
		     struct error *error)
{
	struct json_writer writer;

	(void)api;
	if (!strcmp(api_segment(call, "name"), "absent"))
		return error_set(error, ERROR_ABSENT, "there is no tunnel \"absent\"");
	answer_json(answer, 200, &writer);
	json_write_array(&writer);
	json_write_string(&writer, api_segment(call, "namespace"));
	json_write_string(&writer, api_segment(call, "name"));
	json_write_array_end(&writer);
	return 0;
}

static int change_thing(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	struct json_writer writer;

	(void)api, (void)error;
	if (answer_changed(answer, call, &writer))
		json_write_string(&writer, "changed");
	return 0;
}

static int delete_thing(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	(void)api, (void)call, (void)error;
	answer_nothing(answer);
	return 0;
}

static const char *const list_keys[] = { "namespace", "again", NULL };
static const char *const delete_keys[] = { "foreign", NULL };

const struct api_operation tunnels_operations[] = {
	{ "GET", "/tunnels", "listTunnels", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST,
	  list_keys, list_things },
	{ "POST", "/tunnels", "createTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON,
	  NULL, create_thing },
	{ "POST", "/tunnels/words", "wordsTunnel", API_LANE_WRITER, API_BODY_OBJECT_OR_ARRAY,
	  API_OUTPUT_JSON, NULL, create_thing },
	{ "GET", "/tunnels/{namespace}/{name}", "getTunnel", API_LANE_READER, API_BODY_NONE,
	  API_OUTPUT_JSON, NULL, get_thing },
	{ "PATCH", "/tunnels/{namespace}/{name}", "changeTunnel", API_LANE_WRITER,
	  API_BODY_OBJECT, API_OUTPUT_JSON, NULL, change_thing },
	{ "DELETE", "/tunnels/{namespace}/{name}", "deleteTunnel", API_LANE_WRITER,
	  API_BODY_NONE, API_OUTPUT_JSON, delete_keys, delete_thing },
	{ 0 },
};
const struct api_operation namespaces_operations[] = { { 0 } };
const struct api_operation links_operations[] = { { 0 } };
const struct api_operation addresses_operations[] = { { 0 } };
const struct api_operation routes_operations[] = { { 0 } };
const struct api_operation probes_operations[] = { { 0 } };

/* ---- a client ---- */

/* Name and value by turns, ended by NULL. */
static const char *find_header(const struct api_request *request, const char *name)
{
	const char *const *pair = request->context;

	for (; pair && *pair; pair += 2) {
		if (!strcasecmp(pair[0], name))
			return pair[1];
	}
	return NULL;
}

static const char *answer_value(const struct api_answer *answer, const char *name)
{
	for (unsigned int i = 0; i < answer->header_count; i++) {
		if (!strcmp(answer->headers[i].name, name))
			return answer->headers[i].value;
	}
	return NULL;
}

struct exchange {
	struct api *api;
	struct api_call call;
	struct api_answer answer;
	char body[4096]; /* of the answer */
};

static int ask(struct exchange *exchange, const char *method, const char *target,
	       const char *const *headers, const char *body)
{
	const struct api_request request = { method, target, find_header, (void *)headers };
	struct buffer *text = &exchange->answer.body;

	api_answer_free(&exchange->answer);
	if (!api_accept(exchange->api, &request, &exchange->call, &exchange->answer)) {
		exchange->call.body = body ? body : "";
		exchange->call.body_length = strlen(exchange->call.body);
		api_perform(exchange->api, &exchange->call, &exchange->answer);
	}
	snprintf(exchange->body, sizeof(exchange->body), "%.*s", (int)text->length,
		 text->data ? text->data : "");
	return exchange->answer.status;
}

static int get(struct exchange *exchange, const char *target)
{
	return ask(exchange, "GET", target, NULL, NULL);
}

static void assert_says(const struct exchange *exchange, const char *part)
{
	if (!strstr(exchange->body, part))
		fail_msg("\"%s\" is not in %s", part, exchange->body);
}

static int setup(void **state)
{
	const struct api_settings settings = { "/nonexistent/openapi.yaml" };
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	exchange->api = api_new(NULL, &settings);
	*state = exchange;
	return !exchange->api;
}

static int teardown(void **state)
{
	struct exchange *exchange = *state;

	api_answer_free(&exchange->answer);
	api_free(exchange->api);
	free(exchange);
	return 0;
}

/* ---- tests ---- */

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
					       "/tunnels//a",  "/tunnels/ns1/a/b",
					       "/v2/tunnels",  "/v1/v1",
					       "/Tunnels",     "/tunnel" };
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
			    "GET, HEAD, PATCH, DELETE");
	assert_int_equal(ask(exchange, "DELETE", "/v1/tunnels", NULL, NULL), 405);
	assert_string_equal(answer_value(&exchange->answer, "Allow"), "GET, HEAD, POST");
	assert_int_equal(ask(exchange, "GET", "/tunnels/words", NULL, NULL), 405);
	assert_string_equal(answer_value(&exchange->answer, "Allow"), "POST");
	assert_int_equal(ask(exchange, "get", "/tunnels", NULL, NULL), 405);
}

static void bad_targets_are_refused(void **state)
{
	struct exchange *exchange = *state;
	char target[5000];

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
	assert_int_equal(get(exchange, "/healthz"), 200);
	assert_string_equal(exchange->body, "{\"status\":\"ok\"}\n");
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
	const struct api_settings settings = { yaml };
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

static const struct row_word families[] = { { "ipv4", 4 }, { "ipv6", 6 }, { 0 } };

struct query_case {
	const char *value;
	bool number, word, named, address, prefix;
};

static void query_values_are_strict(void **state)
{
	static const struct query_case cases[] = {
		{ "7", true, false, true, false, false },
		{ "07", false, false, false, false, false },
		{ "-7", false, false, false, false, false },
		{ " 7", false, false, false, false, false },
		{ "", false, false, false, false, false },
		{ "101", false, false, false, false, false },
		{ "99999999999", false, false, false, false, false },
		{ "ipv4", false, true, true, false, false },
		{ "10.0.0.1", false, false, false, true, true },
		{ "10.0.0.0/8", false, false, false, false, true },
		{ "fe80::1", false, false, false, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct api_call call = { .query_count = 1,
					       .query_keys = { "key" },
					       .query_values = { cases[i].value } };
		const struct query_case *one = &cases[i];
		struct error error;
		uint32_t number;
		struct ip ip;

		error_clear(&error);
		assert_int_equal(query_number(&call, "key", 0, 100, &number, &error) == 0,
				 one->number);
		assert_int_equal(query_word(&call, "key", families, &number, &error) == 0,
				 one->word);
		assert_int_equal(query_named(&call, "key", families, 100, &number, &error) == 0,
				 one->named);
		assert_int_equal(query_address(&call, "key", &ip, &error) == 0, one->address);
		assert_int_equal(query_prefix(&call, "key", &ip, &error) == 0, one->prefix);
		assert_int_equal(query_number(&call, "other", 0, 0, &number, &error), 0);
	}
}

static void headers_that_do_not_fit_are_left_out(void **state)
{
	struct api_answer answer = { 0 };
	char text[500];

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
		cmocka_unit_test(paths_lead_to_operations),
		cmocka_unit_test(unknown_paths_are_not_found),
		cmocka_unit_test(unknown_methods_are_told_the_known_ones),
		cmocka_unit_test(bad_targets_are_refused),
		cmocka_unit_test(query_parameters_are_checked),
		cmocka_unit_test(bodies_are_checked_by_their_type),
		cmocka_unit_test(bodies_are_json),
		cmocka_unit_test(the_client_says_what_it_accepts),
		cmocka_unit_test(created_objects_are_shown),
		cmocka_unit_test(lists_cover_namespaces),
		cmocka_unit_test(lists_can_begin_again),
		cmocka_unit_test(the_service_describes_itself),
		cmocka_unit_test(the_description_is_served),
		cmocka_unit_test(query_values_are_strict),
		cmocka_unit_test(headers_that_do_not_fit_are_left_out),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
