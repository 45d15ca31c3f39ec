/*
 * An address as a record: its rows, its identity, its texts. The kernel's pair
 * IFA_LOCAL and IFA_ADDRESS, its bits and its lifetimes fit no row: these rows
 * have no wire, address_message.c carries them.
 */
#include "netops/address.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/address_private.h"
#include "netops/url.h"

#define ADDRESS_ROW(member) .offset = offsetof(struct address_options, member)

const struct row_word scope_words[] = {
	{ "global", RT_SCOPE_UNIVERSE }, { "site", RT_SCOPE_SITE },
	{ "link", RT_SCOPE_LINK },	 { "host", RT_SCOPE_HOST },
	{ "nowhere", RT_SCOPE_NOWHERE }, { NULL, 0 },
};

const struct row_word address_flag_words[] = {
	{ "secondary", IFA_F_SECONDARY },
	{ "dad_failed", IFA_F_DADFAILED },
	{ "deprecated", IFA_F_DEPRECATED },
	{ "tentative", IFA_F_TENTATIVE },
	{ "permanent", IFA_F_PERMANENT },
	{ "stable_privacy", IFA_F_STABLE_PRIVACY },
	{ NULL, 0 },
};

/* clang-format off */
const struct row address_rows[] = {
	{ "address", ROW_PREFIX, WIRE_NONE, IFA_LOCAL, ADDRESS_ROW(address), .flags = ROW_REQUIRED | ROW_CREATE_ONLY },
	{ "peer", ROW_PREFIX, WIRE_NONE, IFA_ADDRESS, ADDRESS_ROW(peer), .flags = ROW_CREATE_ONLY },
	{ "broadcast", ROW_ADDRESS, WIRE_IP, IFA_BROADCAST, ADDRESS_ROW(broadcast), .flags = ROW_CREATE_ONLY },
	{ "scope", ROW_WORD, WIRE_NONE, ADDRESS_ROW(scope), .flags = ROW_CREATE_ONLY, .maximum = 255, .words = scope_words },
	{ "label", ROW_TEXT, WIRE_TEXT, IFA_LABEL, ADDRESS_ROW(label), .flags = ROW_CREATE_ONLY, .maximum = IFNAMSIZ - 1 },
	{ "metric", ROW_NUMBER, WIRE_U32, IFA_RT_PRIORITY, ADDRESS_ROW(metric), .flags = ROW_QUIET, .maximum = UINT32_MAX },
	{ "valid_lifetime_seconds", ROW_NUMBER, WIRE_NONE, IFA_CACHEINFO, ADDRESS_ROW(valid_lifetime_seconds), .flags = ROW_RUNS, .initial = ADDRESS_FOR_EVER, .minimum = 1, .maximum = UINT32_MAX },
	{ "preferred_lifetime_seconds", ROW_NUMBER, WIRE_NONE, IFA_CACHEINFO, ADDRESS_ROW(preferred_lifetime_seconds), .flags = ROW_RUNS, .initial = ADDRESS_FOR_EVER, .maximum = UINT32_MAX },
	{ "no_prefix_route", ROW_BOOL, WIRE_NONE, IFA_FLAGS, ADDRESS_ROW(no_prefix_route), .bit = IFA_F_NOPREFIXROUTE, .flags = ROW_QUIET },
	{ "no_dad", ROW_BOOL, WIRE_NONE, IFA_FLAGS, ADDRESS_ROW(no_dad), .bit = IFA_F_NODAD, .flags = ROW_QUIET | ROW_CREATE_ONLY },
	{ "optimistic", ROW_BOOL, WIRE_NONE, IFA_FLAGS, ADDRESS_ROW(optimistic), .bit = IFA_F_OPTIMISTIC, .flags = ROW_QUIET | ROW_CREATE_ONLY },
	{ "home_address", ROW_BOOL, WIRE_NONE, IFA_FLAGS, ADDRESS_ROW(home_address), .bit = IFA_F_HOMEADDRESS, .flags = ROW_QUIET },
	{ "manage_temporary_addresses", ROW_BOOL, WIRE_NONE, IFA_FLAGS, ADDRESS_ROW(manage_temporary_addresses), .bit = IFA_F_MANAGETEMPADDR, .flags = ROW_QUIET },
	{ "auto_join", ROW_BOOL, WIRE_NONE, IFA_FLAGS, ADDRESS_ROW(auto_join), .bit = IFA_F_MCAUTOJOIN, .flags = ROW_QUIET | ROW_CREATE_ONLY },
	{ 0 },
};
/* clang-format on */

void address_list_free(struct address_list *list)
{
	free(list->items);
	*list = (struct address_list){ 0 };
}

int address_list_add(struct address_list *list, const struct address *address,
		     struct error *error)
{
	struct address *items = list->items;

	/* The room grows at each power of two. */
	if (!(list->count & (list->count - 1)))
		items = reallocarray(items, list->count ? 2 * list->count : 1, sizeof(*items));
	if (!items)
		return error_errno(error, ENOMEM, "collecting addresses");
	list->items = items;
	items[list->count++] = *address;
	return 0;
}

bool address_is_ours(const struct address *address)
{
	return address->protocol == OWNED_PROTOCOL;
}

uint16_t address_prefix_length(const struct address *address)
{
	return ADDRESS_GIVEN(address, peer) ? address->options.peer.prefix_length :
					      address->options.address.prefix_length;
}

bool address_runs(const struct address *address)
{
	return ADDRESS_GIVEN(address, valid_lifetime_seconds) ||
	       ADDRESS_GIVEN(address, preferred_lifetime_seconds);
}

bool address_same(const struct address *a, const struct address *b)
{
	bool peer = ADDRESS_GIVEN(a, peer);

	return peer == ADDRESS_GIVEN(b, peer) &&
	       address_prefix_length(a) == address_prefix_length(b) &&
	       ip_equal(&a->options.address, &b->options.address) &&
	       (!peer || ip_equal(&a->options.peer, &b->options.peer));
}

void address_format(const struct address *address, char text[IP_TEXT_SIZE])
{
	if (ADDRESS_GIVEN(address, peer))
		ip_format(&address->options.address, text);
	else
		ip_format_prefix(&address->options.address, text);
}

uint32_t address_natural_scope(const struct ip *address)
{
	if (ip_is_loopback(address))
		return RT_SCOPE_HOST;
	if (address->family == AF_INET)
		return RT_SCOPE_UNIVERSE;
	if (ip_is_link_local(address))
		return RT_SCOPE_LINK;
	if (address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0xc0)
		return RT_SCOPE_SITE; /* fec0::/10, RFC 3879 */
	return RT_SCOPE_UNIVERSE;
}

void address_url(const struct address *address, char ret[ERROR_URL_SIZE])
{
	char text[IP_TEXT_SIZE];

	ret[0] = '\0';
	url_format(ret, "/addresses/");
	url_escape(ret, address->namespace);
	url_format(ret, "/");
	url_escape(ret, address->link.name);
	ip_format(&address->options.address, text);
	url_format(ret, "/%s/%u", text, address_prefix_length(address));
	if (!ADDRESS_GIVEN(address, peer))
		return;
	ip_format(&address->options.peer, text);
	url_format(ret, "?peer=%s", text);
}
