/*
 * Between an address and RTM_NEWADDR, RTM_DELADDR. What the rows say is left to
 * them; the pair of addresses, the bits and the lifetimes are done here.
 */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/address_private.h"

/* The bits that were asked for; the attribute has room for more than the header. */
static uint32_t address_asked_flags(const struct address *address)
{
	uint32_t flags = 0;

	for (const struct row *row = address_rows; row->name; row++) {
		if (row->attribute == IFA_FLAGS && address_given(address, row->offset) &&
		    row_number(row, &address->options))
			flags |= row->bit;
	}
	return flags;
}

struct ifaddrmsg address_header(const struct address *address)
{
	const struct address_options *options = &address->options;

	return (struct ifaddrmsg){
		.ifa_family = (uint8_t)options->address.family,
		.ifa_prefixlen = (uint8_t)address_prefix_length(address),
		.ifa_flags = (uint8_t)address_asked_flags(address),
		.ifa_scope = (uint8_t)(ADDRESS_GIVEN(address, scope) ?
					       options->scope :
					       address_natural_scope(&options->address)),
		.ifa_index = address->link.index,
	};
}

/* A lifetime that is not given ends with the other at the latest. */
static int address_put_lifetimes(struct nl_msg *message, const struct address *address)
{
	struct ifa_cacheinfo info = { .ifa_valid = ADDRESS_FOR_EVER,
				      .ifa_prefered = ADDRESS_FOR_EVER };
	bool valid = ADDRESS_GIVEN(address, valid_lifetime_seconds);
	bool preferred = ADDRESS_GIVEN(address, preferred_lifetime_seconds);

	if (!valid && !preferred)
		return 0;
	if (valid)
		info.ifa_valid = info.ifa_prefered = address->options.valid_lifetime_seconds;
	if (preferred)
		info.ifa_prefered = address->options.preferred_lifetime_seconds;
	return nla_put(message, IFA_CACHEINFO, sizeof(info), &info);
}

int address_put(struct nl_msg *message, const struct address *address)
{
	const struct ip *own = &address->options.address;
	const struct ip *other = ADDRESS_GIVEN(address, peer) ? &address->options.peer : own;
	int size = (int)ip_size(own->family);

	if (nla_put(message, IFA_LOCAL, size, own->bytes) ||
	    nla_put(message, IFA_ADDRESS, size, other->bytes) ||
	    nla_put_u32(message, IFA_FLAGS, address_asked_flags(address)) ||
	    address_put_lifetimes(message, address))
		return -1;
	return rows_put(message, address_rows, &address->options, &address->given);
}

static void address_give(struct address *address, size_t offset)
{
	give_at(&address->given, offset);
}
#define ADDRESS_GIVE(address, member) \
	address_give(address, offsetof(struct address_options, member))

static bool address_parse_pair(struct nlattr *const *attributes, uint8_t prefix_length,
			       struct address *ret)
{
	const struct nlattr *own = attributes[IFA_LOCAL], *other = attributes[IFA_ADDRESS];
	struct ip *address = &ret->options.address, *peer = &ret->options.peer;

	own = own ? own : other;
	if (!own || !ip_from_bytes(address, nla_data(own), (size_t)nla_len(own)))
		return false;
	ADDRESS_GIVE(ret, address);
	if (other && ip_from_bytes(peer, nla_data(other), (size_t)nla_len(other)) &&
	    !ip_equal(peer, address)) {
		peer->prefix_length = prefix_length;
		ADDRESS_GIVE(ret, peer);
	} else {
		address->prefix_length = prefix_length;
	}
	return true;
}

static void address_parse_flags(const struct nlattr *flags, uint8_t short_flags,
				struct address *ret)
{
	ret->flags = flags ? netlink_number(flags) : short_flags;
	for (const struct row *row = address_rows; row->name; row++) {
		if (row->attribute != IFA_FLAGS || !(ret->flags & row->bit))
			continue;
		*(uint32_t *)row_place(row, &ret->options) = 1;
		address_give(ret, row->offset);
	}
}

static void address_parse_lifetimes(const struct nlattr *attribute, struct address *ret)
{
	struct ifa_cacheinfo info;

	if (!attribute || nla_len(attribute) < (int)sizeof(info))
		return;
	memcpy(&info, nla_data(attribute), sizeof(info));
	ret->options.valid_lifetime_seconds = info.ifa_valid;
	ret->options.preferred_lifetime_seconds = info.ifa_prefered;
	if (info.ifa_valid != ADDRESS_FOR_EVER)
		ADDRESS_GIVE(ret, valid_lifetime_seconds);
	if (info.ifa_prefered != ADDRESS_FOR_EVER)
		ADDRESS_GIVE(ret, preferred_lifetime_seconds);
}

bool address_parse(const struct nlmsghdr *header, struct address *ret)
{
	const struct ifaddrmsg *message = nlmsg_data(header);
	struct nlattr *attributes[IFA_MAX + 1];

	if (header->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_parse((struct nlmsghdr *)(uintptr_t)header, sizeof(*message), attributes,
			IFA_MAX, NULL) ||
	    !ip_size(message->ifa_family) ||
	    !address_parse_pair(attributes, message->ifa_prefixlen, ret))
		return false;
	ret->link.index = message->ifa_index;
	ret->options.scope = message->ifa_scope;
	ADDRESS_GIVE(ret, scope);
	address_parse_flags(attributes[IFA_FLAGS], message->ifa_flags, ret);
	address_parse_lifetimes(attributes[IFA_CACHEINFO], ret);
	ret->protocol = (uint8_t)netlink_number(attributes[IFA_PROTO]);
	rows_parse(address_rows, attributes, IFA_MAX, &ret->options, &ret->given);
	return true;
}
