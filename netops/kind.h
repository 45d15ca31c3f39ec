/*
 * A kind of link is one constant record, in a file of its own in kinds/, listed
 * in kind.c. What differs between kinds is data (rows) or a hook here; nobody
 * else compares names of kinds.
 */
#ifndef NETOPS_KIND_H
#define NETOPS_KIND_H

#include "netops/link.h"

struct kind {
	const char *name;	  /* iproute2's word, and ours */
	const char *netlink_name; /* IFLA_INFO_KIND */
	bool tunnel;
	bool ethernet;		     /* has a MAC address of its own */
	int outer_protocol;	     /* of those that user space can carry, else 0 */
	bool resets;		     /* a change resets what it does not name, the MTU too */
	const struct row *tables[3]; /* rows of IFLA_INFO_DATA; ended by NULL */
	const struct row *outer;     /* rows of its own beside IFLA_LINKINFO, or NULL */
	const char *fallback;	     /* the device the module brings along, or NULL */
	/* Where a kernel shows that it has the kind, without loading anything. */
	const char *module, *symbol, *config;
	/* What no single row can say. */
	void (*check)(const struct link *link, struct error *error);
	/* True if a link whose netlink_name fits is of this kind; NULL: always. */
	bool (*claims)(struct nlattr *const *data, unsigned int max);
	/* Adds to IFLA_INFO_DATA what no row holds. */
	int (*put)(struct nl_msg *message, const struct link *link, struct error *error);
	/* After the link is made (and before it is up): what takes more than a message. */
	int (*finish)(const struct link_call *call, const struct link *wanted,
		      struct error *error);
	/* Reads back what finish made, into link. */
	int (*read)(const struct link_call *call, struct link *link, struct error *error);
	bool read_is_silent; /* what it reads changes without a notification */
	/* Before a change: reads what only a change needs, secrets and the like. */
	int (*load)(const struct link_call *call, struct link *link, struct error *error);
	/* Makes what finish made of from into what it would make of to; nothing where they agree. */
	int (*alter)(const struct link_call *call, const struct link *from,
		     const struct link *to, struct error *error);
	/* After the link is deleted: takes away what survives it. */
	int (*remove)(const struct link_call *call, const struct link *link,
		      struct error *error);
};

/* All kinds that can be made; ended by NULL. */
extern const struct kind *const kinds[];

/* By our name, or NULL. */
const struct kind *kind_find(const char *name);
/* By what the kernel reports, or NULL. */
const struct kind *kind_of(const char *netlink_name, struct nlattr *const *data,
			   unsigned int max);

/* Rows that several kinds share (kinds/shared_rows.c). */
extern const struct row iptun_rows[]; /* IFLA_IPTUN_…: ipip, sit, isatap */
extern const struct row gre_rows[];   /* IFLA_GRE_…: gre, gretap (kinds/gre.c) */
extern const struct row lower_rows[]; /* IFLA_LINK: vlan, macvlan */
extern const struct row_word encapsulation_words[];

/* Checks that several kinds share (kinds/shared_checks.c). */
void check_endpoints(const struct link *link, struct error *error);
void check_unicast_remote(const struct link *link, struct error *error);
void check_external(const struct link *link, struct error *error);
void check_encapsulation(const struct link *link, struct error *error);
void check_gre(const struct link *link, struct error *error);

#endif
