/*
 * Dumps of neighbours, which the kernel narrows to a link or its master
 * (NETLINK_GET_STRICT_CHK); and the one that a URL means, for which it is asked.
 * Its two tables are two dumps, and one reading.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/device.h"
#include "netops/link.h"
#include "netops/neighbor_private.h"
#include "netops/reading_dump.h"

/* ---- one table ---- */

struct neighbor_table {
	struct reading_dump dump; /* first */
	struct neighbor_filter filter;
	bool proxy;
	struct device link, master; /* those of the filter; index 0: any */
	struct link_names *names;
	struct neighbor neighbor;
};

static struct nl_msg *table_message(const struct neighbor_table *table, struct error *error)
{
	struct ndmsg header = { .ndm_family = (uint8_t)table->filter.family,
				.ndm_flags = table->proxy ? NTF_PROXY : 0 };
	struct nl_msg *message =
		netlink_message(RTM_GETNEIGH, 0, &header, sizeof(header), error);

	if (message && table->link.index)
		nla_put_u32(message, NDA_IFINDEX, table->link.index);
	if (message && table->master.index)
		nla_put_u32(message, NDA_MASTER, table->master.index);
	return message;
}

static int table_ask(struct reading_dump *dump, struct netlink *netlink, struct nl_msg **ret,
		     struct error *error)
{
	struct neighbor_table *table = (struct neighbor_table *)dump;
	bool found = true, has_master = true;

	link_names_free(table->names);
	table->names = NULL;
	if ((table->link.name[0] && device_index_ask(netlink, &table->link, &found, error)) ||
	    (table->master.name[0] &&
	     device_index_ask(netlink, &table->master, &has_master, error)))
		return -1;
	if (!found || !has_master)
		return 0;
	if (!table->link.index && link_names_read(netlink, &table->names, error))
		return -1;
	*ret = table_message(table, error);
	return *ret ? 0 : -1;
}

static int table_take(struct reading_dump *dump, const struct nlmsghdr *header,
		      const void **ret, struct error *error)
{
	struct neighbor_table *table = (struct neighbor_table *)dump;
	const struct neighbor_filter *filter = &table->filter;
	struct neighbor *neighbor = &table->neighbor;

	(void)error;
	*ret = neighbor;
	if (!neighbor_parse(header, neighbor) || neighbor_is_proxy(neighbor) != table->proxy ||
	    (filter->family && neighbor->options.address.family != filter->family) ||
	    (table->link.index && neighbor->link.index != table->link.index))
		return 0;
	if (table->link.index)
		neighbor->link = table->link;
	else
		device_name(&neighbor->link, table->names);
	return 1;
}

/* The link went away since it was looked up. */
static bool table_is_empty(const struct error *error)
{
	return error->kind == ERROR_KERNEL && error->number == ENODEV;
}

static void table_free(struct reading_dump *dump)
{
	link_names_free(((struct neighbor_table *)dump)->names);
}

/* ---- both ---- */

struct neighbor_reading {
	struct reading reading; /* first */
	struct netops *netops;
	char namespace[NAMESPACE_NAME_SIZE];
	struct neighbor_filter filter;
	bool proxy; /* which table it is in */
	struct reading *table;
};

static void table_setup(struct reading_dump *dump, const void *context)
{
	struct neighbor_table *table = (struct neighbor_table *)dump;
	const struct neighbor_reading *reading = context;

	table->filter = reading->filter;
	table->proxy = reading->proxy;
	memcpy(table->link.name, reading->filter.link, sizeof(table->link.name));
	memcpy(table->master.name, reading->filter.master, sizeof(table->master.name));
	memcpy(table->neighbor.namespace, dump->namespace, sizeof(dump->namespace));
}

static int open_table(struct neighbor_reading *reading, bool proxy, struct error *error)
{
	static const struct reading_table table = { .size = sizeof(struct neighbor_table),
						    .ask = table_ask,
						    .take = table_take,
						    .is_empty = table_is_empty,
						    .free = table_free };

	reading_free(reading->table);
	reading->table = NULL;
	reading->proxy = proxy;
	return reading_dump_open(reading->netops, reading->namespace, &table, table_setup,
				 reading, &reading->table, error);
}

static int both_begin(struct neighbor_reading *reading, struct error *error)
{
	return open_table(reading, reading->filter.tables == NEIGHBOR_PROXIES, error);
}

static int both_next(struct reading *base, const void **ret, struct error *error)
{
	struct neighbor_reading *reading = (struct neighbor_reading *)base;
	int more = reading_next(reading->table, ret, error);

	base->interrupted |= reading_interrupted(reading->table);
	if (more || reading->proxy || reading->filter.tables == NEIGHBOR_NO_PROXIES)
		return more;
	return open_table(reading, true, error) ? -1 : both_next(base, ret, error);
}

static int both_again(struct reading *base, struct error *error)
{
	base->interrupted = false;
	return both_begin((struct neighbor_reading *)base, error);
}

static void both_free(struct reading *base)
{
	reading_free(((struct neighbor_reading *)base)->table);
	free(base);
}

int neighbor_reading(struct netops *netops, const char *namespace,
		     const struct neighbor_filter *filter, struct reading **ret,
		     struct error *error)
{
	static const struct reading_kind kind = { .next = both_next,
						  .again = both_again,
						  .free = both_free };
	struct neighbor_reading *reading = calloc(1, sizeof(*reading));

	if (!reading) {
		error_errno(error, ENOMEM, "reading neighbours");
		return -1;
	}
	reading->reading.kind = &kind;
	reading->netops = netops;
	reading->filter = *filter;
	memcpy(reading->namespace, namespace, strnlen(namespace, NAMESPACE_NAME_SIZE - 1));
	if (!both_begin(reading, error)) {
		*ret = &reading->reading;
		return 0;
	}
	both_free(&reading->reading);
	return -1;
}

/* The kernel never calls these dumps interrupted. */
static int collect_ours(struct reading *reading, struct neighbor_list *ret, struct error *error)
{
	const void *neighbor;
	int more;

	while ((more = reading_next(reading, &neighbor, error)) > 0) {
		if (neighbor_is_ours(neighbor) && neighbor_list_add(ret, neighbor, error))
			return -1;
	}
	return more;
}

int neighbor_list_ours(struct netops *netops, const char *namespace, struct neighbor_list *ret,
		       struct error *error)
{
	const struct neighbor_filter all = { .family = 0 };
	struct reading *reading;
	int result;

	*ret = (struct neighbor_list){ 0 };
	if (neighbor_reading(netops, namespace, &all, &reading, error))
		return -1;
	result = collect_ours(reading, ret, error);
	reading_free(reading);
	if (result)
		neighbor_list_free(ret);
	return result;
}

/* ---- one ---- */

int neighbor_absent(const struct neighbor *key, struct error *error)
{
	char text[IP_TEXT_SIZE];

	ip_format(&key->options.address, text);
	return error_set(error, ERROR_ABSENT,
			 "link \"%.15s\" of namespace \"%.64s\" has no %s %s", key->link.name,
			 key->namespace, neighbor_is_proxy(key) ? "proxy for" : "neighbour",
			 text);
}

struct neighbor_asking {
	struct neighbor *ret;
	bool heard;
};

static int neighbor_told(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct neighbor_asking *asking = context;

	(void)error;
	asking->heard |= neighbor_parse(header, asking->ret);
	return 0;
}

int neighbor_ask(struct netlink *netlink, const struct neighbor *key, struct neighbor *ret,
		 struct error *error)
{
	struct neighbor_asking asking = { .ret = ret };
	struct nl_msg *message CLEANUP_MESSAGE = neighbor_message(RTM_GETNEIGH, 0, key, error);

	if (!message)
		return -1;
	memcpy(ret->namespace, key->namespace, sizeof(ret->namespace));
	if (netlink_get(netlink, message, neighbor_told, &asking, error)) {
		if (error->number != ENOENT && error->number != ENODEV &&
		    error->number != EAFNOSUPPORT)
			return -1;
		error_clear(error);
	}
	ret->link = key->link;
	return asking.heard ? 0 : neighbor_absent(key, error);
}

static int link_told(const struct nlmsghdr *header, void *context, struct error *error)
{
	const struct ifinfomsg *info = nlmsg_data(header);
	struct neighbor_link *link = context;
	struct nlattr *attributes[IFLA_MAX + 1];
	const struct nlattr *own, *broadcast;

	(void)error;
	if (header->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse((struct nlmsghdr *)(uintptr_t)header, sizeof(*info), attributes,
			IFLA_MAX, NULL) < 0)
		return 0;
	link->device.index = (uint32_t)info->ifi_index;
	link->flags = info->ifi_flags;
	own = attributes[IFLA_ADDRESS];
	broadcast = attributes[IFLA_BROADCAST];
	if (own)
		link_address_from_bytes(&link->own, nla_data(own), (size_t)nla_len(own));
	if (broadcast)
		link_address_from_bytes(&link->broadcast, nla_data(broadcast),
					(size_t)nla_len(broadcast));
	return 0;
}

int neighbor_link_ask(struct netlink *netlink, const char *name, struct neighbor_link *ret,
		      struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETLINK, 0, &header, sizeof(header), error);

	*ret = (struct neighbor_link){ 0 };
	if (!message)
		return -1;
	memcpy(ret->device.name, name, strnlen(name, IFNAMSIZ - 1));
	if (nla_put_string(message, IFLA_IFNAME, ret->device.name) ||
	    nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS))
		return error_errno(error, ENOMEM, "building a netlink message");
	if (!netlink_get(netlink, message, link_told, ret, error))
		return 0;
	if (error->number != ENODEV)
		return -1;
	error_clear(error);
	return 0;
}

/*
 * What nobody marked and the kernel may drop; or what it made without being told:
 * for groups, for broadcasts, and for each address on a link that resolves none.
 */
bool neighbor_is_cache(const struct neighbor *neighbor, const struct neighbor_link *link)
{
	const struct neighbor_options *options = &neighbor->options;

	if (neighbor_is_proxy(neighbor) || neighbor_is_ours(neighbor))
		return false;
	if (options->external_learn || options->managed || options->nud & NUD_PERMANENT)
		return false;
	if (!(options->nud & NUD_NOARP))
		return true;
	return !options->protocol &&
	       (!NEIGHBOR_GIVEN(neighbor, mac) || ip_is_multicast(&options->address) ||
		link_address_equal(&options->mac, &link->own) ||
		link_address_equal(&options->mac, &link->broadcast));
}

static int find_on(struct netlink *netlink, const struct neighbor *key, bool set,
		   struct neighbor *ret, struct error *error)
{
	struct neighbor sought = *key;
	struct neighbor_link link;

	if (neighbor_link_ask(netlink, key->link.name, &link, error))
		return -1;
	if (!link.device.index)
		return error_set(error, ERROR_ABSENT,
				 "there is no link \"%.15s\" in namespace \"%.64s\"",
				 key->link.name, key->namespace);
	sought.link = link.device;
	if (neighbor_ask(netlink, &sought, ret, error))
		return -1;
	/* What was ours, was removed and is in use yet: neither is it there. */
	return (ret->options.protocol == OWNED_PROTOCOL && !neighbor_is_ours(ret)) ||
			       (set && neighbor_is_cache(ret, &link)) ?
		       neighbor_absent(key, error) :
		       0;
}

int neighbor_find(struct netops *netops, const struct neighbor *key, struct neighbor *ret,
		  struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	return namespace_enter_to_find(netops, key->namespace, &socket, error) ||
			       find_on(socket.netlink, key, false, ret, error) ?
		       -1 :
		       0;
}

int neighbor_find_set(struct netops *netops, const struct neighbor *key, struct neighbor *ret,
		      struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	return namespace_enter_to_find(netops, key->namespace, &socket, error) ||
			       find_on(socket.netlink, key, true, ret, error) ?
		       -1 :
		       0;
}
