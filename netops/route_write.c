/*
 * Making and removing a route. What was made or removed comes back as the echo
 * of the request (NLM_F_ECHO), so that a large table need not be read for it;
 * where no echo comes, it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/device.h"
#include "netops/route_private.h"

int route_index_device(struct netlink *netlink, struct device *device, const char *namespace,
		       const char *pointer, struct error *error)
{
	bool found;

	if (device_index_ask(netlink, device, &found, error))
		return -1;
	if (found)
		return 0;
	return error_missing(error, pointer,
			     "there is no link \"%.15s\" in namespace \"%.64s\"", device->name,
			     namespace);
}

int route_each_device(struct route *route, route_device_hook *hook, void *context,
		      struct error *error)
{
	char pointer[48];

	if (ROUTE_GIVEN(route, device) &&
	    hook(&route->options.device, "/device", context, error))
		return -1;
	for (size_t i = 0; i < route->nexthop_count; i++) {
		struct route_nexthop *leg = &route->nexthops[i];

		snprintf(pointer, sizeof(pointer), "/nexthops/%zu/device", i);
		if (NEXTHOP_GIVEN(leg, device) &&
		    hook(&leg->options.device, pointer, context, error))
			return -1;
	}
	return 0;
}

struct indexing {
	struct netlink *netlink;
	const char *namespace;
};

static int index_device(struct device *device, const char *pointer, void *context,
			struct error *error)
{
	const struct indexing *indexing = context;

	return route_index_device(indexing->netlink, device, indexing->namespace, pointer,
				  error);
}

int route_index_devices(struct netlink *netlink, struct route *route, struct error *error)
{
	struct indexing indexing = { netlink, route->namespace };

	return route_each_device(route, index_device, &indexing, error);
}

struct route_echo {
	struct route_reader reader;
	bool heard;
};

static int route_echoed(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct route_echo *echo = context;
	int parsed = route_parse(header, &echo->reader, error);

	/* One message may be told leg by leg; the last one has them all. */
	if (parsed > 0)
		echo->heard = true;
	return parsed < 0 ? -1 : 0;
}

static int route_send(struct netlink *netlink, int flags, const struct route *route,
		      struct route_echo *echo, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		route_message(RTM_NEWROUTE, flags | NLM_F_ECHO, route, error);

	if (!message)
		return -1;
	if (netlink_request_echo(netlink, message, route_echoed, echo, error))
		return route_explain(netlink, route, error);
	return 0;
}

/* The key under which a new route is found again. */
static struct route route_own_key(const struct route *route)
{
	struct route key = { .options = { .destination = route->options.destination,
					  .source = route->options.source,
					  .table = route->options.table,
					  .metric = route_metric(route),
					  .tos = route->options.tos,
					  .protocol = OWNED_PROTOCOL } };

	memcpy(key.namespace, route->namespace, sizeof(key.namespace));
	give_at(&key.given, ROUTE_AT(destination));
	give_at(&key.given, ROUTE_AT(table));
	give_at(&key.given, ROUTE_AT(metric));
	give_at(&key.given, ROUTE_AT(tos));
	give_at(&key.given, ROUTE_AT(protocol));
	if (ROUTE_GIVEN(route, source))
		give_at(&key.given, ROUTE_AT(source));
	return key;
}

int route_find_made(struct netlink *netlink, const struct route *wanted, struct route *ret,
		    struct error *error)
{
	struct route whole = *wanted, key; /* shares the next hops */

	route_choose_family(&whole);
	whole.options.table = route_table(&whole);
	key = route_own_key(&whole);
	return route_find_on(netlink, &key, ret, error);
}

static int route_take_echo(struct netlink *netlink, const struct route_echo *echo,
			   struct route *ret, struct error *error)
{
	if (route_copy(&echo->reader.route, ret, error))
		return -1;
	if (!route_name_devices(netlink, ret, error))
		return 0;
	route_clear(ret);
	return -1;
}

int route_replace(struct netlink *netlink, const struct route *route, struct route *ret,
		  struct error *error)
{
	struct route_echo echo = { 0 };
	int result;

	memcpy(echo.reader.route.namespace, route->namespace, sizeof(route->namespace));
	result = route_send(netlink, NLM_F_REPLACE, route, &echo, error);
	if (!result && echo.heard)
		result = route_take_echo(netlink, &echo, ret, error) ? -1 : 1;
	free(echo.reader.legs);
	return result;
}

static int route_read_back(struct netlink *netlink, const struct route *made,
			   const struct route_echo *echo, struct route *ret,
			   struct error *error)
{
	return echo->heard ? route_take_echo(netlink, echo, ret, error) :
			     route_find_made(netlink, made, ret, error);
}

static int route_removed(const struct nlmsghdr *header, void *context, struct error *error)
{
	(void)error;
	if (header->nlmsg_type == RTM_DELROUTE)
		*(bool *)context = true;
	return 0;
}

/* Exactly this one: everything that the kernel told of it is said again. */
static int route_send_removal(struct netlink *netlink, const struct route *route, bool *heard,
			      struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		route_message(RTM_DELROUTE, NLM_F_ECHO, route, error);

	*heard = false;
	return message ? netlink_request_echo(netlink, message, route_removed, heard, error) :
			 -1;
}

/* What was made and cannot be read is taken away again; why is the error to be told. */
static void route_take_back(struct netlink *netlink, const struct route *route)
{
	struct error ignored;
	bool heard;

	error_clear(&ignored);
	(void)route_send_removal(netlink, route, &heard, &ignored);
}

/* Complete, with indexes of devices. */
static int route_make_complete(struct netlink *netlink, struct route *route, struct route *ret,
			       struct error *error)
{
	struct route_echo echo = { 0 };
	int result;

	if (route_index_devices(netlink, route, error) ||
	    route_check_gateways(netlink, route, error))
		return -1;
	memcpy(echo.reader.route.namespace, route->namespace, sizeof(route->namespace));
	result = route_send(netlink, NLM_F_CREATE | NLM_F_EXCL, route, &echo, error);
	if (!result && route_read_back(netlink, route, &echo, ret, error)) {
		route_take_back(netlink, route);
		result = -1;
	}
	free(echo.reader.legs);
	return result;
}

int route_prepare(const struct route *wanted, struct route *ret, struct error *error)
{
	if (route_copy(wanted, ret, error))
		return -1;
	route_choose_family(ret);
	route_complete(ret);
	return 0;
}

static int route_make(struct netlink *netlink, const struct route *wanted, struct route *ret,
		      struct error *error)
{
	struct route route CLEANUP_ROUTE = { 0 };

	if (route_prepare(wanted, &route, error))
		return -1;
	return route_make_complete(netlink, &route, ret, error);
}

int route_create(struct netops *netops, const struct route *wanted, struct route *ret,
		 struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (namespace_enter_to_make(netops, wanted->namespace, &socket, error))
		return -1;
	return route_make(socket.netlink, wanted, ret, error);
}

/* True if two records of one identity lead the same way. */
static bool route_same_hops(const struct route *a, const struct route *b)
{
	if (a->nexthop_count != b->nexthop_count ||
	    a->options.device.index != b->options.device.index ||
	    a->options.type != b->options.type || a->options.protocol != b->options.protocol ||
	    !ip_equal(&a->options.gateway, &b->options.gateway))
		return false;
	for (size_t i = 0; i < a->nexthop_count; i++) {
		const struct route_nexthop_options *one = &a->nexthops[i].options;
		const struct route_nexthop_options *other = &b->nexthops[i].options;

		if (one->device.index != other->device.index || one->weight != other->weight ||
		    !ip_equal(&one->gateway, &other->gateway))
			return false;
	}
	return true;
}

static int route_remains(const struct route *route, void *context, struct error *error)
{
	const struct route *removed = context;

	if (route->options.metric != removed->options.metric ||
	    route->options.tos != removed->options.tos || !route_same_hops(route, removed) ||
	    !ip_prefix_equal(&route->options.source, &removed->options.source))
		return 0;
	return error_set(error, ERROR_REFUSED, "the kernel said yes and kept the route");
}

int route_verify_gone(struct netlink *netlink, const struct route *route, struct error *error)
{
	const struct route_filter filter = { .family = route->options.destination.family,
					     .table = route->options.table,
					     .type = route->options.type,
					     .destination = route->options.destination };

	return route_scan(netlink, route->namespace, &filter, NULL, route_remains, NULL,
			  (void *)(uintptr_t)route, error);
}

int route_remove(struct netlink *netlink, const struct route *route, struct error *error)
{
	bool heard;

	if (route_send_removal(netlink, route, &heard, error))
		return -1;
	return heard ? 0 : route_verify_gone(netlink, route, error);
}

int route_need_ours(const struct route *route, bool foreign_too, struct error *error)
{
	if (route_is_ours(route) || foreign_too)
		return 0;
	return error_set(error, ERROR_REFUSED,
			 "this route was not made through tunneld (its protocol is %u); "
			 "?foreign=true insists",
			 route->options.protocol);
}

int route_delete(struct netops *netops, const struct route *key, bool foreign_too,
		 struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct route route CLEANUP_ROUTE = { 0 };

	if (namespace_enter_to_find(netops, key->namespace, &socket, error) ||
	    route_find_on(socket.netlink, key, &route, error))
		return -1;
	if (route_need_ours(&route, foreign_too, error))
		return -1;
	return route_remove(socket.netlink, &route, error);
}

int route_delete_known(struct netops *netops, const struct route *route, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (namespace_enter_to_find(netops, route->namespace, &socket, error))
		return -1;
	if (!route_remove(socket.netlink, route, error))
		return 0;
	if (error->number == ESRCH || error->number == ENODEV)
		error->kind = ERROR_ABSENT;
	return -1;
}
