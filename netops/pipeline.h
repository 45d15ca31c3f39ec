/*
 * Many addresses or neighbours at once: the messages of those that follow each other in one
 * namespace leave together (netops/netlink_batch.h), and what became of them is asked for
 * together. All are made, or none.
 */
#ifndef NETOPS_PIPELINE_H
#define NETOPS_PIPELINE_H

#include "netops/namespace.h"
#include "netops/netlink.h"
#include "netops/row.h"

/* How the records that are made in this way begin. */
struct pipeline_record {
	char namespace[NAMESPACE_NAME_SIZE];
	struct device link;
};

/* What a sort of records is made by. Of a record its link's index is known, but to prepare(). */
struct pipeline_way {
	size_t size;	   /* of a record */
	size_t known_size; /* of what is kept of the last link that was asked for; 0 is none */
	/* Gives it what a new one has unsaid, and the index of its link; checks what the link says. */
	int (*prepare)(struct netlink *netlink, void *record, void *known, struct error *error);
	/* True for one that is made by itself, behind the others; NULL: none is. */
	bool (*is_apart)(const void *record);
	struct nl_msg *(*creation)(const void *record, struct error *error);
	/* True for a refusal behind which it is made by itself; may be NULL. */
	bool (*forgives)(const struct error *error);
	int (*make_apart)(struct netlink *netlink, const void *record, struct error *error);
	/* Asks for it, and whether a message tells that it is as it is to be: then it is read. */
	struct nl_msg *(*question)(const void *record, struct error *error);
	bool (*told)(const struct nlmsghdr *header, void *record);
	/* The same by itself; the error says what is wrong with it. */
	int (*verify)(struct netlink *netlink, void *record, struct error *error);
	/* Makes the kernel's refusal readable; -1. */
	int (*explain)(struct netlink *netlink, const void *record, struct error *error);
	void (*take_back)(struct netlink *netlink, const void *record);
	void (*url)(const void *record, char ret[ERROR_URL_SIZE]);
	const char *noun;
};

struct netops;
/*
 * Records have passed the checks that need no kernel. ret is what the kernel has then.
 * ret_failed: whose error it is; count: none is to blame.
 */
int pipeline_create(struct netops *netops, const struct pipeline_way *way, void *const *wanted,
		    void *const *ret, size_t count, size_t *ret_failed, struct error *error);

#endif
