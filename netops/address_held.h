/*
 * The addresses of all links of a namespace, for who goes through its links: held as
 * the kernel tells them, which is a few times smaller than records are. Where they are
 * too many they are not held, and each link is asked for its own.
 */
#ifndef NETOPS_ADDRESS_HELD_H
#define NETOPS_ADDRESS_HELD_H

#include "netops/address.h"
#include "netops/buffer.h"

/* Zeroed is empty. */
struct address_held {
	struct buffer messages;
	bool too_many;
};

int address_held_read(struct netops *netops, const char *namespace, struct address_held *ret,
		      struct error *error);
void address_held_free(struct address_held *held);

/*
 * Adds those of one link to a list, on an open socket of the namespace. ERROR_KERNEL
 * with ENODEV where the link has gone.
 */
int address_held_take(const struct address_held *held, struct netlink *netlink,
		      const char *namespace, const struct device *link,
		      struct address_list *ret, struct error *error);

#endif
