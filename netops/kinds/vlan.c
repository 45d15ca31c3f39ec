/* IEEE 802.1Q and 802.1ad: net/8021q. */
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "netops/kind.h"

/* The first is the kernel's default. */
static const struct row_word vlan_protocols[] = {
	{ "802.1Q", ETH_P_8021Q },
	{ "802.1ad", ETH_P_8021AD },
	{ NULL, 0 },
};

/* clang-format off */
static const struct row vlan_rows[] = {
	{ "vlan_id", ROW_NUMBER, WIRE_U16, IFLA_VLAN_ID, LINK_ROW(vlan_id), .flags = ROW_REQUIRED | ROW_CREATE_ONLY | ROW_IDENTITY, .maximum = 4094 },
	{ "vlan_protocol", ROW_WORD, WIRE_BE16, IFLA_VLAN_PROTOCOL, LINK_ROW(vlan_protocol), .flags = ROW_CREATE_ONLY | ROW_IDENTITY, .initial = ETH_P_8021Q, .words = vlan_protocols },
	{ 0 },
};
/* clang-format on */

const struct kind kind_vlan = {
	.name = "vlan",
	.netlink_name = "vlan",
	.ethernet = true,
	.tables = { vlan_rows },
	.outer = lower_rows,
	.module = "8021q",
	.symbol = "vlan_setup",
	.config = "CONFIG_VLAN_8021Q",
};
