/*
 * A deletion looks like what it deletes, but for its type: so both are read by what
 * reads lists.
 */
#include "netops/notice.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "netops/address_private.h"
#include "netops/neighbor_private.h"
#include "netops/route_private.h"
#include "netops/rule_private.h"
#include "netops/text.h"

struct notices {
	struct route_reader routes;
	struct rule rule;
	struct neighbor neighbor;
	struct address address;
};

struct notices *notices_new(void)
{
	return calloc(1, sizeof(struct notices));
}

void notices_free(struct notices *notices)
{
	if (notices)
		free(notices->routes.legs);
	free(notices);
}

/* What is read into a namespace's record: its text is the same for thousands. */
static void set_namespace(char namespace[NAMESPACE_NAME_SIZE], const char *name)
{
	if (strcmp(namespace, name) != 0)
		(void)text_copy(namespace, NAMESPACE_NAME_SIZE, name);
}

static void set_device(struct device *device, struct mirror *mirror, struct notice *ret)
{
	if (!device->index)
		return;
	(void)text_copy(device->name, sizeof(device->name), mirror_name(mirror, device->index));
	memcpy(ret->device, device->name, sizeof(ret->device));
}

static bool read_route(struct notices *notices, const struct nlmsghdr *header,
		       const char *namespace, struct mirror *mirror, struct notice *ret)
{
	struct route *route = &notices->routes.route;
	struct error ignored;

	error_clear(&ignored);
	if (route_parse(header, &notices->routes, &ignored) < 1)
		return false;
	set_namespace(route->namespace, namespace);
	route_url(route, ret->url);
	if (ROUTE_GIVEN(route, device))
		set_device(&route->options.device, mirror, ret);
	ret->family = route->options.destination.family;
	ret->table = route->options.table;
	ret->protocol = route->options.protocol;
	ret->has_table = ret->has_protocol = true;
	/* IPv6 adds a leg to the route that is there; IPv4 makes a second route. */
	ret->replaces = (header->nlmsg_flags & NLM_F_REPLACE) ||
			((header->nlmsg_flags & NLM_F_APPEND) && ret->family == AF_INET6);
	return true;
}

static bool read_address(struct notices *notices, const struct nlmsghdr *header,
			 const char *namespace, struct mirror *mirror, struct notice *ret)
{
	struct address *address = &notices->address;

	*address = (struct address){ 0 };
	if (!address_parse(header, address))
		return false;
	set_namespace(address->namespace, namespace);
	set_device(&address->link, mirror, ret);
	address_url(address, ret->url);
	ret->family = address->options.address.family;
	return true;
}

static bool read_rule(struct notices *notices, const struct nlmsghdr *header,
		      const char *namespace, struct mirror *mirror, struct notice *ret)
{
	struct rule *rule = &notices->rule;

	(void)mirror;
	if (!rule_parse(header, rule))
		return false;
	set_namespace(rule->namespace, namespace);
	rule_url(rule, ret->url);
	ret->family = (uint16_t)rule->options.family;
	ret->table = rule->options.table;
	ret->has_table = RULE_GIVEN(rule, table);
	ret->protocol = rule->options.protocol;
	ret->has_protocol = RULE_GIVEN(rule, protocol);
	return true;
}

static bool read_neighbor(struct notices *notices, const struct nlmsghdr *header,
			  const char *namespace, struct mirror *mirror, struct notice *ret)
{
	struct neighbor *neighbor = &notices->neighbor;

	if (!neighbor_parse(header, neighbor))
		return false;
	set_namespace(neighbor->namespace, namespace);
	set_device(&neighbor->link, mirror, ret);
	neighbor_url(neighbor, ret->url);
	ret->family = neighbor->options.address.family;
	ret->protocol = neighbor->options.protocol;
	ret->has_protocol = true;
	ret->state = row_word_name(neighbor_nud_words, neighbor->options.nud);
	return true;
}

static const struct {
	uint16_t type;
	bool (*read)(struct notices *notices, const struct nlmsghdr *header,
		     const char *namespace, struct mirror *mirror, struct notice *ret);
} forms[] = {
	[MONITOR_ADDRESS] = { RTM_NEWADDR, read_address },
	[MONITOR_ROUTE] = { RTM_NEWROUTE, read_route },
	[MONITOR_RULE] = { RTM_NEWRULE, read_rule },
	[MONITOR_NEIGHBOR] = { RTM_NEWNEIGH, read_neighbor },
};

bool notice_read(struct notices *notices, const struct monitor_record *record,
		 struct mirror *mirror, struct notice *ret)
{
	/* The message is the monitor's own copy. */
	struct nlmsghdr *header = (struct nlmsghdr *)(uintptr_t)record->message;
	const uint16_t type = header->nlmsg_type;
	bool read;

	*ret = (struct notice){ .state = NULL };
	if (record->cut || record->subject >= sizeof(forms) / sizeof(forms[0]) ||
	    !forms[record->subject].read)
		return false;
	if (record->subject != MONITOR_RULE)
		header->nlmsg_type = forms[record->subject].type;
	read = forms[record->subject].read(notices, header, record->namespace, mirror, ret);
	header->nlmsg_type = type;
	return read;
}
