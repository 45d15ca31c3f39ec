/* For the tables: a reading that is a dump of netlink. */
#ifndef NETOPS_READING_DUMP_H
#define NETOPS_READING_DUMP_H

#include "netops/namespace.h"
#include "netops/netlink.h"
#include "netops/reading.h"

struct reading_dump {
	struct reading reading; /* first */
	const struct reading_table *table;
	struct netops *netops;
	struct namespace_socket socket;
	struct netlink_cursor cursor;
	char namespace[NAMESPACE_NAME_SIZE];
};

/* What differs. The dump is the first member of what the hooks know. */
struct reading_table {
	size_t size; /* of the whole */
	/*
	 * Asks what has to be known before (names of links), and gives the question in
	 * *ret; NULL: there is nothing to be read. Called again for reading_again().
	 */
	int (*ask)(struct reading_dump *dump, struct netlink *netlink, struct nl_msg **ret,
		   struct error *error);
	/* 1: *ret is told; 0: the message is not to be told; -1. */
	int (*take)(struct reading_dump *dump, const struct nlmsghdr *header, const void **ret,
		    struct error *error);
	/* Does this refusal say that there is nothing? NULL: none does. */
	bool (*is_empty)(const struct error *error);
	void (*free)(struct reading_dump *dump); /* NULL: nothing to free */
	const struct reading_kind *kind;	 /* made of the hooks below; NULL: just them */
};

int reading_dump_next(struct reading *reading, const void **ret, struct error *error);
int reading_dump_again(struct reading *reading, struct error *error);
void reading_dump_free(struct reading *reading);

/* Enters and asks; ERROR_MISSING: no such namespace. setup: fills the rest of the record. */
int reading_dump_open(struct netops *netops, const char *namespace,
		      const struct reading_table *table,
		      void (*setup)(struct reading_dump *dump, const void *context),
		      const void *context, struct reading **ret, struct error *error);

#endif
