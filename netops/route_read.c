/*
 * Dumps of routes. The kernel narrows them by table, protocol, type and device
 * (NETLINK_GET_STRICT_CHK); the destination is compared before a message is
 * taken apart, the gateway afterwards.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/device.h"
#include "netops/link.h"
#include "netops/reading_dump.h"
#include "netops/route_match.h"
#include "netops/route_private.h"
#include "netops/route_shape.h"
#include "netops/text.h"

struct route_scanning {
	struct route_reader reader;
	const struct route_filter *filter;
	uint32_t device; /* its index; 0: no matter */
	route_record *record;
	void (*restart)(void *context);
	void *context;
};

static bool destination_fits(const struct nlmsghdr *header, const struct rtmsg *message,
			     const struct route_filter *filter)
{
	const struct ip *wanted = &filter->destination;
	const struct nlattr *destination;

	if (filter->with_default)
		return !message->rtm_dst_len;
	if (!wanted->family)
		return true;
	if (message->rtm_family != wanted->family ||
	    message->rtm_dst_len != wanted->prefix_length)
		return false;
	destination = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header, sizeof(*message),
				      RTA_DST);
	if (!destination)
		return !wanted->prefix_length;
	return nla_len(destination) == (int)ip_size(wanted->family) &&
	       !memcmp(nla_data(destination), wanted->bytes, ip_size(wanted->family));
}

/* What can be told from the header. Kernels without strict dumps send everything. */
static bool header_fits(const struct nlmsghdr *header, const struct route_filter *filter)
{
	const struct rtmsg *message = NLMSG_DATA(header);

	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(*message)) ||
	    (filter->family && message->rtm_family != filter->family) ||
	    (filter->type && message->rtm_type != filter->type) ||
	    (filter->with_protocol && message->rtm_protocol != filter->protocol))
		return false;
	return destination_fits(header, message, filter);
}

static bool device_fits(const struct route *route, uint32_t index)
{
	if (!index || (ROUTE_GIVEN(route, device) && route->options.device.index == index))
		return true;
	for (size_t i = 0; i < route->nexthop_count; i++) {
		if (route->nexthops[i].options.device.index == index)
			return true;
	}
	return false;
}

/* Beside the destination. */
static bool rest_fits(const struct route *route, const struct route_filter *filter)
{
	return (!filter->table || route->options.table == filter->table) &&
	       route_gateway_fits(route, &filter->gateway);
}

/* 1: the reader has the next; 0: this is none of those; -1. */
static int route_take(const struct nlmsghdr *header, const struct route_filter *filter,
		      struct route_reader *reader, struct error *error)
{
	int parsed;

	if (!header_fits(header, filter))
		return 0;
	parsed = route_parse(header, reader, error);
	return parsed > 0 ? rest_fits(&reader->route, filter) : parsed;
}

static int route_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct route_scanning *scanning = context;
	int taken = route_take(header, scanning->filter, &scanning->reader, error);

	if (taken <= 0 || !device_fits(&scanning->reader.route, scanning->device))
		return taken < 0 ? -1 : 0;
	return scanning->record(&scanning->reader.route, scanning->context, error);
}

static void route_restarted(void *context)
{
	const struct route_scanning *scanning = context;

	if (scanning->restart)
		scanning->restart(scanning->context);
}

struct nl_msg *route_dump_message(const struct route_filter *filter, uint32_t device_index,
				  struct error *error)
{
	uint16_t family = filter->family ? filter->family : filter->destination.family;
	struct rtmsg header = {
		.rtm_family = (uint8_t)family,
		.rtm_protocol = filter->with_protocol ? (uint8_t)filter->protocol : 0,
		.rtm_type = (uint8_t)filter->type,
	};
	struct nl_msg *message =
		netlink_message(RTM_GETROUTE, 0, &header, sizeof(header), error);

	if (!message)
		return NULL;
	if (filter->table)
		nla_put_u32(message, RTA_TABLE, filter->table);
	if (device_index)
		nla_put_u32(message, RTA_OIF, device_index);
	return message;
}

/* A table that nobody has used yet, or a link that went away, has no routes. */
static bool route_is_empty(const struct error *error)
{
	return error->kind == ERROR_KERNEL &&
	       (error->number == ENOENT || error->number == ENODEV);
}

static int route_scan_sent(struct netlink *netlink, const char *namespace,
			   struct route_scanning *scanning, struct error *error)
{
	const struct route_filter *filter = scanning->filter;
	struct nl_msg *message CLEANUP_MESSAGE =
		route_dump_message(filter, scanning->device, error);

	if (!message)
		return -1;
	if (!route_match(netlink, namespace, filter, message, route_heard, route_restarted,
			 scanning, error))
		return 0;
	if (!route_is_empty(error))
		return -1;
	error_clear(error);
	return 0;
}

/* Looks its device up; *ret false: there is none, and so no route. */
static int route_find_device(struct netlink *netlink, const struct route_filter *filter,
			     uint32_t *ret_index, bool *ret, struct error *error)
{
	struct device device = { 0 };

	*ret = true;
	if (!filter->device)
		return 0;
	*ret = text_copy(device.name, sizeof(device.name), filter->device);
	if (*ret && device_index_ask(netlink, &device, ret, error))
		return -1;
	*ret_index = device.index;
	return 0;
}

int route_scan(struct netlink *netlink, const char *namespace,
	       const struct route_filter *filter, const struct link_names *names,
	       route_record *record, void (*restart)(void *context), void *context,
	       struct error *error)
{
	struct route_scanning scanning = { .reader.names = names,
					   .filter = filter,
					   .record = record,
					   .restart = restart,
					   .context = context };
	bool found;
	int result;

	memcpy(scanning.reader.route.namespace, namespace, strlen(namespace) + 1);
	if (route_find_device(netlink, filter, &scanning.device, &found, error))
		return -1;
	if (!found)
		return 0;
	result = route_scan_sent(netlink, namespace, &scanning, error);
	free(scanning.reader.legs);
	return result;
}

int route_dump(struct netlink *netlink, const char *namespace,
	       const struct route_filter *filter, route_record *record,
	       void (*restart)(void *context), void *context, struct error *error)
{
	struct link_names *names = NULL;
	int result;

	if (link_names_read(netlink, &names, error))
		return -1;
	result = route_scan(netlink, namespace, filter, names, record, restart, context, error);
	link_names_free(names);
	return result;
}

struct route_reading {
	struct reading_dump dump; /* first */
	const struct route_filter *filter;
	struct route_shapes *shapes;
	struct link_names *names;
};

static int route_reading_ask(struct reading_dump *dump, struct netlink *netlink,
			     struct nl_msg **ret, struct error *error)
{
	struct route_reading *reading = (struct route_reading *)dump;
	uint32_t device = 0;
	bool found;

	link_names_free(reading->names);
	reading->names = NULL;
	if (!reading->shapes)
		reading->shapes = route_shapes_new(dump->namespace);
	if (!reading->shapes)
		return error_errno(error, ENOMEM, "reading routes");
	if (route_find_device(netlink, reading->filter, &device, &found, error))
		return -1;
	if (!found)
		return 0;
	if (link_names_read(netlink, &reading->names, error))
		return -1;
	route_shapes_begin(reading->shapes, reading->names);
	*ret = route_dump_message(reading->filter, device, error);
	return *ret ? 0 : -1;
}

static int route_reading_take(struct reading_dump *dump, const struct nlmsghdr *header,
			      const void **ret, struct error *error)
{
	struct route_reading *reading = (struct route_reading *)dump;

	if (!header_fits(header, reading->filter))
		return 0;
	return route_shapes_take(reading->shapes, header, rest_fits, reading->filter,
				 (const struct route **)ret, error);
}

static void route_reading_free(struct reading_dump *dump)
{
	struct route_reading *reading = (struct route_reading *)dump;

	route_shapes_free(reading->shapes);
	link_names_free(reading->names);
}

static void route_reading_setup(struct reading_dump *dump, const void *context)
{
	((struct route_reading *)dump)->filter = context;
}

int route_reading(struct netops *netops, const char *namespace,
		  const struct route_filter *filter, struct reading **ret, struct error *error)
{
	static const struct reading_table table = { .size = sizeof(struct route_reading),
						    .ask = route_reading_ask,
						    .take = route_reading_take,
						    .is_empty = route_is_empty,
						    .free = route_reading_free };

	if (filter->destination.family || filter->with_default || filter->contains.family)
		return route_prefix_reading(netops, namespace, filter, ret, error);
	return reading_dump_open(netops, namespace, &table, route_reading_setup, filter, ret,
				 error);
}
