/*
 * The multicast socket in one namespace. A filter lets the kernel drop what nobody
 * asks for before it is queued: foreign routes and neighbours, for a routing daemon
 * that loads a full table would overrun any buffer. It is exchanged while the socket
 * hears, so that nothing is missed and all comes in one order. Routes that the kernel
 * makes for addresses always pass: sometimes they are the first to tell of one. The routes and
 * neighbours of our own that this process makes and removes itself never pass:
 * thousands a second, of which who does it knows.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/monitor_private.h"
#include "netops/netlink.h"

/* The kernel counts about 800 bytes for each message, and twice this for the buffer. */
enum {
	MONITOR_BUFFER = 8 * 1024 * 1024,
	MONITOR_BUFFER_OF_ROUTES = 32 * 1024 * 1024, /* 80,000 changes of a table */
};

#define GROUP(name) UINT32_C(1) << (RTNLGRP_##name - 1)
static const uint32_t monitor_groups =
	GROUP(LINK) | GROUP(IPV4_IFADDR) | GROUP(IPV6_IFADDR) | GROUP(IPV4_ROUTE) |
	GROUP(IPV6_ROUTE) | GROUP(IPV4_RULE) | GROUP(IPV6_RULE) | GROUP(NEIGH) |
	GROUP(IPV4_NETCONF) | GROUP(IPV6_NETCONF) | GROUP(NEXTHOP);

/* ---- the filter: its instructions by their places ---- */

/* All jumps go forward. */
enum {
	AT_TYPE,
	AT_IF_ROUTE,
	AT_IF_DEAD_ROUTE,
	AT_IF_NEIGHBOR,
	AT_IF_DEAD_NEIGHBOR,
	AT_IF_NEXTHOP,
	AT_IF_DEAD_NEXTHOP,
	AT_IF_NETCONF,
	AT_NETCONF,
	AT_IF_ALL,
	AT_ROUTE,
	AT_IF_OWN_ROUTE,
	AT_IF_KERNEL_ROUTE,
	AT_NEIGHBOR,
	AT_IF_BRIDGE,
	AT_ATTRIBUTES,
	AT_ATTRIBUTE,
	AT_FIND,
	AT_FOUND,
	AT_PROTOCOL,
	AT_IF_OWN_NEIGHBOR,
	AT_SENDER,
	AT_MASK,
	AT_IF_US,
	AT_PASS,
	AT_DROP,
	AT_END,
};

#define DO(at, code, k) [at] = BPF_STMT(code, k)
#define IF(at, value, yes, no) \
	[at] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, (yes) - (at)-1, (no) - (at)-1)
#define HEADER(type, member) NLMSG_HDRLEN + offsetof(struct type, member)

/*
 * A load takes network order (networking/filter.txt); what stands there in the host's
 * is compared with htons(). What passes must pass whole: the return value is where
 * the kernel would cut.
 */
static int monitor_filter(int fd, int extent)
{
	const int routes = extent & MONITOR_ALL_ROUTES ? AT_PASS : AT_DROP;
	const int neighbors = extent & MONITOR_ALL_NEIGHBORS ? AT_PASS : AT_DROP;
	struct sock_filter code[AT_END] = {
		DO(AT_TYPE, BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		IF(AT_IF_ROUTE, htons(RTM_NEWROUTE), AT_ROUTE, AT_IF_DEAD_ROUTE),
		IF(AT_IF_DEAD_ROUTE, htons(RTM_DELROUTE), AT_ROUTE, AT_IF_NEIGHBOR),
		IF(AT_IF_NEIGHBOR, htons(RTM_NEWNEIGH), AT_NEIGHBOR, AT_IF_DEAD_NEIGHBOR),
		IF(AT_IF_DEAD_NEIGHBOR, htons(RTM_DELNEIGH), AT_NEIGHBOR, AT_IF_NEXTHOP),
		IF(AT_IF_NEXTHOP, htons(RTM_NEWNEXTHOP), routes, AT_IF_DEAD_NEXTHOP),
		IF(AT_IF_DEAD_NEXTHOP, htons(RTM_DELNEXTHOP), routes, AT_IF_NETCONF),
		IF(AT_IF_NETCONF, htons(RTM_NEWNETCONF), AT_NETCONF, AT_PASS),
		/* Its first attribute is the link, of which each would tell for itself. */
		DO(AT_NETCONF, BPF_LD | BPF_W | BPF_ABS,
		   NLMSG_SPACE(sizeof(struct netconfmsg)) + NLA_HDRLEN),
		IF(AT_IF_ALL, (uint32_t)NETCONFA_IFINDEX_ALL, AT_PASS, AT_DROP),
		DO(AT_ROUTE, BPF_LD | BPF_B | BPF_ABS, HEADER(rtmsg, rtm_protocol)),
		IF(AT_IF_OWN_ROUTE, OWNED_PROTOCOL, AT_SENDER, AT_IF_KERNEL_ROUTE),
		IF(AT_IF_KERNEL_ROUTE, RTPROT_KERNEL, AT_PASS, routes),
		/* What a bridge learns is something else. */
		DO(AT_NEIGHBOR, BPF_LD | BPF_B | BPF_ABS, HEADER(ndmsg, ndm_family)),
		IF(AT_IF_BRIDGE, AF_BRIDGE, AT_DROP, AT_ATTRIBUTES),
		/* The kernel finds the attribute; at 0, where there is none, stands no such number. */
		DO(AT_ATTRIBUTES, BPF_LD | BPF_IMM, NLMSG_HDRLEN + sizeof(struct ndmsg)),
		DO(AT_ATTRIBUTE, BPF_LDX | BPF_IMM, NDA_PROTOCOL),
		DO(AT_FIND, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_NLATTR)),
		DO(AT_FOUND, BPF_MISC | BPF_TAX, 0),
		DO(AT_PROTOCOL, BPF_LD | BPF_B | BPF_IND, NLA_HDRLEN),
		IF(AT_IF_OWN_NEIGHBOR, OWNED_PROTOCOL, AT_SENDER, neighbors),
		DO(AT_SENDER, BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		DO(AT_MASK, BPF_ALU | BPF_AND | BPF_K, htonl(~((1u << NETLINK_OWN_BITS) - 1))),
		IF(AT_IF_US, htonl(netlink_own_numbers()), AT_DROP, AT_PASS),
		DO(AT_PASS, BPF_RET | BPF_K, UINT32_MAX),
		DO(AT_DROP, BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = AT_END, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Without CAP_NET_ADMIN there is as much as the machine's limit allows. */
static void monitor_set_buffer(int fd, int size)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int monitor_socket_set(int fd, int extent, struct error *error)
{
	monitor_set_buffer(fd, extent & MONITOR_ALL_ROUTES ? MONITOR_BUFFER_OF_ROUTES :
							     MONITOR_BUFFER);
	if (monitor_filter(fd, extent))
		return error_errno(error, errno, "listening to the kernel");
	return 0;
}

/* Bound last, so that nothing is heard unfiltered. */
int monitor_socket_open(void *context, struct error *error)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = monitor_groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return error_errno(error, errno, "opening a netlink socket");
	if (monitor_socket_set(fd, 0, error) ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		error_errno(error, errno, "listening to the kernel");
		close(fd);
		return -1;
	}
	*(int *)context = fd;
	return 0;
}
