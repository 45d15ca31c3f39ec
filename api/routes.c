/* The collection /routes: lists go from the kernel's dump straight into the answer. */
#include <stdio.h>
#include <string.h>

#include "api/json_reader.h"
#include "api/key.h"
#include "api/route_json.h"

enum { TABLE_ALL = 0, TABLE_MAIN = 254 };

struct listing {
	struct api *api;
	const struct api_call *call;
	struct collection collection;
	struct route_filter filter;
};

static int list_route(const struct route *route, void *context, struct error *error)
{
	struct listing *listing = context;

	(void)error;
	route_json_write(collection_item(&listing->collection), listing->call, route);
	return 0;
}

static void list_restart(void *context)
{
	collection_rewind(&((struct listing *)context)->collection);
}

static int list_namespace(const char *namespace, void *context, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct listing *listing = context;

	collection_mark(&listing->collection);
	if (namespace_enter(listing->api->netops, namespace, &socket, error))
		return -1;
	return route_dump(socket.netlink, namespace, &listing->filter, list_route, list_restart,
			  listing, error);
}

static int read_destination(const struct api_call *call, struct route_filter *filter,
			    struct error *error)
{
	const char *text = query_text(call, "destination");

	filter->with_default = text && !strcmp(text, "default");
	return filter->with_default ?
		       0 :
		       query_prefix(call, "destination", &filter->destination, error);
}

static int read_table(const struct api_call *call, uint32_t *ret, struct error *error)
{
	const char *text = query_text(call, "table");

	*ret = TABLE_MAIN;
	if (!text || strcmp(text, "all"))
		return query_named(call, "table", route_table_words, UINT32_MAX, ret, error);
	*ret = TABLE_ALL;
	return 0;
}

static int read_filter(const struct api_call *call, struct route_filter *filter,
		       struct error *error)
{
	uint32_t family = 0;

	if (query_word(call, "family", route_family_words, &family, error) ||
	    read_table(call, &filter->table, error) ||
	    query_named(call, "protocol", route_protocol_words, 255, &filter->protocol,
			error) ||
	    query_word(call, "type", route_type_words, &filter->type, error) ||
	    query_address(call, "gateway", &filter->gateway, error) ||
	    read_destination(call, filter, error))
		return -1;
	filter->family = (uint16_t)family;
	filter->with_protocol = query_text(call, "protocol") != NULL;
	filter->device = query_text(call, "device");
	return 0;
}

static int list_routes(struct api *api, const struct api_call *call, struct api_answer *answer,
		       struct error *error)
{
	struct listing listing = { .api = api, .call = call };

	if (read_filter(call, &listing.filter, error))
		return -1;
	collection_begin(&listing.collection, call, answer);
	if (collection_each_namespace(call, list_namespace, &listing, error))
		return -1;
	collection_end(&listing.collection);
	return 0;
}

static int create_one(struct api *api, const struct api_call *call,
		      const struct json_place *object, struct api_answer *answer,
		      struct error *error)
{
	struct route wanted CLEANUP_ROUTE = { .flags = 0 },
			    actual CLEANUP_ROUTE = { .flags = 0 };
	struct json_writer writer;
	char url[ERROR_URL_SIZE];

	if (route_json_read(object, &wanted) ||
	    route_create(api->netops, &wanted, &actual, error))
		return -1;
	route_url(&actual, url);
	if (answer_created(answer, call, url, &writer))
		route_json_write(&writer, call, &actual);
	return 0;
}

static int create_many(struct api *api, const struct api_call *call,
		       const struct json_place *array, struct api_answer *answer,
		       struct error *error)
{
	struct route_list wanted CLEANUP_ROUTE_LIST = { 0 }, made CLEANUP_ROUTE_LIST = { 0 };
	struct json_writer writer;

	if (route_json_read_list(array, &wanted) ||
	    route_create_list(api->netops, &wanted, &made, error))
		return -1;
	if (!answer_created_list(answer, call, &writer))
		return 0;
	json_write_array(&writer);
	for (size_t i = 0; i < made.count; i++)
		route_json_write(&writer, call, &made.items[i]);
	json_write_array_end(&writer);
	return 0;
}

static int create_route(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	struct json_object *body CLEANUP_JSON = NULL;
	struct json_place top;

	if (api_read_body(call, &body, error))
		return -1;
	top = json_top_place(body, "", error);
	if (json_is_array(&top))
		return create_many(api, call, &top, answer, error);
	return create_one(api, call, &top, answer, error);
}

static int get_route(struct api *api, const struct api_call *call, struct api_answer *answer,
		     struct error *error)
{
	struct route route CLEANUP_ROUTE = { .flags = 0 }, key;
	struct json_writer writer;

	if (key_read_route(call, &key, error) || route_find(api->netops, &key, &route, error))
		return -1;
	answer_json(answer, 200, &writer);
	route_json_write(&writer, call, &route);
	return 0;
}

static int delete_route(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	struct route key;
	bool foreign = false;

	if (key_read_route(call, &key, error) ||
	    query_boolean(call, "foreign", &foreign, error) ||
	    route_delete(api->netops, &key, foreign, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

static const char *const list_query[] = { "namespace",	 "family", "table",
					  "destination", "device", "gateway",
					  "protocol",	 "type",   NULL };
static const char *const get_query[] = { "metric", "tos",      "source", "gateway",
					 "device", "protocol", "type",	 NULL };
static const char *const delete_query[] = { "metric",	"tos",	"source",  "gateway", "device",
					    "protocol", "type", "foreign", NULL };

#define ROUTE_PATH "/routes/{namespace}/{table}/{address}/{prefix_length}"

/* clang-format off */
const struct api_operation routes_operations[] = {
	{ "GET", "/routes", "listRoutes", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_routes },
	{ "POST", "/routes", "createRoute", API_LANE_WRITER, API_BODY_OBJECT_OR_ARRAY, API_OUTPUT_JSON, NULL, create_route },
	{ "GET", ROUTE_PATH, "getRoute", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_route },
	{ "DELETE", ROUTE_PATH, "deleteRoute", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_route },
	{ 0 },
};
/* clang-format on */
