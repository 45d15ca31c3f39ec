/*
 * ISATAP, RFC 5214: to the kernel a sit device with a flag (and no kind of its
 * own), whose far ends are read from the inner addresses, and a list of
 * potential routers.
 */
#include <linux/if_tunnel.h>
#include <netinet/in.h>
#include <stdio.h>

#include "netops/netlink.h"
#include "netops/kind.h"

/* clang-format off */
static const struct row isatap_rows[] = {
	{ "ttl", ROW_TTL, WIRE_U8, IFLA_IPTUN_TTL, LINK_ROW(ttl), .maximum = 255, .initial = 64 },
	{ 0 },
};
/* clang-format on */

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

static int router_add(const struct link_call *call, const struct link *link, size_t position,
		      struct error *error)
{
	char pointer[48];

	if (!potential_router_add(call->netops, link->namespace, link->name,
				  &link->potential_routers[position], error))
		return 0;
	if (error->kind != ERROR_EXISTS)
		return -1;
	snprintf(pointer, sizeof(pointer), "/potential_routers/%zu", position);
	error_member(error, pointer, "exists", "the list has this one twice");
	return error_set(error, ERROR_EXISTS, "the list has item %s twice", pointer);
}

static int isatap_finish(const struct link_call *call, const struct link *wanted,
			 struct error *error)
{
	for (size_t i = 0; i < wanted->potential_router_count; i++) {
		if (router_add(call, wanted, i, error))
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

static bool router_listed(const struct link *link, const struct ip *address, bool *is_default)
{
	for (size_t i = 0; i < link->potential_router_count; i++) {
		*is_default = link->potential_routers[i].is_default;
		if (ip_equal(&link->potential_routers[i].address, address))
			return true;
	}
	return false;
}

static int router_alter(const struct link_call *call, const struct link *from,
			const struct link *to, size_t position, struct error *error)
{
	const struct potential_router *wanted = &to->potential_routers[position];
	bool is_default;

	if (!router_listed(from, &wanted->address, &is_default))
		return router_add(call, to, position, error);
	if (is_default == wanted->is_default)
		return 0;
	return potential_router_change(call->netops, to->namespace, to->name, wanted, error);
}

static int isatap_alter(const struct link_call *call, const struct link *from,
			const struct link *to, struct error *error)
{
	bool unused;

	if (!to->given_potential_routers)
		return 0;
	for (size_t i = 0; i < from->potential_router_count; i++) {
		const struct ip *address = &from->potential_routers[i].address;

		if (!router_listed(to, address, &unused) &&
		    potential_router_remove(call->netops, to->namespace, to->name, address,
					    error))
			return -1;
	}
	for (size_t i = 0; i < to->potential_router_count; i++) {
		if (router_alter(call, from, to, i, error))
			return -1;
	}
	return 0;
}

const struct kind kind_isatap = {
	.name = "isatap",
	.netlink_name = "sit",
	.tunnel = true,
	.outer_protocol = IPPROTO_IPV6,
	.resets = true,
	.tables = { iptun_rows, isatap_rows },
	.fallback = "sit0",
	.module = "sit",
	.symbol = "ipip6_tunnel_setup",
	.config = "CONFIG_IPV6_SIT",
	.check = isatap_check,
	.claims = isatap_claims,
	.put = isatap_put,
	.finish = isatap_finish,
	.read = isatap_read,
	.read_is_silent = true,
	.alter = isatap_alter,
};
