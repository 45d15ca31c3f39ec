/*
 * Lists of links. Links are few beside routes, so the kernel's answer is held
 * as it came: the socket is free then for the questions that some kinds need.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/buffer.h"
#include "netops/link_private.h"

static int list_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct buffer *buffer = context;

	buffer_append(buffer, header, NLMSG_ALIGN(header->nlmsg_len));
	return buffer->failed ? error_errno(error, ENOMEM, "listing links") : 0;
}

static void list_restart(void *context)
{
	((struct buffer *)context)->length = 0;
}

bool link_fits(const struct link *link, const struct link_filter *filter)
{
	const char *kind = link->kind ? link->kind->name : link->kernel_kind;

	if (filter->tunnels_only && !(link->kind && link->kind->tunnel))
		return false;
	if (filter->name && strcmp(filter->name, link->name))
		return false;
	return !filter->kind || !strcmp(filter->kind, kind);
}

static int link_take_addresses(struct link *link, const struct address_list *all,
			       struct error *error)
{
	for (size_t i = 0; i < all->count; i++) {
		if (all->items[i].link.index == link->status.index &&
		    address_list_add(&link->addresses, &all->items[i], error))
			return -1;
	}
	return 0;
}

struct list {
	struct link_call call;
	const char *namespace;
	const struct link_filter *filter;
	link_record *record;
	void *context;
	struct link_names *names;
	struct address_list addresses;
};

static int list_fill(struct list *list, struct link *link, struct error *error)
{
	list->call.index = link->status.index;
	if (list->filter->bare)
		return link_read_underlay(&list->call, link, error);
	if (link_take_addresses(link, &list->addresses, error))
		return -1;
	return link_read_rest(&list->call, list->names, link, error);
}

static int list_one(struct list *list, const struct nlmsghdr *header, struct error *error)
{
	struct link link CLEANUP_LINK = LINK_EMPTY;

	if (!link_parse(header, list->namespace, &link) || !link_fits(&link, list->filter))
		return 0;
	if (!list_fill(list, &link, error))
		return list->record(&link, list->context, error);
	if (!link_vanished(error))
		return -1;
	error_clear(error);
	return 0;
}

static int list_each(struct list *list, const struct buffer *buffer, struct error *error)
{
	const struct nlmsghdr *header = (const void *)buffer->data;
	int rest = (int)buffer->length;

	for (; nlmsg_ok(header, rest);
	     header = nlmsg_next((struct nlmsghdr *)(uintptr_t)header, &rest)) {
		if (list_one(list, header, error))
			return -1;
	}
	return 0;
}

/* The kernel filters by kind; where it does not know the kind it leaves that to us. */
static int list_put_kind(struct nl_msg *message, const char *name, struct error *error)
{
	const struct kind *kind = kind_find(name);
	struct nlattr *info;

	if (strlen(name) >= sizeof(((struct link *)NULL)->kernel_kind))
		return 0;
	info = nla_nest_start(message, IFLA_LINKINFO);
	if (!info || nla_put_string(message, IFLA_INFO_KIND, kind ? kind->netlink_name : name))
		return error_errno(error, ENOBUFS, "building a netlink message");
	nla_nest_end(message, info);
	return 0;
}

static int list_in_namespace(struct list *list, struct buffer *buffer, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_dump_message(error);

	if (!message ||
	    (list->filter->kind && list_put_kind(message, list->filter->kind, error)) ||
	    netlink_dump(list->call.netlink, message, list_record, list_restart, buffer, error))
		return -1;
	if (!list->filter->bare && (link_names_read(list->call.netlink, &list->names, error) ||
				    address_list_read(list->call.netlink, list->namespace, 0,
						      &list->addresses, error)))
		return -1;
	return list_each(list, buffer, error);
}

int link_list(struct netops *netops, const char *namespace, const struct link_filter *filter,
	      link_record *record, void *context, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct list list = {
		.namespace = namespace, .filter = filter, .record = record, .context = context
	};
	struct buffer buffer = { 0 };
	int result;

	if (namespace_enter(netops, namespace, &socket, error))
		return -1;
	list.call = (struct link_call){ .netops = netops, .netlink = socket.netlink };
	result = list_in_namespace(&list, &buffer, error);
	buffer_free(&buffer);
	link_names_free(list.names);
	address_list_free(&list.addresses);
	return result;
}
