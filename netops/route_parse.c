/*
 * From a message to the record. A dump may tell a million times, so the
 * attributes that are there are looked at once each, and nothing is allocated
 * for a route with one next hop; the rows are asked only where a route has
 * metrics, which few have.
 */
#include <errno.h>
#include <linux/lwtunnel.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/device.h"
#include "netops/route_private.h"

static void take_number(struct route *route, size_t offset, const struct nlattr *attribute)
{
	if (nla_len(attribute) < 4)
		return;
	*(uint32_t *)((char *)&route->options + offset) = nla_get_u32(attribute);
	give_at(&route->given, offset);
}

static void take_ip(struct route *route, size_t offset, const struct nlattr *attribute,
		    uint16_t prefix_length)
{
	struct ip *ip = (struct ip *)((char *)&route->options + offset);

	if (!ip_from_bytes(ip, nla_data(attribute), (size_t)nla_len(attribute)))
		return;
	ip->prefix_length = prefix_length;
	give_at(&route->given, offset);
}

static bool parse_gateway(const struct nlattr *attribute, struct ip *ret)
{
	const struct rtvia *via = nla_data(attribute);
	int length = nla_len(attribute);

	if (nla_type(attribute) == RTA_GATEWAY)
		return ip_from_bytes(ret, via, (size_t)length);
	if (length < (int)sizeof(*via) ||
	    ip_size(via->rtvia_family) != (size_t)length - sizeof(*via))
		return false;
	return ip_from_bytes(ret, via->rtvia_addr, (size_t)length - sizeof(*via));
}

/* The kernel counts in ticks, and below zero when it is too late to matter. */
static void take_expiry(struct route *route, const struct nlattr *attribute)
{
	struct rta_cacheinfo info;
	int32_t ticks = (int32_t)sysconf(_SC_CLK_TCK);

	if (nla_len(attribute) < (int)sizeof(info))
		return;
	memcpy(&info, nla_data(attribute), sizeof(info));
	if (!info.rta_expires)
		return;
	route->options.expires_seconds =
		info.rta_expires < 0 ? 0 : (uint32_t)((info.rta_expires - 1) / ticks + 1);
	give_at(&route->given, ROUTE_AT(expires_seconds));
}

static void leg_attribute(struct route_nexthop *leg, const struct nlattr *attribute)
{
	switch (nla_type(attribute)) {
	case RTA_GATEWAY:
	case RTA_VIA:
		if (parse_gateway(attribute, &leg->options.gateway))
			give_at(&leg->given, NEXTHOP_AT(gateway));
		break;
	case RTA_FLOW:
		leg->options.realm = netlink_number(attribute);
		give_at(&leg->given, NEXTHOP_AT(realm));
		break;
	case RTA_ENCAP_TYPE:
		leg->options.encapsulation = netlink_number(attribute);
		give_at(&leg->given, NEXTHOP_AT(encapsulation));
		break;
	case RTA_ENCAP:
		leg->raw_encapsulation = attribute;
		break;
	default:
		break;
	}
}

static void parse_leg(const struct rtnexthop *hop, const struct link_names *names,
		      struct route_nexthop *leg)
{
	const struct nlattr *attribute = (const struct nlattr *)(hop + 1);
	int rest = hop->rtnh_len - (int)sizeof(*hop);

	*leg = (struct route_nexthop){ .flags = hop->rtnh_flags };
	leg->options.device.index = (uint32_t)hop->rtnh_ifindex;
	leg->options.weight = hop->rtnh_hops + 1u;
	leg->options.onlink = (hop->rtnh_flags & RTNH_F_ONLINK) != 0;
	give_at(&leg->given, NEXTHOP_AT(device));
	give_at(&leg->given, NEXTHOP_AT(weight));
	if (leg->options.onlink)
		give_at(&leg->given, NEXTHOP_AT(onlink));
	for (; nla_ok(attribute, rest); attribute = nla_next(attribute, &rest))
		leg_attribute(leg, attribute);
	if (names)
		device_name(&leg->options.device, names);
}

static int parse_legs(const struct nlattr *attribute, struct route_reader *reader,
		      struct error *error)
{
	const struct rtnexthop *hop = nla_data(attribute);
	int rest = nla_len(attribute);
	size_t count = 0;

	while (rest >= (int)sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) &&
	       hop->rtnh_len <= rest) {
		if (count == reader->leg_room) {
			size_t room = count ? 2 * count : 16;
			void *legs = reallocarray(reader->legs, room, sizeof(*reader->legs));

			if (!legs)
				return error_errno(error, ENOMEM, "reading a multipath route");
			reader->legs = legs;
			reader->leg_room = room;
		}
		parse_leg(hop, reader->names, &reader->legs[count++]);
		rest -= (int)NLMSG_ALIGN(hop->rtnh_len);
		hop = (const struct rtnexthop *)((const char *)hop +
						 NLMSG_ALIGN(hop->rtnh_len));
	}
	reader->route.nexthops = reader->legs;
	reader->route.nexthop_count = count;
	return 0;
}

/* Those that are a 32-bit number: where it goes. */
static const uint16_t number_places[RTA_MAX + 1] = {
	[RTA_OIF] = ROUTE_AT(device),	   [RTA_TABLE] = ROUTE_AT(table),
	[RTA_PRIORITY] = ROUTE_AT(metric), [RTA_NH_ID] = ROUTE_AT(nexthop_id),
	[RTA_FLOW] = ROUTE_AT(realm),
};

static void take_attribute(struct route *route, const struct rtmsg *header,
			   const struct nlattr *attribute)
{
	switch (nla_type(attribute)) {
	case RTA_DST:
		take_ip(route, ROUTE_AT(destination), attribute, header->rtm_dst_len);
		break;
	case RTA_SRC:
		take_ip(route, ROUTE_AT(source), attribute, header->rtm_src_len);
		break;
	case RTA_PREFSRC:
		take_ip(route, ROUTE_AT(preferred_source), attribute,
			ip_bits(header->rtm_family));
		break;
	case RTA_GATEWAY:
	case RTA_VIA:
		if (parse_gateway(attribute, &route->options.gateway))
			give_at(&route->given, ROUTE_AT(gateway));
		break;
	case RTA_PREF:
		route->options.preference = netlink_number(attribute);
		give_at(&route->given, ROUTE_AT(preference));
		break;
	case RTA_ENCAP_TYPE:
		route->options.encapsulation = netlink_number(attribute);
		give_at(&route->given, ROUTE_AT(encapsulation));
		break;
	case RTA_ENCAP:
		route->raw_encapsulation = attribute;
		break;
	default:
		break;
	}
}

static int route_attribute(struct route_reader *reader, const struct rtmsg *header,
			   const struct nlattr *attribute, struct error *error)
{
	struct route *route = &reader->route;
	unsigned int type = (unsigned int)nla_type(attribute);

	if (type <= RTA_MAX && number_places[type])
		take_number(route, number_places[type], attribute);
	else if (type == RTA_CACHEINFO)
		take_expiry(route, attribute);
	else if (type == RTA_METRICS)
		route_parse_metrics(attribute, route);
	else if (type == RTA_MULTIPATH)
		return parse_legs(attribute, reader, error);
	else
		take_attribute(route, header, attribute);
	return 0;
}

static void route_begin(struct route *route, const struct rtmsg *header)
{
	struct route_options *options = &route->options;

	/* All but the namespace, which is the same in all of a dump. */
	memset(&route->given, 0, sizeof(*route) - offsetof(struct route, given));
	options->destination.family = header->rtm_family;
	options->table = header->rtm_table;
	options->type = header->rtm_type;
	options->scope = header->rtm_scope;
	options->protocol = header->rtm_protocol;
	options->tos = header->rtm_tos;
	options->onlink = (header->rtm_flags & RTNH_F_ONLINK) != 0;
	route->flags = header->rtm_flags;
	give_at(&route->given, ROUTE_AT(destination));
	give_at(&route->given, ROUTE_AT(table));
	give_at(&route->given, ROUTE_AT(type));
	give_at(&route->given, ROUTE_AT(scope));
	give_at(&route->given, ROUTE_AT(protocol));
	/* Of IPv4 the kernel does not mention a metric of 0; IPv6 has no tos. */
	if (header->rtm_family == AF_INET) {
		give_at(&route->given, ROUTE_AT(metric));
		give_at(&route->given, ROUTE_AT(tos));
	}
	if (options->onlink)
		give_at(&route->given, ROUTE_AT(onlink));
}

int route_parse(const struct nlmsghdr *header, struct route_reader *reader, struct error *error)
{
	const struct rtmsg *message = nlmsg_data(header);
	const struct nlattr *attribute;
	int rest;

	if (header->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_datalen(header) < (int)sizeof(*message) || !ip_size(message->rtm_family) ||
	    (message->rtm_flags & RTM_F_CLONED))
		return 0;
	route_begin(&reader->route, message);
	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)header, sizeof(*message),
			    rest)
	{
		if (route_attribute(reader, message, attribute, error))
			return -1;
	}
	if (reader->names && ROUTE_GIVEN(&reader->route, device))
		device_name(&reader->route.options.device, reader->names);
	return 1;
}
