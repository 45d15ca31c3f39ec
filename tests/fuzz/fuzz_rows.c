/*
 * Bodies of creates: what is accepted survives the way into netlink and back,
 * and the way out as JSON and in again. The first byte chooses: t a tunnel,
 * l another link, a an address, n a neighbour, r a route; the rest is the body.
 */
#include <linux/if_link.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "api/address_json.h"
#include "api/json_rows.h"
#include "api/link_json.h"
#include "api/object.h"
#include "api/route_json.h"
#include "netops/address_private.h"
#include "netops/kind.h"
#include "netops/neighbor_private.h"
#include "netops/route_private.h"
#include "tests/fuzz/fuzz.h"

enum { ATTRIBUTES = 127, DEVICE_INDEX = 7 };

struct half {
	void *options;
	struct given *given;
};

/* The values by which the kernel says nothing: as if they were not given. */
static bool says_nothing(const struct row *row, const void *options)
{
	switch (row->type) {
	case ROW_ADDRESS:
	case ROW_PREFIX:
		return ip_is_any(row_value(row, options));
	case ROW_MAC:
	case ROW_LINK_ADDRESS:
		return false;
	case ROW_DEVICE:
	case ROW_TEXT:
		return !*(const char *)row_value(row, options);
	default:
		return !row_number(row, options);
	}
}

/* BY_WIRES: what has no wire is not sent; a route's message has more than wires. */
enum way { BY_JSON, BY_WIRES, BY_MESSAGE };

static void check_equal(const struct row *rows, const struct half *before,
			const struct half *after, enum way way)
{
	for (const struct row *row = rows; row->name; row++) {
		if ((row->flags & ROW_SHORTHAND) || !given_at(before->given, row->offset) ||
		    (way == BY_WIRES && row->wire == WIRE_NONE))
			continue;
		if (way != BY_JSON && !given_at(after->given, row->offset) &&
		    says_nothing(row, before->options))
			continue;
		PROMISE(row_equal(row, before->options, before->given, after->options,
				  after->given),
			row->name);
	}
}

/* Names become an index, as if the kernel had been asked. */
static void resolve(const struct row *rows, const struct half *half)
{
	for (const struct row *row = rows; row->name; row++) {
		if (row->type == ROW_DEVICE && given_at(half->given, row->offset))
			((struct device *)row_place(row, half->options))->index = DEVICE_INDEX;
	}
}

/* Where "inherit" is a flag beside the number, the kernel tells both. */
static void tell_both(struct nl_msg *message, const struct row *rows, const struct half *half)
{
	for (const struct row *row = rows; row->name; row++) {
		if (row->wire == WIRE_U8_OR_FLAG && given_at(half->given, row->offset) &&
		    row_number(row, half->options) == ROW_INHERIT)
			nla_put_u8(message, row->attribute, 0);
	}
}

static void parse(struct nl_msg *message, struct nlattr *attributes[ATTRIBUTES + 1])
{
	PROMISE(!nlmsg_parse(nlmsg_hdr(message), 0, attributes, ATTRIBUTES, NULL),
		"a message that can be read");
}

/* Tables whose attributes lie in one nest; ended by NULL. */
static void check_nest(const struct row *const *tables, struct link *before)
{
	struct nlattr *attributes[ATTRIBUTES + 1];
	struct nl_msg *message = nlmsg_alloc();
	struct link after;
	struct half one = { &before->options, &before->given };
	struct half other = { &after.options, &after.given };

	link_init(&after);
	for (const struct row *const *rows = tables; *rows; rows++) {
		resolve(*rows, &one);
		PROMISE(!rows_put(message, *rows, one.options, one.given), "it fits");
		tell_both(message, *rows, &one);
	}
	parse(message, attributes);
	for (const struct row *const *rows = tables; *rows; rows++)
		rows_parse(*rows, attributes, ATTRIBUTES, other.options, other.given);
	for (const struct row *const *rows = tables; *rows; rows++)
		check_equal(*rows, &one, &other, BY_WIRES);
	nlmsg_free(message);
}

static struct json_object *tree_of(const char *text, size_t length)
{
	struct json_object *tree;
	struct error error;

	error_clear(&error);
	return json_read_body(text, length, JSON_TOP_OBJECT, &tree, &error) ? NULL : tree;
}

/* What a client gets is what it may send. Keys are not shown, so with them it is less. */
static void check_link_json(const struct link *link, bool tunnel)
{
	struct json_object *tree CLEANUP_JSON = NULL;
	struct link again CLEANUP_LINK;
	struct buffer text = { 0 };
	struct json_writer writer;
	const struct row *rows;
	struct error error;

	link_init(&again);
	error_clear(&error);
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	link_json_write(&writer, link, link);
	json_write_object_end(&writer);
	tree = tree_of(text.data, text.length);
	PROMISE(tree, "an object");
	if (!link->ipsec &&
	    link_json_read(&(struct object_source){ .body = tree, .asked = tree }, tunnel,
			   &again, &error))
		fuzz_broken(__FILE__, __LINE__, error.members[0].detail);
	for (unsigned int i = 0; !link->ipsec && (rows = link_table(link->kind, i)); i++)
		check_equal(rows,
			    &(struct half){ (void *)(uintptr_t)&link->options,
					    (void *)(uintptr_t)&link->given },
			    &(struct half){ &again.options, &again.given }, BY_JSON);
	buffer_free(&text);
}

static void forget_indexes(struct link *link)
{
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			if (row->type == ROW_DEVICE)
				((struct device *)row_place(row, &link->options))->index = 0;
		}
	}
}

static void check_link(struct json_object *body, bool tunnel, struct error *error)
{
	struct link link CLEANUP_LINK;
	const struct row *outer[] = { link_rows, NULL, NULL, NULL };

	link_init(&link);
	if (link_json_read(&(struct object_source){ .body = body, .asked = body }, tunnel,
			   &link, error))
		return;
	if (link.kind->ethernet)
		outer[1] = ethernet_rows;
	outer[outer[1] ? 2 : 1] = link.kind->outer;
	check_nest(link.kind->tables, &link);
	check_nest(outer, &link);
	forget_indexes(&link);
	check_link_json(&link, tunnel);
}

static void check_address_json(const struct address *address)
{
	struct json_object *tree CLEANUP_JSON = NULL;
	struct error error;
	struct json_place place;
	struct buffer text = { 0 };
	struct json_writer writer;
	struct address again;

	error_clear(&error);
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	address_json_write(&writer, address);
	json_write_object_end(&writer);
	tree = tree_of(text.data, text.length);
	place = json_top_place(tree, "", &error);
	PROMISE(tree && !address_json_read(&place, &again), "an address");
	PROMISE(address_same(address, &again), "the same address");
	check_equal(address_rows,
		    &(struct half){ (void *)(uintptr_t)&address->options,
				    (void *)(uintptr_t)&address->given },
		    &(struct half){ &again.options, &again.given }, BY_JSON);
	buffer_free(&text);
}

static void check_address(struct json_object *body, struct error *error)
{
	struct json_place place = json_top_place(body, "", error);
	struct address address, after = { 0 };
	struct ifaddrmsg header;
	struct nl_msg *message;

	if (address_json_read_object(&place, &address))
		return;
	address.link.index = DEVICE_INDEX;
	header = address_header(&address);
	message = nlmsg_alloc_simple(RTM_NEWADDR, 0);
	nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO);
	PROMISE(!address_put(message, &address), "it fits");
	PROMISE(address_parse(nlmsg_hdr(message), &after), "an address");
	PROMISE(address_same(&address, &after), "the same address");
	check_equal(address_rows, &(struct half){ &address.options, &address.given },
		    &(struct half){ &after.options, &after.given }, BY_WIRES);
	nlmsg_free(message);
	check_address_json(&address);
}

static void check_neighbor_json(const struct neighbor *neighbor)
{
	struct json_object *tree CLEANUP_JSON = NULL;
	struct buffer text = { 0 };
	struct json_writer writer;
	struct neighbor again;
	struct error error;

	error_clear(&error);
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	neighbor_objects.write(&writer, NULL, neighbor);
	json_write_object_end(&writer);
	tree = tree_of(text.data, text.length);
	PROMISE(tree, "an object");
	if (neighbor_objects.read(NULL, &(struct object_source){ .body = tree, .asked = tree },
				  &again, &error))
		fuzz_broken(__FILE__, __LINE__, error.members[0].detail);
	check_equal(neighbor_rows,
		    &(struct half){ (void *)(uintptr_t)&neighbor->options,
				    (void *)(uintptr_t)&neighbor->given },
		    &(struct half){ &again.options, &again.given }, BY_JSON);
	buffer_free(&text);
}

static void check_neighbor(struct json_object *body, struct error *error)
{
	struct neighbor neighbor, after = { .flags = 0 };
	struct nl_msg *message;

	if (neighbor_objects.read(NULL, &(struct object_source){ .body = body, .asked = body },
				  &neighbor, error))
		return;
	check_neighbor_json(&neighbor);
	neighbor.link.index = DEVICE_INDEX;
	message = neighbor_message(RTM_NEWNEIGH, 0, &neighbor, error);
	PROMISE(message && neighbor_parse(nlmsg_hdr(message), &after), "a neighbour");
	/* Where the kernel decides, it is told where to begin. */
	if (neighbor_runs(&neighbor))
		ungive_at(&neighbor.given, NEIGHBOR_AT(nud));
	check_equal(neighbor_rows, &(struct half){ &neighbor.options, &neighbor.given },
		    &(struct half){ &after.options, &after.given }, BY_MESSAGE);
	nlmsg_free(message);
}

static void check_legs(const struct route *before, const struct route *after, enum way way)
{
	PROMISE(before->nexthop_count == after->nexthop_count, "as many next hops");
	for (size_t i = 0; i < before->nexthop_count; i++) {
		struct route_nexthop *one = &before->nexthops[i], *other = &after->nexthops[i];

		check_equal(route_nexthop_rows, &(struct half){ &one->options, &one->given },
			    &(struct half){ &other->options, &other->given }, way);
	}
}

static void check_route_netlink(struct route *route)
{
	struct route_reader reader = { .legs = NULL };
	struct error error;
	struct nl_msg *message;

	error_clear(&error);
	resolve(route_rows, &(struct half){ &route->options, &route->given });
	for (size_t i = 0; i < route->nexthop_count; i++)
		resolve(route_nexthop_rows, &(struct half){ &route->nexthops[i].options,
							    &route->nexthops[i].given });
	route_complete(route);
	message = route_message(RTM_NEWROUTE, 0, route, &error);
	PROMISE(message, "it fits");
	PROMISE(route_parse(nlmsg_hdr(message), &reader, &error) == 1, "a route");
	/* The kernel is told of a time, and tells what is left of it. */
	ungive_at(&route->given, ROUTE_AT(expires_seconds));
	/* With a nexthop object it is the kernel that tells where the way leads. */
	if (ROUTE_GIVEN(route, nexthop_id)) {
		ungive_at(&route->given, ROUTE_AT(gateway));
		ungive_at(&route->given, ROUTE_AT(device));
	} else {
		check_legs(route, &reader.route, BY_MESSAGE);
	}
	check_equal(route_rows, &(struct half){ &route->options, &route->given },
		    &(struct half){ &reader.route.options, &reader.route.given }, BY_MESSAGE);
	nlmsg_free(message);
	free(reader.legs);
}

static void check_route_json(const struct route *route)
{
	struct json_object *tree CLEANUP_JSON = NULL;
	struct route again CLEANUP_ROUTE = { .flags = 0 };
	struct buffer text = { 0 };
	struct json_writer writer;
	struct json_place place;
	struct error error;

	error_clear(&error);
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	route_json_write(&writer, route);
	json_write_object_end(&writer);
	tree = tree_of(text.data, text.length);
	PROMISE(tree, "an object");
	place = json_top_place(tree, "", &error);
	if (route_json_read(&place, &again))
		fuzz_broken(__FILE__, __LINE__, error.members[0].detail);
	check_equal(route_rows,
		    &(struct half){ (void *)(uintptr_t)&route->options,
				    (void *)(uintptr_t)&route->given },
		    &(struct half){ &again.options, &again.given }, BY_JSON);
	check_legs(route, &again, BY_JSON);
	buffer_free(&text);
}

static void check_route(struct json_object *body, struct error *error)
{
	struct json_place place = json_top_place(body, "", error);
	struct route route CLEANUP_ROUTE = { .flags = 0 };

	if (route_json_read(&place, &route))
		return;
	check_route_json(&route);
	check_route_netlink(&route);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *body CLEANUP_JSON = NULL;
	struct error error;

	if (!size)
		return 0;
	error_clear(&error);
	body = tree_of((const char *)data + 1, size - 1);
	if (!body)
		return 0;
	if (*data == 't' || *data == 'l')
		check_link(body, *data == 't', &error);
	else if (*data == 'a')
		check_address(body, &error);
	else if (*data == 'n')
		check_neighbor(body, &error);
	else if (*data == 'r')
		check_route(body, &error);
	if (error.kind)
		fuzz_check_error(&error);
	return 0;
}
