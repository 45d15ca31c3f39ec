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
#include "netops/route_private.h"
#include "netops/text.h"

struct route_scanning {
	struct route_reader reader;
	const struct route_filter *filter;
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
	const struct rtmsg *message = nlmsg_data(header);

	if (nlmsg_datalen(header) < (int)sizeof(*message) ||
	    (filter->family && message->rtm_family != filter->family) ||
	    (filter->type && message->rtm_type != filter->type) ||
	    (filter->with_protocol && message->rtm_protocol != filter->protocol))
		return false;
	return destination_fits(header, message, filter);
}

static bool gateway_fits(const struct route *route, const struct ip *gateway)
{
	if (!gateway->family ||
	    (ROUTE_GIVEN(route, gateway) && ip_equal(&route->options.gateway, gateway)))
		return true;
	for (size_t i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *leg = &route->nexthops[i];

		if (NEXTHOP_GIVEN(leg, gateway) && ip_equal(&leg->options.gateway, gateway))
			return true;
	}
	return false;
}

static int route_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct route_scanning *scanning = context;
	const struct route *route = &scanning->reader.route;
	int parsed;

	if (!header_fits(header, scanning->filter))
		return 0;
	parsed = route_parse(header, &scanning->reader, error);
	if (parsed <= 0)
		return parsed;
	if ((scanning->filter->table && route->options.table != scanning->filter->table) ||
	    !gateway_fits(route, &scanning->filter->gateway))
		return 0;
	return scanning->record(route, scanning->context, error);
}

static void route_restarted(void *context)
{
	const struct route_scanning *scanning = context;

	if (scanning->restart)
		scanning->restart(scanning->context);
}

static struct nl_msg *route_dump_message(const struct route_filter *filter,
					 uint32_t device_index, struct error *error)
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
static int route_scan_sent(struct netlink *netlink, struct route_scanning *scanning,
			   uint32_t device_index, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		route_dump_message(scanning->filter, device_index, error);

	if (!message)
		return -1;
	if (!netlink_dump(netlink, message, route_heard, route_restarted, scanning, error))
		return 0;
	if (error->kind != ERROR_KERNEL || (error->number != ENOENT && error->number != ENODEV))
		return -1;
	error_clear(error);
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
	struct device device = { 0 };
	bool found = true;
	int result;

	memcpy(scanning.reader.route.namespace, namespace, strlen(namespace) + 1);
	if (filter->device) {
		if (!text_copy(device.name, sizeof(device.name), filter->device))
			return 0;
		if (device_index_ask(netlink, &device, &found, error))
			return -1;
	}
	if (!found)
		return 0;
	result = route_scan_sent(netlink, &scanning, device.index, error);
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
