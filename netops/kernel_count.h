/*
 * What was said with the kernel over netlink, counted: for GET /metrics. Written by
 * whoever speaks and read by anybody, so all figures are atomic, and relaxed: they
 * order nothing. NULL is legal where a count is to be made: nobody wants it.
 */
#ifndef NETOPS_KERNEL_COUNT_H
#define NETOPS_KERNEL_COUNT_H

#include <stdatomic.h>
#include <stdint.h>

#include "netops/netops.h"

/* What a message is about. */
enum kernel_subject {
	KERNEL_LINK,
	KERNEL_ADDRESS,
	KERNEL_ROUTE,
	KERNEL_NEIGHBOR,
	KERNEL_RULE,
	KERNEL_IPSEC,
	KERNEL_OTHER,
	KERNEL_SUBJECTS,
};

/* What is to be done with it. */
enum kernel_verb {
	KERNEL_SET, /* make or change */
	KERNEL_DELETE,
	KERNEL_GET,
	KERNEL_DUMP,
	KERNEL_VERBS,
};

enum { KERNEL_ERRNOS = 134 }; /* asm-generic/errno.h: up to EHWPOISON; 0: another one */

struct kernel_counts {
	_Atomic uint64_t requests[KERNEL_SUBJECTS][KERNEL_VERBS];
	_Atomic uint64_t notifications[KERNEL_SUBJECTS];
	_Atomic uint64_t errors[KERNEL_ERRNOS];
	_Atomic uint64_t interrupted; /* dumps under which the table changed */
	_Atomic uint64_t overruns;    /* of sockets that hear: the kernel had to drop */
	_Atomic uint64_t resyncs;     /* namespaces that were to be read again for that */
};

extern const char *const kernel_subject_names[KERNEL_SUBJECTS];
extern const char *const kernel_verb_names[KERNEL_VERBS];

/* NULL of NULL. */
struct kernel_counts *netops_counts(struct netops *netops);

struct nlmsghdr;
/* A message of a protocol (NETLINK_ROUTE …) that leaves. */
void kernel_count_request(struct kernel_counts *counts, int protocol,
			  const struct nlmsghdr *header);
/* One of rtnetlink that came by itself. */
void kernel_count_notification(struct kernel_counts *counts, const struct nlmsghdr *header);
void kernel_count_error(struct kernel_counts *counts, int number);

static inline void kernel_count(_Atomic uint64_t *figure)
{
	atomic_fetch_add_explicit(figure, 1, memory_order_relaxed);
}

#endif
