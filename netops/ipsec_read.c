/* Reading back: our policies say that it is there, the states they name say what. */
#include <string.h>

#include "netops/ipsec_private.h"

struct reading {
	struct ipsec_direction *direction;
	bool several;
};

static void reading_take(const struct ipsec_direction *found, void *context)
{
	struct reading *reading = context;

	if (reading->direction->given)
		reading->several = true;
	else
		*reading->direction = *found;
}

static void reading_restart(void *context)
{
	struct reading *reading = context;

	*reading->direction = (struct ipsec_direction){ 0 };
	reading->several = false;
}

/* The side's policies into what is known; counts those that are ours. */
static int read_policies(struct netlink *netlink, const struct ipsec_side *side,
			 struct ipsec *ret, unsigned int *count, struct error *error)
{
	struct ipsec_policy policy;

	for (unsigned int i = 0; i < IPSEC_FAMILIES; i++) {
		if (ipsec_policy_find(netlink, side, ipsec_families[i], &policy, error))
			return -1;
		if (!policy.ours)
			continue;
		if (!ret->given_reqid)
			ret->reqid = policy.reqid;
		ret->given_reqid = true;
		*count += policy.reqid == ret->reqid;
	}
	return 0;
}

static int read_all(struct netlink *netlink, const struct ipsec_path *path, bool with_keys,
		    struct ipsec *ret, struct error *error)
{
	struct ipsec_direction *directions[] = { &ret->outbound, &ret->inbound };
	struct ipsec_side sides[IPSEC_SIDES];
	unsigned int policies = 0;

	ipsec_sides(path, sides);
	for (unsigned int i = 0; i < IPSEC_SIDES; i++) {
		if (read_policies(netlink, &sides[i], ret, &policies, error))
			return -1;
	}
	ret->complete = policies == IPSEC_SIDES * IPSEC_FAMILIES;
	for (unsigned int i = 0; i < IPSEC_SIDES && ret->given_reqid; i++) {
		struct reading reading = { .direction = directions[i] };

		if (ipsec_state_list(netlink, &sides[i], ret->reqid, with_keys, reading_take,
				     reading_restart, &reading, error))
			return -1;
		ret->complete &= directions[i]->given && !reading.several;
	}
	return 0;
}

static int read_path(struct netops *netops, const char *namespace,
		     const struct ipsec_path *path, bool with_keys, struct ipsec *ret,
		     bool *found, struct error *error)
{
	struct netlink *netlink CLEANUP_NETLINK = NULL;

	ipsec_clear(ret);
	*found = false;
	if (ipsec_open(netops, namespace, &netlink, error) ||
	    read_all(netlink, path, with_keys, ret, error))
		return -1;
	*found = ret->given_reqid;
	return 0;
}

int ipsec_read(struct netops *netops, const char *namespace, const struct ipsec_path *path,
	       struct ipsec *ret, bool *found, struct error *error)
{
	return read_path(netops, namespace, path, false, ret, found, error);
}

int ipsec_read_keys(struct netops *netops, const char *namespace, const struct ipsec_path *path,
		    struct ipsec *ret, bool *found, struct error *error)
{
	return read_path(netops, namespace, path, true, ret, found, error);
}
