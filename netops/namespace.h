/*
 * Network namespaces: "host" is the one the agent runs in, the others are the
 * nsfs files below /run/netns, shared with ip-netns(8) in both directions.
 */
#ifndef NETOPS_NAMESPACE_H
#define NETOPS_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "netops/inside.h"
#include "netops/netops.h"

struct netlink;

enum { NAMESPACE_NAME_SIZE = 256 }; /* a file name; what we make has at most 64 bytes */

#define NAMESPACE_DIR "/run/netns"
#define NAMESPACE_HOST "host"
/* Names that begin so are of namespaces that are thrown away again; no list has them. */
#define NAMESPACE_TRIAL ".tunneld-trial-"

/* What is in it; routes and neighbours are not counted, for there may be a million. */
enum { NAMESPACE_KINDS = 32 };
struct namespace_counts {
	uint32_t links, tunnels; /* tunnels are links, too */
	uint32_t addresses, rules;
	unsigned int kind_count; /* of links that have one */
	struct {
		char name[32];
		uint32_t count;
	} kinds[NAMESPACE_KINDS];
	int32_t nsid; /* the number that host has for it, -1: none */
};

/* A namespace as clients see it. given_…: said by the request. */
struct namespace
{
	char name[NAMESPACE_NAME_SIZE];
	bool forwarding_ipv4, forwarding_ipv6;
	bool given_ipv4, given_ipv6;
	uint64_t cookie; /* SO_NETNS_COOKIE: unique for one boot; status only */
	bool counted;
	struct namespace_counts counts; /* if counted; status only */
};

/* ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$ and not host, all, default: what may be made. */
bool namespace_name_valid(const char *name);

/*
 * A socket in a namespace, for this caller alone until it is given back.
 * ERROR_MISSING without such a namespace (callers that address the namespace
 * itself turn it into ERROR_ABSENT). Release takes NULL.
 */
int namespace_socket(struct netops *netops, const char *name, struct netlink **ret,
		     struct error *error);
void namespace_release(struct netops *netops, struct netlink *netlink);

struct namespace_socket {
	struct netops *netops;
	struct netlink *netlink;
};
/* A local that gives its socket back by itself: see namespace_enter(). */
#define CLEANUP_SOCKET __attribute__((cleanup(namespace_leave)))
int namespace_enter(struct netops *netops, const char *name, struct namespace_socket *ret,
		    struct error *error);
void namespace_leave(struct namespace_socket *socket);
/*
 * For who may hold it for long: when the namespace is deleted the socket is cut
 * (netlink_cut()), as it would keep the namespace and its devices alive.
 */
void namespace_may_cut(const struct namespace_socket *socket);

/*
 * The same for those who know what the namespace is to the request: what a new
 * object needs (ERROR_MISSING at "/namespace"), or a part of an object's key
 * (ERROR_ABSENT).
 */
int namespace_enter_to_make(struct netops *netops, const char *name,
			    struct namespace_socket *ret, struct error *error);
int namespace_enter_to_find(struct netops *netops, const char *name,
			    struct namespace_socket *ret, struct error *error);
/* Gives an ERROR_MISSING that has no pointer yet the pointer "/namespace". Returns -1. */
int namespace_needed(const char *name, struct error *error);

/* An open descriptor of the namespace's file, to be closed by the caller; -1 fills the error. */
int namespace_open(const char *name, struct error *error);

/* Runs work inside (see inside_run()). */
int namespace_run(struct netops *netops, const char *name, inside_work *work, void *context,
		  struct error *error);

int namespace_exists(const char *name, bool *ret, struct error *error);

/* Calls each for host first, then for the others in order of their names. */
typedef int namespace_each(const char *name, void *context, struct error *error);
int namespace_list(namespace_each *each, void *context, struct error *error);

/* Removes those of NAMESPACE_TRIAL that a crash has left. */
void namespace_sweep_trials(struct netops *netops);

/* Fills ret, forwarding and cookie read from the kernel. ERROR_MISSING if there is none. */
int namespace_read(struct netops *netops, const char *name, struct namespace *ret,
		   struct error *error);
/* ERROR_MISSING if there is none. */
int namespace_count(struct netops *netops, const char *name, struct namespace_counts *ret,
		    struct error *error);
/* The number that host has for it, or -1; none is given. */
int namespace_number(struct netops *netops, const char *name, int32_t *ret,
		     struct error *error);
/* Makes it as ip-netns does, brings lo up, sets what is given; all or nothing. */
int namespace_create(struct netops *netops, const struct namespace *wanted,
		     struct error *error);
/* Sets what differs; what wanted does not say is off, as in a new one. */
int namespace_change(struct netops *netops, const struct namespace *current,
		     const struct namespace *wanted, struct error *error);
/* Unmounts, removes the name, closes our sockets in it. */
int namespace_delete(struct netops *netops, const char *name, struct error *error);
/*
 * Removes the empty file that is left where somebody died between making it and
 * mounting the namespace onto it, or between unmounting and removing it.
 */
int namespace_sweep(const char *name, struct error *error);

/*
 * The name of the namespace that netlink's one knows by this number
 * (RTM_GETNSID; IFLA_LINK_NETNSID), or "" if no name is known.
 */
int namespace_name_of_id(struct netops *netops, struct netlink *netlink, int32_t id,
			 char ret[NAMESPACE_NAME_SIZE], struct error *error);
/* The number that netlink's namespace has for another; one is given where there is none. */
int namespace_id_of_name(struct netlink *netlink, const char *name, int32_t *ret,
			 struct error *error);

#endif
