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

struct address_reading {
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

static int address_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	const struct address_reading *reading = context;
	struct address address = { 0 };

	if (!address_parse(header, &address) ||
	    (reading->family && address.options.address.family != reading->family) ||
	    (reading->link.index && address.link.index != reading->link.index))
		return 0;
	memcpy(address.namespace, reading->namespace, strlen(reading->namespace) + 1);
	if (reading->link.index)
		address.link = reading->link;
	else
		device_name(&address.link, reading->names);
	address_drop_own_label(&address);
	return reading->record(&address, reading->context, error);
}

static void address_restarted(void *context)
{
	const struct address_reading *reading = context;

	if (reading->restart)
		reading->restart(reading->context);
}

static int address_ask(struct netlink *netlink, struct address_reading *reading,
		       struct error *error)
{
	struct ifaddrmsg header = { .ifa_family = (uint8_t)reading->family,
				    .ifa_index = reading->link.index };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETADDR, 0, &header, sizeof(header), error);

	if (!message)
		return -1;
	return netlink_dump(netlink, message, address_heard, address_restarted, reading, error);
}

int address_dump(struct netlink *netlink, const char *namespace, uint32_t link_index,
		 uint16_t family, address_record *record, void (*restart)(void *context),
		 void *context, struct error *error)
{
	struct address_reading reading = { .namespace = namespace,
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
