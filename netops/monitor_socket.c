/*
 * The multicast socket in one namespace, and its messages. A filter lets the
 * kernel drop foreign routes and neighbours before they are queued: a routing daemon
 * that loads a full table would overrun any buffer, and is none of our business. Nor
 * are those that this process makes and removes itself: thousands a second, of which
 * who does it knows.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/monitor_private.h"
#include "netops/netlink.h"

/* The kernel counts about 800 bytes for each message, and twice this for the buffer. */
enum { MONITOR_BUFFER = 8 * 1024 * 1024 };

enum {
	MONITOR_GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			 RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
			 RTMGRP_NEIGH | 1 << (RTNLGRP_IPV6_RULE - 1)
};

/*
 * A half-word load takes network order (networking/filter.txt), the type stands
 * there in the host's, so it is compared with htons(). What passes must pass
 * whole: the return value is where the kernel would cut.
 */
static int monitor_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			 NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_protocol)),
		BPF_JUMP(BPF_JMP | BPF_JA | BPF_K, 7, 0, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWNEIGH), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELNEIGH), 0, 9),
		/* The kernel finds the attribute; at 0, where there is none, stands no such number. */
		BPF_STMT(BPF_LD | BPF_IMM, NLMSG_HDRLEN + sizeof(struct ndmsg)),
		BPF_STMT(BPF_LDX | BPF_IMM, NDA_PROTOCOL),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_NLATTR)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, NLA_HDRLEN),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWNED_PROTOCOL, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, htonl(~((1u << NETLINK_OWN_BITS) - 1))),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(netlink_own_numbers()), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Without CAP_NET_ADMIN there is as much as the machine's limit allows. */
static void monitor_set_buffer(int fd)
{
	int size = MONITOR_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Bound last, so that nothing is heard unfiltered. */
int monitor_socket_open(void *context, struct error *error)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = MONITOR_GROUPS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return error_errno(error, errno, "opening a netlink socket");
	monitor_set_buffer(fd);
	if (monitor_filter(fd) ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		error_errno(error, errno, "listening to the kernel");
		close(fd);
		return -1;
	}
	*(int *)context = fd;
	return 0;
}

/* A bridge says with messages of its own family that a link has become, or is no more, its port. */
static void monitor_parse_link(const struct nlmsghdr *header, int length,
			       struct monitor_record *ret)
{
	const struct ifinfomsg *link = NLMSG_DATA(header);
	const struct nlattr *attributes = nlmsg_attrdata(header, (int)sizeof(struct ifinfomsg));
	int rest = length - (int)((const char *)attributes - (const char *)header);

	ret->subject = MONITOR_LINK;
	ret->gone = header->nlmsg_type == RTM_DELLINK && link->ifi_family == AF_UNSPEC;
	ret->index = (uint32_t)link->ifi_index;
	netlink_text(rest > 0 ? nla_find(attributes, rest, IFLA_IFNAME) : NULL, ret->name,
		     sizeof(ret->name));
}

/* What was removed in use tells of itself first as failed. */
static void monitor_parse_neighbor(const struct nlmsghdr *header, struct monitor_record *ret)
{
	const struct ndmsg *neighbor = NLMSG_DATA(header);

	ret->subject = MONITOR_NEIGHBOR;
	ret->gone = header->nlmsg_type == RTM_DELNEIGH;
	ret->index = (uint32_t)neighbor->ndm_ifindex;
}

static void monitor_parse_address(const struct nlmsghdr *header, struct monitor_record *ret)
{
	const struct ifaddrmsg *address = NLMSG_DATA(header);

	ret->subject = MONITOR_ADDRESS;
	ret->gone = header->nlmsg_type == RTM_DELADDR;
	ret->index = address->ifa_index;
}

bool monitor_parse(const void *data, size_t length, struct monitor_record *ret)
{
	const struct nlmsghdr *header = data;
	size_t whole = length < sizeof(*header)	  ? 0 :
		       header->nlmsg_len < length ? header->nlmsg_len :
						    length;

	*ret = (struct monitor_record){ .gone = false };
	if (whole < NLMSG_LENGTH(sizeof(struct rtgenmsg)))
		return false;
	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (whole < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
			return false;
		monitor_parse_link(header, (int)whole, ret);
		return true;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (whole < NLMSG_LENGTH(sizeof(struct ifaddrmsg)))
			return false;
		monitor_parse_address(header, ret);
		return true;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		ret->subject = MONITOR_ROUTE;
		ret->gone = header->nlmsg_type == RTM_DELROUTE;
		return true;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		if (whole < NLMSG_LENGTH(sizeof(struct ndmsg)))
			return false;
		monitor_parse_neighbor(header, ret);
		return true;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		ret->subject = MONITOR_RULE;
		ret->gone = header->nlmsg_type == RTM_DELRULE;
		return true;
	default:
		return false;
	}
}
