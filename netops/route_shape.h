/*
 * Routes of a large table differ mostly in nothing but their destination. Those that
 * do have one shape: the first is taken apart, and of the others only the
 * destination is looked at. A shape is the message without its destination, byte
 * by byte, so that nothing which a message can say is overlooked.
 */
#ifndef NETOPS_ROUTE_SHAPE_H
#define NETOPS_ROUTE_SHAPE_H

#include "netops/route_private.h"

struct route_shapes;

/* NULL: out of memory. */
struct route_shapes *route_shapes_new(const char *namespace);
/* Before a dump: forgets all, and counts on. names (may be NULL) are borrowed. */
void route_shapes_begin(struct route_shapes *shapes, const struct link_names *names);
void route_shapes_free(struct route_shapes *shapes);

/*
 * Like route_parse(): 1, and *ret with its shape is borrowed until the next call;
 * 0: no route of ours to tell, or fits says no; -1. fits is asked once for all of a
 * shape, so it must not look at the destination.
 */
int route_shapes_take(struct route_shapes *shapes, const struct nlmsghdr *header,
		      bool (*fits)(const struct route *route,
				   const struct route_filter *filter),
		      const struct route_filter *filter, const struct route **ret,
		      struct error *error);

#endif
