/*
 * The MTU that the kernel would give a tunnel: net/ipv4/ip_tunnel.c, ip_tunnel_bind_dev(),
 * and net/ipv6/sit.c, ipip6_tunnel_bind_dev(): that of the device through which the far
 * end is reached, without what is put around a packet.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"
#include "netops/link_private.h"

enum {
	MTU_ETHERNET = 1500,
	MTU_IPV4 = 68,
	MTU_IPV6 = 1280,
	MTU_MOST = 65535,
	LENGTH_IPV4 = 20,
	LENGTH_GRE = 4,
	LENGTH_WORD = 4, /* checksum, key, sequence number */
	LENGTH_ETHERNET = 14,
};

static uint32_t around(const struct link *link)
{
	const struct link_options *options = &link->options;
	uint32_t length = LENGTH_IPV4;

	if (link->kind->outer_protocol != IPPROTO_GRE)
		return length;
	length += LENGTH_GRE;
	length += LINK_GIVEN(link, output_key) ? LENGTH_WORD : 0;
	length += LINK_GIVEN(link, output_checksum) && options->output_checksum ? LENGTH_WORD :
										  0;
	length += LINK_GIVEN(link, output_sequence) && options->output_sequence ? LENGTH_WORD :
										  0;
	return length + (link->kind->ethernet ? LENGTH_ETHERNET : 0);
}

static int route_device(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct nlattr *device;

	(void)error;
	if (header->nlmsg_type != RTM_NEWROUTE)
		return 0;
	device = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header, sizeof(struct rtmsg),
				 RTA_OIF);
	*(uint32_t *)context = netlink_number(device);
	return 0;
}

/* net/ipv4/route.c: no route is an answer, too; anything else is a question that failed. */
static bool is_no_route(const struct error *error)
{
	return error->number == ENETUNREACH || error->number == EHOSTUNREACH ||
	       error->number == EACCES || error->number == EINVAL || error->number == ENODEV;
}

static int route_ask(struct netlink *netlink, const struct link *link, uint32_t *ret,
		     struct error *error)
{
	struct rtmsg header = { .rtm_family = AF_INET, .rtm_dst_len = 32 };
	struct nl_msg *message CLEANUP_MESSAGE = NULL;

	header.rtm_src_len = LINK_GIVEN(link, local) ? 32 : 0;
	message = netlink_message(RTM_GETROUTE, 0, &header, sizeof(header), error);
	if (!message)
		return -1;
	nla_put(message, RTA_DST, 4, link->options.remote.bytes);
	if (LINK_GIVEN(link, local))
		nla_put(message, RTA_SRC, 4, link->options.local.bytes);
	if (LINK_GIVEN(link, device) && link->options.device.index)
		nla_put_u32(message, RTA_OIF, link->options.device.index);
	if (LINK_GIVEN(link, fwmark))
		nla_put_u32(message, RTA_MARK, link->options.fwmark);
	if (!netlink_get(netlink, message, route_device, ret, error))
		return 0;
	if (!is_no_route(error))
		return -1;
	error_clear(error);
	return 0;
}

/* It may be gone by now: then it has none. */
static int device_mtu(struct netlink *netlink, uint32_t index, uint32_t *ret,
		      struct error *error)
{
	struct link link CLEANUP_LINK = LINK_EMPTY;

	if (!link_get(netlink, "", NULL, index, &link, error)) {
		*ret = link.options.mtu < MTU_MOST ? link.options.mtu : MTU_MOST;
		return 0;
	}
	if (error->kind != ERROR_ABSENT && error->number != ENODEV)
		return -1;
	error_clear(error);
	return 0;
}

static int outer_mtu(struct netops *netops, const struct link *link, uint32_t *ret,
		     struct error *error)
{
	const char *under = link->underlay_namespace[0] ? link->underlay_namespace :
							  link->namespace;
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	uint32_t index = 0;

	*ret = MTU_ETHERNET;
	if (namespace_enter(netops, under, &socket, error))
		return -1;
	if (LINK_GIVEN(link, remote) && !ip_is_any(&link->options.remote) &&
	    route_ask(socket.netlink, link, &index, error))
		return -1;
	if (!index && LINK_GIVEN(link, device))
		index = link->options.device.index;
	return index ? device_mtu(socket.netlink, index, ret, error) : 0;
}

int datapath_mtu(struct netops *netops, const struct link *link, uint32_t *ret,
		 struct error *error)
{
	const uint32_t least = link->kind->outer_protocol == IPPROTO_IPV6 ? MTU_IPV6 : MTU_IPV4;
	uint32_t outer, length = around(link);

	if (outer_mtu(netops, link, &outer, error))
		return -1;
	*ret = outer > length + least ? outer - length : least;
	return 0;
}
