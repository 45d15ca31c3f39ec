/* One dump, and a walk over its messages for each link. */
#include "netops/address_held.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/address_private.h"
#include "netops/netlink.h"

enum { HELD_MOST = 128 * 1024 }; /* bytes: some 1,500 addresses */

static int held_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct address_held *held = context;

	if (held->messages.length + header->nlmsg_len > HELD_MOST) {
		held->too_many = true;
		return error_set(error, ERROR_BUSY, "too many addresses to hold");
	}
	buffer_append(&held->messages, header, NLMSG_ALIGN(header->nlmsg_len));
	return held->messages.failed ? error_errno(error, ENOMEM, "reading addresses") : 0;
}

static void held_restart(void *context)
{
	((struct address_held *)context)->messages.length = 0;
}

/* On a socket of its own: one that is given up in the middle is no good afterwards. */
int address_held_read(struct netops *netops, const char *namespace, struct address_held *ret,
		      struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETADDR, 0, &header, sizeof(header), error);

	*ret = (struct address_held){ 0 };
	if (!message || namespace_enter(netops, namespace, &socket, error))
		return -1;
	if (!netlink_dump(socket.netlink, message, held_record, held_restart, ret, error))
		return 0;
	buffer_free(&ret->messages);
	if (!ret->too_many)
		return -1;
	error_clear(error);
	return 0;
}

void address_held_free(struct address_held *held)
{
	buffer_free(&held->messages);
	*held = (struct address_held){ 0 };
}

static int held_ask(struct netlink *netlink, const char *namespace, const struct device *link,
		    struct address_list *ret, struct error *error)
{
	struct address_list list CLEANUP_ADDRESS_LIST = { 0 };

	if (address_list_read(netlink, namespace, link->index, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (address_list_add(ret, &list.items[i], error))
			return -1;
	}
	return 0;
}

static int held_add(const struct nlmsghdr *header, const char *namespace,
		    const struct device *link, struct address_list *ret, struct error *error)
{
	struct address address = { 0 };

	if (!address_parse(header, &address))
		return 0;
	memcpy(address.namespace, namespace, strlen(namespace) + 1);
	address.link = *link;
	address_drop_own_label(&address);
	return address_list_add(ret, &address, error);
}

int address_held_take(const struct address_held *held, struct netlink *netlink,
		      const char *namespace, const struct device *link,
		      struct address_list *ret, struct error *error)
{
	const struct nlmsghdr *header = (const void *)held->messages.data;
	size_t rest = held->messages.length;

	if (held->too_many)
		return held_ask(netlink, namespace, link, ret, error);
	for (; rest;
	     rest -= NLMSG_ALIGN(header->nlmsg_len),
	     header = (const void *)((const char *)header + NLMSG_ALIGN(header->nlmsg_len))) {
		const struct ifaddrmsg *message = nlmsg_data(header);

		if (header->nlmsg_type == RTM_NEWADDR && message->ifa_index == link->index &&
		    held_add(header, namespace, link, ret, error))
			return -1;
	}
	return 0;
}
