/* Notifications as records: what all of them are about, and whose doing they are. */
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include "netops/monitor_private.h"
#include "netops/netlink.h"

/* What the messages of a subject look like. */
struct monitor_form {
	uint16_t made, gone;
	enum monitor_subject subject;
	size_t header; /* bytes; at the least */
};

static const struct monitor_form monitor_forms[] = {
	{ RTM_NEWLINK, RTM_DELLINK, MONITOR_LINK, sizeof(struct ifinfomsg) },
	{ RTM_NEWADDR, RTM_DELADDR, MONITOR_ADDRESS, sizeof(struct ifaddrmsg) },
	{ RTM_NEWROUTE, RTM_DELROUTE, MONITOR_ROUTE, sizeof(struct rtmsg) },
	{ RTM_NEWRULE, RTM_DELRULE, MONITOR_RULE, sizeof(struct rtgenmsg) },
	{ RTM_NEWNEIGH, RTM_DELNEIGH, MONITOR_NEIGHBOR, sizeof(struct ndmsg) },
	{ RTM_NEWNEXTHOP, RTM_DELNEXTHOP, MONITOR_NEXTHOP, sizeof(struct rtgenmsg) },
	{ RTM_NEWNETCONF, RTM_DELNETCONF, MONITOR_FORWARDING, sizeof(struct rtgenmsg) },
};

static const struct monitor_form *monitor_form(const struct nlmsghdr *header)
{
	for (size_t i = 0; i < sizeof(monitor_forms) / sizeof(monitor_forms[0]); i++) {
		if (header->nlmsg_type == monitor_forms[i].made ||
		    header->nlmsg_type == monitor_forms[i].gone)
			return &monitor_forms[i];
	}
	return NULL;
}

/* A bridge says with messages of its own family that a link has become, or is no more, its port. */
static void monitor_parse_link(const struct nlmsghdr *header, int length,
			       struct monitor_record *ret)
{
	const struct ifinfomsg *link = NLMSG_DATA(header);
	const struct nlattr *attributes = nlmsg_attrdata(header, (int)sizeof(struct ifinfomsg));
	int rest = length - (int)((const char *)attributes - (const char *)header);

	ret->aside = link->ifi_family != AF_UNSPEC;
	ret->gone = ret->gone && !ret->aside;
	ret->index = (uint32_t)link->ifi_index;
	netlink_text(rest > 0 ? nla_find(attributes, rest, IFLA_IFNAME) : NULL, ret->name,
		     sizeof(ret->name));
}

static void monitor_parse_route(const struct nlmsghdr *header, int length,
				struct monitor_record *ret)
{
	const struct rtmsg *route = NLMSG_DATA(header);
	const struct nlattr *attributes = nlmsg_attrdata(header, (int)sizeof(*route));
	int rest = length - (int)((const char *)attributes - (const char *)header);

	ret->marked = route->rtm_protocol == OWNED_PROTOCOL;
	ret->by_kernel = route->rtm_protocol == RTPROT_KERNEL;
	if (ret->by_kernel && rest > 0)
		ret->index = netlink_number(nla_find(attributes, rest, RTA_OIF));
}

/* What was removed in use tells of itself first as failed. */
static void monitor_parse_neighbor(const struct nlmsghdr *header, int length,
				   struct monitor_record *ret)
{
	const struct ndmsg *neighbor = NLMSG_DATA(header);
	const struct nlattr *attributes = nlmsg_attrdata(header, (int)sizeof(*neighbor));
	int rest = length - (int)((const char *)attributes - (const char *)header);

	ret->index = (uint32_t)neighbor->ndm_ifindex;
	ret->marked = rest > 0 && netlink_number(nla_find(attributes, rest, NDA_PROTOCOL)) ==
					  OWNED_PROTOCOL;
}

static void monitor_parse_setting(const struct nlmsghdr *header, int length,
				  struct monitor_record *ret)
{
	const struct netconfmsg *message = NLMSG_DATA(header);
	const struct nlattr *attributes = nlmsg_attrdata(header, (int)sizeof(*message));
	int rest = length - (int)((const char *)attributes - (const char *)header);
	const struct nlattr *forwarding =
		rest > 0 ? nla_find(attributes, rest, NETCONFA_FORWARDING) : NULL;

	ret->family = message->ncm_family;
	ret->forwarding = forwarding ? netlink_number(forwarding) != 0 : -1;
}

static bool monitor_is_ours(const struct nlmsghdr *header)
{
	return (header->nlmsg_pid & ~((1u << NETLINK_OWN_BITS) - 1)) == netlink_own_numbers();
}

bool monitor_parse(const void *data, size_t length, struct monitor_record *ret)
{
	const struct nlmsghdr *header = data;
	size_t whole = length < sizeof(*header)	  ? 0 :
		       header->nlmsg_len < length ? header->nlmsg_len :
						    length;
	const struct monitor_form *form = whole ? monitor_form(header) : NULL;

	*ret = (struct monitor_record){ .gone = false };
	if (!form || whole < NLMSG_LENGTH(form->header))
		return false;
	ret->subject = form->subject;
	ret->gone = header->nlmsg_type == form->gone;
	ret->cut = whole < header->nlmsg_len;
	ret->message = header;
	ret->by_us = monitor_is_ours(header);
	ret->marked = true;
	if (form->subject == MONITOR_LINK)
		monitor_parse_link(header, (int)whole, ret);
	if (form->subject == MONITOR_ADDRESS)
		ret->index = ((const struct ifaddrmsg *)NLMSG_DATA(header))->ifa_index;
	if (form->subject == MONITOR_ROUTE)
		monitor_parse_route(header, (int)whole, ret);
	if (form->subject == MONITOR_FORWARDING)
		monitor_parse_setting(header, (int)whole, ret);
	if (form->subject == MONITOR_NEIGHBOR)
		monitor_parse_neighbor(header, (int)whole, ret);
	return true;
}
