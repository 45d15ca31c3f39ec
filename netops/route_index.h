/*
 * What is known of a table beyond its dump: which of its prefixes have one route
 * at most. The kernel's look-up shows the best route of a prefix and never says
 * whether there are more; with this it is sure that there are none.
 *
 * No route is kept, only hashes of prefixes: a filter that knows for sure what a
 * table does not have, and the few prefixes that have, or may have, several.
 * They are taken from one whole dump, and kept by a socket that hears what is
 * added since. It is read when somebody asks, so that without questions nothing
 * is done; when too much has happened meanwhile the knowledge is dropped.
 */
#ifndef NETOPS_ROUTE_INDEX_H
#define NETOPS_ROUTE_INDEX_H

#include <linux/netlink.h>

#include "netops/ip.h"
#include "netops/netops.h"

struct route_index;
struct route_indexes; /* of all tables: a few, the least used of which gives way */

struct route_index_key {
	const char *namespace;
	uint16_t family;
	uint32_t table;
};

enum route_index_answer {
	ROUTE_INDEX_UNKNOWN, /* nobody needs to know, so far */
	ROUTE_INDEX_WANTED,  /* a whole dump of the table would tell */
	ROUTE_INDEX_SEVERAL, /* may have more than one */
	ROUTE_INDEX_ONE,     /* at most */
	ROUTE_INDEX_NONE,
};

/* How many routes a prefix has now: all that was added before the call counts. */
enum route_index_answer route_index_ask(struct netops *netops,
					const struct route_index_key *key,
					const struct ip *prefix);

/* A dump of the table took so long that knowing would pay; it told so many routes. */
void route_index_want(struct netops *netops, const struct route_index_key *key, size_t count);

/*
 * Before a dump of the whole table: NULL if there is no way (then the dump is
 * all there is). Each message of the dump follows, restart() where it begins
 * again, and one of the last two, which both end its use.
 */
struct route_index *route_index_begin(struct netops *netops, const struct route_index_key *key);
void route_index_hear(struct route_index *index, const struct nlmsghdr *header);
void route_index_restart(struct route_index *index);
void route_index_keep(struct netops *netops, struct route_index *index);
void route_index_discard(struct route_index *index);

/* NULL without memory. */
struct route_indexes *route_indexes_open(void);
/* Those of namespaces that are gone, or all: their sockets keep namespaces alive. */
void route_indexes_close(struct route_indexes *indexes, bool all);
void route_indexes_free(struct route_indexes *indexes);

/* The prefix and the table of a RTM_NEWROUTE or RTM_DELROUTE; false: of none that counts. */
bool route_message_prefix(const struct nlmsghdr *header, struct ip *ret, uint32_t *ret_table);

#endif
