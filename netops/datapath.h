/*
 * Tunnels of kinds that the kernel lacks: a TUN device of the tunnel's name, whose packets
 * a process of their own, tunneld-datapath, wraps and unwraps. It is started when the
 * first one is needed, outlives the agent, and is started anew where it dies. What it
 * serves is described by the bytes of IFLA_LINKINFO, and these stand in the place
 * of the kernel's wherever the device is read: so nothing above link_parse() differs.
 */
#ifndef NETOPS_DATAPATH_H
#define NETOPS_DATAPATH_H

#include <stdbool.h>

#include "netops/error.h"
#include "netops/netops.h"

struct kind;
struct link;

/* What a client may ask for (the member "datapath"), and what there is. */
enum datapath_choice { DATAPATH_AUTO, DATAPATH_KERNEL, DATAPATH_USERSPACE };

/* Of all tunnels together, since the agent's start. */
enum { DATAPATH_REASONS = 9 };
struct datapath_figures {
	uint64_t up, restarts, tunnels;
	uint64_t drops[DATAPATH_REASONS];
};

struct datapath_settings {
	const char *program; /* NULL: beside the agent's own file, else where it is installed */
	const char *installed;
	const char
		*folder; /* its socket is here: the agent's state folder, which nobody shares */
};

/* Finds the process and its tunnels again, if it runs. To be called once, before any other work. */
int datapath_open(struct netops *netops, const struct datapath_settings *settings,
		  struct error *error);

/* True if user space can carry tunnels of this kind at all. */
bool datapath_knows(const struct kind *kind);
/* And if this machine lets it: else why is told, in words for people. */
bool datapath_possible(const struct netops *netops, const char **ret_why);

/*
 * The kernel takes IPv6 addresses from a link that goes down, and gives its own tunnels theirs
 * again when they come up. link is as it was listed, with all addresses.
 */
void datapath_tend(struct netops *netops, const struct link *link);
void datapath_figures(struct netops *netops, struct datapath_figures *ret);
/* Why packets were dropped, in a word. */
const char *datapath_reason(unsigned int number);
/* What links in user space tell of their statistics from now on is of now. */
void datapath_refresh(struct netops *netops);

#endif
