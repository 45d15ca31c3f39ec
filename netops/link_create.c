/*
 * Making a link, in the order in which it can fail: what it needs is looked up,
 * one message makes it with our mark, then what no message can carry, and up
 * last. Whatever fails after the message takes the link away again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netops/link_private.h"

int link_put_outer(struct nl_msg *message, const struct link *link)
{
	struct given given = link->given;

	/* The kernel takes an alias in a create without a word, and forgets it. */
	ungive_at(&given, offsetof(struct link_options, alias));
	if (nla_put_string(message, IFLA_IFNAME, link->name) ||
	    nla_put_u32(message, IFLA_GROUP, OWNED_GROUP) ||
	    rows_put(message, link_rows, &link->options, &given))
		return -1;
	if (link->kind->ethernet && rows_put(message, ethernet_rows, &link->options, &given))
		return -1;
	return link->kind->outer ?
		       rows_put(message, link->kind->outer, &link->options, &given) : 0;
}

static int link_put_data(struct nl_msg *message, const struct link *link, struct error *error)
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

static struct nl_msg *link_build(struct netlink *netlink, const struct link *link,
				 struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message = netlink_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header,
						 sizeof(header), error);
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
			       const struct row *row, const char *prefix,
			       struct device *device, struct error *error)
{
	char pointer[96];

	if (link_index_of(netlink, device->name, &device->index, error))
		return -1;
	if (device->index)
		return 0;
	snprintf(pointer, sizeof(pointer), "%s/%s", prefix, row->name);
	return error_missing(error, pointer, "namespace \"%s\" has no link \"%s\"", namespace,
			     device->name);
}

/* Names of devices become indexes, in the namespace where each of them lives. */
static int link_resolve(struct netops *netops, struct link *link, const char *prefix,
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

static int link_prepare(struct netops *netops, struct link *link, struct error *error)
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

static int link_change(struct netlink *netlink, uint32_t index, unsigned int flags, int attribute,
		       const void *data, int length, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC,
				    .ifi_index = (int)index,
				    .ifi_flags = flags,
				    .ifi_change = flags };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_NEWLINK, 0, &header, sizeof(header), error);

	if (!message)
		return -1;
	if (attribute)
		nla_put(message, attribute, length, data);
	return netlink_request(netlink, message, error);
}

int link_set_master(struct netlink *netlink, uint32_t index, uint32_t master,
		    struct error *error)
{
	return link_change(netlink, index, 0, IFLA_MASTER, &master, sizeof(master), error);
}

static int link_add_addresses(const struct link_call *call, const struct link *wanted,
			      const char *pointer, struct error *error)
{
	for (size_t i = 0; i < wanted->addresses.count; i++) {
		struct address address = wanted->addresses.items[i];
		unsigned int before = error->member_count;

		memcpy(address.namespace, wanted->namespace, sizeof(address.namespace));
		memcpy(address.link.name, wanted->name, sizeof(address.link.name));
		address.link.index = call->index;
		if (!address_add(call->netlink, &address, error))
			continue;
		for (; before < error->member_count && before < ERROR_MEMBERS; before++) {
			char own[96];

			memcpy(own, error->members[before].pointer, sizeof(own));
			snprintf(error->members[before].pointer, sizeof(own),
				 "%.16s/addresses/%zu%.48s", pointer, i, own);
		}
		return -1;
	}
	return 0;
}

int link_settle(const struct link_call *call, const struct link *wanted, const char *pointer,
		struct error *error)
{
	const char *alias = wanted->options.alias;

	if (LINK_GIVEN(wanted, alias) && link_change(call->netlink, call->index, 0, IFLA_IFALIAS,
						     alias, (int)strlen(alias) + 1, error))
		return -1;
	if (link_add_addresses(call, wanted, pointer, error))
		return -1;
	if (!wanted->options.up)
		return 0;
	return link_change(call->netlink, call->index, IFF_UP, 0, NULL, 0, error);
}

static int link_delete_index(struct netlink *netlink, uint32_t index, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_DELLINK, 0, &header, sizeof(header), error);

	return message ? netlink_request(netlink, message, error) : -1;
}

/* The error that led here is the one to be told; what fails now is not. */
static void link_undo(const struct link_call *call, const struct link *wanted)
{
	struct error ignored;

	error_clear(&ignored);
	if (wanted->kind->remove)
		(void)wanted->kind->remove(call, wanted, &ignored);
	(void)link_delete_index(call->netlink, call->index, &ignored);
}

static int link_complete(struct link_call *call, const struct link *wanted, struct error *error)
{
	if (wanted->kind->finish && wanted->kind->finish(call, wanted, error))
		return -1;
	return link_settle(call, wanted, "", error);
}

static int link_make(struct link_call *call, const struct link *wanted, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_build(call->netlink, wanted, error);

	if (!message)
		return -1;
	if (netlink_request(call->netlink, message, error))
		return link_explain(call->netops, call->netlink, wanted, nlmsg_hdr(message),
				    error);
	if (link_index_of(call->netlink, wanted->name, &call->index, error))
		return -1;
	if (!call->index)
		return error_set(error, ERROR_BUSY,
				 "link \"%s\" was made and taken away by somebody else",
				 wanted->name);
	if (!link_complete(call, wanted, error))
		return 0;
	link_undo(call, wanted);
	return -1;
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
		result = link_make(&call, wanted, error);
	if (wanted->peer_namespace_fd >= 0)
		close(wanted->peer_namespace_fd);
	wanted->peer_namespace_fd = -1;
	return result ? -1 : link_read(netops, wanted->namespace, wanted->name, ret, error);
}

/* Some deletions are answered with success and do nothing: those of fallback devices. */
static int link_verify_gone(struct netlink *netlink, const struct link *link,
			    struct error *error)
{
	struct link still CLEANUP_LINK;

	link_init(&still);
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

int link_delete(struct netops *netops, const char *namespace, const char *name,
		bool tunnels_only, bool foreign_too, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call call = { .netops = netops };
	struct link link CLEANUP_LINK;

	link_init(&link);
	if (link_read(netops, namespace, name, &link, error))
		return -1;
	if (tunnels_only && !(link.kind && link.kind->tunnel))
		return error_set(error, ERROR_ABSENT, "link \"%s\" in \"%s\" is no tunnel", name,
				 namespace);
	if (!link_is_ours(&link) && !foreign_too) {
		link_url(&link, error->conflict);
		return error_set(error, ERROR_REFUSED,
				 "link \"%s\" was not made here; \"?foreign=true\" insists", name);
	}
	if (namespace_enter(netops, namespace, &socket, error))
		return -1;
	call.netlink = socket.netlink;
	call.index = link.status.index;
	if (link_delete_index(call.netlink, call.index, error) ||
	    link_verify_gone(call.netlink, &link, error))
		return -1;
	return link.kind && link.kind->remove ? link.kind->remove(&call, &link, error) : 0;
}
