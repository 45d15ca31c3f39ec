/*
 * A neighbour as a record: its rows, its identity as a URL, what it has unsaid, and
 * when the kernel need not hear of it. State and bits stand in the message's header
 * and have no wire here: neighbor_message.c carries them.
 */
#include "netops/neighbor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/neighbor_private.h"
#include "netops/route.h"
#include "netops/url.h"

const struct row_word neighbor_nud_words[] = {
	{ "permanent", NUD_PERMANENT }, { "noarp", NUD_NOARP },
	{ "reachable", NUD_REACHABLE }, { "stale", NUD_STALE },
	{ "delay", NUD_DELAY },		{ "probe", NUD_PROBE },
	{ "failed", NUD_FAILED },	{ "incomplete", NUD_INCOMPLETE },
	{ "none", NUD_NONE },		{ NULL, 0 },
};

/* linux/neighbour.h has the last two since 5.16 and 6.17. */
const struct row_word neighbor_flag_words[] = {
	{ "offloaded", NTF_OFFLOADED },
	{ "sticky", NTF_STICKY },
	{ "locked", 1 << (NEIGHBOR_EXT_SHIFT + 1) },
	{ "external_validated", 1 << (NEIGHBOR_EXT_SHIFT + 2) },
	{ NULL, 0 },
};

/* clang-format off */
#define AT(member) .offset = NEIGHBOR_AT(member)

const struct row neighbor_rows[] = {
	{ "address", ROW_ADDRESS, WIRE_NONE, NDA_DST, AT(address), .flags = ROW_REQUIRED | ROW_CREATE_ONLY },
	{ "mac", ROW_LINK_ADDRESS, WIRE_LINK_ADDRESS, NDA_LLADDR, AT(mac), .flags = ROW_KEEP },
	{ "nud", ROW_WORD, WIRE_NONE, AT(nud), .words = neighbor_nud_words },
	{ "router", ROW_BOOL, WIRE_NONE, AT(router), .bit = NTF_ROUTER, .flags = ROW_QUIET },
	{ "proxy", ROW_BOOL, WIRE_NONE, AT(proxy), .bit = NTF_PROXY, .flags = ROW_QUIET | ROW_CREATE_ONLY },
	{ "external_learn", ROW_BOOL, WIRE_NONE, AT(external_learn), .bit = NTF_EXT_LEARNED, .flags = ROW_QUIET },
	{ "managed", ROW_BOOL, WIRE_NONE, AT(managed), .bit = NTF_EXT_MANAGED << NEIGHBOR_EXT_SHIFT, .flags = ROW_QUIET },
	{ "protocol", ROW_NAMED, WIRE_U8, NDA_PROTOCOL, AT(protocol), .maximum = 255, .words = route_protocol_words },
	{ 0 },
};
/* clang-format on */

void neighbor_list_free(struct neighbor_list *list)
{
	free(list->items);
	*list = (struct neighbor_list){ 0 };
}

int neighbor_list_add(struct neighbor_list *list, const struct neighbor *neighbor,
		      struct error *error)
{
	struct neighbor *items = list->items;

	/* The room grows at each power of two. */
	if (!(list->count & (list->count - 1)))
		items = reallocarray(items, list->count ? 2 * list->count : 1, sizeof(*items));
	if (!items)
		return error_errno(error, ENOMEM, "collecting neighbours");
	list->items = items;
	items[list->count++] = *neighbor;
	return 0;
}

bool neighbor_is_proxy(const struct neighbor *neighbor)
{
	return NEIGHBOR_GIVEN(neighbor, proxy) && neighbor->options.proxy;
}

bool neighbor_is_managed(const struct neighbor *neighbor)
{
	return NEIGHBOR_GIVEN(neighbor, managed) && neighbor->options.managed;
}

static bool is_external(const struct neighbor *neighbor)
{
	return NEIGHBOR_GIVEN(neighbor, external_learn) && neighbor->options.external_learn;
}

bool neighbor_is_ours(const struct neighbor *neighbor)
{
	const struct neighbor_options *options = &neighbor->options;

	if (options->protocol != OWNED_PROTOCOL)
		return false;
	return neighbor_is_proxy(neighbor) || neighbor_is_managed(neighbor) ||
	       is_external(neighbor) || options->nud & (NEIGHBOR_STAYS | NEIGHBOR_HAS_MAC);
}

bool neighbor_nud_runs(uint32_t nud)
{
	return !(nud & NEIGHBOR_STAYS);
}

bool neighbor_runs(const struct neighbor *neighbor)
{
	return neighbor_is_managed(neighbor) ||
	       (is_external(neighbor) && NEIGHBOR_GIVEN(neighbor, nud) &&
		neighbor_nud_runs(neighbor->options.nud));
}

static void neighbor_give(struct neighbor *neighbor, size_t offset, uint32_t value)
{
	if (given_at(&neighbor->given, offset))
		return;
	*(uint32_t *)((char *)&neighbor->options + offset) = value;
	give_at(&neighbor->given, offset);
}

void neighbor_complete(struct neighbor *neighbor)
{
	if (!neighbor_is_proxy(neighbor) && !neighbor_is_managed(neighbor))
		neighbor_give(neighbor, NEIGHBOR_AT(nud), NUD_PERMANENT);
	neighbor_give(neighbor, NEIGHBOR_AT(protocol), OWNED_PROTOCOL);
}

void neighbor_url(const struct neighbor *neighbor, char ret[ERROR_URL_SIZE])
{
	char text[IP_TEXT_SIZE];

	ip_format(&neighbor->options.address, text);
	ret[0] = '\0';
	url_format(ret, "/neighbors/");
	url_escape(ret, neighbor->namespace);
	url_format(ret, "/");
	url_escape(ret, neighbor->link.name);
	url_format(ret, "/%s%s", text, neighbor_is_proxy(neighbor) ? "?proxy=true" : "");
}

bool neighbor_settled(const struct neighbor *wanted, const struct neighbor *current)
{
	struct neighbor whole = *wanted;
	bool runs = neighbor_runs(wanted);

	neighbor_complete(&whole);
	for (const struct row *row = neighbor_rows; row->name; row++) {
		bool kernels = row->offset == NEIGHBOR_AT(nud) ||
			       row->offset == NEIGHBOR_AT(mac);

		if (!(runs && kernels) && !row_settled(row, &whole.options, &whole.given,
						       &current->options, &current->given))
			return false;
	}
	return true;
}
