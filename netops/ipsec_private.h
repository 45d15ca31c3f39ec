/* What the sources of ipsec share: the terms of the kernel, linux/xfrm.h. */
#ifndef NETOPS_IPSEC_PRIVATE_H
#define NETOPS_IPSEC_PRIVATE_H

#include <linux/xfrm.h>

#include "netops/ipsec.h"
#include "netops/netlink.h"

enum { IPSEC_SIDES = 2, IPSEC_FAMILIES = 2 };

/* One direction of a tunnel. */
struct ipsec_side {
	const char *name;	       /* of its member */
	uint8_t direction;	       /* XFRM_POLICY_OUT … */
	struct ip source, destination; /* of the outer packets */
	uint32_t mark;
};

/* AF_INET and AF_INET6: what may be inside. */
extern const uint16_t ipsec_families[IPSEC_FAMILIES];

/* Out first. */
void ipsec_sides(const struct ipsec_path *path, struct ipsec_side sides[IPSEC_SIDES]);

/* An XFRM socket in the namespace, to be closed by the caller. */
int ipsec_open(struct netops *netops, const char *namespace, struct netlink **ret,
	       struct error *error);
#define CLEANUP_NETLINK __attribute__((cleanup(ipsec_close)))
void ipsec_close(struct netlink **netlink);

/* A policy that stands for a side's mark and this family inside; the selector is any. */
struct ipsec_policy {
	bool found;
	bool ours; /* made by us for this side: priority and ends fit */
	uint32_t priority, index, reqid;
	struct ip source, destination; /* of its template; no family without one */
};

int ipsec_policy_find(struct netlink *netlink, const struct ipsec_side *side, uint16_t family,
		      struct ipsec_policy *ret, struct error *error);
int ipsec_policy_add(struct netlink *netlink, const struct ipsec_side *side, uint16_t family,
		     uint32_t reqid, struct error *error);
int ipsec_policy_remove(struct netlink *netlink, const struct ipsec_side *side, uint16_t family,
			uint32_t index, struct error *error);

int ipsec_state_add(struct netlink *netlink, const struct ipsec_side *side, uint32_t reqid,
		    const struct ipsec_direction *direction, struct error *error);
/* ESRCH is success: it is not there. */
int ipsec_state_remove(struct netlink *netlink, const struct ipsec_side *side, uint32_t spi,
		       struct error *error);

/* Called for each state that a template of this side and reqid names; keys only on request. */
typedef void ipsec_state_each(const struct ipsec_direction *found, void *context);
int ipsec_state_list(struct netlink *netlink, const struct ipsec_side *side, uint32_t reqid,
		     bool with_keys, ipsec_state_each *each, void (*restart)(void *context),
		     void *context, struct error *error);

/* Turns the kernel's refusal of a state into what the client did wrong. */
int ipsec_state_explain(const struct ipsec_side *side, const struct ipsec_direction *direction,
			struct error *error);

xfrm_address_t ipsec_address(const struct ip *ip);

#endif
