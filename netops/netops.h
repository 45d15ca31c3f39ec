/*
 * The root of netops: settings, and the namespaces that we hold sockets in.
 * Opaque, one per process, safe to use from several threads.
 */
#ifndef NETOPS_NETOPS_H
#define NETOPS_NETOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "netops/error.h"

struct netops;

/* Marks that say "ours" in the kernel, so that ownership outlives the agent. */
enum {
	OWNED_PROTOCOL = 0x74, /* routes, addresses: RTPROT and IFA_PROTO */
	OWNED_GROUP = 0x74756e6c, /* links: IFLA_GROUP */
	OWNED_GROUP_GOING = 0x74756e6d, /* those of ours that are just being deleted */
};

/* Starts the helper thread that enters namespaces. The caller frees with netops_close(). */
int netops_open(struct netops **ret, struct error *error);
void netops_close(struct netops *netops);
/* Of libnl. */
const char *netops_library_version(void);

/*
 * A descriptor that has POLLPRI when a mount appears or goes (the owner of the
 * loop watches it, and calls netops_mounts_changed() then): sockets into
 * namespaces that are gone are closed at once, for a held socket keeps a
 * deleted namespace and its devices alive.
 */
int netops_mounts_fd(const struct netops *netops);
void netops_mounts_changed(struct netops *netops);

/*
 * A rehearsal: while it is on, link_update(), route_update(), address_update()
 * and namespace_change() do all but send what changes the kernel. They read and
 * compare as ever, refuse what they can see to be wrong, and return what there
 * still is; what they would have sent is counted. recreate counts as false: what
 * cannot be changed in place is ERROR_FIXED. wanted can then be given to the
 * real call.
 *
 * 0 withheld: the real call would send nothing. More: it would change something,
 * perhaps more than was counted (what a change takes along is made again), and
 * the kernel may still refuse it.
 *
 * Nothing else may be called in a rehearsal that changes the kernel: creating
 * and deleting are not rehearsed. Both functions are for the one thread that
 * changes things; others may read meanwhile, and notice nothing.
 */
void netops_rehearse(struct netops *netops, bool on);
/* How many changes were withheld since it was switched on. */
unsigned int netops_rehearsed(const struct netops *netops);
/*
 * How many were sent since the start, in the same count: whether a call changed
 * anything is told by comparing. For the same thread.
 */
unsigned int netops_changes(const struct netops *netops);

#endif
