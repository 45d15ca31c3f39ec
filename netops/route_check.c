/*
 * What is surely wrong with a route, seen without the kernel: each wrong member
 * is named. The kernel stops at the first, and often without a word.
 */
#include <stdio.h>
#include <string.h>

#include "netops/member.h"
#include "netops/route_private.h"

static bool ipv6(const struct route *route)
{
	return route->options.destination.family == AF_INET6;
}

static void check_source(const struct route *route, struct error *error)
{
	const struct ip *source = &route->options.source;

	if (!ROUTE_GIVEN(route, source))
		return;
	member_check_host_bits(source, "/source", error);
	if (!ipv6(route) || source->family != AF_INET6)
		error_member(error, "/source", "family",
			     "only IPv6 routes choose by source; IPv4 has rules for that");
}

/* Of a route, or of a leg of it. */
static void check_gateway(const struct route *route, const struct ip *gateway,
			  const char *pointer, struct error *error)
{
	const struct ip *destination = &route->options.destination;

	if (ip_is_any(gateway))
		error_member(error, pointer, "any", "the unspecified address is no gateway");
	else if (ip_is_multicast(gateway) || ip_is_broadcast(gateway))
		error_member(error, pointer, "unicast",
			     "a gateway is one host: a unicast address");
	else if (ipv6(route) && gateway->family == AF_INET)
		error_member(error, pointer, "family",
			     "IPv6 has no IPv4 gateways (the other way round it works)");
	else if (gateway->family == destination->family && destination->prefix_length &&
		 destination->prefix_length == ip_bits(destination->family) &&
		 ip_equal(gateway, destination))
		error_member(error, pointer, "same",
			     "the destination cannot be its own gateway");
	else if (ROUTE_GIVEN(route, preferred_source) &&
		 ip_equal(gateway, &route->options.preferred_source))
		error_member(error, pointer, "own",
			     "gateway and preferred source are the same: the host itself");
}

static void check_link_local(const struct ip *gateway, bool device, const char *pointer,
			     struct error *error)
{
	if (gateway->family == AF_INET6 && ip_is_link_local(gateway) && !device)
		error_member(error, pointer, "required",
			     "a link-local gateway needs the device behind which it is");
}

static void check_onlink(uint32_t onlink, bool gateway, bool device, const char *pointer,
			 struct error *error)
{
	if (onlink && !(gateway && device))
		error_member(error, pointer, "required",
			     "onlink says where the gateway is: it needs gateway and device");
}

static void check_leg(const struct route *route, size_t index, struct error *error)
{
	const struct route_nexthop *leg = &route->nexthops[index];
	const struct route_nexthop_options *options = &leg->options;
	bool gateway = NEXTHOP_GIVEN(leg, gateway), device = NEXTHOP_GIVEN(leg, device);
	unsigned int first = error->member_count;
	char prefix[48];

	snprintf(prefix, sizeof(prefix), "/nexthops/%zu", index);
	if (!gateway && !device)
		error_member(error, "", "required", "a next hop needs a gateway or a device");
	else if (!gateway && ipv6(route))
		error_member(error, "/gateway", "required",
			     "IPv6 shares traffic among gateways only");
	if (gateway) {
		check_gateway(route, &options->gateway, "/gateway", error);
		check_link_local(&options->gateway, device, "/device", error);
	}
	check_onlink(NEXTHOP_GIVEN(leg, onlink) && options->onlink, gateway, device, "/onlink",
		     error);
	if (NEXTHOP_GIVEN(leg, weight) && (options->weight < 1 || options->weight > 256))
		error_member(error, "/weight", "range", "a weight is a number from 1 to 256");
	if (NEXTHOP_GIVEN(leg, encapsulation))
		error_member(error, "/encapsulation", "unsupported",
			     "an encapsulation can be seen, not yet be made");
	member_prefix(error, first, prefix);
}

static void check_legs(const struct route *route, struct error *error)
{
	static const char text[] = "it stands in nexthops already, one for each";

	if (ROUTE_GIVEN(route, gateway))
		error_member(error, "/gateway", "exclusive", text);
	if (ROUTE_GIVEN(route, device))
		error_member(error, "/device", "exclusive", text);
	if (ROUTE_GIVEN(route, onlink) && route->options.onlink)
		error_member(error, "/onlink", "exclusive", text);
	if (route->nexthop_count > ROUTE_NEXTHOPS)
		error_member(error, "/nexthops", "range", "a route has at most %d next hops",
			     ROUTE_NEXTHOPS);
	for (size_t i = 0; i < route->nexthop_count; i++)
		check_leg(route, i, error);
}

/* A way for packets that are to go none. IPv6 shows lo there, and means nothing by it. */
static void check_discarding(const struct route *route, struct error *error)
{
	const char *type = row_word_name(route_type_words, route_type(route));
	bool shown = ipv6(route) && !strcmp(route->options.device.name, "lo");
	const struct {
		const char *pointer;
		bool given;
	} members[] = {
		{ "/gateway", ROUTE_GIVEN(route, gateway) },
		{ "/device", ROUTE_GIVEN(route, device) && !shown },
		{ "/nexthops", route->nexthop_count != 0 },
		{ "/nexthop_id", ROUTE_GIVEN(route, nexthop_id) },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].given)
			error_member(error, members[i].pointer, "exclusive",
				     "a route of type %s leads nowhere", type);
	}
}

static void check_single(const struct route *route, struct error *error)
{
	const struct route_options *options = &route->options;
	bool gateway = ROUTE_GIVEN(route, gateway), device = ROUTE_GIVEN(route, device);

	if (!gateway && !device)
		error_member(error, "/gateway", "required",
			     "a route needs a gateway, a device or nexthops");
	if (gateway) {
		check_gateway(route, &options->gateway, "/gateway", error);
		check_link_local(&options->gateway, device, "/device", error);
	}
	check_onlink(ROUTE_GIVEN(route, onlink) && options->onlink, gateway, device, "/onlink",
		     error);
}

static void check_nexthop_object(const struct route *route, struct error *error)
{
	static const char text[] = "the nexthop object says it";

	if (ROUTE_GIVEN(route, gateway))
		error_member(error, "/gateway", "exclusive", text);
	if (ROUTE_GIVEN(route, device))
		error_member(error, "/device", "exclusive", text);
	if (route->nexthop_count)
		error_member(error, "/nexthops", "exclusive", text);
}

static void check_way(const struct route *route, struct error *error)
{
	if (route_type_discards(route_type(route)))
		check_discarding(route, error);
	else if (ROUTE_GIVEN(route, nexthop_id))
		check_nexthop_object(route, error);
	else if (route->nexthop_count)
		check_legs(route, error);
	else
		check_single(route, error);
}

static void check_preferred_source(const struct route *route, struct error *error)
{
	const struct ip *source = &route->options.preferred_source;

	if (!ROUTE_GIVEN(route, preferred_source))
		return;
	if (source->family != route->options.destination.family)
		error_member(error, "/preferred_source", "family",
			     "destination and preferred source must be of one address family");
	else if (ip_is_any(source) || ip_is_multicast(source) || ip_is_broadcast(source))
		error_member(error, "/preferred_source", "unicast",
			     "packets come from a unicast address of this host");
}

/* Members that one family alone has. */
static void check_family(const struct route *route, struct error *error)
{
	const struct route_options *options = &route->options;

	if (!ipv6(route)) {
		if (ROUTE_GIVEN(route, preference))
			error_member(error, "/preference", "family",
				     "only IPv6 routes have a preference (RFC 4191)");
		if (ROUTE_GIVEN(route, expires_seconds))
			error_member(error, "/expires_seconds", "family",
				     "only IPv6 routes expire");
		return;
	}
	if (ROUTE_GIVEN(route, tos) && options->tos)
		error_member(error, "/tos", "family", "only IPv4 routes choose by tos");
	if (ROUTE_GIVEN(route, scope) && options->scope != RT_SCOPE_UNIVERSE)
		error_member(error, "/scope", "family", "IPv6 routes have scope global");
	if (ROUTE_GIVEN(route, metric) && !options->metric)
		error_member(error, "/metric", "range",
			     "IPv6 has no metric 0: left out, it becomes 1024");
	if (ROUTE_GIVEN(route, realm) && options->realm)
		error_member(error, "/realm", "family", "only IPv4 routes have realms");
	if (route_type(route) == RTN_NAT || route_type(route) == RTN_BROADCAST)
		error_member(error, "/type", "family", "IPv6 has no routes of this type");
}

/* A time that is cut would never be what was asked for. */
static void check_times(const struct route *route, struct error *error)
{
	const struct route_options *options = &route->options;

	if (ROUTE_GIVEN(route, rtt_us) && options->rtt_us % ROUTE_RTT_STEP_US)
		error_member(error, "/rtt_us", "range",
			     "the kernel keeps it in steps: a multiple of %d is needed",
			     ROUTE_RTT_STEP_US);
	if (ROUTE_GIVEN(route, rtt_variance_us) &&
	    options->rtt_variance_us % ROUTE_RTT_VARIANCE_STEP_US)
		error_member(error, "/rtt_variance_us", "range",
			     "the kernel keeps it in steps: a multiple of %d is needed",
			     ROUTE_RTT_VARIANCE_STEP_US);
}

static void check_numbers(const struct route *route, struct error *error)
{
	const struct route_options *options = &route->options;

	if (ROUTE_GIVEN(route, table) && !options->table)
		error_member(error, "/table", "range", "there is no table 0; main is 254");
	if (ROUTE_GIVEN(route, tos) && options->tos & 3)
		error_member(error, "/tos", "range",
			     "the two lowest bits of tos are not for routing (RFC 3168): a "
			     "multiple of 4 is needed");
	if (ROUTE_GIVEN(route, protocol) && options->protocol != OWNED_PROTOCOL)
		error_member(error, "/protocol", "owned",
			     "the protocol number marks who made a route: what tunneld makes "
			     "has %d",
			     OWNED_PROTOCOL);
	if (ROUTE_GIVEN(route, encapsulation))
		error_member(error, "/encapsulation", "unsupported",
			     "an encapsulation can be seen, not yet be made");
	if (ROUTE_GIVEN(route, scope) && options->scope == RT_SCOPE_NOWHERE)
		error_member(error, "/scope", "range", "a route without scope is of no use");
	if (ROUTE_GIVEN(route, type) && options->type == RTN_NAT)
		error_member(error, "/type", "unsupported",
			     "the kernel has no such routes any more");
}

void route_check(const struct route *route, const char *prefix, struct error *error)
{
	unsigned int first = error->member_count;

	if (!ROUTE_GIVEN(route, destination) || !route->options.destination.family) {
		error_member(error, "/destination", "required",
			     "a route needs its destination");
	} else {
		member_check_host_bits(&route->options.destination, "/destination", error);
		check_source(route, error);
		check_way(route, error);
		check_preferred_source(route, error);
		check_family(route, error);
	}
	check_numbers(route, error);
	check_times(route, error);
	member_prefix(error, first, prefix);
}
