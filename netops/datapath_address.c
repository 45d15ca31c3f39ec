/* The IPv6 link-local address of a tunnel: net/ipv6/addrconf.c, of its IPv4 address. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"
#include "netops/link_private.h"

/* What addresses are told from in IFA_PROTO where the kernel made them by itself. */
#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif
enum { PROTO_KERNEL_LL = 2, LINK_LOCAL_LENGTH = 64 };

/* RFC 5214, 6.1: whether the IPv4 address is one of a kind, net/ipv6/addrconf.c: __ipv6_isatap_ifid() */
static bool is_private(const uint8_t *v4)
{
	return v4[0] == 0 || v4[0] == 10 || v4[0] == 127 || v4[0] >= 224 ||
	       (v4[0] == 169 && v4[1] == 254) || (v4[0] == 172 && (v4[1] & 0xf0) == 16) ||
	       (v4[0] == 192 && v4[1] == 0 && v4[2] == 2) ||
	       (v4[0] == 192 && v4[1] == 88 && v4[2] == 99) || (v4[0] == 192 && v4[1] == 168) ||
	       (v4[0] == 198 && (v4[1] & 0xfe) == 18);
}

static bool link_local_of(const struct link *link, uint8_t ret[16])
{
	const uint8_t *v4 = link->options.local.bytes;
	const bool plain_sit = link->kind->outer_protocol == IPPROTO_IPV6 &&
			       !link->kind->claims;

	if (!LINK_GIVEN(link, local) || ip_is_any(&link->options.local))
		return false;
	memset(ret, 0, 16);
	ret[0] = 0xfe;
	ret[1] = 0x80;
	if (!plain_sit) {
		ret[8] = is_private(v4) ? 0 : 2;
		ret[10] = 0x5e;
		ret[11] = 0xfe;
	}
	memcpy(ret + 12, v4, 4);
	return true;
}

/* Like the kernel's own: where it cannot be, the tunnel is there all the same. */
void datapath_link_local(const struct link_call *call, const struct link *link)
{
	struct ifaddrmsg header = { .ifa_family = AF_INET6,
				    .ifa_prefixlen = LINK_LOCAL_LENGTH,
				    .ifa_flags = IFA_F_NODAD,
				    .ifa_scope = RT_SCOPE_LINK,
				    .ifa_index = call->index };
	struct nl_msg *message CLEANUP_MESSAGE = NULL;
	struct error ignored;
	uint8_t address[16];

	error_clear(&ignored);
	if (link->kind->ethernet || !link_local_of(link, address))
		return;
	message = netlink_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header,
				  sizeof(header), &ignored);
	if (!message)
		return;
	nla_put(message, IFA_LOCAL, sizeof(address), address);
	nla_put_u8(message, IFA_PROTO, PROTO_KERNEL_LL);
	(void)netlink_request(call->netlink, message, &ignored);
}

static bool has_link_local(const struct link *link)
{
	for (size_t i = 0; i < link->addresses.count; i++) {
		const struct ip *ip = &link->addresses.items[i].options.address;

		if (ip->family == AF_INET6 && ip_is_link_local(ip))
			return true;
	}
	return false;
}

void datapath_tend(struct netops *netops, const struct link *link)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call call = { .netops = netops, .index = link->status.index };
	struct error ignored;

	error_clear(&ignored);
	if (!link->status.userspace || !link->options.up || !link_is_ours(link) ||
	    has_link_local(link) || namespace_enter(netops, link->namespace, &socket, &ignored))
		return;
	call.netlink = socket.netlink;
	datapath_link_local(&call, link);
}
