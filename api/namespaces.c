/* The collection /namespaces. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/deletion.h"
#include "api/listing.h"
#include "api/object.h"
#include "netops/namespace.h"
#include "netops/url.h"

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

static void write_counts(struct json_writer *writer, const struct namespace_counts *counts)
{
	if (counts->nsid >= 0)
		json_member_number(writer, "nsid", (uint32_t)counts->nsid);
	json_member_object(writer, "counts");
	json_member_number(writer, "links", counts->links);
	json_member_number(writer, "tunnels", counts->tunnels);
	json_member_number(writer, "addresses", counts->addresses);
	json_member_number(writer, "rules", counts->rules);
	json_member_object(writer, "kinds");
	for (unsigned int i = 0; i < counts->kind_count; i++)
		json_member_number(writer, counts->kinds[i].name, counts->kinds[i].count);
	json_write_object_end(writer);
	json_write_object_end(writer);
}

static void namespace_write_status(struct json_writer *writer, const void *wanted,
				   const void *actual)
{
	const struct namespace *namespace = actual;
	char cookie[24];

	(void)wanted;
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)namespace->cookie);
	json_member_string(writer, "cookie", cookie);
	if (namespace->counted)
		write_counts(writer, &namespace->counts);
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

/* host has a name that cannot be made, but it can be changed, and so it can be wanted. */
static void read_name(const struct json_place *top, bool may_be_host, bool may_be_odd,
		      struct namespace *ret)
{
	struct json_place place;

	if (!json_need(top, "name", &place) ||
	    json_value_text(&place, ret->name, sizeof(ret->name)) || may_be_odd ||
	    namespace_name_valid(ret->name) ||
	    (may_be_host && !strcmp(ret->name, NAMESPACE_HOST)))
		return;
	json_complain(&place, "format",
		      "a namespace's name has 1 to 64 letters, digits, '.', '_' or '-', "
		      "begins with a letter or digit, and is not host, all or default");
}

static int read_namespace(const struct api_call *call, const struct object_source *source,
			  void *ret, struct error *error)
{
	static const char *const names[] = { "name", "forwarding", NULL };
	struct json_place top = json_top_place(source->body, "", error);

	if (call && call->segment_count > 1)
		object_member_of_url(&top, "name", api_segment(call, "namespace"));
	json_refuse_others(&top, names);
	read_forwarding(&top, ret);
	read_name(&top, !call, source->current != NULL, ret);
	return error_verdict(error);
}

/* With what is shown of it. */
static int read_shown(struct netops *netops, const char *name, struct namespace *ret,
		      struct error *error)
{
	if (namespace_read(netops, name, ret, error) ||
	    namespace_count(netops, name, &ret->counts, error))
		return -1;
	ret->counted = true;
	return 0;
}

static int find_namespace(struct api *api, const struct api_call *call, bool change, void *ret,
			  struct error *error)
{
	const char *name = api_segment(call, "namespace");

	if (change ? !namespace_read(api->netops, name, ret, error) :
		     !read_shown(api->netops, name, ret, error))
		return 0;
	/* Here the namespace is the object of the request, not something that it needs. */
	if (error->kind == ERROR_MISSING)
		error->kind = ERROR_ABSENT;
	return -1;
}

static int key_of_namespace(const struct api_call *call, unsigned int index,
			    char ret[ERROR_URL_SIZE], struct error *error)
{
	(void)error;
	ret[0] = '\0';
	url_format(ret, "/namespaces/");
	url_escape(ret, api_segment(call, "namespace"));
	return index == 0;
}

const struct object_type namespace_objects = {
	.intent = &intent_namespace,
	.find = find_namespace,
	.key = key_of_namespace,
	.read = read_namespace,
	.write = namespace_write,
	.write_status = namespace_write_status,
};

OBJECT_HANDLERS(namespace, namespace_objects)

/* A namespace is a table of one. */
struct namespace_reading {
	struct reading reading; /* first */
	struct netops *netops;
	bool told;
	char name[NAMESPACE_NAME_SIZE];
	struct namespace namespace;
};

static int namespace_next(struct reading *reading, const void **ret, struct error *error)
{
	struct namespace_reading *self = (struct namespace_reading *)reading;

	if (self->told)
		return 0;
	self->told = true;
	*ret = &self->namespace;
	return read_shown(self->netops, self->name, &self->namespace, error) ? -1 : 1;
}

static int namespace_again(struct reading *reading, struct error *error)
{
	(void)error;
	((struct namespace_reading *)reading)->told = false;
	return 0;
}

static void namespace_free(struct reading *reading)
{
	free(reading);
}

static int list_namespace(struct listing *listing, const char *name, struct reading **ret,
			  struct error *error)
{
	static const struct reading_kind kind = { .next = namespace_next,
						  .again = namespace_again,
						  .free = namespace_free };
	struct namespace_reading *self = calloc(1, sizeof(*self));

	if (!self)
		return error_errno(error, ENOMEM, "listing namespaces");
	self->reading.kind = &kind;
	self->netops = listing->api->netops;
	snprintf(self->name, sizeof(self->name), "%s", name);
	*ret = &self->reading;
	return 0;
}

static const struct listing_source namespace_source = {
	.type = &namespace_objects,
	.size = sizeof(struct listing),
	.open = list_namespace,
};

LISTING_HANDLER(list_namespaces, namespace_source)
DELETION_HANDLER(clear_namespaces, namespace_source)

/* What a list is narrowed by; and what is deleted of a collection. */
#define FILTERS "namespace", LISTING_FILTERS
static const char *const list_query[] = { FILTERS, LISTING_PAGES, NULL };
static const char *const clear_query[] = { FILTERS, "foreign", NULL };
static const char *const make_query[] = { "pending", NULL };
static const char *const change_query[] = { "foreign", NULL };

/* clang-format off */
const struct api_operation namespaces_operations[] = {
	{ "GET", "/namespaces", "listNamespaces", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_namespaces },
	{ "POST", "/namespaces", "createNamespace", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, make_query, post_namespace },
	{ "DELETE", "/namespaces", "deleteNamespaces", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, clear_query, clear_namespaces },
	{ "GET", "/namespaces/{namespace}", "getNamespace", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, NULL, get_namespace },
	{ "PUT", "/namespaces/{namespace}", "putNamespace", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_namespace },
	{ "PATCH", "/namespaces/{namespace}", "patchNamespace", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_namespace },
	{ "DELETE", "/namespaces/{namespace}", "deleteNamespace", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, change_query, delete_namespace },
	{ 0 },
};
/* clang-format on */
