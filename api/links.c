/*
 * The collections /links and /tunnels: two views of the same thing. /links
 * lists every link, /tunnels those that are tunnels; each makes its own kinds.
 */
#include <string.h>

#include "api/deletion.h"
#include "api/history.h"
#include "api/json_reader.h"
#include "api/link_json.h"
#include "api/listing.h"
#include "api/operations.h"
#include "netops/datapath.h"
#include "netops/kind.h"
#include "netops/url.h"

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
	bool statistics = false;

	if (query_boolean(call, "statistics", &statistics, error))
		return -1;
	if (statistics)
		datapath_refresh(api->netops);
	if (change ? link_read_whole(api->netops, namespace, name, link, error) :
		     link_read(api->netops, namespace, name, link, error))
		return -1;
	if (for_tunnels(call) && !(link->kind && link->kind->tunnel))
		return error_set(error, ERROR_ABSENT, "link \"%s\" in \"%s\" is no tunnel",
				 name, namespace);
	return 0;
}

/* Told first: what else is said is said of the other kind. */
static int check_kind(const struct api_call *call, const struct json_place *top, bool tunnel,
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
	if (!kind || kind == current->kind || kind->tunnel != tunnel)
		return 0;
	return error_fixed(error, "/kind", "a link keeps its kind");
}

static int read_any(const struct api_call *call, const struct object_source *source,
		    bool tunnel, void *ret, struct error *error)
{
	struct json_place top = json_top_place(source->body, "", error);

	if (call && call->segment_count > 1) {
		object_member_of_url(&top, "namespace", api_segment(call, "namespace"));
		object_member_of_url(&top, "name", api_segment(call, "name"));
	}
	if (call && source->current && check_kind(call, &top, tunnel, source->current, error))
		return -1;
	return link_json_read(source, tunnel, ret, error);
}

static int read_link(const struct api_call *call, const struct object_source *source, void *ret,
		     struct error *error)
{
	return read_any(call, source, false, ret, error);
}

static int read_tunnel(const struct api_call *call, const struct object_source *source,
		       void *ret, struct error *error)
{
	return read_any(call, source, true, ret, error);
}

/* A tunnel is found at /links, too. */
static int key_of_link(const struct api_call *call, unsigned int index,
		       char ret[ERROR_URL_SIZE], struct error *error)
{
	static const char *const views[] = { "/tunnels/", "/links/" };

	(void)error;
	if (index >= (for_tunnels(call) ? 1 : 2))
		return 0;
	ret[0] = '\0';
	url_format(ret, "%s", views[index]);
	url_escape(ret, api_segment(call, "namespace"));
	url_format(ret, "/");
	url_escape(ret, api_segment(call, "name"));
	return 1;
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

static bool runs(const void *actual)
{
	return link_runs(actual);
}

#define LINK_OBJECTS(type, reader)                                                        \
	{                                                                                 \
		.intent = &(type), .find = find_link, .key = key_of_link, .read = reader, \
		.write = write_link, .write_status = write_link_status, .runs = runs,     \
	}
const struct object_type link_objects = LINK_OBJECTS(intent_link, read_link);
const struct object_type tunnel_objects = LINK_OBJECTS(intent_tunnel, read_tunnel);

OBJECT_HANDLERS(link, link_objects)
OBJECT_HANDLERS(tunnel, tunnel_objects)

static int history_of_tunnel(struct api *api, const struct api_call *call,
			     struct api_answer *answer, struct error *error)
{
	return history_of_object(&tunnel_objects, api, call, answer, error);
}

static int adopt_tunnel(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	return adopt_object(&tunnel_objects, api, call, answer, error);
}

static int adopt_link(struct api *api, const struct api_call *call, struct api_answer *answer,
		      struct error *error)
{
	return adopt_object(&link_objects, api, call, answer, error);
}

struct link_listing {
	struct listing listing; /* first */
	struct link_filter filter;
	uint32_t operstate;
	bool by_operstate;
};

static bool link_passes(const struct listing *listing, const void *actual)
{
	const struct link_listing *list = (const struct link_listing *)listing;
	const struct link *link = actual;

	return !list->by_operstate || list->operstate == link->status.operstate;
}

/* What is not there has no operational state. */
static bool wanted_fits(const struct listing *listing, const void *wanted)
{
	const struct link_listing *list = (const struct link_listing *)listing;

	return !list->by_operstate && link_fits(wanted, &list->filter);
}

static int list_namespace(struct listing *listing, const char *namespace, struct reading **ret,
			  struct error *error)
{
	const struct link_listing *list = (const struct link_listing *)listing;

	return link_reading(listing->api->netops, namespace, &list->filter, ret, error);
}

static int read_filter(struct listing *listing, struct error *error)
{
	struct link_listing *list = (struct link_listing *)listing;
	const struct api_call *call = &listing->call;

	bool statistics = false; /* seen by the writer, too */
	char master[IFNAMSIZ];

	list->filter = (struct link_filter){ .name = query_text(call, "name"),
					     .kind = query_text(call, "kind"),
					     .master = query_text(call, "master"),
					     .by_up = query_text(call, "up"),
					     .tunnels_only = for_tunnels(call) };
	list->by_operstate = query_text(call, "operstate");
	if (query_name(call, "master", master, sizeof(master), error) ||
	    query_boolean(call, "statistics", &statistics, error) ||
	    query_boolean(call, "up", &list->filter.up, error))
		return -1;
	if (statistics)
		datapath_refresh(listing->api->netops);
	return query_word(call, "operstate", link_operstate_words, &list->operstate, error);
}

#define LINK_SOURCE(objects)                                                          \
	{                                                                             \
		.type = &(objects), .size = sizeof(struct link_listing),              \
		.filter = read_filter, .open = list_namespace, .passes = link_passes, \
		.fits = wanted_fits,                                                  \
	}
static const struct listing_source link_source = LINK_SOURCE(link_objects);
static const struct listing_source tunnel_source = LINK_SOURCE(tunnel_objects);

LISTING_HANDLER(list_links, link_source)
DELETION_HANDLER(clear_links, link_source)
LISTING_HANDLER(list_tunnels, tunnel_source)
DELETION_HANDLER(clear_tunnels, tunnel_source)

/* What a list is narrowed by; and what is deleted of a collection. */
#define FILTERS "namespace", "kind", "name", "operstate", "master", "up", LISTING_FILTERS
static const char *const list_query[] = { FILTERS, LISTING_PAGES, "statistics", NULL };
static const char *const clear_query[] = { FILTERS, "foreign", NULL };
static const char *const get_query[] = { "statistics", NULL };
static const char *const make_query[] = { "pending", NULL };
static const char *const change_query[] = { "foreign", "recreate", NULL };
static const char *const delete_query[] = { "foreign", NULL };

/* clang-format off */
const struct api_operation links_operations[] = {
	{ "GET", "/links", "listLinks", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_links },
	{ "POST", "/links", "createLink", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, make_query, post_link },
	{ "DELETE", "/links", "deleteLinks", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, clear_query, clear_links },
	{ "GET", "/links/{namespace}/{name}", "getLink", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_link },
	{ "PUT", "/links/{namespace}/{name}", "putLink", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_link },
	{ "PATCH", "/links/{namespace}/{name}", "patchLink", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_link },
	{ "POST", "/links/{namespace}/{name}/adopt", "adoptLink", API_LANE_WRITER, API_BODY_MAY_BE_OBJECT, API_OUTPUT_JSON, NULL, adopt_link },
	{ "DELETE", "/links/{namespace}/{name}", "deleteLink", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_link },
	{ 0 },
};

const struct api_operation tunnels_operations[] = {
	{ "GET", "/tunnels", "listTunnels", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_tunnels },
	{ "POST", "/tunnels", "createTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, make_query, post_tunnel },
	{ "DELETE", "/tunnels", "deleteTunnels", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, clear_query, clear_tunnels },
	{ "GET", "/tunnels/{namespace}/{name}", "getTunnel", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_tunnel },
	{ "PUT", "/tunnels/{namespace}/{name}", "putTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_tunnel },
	{ "PATCH", "/tunnels/{namespace}/{name}", "patchTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_tunnel },
	{ "GET", "/tunnels/{namespace}/{name}/history", "getTunnelHistory", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, NULL, history_of_tunnel },
	{ "POST", "/tunnels/{namespace}/{name}/adopt", "adoptTunnel", API_LANE_WRITER, API_BODY_MAY_BE_OBJECT, API_OUTPUT_JSON, NULL, adopt_tunnel },
	{ "DELETE", "/tunnels/{namespace}/{name}", "deleteTunnel", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_tunnel },
	{ 0 },
};
/* clang-format on */
