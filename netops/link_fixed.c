/* What the kernel cannot change in a link that is there: it would have to be made anew. */
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "netops/kind.h"
#include "netops/link_private.h"

static bool family_differs(const struct row *row, const struct link *current,
			   const struct link *wanted)
{
	const struct ip *one = row_value(row, &current->options);
	const struct ip *other = row_value(row, &wanted->options);

	return row->type == ROW_ADDRESS && !ip_is_any(one) && !ip_is_any(other) &&
	       one->family != other->family;
}

/* drivers/net/vxlan: the flag is not cleared by a number, and cannot be set later. */
static bool inherit_differs(const struct row *row, const struct link *current,
			    const struct link *wanted)
{
	bool had = given_at(&current->given, row->offset) &&
		   row_number(row, &current->options) == ROW_INHERIT;
	bool has = given_at(&wanted->given, row->offset) &&
		   row_number(row, &wanted->options) == ROW_INHERIT;

	return row->wire == WIRE_U8_OR_FLAG && had != has;
}

static bool is_external(const struct link *link)
{
	return LINK_GIVEN(link, external) && link->options.external;
}

/* drivers/net/macvlan.c: a device that is passed through is so from the beginning. */
static bool passthru_differs(const struct row *row, const struct link *current,
			     const struct link *wanted)
{
	return row->offset == offsetof(struct link_options, macvlan_mode) &&
	       (row_number(row, &current->options) == MACVLAN_MODE_PASSTHRU) !=
		       (row_number(row, &wanted->options) == MACVLAN_MODE_PASSTHRU);
}

static bool has_group(const struct link *link)
{
	return LINK_GIVEN(link, remote) && ip_is_multicast(&link->options.remote);
}

static const char no_default[] = "the kernel tells no default for it";

/* NULL: it can be changed, or need not be. */
static const char *row_fixed(const struct row *row, bool of_kind, const struct link *current,
			     const struct link *wanted)
{
	if (row->flags & ROW_SHORTHAND)
		return NULL;
	if ((row->flags & ROW_KEEP) && given_at(&wanted->nulled, row->offset))
		return no_default;
	if (row_settled(row, &wanted->options, &wanted->given, &current->options,
			&current->given))
		return NULL;
	if (row->flags & ROW_CREATE_ONLY || inherit_differs(row, current, wanted) ||
	    passthru_differs(row, current, wanted))
		return "the kernel takes it only when the link is made";
	if (family_differs(row, current, wanted))
		return "a tunnel keeps its address family";
	/* net/ipv4/ip_tunnel.c: ip_tunnel_changelink() looks at the flags of the device. */
	if (of_kind && current->kind->resets && (row->flags & ROW_IDENTITY) &&
	    (has_group(current) || has_group(wanted)))
		return "a tunnel to a multicast group stays the one it is";
	/* net/ipv4/ipip.c, ip_gre.c: a change that says "external" is EINVAL. */
	if (of_kind && current->kind->resets && is_external(current))
		return "the kernel changes nothing in an external tunnel";
	return NULL;
}

static void check_rows(const struct row *rows, bool of_kind, const struct link *current,
		       const struct link *wanted, struct error *error)
{
	char pointer[64];

	for (const struct row *row = rows; row->name; row++) {
		const char *why = row_fixed(row, of_kind, current, wanted);

		snprintf(pointer, sizeof(pointer), "/%s", row->name);
		if (why)
			error_fixed(error, pointer, "%s", why);
	}
}

/* net/ipv4/ip_tunnel.c: ip_tunnel_changelink(), net/ipv6/sit.c: ipip6_changelink() */
static void check_far_end(const struct link *current, const struct link *wanted,
			  struct error *error)
{
	bool had = LINK_GIVEN(current, remote) && !ip_is_any(&current->options.remote);
	bool has = LINK_GIVEN(wanted, remote) && !ip_is_any(&wanted->options.remote);

	if (current->kind->resets && had != has && !has_group(current) && !has_group(wanted))
		error_fixed(error, "/remote",
			    "a tunnel with one far end cannot become one with many, nor back");
}

static void check_names(const struct link *current, const struct link *wanted,
			struct error *error)
{
	const struct link *had = current->peer, *has = wanted->peer;

	const char *under = link_underlay(current);

	if (current->kind->tunnel &&
	    (under ? strcmp(under, link_underlay(wanted)) != 0 : wanted->underlay_namespace[0]))
		error_fixed(error, "/underlay_namespace",
			    "the outer packets stay where they are");
	if (!had && has)
		error_fixed(error, "/peer",
			    "the other end is in a namespace without a name, and stays there");
	if (!had || !has)
		return;
	if (strcmp(had->namespace, has->namespace))
		error_fixed(error, "/peer/namespace", "the other end stays where it is");
	if (strcmp(had->name, has->name))
		error_fixed(error, "/peer/name", "the other end keeps its name");
}

static void check_peer(const struct link *wanted, struct error *error)
{
	const struct link *peer = wanted->peer;
	const struct row *rows;
	char pointer[64];

	for (unsigned int i = 0; peer && (rows = link_table(peer->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			snprintf(pointer, sizeof(pointer), "/peer/%s", row->name);
			if ((row->flags & ROW_KEEP) && given_at(&peer->nulled, row->offset))
				error_fixed(error, pointer, "%s", no_default);
		}
	}
}

int link_check_fixed(const struct link *current, const struct link *wanted, struct error *error)
{
	const struct kind *kind = current->kind;
	const struct row *rows;

	if (kind != wanted->kind)
		return error_fixed(error, "/kind", "a link keeps its kind");
	for (unsigned int i = 0; (rows = link_table(kind, i)); i++)
		check_rows(rows, link_table_is_data(kind, i), current, wanted, error);
	if (!kind)
		return error_verdict(error);
	check_far_end(current, wanted, error);
	check_names(current, wanted, error);
	check_peer(wanted, error);
	return error_verdict(error);
}
