/*
 * Stand-ins for resources, namespaces and kinds, and a client that asks the
 * operations' table without HTTP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "api/json_reader.h"
#include "api/metrics.h"
#include "intent/changes.h"
#include "netops/kind.h"
#include "netops/namespace.h"
#include "tests/unit/exchange.h"

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

/* Nobody hears here: changes are NULL. */
bool changes_current(struct changes *changes, const struct versions_scope *of, uint64_t *ret)
{
	(void)changes, (void)of, (void)ret;
	return false;
}

enum changes_known changes_follow(struct changes *changes, const struct versions_scope *of,
				  bool compare, bool begin, uint64_t *ret)
{
	(void)changes, (void)of, (void)compare, (void)begin, (void)ret;
	return CHANGES_UNKNOWN;
}

void changes_watch(struct changes *changes, struct changes_watcher *watcher)
{
	(void)changes, (void)watcher;
}

void changes_leave(struct changes *changes, struct changes_watcher *watcher)
{
	(void)changes, (void)watcher;
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

/* A namespace that has gone has nothing to list. */
static int list_all(struct collection_names *names, struct collection *list,
		    struct error *error)
{
	const char *name;

	while ((name = collection_names_next(names))) {
		if (list_one(name, list, error) && error->kind != ERROR_MISSING)
			return -1;
	}
	error_clear(error);
	return 0;
}

static int list_things(struct api *api, const struct api_call *call, struct api_answer *answer,
		       struct error *error)
{
	struct collection_names names;
	struct collection list;
	bool again = false;

	(void)api;
	if (query_boolean(call, "again", &again, error))
		return -1;
	if (collection_names_read(call, &names, error))
		return -1;
	collection_begin(&list, call, answer);
	if (list_all(&names, &list, error)) {
		collection_names_free(&names);
		return -1;
	}
	collection_names_free(&names);
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
const struct api_operation rules_operations[] = { { 0 } };
const struct api_operation neighbors_operations[] = { { 0 } };
const struct api_operation probes_operations[] = { { 0 } };
const struct api_operation config_operations[] = { { 0 } };
const struct api_operation health_operations[] = { { 0 } };
static const struct metrics_family no_families[] = { { NULL, NULL, NULL, NULL, 0 } };
const struct metrics_group metrics_intent = { .families = no_families };
const struct metrics_group metrics_store = { .families = no_families };
const struct metrics_group metrics_kernel = { .families = no_families };
const struct metrics_group metrics_tunnels = { .families = no_families };
const struct metrics_group metrics_datapath = { .families = no_families };

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

const char *answer_value(const struct api_answer *answer, const char *name)
{
	for (unsigned int i = 0; i < answer->header_count; i++) {
		if (!strcmp(answer->headers[i].name, name))
			return answer->headers[i].value;
	}
	return NULL;
}

int ask(struct exchange *exchange, const char *method, const char *target,
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

int get(struct exchange *exchange, const char *target)
{
	return ask(exchange, "GET", target, NULL, NULL);
}

void assert_says(const struct exchange *exchange, const char *part)
{
	if (!strstr(exchange->body, part))
		fail_msg("\"%s\" is not in %s", part, exchange->body);
}

int exchange_setup(void **state)
{
	struct api_settings settings = { .openapi_path = "/nonexistent/openapi.yaml" };
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	struct error error;

	error_clear(&error);
	if (events_open(EXCHANGE_EVENTS, &exchange->events, &error))
		return -1;
	settings.events = exchange->events;
	exchange->api = api_new(NULL, &settings);
	*state = exchange;
	return !exchange->api;
}

int exchange_teardown(void **state)
{
	struct exchange *exchange = *state;

	api_answer_free(&exchange->answer);
	api_free(exchange->api);
	events_close(exchange->events);
	free(exchange);
	return 0;
}
