/* What the sources of routes share. */
#ifndef NETOPS_ROUTE_PRIVATE_H
#define NETOPS_ROUTE_PRIVATE_H

#include <linux/rtnetlink.h>

#include "netops/netlink.h"
#include "netops/route.h"

struct link_names;

enum { ROUTE_NEXTHOPS = 512 }; /* what still fits into one message of a dump */

enum { ROUTE_RTT_STEP_US = 125, ROUTE_RTT_VARIANCE_STEP_US = 250 };

#define ROUTE_AT(member) offsetof(struct route_options, member)
#define NEXTHOP_AT(member) offsetof(struct route_nexthop_options, member)

/* Those rows of route_rows that travel in RTA_METRICS: its end. */
const struct row *route_metric_rows(void);

/* True for the types that forward nothing and so have no next hop: blackhole … */
bool route_type_discards(uint32_t type);
/* A member that is not given has the value of the kernel, which is mostly 0. */
uint32_t route_type(const struct route *route);
uint32_t route_table(const struct route *route);
uint32_t route_metric(const struct route *route);

/*
 * Reads messages into one record again and again: the legs' array grows and is
 * used again. Ended by free(legs).
 */
struct route_reader {
	struct route route;
	struct route_nexthop *legs;
	size_t leg_room;
	const struct link_names *names; /* NULL: devices stay without names */
};

/* 1: reader->route is filled; 0: this is no route of ours to tell; -1: out of memory. */
int route_parse(const struct nlmsghdr *header, struct route_reader *reader,
		struct error *error);
/* RTA_METRICS into the record. */
void route_parse_metrics(const struct nlattr *metrics, struct route *route);

/* A deep copy, of which ret is the owner; without what is borrowed. */
int route_copy(const struct route *route, struct route *ret, struct error *error);

/*
 * RTM_NEWROUTE or RTM_DELROUTE with everything that is given. NULL: the error is
 * filled. Indexes of devices are known.
 */
struct nl_msg *route_message(int type, int flags, const struct route *route,
			     struct error *error);
int route_put_metrics(struct nl_msg *message, const struct route *route);
/* Gives table, type, scope and protocol the values that a new route has without them. */
void route_complete(struct route *route);

/*
 * Calls hook for the device of a route and of each of its legs, where there is one, with
 * the pointer of its member ("/nexthops/1/device"), until it fails.
 */
typedef int route_device_hook(struct device *device, const char *pointer, void *context,
			      struct error *error);
int route_each_device(struct route *route, route_device_hook *hook, void *context,
		      struct error *error);
/* Names for the indexes of a record; indexes for its names (ERROR_MISSING with a pointer). */
int route_name_devices(struct netlink *netlink, struct route *route, struct error *error);
int route_index_devices(struct netlink *netlink, struct route *route, struct error *error);
int route_index_device(struct netlink *netlink, struct device *device, const char *namespace,
		       const char *pointer, struct error *error);

/* Is it the gateway of the route, or of a leg? family 0: no matter. */
bool route_gateway_fits(const struct route *route, const struct ip *gateway);

/* The question of a dump, narrowed as far as the kernel can. NULL: the error is filled. */
struct nl_msg *route_dump_message(const struct route_filter *filter, uint32_t device_index,
				  struct error *error);
/* route_dump() without names of devices. */
int route_scan(struct netlink *netlink, const char *namespace,
	       const struct route_filter *filter, const struct link_names *names,
	       route_record *record, void (*restart)(void *context), void *context,
	       struct error *error);
/* A route_record that copies into a struct route_list, and its restart. */
int route_collect(const struct route *route, void *context, struct error *error);
void route_collect_again(void *context);
/* route_reading() for a filter that names a destination, or an address. */
struct reading;
int route_prefix_reading(struct netops *netops, const char *namespace,
			 const struct route_filter *filter, struct reading **ret,
			 struct error *error);
/* route_find() on an open socket. */
int route_find_on(struct netlink *netlink, const struct route *key, struct route *ret,
		  struct error *error);

/* A copy that says all that a new route has. */
int route_prepare(const struct route *wanted, struct route *ret, struct error *error);
/* What became of a new one, where the kernel did not tell. */
int route_find_made(struct netlink *netlink, const struct route *wanted, struct route *ret,
		    struct error *error);
/*
 * In place of the first of its key; devices have their indexes. 1: ret is what became of
 * it; 0: it is done, and the kernel did not tell (in a rehearsal nothing was sent); -1.
 */
int route_replace(struct netlink *netlink, const struct route *route, struct route *ret,
		  struct error *error);
/* Removes exactly this one, as it was read, and verifies it. */
int route_remove(struct netlink *netlink, const struct route *route, struct error *error);
int route_verify_gone(struct netlink *netlink, const struct route *route, struct error *error);

/* A gateway that is one of our own addresses: a wrong member. */
int route_check_gateways(struct netlink *netlink, const struct route *route,
			 struct error *error);
/* False where there is nothing to ask. */
bool route_checks_gateways(const struct route *route);
/* Makes an error of a failed RTM_NEWROUTE readable. Returns -1. */
int route_explain(struct netlink *netlink, const struct route *route, struct error *error);

#endif
