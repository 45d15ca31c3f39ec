/*
 * From the record to a message. A deletion says the same as a creation, so that
 * of several routes with one key exactly the one that is meant goes.
 */
#include <errno.h>
#include <string.h>

#include "netops/route_private.h"

static bool route_has_gateway(const struct route *route)
{
	return ROUTE_GIVEN(route, gateway) || route->nexthop_count ||
	       ROUTE_GIVEN(route, nexthop_id);
}

/* As ip-route(8) chooses: a route that leads only to neighbours has scope link. */
static uint32_t route_scope(const struct route *route)
{
	if (ROUTE_GIVEN(route, scope))
		return route->options.scope;
	if (route->options.destination.family == AF_INET6)
		return RT_SCOPE_UNIVERSE;
	switch (route_type(route)) {
	case RTN_LOCAL:
	case RTN_NAT:
		return RT_SCOPE_HOST;
	case RTN_BROADCAST:
	case RTN_MULTICAST:
	case RTN_ANYCAST:
		return RT_SCOPE_LINK;
	case RTN_UNICAST:
		return route_has_gateway(route) ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	default:
		return RT_SCOPE_UNIVERSE;
	}
}

void route_complete(struct route *route)
{
	route->options.table = route_table(route);
	route->options.scope = route_scope(route);
	route->options.type = route_type(route);
	route->options.protocol = OWNED_PROTOCOL;
	give_at(&route->given, ROUTE_AT(table));
	give_at(&route->given, ROUTE_AT(scope));
	give_at(&route->given, ROUTE_AT(type));
	give_at(&route->given, ROUTE_AT(protocol));
}

static struct rtmsg route_header(const struct route *route)
{
	const struct route_options *options = &route->options;

	return (struct rtmsg){
		.rtm_family = (uint8_t)options->destination.family,
		.rtm_dst_len = (uint8_t)options->destination.prefix_length,
		.rtm_src_len =
			ROUTE_GIVEN(route, source) ? (uint8_t)options->source.prefix_length : 0,
		.rtm_tos = ROUTE_GIVEN(route, tos) ? (uint8_t)options->tos : 0,
		.rtm_protocol = (uint8_t)options->protocol,
		.rtm_scope = (uint8_t)options->scope,
		.rtm_type = (uint8_t)options->type,
		.rtm_flags = ROUTE_GIVEN(route, onlink) && options->onlink ? RTNH_F_ONLINK : 0,
	};
}

static int put_gateway(struct nl_msg *message, const struct ip *gateway, uint16_t family)
{
	struct {
		uint16_t family;
		uint8_t bytes[16];
	} via = { .family = gateway->family };
	int size = (int)ip_size(gateway->family);

	if (gateway->family == family)
		return nla_put(message, RTA_GATEWAY, size, gateway->bytes);
	memcpy(via.bytes, gateway->bytes, (size_t)size);
	return nla_put(message, RTA_VIA, (int)sizeof(via.family) + size, &via);
}

static int put_leg(struct nl_msg *message, const struct route_nexthop *leg, uint16_t family)
{
	const struct route_nexthop_options *options = &leg->options;
	struct rtnexthop *hop = nlmsg_reserve(message, sizeof(*hop), NLMSG_ALIGNTO);

	if (!hop)
		return -1;
	*hop = (struct rtnexthop){
		.rtnh_flags = NEXTHOP_GIVEN(leg, onlink) && options->onlink ? RTNH_F_ONLINK : 0,
		.rtnh_hops = NEXTHOP_GIVEN(leg, weight) ? (uint8_t)(options->weight - 1) : 0,
		.rtnh_ifindex = NEXTHOP_GIVEN(leg, device) ? (int)options->device.index : 0,
	};
	if (NEXTHOP_GIVEN(leg, gateway) && put_gateway(message, &options->gateway, family))
		return -1;
	if (rows_put(message, route_nexthop_rows, options, &leg->given))
		return -1;
	hop->rtnh_len = (uint16_t)((char *)nlmsg_tail(nlmsg_hdr(message)) - (char *)hop);
	return 0;
}

static int put_legs(struct nl_msg *message, const struct route *route)
{
	struct nlattr *nest = nla_nest_start(message, RTA_MULTIPATH);

	for (size_t i = 0; nest && i < route->nexthop_count; i++) {
		if (put_leg(message, &route->nexthops[i], route->options.destination.family))
			return -1;
	}
	return nest ? nla_nest_end(message, nest) : -1;
}

static int put_prefix(struct nl_msg *message, int attribute, const struct ip *prefix)
{
	if (!prefix->prefix_length)
		return 0;
	return nla_put(message, attribute, (int)ip_size(prefix->family), prefix->bytes);
}

/*
 * A nexthop object brings its gateway and device along: the kernel tells them
 * and does not want to hear them.
 */
static int route_put_hops(struct nl_msg *message, const struct route *route)
{
	const struct route_options *options = &route->options;

	if (ROUTE_GIVEN(route, nexthop_id))
		return 0;
	if (route->nexthop_count)
		return put_legs(message, route);
	if (!ROUTE_GIVEN(route, gateway))
		return 0;
	return put_gateway(message, &options->gateway, options->destination.family);
}

static int route_put(struct nl_msg *message, const struct route *route)
{
	const struct route_options *options = &route->options;
	struct given head = route->given;

	/* The metrics share numbers with other attributes: they go into a nest of their own. */
	for (const struct row *row = route_metric_rows(); row->name; row++)
		ungive_at(&head, row->offset);
	if (ROUTE_GIVEN(route, nexthop_id) || route->nexthop_count)
		ungive_at(&head, ROUTE_AT(device));
	if (put_prefix(message, RTA_DST, &options->destination) ||
	    (ROUTE_GIVEN(route, source) && put_prefix(message, RTA_SRC, &options->source)) ||
	    rows_put(message, route_rows, options, &head) || route_put_hops(message, route))
		return -1;
	return route_put_metrics(message, route);
}

struct nl_msg *route_message(int type, int flags, const struct route *route,
			     struct error *error)
{
	enum { ROUTE_SIZE = 2048, LEG_SIZE = 64 };
	struct rtmsg header = route_header(route);
	struct nl_msg *message = nlmsg_alloc_size(ROUTE_SIZE + route->nexthop_count * LEG_SIZE);

	if (message && nlmsg_put(message, 0, 0, type, 0, NLM_F_REQUEST | flags) &&
	    !nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) &&
	    !route_put(message, route))
		return message;
	nlmsg_free(message);
	error_errno(error, ENOMEM, "building a netlink message");
	return NULL;
}
