/*
 * What is surely wrong with an address. The kernel takes nearly all of it and
 * then the host talks to nobody, or the kernel says no without a word why.
 */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/address_private.h"
#include "netops/member.h"

static void check_unicast(const struct ip *ip, const char *pointer, struct error *error)
{
	if (ip_is_any(ip))
		error_member(error, pointer, "any", "the unspecified address is no host's");
	else if (ip_is_multicast(ip))
		error_member(error, pointer, "unicast", "a multicast address is no host's");
	else if (ip_is_broadcast(ip))
		error_member(error, pointer, "unicast", "255.255.255.255 is no host's");
}

static bool joins(const struct address *address)
{
	return ADDRESS_GIVEN(address, auto_join) && address->options.auto_join;
}

static void check_own(const struct address *address, struct error *error)
{
	const struct ip *own = &address->options.address;

	if (!joins(address))
		check_unicast(own, "/address", error);
	else if (!ip_is_multicast(own))
		error_member(error, "/auto_join", "multicast",
			     "only the address of a multicast group can be joined");
	if (!address_prefix_length(address))
		error_member(error, ADDRESS_GIVEN(address, peer) ? "/peer" : "/address",
			     "range",
			     "a prefix length of 0 would put the whole internet on this link");
	/* RFC 1122, 3.2.1.3; RFC 4291, 2.5.3 */
	if (ip_is_loopback(own) && strcmp(address->link.name, "lo"))
		error_member(error, "/address", "loopback",
			     "a loopback address belongs on lo and nowhere else");
}

static void check_peer(const struct address *address, struct error *error)
{
	const struct ip *own = &address->options.address, *peer = &address->options.peer;

	if (!ADDRESS_GIVEN(address, peer))
		return;
	if (peer->family != own->family) {
		error_member(error, "/peer", "family",
			     "address and peer must be of one address family");
		return;
	}
	check_unicast(peer, "/peer", error);
	if (ip_equal(peer, own))
		error_member(error, "/peer", "same", "the peer is the address itself");
	if (own->prefix_length != ip_bits(own->family))
		error_member(
			error, "/address", "prefix",
			"with a peer the prefix length belongs to the peer: write it there");
}

static void check_label(const struct address *address, struct error *error)
{
	const char *label = address->options.label, *name = address->link.name;

	if (!ADDRESS_GIVEN(address, label))
		return;
	/* ifconfig and its like take a label for a device: what follows the name is a colon. */
	if (strncmp(label, name, strlen(name)))
		error_member(error, "/label", "prefix",
			     "a label begins with the name of its link, as in \"%.15s:1\"",
			     name);
	if (strlen(label) >= IFNAMSIZ)
		error_member(error, "/label", "length", "a label has at most %d bytes",
			     IFNAMSIZ - 1);
}

/* Members that one family alone has. */
static void check_family(const struct address *address, struct error *error)
{
	bool ipv6 = address->options.address.family == AF_INET6;

	for (const struct row *row = address_rows; row->name; row++) {
		bool only4 = row->attribute == IFA_LABEL || row->attribute == IFA_BROADCAST;
		bool only6 = row->bit & (IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS |
					 IFA_F_MANAGETEMPADDR);
		char pointer[64] = "/";

		if (!address_given(address, row->offset) || !(ipv6 ? only4 : only6) ||
		    (only6 && !row_number(row, &address->options)))
			continue;
		strncat(pointer, row->name, sizeof(pointer) - 2);
		error_member(error, pointer, "family", "only IPv%d addresses have a %s",
			     ipv6 ? 4 : 6, row->name);
	}
	if (!ipv6 && ADDRESS_GIVEN(address, broadcast) &&
	    address->options.broadcast.family != AF_INET)
		error_member(error, "/broadcast", "family", "this is no IPv4 address");
}

static void check_scope(const struct address *address, struct error *error)
{
	uint32_t natural = address_natural_scope(&address->options.address);

	if (!ADDRESS_GIVEN(address, scope))
		return;
	if (address->options.scope == RT_SCOPE_NOWHERE)
		error_member(error, "/scope", "range", "an address without scope is of no use");
	else if (address->options.address.family == AF_INET6 &&
		 address->options.scope != natural)
		error_member(error, "/scope", "family",
			     "the scope of an IPv6 address follows from the address: here %s",
			     row_word_name(scope_words, natural));
}

static void check_lifetimes(const struct address *address, struct error *error)
{
	const struct address_options *options = &address->options;
	bool valid = ADDRESS_GIVEN(address, valid_lifetime_seconds);

	if (valid && !options->valid_lifetime_seconds)
		error_member(error, "/valid_lifetime_seconds", "range",
			     "an address that is valid for 0 seconds is none");
	if (valid && ADDRESS_GIVEN(address, preferred_lifetime_seconds) &&
	    options->preferred_lifetime_seconds > options->valid_lifetime_seconds)
		error_member(error, "/preferred_lifetime_seconds", "range",
			     "an address cannot be preferred for longer than it is valid");
}

static void check_flags(const struct address *address, struct error *error)
{
	const struct address_options *options = &address->options;

	if (ADDRESS_GIVEN(address, no_dad) && options->no_dad &&
	    ADDRESS_GIVEN(address, optimistic) && options->optimistic)
		error_member(error, "/optimistic", "exclusive",
			     "optimistic and no_dad exclude each other");
	if (ADDRESS_GIVEN(address, manage_temporary_addresses) &&
	    options->manage_temporary_addresses && address_prefix_length(address) != 64)
		error_member(error, "/manage_temporary_addresses", "prefix",
			     "temporary addresses are made of prefixes of 64 bits");
}

void address_check(const struct address *address, const char *prefix, struct error *error)
{
	unsigned int first = error->member_count;

	if (!ADDRESS_GIVEN(address, address) || !address->options.address.family) {
		error_member(error, "/address", "required", "an address needs its address");
	} else {
		check_own(address, error);
		check_peer(address, error);
		check_label(address, error);
		check_family(address, error);
		check_scope(address, error);
		check_lifetimes(address, error);
		check_flags(address, error);
	}
	member_prefix(error, first, prefix);
}
