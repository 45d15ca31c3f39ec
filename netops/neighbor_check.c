/*
 * What is wrong with a neighbour: first what is surely so, seen without the kernel;
 * then what its link says. The kernel takes a link-layer address that is too long,
 * and files IPv4 neighbours of a link that has none under 0.0.0.0.
 */
#include <net/if.h>

#include "netops/member.h"
#include "netops/neighbor_private.h"

static bool is_set(const struct neighbor *neighbor, size_t offset)
{
	return neighbor_given(neighbor, offset) &&
	       *(const uint32_t *)((const char *)&neighbor->options + offset);
}

/* A proxy is an address alone: the link answers with its own. */
static void check_proxy(const struct neighbor *neighbor, struct error *error)
{
	const struct {
		const char *pointer;
		bool given;
	} members[] = {
		{ "/mac", NEIGHBOR_GIVEN(neighbor, mac) },
		{ "/nud", NEIGHBOR_GIVEN(neighbor, nud) },
		{ "/external_learn", is_set(neighbor, NEIGHBOR_AT(external_learn)) },
		{ "/managed", is_set(neighbor, NEIGHBOR_AT(managed)) },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].given)
			error_member(error, members[i].pointer, "exclusive",
				     "a proxy has none: for its address the link answers with "
				     "its own");
	}
}

/* net/core/neighbour.c: __neigh_update() looks at neither. */
static void check_managed(const struct neighbor *neighbor, struct error *error)
{
	if (NEIGHBOR_GIVEN(neighbor, mac))
		error_member(error, "/mac", "exclusive",
			     "the kernel finds out that of a managed neighbour: leave it out");
	if (NEIGHBOR_GIVEN(neighbor, nud))
		error_member(error, "/nud", "exclusive",
			     "the state of a managed neighbour is the kernel's: leave it out");
}

static void check_state(const struct neighbor *neighbor, struct error *error)
{
	if (NEIGHBOR_GIVEN(neighbor, nud) && neighbor_nud_runs(neighbor->options.nud) &&
	    !is_set(neighbor, NEIGHBOR_AT(external_learn)))
		error_member(error, "/nud", "range",
			     "the kernel drops what is in this state: permanent and noarp "
			     "stay; the others need external_learn");
}

static void check_address(const struct neighbor *neighbor, struct error *error)
{
	if (!NEIGHBOR_GIVEN(neighbor, address))
		error_member(error, "/address", "required", "a neighbour needs its address");
	else if (ip_is_any(&neighbor->options.address))
		error_member(error, "/address", "range", "no neighbour has this address");
}

void neighbor_check(const struct neighbor *neighbor, const char *prefix, struct error *error)
{
	unsigned int first = error->member_count;

	check_address(neighbor, error);
	if (neighbor_is_proxy(neighbor))
		check_proxy(neighbor, error);
	else if (neighbor_is_managed(neighbor))
		check_managed(neighbor, error);
	else
		check_state(neighbor, error);
	if (NEIGHBOR_GIVEN(neighbor, protocol) && neighbor->options.protocol != OWNED_PROTOCOL)
		error_member(error, "/protocol", "owned",
			     "the protocol number marks who made a neighbour: what tunneld "
			     "makes has %d",
			     OWNED_PROTOCOL);
	member_prefix(error, first, prefix);
}

static int check_length(const struct neighbor *neighbor, const struct neighbor_link *link,
			struct error *error)
{
	uint32_t length = link->own.length;

	if (NEIGHBOR_GIVEN(neighbor, mac) && neighbor->options.mac.length != length)
		return error_member(
			error, "/mac", "length",
			length ? "link-layer addresses of \"%.15s\" have %u bytes%s" :
				 "\"%.15s\" has no link-layer addresses: leave it out",
			link->device.name, length,
			length == 4  ? ", as an IPv4 address" :
			length == 16 ? ", as an IPv6 address" :
				       "");
	if (length && !NEIGHBOR_GIVEN(neighbor, mac) && !neighbor_is_managed(neighbor) &&
	    !neighbor_is_proxy(neighbor))
		return error_member(error, "/mac", "required",
				    "a neighbour on \"%.15s\" needs its link-layer address, "
				    "unless it is managed or a proxy",
				    link->device.name);
	return 0;
}

int neighbor_check_link(const struct neighbor *neighbor, const struct neighbor_link *link,
			struct error *error)
{
	/* net/ipv4/arp.c: arp_constructor() */
	if (neighbor->options.address.family == AF_INET && !neighbor_is_proxy(neighbor) &&
	    link->flags & (IFF_LOOPBACK | IFF_POINTOPOINT))
		return error_set(error, ERROR_REFUSED,
				 "\"%.15s\" is a %s link: the kernel tells no IPv4 neighbours "
				 "apart there",
				 link->device.name,
				 link->flags & IFF_LOOPBACK ? "loopback" : "point-to-point");
	return check_length(neighbor, link, error);
}
