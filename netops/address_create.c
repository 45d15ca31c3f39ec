/*
 * Making one address or many. What was made is read back without a dump, so that
 * the cost of each does not grow with the link's table: IPv4 echoes its message
 * (NLM_F_ECHO); IPv6 does not, but answers for a single address, and has to be
 * asked anyway: its addresses can be taken and go nowhere.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/address_private.h"
#include "netops/device.h"
#include "netops/member.h"

/* The error that led here is the one to be told. */
static void address_take_back(struct netlink *netlink, const struct address *address)
{
	struct error ignored;

	error_clear(&ignored);
	(void)address_send_removal(netlink, address, &ignored);
}

/* The kernel said yes, and it is not there. */
static int address_lost(const struct address *address, struct error *error)
{
	char text[IP_TEXT_SIZE];

	ip_format(&address->options.address, text);
	return error_set(
		error, ERROR_BUSY,
		"%s was added to \"%.15s\" of \"%.64s\" and taken away by somebody else", text,
		address->link.name, address->namespace);
}

/* What comes back, as a record. */
struct address_echo {
	const struct address *wanted;
	struct address *ret;
	bool heard;
};

static int address_echoed(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct address_echo *echo = context;
	struct address address = { 0 };

	(void)error;
	if (header->nlmsg_type != RTM_NEWADDR || !address_parse(header, &address) ||
	    address.link.index != echo->wanted->link.index ||
	    !address_same(&address, echo->wanted))
		return 0;
	memcpy(address.namespace, echo->wanted->namespace, sizeof(address.namespace));
	address.link = echo->wanted->link;
	address_drop_own_label(&address);
	*echo->ret = address;
	echo->heard = true;
	return 0;
}

/* IPv6 alone has an answer for one address (net/ipv6/addrconf.c: inet6_rtm_getaddr). */
static int address_ask_one(struct netlink *netlink, struct address_echo *echo,
			   struct error *error)
{
	const struct ip *ip = &echo->wanted->options.address;
	struct ifaddrmsg header = { .ifa_family = (uint8_t)ip->family,
				    .ifa_index = echo->wanted->link.index };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETADDR, 0, &header, sizeof(header), error);

	if (!message)
		return -1;
	nla_put(message, IFA_LOCAL, (int)ip_size(ip->family), ip->bytes);
	if (!netlink_get(netlink, message, address_echoed, echo, error) && echo->heard)
		return 0;
	return error->number == ENOMEM ? -1 : address_lost(echo->wanted, error);
}

/* The link's index is filled in. What fails leaves nothing. */
static int address_make(struct netlink *netlink, struct address *address, struct address *ret,
			struct error *error)
{
	struct address_echo echo = { .wanted = address, .ret = ret };
	bool found;

	if (device_index_ask(netlink, &address->link, &found, error))
		return -1;
	if (!found)
		return error_missing(error, "/link",
				     "there is no link \"%.15s\" in namespace \"%.64s\"",
				     address->link.name, address->namespace);
	if (address_send(netlink, address, address_echoed, &echo, error))
		return -1;
	if (echo.heard || !address_ask_one(netlink, &echo, error))
		return 0;
	address_take_back(netlink, address);
	return -1;
}

int address_create(struct netops *netops, const struct address *wanted, struct address *ret,
		   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct address address = *wanted;

	if (namespace_enter_to_make(netops, wanted->namespace, &socket, error))
		return -1;
	return address_make(socket.netlink, &address, ret, error);
}

/* ---- many ---- */

/* Into the namespace of an address, unless the socket is there already. */
static int list_enter(struct netops *netops, const struct address *address,
		      const struct address *before, struct namespace_socket *socket,
		      struct error *error)
{
	if (socket->netlink && !strcmp(address->namespace, before->namespace))
		return 0;
	namespace_leave(socket);
	return namespace_enter_to_make(netops, address->namespace, socket, error);
}

static int list_make(struct netops *netops, const struct address_list *wanted,
		     struct address_list *made, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	for (size_t i = 0; i < wanted->count; i++) {
		struct address address = wanted->items[i], one;

		if (list_enter(netops, &address, i ? &wanted->items[i - 1] : NULL, &socket,
			       error) ||
		    address_make(socket.netlink, &address, &one, error))
			return -1;
		if (!address_list_add(made, &one, error))
			continue;
		address_take_back(socket.netlink, &one);
		return -1;
	}
	return 0;
}

/*
 * The last one first: what the kernel would take along with a primary address,
 * its secondaries, came after it.
 */
static void list_undo(struct netops *netops, const struct address_list *made)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	const struct address *before = NULL;
	struct error ignored;

	for (size_t i = made->count; i--;) {
		const struct address *address = &made->items[i];

		error_clear(&ignored);
		if (!list_enter(netops, address, before, &socket, &ignored))
			address_take_back(socket.netlink, address);
		before = address;
	}
}

/* The one in the way may be an item of the list, which is gone by now: then it is said so. */
static void list_name_twin(const struct address_list *made, struct error *error)
{
	char url[ERROR_URL_SIZE];

	for (size_t i = 0; i < made->count && error->conflict[0]; i++) {
		address_url(&made->items[i], url);
		if (strcmp(url, error->conflict))
			continue;
		error->conflict[0] = '\0';
		error_set(error, ERROR_EXISTS,
			  "the list has this address twice: item /%zu is the other", i);
	}
}

int address_create_list(struct netops *netops, const struct address_list *wanted,
			struct address_list *ret, struct error *error)
{
	*ret = (struct address_list){ 0 };
	if (!list_make(netops, wanted, ret, error))
		return 0;
	list_undo(netops, ret);
	list_name_twin(ret, error);
	member_of_item(error, ret->count);
	address_list_free(ret);
	return -1;
}
