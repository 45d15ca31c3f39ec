/* The collection /routes: lists go from the kernel's dump straight into the answer. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "api/deletion.h"
#include "api/document.h"
#include "api/json_merge.h"
#include "api/json_rows.h"
#include "api/key.h"
#include "api/listing.h"
#include "api/route_json.h"
#include "api/route_texts.h"

enum { TABLE_ALL = 0, TABLE_MAIN = 254 };

static int find_route(struct api *api, const struct api_call *call, bool change, void *ret,
		      struct error *error)
{
	struct route key;

	(void)change;
	return key_read_route(call, &key, error) || route_find(api->netops, &key, ret, error) ?
		       -1 :
		       0;
}

#define AT(member) offsetof(struct route_options, member)

/* What a route is known by, beside its namespace. */
static const size_t identity[] = { AT(destination), AT(table), AT(metric), AT(tos),
				   AT(source) };
enum { IDENTITY = sizeof(identity) / sizeof(identity[0]) };

static const struct row *row_at(size_t offset)
{
	const struct row *row = route_rows;

	while (row->offset != offset)
		row++;
	return row;
}

/* And in the document, which has to say all by itself. */
static int fill_document(struct json_object *body, const struct route *meant,
			 struct error *error)
{
	struct json_object *said CLEANUP_JSON = NULL;
	struct given given = { { 0 } };
	struct buffer text = { 0 };
	struct json_writer writer;

	for (int i = 0; i < IDENTITY; i++) {
		if (given_at(&meant->given, identity[i]) &&
		    !json_object_object_get_ex(body, row_at(identity[i])->name, NULL))
			give_at(&given, identity[i]);
	}
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	json_rows_write(&writer, route_rows, &meant->options, &given);
	json_write_object_end(&writer);
	buffer_append(&text, "", 1);
	said = text.failed ? NULL : document_parse(text.data);
	buffer_free(&text);
	return said && !json_merge(body, said) ? 0 :
						 error_set(error, ERROR_BUSY, "out of memory");
}

/* In a body that does not say them the members of the identity are those of the URL. */
static void fill_identity(const struct route *meant, struct route *wanted)
{
	struct given given = { { 0 } };

	for (int i = 0; i < IDENTITY; i++) {
		if (given_at(&meant->given, identity[i]) &&
		    !given_at(&wanted->given, identity[i]))
			give_at(&given, identity[i]);
	}
	rows_merge(route_rows, &meant->options, &given, &wanted->options, &wanted->given);
}

/* Absent is 0 for them all, and no family is the one that follows. */
static void check_identity(const struct json_place *top, const struct route *meant,
			   const struct route *wanted)
{
	for (int i = 0; i < IDENTITY; i++) {
		const struct row *row = row_at(identity[i]);
		struct json_place place = json_member_place(top, row->name);

		if (given_at(&meant->given, identity[i]) &&
		    !row_settled(row, &wanted->options, &wanted->given, &meant->options,
				 &meant->given))
			json_complain(
				&place, "url",
				"the URL names another route, and what a route is known by "
				"cannot be changed");
	}
}

/* Whose a route is stays; only a new one must be ours. */
static void drop_protocol(const struct json_place *top, const struct route *current)
{
	struct json_place place;
	uint32_t number;

	if (current && json_find(top, "protocol", &place) && !json_is_string(&place) &&
	    !json_value_number(&place, 0, 255, &number) && number == current->options.protocol)
		json_object_object_del(top->value, "protocol");
}

static bool same_hop(const struct route *a, const struct route *b)
{
	const struct row *gateway = row_at(AT(gateway));

	return row_equal(gateway, &a->options, &a->given, &b->options, &b->given) &&
	       !strcmp(a->options.device.name, b->options.device.name);
}

/*
 * The gateway and the device of a nexthop object are shown and cannot be asked
 * for: sent back, they say nothing, and they go when another object comes.
 */
static void check_named_route(const struct route *current, struct route *route,
			      struct error *error)
{
	struct route checked = *route;

	if (current && ROUTE_GIVEN(current, nexthop_id) && ROUTE_GIVEN(route, nexthop_id) &&
	    same_hop(current, route)) {
		ungive_at(&checked.given, AT(gateway));
		ungive_at(&checked.given, AT(device));
		if (route->options.nexthop_id != current->options.nexthop_id)
			route->given = checked.given;
	}
	route_check(&checked, "", error);
}

static int read_named_route(const struct api_call *call, const struct object_source *source,
			    struct json_place *top, struct route *ret, struct error *error)
{
	const struct route *meant = source->current;
	struct route key;

	if (key_read_route(call, &key, error))
		return -1;
	if (!meant)
		meant = &key;
	object_member_of_url(top, "namespace", meant->namespace);
	drop_protocol(top, source->current);
	memcpy(ret->namespace, meant->namespace, sizeof(ret->namespace));
	if (route_json_read_members(top, ret))
		return -1;
	fill_identity(meant, ret);
	route_choose_family(ret);
	check_identity(top, meant, ret);
	check_named_route(source->current, ret, error);
	return error_verdict(error) ? -1 : fill_document(top->value, meant, error);
}

static int read_route(const struct api_call *call, const struct object_source *source,
		      void *ret, struct error *error)
{
	struct json_place top = json_top_place(source->body, "", error);

	if (call && call->segment_count > 1)
		return read_named_route(call, source, &top, ret, error);
	return route_json_read(&top, ret);
}

static void write_route(struct json_writer *writer, const void *wanted, const void *actual)
{
	(void)wanted;
	route_json_write(writer, actual);
}

static void write_route_status(struct json_writer *writer, const void *wanted,
			       const void *actual)
{
	(void)wanted;
	route_json_write_status(writer, actual);
}

static int key_of_route(const struct api_call *call, unsigned int index,
			char ret[ERROR_URL_SIZE], struct error *error)
{
	struct route key, known;

	if (index || key_read_route(call, &key, error))
		return index ? 0 : -1;
	route_identify(&key, &known);
	route_url(&known, ret);
	return 1;
}

static bool runs(const void *actual)
{
	return ROUTE_GIVEN((const struct route *)actual, expires_seconds);
}

const struct object_type route_objects = {
	.runs = runs,
	.intent = &intent_route,
	.find = find_route,
	.key = key_of_route,
	.read = read_route,
	.write = write_route,
	.write_status = write_route_status,
};

OBJECT_HANDLERS(route, route_objects)

struct route_listing {
	struct listing listing; /* first */
	struct route_filter filter;
	struct route_texts *texts; /* of one namespace's routes; NULL: there was no memory */
};

static int list_namespace(struct listing *listing, const char *namespace, struct reading **ret,
			  struct error *error)
{
	struct route_listing *list = (struct route_listing *)listing;

	/* Shapes are counted anew in each. */
	route_texts_free(list->texts);
	list->texts = route_texts_new();
	return route_reading(listing->api->netops, namespace, &list->filter, ret, error);
}

static void write_listed(struct listing *listing, struct json_writer *writer,
			 const void *actual)
{
	const struct route_listing *list = (const struct route_listing *)listing;
	size_t start = writer->buffer->length + writer->comma;

	if (list->texts && route_texts_write(list->texts, writer, actual))
		return;
	object_write_listed(&route_objects, writer, &listing->call, actual, NULL);
	if (list->texts && !writer->buffer->failed)
		route_texts_learn(list->texts, actual, writer->buffer->data + start,
				  writer->buffer->length - start);
}

static void end_listing(struct listing *listing)
{
	route_texts_free(((struct route_listing *)listing)->texts);
}

/* What is not there is compared by what it is known by, and by its device. */
static bool wanted_fits(const struct listing *listing, const void *wanted)
{
	return route_fits(wanted, &((const struct route_listing *)listing)->filter);
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
		return query_named(call, "table", route_table_words, 1, UINT32_MAX, ret, error);
	*ret = TABLE_ALL;
	return 0;
}

static int read_filter(struct listing *listing, struct error *error)
{
	struct route_filter *filter = &((struct route_listing *)listing)->filter;
	const struct api_call *call = &listing->call;
	char device[IFNAMSIZ];
	uint32_t family = 0;

	if (query_name(call, "device", device, sizeof(device), error) ||
	    query_word(call, "family", route_family_words, &family, error) ||
	    read_table(call, &filter->table, error) ||
	    query_named(call, "protocol", route_protocol_words, 0, 255, &filter->protocol,
			error) ||
	    query_word(call, "type", route_type_words, &filter->type, error) ||
	    query_address(call, "gateway", &filter->gateway, error) ||
	    query_address(call, "contains", &filter->contains, error) ||
	    read_destination(call, filter, error))
		return -1;
	if (filter->contains.family && query_text(call, "destination"))
		return error_set(error, ERROR_MALFORMED,
				 "the query parameters \"contains\" and \"destination\" "
				 "exclude each other");
	filter->family = (uint16_t)family;
	filter->with_protocol = query_text(call, "protocol") != NULL;
	filter->device = query_text(call, "device");
	return 0;
}

static const struct listing_source route_source = {
	.type = &route_objects,
	.size = sizeof(struct route_listing),
	.filter = read_filter,
	.open = list_namespace,
	.fits = wanted_fits,
	.write = write_listed,
	.end = end_listing,
};

LISTING_HANDLER(list_routes, route_source)
DELETION_HANDLER(clear_routes, route_source)

/* What a list is narrowed by; and what is deleted of a collection. */
#define FILTERS "namespace", "family", "table", "destination", "contains", "device", "gateway", "protocol", "type", LISTING_FILTERS
static const char *const list_query[] = { FILTERS, LISTING_PAGES, NULL };
static const char *const clear_query[] = { FILTERS, "foreign", NULL };
static const char *const make_query[] = { "pending", NULL };
static const char *const get_query[] = { "metric", "tos",      "source", "gateway",
					 "device", "protocol", "type",	 NULL };
static const char *const change_query[] = { "metric",	"tos",	"source",  "gateway", "device",
					    "protocol", "type", "foreign", NULL };

#define ROUTE_PATH "/routes/{namespace}/{table}/{address}/{prefix_length}"

/* clang-format off */
const struct api_operation routes_operations[] = {
	{ "GET", "/routes", "listRoutes", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_routes },
	{ "POST", "/routes", "createRoute", API_LANE_WRITER, API_BODY_OBJECT_OR_ARRAY, API_OUTPUT_JSON, make_query, post_route },
	{ "DELETE", "/routes", "deleteRoutes", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, clear_query, clear_routes },
	{ "GET", ROUTE_PATH, "getRoute", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_route },
	{ "PUT", ROUTE_PATH, "putRoute", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_route },
	{ "PATCH", ROUTE_PATH, "patchRoute", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_route },
	{ "DELETE", ROUTE_PATH, "deleteRoute", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, change_query, delete_route },
	{ 0 },
};
/* clang-format on */
