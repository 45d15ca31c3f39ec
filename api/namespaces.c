/* The collection /namespaces. */
#include <stdio.h>
#include <string.h>

#include "api/json_reader.h"
#include "api/operations.h"
#include "netops/namespace.h"
#include "netops/url.h"

static void namespace_url(const char *name, char ret[ERROR_URL_SIZE])
{
	ret[0] = '\0';
	url_format(ret, "/namespaces/");
	url_escape(ret, name);
}

static void namespace_write(struct json_writer *writer, const struct api_call *call,
			    const struct namespace *namespace)
{
	char url[ERROR_URL_SIZE], cookie[24];

	namespace_url(namespace->name, url);
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)namespace->cookie);
	json_write_object(writer);
	json_member_string(writer, "name", namespace->name);
	json_member_object(writer, "forwarding");
	json_member_boolean(writer, "ipv4", namespace->forwarding_ipv4);
	json_member_boolean(writer, "ipv6", namespace->forwarding_ipv6);
	json_write_object_end(writer);
	answer_self(writer, call, url);
	json_member_object(writer, "status");
	json_member_string(writer, "state", "applied");
	json_member_string(writer, "cookie", cookie);
	json_write_object_end(writer);
	json_write_object_end(writer);
}

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
	namespace_write(collection_item(&listing->collection), listing->call, &namespace);
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

static int read_namespace(struct json_object *body, struct namespace *ret, struct error *error)
{
	static const char *const names[] = { "name", "forwarding", "self", "status", NULL };
	struct json_place top = json_top_place(body, "", error), place;

	json_refuse_others(&top, names);
	read_forwarding(&top, ret);
	if (json_need(&top, "name", &place) &&
	    !json_value_text(&place, ret->name, sizeof(ret->name)) &&
	    !namespace_name_valid(ret->name))
		json_complain(&place, "format",
			      "a namespace's name has 1 to 64 letters, digits, '.', '_' or '-', "
			      "begins with a letter or digit, and is not host, all or default");
	return error_verdict(error);
}

static int create_namespace(struct api *api, const struct api_call *call,
			    struct api_answer *answer, struct error *error)
{
	struct json_object *body CLEANUP_JSON = NULL;
	struct namespace wanted = { .given_ipv4 = false }, actual;
	struct json_writer writer;
	char url[ERROR_URL_SIZE];

	if (api_read_body(call, &body, error) || read_namespace(body, &wanted, error))
		return -1;
	namespace_url(wanted.name, url);
	if (namespace_create(api->netops, &wanted, error)) {
		if (error->kind == ERROR_EXISTS)
			memcpy(error->conflict, url, sizeof(url));
		return -1;
	}
	if (namespace_read(api->netops, wanted.name, &actual, error))
		return -1;
	if (answer_created(answer, call, url, &writer))
		namespace_write(&writer, call, &actual);
	return 0;
}

/* Here the namespace is the object of the request, not something that it needs. */
static int absent(struct error *error)
{
	if (error->kind == ERROR_MISSING)
		error->kind = ERROR_ABSENT;
	return -1;
}

static int get_namespace(struct api *api, const struct api_call *call,
			 struct api_answer *answer, struct error *error)
{
	struct namespace namespace;
	struct json_writer writer;

	if (namespace_read(api->netops, api_segment(call, "namespace"), &namespace, error))
		return absent(error);
	answer_json(answer, 200, &writer);
	namespace_write(&writer, call, &namespace);
	return 0;
}

static int delete_namespace(struct api *api, const struct api_call *call,
			    struct api_answer *answer, struct error *error)
{
	if (namespace_delete(api->netops, api_segment(call, "namespace"), error))
		return absent(error);
	answer_nothing(answer);
	return 0;
}

static const char *const list_query[] = { "namespace", NULL };

/* clang-format off */
const struct api_operation namespaces_operations[] = {
	{ "GET", "/namespaces", "listNamespaces", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_namespaces },
	{ "POST", "/namespaces", "createNamespace", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, create_namespace },
	{ "GET", "/namespaces/{namespace}", "getNamespace", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, NULL, get_namespace },
	{ "DELETE", "/namespaces/{namespace}", "deleteNamespace", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, NULL, delete_namespace },
	{ 0 },
};
/* clang-format on */
