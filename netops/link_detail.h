/*
 * Everything else that the kernel says of a link: what a table names is read from
 * the link's message and told as plain values, and what it does not name nobody
 * would understand. Groups stand together, the ungrouped first.
 */
#ifndef NETOPS_LINK_DETAIL_H
#define NETOPS_LINK_DETAIL_H

#include "netops/link.h"

enum link_detail_type {
	LINK_DETAIL_NUMBER,
	LINK_DETAIL_BOOL,
	LINK_DETAIL_TEXT,
	LINK_DETAIL_ITEM, /* a text that is one of a list */
};

struct link_detail {
	const char *group; /* NULL: of the link itself */
	const char *name;
	enum link_detail_type type;
	uint64_t number;
	const char *text; /* borrowed until the call returns */
};
typedef void link_detail_told(const struct link_detail *detail, void *context);

/* All that the kernel says of one that was read; one that is only wanted has none. */
void link_details(const struct link *link, link_detail_told *told, void *context);

/*
 * Its counters, in the groups "rx" and "tx", in the order of the kernel; nothing
 * where they were not asked for (link_filter.statistics, link_read_counted()).
 */
void link_statistics(const struct link *link, link_detail_told *told, void *context);
bool link_has_statistics(const struct link *link);

#endif
