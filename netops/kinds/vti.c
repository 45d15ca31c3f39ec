/*
 * Virtual tunnel interface: IPsec with a device to route into; net/ipv4/ip_vti.c.
 * Keys are XFRM marks. With an ipsec member the states and policies are ours,
 * without one they belong to an IKE daemon.
 */
#include <errno.h>
#include <linux/if_tunnel.h>
#include <stdlib.h>

#include "netops/kind.h"

/* clang-format off */
static const struct row vti_rows[] = {
	{ "local", ROW_ADDRESS, WIRE_IP, IFLA_VTI_LOCAL, LINK_ROW(local), .flags = ROW_IDENTITY },
	{ "remote", ROW_ADDRESS, WIRE_IP, IFLA_VTI_REMOTE, LINK_ROW(remote), .flags = ROW_IDENTITY },
	{ "key", ROW_KEY, WIRE_NONE, LINK_ROW(input_key), .twin = offsetof(struct link_options, output_key), .flags = ROW_SHORTHAND, .maximum = UINT32_MAX },
	{ "input_key", ROW_KEY, WIRE_BE32, IFLA_VTI_IKEY, LINK_ROW(input_key), .maximum = UINT32_MAX },
	{ "output_key", ROW_KEY, WIRE_BE32, IFLA_VTI_OKEY, LINK_ROW(output_key), .maximum = UINT32_MAX },
	{ "device", ROW_DEVICE, WIRE_U32, IFLA_VTI_LINK, LINK_ROW(device), .flags = ROW_IDENTITY | ROW_UNDERLAY },
	{ "fwmark", ROW_NUMBER, WIRE_U32, IFLA_VTI_FWMARK, LINK_ROW(fwmark), .maximum = UINT32_MAX },
	{ 0 },
};
/* clang-format on */

/* The underlay of the tunnel is where IPsec happens, so there the path is. */
static struct ipsec_path vti_path(const struct link *link)
{
	return (struct ipsec_path){ .local = link->options.local,
				    .remote = link->options.remote,
				    .input_key = link->options.input_key,
				    .output_key = link->options.output_key };
}

static const char *vti_namespace(const struct link *link)
{
	return link->underlay_namespace[0] ? link->underlay_namespace : link->namespace;
}

static void vti_check(const struct link *link, struct error *error)
{
	struct ipsec_path path = vti_path(link);

	check_endpoints(link, error);
	check_unicast_remote(link, error);
	if (!link->ipsec)
		return;
	if (!LINK_GIVEN(link, local) || ip_is_any(&link->options.local))
		error_member(error, "/local", "required", "IPsec needs both ends of the tunnel");
	if (!LINK_GIVEN(link, remote) || ip_is_any(&link->options.remote))
		error_member(error, "/remote", "required", "IPsec needs both ends of the tunnel");
	ipsec_check(link->ipsec, &path, "/ipsec", error);
}

static int vti_finish(const struct link_call *call, const struct link *wanted,
		      struct error *error)
{
	struct ipsec_path path = vti_path(wanted);

	if (!wanted->ipsec)
		return 0;
	return ipsec_create(call->netops, vti_namespace(wanted), &path, wanted->ipsec, error);
}

static int vti_read(const struct link_call *call, struct link *link, struct error *error)
{
	struct ipsec_path path = vti_path(link);
	bool found = false;

	if (!link->ipsec)
		link->ipsec = calloc(1, sizeof(*link->ipsec));
	if (!link->ipsec)
		return error_errno(error, ENOMEM, "reading IPsec");
	if (ipsec_read(call->netops, vti_namespace(link), &path, link->ipsec, &found, error))
		return -1;
	if (!found) {
		ipsec_free(link->ipsec);
		link->ipsec = NULL;
	}
	return 0;
}

static int vti_remove(const struct link_call *call, const struct link *link,
		      struct error *error)
{
	struct ipsec_path path = vti_path(link);

	if (!link->ipsec)
		return 0;
	return ipsec_remove(call->netops, vti_namespace(link), &path, error);
}

const struct kind kind_vti = {
	.name = "vti",
	.netlink_name = "vti",
	.tunnel = true,
	.tables = { vti_rows },
	.fallback = "ip_vti0",
	.module = "ip_vti",
	.symbol = "vti_tunnel_setup",
	.config = "CONFIG_NET_IPVTI",
	.check = vti_check,
	.finish = vti_finish,
	.read = vti_read,
	.remove = vti_remove,
};
