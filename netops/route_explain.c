/*
 * Why the kernel did not take a route. Its words name the member at fault more
 * often than its number does; each row turns some of them into a sentence.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netops/route_private.h"

/* A refusal that is a member's fault. The first row that fits speaks. */
struct refusal {
	int number;	   /* 0: any */
	const char *words; /* a part of the kernel's text; NULL: any, or none at all */
	const char *member, *code, *sentence;
};

static const struct refusal refusals[] = {
	{ 0, "not up", "/device", "down", "the device is down: set it up first" },
	{ ENETDOWN, NULL, "/device", "down", "the device is down: set it up first" },
	{ 0, "local address", "/gateway", "own", "the gateway is an address of this host" },
	{ 0, "prefsrc", "/preferred_source", "absent",
	  "the preferred source is no address of this namespace" },
	{ 0, "source address", "/preferred_source", "absent",
	  "the preferred source is no address of this device" },
	{ 0, "Nexthop id", "/nexthop_id", "absent",
	  "there is no nexthop object of this number" },
	{ 0, "Egress device", "/device", "required", "this gateway needs its device" },
	{ 0, "device required", "/device", "required", "this gateway needs its device" },
	{ 0, "IPv6 is disabled", "/device", "disabled", "IPv6 is switched off on this device" },
	{ 0, "IPv6 not enabled", "/device", "disabled", "IPv6 is switched off on this device" },
	{ 0, "invalid scope", "/scope", "scope",
	  "the scope must be wider than that of the way to the gateway" },
	{ 0, "scope", "/scope", "scope", "this scope does not fit the route's next hop" },
	{ 0, "gateway", "/gateway", "unreachable",
	  "the gateway is on no network of its device; give the device an address there, or "
	  "say onlink" },
	{ ENETUNREACH, NULL, "/gateway", "unreachable",
	  "the gateway is on no network that this namespace is connected to" },
	{ EHOSTUNREACH, NULL, "/gateway", "unreachable",
	  "the gateway is on no network that this namespace is connected to" },
	{ ENODEV, NULL, "/device", "absent", "the device is gone" },
};

static const struct refusal *refusal_find(const struct error *error)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];

		if ((!refusal->number || refusal->number == error->number) &&
		    (!refusal->words || strstr(error->kernel, refusal->words)))
			return refusal;
	}
	return NULL;
}

/* Of several next hops the kernel does not say which. */
static int refusal_tell(const struct refusal *refusal, const struct route *route,
			struct error *error)
{
	bool of_hop = !strcmp(refusal->member, "/gateway") ||
		      !strcmp(refusal->member, "/device");
	const char *pointer = refusal->member;

	if (of_hop && route->nexthop_count)
		pointer = "/nexthops";
	else if (of_hop && ROUTE_GIVEN(route, nexthop_id))
		pointer = "/nexthop_id";
	/* A gateway was given, and the device follows from it. */
	else if (!strcmp(pointer, "/device") && !ROUTE_GIVEN(route, device) &&
		 strcmp(refusal->code, "required"))
		pointer = "/gateway";
	error_set(error, ERROR_INVALID, "the kernel refused the route: %s", refusal->sentence);
	return error_member(error, pointer, refusal->code, "%s", refusal->sentence);
}

struct route_conflict {
	const struct route *wanted;
	char *url;
};

static int route_conflicts(const struct route *route, void *context, struct error *error)
{
	struct route_conflict *conflict = context;
	const struct route *wanted = conflict->wanted;

	(void)error;
	if (route_metric(wanted) == route->options.metric &&
	    wanted->options.tos == route->options.tos &&
	    wanted->options.source.prefix_length == route->options.source.prefix_length &&
	    (ip_is_any(&wanted->options.source) ||
	     ip_equal(&wanted->options.source, &route->options.source)))
		route_url(route, conflict->url);
	return 0;
}

static int route_exists(struct netlink *netlink, const struct route *route, struct error *error)
{
	struct route_filter filter = { .family = route->options.destination.family,
				       .table = route->options.table,
				       .destination = route->options.destination };
	struct route_conflict conflict = { .wanted = route, .url = error->conflict };
	char text[IP_TEXT_SIZE];
	struct error ignored;

	ip_format_prefix(&route->options.destination, text);
	error_set(error, ERROR_EXISTS,
		  "table %u of namespace \"%.64s\" has a route to %s with metric %u already",
		  route->options.table, route->namespace, text, route_metric(route));
	/* Without the URL of the one in the way the answer is still right. */
	error_clear(&ignored);
	(void)route_scan(netlink, route->namespace, &filter, NULL, route_conflicts, NULL,
			 &conflict, &ignored);
	return -1;
}

/* The member behind the attribute that the kernel points to, where it does. */
static int route_explain_offset(const struct route *route, struct error *error)
{
	struct error ignored;
	uint16_t path[2];
	unsigned int depth;
	const struct row *row = NULL;
	struct nl_msg *message CLEANUP_MESSAGE = NULL;
	char pointer[64];

	error_clear(&ignored);
	if (error->offset)
		message = route_message(RTM_NEWROUTE, 0, route, &ignored);
	if (!message)
		return -1;
	depth = netlink_path_at(nlmsg_hdr(message), sizeof(struct rtmsg), error->offset, path,
				2);
	if (depth == 2 && path[0] == RTA_METRICS)
		row = row_of_attribute(route_metric_rows(), path[1]);
	else if (depth)
		row = row_of_attribute(route_rows, path[0]);
	if (!row)
		return -1;
	snprintf(pointer, sizeof(pointer), "/%s", row->name);
	error->kind = ERROR_INVALID;
	return error_member(error, pointer, "kernel", "%s",
			    error->kernel[0] ? error->kernel : error_words(error->number));
}

int route_explain(struct netlink *netlink, const struct route *route, struct error *error)
{
	const struct refusal *refusal = refusal_find(error);

	if (error->kind != ERROR_KERNEL)
		return -1;
	if (error->number == EEXIST)
		return route_exists(netlink, route, error);
	if (error->number == EAFNOSUPPORT || error->number == EOPNOTSUPP)
		return error_set(error, ERROR_UNSUPPORTED,
				 "this kernel cannot make such a route");
	return refusal ? refusal_tell(refusal, route, error) :
			 route_explain_offset(route, error);
}

static int gateway_type_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	const struct rtmsg *message = nlmsg_data(header);

	(void)error;
	if (header->nlmsg_type == RTM_NEWROUTE &&
	    nlmsg_datalen(header) >= (int)sizeof(*message))
		*(uint8_t *)context = message->rtm_type;
	return 0;
}

static int gateway_check(struct netlink *netlink, const struct ip *gateway, const char *pointer,
			 struct error *error)
{
	struct rtmsg header = { .rtm_family = (uint8_t)gateway->family,
				.rtm_dst_len = (uint8_t)ip_bits(gateway->family) };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETROUTE, 0, &header, sizeof(header), error);
	struct error ignored;
	uint8_t type = RTN_UNSPEC;

	if (!message)
		return -1;
	nla_put(message, RTA_DST, (int)ip_size(gateway->family), gateway->bytes);
	/* No way to the gateway is for the kernel to say. */
	error_clear(&ignored);
	(void)netlink_get(netlink, message, gateway_type_heard, &type, &ignored);
	if (type != RTN_LOCAL)
		return 0;
	return error_member(error, pointer, "own", "the gateway is an address of this host");
}

bool route_checks_gateways(const struct route *route)
{
	return route->options.table == RT_TABLE_MAIN &&
	       route->options.destination.family == AF_INET;
}

/*
 * The kernel accepts an IPv4 gateway that is the host itself. Only of table
 * main: elsewhere a virtual router may have a host of the same address.
 */
int route_check_gateways(struct netlink *netlink, const struct route *route,
			 struct error *error)
{
	char pointer[48];

	if (!route_checks_gateways(route))
		return 0;
	if (ROUTE_GIVEN(route, gateway))
		gateway_check(netlink, &route->options.gateway, "/gateway", error);
	for (size_t i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *leg = &route->nexthops[i];

		snprintf(pointer, sizeof(pointer), "/nexthops/%zu/gateway", i);
		if (NEXTHOP_GIVEN(leg, gateway))
			gateway_check(netlink, &leg->options.gateway, pointer, error);
	}
	return error_verdict(error);
}
