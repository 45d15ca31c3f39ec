/* IPv4 (and MPLS) in IPv4: RFC 2003, RFC 4023; net/ipv4/ipip.c. */
#include <linux/if_tunnel.h>
#include <netinet/in.h>

#include "netops/kind.h"

/* The inner protocol; the kernel's default is ipip. */
static const struct row_word ipip_modes[] = {
	{ "ipip", IPPROTO_IPIP },
	{ "mplsip", IPPROTO_MPLS },
	{ "any", 0 },
	{ NULL, 0 },
};

/* clang-format off */
static const struct row ipip_rows[] = {
	{ "ttl", ROW_TTL, WIRE_U8, IFLA_IPTUN_TTL, LINK_ROW(ttl), .maximum = 255 },
	{ "mode", ROW_WORD, WIRE_U8, IFLA_IPTUN_PROTO, LINK_ROW(mode), .flags = ROW_CREATE_ONLY, .initial = IPPROTO_IPIP, .words = ipip_modes },
	{ "external", ROW_BOOL, WIRE_FLAG, IFLA_IPTUN_COLLECT_METADATA, LINK_ROW(external), .flags = ROW_CREATE_ONLY | ROW_IDENTITY },
	{ 0 },
};
/* clang-format on */

static void ipip_check(const struct link *link, struct error *error)
{
	check_endpoints(link, error);
	check_unicast_remote(link, error);
	check_external(link, error);
	check_encapsulation(link, error);
}

const struct kind kind_ipip = {
	.name = "ipip",
	.netlink_name = "ipip",
	.tunnel = true,
	.outer_protocol = IPPROTO_IPIP,
	.resets = true,
	.tables = { iptun_rows, ipip_rows },
	.fallback = "tunl0",
	.module = "ipip",
	.symbol = "ipip_tunnel_setup",
	.config = "CONFIG_NET_IPIP",
	.check = ipip_check,
};
