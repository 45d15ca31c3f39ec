/* What the sources of neighbours share. */
#ifndef NETOPS_NEIGHBOR_PRIVATE_H
#define NETOPS_NEIGHBOR_PRIVATE_H

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "netops/neighbor.h"
#include "netops/netlink.h"

#define NEIGHBOR_AT(member) offsetof(struct neighbor_options, member)

/* Bits of a row, and of flags: NTF_… of the header, and behind them those of NDA_FLAGS_EXT. */
enum { NEIGHBOR_EXT_SHIFT = 8 };

/* The states through which the kernel's own cache goes. */
enum {
	NEIGHBOR_STAYS = NUD_PERMANENT | NUD_NOARP,
	NEIGHBOR_HAS_MAC = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE,
};

/* True if the kernel resolves it itself. */
bool neighbor_is_managed(const struct neighbor *neighbor);
/* True if the kernel decides on its state, and may on its link-layer address. */
bool neighbor_runs(const struct neighbor *neighbor);

/* What a link is to its neighbours. */
struct neighbor_link {
	struct device device; /* index 0: there is none */
	uint32_t flags;	      /* if.h: IFF_… */
	struct link_address own, broadcast;
};
/* By device.name; ret->device.index is 0 where there is no such link. */
int neighbor_link_ask(struct netlink *netlink, const char *name, struct neighbor_link *ret,
		      struct error *error);
/* What only the link knows: how long a link-layer address is, and whether there can be any. */
int neighbor_check_link(const struct neighbor *neighbor, const struct neighbor_link *link,
			struct error *error);
/* True for what the kernel made or learned by itself. */
bool neighbor_is_cache(const struct neighbor *neighbor, const struct neighbor_link *link);

/* False: this is no neighbour of IPv4 or IPv6. Namespace and link.name are the caller's. */
bool neighbor_parse(const struct nlmsghdr *message, struct neighbor *ret);
/* RTM_NEWNEIGH with all that is given, RTM_DELNEIGH or RTM_GETNEIGH of its identity. */
struct nl_msg *neighbor_message(int type, int flags, const struct neighbor *neighbor,
				struct error *error);

/* On an open socket, link.index known; ERROR_ABSENT. */
int neighbor_ask(struct netlink *netlink, const struct neighbor *key, struct neighbor *ret,
		 struct error *error);
int neighbor_absent(const struct neighbor *key, struct error *error);
/* Makes an error of a failed RTM_NEWNEIGH readable. Returns -1. */
int neighbor_explain(const struct neighbor *neighbor, struct error *error);

#endif
