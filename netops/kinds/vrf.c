/* Virtual routing and forwarding: a link that is a routing table; drivers/net/vrf.c. */
#include <linux/if_link.h>

#include "netops/kind.h"

/* clang-format off */
static const struct row vrf_rows[] = {
	{ "table", ROW_NUMBER, WIRE_U32, IFLA_VRF_TABLE, LINK_ROW(table), .flags = ROW_REQUIRED | ROW_CREATE_ONLY, .minimum = 1, .maximum = UINT32_MAX },
	{ 0 },
};
/* clang-format on */

const struct kind kind_vrf = {
	.name = "vrf",
	.netlink_name = "vrf",
	.ethernet = true,
	.tables = { vrf_rows },
	.module = "vrf",
	.symbol = "vrf_setup",
	.config = "CONFIG_NET_VRF",
};
