/*
 * The monitor hears from the kernel what changes in the namespaces that are
 * watched: links, addresses, rules, and routes and neighbours that carry our mark;
 * those of others (a routing daemon's, what is learned all the time) are kept back
 * by the kernel itself.
 *
 * What it tells is a reason to look, not a state: of a link that goes down, or
 * loses its last address, the kernel takes all IPv4 routes along without a word,
 * and a loss of carrier changes their flags without one. Of proxies it says nothing
 * at all.
 *
 * Watching, forgetting and reading are one thread's at a time; another may call
 * monitor_mounts_changed() and monitor_signal() meanwhile.
 */
#ifndef NETOPS_MONITOR_H
#define NETOPS_MONITOR_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "netops/error.h"
#include "netops/netops.h"

struct monitor;

enum monitor_subject {
	MONITOR_LINK,
	MONITOR_ADDRESS,
	MONITOR_ROUTE,
	MONITOR_RULE,
	MONITOR_NEIGHBOR,
	MONITOR_NEXTHOP,    /* an object of its own that routes name by number */
	MONITOR_FORWARDING, /* or another setting of the whole namespace */
	MONITOR_NAMESPACE,
};

/* What is heard beside links, addresses, rules, and what carries our mark. */
enum monitor_extent {
	MONITOR_ALL_ROUTES = 1, /* and next hops */
	MONITOR_ALL_NEIGHBORS = 2,
};

struct nlmsghdr;

struct monitor_record {
	const char *namespace; /* as it was watched; borrowed for the call */
	enum monitor_subject subject;
	bool gone; /* deleted, else new or changed */
	uint32_t
		index; /* of the link, or of the address's, neighbour's, or kernel's route's; else 0 */
	char name[IFNAMSIZ]; /* of the link; else "" */
	bool by_us;	/* a socket of this process asked for it, as far as the kernel says */
	bool marked;	/* (routes, neighbours) it carries our mark */
	bool by_kernel; /* (routes) it was made for an address or a link */
	bool aside;	/* (links) it says only what a bridge thinks of a port */
	/* (MONITOR_FORWARDING) Of which family; -1: it is about another setting. */
	int forwarding, family;
	bool cut; /* the message was longer than what is received */
	/* The message itself, borrowed for the call; NULL: there is none. */
	const struct nlmsghdr *message;
	/* Records of one number were there before the first of them was handed over. */
	uint32_t batch;
	/*
	 * (MONITOR_NAMESPACE) Something was missed: all of the namespace is to be
	 * read again. It comes when the kernel has begun to tell everything anew.
	 */
	bool lost;
};

/* The caller frees with monitor_close(), before netops is closed. NULL is legal there. */
int monitor_open(struct netops *netops, struct monitor **ret, struct error *error);
void monitor_close(struct monitor *monitor);

/*
 * One descriptor for the monitor's whole life, readable while something waits.
 * In an outer epoll set with EPOLLET too: it becomes readable anew for what a
 * call of monitor_read() has left.
 */
int monitor_fd(const struct monitor *monitor);

/*
 * What happens there from now on waits for the reader. ERROR_MISSING if there
 * is no such namespace. Again is legal, and is the way to go on after one was
 * replaced by another of its name: the record of that one's end comes first.
 */
int monitor_watch(struct monitor *monitor, const char *namespace, struct error *error);
/*
 * From now on it is heard there what extent (of enum monitor_extent) says, of what
 * happens from then on. Only of a namespace that is watched.
 */
int monitor_extend(struct monitor *monitor, const char *namespace, int extent,
		   struct error *error);
/* What waits of it is dropped. An unknown one is legal. */
void monitor_forget(struct monitor *monitor, const char *namespace);

/*
 * To be called when mounts have changed (netops_mounts_fd()): the sockets in
 * namespaces whose mount is gone, or is another's now, are closed at once, for
 * they would keep them and their devices alive. A record of MONITOR_NAMESPACE
 * with gone waits for the reader; then it is watched no more.
 */
void monitor_mounts_changed(struct monitor *monitor);

/*
 * Hands over what waits: of each namespace in the order of its changes, ends of
 * namespaces first, and at most some thousands per call. Never blocks. The hook
 * must not call the monitor.
 */
typedef void monitor_hook(const struct monitor_record *record, void *context);
void monitor_read(struct monitor *monitor, monitor_hook *hook, void *context);
/* The same with at most so many batches of 64; true: nothing is left. */
bool monitor_read_some(struct monitor *monitor, int batches, monitor_hook *hook, void *context);
/* Whoever waits for the descriptor is woken. Any thread. */
void monitor_signal(struct monitor *monitor);

#endif
