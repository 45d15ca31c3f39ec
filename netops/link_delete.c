/*
 * Deleting a link: what it is and whether it is ours is read on the same socket
 * that deletes it, since another namespace may take the name in between.
 */
#include <errno.h>
#include <string.h>

#include "netops/datapath_private.h"
#include "netops/link_private.h"

int link_remove(struct netlink *netlink, uint32_t index, const char *name, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_DELLINK, 0, &header, sizeof(header), error);

	if (!message)
		return -1;
	if (!index && nla_put_string(message, IFLA_IFNAME, name))
		return error_errno(error, ENOBUFS, "building a netlink message");
	return netlink_request(netlink, message, error);
}

/* Some deletions are answered with success and do nothing: those of fallback devices. */
static int link_verify_gone(struct netlink *netlink, const struct link *link,
			    struct error *error)
{
	struct link still CLEANUP_LINK = LINK_EMPTY;

	if (link_get(netlink, link->namespace, NULL, link->status.index, &still, error)) {
		if (error->kind != ERROR_ABSENT)
			return -1;
		error_clear(error);
		return 0;
	}
	link_url(link, error->conflict);
	return error_set(error, ERROR_REFUSED,
			 "the kernel keeps \"%s\": it belongs to the module of its kind",
			 link->name);
}

int link_need_ours(const struct link *link, bool foreign_too, struct error *error)
{
	if (link_is_ours(link) || foreign_too)
		return 0;
	link_url(link, error->conflict);
	return error_set(error, ERROR_REFUSED,
			 "link \"%s\" was not made here; \"?foreign=true\" insists",
			 link->name);
}

/* net/core/rtnetlink.c: a link without a kind of its own, lo first of all, is kept. */
static int link_let_go(const struct link_call *call, const struct link *link,
		       struct error *error)
{
	if (!link_remove(call->netlink, call->index, NULL, error))
		return 0;
	if (error->number != EOPNOTSUPP)
		return -1;
	link_url(link, error->conflict);
	return error_set(error, ERROR_REFUSED, "the kernel keeps \"%s\": nobody can delete it",
			 link->name);
}

static int link_check_deletable(const struct link *link, bool tunnels_only, bool foreign_too,
				struct error *error)
{
	if (tunnels_only && !(link->kind && link->kind->tunnel))
		return error_set(error, ERROR_ABSENT, "link \"%s\" in \"%s\" is no tunnel",
				 link->name, link->namespace);
	return link_need_ours(link, foreign_too, error);
}

/* Where the rest was kept may be gone by now, and the rest with it. */
static int link_remove_rest(const struct link_call *call, const struct link *link,
			    struct error *error)
{
	datapath_forget(call->netops, link->namespace, link->status.index, link->name);
	if (!link->kind || !link->kind->remove || !link->kind->remove(call, link, error))
		return 0;
	if (!link_vanished(error))
		return -1;
	error_clear(error);
	return 0;
}

int link_sweep(struct netops *netops, const struct link *link, struct error *error)
{
	const struct link_call call = { .netops = netops, .deleting = true };

	return link_remove_rest(&call, link, error);
}

int link_delete(struct netops *netops, const char *namespace, const char *name,
		bool tunnels_only, bool foreign_too, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call call = { .netops = netops, .deleting = true };
	struct link link CLEANUP_LINK = LINK_EMPTY;

	if (link_enter(netops, namespace, &socket, error))
		return -1;
	call.netlink = socket.netlink;
	if (link_read_on(&call, namespace, name, &link, error) ||
	    link_check_deletable(&link, tunnels_only, foreign_too, error) ||
	    link_let_go(&call, &link, error) || link_verify_gone(call.netlink, &link, error))
		return -1;
	return link_remove_rest(&call, &link, error);
}
