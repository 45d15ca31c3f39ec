/*
 * Changing a route: the kernel replaces the first of those that share a key, so
 * it must be the only one.
 */
#include <string.h>

#include "netops/route_private.h"

static bool legs_settled(const struct route *wanted, const struct route *current)
{
	if (wanted->nexthop_count != current->nexthop_count)
		return false;
	for (size_t i = 0; i < wanted->nexthop_count; i++) {
		const struct route_nexthop *leg = &wanted->nexthops[i];
		const struct route_nexthop *old = &current->nexthops[i];

		for (const struct row *row = route_nexthop_rows; row->name; row++) {
			if (!row_settled(row, &leg->options, &leg->given, &old->options,
					 &old->given))
				return false;
		}
	}
	return true;
}

static bool route_settled(const struct route *wanted, const struct route *current)
{
	for (const struct row *row = route_rows; row->name; row++) {
		if (!row_settled(row, &wanted->options, &wanted->given, &current->options,
				 &current->given))
			return false;
	}
	return legs_settled(wanted, current);
}

static struct route route_identity(const struct route *route)
{
	struct route key = { .given = { { 0 } } };

	memcpy(key.namespace, route->namespace, sizeof(key.namespace));
	key.options.destination = route->options.destination;
	key.options.source = route->options.source;
	key.options.table = route->options.table;
	key.options.metric = route->options.metric;
	key.options.tos = route->options.tos;
	give_at(&key.given, ROUTE_AT(destination));
	give_at(&key.given, ROUTE_AT(source));
	give_at(&key.given, ROUTE_AT(table));
	give_at(&key.given, ROUTE_AT(metric));
	give_at(&key.given, ROUTE_AT(tos));
	return key;
}

static int route_alter(struct netlink *netlink, const struct route *current,
		       struct route *route, struct route *ret, struct error *error)
{
	struct route key = route_identity(current), only CLEANUP_ROUTE = { .flags = 0 };
	int told;

	if (route_index_devices(netlink, route, error))
		return -1;
	if (route_settled(route, current))
		return route_copy(current, ret, error);
	if (route_find_on(netlink, &key, &only, error) ||
	    route_check_gateways(netlink, route, error))
		return -1;
	told = route_replace(netlink, route, ret, error);
	if (told)
		return told < 0 ? -1 : 0;
	return route_find_on(netlink, &key, ret, error);
}

int route_update(struct netops *netops, const struct route *current, const struct route *wanted,
		 struct route *ret, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct route route CLEANUP_ROUTE = { .flags = 0 };

	if (namespace_enter(netops, current->namespace, &socket, error) ||
	    route_copy(wanted, &route, error))
		return -1;
	route_choose_family(&route);
	route_complete(&route);
	route.options.protocol = current->options.protocol;
	route.options.metric = current->options.metric;
	give_at(&route.given, ROUTE_AT(metric));
	return route_alter(socket.netlink, current, &route, ret, error);
}
