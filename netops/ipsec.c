/*
 * Six steps make a tunnel's IPsec: four policies, then two states. Policies
 * come first and go last, because they bear the mark of ownership: after a
 * crash anywhere in between, removing still finds what was made.
 */
#include "netops/ipsec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netops/ipsec_private.h"
#include "netops/netops_private.h"

enum { POLICIES = IPSEC_SIDES * IPSEC_FAMILIES, STEPS = POLICIES + IPSEC_SIDES };

enum {
	REMOVE_BATCH = 16,
	REMOVE_ROUNDS = 64, /* batches of states; somebody may go on adding */
};

const uint16_t ipsec_families[IPSEC_FAMILIES] = { AF_INET, AF_INET6 };

struct making {
	struct netlink *netlink;
	struct ipsec_side sides[IPSEC_SIDES];
	const struct ipsec_direction *directions[IPSEC_SIDES];
	uint32_t reqid;
};

void ipsec_sides(const struct ipsec_path *path, struct ipsec_side sides[IPSEC_SIDES])
{
	sides[0] = (struct ipsec_side){ .name = "outbound",
					.direction = XFRM_POLICY_OUT,
					.source = path->local,
					.destination = path->remote,
					.mark = path->output_key };
	sides[1] = (struct ipsec_side){ .name = "inbound",
					.direction = XFRM_POLICY_IN,
					.source = path->remote,
					.destination = path->local,
					.mark = path->input_key };
}

static int ipsec_open_inside(void *context, struct error *error)
{
	if (!netlink_open(NETLINK_XFRM, context, error))
		return 0;
	if (error->number != EPROTONOSUPPORT)
		return -1;
	return error_set(error, ERROR_UNSUPPORTED,
			 "this kernel has no IPsec (CONFIG_XFRM_USER)");
}

int ipsec_open(struct netops *netops, const char *namespace, struct netlink **ret,
	       struct error *error)
{
	if (namespace_run(netops, namespace, ipsec_open_inside, ret, error))
		return -1;
	netlink_rehearse(*ret, &netops->rehearsal);
	netlink_set_home(*ret, netops);
	return 0;
}

void ipsec_close(struct netlink **netlink)
{
	netlink_close(*netlink);
}

/* The sentence for a policy that has the key already. */
static int ipsec_taken(const struct ipsec_side *side, const struct ipsec_policy *policy,
		       struct error *error)
{
	char source[IP_TEXT_SIZE], destination[IP_TEXT_SIZE], whose[2 * IP_TEXT_SIZE + 32] = "";

	ip_format(&policy->source, source);
	ip_format(&policy->destination, destination);
	if (policy->source.family)
		snprintf(whose, sizeof(whose), ", for packets from %s to %s", source,
			 destination);
	return error_set(error, ERROR_EXISTS,
			 "the namespace has an IPsec policy for the %s key %u already%s, %s; "
			 "each tunnel with IPsec needs keys of its own",
			 side->direction == XFRM_POLICY_OUT ? "output" : "input", side->mark,
			 whose,
			 policy->priority == IPSEC_PRIORITY ? "made for a tunnel" :
							      "not made by this agent");
}

static int ipsec_free_keys(struct making *making, struct error *error)
{
	struct ipsec_policy policy;

	for (unsigned int i = 0; i < POLICIES; i++) {
		const struct ipsec_side *side = &making->sides[i / IPSEC_FAMILIES];

		if (ipsec_policy_find(making->netlink, side, ipsec_families[i % IPSEC_FAMILIES],
				      &policy, error))
			return -1;
		if (policy.found)
			return ipsec_taken(side, &policy, error);
	}
	return 0;
}

static int ipsec_step(struct making *making, unsigned int step, struct error *error)
{
	unsigned int index = step < POLICIES ? step / IPSEC_FAMILIES : step - POLICIES;
	const struct ipsec_side *side = &making->sides[index];
	struct ipsec_policy policy = { .priority = IPSEC_PRIORITY };

	if (step >= POLICIES)
		return ipsec_state_add(making->netlink, side, making->reqid,
				       making->directions[index], error);
	if (!ipsec_policy_add(making->netlink, side, ipsec_families[step % IPSEC_FAMILIES],
			      making->reqid, error))
		return 0;
	/* Somebody was quicker than the look before. */
	return error->number == EEXIST ? ipsec_taken(side, &policy, error) : -1;
}

/* By the mark and the selector, which nobody else can have had since the step. */
static void ipsec_unstep(struct making *making, unsigned int step)
{
	unsigned int index = step < POLICIES ? step / IPSEC_FAMILIES : step - POLICIES;
	const struct ipsec_side *side = &making->sides[index];
	struct error ignored;

	error_clear(&ignored);
	if (step < POLICIES)
		(void)ipsec_policy_remove(making->netlink, side,
					  ipsec_families[step % IPSEC_FAMILIES], 0, &ignored);
	else
		(void)ipsec_state_remove(making->netlink, side, making->directions[index]->spi,
					 &ignored);
}

static int ipsec_make(struct making *making, struct error *error)
{
	for (unsigned int step = 0; step < STEPS; step++) {
		if (!ipsec_step(making, step, error))
			continue;
		while (step--)
			ipsec_unstep(making, step);
		return -1;
	}
	return 0;
}

static int ipsec_check_ends(const struct ipsec_path *path, struct error *error)
{
	if (ip_is_any(&path->local))
		error_member(error, "/local", "required",
			     "IPsec needs both ends of the tunnel");
	if (ip_is_any(&path->remote))
		error_member(error, "/remote", "required",
			     "IPsec needs both ends of the tunnel");
	else if (path->local.family != path->remote.family)
		error_member(error, "/remote", "family", "both ends must be of one family");
	return error_verdict(error);
}

int ipsec_create(struct netops *netops, const char *namespace, const struct ipsec_path *path,
		 const struct ipsec *ipsec, struct error *error)
{
	struct netlink *netlink CLEANUP_NETLINK = NULL;
	struct making making = { .directions = { &ipsec->outbound, &ipsec->inbound },
				 .reqid = ipsec_reqid(ipsec, path) };

	if (ipsec_check(ipsec, path, "/ipsec", error) || ipsec_check_ends(path, error) ||
	    ipsec_open(netops, namespace, &netlink, error))
		return -1;
	making.netlink = netlink;
	ipsec_sides(path, making.sides);
	/* In a rehearsal those that would have been removed before are still there. */
	if (!netlink_rehearses(netlink) && ipsec_free_keys(&making, error))
		return -1;
	return ipsec_make(&making, error);
}

struct batch {
	uint32_t spis[REMOVE_BATCH];
	unsigned int count;
};

static void batch_add(const struct ipsec_direction *found, void *context)
{
	struct batch *batch = context;

	if (batch->count < REMOVE_BATCH)
		batch->spis[batch->count++] = found->spi;
}

static void batch_empty(void *context)
{
	((struct batch *)context)->count = 0;
}

static int ipsec_remove_states(struct netlink *netlink, const struct ipsec_side *side,
			       uint32_t reqid, struct error *error)
{
	struct batch batch = { .count = REMOVE_BATCH };

	for (int i = 0; i < REMOVE_ROUNDS && batch.count == REMOVE_BATCH; i++) {
		batch.count = 0;
		if (ipsec_state_list(netlink, side, reqid, false, batch_add, batch_empty,
				     &batch, error))
			return -1;
		for (unsigned int j = 0; j < batch.count; j++) {
			if (ipsec_state_remove(netlink, side, batch.spis[j], error))
				return -1;
		}
	}
	return 0;
}

static int ipsec_remove_side(struct netlink *netlink, const struct ipsec_side *side,
			     struct error *error)
{
	struct ipsec_policy policy;

	for (unsigned int i = 0; i < IPSEC_FAMILIES; i++) {
		uint16_t family = ipsec_families[i];

		if (ipsec_policy_find(netlink, side, family, &policy, error))
			return -1;
		if (!policy.ours)
			continue;
		if (ipsec_remove_states(netlink, side, policy.reqid, error) ||
		    ipsec_policy_remove(netlink, side, family, policy.index, error))
			return -1;
	}
	return 0;
}

int ipsec_remove(struct netops *netops, const char *namespace, const struct ipsec_path *path,
		 struct error *error)
{
	struct netlink *netlink CLEANUP_NETLINK = NULL;
	struct ipsec_side sides[IPSEC_SIDES];

	ipsec_sides(path, sides);
	if (ipsec_open(netops, namespace, &netlink, error) ||
	    ipsec_remove_side(netlink, &sides[0], error))
		return -1;
	return ipsec_remove_side(netlink, &sides[1], error);
}
