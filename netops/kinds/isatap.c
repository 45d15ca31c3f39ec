/*
 * ISATAP, RFC 5214: to the kernel a sit device with a flag (and no kind of its
 * own), whose far ends are read from the inner addresses, and a list of
 * potential routers.
 */
#include <linux/if_tunnel.h>

#include "netops/netlink.h"
#include "netops/kind.h"

static void isatap_check(const struct link *link, struct error *error)
{
	check_endpoints(link, error);
	check_encapsulation(link, error);
	if (!LINK_GIVEN(link, local) || ip_is_any(&link->options.local))
		error_member(error, "/local", "required",
			     "the interface identifier is made of the local IPv4 address");
	if (LINK_GIVEN(link, remote) && !ip_is_any(&link->options.remote))
		error_member(error, "/remote", "isatap",
			     "isatap finds the far end in the inner address; routers belong "
			     "into /potential_routers");
}

static bool isatap_claims(struct nlattr *const *data, unsigned int max)
{
	struct nlattr *flags = IFLA_IPTUN_FLAGS <= max ? data[IFLA_IPTUN_FLAGS] : NULL;

	return flags && nla_len(flags) >= 2 && (nla_get_u16(flags) & SIT_ISATAP);
}

/* In host order, although the header says be16: net/ipv6/sit.c reads it so. */
static int isatap_put(struct nl_msg *message, const struct link *link, struct error *error)
{
	(void)link;
	(void)error;
	return nla_put_u16(message, IFLA_IPTUN_FLAGS, SIT_ISATAP);
}

static int isatap_finish(const struct link_call *call, const struct link *wanted,
			 struct error *error)
{
	for (size_t i = 0; i < wanted->potential_router_count; i++) {
		if (potential_router_add(call->netops, wanted->namespace, wanted->name,
					 &wanted->potential_routers[i], error))
			return -1;
	}
	return 0;
}

static int isatap_read(const struct link_call *call, struct link *link, struct error *error)
{
	return potential_router_list(call->netops, link->namespace, link->name,
				     &link->potential_routers, &link->potential_router_count,
				     error);
}

const struct kind kind_isatap = {
	.name = "isatap",
	.netlink_name = "sit",
	.tunnel = true,
	.tables = { iptun_rows },
	.fallback = "sit0",
	.module = "sit",
	.symbol = "ipip6_tunnel_setup",
	.config = "CONFIG_IPV6_SIT",
	.check = isatap_check,
	.claims = isatap_claims,
	.put = isatap_put,
	.finish = isatap_finish,
	.read = isatap_read,
};
