/* One index, for those who keep them. */
#ifndef NETOPS_ROUTE_INDEX_PRIVATE_H
#define NETOPS_ROUTE_INDEX_PRIVATE_H

#include "netops/hash_set.h"
#include "netops/netops_private.h"
#include "netops/route_index.h"

struct route_index {
	char namespace[NAMESPACE_NAME_SIZE];
	struct namespace_identity identity;
	uint16_t family;
	uint32_t table;
	int fd;			  /* -1: it is only wanted */
	bool broken;		  /* something is missing: good for nothing */
	bool building;		  /* what is heard happened while the dump ran */
	uint64_t last;		  /* of the dump: the prefix before */
	size_t count;		  /* of routes; where it is wanted: at least so many */
	struct hash_filter known; /* what the table has, or has had */
	struct hash_set several;  /* had more than one when the dump was made */
	struct hash_set doubted;  /* got one when there may have been one */
	uint64_t used;		  /* when it was last asked for; who asks counts */
	struct route_index *next;
};

/* An inside_work: opens the socket. */
int route_index_listen(void *context, struct error *error);
/* The dump is through. False: it is worth nothing. */
bool route_index_complete(struct route_index *index);
enum route_index_answer route_index_of(struct route_index *index, const struct ip *prefix);

#endif
