/*
 * Everything else that the kernel says of a link: what a table names is read from
 * the link's message and told as plain values, and what it does not name nobody
 * would understand. Groups stand together, the ungrouped first.
 */
#ifndef NETOPS_LINK_DETAIL_H
#define NETOPS_LINK_DETAIL_H

#include "netops/detail.h"
#include "netops/link.h"

/* All that the kernel says of one that was read; one that is only wanted has none. */
void link_details(const struct link *link, detail_told *told, void *context);

/*
 * Its counters, in the groups "rx" and "tx", in the order of the kernel; nothing
 * where they were not asked for (link_filter.statistics, link_read_counted()).
 */
void link_statistics(const struct link *link, detail_told *told, void *context);
bool link_has_statistics(const struct link *link);

#endif
