/*
 * Lists of links, straight from a dump. Some kinds need questions beside it, and so
 * there is a second socket. The dumps of links are interrupted whenever one comes or
 * goes; to be able to read again without telling twice, what was told is remembered,
 * by index and by name: a link that was made anew meanwhile is the same to clients.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/address_held.h"
#include "netops/datapath_private.h"
#include "netops/device.h"
#include "netops/hash_set.h"
#include "netops/link_private.h"
#include "netops/reading_dump.h"
#include "netops/text.h"

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

struct list {
	struct reading_dump dump; /* first */
	struct link_call call;
	struct namespace_socket asking; /* call's */
	const struct link_filter *filter;
	struct device master; /* of the filter */
	struct link_names *names;
	struct address_held addresses;
	struct hash_set told;
	struct link link; /* the one that was told last */
};

static int list_fill(struct list *list, struct link *link, struct error *error)
{
	struct device device = { .index = link->status.index };

	list->call.index = link->status.index;
	if (list->filter->bare)
		return link_read_underlay(&list->call, link, error);
	memcpy(device.name, link->name, sizeof(device.name));
	if (address_held_take(&list->addresses, list->call.netlink, list->dump.namespace,
			      &device, &link->addresses, error))
		return -1;
	return link_read_rest(&list->call, link, error);
}

static bool list_has_told(struct list *list, const struct link *link)
{
	uint64_t index = hash_of(&link->status.index, sizeof(link->status.index), 1);
	uint64_t name = hash_of(link->name, strlen(link->name), 2);
	bool told = hash_set_has(&list->told, index) || hash_set_has(&list->told, name);

	/* What is missing for want of memory may be told twice. */
	hash_set_add(&list->told, index);
	hash_set_add(&list->told, name);
	return told;
}

/* 1: list->link is the next; 0: this is none of those; -1. */
static int list_take(struct reading_dump *dump, const struct nlmsghdr *header, const void **ret,
		     struct error *error)
{
	struct list *list = (struct list *)dump;
	struct link *link = &list->link;

	*ret = link;
	link_clear(link);
	if (!link_parse(header, dump->namespace, link))
		return 0;
	/* The filter knows it by name, which is not asked for yet. */
	if (list->master.index && link->options.master.index == list->master.index)
		link->options.master = list->master;
	if (!link_fits(link, list->filter) || list_has_told(list, link))
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

static int list_find_master(struct list *list, struct netlink *netlink, bool *ret,
			    struct error *error)
{
	*ret = true;
	if (!list->filter->master)
		return 0;
	*ret = text_copy(list->master.name, IFNAMSIZ, list->filter->master);
	return *ret ? device_index_ask(netlink, &list->master, ret, error) : 0;
}

static void list_forget(struct list *list)
{
	link_names_free(list->names);
	list->names = NULL;
	address_held_free(&list->addresses);
}

/* Read anew for each dump: names and addresses go with the links. */
static int list_prepare(struct list *list, struct error *error)
{
	list_forget(list);
	if (!list->asking.netlink) {
		if (namespace_enter(list->dump.netops, list->dump.namespace, &list->asking,
				    error))
			return -1;
		namespace_may_cut(&list->asking);
	}
	list->call = (struct link_call){ .netops = list->dump.netops,
					 .netlink = list->asking.netlink };
	if (list->filter->bare)
		return 0;
	if (link_names_read(list->call.netlink, &list->names, error))
		return -1;
	list->call.names = list->names;
	return address_held_read(list->dump.netops, list->dump.namespace, &list->addresses,
				 error);
}

/* A master that is not there has no links. */
static int list_ask(struct reading_dump *dump, struct netlink *netlink, struct nl_msg **ret,
		    struct error *error)
{
	struct list *list = (struct list *)dump;
	bool found;

	if (list_prepare(list, error) || list_find_master(list, netlink, &found, error))
		return -1;
	if (!found)
		return 0;
	*ret = link_dump_message(error);
	if (!*ret)
		return -1;
	if (list->master.index && nla_put_u32(*ret, IFLA_MASTER, list->master.index))
		return error_errno(error, ENOBUFS, "building a netlink message");
	/* To the kernel a tunnel in user space is of another kind. */
	return list->filter->kind && !datapath_table_count() ?
		       list_put_kind(*ret, list->filter->kind, error) :
		       0;
}

static int list_again(struct reading *reading, struct error *error)
{
	hash_set_free(&((struct list *)reading)->told);
	return reading_dump_again(reading, error);
}

static void list_free(struct reading_dump *dump)
{
	struct list *list = (struct list *)dump;

	list_forget(list);
	namespace_leave(&list->asking);
	hash_set_free(&list->told);
	link_clear(&list->link);
}

static void list_setup(struct reading_dump *dump, const void *context)
{
	struct list *list = (struct list *)dump;

	list->filter = context;
	link_init(&list->link);
}

int link_reading(struct netops *netops, const char *namespace, const struct link_filter *filter,
		 struct reading **ret, struct error *error)
{
	static const struct reading_kind kind = { .next = reading_dump_next,
						  .again = list_again,
						  .rest = reading_dump_again,
						  .free = reading_dump_free };
	static const struct reading_table table = { .size = sizeof(struct list),
						    .ask = list_ask,
						    .take = list_take,
						    .free = list_free,
						    .kind = &kind };

	return reading_dump_open(netops, namespace, &table, list_setup, filter, ret, error);
}

/* A reading to its end, and to the end of its rest. */
static int list_all(struct reading *reading, link_record *record, void *context,
		    struct error *error)
{
	const void *link;
	int more;

	for (int i = 0; i < READING_TRIES; i++) {
		while ((more = reading_next(reading, &link, error)) > 0) {
			if (record((struct link *)(uintptr_t)link, context, error))
				return -1;
		}
		if (more || !reading_interrupted(reading))
			return more;
		if (reading_rest(reading, error))
			return -1;
	}
	return reading_restless(error);
}

int link_list(struct netops *netops, const char *namespace, const struct link_filter *filter,
	      link_record *record, void *context, struct error *error)
{
	struct reading *reading;
	int result;

	if (link_reading(netops, namespace, filter, &reading, error))
		return -1;
	result = list_all(reading, record, context, error);
	reading_free(reading);
	return result;
}
