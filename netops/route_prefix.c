/*
 * The routes of one prefix are few, and there is one that is best for an address:
 * they are fetched when the reading is opened, by a look-up where that will do, and
 * no table is left open.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/reading.h"
#include "netops/route_match.h"
#include "netops/route_private.h"

struct route_prefix {
	struct reading reading; /* first */
	struct netops *netops;
	char namespace[NAMESPACE_NAME_SIZE];
	const struct route_filter *filter;
	struct route_list list;
	size_t next;
};

static int prefix_fetch(struct route_prefix *prefix, struct netlink *netlink, uint16_t family,
			struct error *error)
{
	struct route_filter filter = *prefix->filter;
	struct route_list list CLEANUP_ROUTE_LIST = { 0 };

	filter.family = family;
	if (route_scan(netlink, prefix->namespace, &filter, NULL, route_collect,
		       route_collect_again, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		struct route *one = route_list_add(&prefix->list, error);

		if (!one || route_name_devices(netlink, &list.items[i], error))
			return -1;
		*one = list.items[i]; /* given away, with its next hops */
		list.items[i] = (struct route){ 0 };
	}
	return 0;
}

/* The best of those that were heard: longest first, then the lowest metric, the first one. */
static int contains_compare(const struct route *route, void *context, struct error *error)
{
	struct route_prefix *prefix = context;
	const struct ip *address = &prefix->filter->contains;
	const struct ip *destination = &route->options.destination;
	struct route *best = prefix->list.count ? prefix->list.items : NULL;

	/* A look-up without a tos passes over those that have one. */
	if (!ip_contains(destination, address) ||
	    (ROUTE_GIVEN(route, tos) && route->options.tos) || ROUTE_GIVEN(route, source))
		return 0;
	if (best && (best->options.destination.prefix_length > destination->prefix_length ||
		     (best->options.destination.prefix_length == destination->prefix_length &&
		      route_metric(best) <= route_metric(route))))
		return 0;
	route_list_free(&prefix->list);
	return route_collect(route, &prefix->list, error);
}

static void contains_again(void *context)
{
	route_list_free(&((struct route_prefix *)context)->list);
}

/* What was looked up counts where it is of the table that is asked for. */
static int contains_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct route_prefix *prefix = context;
	uint32_t table = prefix->filter->table;
	struct route_reader reader = { .names = NULL };
	int parsed = route_parse(header, &reader, error);

	memcpy(reader.route.namespace, prefix->namespace, sizeof(prefix->namespace));
	if (parsed > 0 && (!table || reader.route.options.table == table))
		parsed = route_collect(&reader.route, &prefix->list, error);
	free(reader.legs);
	return parsed < 0 ? -1 : 0;
}

/* The rules say which table has the look-up's answer; a table by itself is dumped where it has not. */
static int contains_look_up(struct route_prefix *prefix, struct netlink *netlink,
			    struct error *error)
{
	const struct ip *address = &prefix->filter->contains;
	const struct route_filter table = { .family = address->family,
					    .table = prefix->filter->table };

	if (route_match_address(netlink, address, contains_heard, prefix, error)) {
		if (error->kind != ERROR_KERNEL)
			return -1;
		error_clear(error);
	}
	if (prefix->list.count || !table.table)
		return 0;
	return route_scan(netlink, prefix->namespace, &table, NULL, contains_compare,
			  contains_again, prefix, error);
}

/* The other filters narrow what it is, not what it is chosen from. */
static int contains_fetch(struct route_prefix *prefix, struct netlink *netlink,
			  struct error *error)
{
	struct route_filter filter = *prefix->filter;

	if ((filter.family && filter.family != filter.contains.family) ||
	    contains_look_up(prefix, netlink, error))
		return error->kind ? -1 : 0;
	if (!prefix->list.count)
		return 0;
	if (route_name_devices(netlink, prefix->list.items, error))
		return -1;
	filter.contains.family = 0;
	if (!route_fits(prefix->list.items, &filter))
		route_list_free(&prefix->list);
	return 0;
}

/* A default route of no family is one of each. */
static int prefix_again(struct reading *reading, struct error *error)
{
	struct route_prefix *prefix = (struct route_prefix *)reading;
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	const struct route_filter *filter = prefix->filter;

	route_list_free(&prefix->list);
	prefix->next = 0;
	if (namespace_enter(prefix->netops, prefix->namespace, &socket, error))
		return -1;
	if (filter->contains.family)
		return contains_fetch(prefix, socket.netlink, error);
	if (filter->family || !filter->with_default)
		return prefix_fetch(prefix, socket.netlink, filter->family, error);
	return prefix_fetch(prefix, socket.netlink, AF_INET, error) ||
			       prefix_fetch(prefix, socket.netlink, AF_INET6, error) ?
		       -1 :
		       0;
}

static int prefix_next(struct reading *reading, const void **ret, struct error *error)
{
	struct route_prefix *prefix = (struct route_prefix *)reading;

	(void)error;
	if (prefix->next == prefix->list.count)
		return 0;
	*ret = &prefix->list.items[prefix->next++];
	return 1;
}

static void prefix_free(struct reading *reading)
{
	route_list_free(&((struct route_prefix *)reading)->list);
	free(reading);
}

int route_prefix_reading(struct netops *netops, const char *namespace,
			 const struct route_filter *filter, struct reading **ret,
			 struct error *error)
{
	static const struct reading_kind kind = { .next = prefix_next,
						  .again = prefix_again,
						  .free = prefix_free };
	struct route_prefix *prefix = calloc(1, sizeof(*prefix));

	if (!prefix)
		return error_errno(error, ENOMEM, "reading routes");
	prefix->reading.kind = &kind;
	prefix->netops = netops;
	prefix->filter = filter;
	memcpy(prefix->namespace, namespace, strnlen(namespace, NAMESPACE_NAME_SIZE - 1));
	if (!prefix_again(&prefix->reading, error)) {
		*ret = &prefix->reading;
		return 0;
	}
	prefix_free(&prefix->reading);
	return -1;
}
