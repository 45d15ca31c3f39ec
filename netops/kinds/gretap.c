/* Ethernet in GRE over IPv4: the rows of gre, and a MAC address; net/ipv4/ip_gre.c. */
#include <netinet/in.h>

#include "netops/kind.h"

static void gretap_check(const struct link *link, struct error *error)
{
	bool external = LINK_GIVEN(link, external) && link->options.external;

	check_gre(link, error);
	/* net/ipv4/ip_gre.c: ipgre_tap_validate() refuses 0.0.0.0, and without one nothing is sent. */
	if (!external && (!LINK_GIVEN(link, remote) || ip_is_any(&link->options.remote)))
		error_member(error, "/remote", "required",
			     "a gretap has one far end: frames have nothing that could name it");
}

const struct kind kind_gretap = {
	.name = "gretap",
	.netlink_name = "gretap",
	.tunnel = true,
	.ethernet = true,
	.outer_protocol = IPPROTO_GRE,
	.resets = true,
	.tables = { gre_rows },
	.fallback = "gretap0",
	.module = "ip_gre",
	.symbol = "ipgre_tap_setup",
	.config = "CONFIG_NET_IPGRE",
	.check = gretap_check,
};
