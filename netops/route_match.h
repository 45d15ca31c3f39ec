/*
 * The routes of one prefix of a table, without a dump where that is sure to be
 * complete: the kernel's look-up (RTM_GETROUTE with RTM_F_FIB_MATCH) costs the same
 * in a table of any size, but shows the best route only.
 */
#ifndef NETOPS_ROUTE_MATCH_H
#define NETOPS_ROUTE_MATCH_H

#include "netops/netlink.h"
#include "netops/route.h"

/* Whether the filter names one prefix (the default of one family is one) and one table. */
bool route_match_exact(const struct route_filter *filter, struct ip *ret);

/*
 * netlink_dump() of routes. Where the filter names one prefix, record is called at
 * least for all of its routes, with messages like those of a dump, and in one of
 * three ways:
 *
 * - By a look-up, where the prefix is known to have no second route (another metric,
 *   another tos, appended) or none at all, as route_index.h tells of large tables
 *   that are asked again, and where the look-up shows the very one: not where
 *   longer prefixes cover it, rules keep packets from the table, its device is down,
 *   where it discards packets, or has several next hops of IPv6.
 * - By a dump of the whole table that makes such an index.
 * - By the dump that `dump` is, narrowed as far as the kernel can.
 */
int route_match(struct netlink *netlink, const char *namespace,
		const struct route_filter *filter, struct nl_msg *dump, netlink_record *record,
		void (*restart)(void *context), void *context, struct error *error);

/*
 * Asks for the route that the namespace's rules and tables have for an address:
 * record is called for it. ERROR_KERNEL: there is none, or one that discards.
 */
int route_match_address(struct netlink *netlink, const struct ip *address,
			netlink_record *record, void *context, struct error *error);

#endif
