/*
 * Adding and removing. Both are verified by looking again: IPv6 addresses can
 * be taken and go nowhere, and IPv4 ones can take others along.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/address_private.h"

struct nl_msg *address_new_message(const struct address *address, struct error *error)
{
	struct ifaddrmsg header = address_header(address);
	struct nl_msg *message = netlink_message(RTM_NEWADDR,
						 NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO,
						 &header, sizeof(header), error);

	if (!message)
		return NULL;
	if (!address_put(message, address) && !nla_put_u8(message, IFA_PROTO, OWNED_PROTOCOL))
		return message;
	nlmsg_free(message);
	error_errno(error, ENOMEM, "building a netlink message");
	return NULL;
}

int address_send(struct netlink *netlink, const struct address *address, netlink_record *record,
		 void *context, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = address_new_message(address, error);

	if (!message)
		return -1;
	if (netlink_request_echo(netlink, message, record, context, error))
		return address_explain(netlink, address, error);
	return 0;
}

int address_add(struct netlink *netlink, const struct address *address, struct error *error)
{
	return address_send(netlink, address, NULL, NULL, error);
}

/* What the kernel would take along with an address, found among those of its link. */
struct address_subnet {
	const struct address *address;
	bool secondary; /* it is no primary one: nothing goes along */
	bool shared;
};

static const struct ip *address_network(const struct address *address)
{
	return ADDRESS_GIVEN(address, peer) ? &address->options.peer :
					      &address->options.address;
}

static int address_subnet_member(const struct address *address, void *context,
				 struct error *error)
{
	struct address_subnet *subnet = context;

	(void)error;
	if (address_same(address, subnet->address))
		subnet->secondary = address->flags & IFA_F_SECONDARY;
	else if (address_prefix_length(address) == address_prefix_length(subnet->address) &&
		 ip_contains(address_network(subnet->address), address_network(address)))
		subnet->shared = true;
	return 0;
}

static void address_subnet_restart(void *context)
{
	struct address_subnet *subnet = context;

	subnet->secondary = subnet->shared = false;
}

/* True if the deletion needs promotion, which is off. */
static int address_takes_along(struct netlink *netlink, const struct address *address,
			       bool *ret, struct error *error)
{
	struct address_subnet subnet = { .address = address };
	bool promotes;

	*ret = false;
	if (address->options.address.family != AF_INET)
		return 0;
	if (address_dump(netlink, address->namespace, address->link.index, AF_INET,
			 address_subnet_member, address_subnet_restart, &subnet, error))
		return -1;
	if (subnet.secondary || !subnet.shared)
		return 0;
	if (address_promotes(netlink, address->link.index, &promotes, error))
		return -1;
	*ret = !promotes;
	return 0;
}

int address_send_removal(struct netlink *netlink, const struct address *address,
			 struct error *error)
{
	struct address only = { .link = address->link, .options = address->options };
	struct ifaddrmsg header;
	struct nl_msg *message CLEANUP_MESSAGE = NULL;

	/* Identity alone; a label would have to fit, too. */
	give_at(&only.given, offsetof(struct address_options, address));
	if (ADDRESS_GIVEN(address, peer))
		give_at(&only.given, offsetof(struct address_options, peer));
	header = address_header(&only);
	message = netlink_message(RTM_DELADDR, 0, &header, sizeof(header), error);
	if (!message)
		return -1;
	if (address_put(message, &only))
		return error_errno(error, ENOMEM, "building a netlink message");
	return netlink_request(netlink, message, error);
}

static int address_remains(const struct address *address, void *context, struct error *error)
{
	const struct address *removed = context;

	if (!address_same(address, removed))
		return 0;
	return error_set(error, ERROR_REFUSED,
			 "the kernel said yes and kept the address on \"%.15s\"",
			 removed->link.name);
}

static int address_verify_removal(struct netlink *netlink, const struct address *address,
				  struct error *error)
{
	struct address removed = *address;

	return address_dump(netlink, address->namespace, address->link.index,
			    address->options.address.family, address_remains, NULL, &removed,
			    error);
}

/* All of one link; promote: secondaries are promoted meanwhile. */
static int address_send_removals(struct netlink *netlink, const struct address *addresses,
				 size_t count, bool promote, struct error *error)
{
	uint32_t link_index = addresses[0].link.index;
	struct error second;
	int result = 0;

	if (promote && address_set_promotes(netlink, link_index, true, error))
		return -1;
	for (size_t i = 0; i < count && !result; i++)
		result = address_send_removal(netlink, &addresses[i], error);
	error_clear(&second);
	if (promote && address_set_promotes(netlink, link_index, false, &second) && !result) {
		*error = second;
		result = -1;
	}
	return result;
}

int address_remove(struct netlink *netlink, const struct address *address, struct error *error)
{
	bool promote;

	if (address_takes_along(netlink, address, &promote, error) ||
	    address_send_removals(netlink, address, 1, promote, error))
		return -1;
	if (netlink_rehearses(netlink))
		return 0;
	return address_verify_removal(netlink, address, error);
}

int address_remove_list(struct netlink *netlink, const struct address_list *list,
			struct error *error)
{
	bool ipv4 = false, promotes = true;

	for (size_t i = 0; i < list->count; i++)
		ipv4 |= list->items[i].options.address.family == AF_INET;
	if (ipv4 && address_promotes(netlink, list->items[0].link.index, &promotes, error))
		return -1;
	return list->count ? address_send_removals(netlink, list->items, list->count, !promotes,
						   error) :
			     0;
}

int address_need_ours(const struct address *address, bool foreign_too, struct error *error)
{
	if (address_is_ours(address) || foreign_too)
		return 0;
	return error_set(error, ERROR_REFUSED,
			 "this address was not made through tunneld; ?foreign=true insists");
}

int address_delete(struct netops *netops, const struct address *key, bool foreign_too,
		   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct address address;

	if (namespace_enter_to_find(netops, key->namespace, &socket, error) ||
	    address_read_on(socket.netlink, key, &address, error))
		return -1;
	if (address_need_ours(&address, foreign_too, error))
		return -1;
	return address_remove(socket.netlink, &address, error);
}
