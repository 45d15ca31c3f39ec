/*
 * A type of message tells subject and verb: rtnetlink has four types in a row for
 * each subject (linux/rtnetlink.h: NEW, DEL, GET, SET), IPsec has a list of its own.
 */
#include "netops/kernel_count.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <netlink/version.h>
#include <stdbool.h>

#include "netops/netops_private.h"

const char *const kernel_subject_names[KERNEL_SUBJECTS] = {
	[KERNEL_LINK] = "link",	  [KERNEL_ADDRESS] = "address",	  [KERNEL_ROUTE] = "route",
	[KERNEL_RULE] = "rule",	  [KERNEL_NEIGHBOR] = "neighbor", [KERNEL_IPSEC] = "ipsec",
	[KERNEL_OTHER] = "other",
};

const char *const kernel_verb_names[KERNEL_VERBS] = {
	[KERNEL_SET] = "set",
	[KERNEL_DELETE] = "delete",
	[KERNEL_GET] = "get",
	[KERNEL_DUMP] = "dump",
};

const char *netops_library_version(void)
{
	return LIBNL_VERSION;
}

struct kernel_counts *netops_counts(struct netops *netops)
{
	return netops ? &netops->counts : NULL;
}

static enum kernel_subject kernel_route_subject(uint16_t type)
{
	static const struct {
		uint16_t first;
		enum kernel_subject subject;
	} all[] = {
		{ RTM_NEWLINK, KERNEL_LINK },	{ RTM_NEWADDR, KERNEL_ADDRESS },
		{ RTM_NEWROUTE, KERNEL_ROUTE }, { RTM_NEWNEIGH, KERNEL_NEIGHBOR },
		{ RTM_NEWRULE, KERNEL_RULE },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if ((type & ~3) == all[i].first)
			return all[i].subject;
	}
	return KERNEL_OTHER;
}

static enum kernel_verb kernel_route_verb(uint16_t type)
{
	switch (type & 3) {
	case RTM_DELLINK & 3:
		return KERNEL_DELETE;
	case RTM_GETLINK & 3:
		return KERNEL_GET;
	default:
		return KERNEL_SET;
	}
}

static enum kernel_verb kernel_ipsec_verb(uint16_t type)
{
	switch (type) {
	case XFRM_MSG_DELSA:
	case XFRM_MSG_DELPOLICY:
		return KERNEL_DELETE;
	case XFRM_MSG_GETSA:
	case XFRM_MSG_GETPOLICY:
		return KERNEL_GET;
	default:
		return KERNEL_SET;
	}
}

void kernel_count_request(struct kernel_counts *counts, int protocol,
			  const struct nlmsghdr *header)
{
	uint16_t type = header->nlmsg_type;
	bool ipsec = protocol == NETLINK_XFRM;
	enum kernel_verb verb = ipsec ? kernel_ipsec_verb(type) : kernel_route_verb(type);
	enum kernel_subject subject = ipsec ? KERNEL_IPSEC : kernel_route_subject(type);

	/* The flags of a dump mean something else in what makes or changes. */
	if (verb == KERNEL_GET && (header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		verb = KERNEL_DUMP;
	if (counts)
		kernel_count(&counts->requests[subject][verb]);
}

void kernel_count_notification(struct kernel_counts *counts, const struct nlmsghdr *header)
{
	if (counts)
		kernel_count(&counts->notifications[kernel_route_subject(header->nlmsg_type)]);
}

void kernel_count_error(struct kernel_counts *counts, int number)
{
	if (counts)
		kernel_count(
			&counts->errors[number > 0 && number < KERNEL_ERRNOS ? number : 0]);
}
