/*
 * Answers of the kernel that no kernel gives: parsed without a crash, and told
 * to the client as JSON. The first byte chooses what is asked: n for a neighbour.
 */
#include <linux/if_link.h>
#include <string.h>

#include "api/link_json.h"
#include "api/route_json.h"
#include "api/address_json.h"
#include "api/object.h"
#include "netops/address_private.h"
#include "netops/device.h"
#include "netops/kind.h"
#include "netops/link_private.h"
#include "netops/neighbor_private.h"
#include "netops/route_private.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/kernel.h"

typedef void question(struct netlink *netlink, struct error *error);

static void ask_link(struct netlink *netlink, struct error *error)
{
	struct link link CLEANUP_LINK;
	struct buffer text = { 0 };
	struct json_writer writer;

	link_init(&link);
	if (link_get(netlink, "ns", NULL, 1, &link, error))
		return;
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	link_json_write(&writer, NULL, &link);
	json_member_object(&writer, "status");
	link_json_write_status(&writer, NULL, &link);
	json_write_object_end(&writer);
	json_write_object_end(&writer);
	fuzz_check_json(&text);
}

static void ask_names(struct netlink *netlink, struct error *error)
{
	struct device device = { .index = 1 };
	struct link_names *names = NULL;

	if (!link_names_read(netlink, &names, error))
		device_name(&device, names);
	link_names_free(names);
	PROMISE(strlen(device.name) < IFNAMSIZ, "a name that ends");
}

static void ask_name(struct netlink *netlink, struct error *error)
{
	struct device device = { .index = 1 };

	(void)device_name_ask(netlink, &device, error);
	PROMISE(strlen(device.name) < IFNAMSIZ, "a name that ends");
}

static int told_address(const struct address *address, void *context, struct error *error)
{
	struct buffer text = { 0 };
	struct json_writer writer;

	(void)context, (void)error;
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	address_json_write(&writer, address);
	json_write_object_end(&writer);
	fuzz_check_json(&text);
	return 0;
}

static void ask_addresses(struct netlink *netlink, struct error *error)
{
	(void)address_dump(netlink, "ns", 0, 0, told_address, NULL, NULL, error);
}

static int told_route(const struct route *route, void *context, struct error *error)
{
	struct buffer text = { 0 };
	struct json_writer writer;

	(void)context, (void)error;
	json_writer_start(&writer, &text);
	json_write_object(&writer);
	route_json_write(&writer, route);
	json_member_object(&writer, "status");
	route_json_write_status(&writer, route);
	json_write_object_end(&writer);
	json_write_object_end(&writer);
	fuzz_check_json(&text);
	return 0;
}

static void ask_routes(struct netlink *netlink, struct error *error)
{
	struct route_filter filter = { 0 };

	(void)route_dump(netlink, "ns", &filter, told_route, NULL, NULL, error);
}

static void ask_route(struct netlink *netlink, struct error *error)
{
	struct route key = { .namespace = "ns" }, found CLEANUP_ROUTE = { .flags = 0 };

	key.options.table = RT_TABLE_MAIN;
	give_at(&key.given, ROUTE_AT(table));
	PROMISE(ip_parse_prefix(&key.options.destination, "10.0.0.0/8"), "a prefix");
	give_at(&key.given, ROUTE_AT(destination));
	if (!route_find_on(netlink, &key, &found, error))
		(void)told_route(&found, NULL, error);
}

static void ask_neighbor(struct netlink *netlink, struct error *error)
{
	struct neighbor key = { .namespace = "ns", .link = { 1, "l0" } }, found;
	struct buffer text = { 0 };
	struct json_writer writer;

	PROMISE(ip_parse(&key.options.address, "10.0.0.1"), "an address");
	give_at(&key.given, NEIGHBOR_AT(address));
	if (neighbor_ask(netlink, &key, &found, error))
		return;
	json_writer_start(&writer, &text);
	writer.statistics = true;
	json_write_object(&writer);
	neighbor_objects.write(&writer, NULL, &found);
	json_member_object(&writer, "status");
	neighbor_objects.write_status(&writer, NULL, &found);
	json_write_object_end(&writer);
	json_write_object_end(&writer);
	fuzz_check_json(&text);
}

/* A change that is refused: the kernel's words, and what they are about. */
static void change_address(struct netlink *netlink, struct error *error)
{
	struct address address = { .namespace = "ns", .link = { 1, "l0" } };

	PROMISE(ip_parse_prefix(&address.options.address, "10.0.0.1/24"), "an address");
	give_at(&address.given, offsetof(struct address_options, address));
	(void)address_add(netlink, &address, error);
}

static void change_route(struct netlink *netlink, struct error *error)
{
	struct route route = { .namespace = "ns" };
	struct nl_msg *message;

	PROMISE(ip_parse_prefix(&route.options.destination, "10.0.0.0/8"), "a prefix");
	give_at(&route.given, ROUTE_AT(destination));
	PROMISE(ip_parse(&route.options.gateway, "10.0.0.1"), "an address");
	give_at(&route.given, ROUTE_AT(gateway));
	message = route_message(RTM_NEWROUTE, NLM_F_CREATE, &route, error);
	if (netlink_request(netlink, message, error)) {
		uint16_t path[4];

		(void)netlink_path_at(nlmsg_hdr(message), sizeof(struct rtmsg), error->offset,
				      path, 4);
		(void)route_explain(netlink, &route, error);
	}
	nlmsg_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static question *const questions[] = { ask_link,     ask_names,	    ask_name,
					       ask_routes,   ask_addresses, ask_route,
					       change_route, change_address };
	struct error error;
	question *ask;

	if (!size)
		return 0;
	error_clear(&error);
	ask = *data == 'n' ? ask_neighbor :
			     questions[*data % (sizeof(questions) / sizeof(questions[0]))];
	ask(kernel_open(data + 1, size - 1), &error);
	if (error.kind)
		fuzz_check_error(&error);
	return 0;
}
