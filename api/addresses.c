/* The collection /addresses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/address_json.h"
#include "api/key.h"
#include "api/operations.h"
#include "netops/link.h"

static void address_write_object(struct json_writer *writer, const struct api_call *call,
				 const struct address *address)
{
	char url[ERROR_URL_SIZE];

	address_url(address, url);
	json_write_object(writer);
	json_member_string(writer, "namespace", address->namespace);
	json_member_string(writer, "link", address->link.name);
	address_json_write(writer, address);
	answer_self(writer, call, url);
	json_member_object(writer, "status");
	json_member_string(writer, "state", address_is_ours(address) ? "applied" : "foreign");
	json_member_number(writer, "protocol", address->protocol);
	json_member_array(writer, "flags");
	for (const struct row_word *word = address_flag_words; word->name; word++) {
		if (address->flags & word->value)
			json_write_string(writer, word->name);
	}
	json_write_array_end(writer);
	json_write_object_end(writer);
	json_write_object_end(writer);
}

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
		address_write_object(collection_item(&listing->collection), listing->call,
				     address);
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

static int create_one(struct api *api, const struct api_call *call,
		      const struct json_place *object, struct api_answer *answer,
		      struct error *error)
{
	struct address wanted, actual;
	struct json_writer writer;
	char url[ERROR_URL_SIZE];

	if (address_json_read_object(object, &wanted) ||
	    address_create(api->netops, &wanted, &actual, error))
		return -1;
	address_url(&actual, url);
	if (answer_created(answer, call, url, &writer))
		address_write_object(&writer, call, &actual);
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
		address_write_object(&writer, call, &made.items[i]);
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
	return create_one(api, call, &top, answer, error);
}

static int get_address(struct api *api, const struct api_call *call, struct api_answer *answer,
		       struct error *error)
{
	struct address key, address;
	struct json_writer writer;

	if (key_read_address(call, &key, error) ||
	    address_read(api->netops, &key, &address, error))
		return -1;
	answer_json(answer, 200, &writer);
	address_write_object(&writer, call, &address);
	return 0;
}

static int delete_address(struct api *api, const struct api_call *call,
			  struct api_answer *answer, struct error *error)
{
	struct address key;
	bool foreign = false;

	if (key_read_address(call, &key, error) ||
	    query_boolean(call, "foreign", &foreign, error) ||
	    address_delete(api->netops, &key, foreign, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

static const char *const list_query[] = { "namespace", "link", "family", NULL };
static const char *const get_query[] = { "peer", NULL };
static const char *const delete_query[] = { "peer", "foreign", NULL };

#define ADDRESS_PATH "/addresses/{namespace}/{link}/{address}/{prefix_length}"

/* clang-format off */
const struct api_operation addresses_operations[] = {
	{ "GET", "/addresses", "listAddresses", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_addresses },
	{ "POST", "/addresses", "createAddress", API_LANE_WRITER, API_BODY_OBJECT_OR_SHORT_ARRAY, API_OUTPUT_JSON, NULL, create_address },
	{ "GET", ADDRESS_PATH, "getAddress", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_address },
	{ "DELETE", ADDRESS_PATH, "deleteAddress", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_address },
	{ 0 },
};
/* clang-format on */
