/*
 * Reading addresses: dumps that the kernel narrows to a link and a family
 * (NETLINK_GET_STRICT_CHK), and the one object that a URL means.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/address_private.h"
#include "netops/device.h"
#include "netops/link.h"
#include "netops/reading_dump.h"
#include "netops/text.h"

struct address_dumping {
	const char *namespace;
	const struct link_names *names; /* NULL: one link, link_name below */
	struct device link;
	uint16_t family;
	address_record *record;
	void (*restart)(void *context);
	void *context;
};

void address_drop_own_label(struct address *address)
{
	if (!strcmp(address->options.label, address->link.name))
		ungive_at(&address->given, offsetof(struct address_options, label));
}

/* With the name of its link, by names or (one link) by itself. */
static bool address_take(const struct nlmsghdr *header, uint16_t family,
			 const struct device *link, const struct link_names *names,
			 struct address *ret)
{
	*ret = (struct address){ 0 };
	if (!address_parse(header, ret) || (family && ret->options.address.family != family) ||
	    (link->index && ret->link.index != link->index))
		return false;
	if (link->index)
		ret->link = *link;
	else
		device_name(&ret->link, names);
	address_drop_own_label(ret);
	return true;
}

static int address_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	const struct address_dumping *reading = context;
	struct address address;

	if (!address_take(header, reading->family, &reading->link, reading->names, &address))
		return 0;
	memcpy(address.namespace, reading->namespace, strlen(reading->namespace) + 1);
	return reading->record(&address, reading->context, error);
}

static void address_restarted(void *context)
{
	const struct address_dumping *reading = context;

	if (reading->restart)
		reading->restart(reading->context);
}

static struct nl_msg *address_dump_message(uint32_t link_index, uint16_t family,
					   struct error *error)
{
	struct ifaddrmsg header = { .ifa_family = (uint8_t)family, .ifa_index = link_index };

	return netlink_message(RTM_GETADDR, 0, &header, sizeof(header), error);
}

static int address_ask(struct netlink *netlink, struct address_dumping *reading,
		       struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		address_dump_message(reading->link.index, reading->family, error);

	if (!message)
		return -1;
	return netlink_dump(netlink, message, address_heard, address_restarted, reading, error);
}

int address_dump(struct netlink *netlink, const char *namespace, uint32_t link_index,
		 uint16_t family, address_record *record, void (*restart)(void *context),
		 void *context, struct error *error)
{
	struct address_dumping reading = { .namespace = namespace,
					   .link = { .index = link_index },
					   .family = family,
					   .record = record,
					   .restart = restart,
					   .context = context };
	struct link_names *names = NULL;
	int result;

	if (link_index ? device_name_ask(netlink, &reading.link, error) :
			 link_names_read(netlink, &names, error))
		return -1;
	reading.names = names;
	result = address_ask(netlink, &reading, error);
	link_names_free(names);
	return result;
}

struct address_reading {
	struct reading_dump dump; /* first */
	uint16_t family;
	struct device link; /* the one whose addresses are wanted, or index 0 */
	struct link_names *names;
	struct address address;
};

static int address_reading_ask(struct reading_dump *dump, struct netlink *netlink,
			       struct nl_msg **ret, struct error *error)
{
	struct address_reading *reading = (struct address_reading *)dump;
	bool found = true;

	link_names_free(reading->names);
	reading->names = NULL;
	if (reading->link.name[0] && device_index_ask(netlink, &reading->link, &found, error))
		return -1;
	if (!found)
		return 0;
	if (!reading->link.index && link_names_read(netlink, &reading->names, error))
		return -1;
	*ret = address_dump_message(reading->link.index, reading->family, error);
	return *ret ? 0 : -1;
}

static int address_reading_take(struct reading_dump *dump, const struct nlmsghdr *header,
				const void **ret, struct error *error)
{
	struct address_reading *reading = (struct address_reading *)dump;

	(void)error;
	*ret = &reading->address;
	if (!address_take(header, reading->family, &reading->link, reading->names,
			  &reading->address))
		return 0;
	memcpy(reading->address.namespace, dump->namespace, sizeof(dump->namespace));
	return 1;
}

/* The link went away since it was looked up. */
static bool address_is_empty(const struct error *error)
{
	return error->kind == ERROR_KERNEL && error->number == ENODEV;
}

static void address_reading_free(struct reading_dump *dump)
{
	link_names_free(((struct address_reading *)dump)->names);
}

static void address_reading_setup(struct reading_dump *dump, const void *context)
{
	struct address_reading *reading = (struct address_reading *)dump;
	const struct address_filter *filter = context;

	reading->family = filter->family;
	text_copy(reading->link.name, sizeof(reading->link.name), filter->link);
}

int address_reading(struct netops *netops, const char *namespace,
		    const struct address_filter *filter, struct reading **ret,
		    struct error *error)
{
	static const struct reading_table table = { .size = sizeof(struct address_reading),
						    .ask = address_reading_ask,
						    .take = address_reading_take,
						    .is_empty = address_is_empty,
						    .free = address_reading_free };

	return reading_dump_open(netops, namespace, &table, address_reading_setup, filter, ret,
				 error);
}

static int address_collect(const struct address *address, void *context, struct error *error)
{
	return address_list_add(context, address, error);
}

static void address_forget(void *context)
{
	struct address_list *list = context;

	list->count = 0;
}

int address_list_read(struct netlink *netlink, const char *namespace, uint32_t link_index,
		      struct address_list *ret, struct error *error)
{
	*ret = (struct address_list){ 0 };
	if (!address_dump(netlink, namespace, link_index, 0, address_collect, address_forget,
			  ret, error))
		return 0;
	address_list_free(ret);
	return -1;
}

/* The search for the one that a key means. */
struct address_search {
	const struct address *key;
	struct address exact, other; /* without the key's peer: another one that fits */
	unsigned int exact_count, other_count;
	char candidates[ERROR_CANDIDATES][ERROR_URL_SIZE];
};

static int address_compare(const struct address *address, void *context, struct error *error)
{
	struct address_search *search = context;
	const struct address *key = search->key;
	bool peer = ADDRESS_GIVEN(key, peer);

	(void)error;
	if (!ip_equal(&address->options.address, &key->options.address) ||
	    address_prefix_length(address) != key->options.address.prefix_length)
		return 0;
	if (peer == ADDRESS_GIVEN(address, peer) &&
	    (!peer || ip_equal(&address->options.peer, &key->options.peer))) {
		search->exact = *address;
		search->exact_count++;
	} else if (!peer) {
		search->other = *address;
		if (search->other_count < ERROR_CANDIDATES)
			address_url(address, search->candidates[search->other_count]);
		search->other_count++;
	}
	return 0;
}

static void address_search_restart(void *context)
{
	struct address_search *search = context;

	search->exact_count = search->other_count = 0;
}

static int address_ambiguous(const struct address_search *search, struct error *error)
{
	error_set(error, ERROR_AMBIGUOUS,
		  "%u addresses of the link fit; a peer tells them apart", search->other_count);
	error->candidate_count = search->other_count;
	memcpy(error->candidates, search->candidates, sizeof(error->candidates));
	return -1;
}

static int address_absent(const struct address *key, struct error *error)
{
	char text[IP_TEXT_SIZE];

	ip_format_prefix(&key->options.address, text);
	return error_set(error, ERROR_ABSENT,
			 "link \"%.15s\" of namespace \"%.64s\" has no address %s%s",
			 key->link.name, key->namespace, text,
			 ADDRESS_GIVEN(key, peer) ? " with this peer" : "");
}

/* On an open socket, the link's index known. */
static int address_seek(struct netlink *netlink, const struct address *key, uint32_t link_index,
			struct address *ret, struct error *error)
{
	struct address_search search;

	search.key = key;
	address_search_restart(&search);
	if (address_dump(netlink, key->namespace, link_index, key->options.address.family,
			 address_compare, address_search_restart, &search, error))
		return error->number == ENODEV ? address_absent(key, error) : -1;
	if (!search.exact_count && search.other_count > 1)
		return address_ambiguous(&search, error);
	if (!search.exact_count && !search.other_count)
		return address_absent(key, error);
	*ret = search.exact_count ? search.exact : search.other;
	return 0;
}

int address_read_on(struct netlink *netlink, const struct address *key, struct address *ret,
		    struct error *error)
{
	struct device link = key->link;
	bool found;

	if (device_index_ask(netlink, &link, &found, error))
		return -1;
	if (!found)
		return error_set(error, ERROR_ABSENT,
				 "there is no link \"%.15s\" in namespace \"%.64s\"", link.name,
				 key->namespace);
	return address_seek(netlink, key, link.index, ret, error);
}

int address_read(struct netops *netops, const struct address *key, struct address *ret,
		 struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (namespace_enter_to_find(netops, key->namespace, &socket, error))
		return -1;
	return address_read_on(socket.netlink, key, ret, error);
}

int address_list_of(struct netops *netops, const char *namespace, struct address_list *ret,
		    struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	*ret = (struct address_list){ 0 };
	if (namespace_enter(netops, namespace, &socket, error))
		return -1;
	return address_list_read(socket.netlink, namespace, 0, ret, error);
}
