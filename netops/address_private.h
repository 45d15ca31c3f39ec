/* What the sources of addresses share. */
#ifndef NETOPS_ADDRESS_PRIVATE_H
#define NETOPS_ADDRESS_PRIVATE_H

#include <linux/if_addr.h>

#include "netops/address.h"
#include "netops/netlink.h"

/* One RTM_NEWADDR into a record; namespace and link.name are the caller's. */
bool address_parse(const struct nlmsghdr *header, struct address *ret);

/* Header and attributes of an address; -1: the message is full. */
struct ifaddrmsg address_header(const struct address *address);
int address_put(struct nl_msg *message, const struct address *address);

/* RT_SCOPE_… that follows from the address alone. */
uint32_t address_natural_scope(const struct ip *address);

/*
 * promote_secondaries of a link (ip-sysctl), by netlink, so that no namespace
 * has to be entered.
 */
int address_promotes(struct netlink *netlink, uint32_t link_index, bool *ret,
		     struct error *error);
int address_set_promotes(struct netlink *netlink, uint32_t link_index, bool on,
			 struct error *error);

/* address_read() on an open socket. */
int address_read_on(struct netlink *netlink, const struct address *key, struct address *ret,
		    struct error *error);
/* RTM_NEWADDR with our mark, to be echoed where the kernel does. */
struct nl_msg *address_new_message(const struct address *address, struct error *error);
/* address_add() whose echo, if there is one, goes to record. */
int address_send(struct netlink *netlink, const struct address *address, netlink_record *record,
		 void *context, struct error *error);
/* A label that is the link's name says nothing: it is not given. */
void address_drop_own_label(struct address *address);
/*
 * address_remove() for several of one link, without looking at each: secondaries
 * are promoted meanwhile. At the first failure the rest stays.
 */
int address_remove_list(struct netlink *netlink, const struct address_list *list,
			struct error *error);
/* The one message; what it would take along is the caller's to know. */
int address_send_removal(struct netlink *netlink, const struct address *address,
			 struct error *error);

/* Makes an error of a failed RTM_NEWADDR readable. Returns -1. */
int address_explain(struct netlink *netlink, const struct address *address,
		    struct error *error);

#endif
