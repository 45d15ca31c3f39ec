/* Generic routing encapsulation over IPv4: RFC 2784, RFC 2890; net/ipv4/ip_gre.c. */
#include <linux/if_tunnel.h>
#include <netinet/in.h>

#include "netops/kind.h"

/* linux/if_tunnel.h has these bits as big-endian constants; the walkers want host order. */
enum { BIT_CHECKSUM = 0x8000, BIT_KEY = 0x2000, BIT_SEQUENCE = 0x1000 };

/* clang-format off */
const struct row gre_rows[] = {
	{ "local", ROW_ADDRESS, WIRE_IP, IFLA_GRE_LOCAL, LINK_ROW(local), .flags = ROW_IDENTITY },
	{ "remote", ROW_ADDRESS, WIRE_IP, IFLA_GRE_REMOTE, LINK_ROW(remote), .flags = ROW_IDENTITY },
	{ "ttl", ROW_TTL, WIRE_U8, IFLA_GRE_TTL, LINK_ROW(ttl), .maximum = 255 },
	{ "tos", ROW_TOS, WIRE_U8, IFLA_GRE_TOS, LINK_ROW(tos), .maximum = 255 },
	{ "path_mtu_discovery", ROW_BOOL, WIRE_U8, IFLA_GRE_PMTUDISC, LINK_ROW(path_mtu_discovery), .initial = 1 },
	{ "ignore_df", ROW_BOOL, WIRE_U8, IFLA_GRE_IGNORE_DF, LINK_ROW(ignore_df) },
	{ "key", ROW_KEY, WIRE_NONE, LINK_ROW(input_key), .twin = offsetof(struct link_options, output_key), .flags = ROW_SHORTHAND, .maximum = UINT32_MAX },
	{ "input_key", ROW_KEY, WIRE_KEY, IFLA_GRE_IKEY, IFLA_GRE_IFLAGS, BIT_KEY, LINK_ROW(input_key), .flags = ROW_IDENTITY, .maximum = UINT32_MAX },
	{ "output_key", ROW_KEY, WIRE_KEY, IFLA_GRE_OKEY, IFLA_GRE_OFLAGS, BIT_KEY, LINK_ROW(output_key), .maximum = UINT32_MAX },
	{ "input_checksum", ROW_BOOL, WIRE_BIT_BE16, IFLA_GRE_IFLAGS, .bit = BIT_CHECKSUM, LINK_ROW(input_checksum) },
	{ "output_checksum", ROW_BOOL, WIRE_BIT_BE16, IFLA_GRE_OFLAGS, .bit = BIT_CHECKSUM, LINK_ROW(output_checksum) },
	{ "input_sequence", ROW_BOOL, WIRE_BIT_BE16, IFLA_GRE_IFLAGS, .bit = BIT_SEQUENCE, LINK_ROW(input_sequence) },
	{ "output_sequence", ROW_BOOL, WIRE_BIT_BE16, IFLA_GRE_OFLAGS, .bit = BIT_SEQUENCE, LINK_ROW(output_sequence) },
	{ "device", ROW_DEVICE, WIRE_U32, IFLA_GRE_LINK, LINK_ROW(device), .flags = ROW_IDENTITY | ROW_UNDERLAY },
	{ "fwmark", ROW_NUMBER, WIRE_U32, IFLA_GRE_FWMARK, LINK_ROW(fwmark), .maximum = UINT32_MAX },
	{ "external", ROW_BOOL, WIRE_FLAG, IFLA_GRE_COLLECT_METADATA, LINK_ROW(external), .flags = ROW_CREATE_ONLY | ROW_IDENTITY },
	{ "encapsulation/type", ROW_WORD, WIRE_U16, IFLA_GRE_ENCAP_TYPE, LINK_ROW(encapsulation_type), .flags = ROW_QUIET, .words = encapsulation_words },
	{ "encapsulation/source_port", ROW_NUMBER, WIRE_BE16, IFLA_GRE_ENCAP_SPORT, LINK_ROW(encapsulation_source_port), .flags = ROW_QUIET, .maximum = 65535 },
	{ "encapsulation/destination_port", ROW_NUMBER, WIRE_BE16, IFLA_GRE_ENCAP_DPORT, LINK_ROW(encapsulation_destination_port), .flags = ROW_QUIET, .minimum = 1, .maximum = 65535 },
	{ "encapsulation/checksum", ROW_BOOL, WIRE_BIT16, IFLA_GRE_ENCAP_FLAGS, .bit = TUNNEL_ENCAP_FLAG_CSUM, LINK_ROW(encapsulation_checksum), .flags = ROW_QUIET },
	{ "encapsulation/checksum6", ROW_BOOL, WIRE_BIT16, IFLA_GRE_ENCAP_FLAGS, .bit = TUNNEL_ENCAP_FLAG_CSUM6, LINK_ROW(encapsulation_checksum6), .flags = ROW_QUIET },
	{ "encapsulation/remote_checksum", ROW_BOOL, WIRE_BIT16, IFLA_GRE_ENCAP_FLAGS, .bit = TUNNEL_ENCAP_FLAG_REMCSUM, LINK_ROW(encapsulation_remote_checksum), .flags = ROW_QUIET },
	{ 0 },
};
/* clang-format on */

void check_gre(const struct link *link, struct error *error)
{
	bool df_ignored = LINK_GIVEN(link, ignore_df) && link->options.ignore_df;
	bool discovery_off = LINK_GIVEN(link, path_mtu_discovery) &&
			     !link->options.path_mtu_discovery;

	check_endpoints(link, error);
	check_external(link, error);
	check_encapsulation(link, error);
	/* net/ipv4/ip_gre.c: ipgre_netlink_parms() */
	if (df_ignored && !discovery_off)
		error_member(error, "/ignore_df", "path_mtu_discovery",
			     "ignoring DF needs \"path_mtu_discovery\": false beside it");
}

const struct kind kind_gre = {
	.name = "gre",
	.netlink_name = "gre",
	.tunnel = true,
	.outer_protocol = IPPROTO_GRE,
	.resets = true,
	.tables = { gre_rows },
	.fallback = "gre0",
	.module = "ip_gre",
	.symbol = "ipgre_tunnel_setup",
	.config = "CONFIG_NET_IPGRE",
	.check = check_gre,
};
