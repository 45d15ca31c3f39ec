/* What the sources of the mirror share. */
#ifndef NETOPS_MIRROR_PRIVATE_H
#define NETOPS_MIRROR_PRIVATE_H

#include "netops/mirror.h"
#include "netops/netlink.h"

/* Names of what differs between two messages of one link, and what else came of it. */
void mirror_compare(const char *namespace, const struct nlmsghdr *before,
		    const struct nlmsghdr *after, struct mirror_change *ret);

const char *mirror_namespace(const struct mirror *mirror);
/* Is this link one of those of mirror_has_quiet()? */
bool mirror_is_quiet(const struct mirror *mirror, uint32_t index);
/* Forgets all. */
void mirror_clear(struct mirror *mirror);

#endif
