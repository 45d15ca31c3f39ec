/*
 * Virtual tunnel interface: IPsec with a device to route into; net/ipv4/ip_vti.c.
 * Keys are XFRM marks. With an ipsec member the states and policies are ours,
 * without one they belong to an IKE daemon.
 */
#include <errno.h>
#include <linux/if_tunnel.h>
#include <stdlib.h>
#include <string.h>

#include "netops/kind.h"
#include "netops/link_private.h"

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

static void vti_check(const struct link *link, struct error *error)
{
	struct ipsec_path path = vti_path(link);

	check_endpoints(link, error);
	check_unicast_remote(link, error);
	if (!link->ipsec)
		return;
	if (!LINK_GIVEN(link, local) || ip_is_any(&link->options.local))
		error_member(error, "/local", "required",
			     "IPsec needs both ends of the tunnel");
	if (!LINK_GIVEN(link, remote) || ip_is_any(&link->options.remote))
		error_member(error, "/remote", "required",
			     "IPsec needs both ends of the tunnel");
	ipsec_check(link->ipsec, &path, "/ipsec", error);
}

static int vti_finish(const struct link_call *call, const struct link *wanted,
		      struct error *error)
{
	struct ipsec_path path = vti_path(wanted);

	if (!wanted->ipsec)
		return 0;
	return ipsec_create(call->netops, link_underlay(wanted), &path, wanted->ipsec, error);
}

struct sharing {
	const struct link_call *call;
	const struct link *link;
	bool found;
};

static bool vti_same_path(const struct link *one, const struct link *other)
{
	const struct ipsec_path a = vti_path(one), b = vti_path(other);

	return ip_equal(&a.local, &b.local) && ip_equal(&a.remote, &b.remote) &&
	       a.input_key == b.input_key && a.output_key == b.output_key &&
	       link_underlay(one) && link_underlay(other) &&
	       !strcmp(link_underlay(one), link_underlay(other));
}

/* One that is not ours has no claim to what we made for one that is. */
static int vti_compare(struct link *other, void *context, struct error *error)
{
	struct sharing *sharing = context;
	const struct link *link = sharing->link;
	bool self = other->status.index == link->status.index &&
		    !strcmp(other->namespace, link->namespace);

	(void)error;
	if (!self && vti_same_path(other, link) && link_is_ours(other) >= link_is_ours(link))
		sharing->found = true;
	return 0;
}

static int vti_search(const char *namespace, void *context, struct error *error)
{
	static const struct link_filter filter = { .kind = "vti", .bare = true };
	struct sharing *sharing = context;

	if (!link_list(sharing->call->netops, namespace, &filter, vti_compare, sharing, error))
		return 0;
	if (!link_vanished(error))
		return -1;
	error_clear(error);
	return 0;
}

/*
 * Two vtis that differ in nothing but their device have one path, and so the
 * same IPsec: then it is neither's, and goes with the last of them. The other
 * may be in any namespace; before a deletion all are searched, else those two
 * where it will be.
 */
static int vti_shares(const struct link_call *call, const struct link *link, bool *ret,
		      struct error *error)
{
	struct sharing sharing = { .call = call, .link = link };
	int result;

	if (call->deleting)
		result = namespace_list(vti_search, &sharing, error);
	else
		result = vti_search(link->namespace, &sharing, error);
	if (!result && !call->deleting && link->status.lower_elsewhere)
		result = vti_search(link_underlay(link), &sharing, error);
	*ret = sharing.found;
	return result;
}

/* Is there IPsec that is this tunnel's? A kernel or a namespace that has none has not. */
static int vti_find(const struct link_call *call, const struct link *link, struct ipsec *ret,
		    bool *found, struct error *error)
{
	struct ipsec_path path = vti_path(link);
	bool shared = false;

	*found = false;
	if (!link_underlay(link))
		return 0;
	if (ipsec_read(call->netops, link_underlay(link), &path, ret, found, error)) {
		if (error->kind != ERROR_UNSUPPORTED && error->kind != ERROR_MISSING)
			return -1;
		error_clear(error);
		*found = false;
	}
	if (*found && vti_shares(call, link, &shared, error))
		return -1;
	*found = *found && !shared;
	return 0;
}

static int vti_read(const struct link_call *call, struct link *link, struct error *error)
{
	bool found;

	if (!link->ipsec)
		link->ipsec = calloc(1, sizeof(*link->ipsec));
	if (!link->ipsec)
		return error_errno(error, ENOMEM, "reading IPsec");
	if (vti_find(call, link, link->ipsec, &found, error))
		return -1;
	if (!found) {
		ipsec_free(link->ipsec);
		link->ipsec = NULL;
	}
	return 0;
}

static int vti_load(const struct link_call *call, struct link *link, struct error *error)
{
	struct ipsec_path path = vti_path(link);
	bool found;

	if (!link->ipsec || !link_underlay(link))
		return 0;
	return ipsec_read_keys(call->netops, link_underlay(link), &path, link->ipsec, &found,
			       error);
}

/* Our IPsec never changes in place: it is another one, or the same. */
static int vti_alter(const struct link_call *call, const struct link *from,
		     const struct link *to, struct error *error)
{
	struct ipsec_path had = vti_path(from), has = vti_path(to);

	if (!from->ipsec && !to->ipsec)
		return 0;
	if (from->ipsec && to->ipsec && vti_same_path(from, to) &&
	    ipsec_same(from->ipsec, to->ipsec, &has))
		return 0;
	if (from->ipsec && ipsec_remove(call->netops, link_underlay(from), &had, error))
		return -1;
	return vti_finish(call, to, error);
}

static int vti_remove(const struct link_call *call, const struct link *link,
		      struct error *error)
{
	struct ipsec_path path = vti_path(link);

	if (!link->ipsec || !link_underlay(link))
		return 0;
	return ipsec_remove(call->netops, link_underlay(link), &path, error);
}

const struct kind kind_vti = {
	.name = "vti",
	.netlink_name = "vti",
	.tunnel = true,
	.resets = true,
	.tables = { vti_rows },
	.fallback = "ip_vti0",
	.module = "ip_vti",
	.symbol = "vti_tunnel_setup",
	.config = "CONFIG_NET_IPVTI",
	.check = vti_check,
	.finish = vti_finish,
	.read = vti_read,
	.read_is_silent = true,
	.load = vti_load,
	.alter = vti_alter,
	.remove = vti_remove,
};
