/*
 * Many requests at once: they leave in few buffers, each with a number of its
 * own, and only the last of a buffer is acknowledged where it succeeds. The
 * kernel does them in their order, and goes on behind one that it refuses.
 */
#ifndef NETOPS_NETLINK_BATCH_H
#define NETOPS_NETLINK_BATCH_H

#include <stddef.h>

#include "netops/netlink.h"

enum netlink_fate {
	NETLINK_UNSENT,	 /* the kernel has not seen it */
	NETLINK_UNKNOWN, /* it has, and its answer was lost: done or not */
	NETLINK_DONE,
	NETLINK_REFUSED,
};

struct netlink_batch {
	/* Message number index; the batch frees it. NULL with the error filled ends it. */
	struct nl_msg *(*message)(size_t index, void *context, struct error *error);
	/* What the kernel tells of it (NLM_F_ECHO), before it says that it is done; may be NULL. */
	int (*echo)(size_t index, const struct nlmsghdr *header, void *context,
		    struct error *error);
	/* True for a refusal that is none, for what is to go is gone; may be NULL. */
	bool (*forgives)(const struct error *error);
	void *context;
};

/*
 * All of them, or up to the first refusal and those that left together with it.
 * ret_fates has room for count and is filled in any case. ret_failed: the first
 * that was refused, whose error this is (count: another failure). In a rehearsal
 * nothing is sent, and all is done.
 */
int netlink_batch(struct netlink *netlink, const struct netlink_batch *batch, size_t count,
		  unsigned char *ret_fates, size_t *ret_failed, struct error *error);

#endif
