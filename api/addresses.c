/* The collection /addresses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/address_json.h"
#include "api/deletion.h"
#include "api/key.h"
#include "api/listing.h"
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

	if (call && call->segment_count > 1)
		return read_named_address(call, source, &top, ret, error);
	return address_json_read_object(&top, ret);
}

static int key_of_address(const struct api_call *call, unsigned int index,
			  char ret[ERROR_URL_SIZE], struct error *error)
{
	struct address key;

	if (index || key_read_address(call, &key, error))
		return index ? 0 : -1;
	/* The URL has the kernel's one length, which is the peer's where there is one. */
	key.options.peer.prefix_length = key.options.address.prefix_length;
	address_url(&key, ret);
	return 1;
}

static bool runs(const void *actual)
{
	return address_runs(actual);
}

const struct object_type address_objects = {
	.runs = runs,
	.intent = &intent_address,
	.find = find_address,
	.key = key_of_address,
	.read = read_address,
	.write = write_address,
	.write_status = write_address_status,
};

OBJECT_HANDLERS(address, address_objects)

static const struct row_word family_words[] = {
	{ "ipv4", AF_INET },
	{ "ipv6", AF_INET6 },
	{ NULL, 0 },
};

struct address_listing {
	struct listing listing; /* first */
	const char *link;
	uint32_t family, scope;
	bool by_scope;
	struct ip address; /* family 0: no matter */
};

static bool address_fits(const struct listing *listing, const void *record)
{
	const struct address_listing *list = (const struct address_listing *)listing;
	const struct address *address = record;

	return (!list->link || !strcmp(list->link, address->link.name)) &&
	       (!list->family || list->family == address->options.address.family) &&
	       (!list->by_scope || list->scope == address->options.scope) &&
	       (!list->address.family ||
		ip_equal(&list->address, &address->options.address));
}

static int list_namespace(struct listing *listing, const char *namespace, struct reading **ret,
			  struct error *error)
{
	const struct address_listing *list = (const struct address_listing *)listing;
	const struct address_filter filter = { .family = (uint16_t)list->family,
					       .link = list->link ? list->link : "" };

	return address_reading(listing->api->netops, namespace, &filter, ret, error);
}

static int read_filter(struct listing *listing, struct error *error)
{
	struct address_listing *list = (struct address_listing *)listing;

	list->link = query_text(&listing->call, "link");
	list->by_scope = query_text(&listing->call, "scope");
	return query_word(&listing->call, "family", family_words, &list->family, error) ||
			       query_named(&listing->call, "scope", scope_words, 0, 255,
					   &list->scope, error) ||
			       query_address(&listing->call, "address", &list->address, error) ?
		       -1 :
		       0;
}

static const struct listing_source address_source = {
	.type = &address_objects,
	.size = sizeof(struct address_listing),
	.filter = read_filter,
	.open = list_namespace,
	.passes = address_fits,
	.fits = address_fits,
};

LISTING_HANDLER(list_addresses, address_source)
DELETION_HANDLER(clear_addresses, address_source)

/* What a list is narrowed by; and what is deleted of a collection. */
#define FILTERS "namespace", "link", "family", "scope", "address", LISTING_FILTERS
static const char *const list_query[] = { FILTERS, LISTING_PAGES, NULL };
static const char *const clear_query[] = { FILTERS, "foreign", NULL };
static const char *const make_query[] = { "pending", NULL };
static const char *const get_query[] = { "peer", NULL };
static const char *const change_query[] = { "peer", "foreign", "recreate", NULL };
static const char *const delete_query[] = { "peer", "foreign", NULL };

#define ADDRESS_PATH "/addresses/{namespace}/{link}/{address}/{prefix_length}"

/* clang-format off */
const struct api_operation addresses_operations[] = {
	{ "GET", "/addresses", "listAddresses", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_addresses },
	{ "POST", "/addresses", "createAddress", API_LANE_WRITER, API_BODY_OBJECT_OR_SHORT_ARRAY, API_OUTPUT_JSON, make_query, post_address },
	{ "DELETE", "/addresses", "deleteAddresses", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, clear_query, clear_addresses },
	{ "GET", ADDRESS_PATH, "getAddress", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_address },
	{ "PUT", ADDRESS_PATH, "putAddress", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_address },
	{ "PATCH", ADDRESS_PATH, "patchAddress", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_address },
	{ "DELETE", ADDRESS_PATH, "deleteAddress", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, delete_query, delete_address },
	{ 0 },
};
/* clang-format on */
