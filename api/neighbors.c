/* The collection /neighbors. Rows say all of a neighbour but where it is. */
#include <json-c/json.h>
#include <string.h>

#include "api/deletion.h"
#include "api/json_rows.h"
#include "api/key.h"
#include "api/listing.h"

#define AT(member) offsetof(struct neighbor_options, member)

/* What the kernel found out is no wish, and what goes on by itself is not steady. */
static void write_neighbor(struct json_writer *writer, const void *wanted, const void *actual)
{
	const struct neighbor *neighbor = actual;
	struct given given = neighbor->given;

	(void)wanted;
	if ((writer->steady && neighbor_nud_runs(neighbor->options.nud)) ||
	    (writer->whole && neighbor->options.managed))
		ungive_at(&given, AT(nud));
	if (writer->whole && neighbor->options.managed)
		ungive_at(&given, AT(mac));
	json_member_string(writer, "namespace", neighbor->namespace);
	json_member_string(writer, "link", neighbor->link.name);
	json_rows_write(writer, neighbor_rows, &neighbor->options, &given);
}

static void write_statistics(struct json_writer *writer,
			     const struct neighbor_statistics *statistics)
{
	json_member_object(writer, "statistics");
	json_member_number(writer, "used_ms", statistics->used_ms);
	json_member_number(writer, "confirmed_ms", statistics->confirmed_ms);
	json_member_number(writer, "updated_ms", statistics->updated_ms);
	json_member_number(writer, "references", statistics->references);
	json_member_number(writer, "probes", statistics->probes);
	json_write_object_end(writer);
}

static void write_neighbor_status(struct json_writer *writer, const void *wanted,
				  const void *actual)
{
	const struct neighbor *neighbor = actual;

	(void)wanted;
	if (NEIGHBOR_GIVEN(neighbor, nud))
		json_member_string(writer, "nud",
				   row_word_name(neighbor_nud_words, neighbor->options.nud));
	json_member_array(writer, "flags");
	for (const struct row_word *word = neighbor_flag_words; word->name; word++) {
		if (neighbor->flags & word->value)
			json_write_string(writer, word->name);
	}
	json_write_array_end(writer);
	if (writer->statistics && neighbor->statistics.given)
		write_statistics(writer, &neighbor->statistics);
}

/* What the kernel learned by itself can be seen and dropped; to a wanted one it gives way. */
static int find_neighbor(struct api *api, const struct api_call *call, bool change, void *ret,
			 struct error *error)
{
	bool set = change && strcmp(call->operation->method, "DELETE") != 0;
	struct neighbor key;
	bool statistics;

	if (query_boolean(call, "statistics", &statistics, error) ||
	    key_read_neighbor(call, &key, error))
		return -1;
	return set ? neighbor_find_set(api->netops, &key, ret, error) :
		     neighbor_find(api->netops, &key, ret, error);
}

/* The rows alone, unchecked; complaints are made. */
static int read_members(const struct json_place *place, struct neighbor *ret)
{
	static const struct row *const tables[] = { neighbor_rows, NULL };
	static const char *const more[] = { "namespace", "link", "self", "status", NULL };
	unsigned int before = place->error->member_count;

	if (json_value_object(place))
		return -1;
	json_rows_unknown(place, tables, more);
	json_rows_read(place, neighbor_rows, &ret->options, &ret->given);
	return place->error->member_count == before ? 0 : -1;
}

/* A document, or a body that says all. */
static int read_new_neighbor(const struct json_place *top, struct neighbor *ret)
{
	unsigned int before = top->error->member_count;
	struct json_place member;

	*ret = (struct neighbor){ .flags = 0 };
	if (json_is_object(top) && json_need(top, "namespace", &member))
		json_value_text(&member, ret->namespace, sizeof(ret->namespace));
	if (json_is_object(top) && json_need(top, "link", &member))
		json_value_text(&member, ret->link.name, sizeof(ret->link.name));
	if (read_members(top, ret) || top->error->member_count != before)
		return -1;
	neighbor_check(ret, top->pointer, top->error);
	return top->error->member_count == before ? 0 : -1;
}

/* Of a managed one, what the kernel found out is not for the client to say. */
static void drop_found_out(const struct json_place *top, const struct neighbor *current)
{
	struct json_place place;
	struct neighbor said = { .flags = 0 };
	struct error ignored;

	if (!current || !current->options.managed || !json_find(top, "managed", &place) ||
	    !json_object_get_boolean(place.value))
		return;
	error_clear(&ignored);
	place = json_top_place(top->value, "", &ignored);
	(void)json_rows_read(&place, neighbor_rows, &said.options, &said.given);
	if (NEIGHBOR_GIVEN(&said, mac) &&
	    link_address_equal(&said.options.mac, &current->options.mac))
		json_object_object_del(top->value, "mac");
	if (NEIGHBOR_GIVEN(&said, nud) && neighbor_nud_runs(said.options.nud))
		json_object_object_del(top->value, "nud");
}

/* Whose one is stays; only a new one must be ours. */
static void drop_protocol(const struct json_place *top, const struct neighbor *current)
{
	struct json_place place;
	uint32_t number;

	if (current && json_find(top, "protocol", &place) && !json_is_string(&place) &&
	    !json_value_number(&place, 0, 255, &number) && number == current->options.protocol)
		json_object_object_del(top->value, "protocol");
}

static int read_named_neighbor(const struct api_call *call, const struct object_source *source,
			       const struct json_place *top, struct neighbor *ret,
			       struct error *error)
{
	char text[IP_TEXT_SIZE];
	struct json_place place;
	struct neighbor key;

	if (key_read_neighbor(call, &key, error))
		return -1;
	if (json_is_object(top)) {
		ip_format(&key.options.address, text);
		object_member_of_url(top, "namespace", key.namespace);
		object_member_of_url(top, "link", key.link.name);
		object_member_default(top, "address", text);
		if (NEIGHBOR_GIVEN(&key, proxy) && !json_find(top, "proxy", &place))
			json_object_object_add(top->value, "proxy",
					       json_object_new_boolean(true));
		drop_protocol(top, source->current);
		drop_found_out(top, source->current);
	}
	if (error_verdict(error) || read_new_neighbor(top, ret))
		return -1;
	if (!ip_equal(&key.options.address, &ret->options.address)) {
		place = json_member_place(top, "address");
		return json_complain(&place, "url", "the URL names another address");
	}
	if (neighbor_is_proxy(&key) != neighbor_is_proxy(ret)) {
		place = json_member_place(top, "proxy");
		return json_complain(&place, "url",
				     "a proxy is known by ?proxy=true, others are not");
	}
	return 0;
}

static int read_neighbor(const struct api_call *call, const struct object_source *source,
			 void *ret, struct error *error)
{
	struct json_place top = json_top_place(source->body, "", error);

	if (call && call->segment_count > 1)
		return read_named_neighbor(call, source, &top, ret, error);
	return read_new_neighbor(&top, ret);
}

static int key_of_neighbor(const struct api_call *call, unsigned int index,
			   char ret[ERROR_URL_SIZE], struct error *error)
{
	struct neighbor key;

	if (index || key_read_neighbor(call, &key, error))
		return index ? 0 : -1;
	neighbor_url(&key, ret);
	return 1;
}

const struct object_type neighbor_objects = {
	.intent = &intent_neighbor,
	.find = find_neighbor,
	.key = key_of_neighbor,
	.read = read_neighbor,
	.write = write_neighbor,
	.write_status = write_neighbor_status,
};

OBJECT_HANDLERS(neighbor, neighbor_objects)

/* ---- the list ---- */

static const struct row_word family_words[] = {
	{ "ipv4", AF_INET },
	{ "ipv6", AF_INET6 },
	{ NULL, 0 },
};

struct neighbor_listing {
	struct listing listing; /* first */
	struct neighbor_filter kernel;
	struct neighbor filter; /* what is given of nud and protocol */
};

static bool filter_passes(const struct listing *listing, const void *actual)
{
	const struct neighbor *filter = &((const struct neighbor_listing *)listing)->filter;
	const struct neighbor *neighbor = actual;

	for (const struct row *row = neighbor_rows; row->name; row++) {
		if (neighbor_given(filter, row->offset) &&
		    !row_equal(row, &filter->options, &filter->given, &neighbor->options,
			       &neighbor->given))
			return false;
	}
	return true;
}

/* What is not there has no link that could be asked for its master. */
static bool wanted_passes(const struct listing *listing, const void *wanted)
{
	const struct neighbor_filter *filter =
		&((const struct neighbor_listing *)listing)->kernel;
	struct neighbor neighbor = *(const struct neighbor *)wanted;

	neighbor_complete(&neighbor);
	return !filter->master[0] &&
	       (!filter->link[0] || !strcmp(filter->link, neighbor.link.name)) &&
	       (!filter->family || filter->family == neighbor.options.address.family) &&
	       (filter->tables == NEIGHBOR_BOTH ||
		(filter->tables == NEIGHBOR_PROXIES) == neighbor_is_proxy(&neighbor)) &&
	       filter_passes(listing, &neighbor);
}

static int list_namespace(struct listing *listing, const char *namespace, struct reading **ret,
			  struct error *error)
{
	return neighbor_reading(listing->api->netops, namespace,
				&((const struct neighbor_listing *)listing)->kernel, ret,
				error);
}

static int read_kernel_filter(const struct api_call *call, struct neighbor_filter *ret,
			      struct error *error)
{
	bool proxy = false;

	if (query_word(call, "family", family_words, &ret->family, error) ||
	    query_name(call, "link", ret->link, sizeof(ret->link), error) ||
	    query_name(call, "master", ret->master, sizeof(ret->master), error) ||
	    query_boolean(call, "proxy", &proxy, error))
		return -1;
	if (query_text(call, "proxy"))
		ret->tables = proxy ? NEIGHBOR_PROXIES : NEIGHBOR_NO_PROXIES;
	return 0;
}

static int read_filter(struct listing *listing, struct error *error)
{
	struct neighbor_listing *list = (struct neighbor_listing *)listing;
	const struct api_call *call = &listing->call;
	struct neighbor *filter = &list->filter;
	bool statistics;

	if (read_kernel_filter(call, &list->kernel, error) ||
	    query_word(call, "nud", neighbor_nud_words, &filter->options.nud, error) ||
	    query_named(call, "protocol", route_protocol_words, 0, 255,
			&filter->options.protocol, error) ||
	    query_boolean(call, "statistics", &statistics, error))
		return -1;
	if (query_text(call, "nud"))
		give_at(&filter->given, AT(nud));
	if (query_text(call, "protocol"))
		give_at(&filter->given, AT(protocol));
	return 0;
}

static const struct listing_source neighbor_source = {
	.type = &neighbor_objects,
	.size = sizeof(struct neighbor_listing),
	.filter = read_filter,
	.open = list_namespace,
	.passes = filter_passes,
	.fits = wanted_passes,
};

LISTING_HANDLER(list_neighbors, neighbor_source)
DELETION_HANDLER(clear_neighbors, neighbor_source)

/* What a list is narrowed by; and what is deleted of a collection. */
#define FILTERS "namespace", "link", "master", "family", "nud", "proxy", "protocol", LISTING_FILTERS
static const char *const list_query[] = { FILTERS, LISTING_PAGES, "statistics", NULL };
static const char *const clear_query[] = { FILTERS, "foreign", NULL };
static const char *const make_query[] = { "pending", NULL };
static const char *const get_query[] = { "proxy", "statistics", NULL };
static const char *const change_query[] = { "proxy", "foreign", NULL };

#define NEIGHBOR_PATH "/neighbors/{namespace}/{link}/{address}"

/* clang-format off */
const struct api_operation neighbors_operations[] = {
	{ "GET", "/neighbors", "listNeighbors", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_neighbors },
	{ "POST", "/neighbors", "createNeighbor", API_LANE_WRITER, API_BODY_OBJECT_OR_ARRAY, API_OUTPUT_JSON, make_query, post_neighbor },
	{ "DELETE", "/neighbors", "deleteNeighbors", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, clear_query, clear_neighbors },
	{ "GET", NEIGHBOR_PATH, "getNeighbor", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_neighbor },
	{ "PUT", NEIGHBOR_PATH, "putNeighbor", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_neighbor },
	{ "PATCH", NEIGHBOR_PATH, "patchNeighbor", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_neighbor },
	{ "DELETE", NEIGHBOR_PATH, "deleteNeighbor", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, change_query, delete_neighbor },
	{ 0 },
};
/* clang-format on */
