/* Changing an address in place, or a link's list of them. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "netops/address_private.h"
#include "netops/device.h"
#include "netops/member.h"
#include "netops/netlink.h"

/* What a new one would get where nothing is said, so that both say it. */
static struct address address_complete(const struct address *wanted)
{
	struct address address = *wanted;

	if (!ADDRESS_GIVEN(&address, scope))
		address.options.scope = address_natural_scope(&address.options.address);
	give_at(&address.given, offsetof(struct address_options, scope));
	if (ADDRESS_GIVEN(&address, preferred_lifetime_seconds) ||
	    !ADDRESS_GIVEN(&address, valid_lifetime_seconds))
		return address;
	address.options.preferred_lifetime_seconds = address.options.valid_lifetime_seconds;
	give_at(&address.given, offsetof(struct address_options, preferred_lifetime_seconds));
	return address;
}

static bool row_is_key(const struct row *row)
{
	return row->offset == offsetof(struct address_options, address) ||
	       row->offset == offsetof(struct address_options, peer);
}

/* net/ipv4/devinet.c: inet_rtm_newaddr() changes lifetimes and metric, net/ipv6 the flags too. */
static bool row_is_fixed(const struct row *row, uint16_t family)
{
	return row->flags & ROW_CREATE_ONLY ||
	       (family == AF_INET &&
		row->offset == offsetof(struct address_options, no_prefix_route));
}

/* Adds a member for each difference that no change can bring about; true: there are others. */
static bool address_differs(const struct address *current, const struct address *wanted,
			    struct error *error)
{
	bool found = false;
	char pointer[64];

	for (const struct row *row = address_rows; row->name; row++) {
		if (row_is_key(row) || row_settled(row, &wanted->options, &wanted->given,
						   &current->options, &current->given))
			continue;
		found = true;
		snprintf(pointer, sizeof(pointer), "/%s", row->name);
		if (row_is_fixed(row, wanted->options.address.family))
			error_fixed(error, pointer,
				    "the kernel takes it only when the address is made");
	}
	return found;
}

static int address_replace(struct netlink *netlink, const struct address *address,
			   struct error *error)
{
	struct ifaddrmsg header = address_header(address);
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_NEWADDR, NLM_F_REPLACE, &header, sizeof(header), error);

	if (!message)
		return -1;
	if (address_put(message, address) || nla_put_u8(message, IFA_PROTO, address->protocol))
		return error_errno(error, ENOMEM, "building a netlink message");
	if (netlink_request(netlink, message, error))
		return address_explain(netlink, address, error);
	return 0;
}

static int address_remake(struct netlink *netlink, const struct address *current,
			  const struct address *wanted, struct error *error)
{
	struct error ignored;

	if (address_remove(netlink, current, error))
		return -1;
	if (!address_add(netlink, wanted, error))
		return 0;
	error_clear(&ignored);
	(void)address_add(netlink, current, &ignored);
	return -1;
}

static int address_alter(struct netlink *netlink, const struct address *current,
			 const struct address *wanted, bool recreate, struct error *error)
{
	struct address address = address_complete(wanted);

	address.link = current->link;
	address.protocol = current->protocol;
	if (!address_differs(current, &address, error))
		return 0;
	if (!error_verdict(error))
		return address_replace(netlink, &address, error);
	if (!recreate)
		return -1;
	error_clear(error);
	return address_remake(netlink, current, &address, error);
}

/* The peer's length does not stand in a key, the kernel's one length does. */
static int address_read_again(struct netlink *netlink, const struct address *address,
			      struct address *ret, struct error *error)
{
	struct address key = *address;

	key.options.address.prefix_length = address_prefix_length(address);
	return address_read_on(netlink, &key, ret, error);
}

int address_update(struct netops *netops, const struct address *current,
		   const struct address *wanted, bool recreate, struct address *ret,
		   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (namespace_enter(netops, current->namespace, &socket, error) ||
	    address_alter(socket.netlink, current, wanted,
			  recreate && !netlink_rehearses(socket.netlink), error))
		return -1;
	return address_read_again(socket.netlink, wanted, ret, error);
}

static const struct address *address_list_find(const struct address_list *list,
					       const struct address *address)
{
	for (size_t i = 0; i < list->count; i++) {
		if (address_same(&list->items[i], address))
			return &list->items[i];
	}
	return NULL;
}

/* What a link has, had and is to have. now: after the link itself was changed. */
struct altering {
	struct netlink *netlink;
	const struct address_list *from, *to;
	struct address_list now;
};

/* net/ipv6/addrconf.c knows an address by itself, net/ipv4/devinet.c by its network, too. */
static bool address_clashes(const struct address_list *list, const struct address *address)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct address *other = &list->items[i];

		if (ip_equal(&other->options.address, &address->options.address) &&
		    (address->options.address.family == AF_INET6 ||
		     address_prefix_length(other) == address_prefix_length(address)))
			return true;
	}
	return false;
}

/*
 * What stands in the way of a new one goes before it, the rest after it: with
 * the last IPv4 address of a link all its routes would go.
 */
static int address_list_remove(const struct altering *altering, bool clashing,
			       struct error *error)
{
	struct address_list gone CLEANUP_ADDRESS_LIST = { 0 };

	for (size_t i = 0; i < altering->from->count; i++) {
		const struct address *address = &altering->from->items[i];

		if (!address_list_find(altering->to, address) &&
		    address_list_find(&altering->now, address) &&
		    address_clashes(altering->to, address) == clashing &&
		    address_list_add(&gone, address, error))
			return -1;
	}
	return address_remove_list(altering->netlink, &gone, error);
}

/* One of ours that the link lost on its way (down, or an MTU too small for IPv6) is made again. */
static int address_list_make(const struct altering *altering, const struct address *wanted,
			     struct error *error)
{
	const struct address *had = address_list_find(altering->from, wanted);

	if (had && address_list_find(&altering->now, wanted))
		return address_alter(altering->netlink, had, wanted, true, error);
	if (had && !address_is_ours(had))
		return 0;
	return address_add(altering->netlink, wanted, error);
}

int address_list_alter(struct netlink *netlink, const char *namespace,
		       const struct device *link, const struct address_list *from,
		       const struct address_list *to, const char *pointer, struct error *error)
{
	struct altering altering = { .netlink = netlink, .from = from, .to = to };
	struct address_list now CLEANUP_ADDRESS_LIST = { 0 };
	char prefix[64];
	int result;

	if (address_list_read(netlink, namespace, link->index, &now, error))
		return -1;
	altering.now = now;
	result = address_list_remove(&altering, true, error);
	for (size_t i = 0; i < to->count && !result; i++) {
		struct address address = to->items[i];
		unsigned int before = error->member_count;

		memcpy(address.namespace, namespace, strlen(namespace) + 1);
		address.link = *link;
		result = address_list_make(&altering, &address, error);
		snprintf(prefix, sizeof(prefix), "%s/%zu", pointer, i);
		member_prefix(error, before, prefix);
	}
	return result ? result : address_list_remove(&altering, false, error);
}
