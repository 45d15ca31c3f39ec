/*
 * The MTU that the kernel would give a tunnel: net/ipv4/ip_tunnel.c, ip_tunnel_bind_dev(),
 * and net/ipv6/sit.c, ipip6_tunnel_bind_dev(): that of the device through which the far
 * end is reached, without what is put around a packet.
 */
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

static uint32_t route_ask(struct netlink *netlink, const struct link *link)
{
	struct rtmsg header = { .rtm_family = AF_INET, .rtm_dst_len = 32 };
	struct error ignored;
	struct nl_msg *message CLEANUP_MESSAGE = NULL;
	uint32_t index = 0;

	error_clear(&ignored);
	header.rtm_src_len = LINK_GIVEN(link, local) ? 32 : 0;
	message = netlink_message(RTM_GETROUTE, 0, &header, sizeof(header), &ignored);
	if (!message)
		return 0;
	nla_put(message, RTA_DST, 4, link->options.remote.bytes);
	if (LINK_GIVEN(link, local))
		nla_put(message, RTA_SRC, 4, link->options.local.bytes);
	if (LINK_GIVEN(link, device) && link->options.device.index)
		nla_put_u32(message, RTA_OIF, link->options.device.index);
	if (LINK_GIVEN(link, fwmark))
		nla_put_u32(message, RTA_MARK, link->options.fwmark);
	return netlink_get(netlink, message, route_device, &index, &ignored) ? 0 : index;
}

/* 0: it is not known. */
static uint32_t device_mtu(struct netlink *netlink, uint32_t index)
{
	struct link link CLEANUP_LINK = LINK_EMPTY;
	struct error ignored;

	error_clear(&ignored);
	if (!index || link_get(netlink, "", NULL, index, &link, &ignored))
		return 0;
	return link.options.mtu < 65535 ? link.options.mtu : 65535;
}

static uint32_t outer_mtu(struct netops *netops, const struct link *link)
{
	const char *under = link->underlay_namespace[0] ? link->underlay_namespace :
							  link->namespace;
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error ignored;
	uint32_t index = 0;

	error_clear(&ignored);
	if (namespace_enter(netops, under, &socket, &ignored))
		return 0;
	if (LINK_GIVEN(link, remote) && !ip_is_any(&link->options.remote))
		index = route_ask(socket.netlink, link);
	if (!index && LINK_GIVEN(link, device))
		index = link->options.device.index;
	return device_mtu(socket.netlink, index);
}

uint32_t datapath_mtu(struct netops *netops, const struct link *link)
{
	const uint32_t least = link->kind->outer_protocol == IPPROTO_IPV6 ? MTU_IPV6 : MTU_IPV4;
	uint32_t outer = outer_mtu(netops, link), length = around(link);

	outer = outer ? outer : MTU_ETHERNET;
	return outer > length + least ? outer - length : least;
}
