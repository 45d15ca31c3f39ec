/* Ethernet in UDP: RFC 7348; drivers/net/vxlan. Unlike the others it has both underlays. */
#include <linux/if_link.h>

#include "netops/kind.h"

static const struct row_word df_words[] = {
	{ "unset", VXLAN_DF_UNSET },
	{ "set", VXLAN_DF_SET },
	{ "inherit", VXLAN_DF_INHERIT },
	{ NULL, 0 },
};

/* clang-format off */
static const struct row vxlan_rows[] = {
	{ "vni", ROW_NUMBER, WIRE_U32, IFLA_VXLAN_ID, LINK_ROW(vni), .flags = ROW_IDENTITY | ROW_CREATE_ONLY, .maximum = (1 << 24) - 1 },
	{ "local", ROW_ADDRESS, WIRE_IP, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6, LINK_ROW(local) },
	{ "remote", ROW_ADDRESS, WIRE_IP, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, LINK_ROW(remote) },
	{ "device", ROW_DEVICE, WIRE_U32, IFLA_VXLAN_LINK, LINK_ROW(device), .flags = ROW_UNDERLAY },
	{ "port", ROW_NUMBER, WIRE_BE16, IFLA_VXLAN_PORT, LINK_ROW(port), .flags = ROW_IDENTITY | ROW_CREATE_ONLY, .minimum = 1, .maximum = 65535, .initial = 8472 },
	{ "source_port_range/low", ROW_NUMBER, WIRE_LOW_BE16, IFLA_VXLAN_PORT_RANGE, LINK_ROW(source_port_low), .flags = ROW_CREATE_ONLY, .maximum = 65535 },
	{ "source_port_range/high", ROW_NUMBER, WIRE_HIGH_BE16, IFLA_VXLAN_PORT_RANGE, LINK_ROW(source_port_high), .flags = ROW_CREATE_ONLY, .maximum = 65535 },
	{ "ttl", ROW_TTL, WIRE_U8_OR_FLAG, IFLA_VXLAN_TTL, IFLA_VXLAN_TTL_INHERIT, LINK_ROW(ttl), .maximum = 255 },
	{ "tos", ROW_TOS, WIRE_U8, IFLA_VXLAN_TOS, LINK_ROW(tos), .maximum = 255 },
	{ "df", ROW_WORD, WIRE_U8, IFLA_VXLAN_DF, LINK_ROW(df), .words = df_words },
	{ "flow_label", ROW_NUMBER, WIRE_BE32, IFLA_VXLAN_LABEL, LINK_ROW(flow_label), .maximum = 0xfffff },
	{ "learning", ROW_BOOL, WIRE_U8, IFLA_VXLAN_LEARNING, LINK_ROW(learning), .initial = 1 },
	{ "ageing_seconds", ROW_NUMBER, WIRE_U32, IFLA_VXLAN_AGEING, LINK_ROW(ageing_seconds), .initial = 300, .maximum = UINT32_MAX },
	{ "address_limit", ROW_NUMBER, WIRE_U32, IFLA_VXLAN_LIMIT, LINK_ROW(address_limit), .flags = ROW_CREATE_ONLY, .maximum = UINT32_MAX },
	{ "proxy", ROW_BOOL, WIRE_U8, IFLA_VXLAN_PROXY, LINK_ROW(proxy), .flags = ROW_CREATE_ONLY },
	{ "route_short_circuit", ROW_BOOL, WIRE_U8, IFLA_VXLAN_RSC, LINK_ROW(route_short_circuit), .flags = ROW_CREATE_ONLY },
	{ "l2_miss", ROW_BOOL, WIRE_U8, IFLA_VXLAN_L2MISS, LINK_ROW(l2_miss), .flags = ROW_CREATE_ONLY },
	{ "l3_miss", ROW_BOOL, WIRE_U8, IFLA_VXLAN_L3MISS, LINK_ROW(l3_miss), .flags = ROW_CREATE_ONLY },
	{ "udp_checksum", ROW_BOOL, WIRE_U8, IFLA_VXLAN_UDP_CSUM, LINK_ROW(udp_checksum), .flags = ROW_CREATE_ONLY, .initial = 1 },
	{ "udp6_zero_checksum_tx", ROW_BOOL, WIRE_U8, IFLA_VXLAN_UDP_ZERO_CSUM6_TX, LINK_ROW(udp6_zero_checksum_tx), .flags = ROW_CREATE_ONLY },
	{ "udp6_zero_checksum_rx", ROW_BOOL, WIRE_U8, IFLA_VXLAN_UDP_ZERO_CSUM6_RX, LINK_ROW(udp6_zero_checksum_rx), .flags = ROW_CREATE_ONLY },
	{ "remote_checksum_tx", ROW_BOOL, WIRE_U8, IFLA_VXLAN_REMCSUM_TX, LINK_ROW(remote_checksum_tx), .flags = ROW_CREATE_ONLY },
	{ "remote_checksum_rx", ROW_BOOL, WIRE_U8, IFLA_VXLAN_REMCSUM_RX, LINK_ROW(remote_checksum_rx), .flags = ROW_CREATE_ONLY },
	{ "remote_checksum_no_partial", ROW_BOOL, WIRE_FLAG, IFLA_VXLAN_REMCSUM_NOPARTIAL, LINK_ROW(remote_checksum_no_partial), .flags = ROW_CREATE_ONLY },
	{ "gbp", ROW_BOOL, WIRE_FLAG, IFLA_VXLAN_GBP, LINK_ROW(gbp), .flags = ROW_CREATE_ONLY },
	{ "gpe", ROW_BOOL, WIRE_FLAG, IFLA_VXLAN_GPE, LINK_ROW(gpe), .flags = ROW_CREATE_ONLY },
	{ "external", ROW_BOOL, WIRE_U8, IFLA_VXLAN_COLLECT_METADATA, LINK_ROW(external), .flags = ROW_CREATE_ONLY | ROW_IDENTITY },
	{ "vni_filter", ROW_BOOL, WIRE_U8, IFLA_VXLAN_VNIFILTER, LINK_ROW(vni_filter), .flags = ROW_CREATE_ONLY },
	{ 0 },
};
/* clang-format on */

static void vxlan_check_underlay(const struct link *link, struct error *error)
{
	const struct ip *remote = &link->options.remote;
	bool ipv6 = (LINK_GIVEN(link, remote) && remote->family == AF_INET6) ||
		    (LINK_GIVEN(link, local) && link->options.local.family == AF_INET6);

	if (LINK_GIVEN(link, remote) && !LINK_GIVEN(link, device)) {
		if (ip_is_multicast(remote))
			error_member(
				error, "/device", "required",
				"a multicast remote needs the device its group is joined on");
		else if (ip_is_link_local(remote) && remote->family == AF_INET6)
			error_member(error, "/device", "required",
				     "a link-local remote needs the device it lives on");
	}
	if (LINK_GIVEN(link, flow_label) && link->options.flow_label && !ipv6)
		error_member(error, "/flow_label", "family", "only IPv6 has flow labels");
}

static void vxlan_check(const struct link *link, struct error *error)
{
	const struct link_options *options = &link->options;
	bool external = LINK_GIVEN(link, external) && options->external;

	check_endpoints(link, error);
	vxlan_check_underlay(link, error);
	if (!external && !LINK_GIVEN(link, vni))
		error_member(error, "/vni", "required",
			     "a vxlan needs its network identifier, or \"external\": true");
	if (external && LINK_GIVEN(link, vni) && options->vni)
		error_member(error, "/vni", "external",
			     "an external vxlan takes its network identifier from routes");
	if (!external && LINK_GIVEN(link, vni_filter) && options->vni_filter)
		error_member(error, "/vni_filter", "external",
			     "a VNI filter needs \"external\": true beside it");
	if (!external && LINK_GIVEN(link, gpe) && options->gpe)
		error_member(error, "/gpe", "external",
			     "gpe needs \"external\": true beside it");
	if (LINK_GIVEN(link, source_port_low) && LINK_GIVEN(link, source_port_high) &&
	    options->source_port_low > options->source_port_high)
		error_member(error, "/source_port_range/low", "range",
			     "the low end lies above the high end");
}

const struct kind kind_vxlan = {
	.name = "vxlan",
	.netlink_name = "vxlan",
	.tunnel = true,
	.ethernet = true,
	.tables = { vxlan_rows },
	.module = "vxlan",
	.symbol = "vxlan_setup",
	.config = "CONFIG_VXLAN",
	.check = vxlan_check,
};
