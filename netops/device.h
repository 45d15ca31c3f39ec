/* From the index of a link, which the kernel speaks of, to the name that clients know. */
#ifndef NETOPS_DEVICE_H
#define NETOPS_DEVICE_H

#include "netops/netlink.h"
#include "netops/row.h"

struct link_names;

/*
 * Fills in the name for device->index out of a map of the namespace. A link
 * that came after the map was read is called "if7", as ip-link(8) does.
 */
void device_name(struct device *device, const struct link_names *names);

/* The same by one question to the kernel. */
int device_name_ask(struct netlink *netlink, struct device *device, struct error *error);

/*
 * The index for device->name. False if there is no such link: the caller knows
 * what that means. -1 only on failure.
 */
int device_index_ask(struct netlink *netlink, struct device *device, bool *ret,
		     struct error *error);

#endif
