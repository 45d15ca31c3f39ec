/* A cable with two ends, each in a namespace of its own: drivers/net/veth.c. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <stdlib.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/kind.h"
#include "netops/link_private.h"
#include "netops/member.h"

static void veth_check(const struct link *link, struct error *error)
{
	const struct link *peer = link->peer;

	if (!peer && link->changes)
		return; /* it may be where nobody sees it */
	if (!peer) {
		error_member(error, "/peer", "required",
			     "a veth has two ends: name the other one in \"peer\"");
		return;
	}
	if (!strcmp(peer->namespace, link->namespace) && !strcmp(peer->name, link->name))
		error_member(error, "/peer/name", "same",
			     "both ends cannot have one name in one namespace");
}

/* The other end's part of the message; its group is its own, too. */
static int veth_put(struct nl_msg *message, const struct link *link, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nlattr *nest = nla_nest_start(message, VETH_INFO_PEER);

	if (!nest || nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) ||
	    link_put_outer(message, link->peer) ||
	    nla_put_u32(message, IFLA_NET_NS_FD, (uint32_t)link->peer_namespace_fd))
		return error_errno(error, ENOBUFS, "building a netlink message");
	nla_nest_end(message, nest);
	return 0;
}

static int veth_finish(const struct link_call *call, const struct link *wanted,
		       struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call other = { .netops = call->netops };

	if (namespace_enter(call->netops, wanted->peer->namespace, &socket, error))
		return -1;
	other.netlink = socket.netlink;
	if (link_index_of(other.netlink, wanted->peer->name, &other.index, error))
		return -1;
	if (!other.index)
		return error_set(error, ERROR_BUSY,
				 "link \"%s\" was made and taken away by somebody else",
				 wanted->peer->name);
	if (link_settle(&other, wanted->peer, "/peer", error))
		return -1;
	/* No end is up before the other one is. */
	if (wanted->options.up && link_set_up(call->netlink, call->index, true, error))
		return -1;
	return link_add_addresses(&other, wanted->peer, "/peer", error);
}

/* The name of the far end: an index in a namespace that the kernel knows by number. */
static int veth_read(const struct link_call *call, struct link *link, struct error *error)
{
	char namespace[NAMESPACE_NAME_SIZE];
	int found;

	if (!link->peer) {
		link->peer = calloc(1, sizeof(*link->peer));
		if (!link->peer)
			return error_errno(error, ENOMEM, "reading the other end of a veth");
		link_init(link->peer);
	}
	found = link_lower_name(call, link, namespace, link->peer->name, error);
	if (found < 0)
		return -1;
	memcpy(link->peer->namespace, namespace, sizeof(namespace));
	if (!found) {
		link_clear(link->peer);
		free(link->peer);
		link->peer = NULL;
	}
	return 0;
}

static int veth_load(const struct link_call *call, struct link *link, struct error *error)
{
	struct link peer CLEANUP_LINK = LINK_EMPTY;

	if (!link->peer)
		return 0;
	if (link_read(call->netops, link->peer->namespace, link->peer->name, &peer, error))
		return -1;
	link_clear(link->peer);
	*link->peer = peer;
	link_init(&peer); /* it was given away */
	return 0;
}

static int veth_alter(const struct link_call *call, const struct link *from,
		      const struct link *to, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call other = { .netops = call->netops };
	unsigned int before = error->member_count;

	if (!from->peer || !to->peer)
		return 0;
	if (namespace_enter(call->netops, to->peer->namespace, &socket, error))
		return -1;
	other.netlink = socket.netlink;
	other.index = from->peer->status.index;
	if (!link_alter(&other, from->peer, to->peer, error))
		return 0;
	member_prefix(error, before, "/peer");
	return -1;
}

const struct kind kind_veth = {
	.name = "veth",
	.netlink_name = "veth",
	.ethernet = true,
	.module = "veth",
	.symbol = "veth_setup",
	.config = "CONFIG_VETH",
	.check = veth_check,
	.put = veth_put,
	.finish = veth_finish,
	.read = veth_read,
	.load = veth_load,
	.alter = veth_alter,
};
