/*
 * A small mirror of the links and addresses of one namespace, kept by the kernel's
 * notifications: it tells whether one of them says anything new, and what, and knows
 * links' names. Of a link the last message is kept, without what counts by itself;
 * of an address a hash. One thread at a time.
 */
#ifndef NETOPS_MIRROR_H
#define NETOPS_MIRROR_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "netops/error.h"
#include "netops/namespace.h"

struct mirror;
struct monitor_record;

enum { MIRROR_MEMBERS_SIZE = 512 };

/* What a notification is, held against what was known. */
enum mirror_news {
	MIRROR_NOTHING, /* exactly as it was */
	MIRROR_UNSEEN,	/* something, but nothing that is shown */
	MIRROR_CREATED,
	MIRROR_CHANGED,
	MIRROR_RENAMED, /* (links) it is known by another URL from now on */
	MIRROR_DELETED,
};

struct mirror_change {
	enum mirror_news news;
	/* Of links, the rest. */
	char url[ERROR_URL_SIZE], old_url[ERROR_URL_SIZE]; /* old: only where it was renamed */
	char name[IFNAMSIZ];
	bool tunnel;
	bool ours;  /* it carries our mark */
	bool state; /* it went up, down, lost or got its carrier */
	bool leads; /* it has a master, whose carrier may follow */
	bool alone; /* no other link shows it, and none's carrier follows it */
	char members[MIRROR_MEMBERS_SIZE]; /* "mtu, status.carrier": those that differ */
};

/* NULL: no memory. */
struct mirror *mirror_new(const char *namespace);
void mirror_free(struct mirror *mirror); /* NULL is legal */

/* What the kernel has now, in place of all that was known. */
int mirror_fill(struct mirror *mirror, struct netops *netops, struct error *error);

/*
 * Takes a record of MONITOR_LINK in. False: no memory, or it was cut; then what is
 * known is not right any more.
 */
bool mirror_take_link(struct mirror *mirror, const struct monitor_record *record,
		      struct mirror_change *ret);
/* The same of MONITOR_ADDRESS; only ret->news is filled. */
bool mirror_take_address(struct mirror *mirror, const struct monitor_record *record,
			 struct mirror_change *ret);

/* The name of a link; "if7" of one that is not known. Borrowed until the next call. */
const char *mirror_name(struct mirror *mirror, uint32_t index);
bool mirror_knows(const struct mirror *mirror, uint32_t index);
/* The index of a link, 0: there is none of that name. */
uint32_t mirror_index(struct mirror *mirror, const char *name);
/* How many links but lo are up. */
unsigned int mirror_links_up(const struct mirror *mirror);
/* True where what is shown of one of the links stands in another namespace. */
bool mirror_reaches_out(const struct mirror *mirror);
/*
 * True where one is down (but lo): then the kernel does not tell of a new alias, group,
 * or setting of its kind, nor of an IPv6 address without duplicate detection. By
 * mirror_ask() the hook is told of all there is of those, as if it were news.
 */
bool mirror_has_quiet(const struct mirror *mirror);
/* The same of one link. */
bool mirror_is_quiet(const struct mirror *mirror, uint32_t index);
bool mirror_link_reaches_out(const struct mirror *mirror, uint32_t index);
int mirror_ask(const struct mirror *mirror, struct netops *netops,
	       void (*hook)(const struct monitor_record *record, void *context), void *context,
	       struct error *error);

#endif
