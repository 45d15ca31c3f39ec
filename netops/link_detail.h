/*
 * Everything else that the kernel says of a link: what a table names is read from
 * the link's message and told as plain values, and what it does not name nobody
 * would understand. Groups stand together, the ungrouped first.
 */
#ifndef NETOPS_LINK_DETAIL_H
#define NETOPS_LINK_DETAIL_H

#include "netops/detail.h"
#include "netops/link.h"

/*
 * All that the kernel says of one that was read; one that is only wanted has none.
 * running: also what changes without a word, like timers and how much is learned.
 */
void link_details(const struct link *link, bool running, detail_told *told, void *context);

/* Its counters, in the groups "rx" and "tx", as they were when it was read. */
void link_statistics(const struct link *link, detail_told *told, void *context);

#endif
