/*
 * The collections /links and /tunnels: two views of the same thing. /links
 * lists every link, /tunnels those that are tunnels; each makes its own kinds.
 */
#include <string.h>

#include "api/json_reader.h"
#include "api/link_json.h"
#include "api/operations.h"
#include "netops/kind.h"

static const struct row_word state_words[] = {
	{ "applied", 1 },
	{ "foreign", 0 },
	{ NULL, 0 },
};

static bool for_tunnels(const struct api_call *call)
{
	return !strncmp(call->operation->path, "/tunnels", strlen("/tunnels"));
}

static int find_link(struct api *api, const struct api_call *call, bool change, void *ret,
		     struct error *error)
{
	const char *namespace = api_segment(call, "namespace"),
		   *name = api_segment(call, "name");
	struct link *link = ret;

	if (change ? link_read_whole(api->netops, namespace, name, link, error) :
		     link_read(api->netops, namespace, name, link, error))
		return -1;
	if (for_tunnels(call) && !(link->kind && link->kind->tunnel))
		return error_set(error, ERROR_ABSENT, "link \"%s\" in \"%s\" is no tunnel",
				 name, namespace);
	return 0;
}

/* Told first: what else is said is said of the other kind. */
static int check_kind(const struct api_call *call, const struct json_place *top,
		      const struct link *current, struct error *error)
{
	const struct kind *kind;
	struct json_place place;
	bool recreate = false;
	const char *name;

	if (query_boolean(call, "recreate", &recreate, error))
		return -1;
	if (recreate || !json_find(top, "kind", &place) || !json_is_string(&place) ||
	    json_value_string(&place, &name))
		return 0;
	kind = kind_find(name);
	if (!kind || kind == current->kind || kind->tunnel != for_tunnels(call))
		return 0;
	return error_fixed(error, "/kind", "a link keeps its kind");
}

static int read_link(const struct api_call *call, const struct object_source *source, void *ret,
		     struct error *error)
{
	struct json_place top = json_top_place(source->body, "", error);

	if (call->segment_count > 1) {
		object_member_of_url(&top, "namespace", api_segment(call, "namespace"));
		object_member_of_url(&top, "name", api_segment(call, "name"));
	}
	if (source->current && check_kind(call, &top, source->current, error))
		return -1;
	return link_json_read(source, for_tunnels(call), ret, error);
}

static int create_link(struct api *api, void *wanted, void *ret, struct error *error)
{
	return link_create(api->netops, wanted, ret, error);
}

static int change_link(struct api *api, const struct api_call *call, void *current,
		       void *wanted, void *ret, struct error *error)
{
	bool foreign = false, recreate = false;

	if (query_boolean(call, "foreign", &foreign, error) ||
	    query_boolean(call, "recreate", &recreate, error) ||
	    link_need_ours(current, foreign, error))
		return -1;
	return link_update(api->netops, current, wanted, recreate, ret, error);
}

static void init_link(void *link)
{
	link_init(link);
}

static void clear_link(void *link)
{
	link_clear(link);
}

static void url_of_link(const void *link, char ret[ERROR_URL_SIZE])
{
	link_url(link, ret);
}

static void write_link(struct json_writer *writer, const void *wanted, const void *actual)
{
	link_json_write(writer, wanted, actual);
}

static void write_link_status(struct json_writer *writer, const void *wanted,
			      const void *actual)
{
	link_json_write_status(writer, wanted, actual);
}

static const struct object_type link_type = {
	.size = sizeof(struct link),
	.init = init_link,
	.clear = clear_link,
	.find = find_link,
	.read = read_link,
	.create = create_link,
	.change = change_link,
	.url = url_of_link,
	.write = write_link,
	.write_status = write_link_status,
};

OBJECT_HANDLERS(link_type)

struct listing {
	struct api *api;
	const struct api_call *call;
	struct collection collection;
	struct link_filter filter;
	uint32_t state, operstate;
	bool by_state, by_operstate;
};

static int list_link(struct link *link, void *context, struct error *error)
{
	struct listing *listing = context;

	(void)error;
	if (listing->by_state && listing->state != link_is_ours(link))
		return 0;
	if (listing->by_operstate && listing->operstate != link->status.operstate)
		return 0;
	object_write(&link_type, collection_item(&listing->collection), listing->call, NULL,
		     link);
	return 0;
}

static int list_namespace(const char *namespace, void *context, struct error *error)
{
	struct listing *listing = context;

	return link_list(listing->api->netops, namespace, &listing->filter, list_link, listing,
			 error);
}

static int list_links(struct api *api, const struct api_call *call, struct api_answer *answer,
		      struct error *error)
{
	struct listing listing = { .api = api,
				   .call = call,
				   .filter = { .name = query_text(call, "name"),
					       .kind = query_text(call, "kind"),
					       .tunnels_only = for_tunnels(call) },
				   .by_state = query_text(call, "state"),
				   .by_operstate = query_text(call, "operstate") };

	if (query_word(call, "state", state_words, &listing.state, error) ||
	    query_word(call, "operstate", link_operstate_words, &listing.operstate, error))
		return -1;
	collection_begin(&listing.collection, call, answer);
	if (collection_each_namespace(call, list_namespace, &listing, error))
		return -1;
	collection_end(&listing.collection);
	return 0;
}

static int delete_link(struct api *api, const struct api_call *call, struct api_answer *answer,
		       struct error *error)
{
	bool foreign = false;

	if (query_boolean(call, "foreign", &foreign, error) ||
	    object_allow(&link_type, api, call, error) ||
	    link_delete(api->netops, api_segment(call, "namespace"), api_segment(call, "name"),
			for_tunnels(call), foreign, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

static const char *const list_query[] = { "namespace", "kind",	    "name",
					  "state",     "operstate", NULL };
static const char *const change_query[] = { "foreign", "recreate", NULL };
static const char *const delete_query[] = { "foreign", NULL };

/* clang-format off */
const struct api_operation links_operations[] = {
	{ "GET", "/links", "listLinks", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_links },
	{ "POST", "/links", "createLink", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, post_object },
	{ "GET", "/links/{namespace}/{name}", "getLink", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, NULL, get_object },
	{ "PUT", "/links/{namespace}/{name}", "putLink", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_object },
	{ "PATCH", "/links/{namespace}/{name}", "patchLink", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_object },
	{ "DELETE", "/links/{namespace}/{name}", "deleteLink", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_link },
	{ 0 },
};

const struct api_operation tunnels_operations[] = {
	{ "GET", "/tunnels", "listTunnels", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_links },
	{ "POST", "/tunnels", "createTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, post_object },
	{ "GET", "/tunnels/{namespace}/{name}", "getTunnel", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, NULL, get_object },
	{ "PUT", "/tunnels/{namespace}/{name}", "putTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_object },
	{ "PATCH", "/tunnels/{namespace}/{name}", "patchTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_object },
	{ "DELETE", "/tunnels/{namespace}/{name}", "deleteTunnel", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_link },
	{ 0 },
};
/* clang-format on */
