/* The collection /addresses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/address_json.h"
#include "api/key.h"
#include "api/object.h"
#include "netops/link.h"

static void write_address(struct json_writer *writer, const void *wanted, const void *actual)
{
	const struct address *address = actual;

	(void)wanted;
	json_member_string(writer, "namespace", address->namespace);
	json_member_string(writer, "link", address->link.name);
	address_json_write(writer, address);
}

static void write_address_status(struct json_writer *writer, const void *wanted,
				 const void *actual)
{
	const struct address *address = actual;

	(void)wanted;
	json_member_string(writer, "state", address_is_ours(address) ? "applied" : "foreign");
	json_member_number(writer, "protocol", address->protocol);
	json_member_array(writer, "flags");
	for (const struct row_word *word = address_flag_words; word->name; word++) {
		if (address->flags & word->value)
			json_write_string(writer, word->name);
	}
	json_write_array_end(writer);
}

static int find_address(struct api *api, const struct api_call *call, bool change, void *ret,
			struct error *error)
{
	struct address key;

	(void)change;
	return key_read_address(call, &key, error) ||
			       address_read(api->netops, &key, ret, error) ?
		       -1 :
		       0;
}

/* Address and peer as the URL means them, where the body does not say them. */
static void fill_address(const struct json_place *top, const struct address *meant)
{
	char text[IP_TEXT_SIZE];

	if (ADDRESS_GIVEN(meant, peer)) {
		ip_format_prefix(&meant->options.peer, text);
		object_member_default(top, "peer", text);
	}
	address_format(meant, text);
	object_member_default(top, "address", text);
}

/* The object that the URL means, with the prefix length where the record has it. */
static int meant_address(const struct api_call *call, const struct address *current,
			 struct address *ret, struct error *error)
{
	if (current) {
		*ret = *current;
		return 0;
	}
	if (key_read_address(call, ret, error))
		return -1;
	ret->options.peer.prefix_length = ret->options.address.prefix_length;
	return 0;
}

static bool same_peer(const struct address *one, const struct address *other)
{
	if (!ADDRESS_GIVEN(one, peer) || !ADDRESS_GIVEN(other, peer))
		return ADDRESS_GIVEN(one, peer) == ADDRESS_GIVEN(other, peer);
	return ip_equal(&one->options.peer, &other->options.peer) &&
	       one->options.peer.prefix_length == other->options.peer.prefix_length;
}

static int read_named_address(const struct api_call *call, const struct object_source *source,
			      struct json_place *top, struct address *ret, struct error *error)
{
	struct address meant;
	struct json_place place;

	if (meant_address(call, source->current, &meant, error))
		return -1;
	object_member_of_url(top, "namespace", meant.namespace);
	object_member_of_url(top, "link", meant.link.name);
	fill_address(top, &meant);
	if (address_json_read_object(top, ret) || address_same(&meant, ret))
		return error_verdict(error);
	if (!same_peer(&meant, ret)) {
		place = json_member_place(top, "peer");
		return json_complain(&place, "url", "the URL names another peer");
	}
	place = json_member_place(top, "address");
	return json_complain(&place, "url", "the URL names another address");
}

static int read_address(const struct api_call *call, const struct object_source *source,
			void *ret, struct error *error)
{
	struct json_place top = json_top_place(source->body, "", error);

	if (call->segment_count > 1)
		return read_named_address(call, source, &top, ret, error);
	return address_json_read_object(&top, ret);
}

static int make_address(struct api *api, void *wanted, void *ret, struct error *error)
{
	return address_create(api->netops, wanted, ret, error);
}

static int change_address(struct api *api, const struct api_call *call, void *current,
			  void *wanted, void *ret, struct error *error)
{
	bool foreign = false, recreate = false;

	if (query_boolean(call, "foreign", &foreign, error) ||
	    query_boolean(call, "recreate", &recreate, error) ||
	    address_need_ours(current, foreign, error))
		return -1;
	return address_update(api->netops, current, wanted, recreate, ret, error);
}

static void url_of_address(const void *address, char ret[ERROR_URL_SIZE])
{
	address_url(address, ret);
}

static const struct object_type address_type = {
	.size = sizeof(struct address),
	.find = find_address,
	.read = read_address,
	.create = make_address,
	.change = change_address,
	.url = url_of_address,
	.write = write_address,
	.write_status = write_address_status,
};

OBJECT_HANDLER(get, address_type)
OBJECT_HANDLER(put, address_type)
OBJECT_HANDLER(patch, address_type)

static const struct row_word family_words[] = {
	{ "ipv4", AF_INET },
	{ "ipv6", AF_INET6 },
	{ NULL, 0 },
};

struct listing {
	struct api *api;
	const struct api_call *call;
	struct collection collection;
	const char *link;
	uint32_t family;
};

static int list_address(const struct address *address, void *context, struct error *error)
{
	struct listing *listing = context;

	(void)error;
	if (!listing->link || !strcmp(listing->link, address->link.name))
		object_write(&address_type, collection_item(&listing->collection),
			     listing->call, NULL, address);
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
	return address_dump(socket.netlink, namespace, 0, (uint16_t)listing->family,
			    list_address, list_restart, listing, error);
}

static int list_addresses(struct api *api, const struct api_call *call,
			  struct api_answer *answer, struct error *error)
{
	struct listing listing = { .api = api, .call = call, .link = query_text(call, "link") };

	if (query_word(call, "family", family_words, &listing.family, error))
		return -1;
	collection_begin(&listing.collection, call, answer);
	if (collection_each_namespace(call, list_namespace, &listing, error))
		return -1;
	collection_end(&listing.collection);
	return 0;
}

static int create_many(struct api *api, const struct api_call *call,
		       const struct json_place *array, struct api_answer *answer,
		       struct error *error)
{
	struct address_list wanted CLEANUP_ADDRESS_LIST = { 0 };
	struct address_list made CLEANUP_ADDRESS_LIST = { 0 };
	struct json_writer writer;

	if (address_json_read_objects(array, &wanted) ||
	    address_create_list(api->netops, &wanted, &made, error))
		return -1;
	if (!answer_created_list(answer, call, &writer))
		return 0;
	json_write_array(&writer);
	for (size_t i = 0; i < made.count; i++)
		object_write(&address_type, &writer, call, NULL, &made.items[i]);
	json_write_array_end(&writer);
	return 0;
}

static int create_address(struct api *api, const struct api_call *call,
			  struct api_answer *answer, struct error *error)
{
	struct json_object *body CLEANUP_JSON = NULL;
	struct json_place top;

	if (api_read_body(call, &body, error))
		return -1;
	top = json_top_place(body, "", error);
	if (json_is_array(&top))
		return create_many(api, call, &top, answer, error);
	return object_make(&address_type, api, call, body, answer, error);
}

static int delete_address(struct api *api, const struct api_call *call,
			  struct api_answer *answer, struct error *error)
{
	struct address key;
	bool foreign = false;

	if (key_read_address(call, &key, error) ||
	    query_boolean(call, "foreign", &foreign, error) ||
	    object_allow(&address_type, api, call, error) ||
	    address_delete(api->netops, &key, foreign, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

static const char *const list_query[] = { "namespace", "link", "family", NULL };
static const char *const get_query[] = { "peer", NULL };
static const char *const change_query[] = { "peer", "foreign", "recreate", NULL };
static const char *const delete_query[] = { "peer", "foreign", NULL };

#define ADDRESS_PATH "/addresses/{namespace}/{link}/{address}/{prefix_length}"

/* clang-format off */
const struct api_operation addresses_operations[] = {
	{ "GET", "/addresses", "listAddresses", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_addresses },
	{ "POST", "/addresses", "createAddress", API_LANE_WRITER, API_BODY_OBJECT_OR_SHORT_ARRAY, API_OUTPUT_JSON, NULL, create_address },
	{ "GET", ADDRESS_PATH, "getAddress", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_object },
	{ "PUT", ADDRESS_PATH, "putAddress", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_object },
	{ "PATCH", ADDRESS_PATH, "patchAddress", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_object },
	{ "DELETE", ADDRESS_PATH, "deleteAddress", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_address },
	{ 0 },
};
/* clang-format on */
