/*
 * The root of netops: settings, and the namespaces that we hold sockets in.
 * Opaque, one per process, safe to use from several threads.
 */
#ifndef NETOPS_NETOPS_H
#define NETOPS_NETOPS_H

#include <stdint.h>

#include "netops/error.h"

struct netops;

/* Marks that say "ours" in the kernel, so that ownership outlives the agent. */
enum {
	OWNED_PROTOCOL = 0x74, /* routes, addresses: RTPROT and IFA_PROTO */
	OWNED_GROUP = 0x74756e6c, /* links: IFLA_GROUP */
};

/* Starts the helper thread that enters namespaces. The caller frees with netops_close(). */
int netops_open(struct netops **ret, struct error *error);
void netops_close(struct netops *netops);

/*
 * A descriptor that has POLLPRI when a mount appears or goes (the owner of the
 * loop watches it, and calls netops_mounts_changed() then): sockets into
 * namespaces that are gone are closed at once, for a held socket keeps a
 * deleted namespace and its devices alive.
 */
int netops_mounts_fd(const struct netops *netops);
void netops_mounts_changed(struct netops *netops);

#endif
