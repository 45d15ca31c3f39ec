/* What the sources of the mirror share. */
#ifndef NETOPS_MIRROR_PRIVATE_H
#define NETOPS_MIRROR_PRIVATE_H

#include "netops/buffer.h"
#include "netops/mirror.h"
#include "netops/netlink.h"

enum { MIRROR_NAMED = 256 };

struct mirror_link {
	uint32_t index, flags;
	uint32_t lower, master; /* indexes; 0: none */
	char name[IFNAMSIZ];
	bool reaches_out, quiet;
	bool paired; /* the other one shows it */
	struct buffer message;
};

struct mirror_address {
	uint64_t key, value;
	bool runs; /* it ends some time */
};

struct mirror {
	char namespace[NAMESPACE_NAME_SIZE];
	char unknown[IFNAMSIZ];
	uint32_t named[MIRROR_NAMED]; /* indexes, by the names that were asked for last */
	struct mirror_link *links;
	size_t count, room;
	unsigned int up, outward, quiet;  /* how many of them are that */
	struct mirror_address *addresses; /* in the order of their keys */
	size_t address_count, address_room;
};

/* Names of what differs between two messages of one link, and what else came of it. */
void mirror_compare(const char *namespace, const struct nlmsghdr *before,
		    const struct nlmsghdr *after, struct mirror_change *ret);

/* NULL: it is not known. */
struct mirror_link *mirror_find(const struct mirror *mirror, uint32_t index);
/* See struct mirror_change. */
bool mirror_is_alone(const struct mirror *mirror, const struct mirror_link *link);
/* Forgets all. */
void mirror_clear(struct mirror *mirror);

#endif
