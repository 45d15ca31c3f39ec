/*
 * What is in a namespace, by number: what is few and cheap to count. Routes and
 * neighbours may be a million, so nobody counts them in passing.
 */
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netops/kind.h"
#include "netops/link.h"
#include "netops/namespace.h"
#include "netops/netlink.h"

static void count_kind(struct namespace_counts *counts, const char *kind)
{
	unsigned int i = 0;

	while (i < counts->kind_count && strcmp(counts->kinds[i].name, kind))
		i++;
	if (!kind[0] || i == NAMESPACE_KINDS)
		return;
	if (i == counts->kind_count) {
		snprintf(counts->kinds[i].name, sizeof(counts->kinds[i].name), "%s", kind);
		counts->kinds[i].count = 0;
		counts->kind_count++;
	}
	counts->kinds[i].count++;
}

static int count_link(struct link *link, void *context, struct error *error)
{
	struct namespace_counts *counts = context;

	(void)error;
	counts->links++;
	counts->tunnels += link->kind && link->kind->tunnel;
	count_kind(counts, link->kind ? link->kind->name : link->kernel_kind);
	return 0;
}

static int count_message(const struct nlmsghdr *header, void *context, struct error *error)
{
	(void)error;
	*(uint32_t *)context += header->nlmsg_type == RTM_NEWADDR ||
				header->nlmsg_type == RTM_NEWRULE;
	return 0;
}

static void count_again(void *context)
{
	*(uint32_t *)context = 0;
}

static int count_dump(struct netlink *netlink, int type, const void *header, size_t length,
		      uint32_t *ret, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(type, 0, header, length, error);

	*ret = 0;
	return message ?
		       netlink_dump(netlink, message, count_message, count_again, ret, error) :
		       -1;
}

/* Of all families that have some: IPv4 and IPv6. */
static int count_rules(struct netlink *netlink, uint32_t *ret, struct error *error)
{
	struct fib_rule_hdr header = { .family = AF_INET }, header6 = { .family = AF_INET6 };
	uint32_t six;

	if (count_dump(netlink, RTM_GETRULE, &header, sizeof(header), ret, error) ||
	    count_dump(netlink, RTM_GETRULE, &header6, sizeof(header6), &six, error))
		return -1;
	*ret += six;
	return 0;
}

static int count_addresses(struct netlink *netlink, uint32_t *ret, struct error *error)
{
	struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };

	return count_dump(netlink, RTM_GETADDR, &header, sizeof(header), ret, error);
}

int namespace_count(struct netops *netops, const char *name, struct namespace_counts *ret,
		    struct error *error)
{
	static const struct link_filter bare = { .bare = true };
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	*ret = (struct namespace_counts){ .nsid = -1 };
	if (namespace_enter(netops, name, &socket, error) ||
	    count_addresses(socket.netlink, &ret->addresses, error) ||
	    count_rules(socket.netlink, &ret->rules, error) ||
	    link_list(netops, name, &bare, count_link, ret, error))
		return -1;
	return namespace_number(netops, name, &ret->nsid, error);
}
