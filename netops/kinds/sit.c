/* IPv6 (and others) in IPv4, 6rd among them: RFC 4213, RFC 5969; net/ipv6/sit.c. */
#include <linux/if_tunnel.h>
#include <netinet/in.h>

#include "netops/kind.h"

/* The inner protocol; the kernel's default is ip6ip. */
static const struct row_word sit_modes[] = {
	{ "ip6ip", IPPROTO_IPV6 },
	{ "ipip", IPPROTO_IPIP },
	{ "mplsip", IPPROTO_MPLS },
	{ "any", 0 },
	{ NULL, 0 },
};

/* clang-format off */
static const struct row sit_rows[] = {
	{ "ttl", ROW_TTL, WIRE_U8, IFLA_IPTUN_TTL, LINK_ROW(ttl), .maximum = 255, .initial = 64 },
	{ "mode", ROW_WORD, WIRE_U8, IFLA_IPTUN_PROTO, LINK_ROW(mode), .flags = ROW_CREATE_ONLY, .initial = IPPROTO_IPV6, .words = sit_modes },
	{ "6rd/prefix", ROW_PREFIX, WIRE_PREFIX, IFLA_IPTUN_6RD_PREFIX, IFLA_IPTUN_6RD_PREFIXLEN, LINK_ROW(sixrd_prefix) },
	{ "6rd/relay_prefix", ROW_PREFIX, WIRE_PREFIX, IFLA_IPTUN_6RD_RELAY_PREFIX, IFLA_IPTUN_6RD_RELAY_PREFIXLEN, LINK_ROW(sixrd_relay_prefix) },
	{ 0 },
};
/* clang-format on */

static void sixrd_check_prefix(const struct ip *prefix, uint16_t family, const char *pointer,
			       struct error *error)
{
	if (prefix->family != family)
		error_member(error, pointer, "family", "an %s prefix is needed here",
			     family == AF_INET ? "IPv4" : "IPv6");
	else if (ip_has_host_bits(prefix))
		error_member(error, pointer, "host_bits",
			     "bits behind the prefix length must be zero");
}

/* net/ipv6/sit.c: ipip6_tunnel_update_6rd() */
static void sixrd_check(const struct link *link, struct error *error)
{
	const struct ip *prefix = &link->options.sixrd_prefix;
	const struct ip *relay = &link->options.sixrd_relay_prefix;
	bool has_relay = LINK_GIVEN(link, sixrd_relay_prefix);
	int delegated;

	if (has_relay)
		sixrd_check_prefix(relay, AF_INET, "/6rd/relay_prefix", error);
	if (!LINK_GIVEN(link, sixrd_prefix)) {
		if (has_relay)
			error_member(error, "/6rd/prefix", "required",
				     "a relay prefix needs the 6rd prefix beside it");
		return;
	}
	sixrd_check_prefix(prefix, AF_INET6, "/6rd/prefix", error);
	delegated = prefix->prefix_length + 32 - (has_relay ? relay->prefix_length : 0);
	if (prefix->family == AF_INET6 && delegated > 64)
		error_member(error, "/6rd/prefix", "range",
			     "prefix length and the embedded IPv4 bits together may be at most "
			     "64, and are %d",
			     delegated);
}

static void sit_check(const struct link *link, struct error *error)
{
	check_endpoints(link, error);
	check_unicast_remote(link, error);
	check_encapsulation(link, error);
	sixrd_check(link, error);
}

const struct kind kind_sit = {
	.name = "sit",
	.netlink_name = "sit",
	.tunnel = true,
	.outer_protocol = IPPROTO_IPV6,
	.resets = true,
	.tables = { iptun_rows, sit_rows },
	.fallback = "sit0",
	.module = "sit",
	.symbol = "ipip6_tunnel_setup",
	.config = "CONFIG_IPV6_SIT",
	.check = sit_check,
};
