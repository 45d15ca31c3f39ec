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
	link_json_write(collection_item(&listing->collection), listing->call, NULL, link);
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

static int create_link(struct api *api, const struct api_call *call, struct api_answer *answer,
		       struct error *error)
{
	struct link wanted CLEANUP_LINK, actual CLEANUP_LINK;
	struct json_object *body CLEANUP_JSON = NULL;
	struct json_writer writer;
	char url[ERROR_URL_SIZE];

	link_init(&wanted);
	link_init(&actual);
	if (api_read_body(call, &body, error) ||
	    link_json_read(body, for_tunnels(call), &wanted, error) ||
	    link_create(api->netops, &wanted, &actual, error))
		return -1;
	link_url(&actual, url);
	if (answer_created(answer, call, url, &writer))
		link_json_write(&writer, call, &wanted, &actual);
	return 0;
}

static int get_link(struct api *api, const struct api_call *call, struct api_answer *answer,
		    struct error *error)
{
	const char *namespace = api_segment(call, "namespace"), *name = api_segment(call, "name");
	struct link link CLEANUP_LINK;
	struct json_writer writer;

	link_init(&link);
	if (link_read(api->netops, namespace, name, &link, error))
		return -1;
	if (for_tunnels(call) && !(link.kind && link.kind->tunnel))
		return error_set(error, ERROR_ABSENT, "link \"%s\" in \"%s\" is no tunnel", name,
				 namespace);
	answer_json(answer, 200, &writer);
	link_json_write(&writer, call, NULL, &link);
	return 0;
}

static int delete_link(struct api *api, const struct api_call *call, struct api_answer *answer,
		       struct error *error)
{
	bool foreign = false;

	if (query_boolean(call, "foreign", &foreign, error) ||
	    link_delete(api->netops, api_segment(call, "namespace"), api_segment(call, "name"),
			for_tunnels(call), foreign, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

static const char *const list_query[] = { "namespace", "kind",	    "name",
					  "state",     "operstate", NULL };
static const char *const delete_query[] = { "foreign", NULL };

/* clang-format off */
const struct api_operation links_operations[] = {
	{ "GET", "/links", "listLinks", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_links },
	{ "POST", "/links", "createLink", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, create_link },
	{ "GET", "/links/{namespace}/{name}", "getLink", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, NULL, get_link },
	{ "DELETE", "/links/{namespace}/{name}", "deleteLink", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_link },
	{ 0 },
};

const struct api_operation tunnels_operations[] = {
	{ "GET", "/tunnels", "listTunnels", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_links },
	{ "POST", "/tunnels", "createTunnel", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, create_link },
	{ "GET", "/tunnels/{namespace}/{name}", "getTunnel", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, NULL, get_link },
	{ "DELETE", "/tunnels/{namespace}/{name}", "deleteTunnel", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_link },
	{ 0 },
};
/* clang-format on */
