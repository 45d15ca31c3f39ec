/* Kinds without options of their own: dummy and ifb. */
#include "netops/kind.h"

const struct kind kind_dummy = {
	.name = "dummy",
	.netlink_name = "dummy",
	.ethernet = true,
	.module = "dummy",
	.symbol = "dummy_setup",
	.config = "CONFIG_DUMMY",
};

const struct kind kind_ifb = {
	.name = "ifb",
	.netlink_name = "ifb",
	.ethernet = true,
	.module = "ifb",
	.symbol = "ifb_setup",
	.config = "CONFIG_IFB",
};
