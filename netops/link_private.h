/* What the sources of link_*.c and the kinds share. */
#ifndef NETOPS_LINK_PRIVATE_H
#define NETOPS_LINK_PRIVATE_H

#include <linux/rtnetlink.h>

#include "netops/kind.h"
#include "netops/netlink.h"

/* A request for a dump of links; NULL fills the error. */
struct nl_msg *link_dump_message(struct error *error);

/* What the kernel says of one link, by name or (name NULL) by index. ERROR_ABSENT. No addresses. */
int link_get(struct netlink *netlink, const char *namespace, const char *name, uint32_t index,
	     struct link *ret, struct error *error);

/* Fills link from a message; false for what is no link. */
bool link_parse(const struct nlmsghdr *header, const char *namespace, struct link *link);

/* True for a kind that runs over something which may be in another namespace. */
bool link_has_underlay(const struct link *link);
/* What takes a question to the kernel beyond the link's own message: first the underlay's name. */
int link_read_underlay(const struct link_call *call, struct link *link, struct error *error);
int link_read_rest(const struct link_call *call, struct link *link, struct error *error);

/* link_read() on an open socket; call->index becomes the link's. */
int link_read_on(struct link_call *call, const char *namespace, const char *name,
		 struct link *ret, struct error *error);
/* A socket for what is addressed by URL: ERROR_ABSENT without such a namespace. */
int link_enter(struct netops *netops, const char *namespace, struct namespace_socket *ret,
	       struct error *error);
/* True for the errors of asking about what went away since it was heard of. */
bool link_vanished(const struct error *error);

/* Names of devices to indexes, each where it lives; prefix: of pointers ("" or "/peer"). */
int link_resolve(struct netops *netops, struct link *link, const char *prefix,
		 struct error *error);
/* The message that makes a link whose devices are resolved; NULL fills the error. */
struct nl_msg *link_build(struct netlink *netlink, const struct link *link,
			  struct error *error);
/* The outer attributes of a new link: name, group, the rows of every link. */
int link_put_outer(struct nl_msg *message, const struct link *link);
/* One that changes the link of this index, without anything yet; NULL fills the error. */
struct nl_msg *link_change_message(uint32_t index, struct error *error);
/* IFLA_INFO_DATA, within IFLA_LINKINFO: the rows of the kind, and its put hook. */
int link_put_data(struct nl_msg *message, const struct link *link, struct error *error);

/* Namespaces are there, devices have their indexes, a peer's namespace is open: to be released. */
int link_prepare(struct netops *netops, struct link *link, struct error *error);
void link_release(struct link *link);

/* By index, or by name where that is 0. */
int link_remove(struct netlink *netlink, uint32_t index, const char *name, struct error *error);

/* After the link is made: alias, master, up. Pointers begin with pointer. */
int link_settle(const struct link_call *call, const struct link *wanted, const char *pointer,
		struct error *error);
/*
 * And then, for an IPv6 address that waits for a link to come up may lose the
 * route to its peer.
 */
int link_add_addresses(const struct link_call *call, const struct link *wanted,
		       const char *pointer, struct error *error);
/* Its master as options.master says, index 0: none. */
int link_settle_master(const struct link_call *call, const struct link *wanted,
		       const char *pointer, struct error *error);
int link_set_master(struct netlink *netlink, uint32_t index, uint32_t master,
		    struct error *error);
int link_set_up(struct netlink *netlink, uint32_t index, bool up, struct error *error);

/* Adds an ERROR_FIXED member for each difference that no change can bring about. */
int link_check_fixed(const struct link *current, const struct link *wanted,
		     struct error *error);
/* One link from what it is to what is wanted, in place: see link_update(). */
int link_alter(const struct link_call *call, const struct link *from, const struct link *to,
	       struct error *error);

/*
 * Namespace and name of the link below (IFLA_LINK with IFLA_LINK_NETNSID):
 * 1, or 0 where that cannot be known, or -1 with the error filled.
 */
int link_lower_name(const struct link_call *call, const struct link *link,
		    char namespace[NAMESPACE_NAME_SIZE], char name[IFNAMSIZ],
		    struct error *error);

/* Turns a refused create into what a person needs: the object in the way, the kind, the member. */
int link_explain(struct netops *netops, struct netlink *netlink, const struct link *wanted,
		 const struct nlmsghdr *request, struct error *error);
/* The same of a refused change. */
int link_explain_change(struct netops *netops, const struct link *wanted,
			const struct nlmsghdr *request, struct error *error);

#endif
