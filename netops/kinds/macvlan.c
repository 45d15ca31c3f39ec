/* A second MAC address on a link: drivers/net/macvlan.c. */
#include <linux/if_link.h>

#include "netops/kind.h"

static const struct row_word macvlan_modes[] = {
	{ "private", MACVLAN_MODE_PRIVATE }, { "vepa", MACVLAN_MODE_VEPA },
	{ "bridge", MACVLAN_MODE_BRIDGE },   { "passthru", MACVLAN_MODE_PASSTHRU },
	{ "source", MACVLAN_MODE_SOURCE },   { NULL, 0 },
};

/* clang-format off */
static const struct row macvlan_rows[] = {
	{ "mode", ROW_WORD, WIRE_U32, IFLA_MACVLAN_MODE, LINK_ROW(macvlan_mode), .initial = MACVLAN_MODE_VEPA, .words = macvlan_modes },
	{ 0 },
};
/* clang-format on */

const struct kind kind_macvlan = {
	.name = "macvlan",
	.netlink_name = "macvlan",
	.ethernet = true,
	.tables = { macvlan_rows },
	.outer = lower_rows,
	.module = "macvlan",
	.symbol = "macvlan_common_setup",
	.config = "CONFIG_MACVLAN",
};
