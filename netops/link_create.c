/*
 * Making a link, in the order in which it can fail: what it needs is looked up,
 * one message makes it with our mark, then what no message can carry, up, and
 * addresses last. Whatever fails after the message takes the link away again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/link_private.h"
#include "netops/member.h"

int link_put_outer(struct nl_msg *message, const struct link *link)
{
	struct given given = link->given;

	/* An alias in a create, and the master of a veth's peer: taken without a word, and lost. */
	ungive_at(&given, offsetof(struct link_options, alias));
	ungive_at(&given, offsetof(struct link_options, master));
	if (nla_put_string(message, IFLA_IFNAME, link->name) ||
	    nla_put_u32(message, IFLA_GROUP, OWNED_GROUP) ||
	    rows_put(message, link_rows, &link->options, &given))
		return -1;
	if (link->kind->ethernet && rows_put(message, ethernet_rows, &link->options, &given))
		return -1;
	return link->kind->outer ?
		       rows_put(message, link->kind->outer, &link->options, &given) :
		       0;
}

int link_put_data(struct nl_msg *message, const struct link *link, struct error *error)
{
	const struct kind *kind = link->kind;
	struct nlattr *data = nla_nest_start(message, IFLA_INFO_DATA);

	for (unsigned int i = 0; data && kind->tables[i]; i++) {
		if (rows_put(message, kind->tables[i], &link->options, &link->given))
			return error_errno(error, ENOBUFS, "building a netlink message");
	}
	if (!data || (kind->put && kind->put(message, link, error)))
		return error->kind ? -1 : error_errno(error, ENOBUFS, "building a message");
	nla_nest_end(message, data);
	return 0;
}

/* The underlay's number is one that this namespace knows it by. */
static int link_put_underlay(struct nl_msg *message, struct netlink *netlink,
			     const struct link *link, struct error *error)
{
	int32_t id;

	if (!link->underlay_namespace[0] || !strcmp(link->underlay_namespace, link->namespace))
		return 0;
	if (namespace_id_of_name(netlink, link->underlay_namespace, &id, error))
		return -1;
	return nla_put_s32(message, IFLA_LINK_NETNSID, id);
}

struct nl_msg *link_build(struct netlink *netlink, const struct link *link, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message = netlink_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
						 &header, sizeof(header), error);
	struct nlattr *info;

	if (!message)
		return NULL;
	if (link_put_outer(message, link) || link_put_underlay(message, netlink, link, error) ||
	    !(info = nla_nest_start(message, IFLA_LINKINFO)) ||
	    nla_put_string(message, IFLA_INFO_KIND, link->kind->netlink_name) ||
	    link_put_data(message, link, error)) {
		if (!error->kind)
			error_errno(error, ENOBUFS, "building a netlink message");
		nlmsg_free(message);
		return NULL;
	}
	nla_nest_end(message, info);
	return message;
}

static int link_resolve_device(struct netlink *netlink, const char *namespace,
			       const struct row *row, const char *prefix, struct device *device,
			       struct error *error)
{
	char pointer[96];

	if (device->index) /* a change that keeps it */
		return 0;
	if (link_index_of(netlink, device->name, &device->index, error))
		return -1;
	if (device->index)
		return 0;
	snprintf(pointer, sizeof(pointer), "%s/%s", prefix, row->name);
	return error_missing(error, pointer, "namespace \"%s\" has no link \"%s\"", namespace,
			     device->name);
}

int link_resolve(struct netops *netops, struct link *link, const char *prefix,
		 struct error *error)
{
	struct namespace_socket own CLEANUP_SOCKET = { 0 }, under CLEANUP_SOCKET = { 0 };
	const char *underlay = link->underlay_namespace[0] ? link->underlay_namespace :
							     link->namespace;
	const struct row *rows;

	if (namespace_enter(netops, link->namespace, &own, error) ||
	    namespace_enter(netops, underlay, &under, error))
		return -1;
	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			bool below = row->flags & ROW_UNDERLAY;

			if (row->type != ROW_DEVICE || !given_at(&link->given, row->offset))
				continue;
			if (link_resolve_device(below ? under.netlink : own.netlink,
						below ? underlay : link->namespace, row, prefix,
						row_place(row, &link->options), error))
				return -1;
		}
	}
	return 0;
}

static int link_need_namespace(const char *name, const char *pointer, struct error *error)
{
	bool there = true;

	if (!name[0] || (!namespace_exists(name, &there, error) && there))
		return 0;
	return error_missing(error, pointer, "there is no namespace \"%.64s\"", name);
}

int link_prepare(struct netops *netops, struct link *link, struct error *error)
{
	if (link_need_namespace(link->namespace, "/namespace", error) ||
	    link_need_namespace(link->underlay_namespace, "/underlay_namespace", error) ||
	    link_resolve(netops, link, "", error))
		return -1;
	if (!link->peer)
		return 0;
	if (link_need_namespace(link->peer->namespace, "/peer/namespace", error) ||
	    link_resolve(netops, link->peer, "/peer", error))
		return -1;
	link->peer_namespace_fd = namespace_open(link->peer->namespace, error);
	return link->peer_namespace_fd < 0 ? -1 : 0;
}

void link_release(struct link *link)
{
	if (link->peer_namespace_fd >= 0)
		close(link->peer_namespace_fd);
	link->peer_namespace_fd = -1;
}

static struct nl_msg *link_flags_message(uint32_t index, unsigned int flags, unsigned int mask,
					 struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC,
				    .ifi_index = (int)index,
				    .ifi_flags = flags,
				    .ifi_change = mask };

	return netlink_message(RTM_NEWLINK, 0, &header, sizeof(header), error);
}

struct nl_msg *link_change_message(uint32_t index, struct error *error)
{
	return link_flags_message(index, 0, 0, error);
}

static int link_set(struct netlink *netlink, uint32_t index, int attribute, const void *data,
		    int length, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_change_message(index, error);

	if (!message)
		return -1;
	nla_put(message, attribute, length, data);
	return netlink_request(netlink, message, error);
}

int link_set_up(struct netlink *netlink, uint32_t index, bool up, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		link_flags_message(index, up ? IFF_UP : 0, IFF_UP, error);

	return message ? netlink_request(netlink, message, error) : -1;
}

int link_set_master(struct netlink *netlink, uint32_t index, uint32_t master,
		    struct error *error)
{
	return link_set(netlink, index, IFLA_MASTER, &master, sizeof(master), error);
}

static bool has_ipv6_peer(const struct link *link)
{
	for (size_t i = 0; i < link->addresses.count; i++) {
		const struct address *address = &link->addresses.items[i];

		if (address->options.address.family == AF_INET6 && ADDRESS_GIVEN(address, peer))
			return true;
	}
	return false;
}

/*
 * The kernel tells IPv6 of a carrier from a worker (net/core/link_watch.c), and
 * the route to a peer that came before is lost then. It takes no time as a rule.
 */
static int link_wait_for_carrier(const struct link_call *call, struct error *error)
{
	const struct timespec pause = { .tv_nsec = 2 * 1000 * 1000 };
	bool waiting = true;

	for (int i = 0; waiting && i < 50; i++) {
		struct link link CLEANUP_LINK = LINK_EMPTY;

		if (i)
			nanosleep(&pause, NULL);
		if (link_get(call->netlink, "", NULL, call->index, &link, error))
			return -1;
		waiting = link.status.carrier && link.status.operstate != IF_OPER_UP &&
			  link.status.operstate != IF_OPER_UNKNOWN;
	}
	return 0;
}

int link_add_addresses(const struct link_call *call, const struct link *wanted,
		       const char *pointer, struct error *error)
{
	char prefix[48];

	if (has_ipv6_peer(wanted) && link_wait_for_carrier(call, error))
		return -1;
	for (size_t i = 0; i < wanted->addresses.count; i++) {
		struct address address = wanted->addresses.items[i];
		unsigned int before = error->member_count;

		memcpy(address.namespace, wanted->namespace, sizeof(address.namespace));
		memcpy(address.link.name, wanted->name, sizeof(address.link.name));
		address.link.index = call->index;
		if (!address_add(call->netlink, &address, error))
			continue;
		snprintf(prefix, sizeof(prefix), "%s/addresses/%zu", pointer, i);
		member_prefix(error, before, prefix);
		return -1;
	}
	return 0;
}

/* What the kernel says of a link that cannot have others below it is said of the member. */
int link_settle_master(const struct link_call *call, const struct link *wanted,
		       const char *pointer, struct error *error)
{
	const struct device *master = &wanted->options.master;
	char member[48];

	if (!link_set_master(call->netlink, call->index, master->index, error))
		return 0;
	if (error->number != EOPNOTSUPP && error->number != EINVAL && error->number != ELOOP)
		return -1;
	snprintf(member, sizeof(member), "%s/master", pointer);
	return error_member(error, member, "kernel",
			    "\"%s\" cannot be the master of \"%s\"%s%s", master->name,
			    wanted->name, error->kernel[0] ? ": " : "", error->kernel);
}

int link_settle(const struct link_call *call, const struct link *wanted, const char *pointer,
		struct error *error)
{
	const char *alias = wanted->options.alias;

	if (LINK_GIVEN(wanted, alias) && link_set(call->netlink, call->index, IFLA_IFALIAS,
						  alias, (int)strlen(alias) + 1, error))
		return -1;
	if (LINK_GIVEN(wanted, master) && link_settle_master(call, wanted, pointer, error))
		return -1;
	return wanted->options.up ? link_set_up(call->netlink, call->index, true, error) : 0;
}

/*
 * The error that led here is the one to be told; what fails now is not. What a
 * kind's finish could not make is not ours to remove: it may be another link's.
 */
static void link_undo(const struct link_call *call, const struct link *wanted, bool finished)
{
	struct error ignored;

	error_clear(&ignored);
	if (finished && wanted->kind->remove)
		(void)wanted->kind->remove(call, wanted, &ignored);
	(void)link_remove(call->netlink, call->index, wanted->name, &ignored);
	datapath_forget(call->netops, wanted->namespace, call->index, wanted->name);
}

static int link_taken_away(const struct link *wanted, struct error *error)
{
	error_clear(error);
	return error_set(error, ERROR_BUSY,
			 "link \"%s\" was made and taken away by somebody else", wanted->name);
}

/* Of one that is up the kernel gives it by itself, and before those that are wanted. */
static int link_own_address(const struct link_call *call, const struct link *wanted)
{
	struct datapath_tunnel unused;

	if (wanted->options.up && datapath_table_find(wanted->namespace, call->index, "", &unused))
		datapath_link_local(call, wanted);
	return 0;
}

/* From here on there is something to undo. */
static int link_complete(struct link_call *call, const struct link *wanted, struct link *ret,
			 struct error *error)
{
	bool finished = !wanted->kind->finish || !wanted->kind->finish(call, wanted, error);

	if (finished && !link_settle(call, wanted, "", error) &&
	    !link_own_address(call, wanted) && !link_add_addresses(call, wanted, "", error) &&
	    !link_read_on(call, wanted->namespace, wanted->name, ret, error))
		return 0;
	link_undo(call, wanted, finished);
	return error->kind == ERROR_ABSENT ? link_taken_away(wanted, error) : -1;
}

/* The kernel has no such kind, and the choice is ours. */
static bool link_may_try_userspace(const struct link *wanted, const struct error *error)
{
	return error->number == EOPNOTSUPP && datapath_knows(wanted->kind) &&
	       (!LINK_GIVEN(wanted, datapath) || wanted->options.datapath == DATAPATH_AUTO);
}

static bool link_wants_userspace(const struct link *wanted)
{
	return LINK_GIVEN(wanted, datapath) && wanted->options.datapath == DATAPATH_USERSPACE;
}

static int link_make_bare(struct link_call *call, const struct link *wanted,
			  struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_build(call->netlink, wanted, error);
	bool userspace = link_wants_userspace(wanted);

	if (!message)
		return -1;
	if (!userspace && !netlink_request(call->netlink, message, error))
		return 0;
	if (userspace || link_may_try_userspace(wanted, error)) {
		error_clear(error);
		if (!datapath_make(call, wanted, error))
			return 0;
	}
	return link_explain(call->netops, call->netlink, wanted, nlmsg_hdr(message), error);
}

static int link_make(struct link_call *call, const struct link *wanted, struct link *ret,
		     struct error *error)
{
	if (link_make_bare(call, wanted, error))
		return -1;
	if (link_index_of(call->netlink, wanted->name, &call->index, error)) {
		link_undo(call, wanted, false);
		return -1;
	}
	return call->index ? link_complete(call, wanted, ret, error) :
			     link_taken_away(wanted, error);
}

int link_create(struct netops *netops, struct link *wanted, struct link *ret,
		struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call call = { .netops = netops };
	int result;

	if (link_check(wanted, error))
		return -1;
	result = link_prepare(netops, wanted, error);
	if (!result)
		result = namespace_enter(netops, wanted->namespace, &socket, error);
	call.netlink = socket.netlink;
	if (!result)
		result = link_make(&call, wanted, ret, error);
	link_release(wanted);
	return result;
}
