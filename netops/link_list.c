/*
 * Lists of links. Links are few beside routes, so the kernel's answer is held
 * as it came: the socket is free then for the questions that some kinds need.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/buffer.h"
#include "netops/device.h"
#include "netops/link_private.h"
#include "netops/reading.h"
#include "netops/text.h"

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
	if (filter->master && strcmp(filter->master, link->options.master.name))
		return false;
	if (filter->by_up && filter->up != (link->options.up != 0))
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
	struct reading reading; /* first; see link_reading() */
	struct link_call call;
	struct namespace_socket socket;
	char namespace[NAMESPACE_NAME_SIZE];
	const struct link_filter *filter;
	struct device master; /* of the filter */
	struct buffer answer; /* of the kernel, as it came */
	const struct nlmsghdr *next;
	int rest;
	struct link_names *names;
	struct address_list addresses;
	struct link link; /* the one that was told last */
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

/* 1: list->link is the next; 0: this is none of those; -1. */
static int list_take(struct list *list, const struct nlmsghdr *header, struct error *error)
{
	struct link *link = &list->link;

	link_clear(link);
	link_init(link);
	if (!link_parse(header, list->namespace, link))
		return 0;
	/* The filter knows it by name, which is not asked for yet. */
	if (list->master.index && link->options.master.index == list->master.index)
		link->options.master = list->master;
	if (!link_fits(link, list->filter))
		return 0;
	if (!list_fill(list, link, error))
		return 1;
	if (!link_vanished(error))
		return -1;
	error_clear(error);
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

/* False: the error is filled. *ret false: there is no such link, and so none of its. */
static bool list_find_master(struct list *list, bool *ret, struct error *error)
{
	*ret = true;
	if (!list->filter->master)
		return true;
	*ret = text_copy(list->master.name, IFNAMSIZ, list->filter->master);
	return !*ret || !device_index_ask(list->call.netlink, &list->master, ret, error);
}

static int list_ask(struct list *list, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_dump_message(error);
	bool found;

	list->next = NULL;
	list->rest = 0;
	if (!message || !list_find_master(list, &found, error))
		return -1;
	if (!found)
		return 0;
	if ((list->master.index && nla_put_u32(message, IFLA_MASTER, list->master.index)) ||
	    (list->filter->kind && list_put_kind(message, list->filter->kind, error)) ||
	    netlink_dump(list->call.netlink, message, list_record, list_restart, &list->answer,
			 error))
		return -1;
	if (!list->filter->bare && (link_names_read(list->call.netlink, &list->names, error) ||
				    address_list_read(list->call.netlink, list->namespace, 0,
						      &list->addresses, error)))
		return -1;
	list->next = (const struct nlmsghdr *)list->answer.data;
	list->rest = (int)list->answer.length;
	return 0;
}

/* A socket that was cut while it was waited for has no namespace any more. */
static int list_failed(const struct list *list, struct error *error)
{
	if (error->kind == ERROR_KERNEL && error->number == ENOTSOCK)
		error_set(error, ERROR_MISSING, "the namespace \"%.64s\" was deleted",
			  list->namespace);
	return -1;
}

static int list_next(struct reading *reading, const void **ret, struct error *error)
{
	struct list *list = (struct list *)reading;
	int taken = 0;

	*ret = &list->link;
	while (!taken && nlmsg_ok(list->next, list->rest)) {
		const struct nlmsghdr *header = list->next;

		list->next = nlmsg_next((struct nlmsghdr *)(uintptr_t)header, &list->rest);
		taken = list_take(list, header, error);
	}
	return taken < 0 ? list_failed(list, error) : taken;
}

static void list_forget(struct list *list)
{
	namespace_leave(&list->socket);
	buffer_free(&list->answer);
	link_names_free(list->names);
	list->names = NULL;
	address_list_free(&list->addresses);
	link_clear(&list->link);
}

static int list_begin(struct list *list, struct error *error)
{
	struct netops *netops = list->call.netops;

	if (namespace_enter(netops, list->namespace, &list->socket, error))
		return -1;
	namespace_may_cut(&list->socket);
	list->call.netlink = list->socket.netlink;
	return list_ask(list, error) ? list_failed(list, error) : 0;
}

static int list_again(struct reading *reading, struct error *error)
{
	struct list *list = (struct list *)reading;

	list_forget(list);
	return list_begin(list, error);
}

static void list_free(struct reading *reading)
{
	list_forget((struct list *)reading);
	free(reading);
}

static const struct reading_kind list_kind = {
	.next = list_next,
	.again = list_again,
	.free = list_free,
};

int link_reading(struct netops *netops, const char *namespace, const struct link_filter *filter,
		 struct reading **ret, struct error *error)
{
	struct list *list = calloc(1, sizeof(*list));

	if (!list)
		return error_errno(error, ENOMEM, "listing links");
	list->reading.kind = &list_kind;
	list->call.netops = netops;
	list->filter = filter;
	link_init(&list->link);
	memcpy(list->namespace, namespace, strnlen(namespace, NAMESPACE_NAME_SIZE - 1));
	if (list_begin(list, error)) {
		list_free(&list->reading);
		return -1;
	}
	*ret = &list->reading;
	return 0;
}

int link_list(struct netops *netops, const char *namespace, const struct link_filter *filter,
	      link_record *record, void *context, struct error *error)
{
	struct reading *reading;
	const void *link;
	int more;

	if (link_reading(netops, namespace, filter, &reading, error))
		return -1;
	while ((more = reading_next(reading, &link, error)) > 0) {
		if (record((struct link *)(uintptr_t)link, context, error))
			break;
	}
	reading_free(reading);
	return more ? -1 : 0;
}
