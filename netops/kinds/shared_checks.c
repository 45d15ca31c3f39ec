/*
 * Checks that several kinds share. The kernel accepts nearly all of what is
 * refused here, and then carries no packet.
 */
#include "netops/kind.h"

void check_endpoints(const struct link *link, struct error *error)
{
	const struct ip *local = &link->options.local, *remote = &link->options.remote;
	bool has_local = LINK_GIVEN(link, local) && !ip_is_any(local);
	bool has_remote = LINK_GIVEN(link, remote) && !ip_is_any(remote);

	if (has_local && (ip_is_multicast(local) || ip_is_broadcast(local)))
		error_member(error, "/local", "unicast",
			     "a tunnel's own end is the unicast address of one host");
	if (has_remote && ip_is_broadcast(remote))
		error_member(error, "/remote", "unicast",
			     "255.255.255.255 is no far end of a tunnel");
	if (!has_local || !has_remote)
		return;
	if (local->family != remote->family)
		error_member(error, "/remote", "family",
			     "local and remote must be of one address family");
	else if (ip_equal(local, remote))
		error_member(error, "/remote", "same",
			     "local and remote are the same address: packets would come back");
}

void check_unicast_remote(const struct link *link, struct error *error)
{
	if (LINK_GIVEN(link, remote) && ip_is_multicast(&link->options.remote))
		error_member(error, "/remote", "unicast",
			     "a tunnel of kind %s has one far end: a multicast address is none",
			     link->kind->name);
}

void check_external(const struct link *link, struct error *error)
{
	static const char *const endpoints[] = { "/local", "/remote" };
	const bool given[] = { LINK_GIVEN(link, local) && !ip_is_any(&link->options.local),
			       LINK_GIVEN(link, remote) && !ip_is_any(&link->options.remote) };

	if (!LINK_GIVEN(link, external) || !link->options.external)
		return;
	for (int i = 0; i < 2; i++) {
		if (given[i])
			error_member(error, endpoints[i], "external",
				     "an external tunnel takes its endpoints from routes, "
				     "not from itself");
	}
	if (LINK_GIVEN(link, encapsulation_type) && link->options.encapsulation_type)
		error_member(error, "/encapsulation/type", "external",
			     "an external tunnel has no encapsulation of its own");
}

void check_encapsulation(const struct link *link, struct error *error)
{
	bool on = LINK_GIVEN(link, encapsulation_type) && link->options.encapsulation_type;
	bool detail = LINK_GIVEN(link, encapsulation_source_port) ||
		      LINK_GIVEN(link, encapsulation_destination_port) ||
		      LINK_GIVEN(link, encapsulation_checksum) ||
		      LINK_GIVEN(link, encapsulation_checksum6) ||
		      LINK_GIVEN(link, encapsulation_remote_checksum);

	if (detail && !on)
		error_member(error, "/encapsulation/type", "required",
			     "options of an encapsulation need its type: fou or gue");
	if (on && !LINK_GIVEN(link, encapsulation_destination_port))
		error_member(error, "/encapsulation/destination_port", "required",
			     "the UDP port on which the far end receives is needed");
}
