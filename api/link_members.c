/* One record for each member that is no single value. */
#include "api/link_members.h"

#include <stdlib.h>
#include <string.h>

#include "api/address_json.h"
#include "api/json_rows.h"
#include "netops/kind.h"

bool link_member_fits(const struct link_member *member, const struct kind *kind)
{
	if (!kind)
		return false;
	return member->kind[0] ? !strcmp(member->kind, kind->name) : kind->tunnel;
}

void link_up_by_default(struct link *link)
{
	link->options.up = true;
	give_at(&link->given, offsetof(struct link_options, up));
}

int link_read_common(const struct json_place *place, struct link *link)
{
	struct json_place addresses;
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++)
		json_rows_read(place, rows, &link->options, &link->given);
	if (json_read_array(place, "addresses", &addresses) != 1)
		return 0;
	link->given_addresses = true;
	return address_list_json_read(&addresses, &link->addresses);
}

void link_addresses_write(struct json_writer *writer, const struct address_list *list,
			  bool ours_only)
{
	json_member_array(writer, "addresses");
	for (size_t i = 0; i < list->count; i++) {
		if (ours_only && !address_is_ours(&list->items[i]))
			continue;
		json_write_object(writer);
		address_json_write(writer, &list->items[i]);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

static int underlay_read(const struct json_place *place, struct link *link)
{
	return json_value_text(place, link->underlay_namespace,
			       sizeof(link->underlay_namespace));
}

static void underlay_write(struct json_writer *writer, const struct link *link)
{
	if (link->underlay_namespace[0])
		json_member_string(writer, "underlay_namespace", link->underlay_namespace);
	else if (!link_underlay(link))
		json_member_null(writer, "underlay_namespace");
}

static int members_read(const struct json_place *place, struct link *link)
{
	struct json_place item;

	if (json_value_array(place))
		return -1;
	link->given_members = true;
	link->members = calloc(json_count(place) + 1, sizeof(*link->members));
	if (!link->members)
		return error_set(place->error, ERROR_BUSY, "out of memory");
	link->member_count = json_count(place);
	for (size_t i = 0; i < link->member_count; i++) {
		item = json_item(place, i);
		json_value_text(&item, link->members[i], sizeof(link->members[i]));
	}
	return 0;
}

static void members_write(struct json_writer *writer, const struct link *link)
{
	json_member_array(writer, "members");
	for (size_t i = 0; i < link->member_count; i++)
		json_write_string(writer, link->members[i]);
	json_write_array_end(writer);
}

/* The other end is a link of its own; without a namespace it is beside the first. */
static int peer_read(const struct json_place *place, struct link *link)
{
	static const char *const more[] = { "namespace", "name", "addresses", NULL };
	const struct row *tables[8] = { NULL };
	struct json_place name;
	struct link *peer;

	if (json_value_object(place))
		return -1;
	peer = link->peer = calloc(1, sizeof(*peer));
	if (!peer)
		return error_set(place->error, ERROR_BUSY, "out of memory");
	link_init(peer);
	peer->kind = link->kind;
	memcpy(peer->namespace, link->namespace, sizeof(peer->namespace));
	for (unsigned int i = 0; i < 7; i++) {
		tables[i] = link_table(link->kind, i);
		if (!tables[i])
			break;
	}
	json_rows_unknown(place, tables, more);
	json_read_text(place, "namespace", peer->namespace, sizeof(peer->namespace));
	if (json_need(place, "name", &name))
		json_value_text(&name, peer->name, sizeof(peer->name));
	if (!link->changes)
		link_up_by_default(peer);
	return link_read_common(place, peer);
}

static void peer_write(struct json_writer *writer, const struct link *link)
{
	const struct row *rows;

	if (!link->peer)
		return;
	json_member_object(writer, "peer");
	json_member_string(writer, "namespace", link->peer->namespace);
	json_member_string(writer, "name", link->peer->name);
	if (writer->whole) {
		for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++)
			json_rows_write(writer, rows, &link->peer->options, &link->peer->given);
		link_addresses_write(writer, &link->peer->addresses, true);
	}
	json_write_object_end(writer);
}

static int router_read(const struct json_place *place, struct potential_router *ret)
{
	static const char *const names[] = { "address", "default", NULL };
	struct json_place address = *place;
	const char *text;

	*ret = (struct potential_router){ 0 };
	if (!json_is_string(place)) {
		if (json_value_object(place))
			return -1;
		json_refuse_others(place, names);
		json_read_boolean(place, "default", &ret->is_default);
		if (!json_need(place, "address", &address))
			return -1;
	}
	if (json_value_string(&address, &text))
		return -1;
	if (!ip_parse(&ret->address, text))
		return json_complain(&address, "format", "an IPv4 address is needed here");
	return 0;
}

static int routers_read(const struct json_place *place, struct link *link)
{
	struct json_place item;
	int result = 0;

	if (json_value_array(place))
		return -1;
	link->given_potential_routers = true;
	link->potential_routers =
		calloc(json_count(place) + 1, sizeof(*link->potential_routers));
	if (!link->potential_routers)
		return error_set(place->error, ERROR_BUSY, "out of memory");
	for (size_t i = 0; i < json_count(place); i++) {
		item = json_item(place, i);
		if (router_read(&item, &link->potential_routers[link->potential_router_count]))
			result = -1;
		else
			link->potential_router_count++;
	}
	return result;
}

static void routers_write(struct json_writer *writer, const struct link *link)
{
	char text[IP_TEXT_SIZE];

	json_member_array(writer, "potential_routers");
	for (size_t i = 0; i < link->potential_router_count; i++) {
		ip_format(&link->potential_routers[i].address, text);
		json_write_object(writer);
		json_member_string(writer, "address", text);
		json_member_boolean(writer, "default", link->potential_routers[i].is_default);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

const struct link_member link_members[] = {
	{ "underlay_namespace", "", underlay_read, underlay_write },
	{ "ipsec", "vti", ipsec_json_read, ipsec_json_write },
	{ "potential_routers", "isatap", routers_read, routers_write },
	{ "members", "bridge", members_read, members_write },
	{ "peer", "veth", peer_read, peer_write },
	{ NULL, NULL, NULL, NULL },
};
