/* The link record itself: names, marks, checks, and the rows that every link has. */
#include "netops/link.h"

#include <ctype.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/datapath.h"
#include "netops/kind.h"
#include "netops/url.h"

static const struct row_word datapath_words[] = {
	{ "auto", DATAPATH_AUTO },
	{ "kernel", DATAPATH_KERNEL },
	{ "userspace", DATAPATH_USERSPACE },
	{ NULL, 0 },
};

/* clang-format off */
const struct row link_rows[] = {
	{ "up", ROW_BOOL, WIRE_NONE, LINK_ROW(up), .flags = ROW_KEEP },
	{ "mtu", ROW_NUMBER, WIRE_U32, IFLA_MTU, LINK_ROW(mtu), .flags = ROW_KEEP, .minimum = 68, .maximum = 65575 },
	{ "master", ROW_DEVICE, WIRE_U32, IFLA_MASTER, LINK_ROW(master) },
	{ "tx_queue_length", ROW_NUMBER, WIRE_U32, IFLA_TXQLEN, LINK_ROW(tx_queue_length), .flags = ROW_KEEP, .maximum = INT32_MAX },
	{ "alias", ROW_TEXT, WIRE_TEXT, IFLA_IFALIAS, LINK_ROW(alias), .maximum = LINK_ALIAS_LENGTH },
	{ 0 },
};

const struct row tunnel_rows[] = {
	{ "datapath", ROW_WORD, WIRE_NONE, LINK_ROW(datapath), .flags = ROW_KEEP | ROW_CREATE_ONLY | ROW_ANY, .initial = DATAPATH_AUTO, .words = datapath_words },
	{ 0 },
};

const struct row ethernet_rows[] = {
	{ "mac", ROW_MAC, WIRE_MAC, IFLA_ADDRESS, LINK_ROW(mac), .flags = ROW_KEEP },
	{ 0 },
};
/* clang-format on */

_Static_assert(sizeof(struct link_options) <= 4 * 64 * GIVEN_WORDS,
	       "struct given is too small");

bool link_name_valid(const char *name)
{
	size_t length = strlen(name);

	/* The same letters as a namespace's, and the same words are reserved. */
	return length < IFNAMSIZ && namespace_name_valid(name);
}

void link_init(struct link *link)
{
	memset(link, 0, sizeof(*link));
	link->peer_namespace_fd = -1;
	link->status.lower_namespace_id = -1;
}

void link_clear(struct link *link)
{
	address_list_free(&link->addresses);
	free(link->message);
	free(link->members);
	free(link->potential_routers);
	ipsec_free(link->ipsec);
	if (link->peer) {
		link_clear(link->peer);
		free(link->peer);
	}
	link_init(link);
}

bool link_is_ours(const struct link *link)
{
	return link->status.group == OWNED_GROUP || link->status.group == OWNED_GROUP_GOING;
}

bool link_is_fallback(const struct link *link)
{
	return link->kind && link->kind->fallback && !strcmp(link->name, link->kind->fallback);
}

bool link_runs(const struct link *link)
{
	for (size_t i = 0; i < link->addresses.count; i++) {
		if (address_runs(&link->addresses.items[i]))
			return true;
	}
	return link->kind && link->kind->read_is_silent;
}

void link_url(const struct link *link, char ret[ERROR_URL_SIZE])
{
	ret[0] = '\0';
	url_format(ret, link->kind && link->kind->tunnel ? "/tunnels/" : "/links/");
	url_escape(ret, link->namespace);
	url_format(ret, "/");
	url_escape(ret, link->name);
}

const char *link_underlay(const struct link *link)
{
	if (link->underlay_namespace[0])
		return link->underlay_namespace;
	return link->status.lower_elsewhere ? NULL : link->namespace;
}

static void link_check_name(const struct link *link, const char *pointer, struct error *error)
{
	/* Others may have made one with any name. */
	if (!link->changes && !link_name_valid(link->name))
		error_member(error, pointer, "format",
			     "a link's name has 1 to 15 letters, digits, '.', '_' or '-', "
			     "begins with a letter or digit, and is not host, all or default");
}

/* What the rows of one table say by themselves. */
static void link_check_rows(const struct link *link, const struct row *rows,
			    struct error *error)
{
	char pointer[96];

	for (const struct row *row = rows; row->name; row++) {
		bool given = given_at(&link->given, row->offset);
		const struct ip *ip = row_value(row, &link->options);

		snprintf(pointer, sizeof(pointer), "/%s", row->name);
		if (!given && (row->flags & ROW_REQUIRED))
			error_member(error, pointer, "required", "a %s needs \"%s\"",
				     link->kind->name, row->name);
		if (given && row->type == ROW_ADDRESS && !row->attribute2 &&
		    ip->family == AF_INET6)
			error_member(error, pointer, "family",
				     "a tunnel of kind %s runs over IPv4", link->kind->name);
	}
}

static void link_check_addresses(const struct link *link, const char *pointer,
				 struct error *error)
{
	char prefix[48];

	for (size_t i = 0; i < link->addresses.count; i++) {
		struct address address = link->addresses.items[i];

		snprintf(prefix, sizeof(prefix), "%s/addresses/%zu", pointer, i);
		memcpy(address.link.name, link->name, sizeof(address.link.name));
		address_check(&address, prefix, error);
	}
}

int link_check(const struct link *link, struct error *error)
{
	const struct row *rows;
	char pointer[48];

	link_check_name(link, "/name", error);
	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++)
		link_check_rows(link, rows, error);
	link_check_addresses(link, "", error);
	if (link->peer) {
		link_check_name(link->peer, "/peer/name", error);
		link_check_addresses(link->peer, "/peer", error);
	}
	for (size_t i = 0; i < link->potential_router_count; i++) {
		snprintf(pointer, sizeof(pointer), "/potential_routers/%zu", i);
		potential_router_check(&link->potential_routers[i], pointer, error);
	}
	if (link->kind && link->kind->check)
		link->kind->check(link, error);
	return error_verdict(error);
}
