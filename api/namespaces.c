/* The collection /namespaces. */
#include <stdio.h>
#include <string.h>

#include "api/object.h"
#include "netops/namespace.h"
#include "netops/url.h"

static void namespace_url(const char *name, char ret[ERROR_URL_SIZE])
{
	ret[0] = '\0';
	url_format(ret, "/namespaces/");
	url_escape(ret, name);
}

static void namespace_record_url(const void *record, char ret[ERROR_URL_SIZE])
{
	namespace_url(((const struct namespace *)record)->name, ret);
}

static void namespace_write(struct json_writer *writer, const void *wanted, const void *actual)
{
	const struct namespace *namespace = actual;

	(void)wanted;
	json_member_string(writer, "name", namespace->name);
	json_member_object(writer, "forwarding");
	json_member_boolean(writer, "ipv4", namespace->forwarding_ipv4);
	json_member_boolean(writer, "ipv6", namespace->forwarding_ipv6);
	json_write_object_end(writer);
}

static void namespace_write_status(struct json_writer *writer, const void *wanted,
				   const void *actual)
{
	const struct namespace *namespace = actual;
	char cookie[24];

	(void)wanted;
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)namespace->cookie);
	json_member_string(writer, "state", "applied");
	json_member_string(writer, "cookie", cookie);
}

static void read_forwarding(const struct json_place *top, struct namespace *ret)
{
	static const char *const names[] = { "ipv4", "ipv6", NULL };
	struct json_place place;

	if (json_read_object(top, "forwarding", &place) != 1)
		return;
	json_refuse_others(&place, names);
	ret->given_ipv4 = json_read_boolean(&place, "ipv4", &ret->forwarding_ipv4) == 1;
	ret->given_ipv6 = json_read_boolean(&place, "ipv6", &ret->forwarding_ipv6) == 1;
}

/* host has a name that cannot be made, but it can be changed. */
static void read_name(const struct json_place *top, const struct namespace *current,
		      struct namespace *ret)
{
	struct json_place place;

	if (!json_need(top, "name", &place) ||
	    json_value_text(&place, ret->name, sizeof(ret->name)) || current ||
	    namespace_name_valid(ret->name))
		return;
	json_complain(&place, "format",
		      "a namespace's name has 1 to 64 letters, digits, '.', '_' or '-', "
		      "begins with a letter or digit, and is not host, all or default");
}

static int read_namespace(const struct api_call *call, const struct object_source *source,
			  void *ret, struct error *error)
{
	static const char *const names[] = { "name", "forwarding", "self", "status", NULL };
	struct json_place top = json_top_place(source->body, "", error);

	if (call->segment_count > 1)
		object_member_of_url(&top, "name", api_segment(call, "namespace"));
	json_refuse_others(&top, names);
	read_forwarding(&top, ret);
	read_name(&top, source->current, ret);
	return error_verdict(error);
}

static int create_namespace(struct api *api, void *record, void *ret, struct error *error)
{
	const struct namespace *wanted = record;

	if (!namespace_create(api->netops, wanted, error))
		return namespace_read(api->netops, wanted->name, ret, error);
	if (error->kind == ERROR_EXISTS)
		namespace_url(wanted->name, error->conflict);
	return -1;
}

/* What is not said is off in a new namespace, and so it is here. */
static int change_namespace(struct api *api, const struct api_call *call, void *current,
			    void *record, void *ret, struct error *error)
{
	const struct namespace *wanted = record;

	(void)call;
	if (namespace_change(api->netops, current, wanted, error))
		return -1;
	return namespace_read(api->netops, wanted->name, ret, error);
}

/* Here the namespace is the object of the request, not something that it needs. */
static int absent(struct error *error)
{
	if (error->kind == ERROR_MISSING)
		error->kind = ERROR_ABSENT;
	return -1;
}

static int find_namespace(struct api *api, const struct api_call *call, bool change, void *ret,
			  struct error *error)
{
	(void)change;
	if (namespace_read(api->netops, api_segment(call, "namespace"), ret, error))
		return absent(error);
	return 0;
}

static const struct object_type namespace_type = {
	.size = sizeof(struct namespace),
	.find = find_namespace,
	.read = read_namespace,
	.create = create_namespace,
	.change = change_namespace,
	.url = namespace_record_url,
	.write = namespace_write,
	.write_status = namespace_write_status,
};

OBJECT_HANDLERS(namespace_type)

struct listing {
	struct api *api;
	const struct api_call *call;
	struct collection collection;
};

static int list_one(const char *name, void *context, struct error *error)
{
	struct listing *listing = context;
	struct namespace namespace;

	if (namespace_read(listing->api->netops, name, &namespace, error))
		return -1;
	object_write(&namespace_type, collection_item(&listing->collection), listing->call,
		     NULL, &namespace);
	return 0;
}

static int list_namespaces(struct api *api, const struct api_call *call,
			   struct api_answer *answer, struct error *error)
{
	struct listing listing = { .api = api, .call = call };

	collection_begin(&listing.collection, call, answer);
	if (collection_each_namespace(call, list_one, &listing, error))
		return -1;
	collection_end(&listing.collection);
	return 0;
}

static int delete_namespace(struct api *api, const struct api_call *call,
			    struct api_answer *answer, struct error *error)
{
	if (object_allow(&namespace_type, api, call, error))
		return -1;
	if (namespace_delete(api->netops, api_segment(call, "namespace"), error))
		return absent(error);
	answer_nothing(answer);
	return 0;
}

static const char *const list_query[] = { "namespace", NULL };

/* clang-format off */
const struct api_operation namespaces_operations[] = {
	{ "GET", "/namespaces", "listNamespaces", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_namespaces },
	{ "POST", "/namespaces", "createNamespace", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, post_object },
	{ "GET", "/namespaces/{namespace}", "getNamespace", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, NULL, get_object },
	{ "PUT", "/namespaces/{namespace}", "putNamespace", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, put_object },
	{ "PATCH", "/namespaces/{namespace}", "patchNamespace", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, patch_object },
	{ "DELETE", "/namespaces/{namespace}", "deleteNamespace", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, NULL, delete_namespace },
	{ 0 },
};
/* clang-format on */
