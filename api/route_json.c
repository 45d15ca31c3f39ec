/* What rows do not say of routes: the family of "default", next hops, flags. */
#include "api/route_json.h"

#include "api/detail_json.h"
#include "api/json_rows.h"
#include "netops/route_encapsulation.h"

const struct row_word route_family_words[] = {
	{ "ipv4", AF_INET },
	{ "ipv6", AF_INET6 },
	{ NULL, 0 },
};

static int read_nexthop(const struct json_place *place, struct route *route)
{
	static const struct row *const tables[] = { route_nexthop_rows, NULL };
	static const char *const more[] = { "flags", NULL };
	struct route_nexthop nexthop = { .flags = 0 };

	if (json_value_object(place) || json_rows_unknown(place, tables, more) ||
	    json_rows_read(place, route_nexthop_rows, &nexthop.options, &nexthop.given))
		return -1;
	return route_add_nexthop(route, &nexthop, place->error);
}

/* -1 only without memory; complaints are made. */
static int read_nexthops(const struct json_place *top, struct route *route)
{
	struct json_place array, item;

	if (json_read_array(top, "nexthops", &array) != 1)
		return 0;
	for (size_t i = 0; i < json_count(&array); i++) {
		item = json_item(&array, i);
		if (read_nexthop(&item, route) && top->error->kind != ERROR_INVALID)
			return -1;
	}
	return 0;
}

/* "family" decides what a "default" is; with a prefix it can only agree. */
static void read_family(const struct json_place *top, struct route *route)
{
	struct ip *destination = &route->options.destination;
	struct json_place place;
	const char *text;
	uint32_t family;

	if (!json_find(top, "family", &place) || json_value_string(&place, &text))
		return;
	if (!row_word_value(route_family_words, text, &family))
		json_complain(&place, "word", "ipv4 or ipv6 is needed here");
	else if (!destination->family)
		*destination = (struct ip){ .family = (uint16_t)family };
	else if (destination->family != family)
		json_complain(&place, "family", "the destination is of the other family");
}

int route_json_read_members(const struct json_place *place, struct route *ret)
{
	static const struct row *const tables[] = { route_rows, NULL };
	static const char *const more[] = { "namespace", "family", "nexthops",
					    "self",	 "status", NULL };
	unsigned int before = place->error->member_count;

	if (json_value_object(place))
		return -1;
	json_rows_unknown(place, tables, more);
	json_rows_read(place, route_rows, &ret->options, &ret->given);
	if (read_nexthops(place, ret))
		return -1;
	read_family(place, ret);
	return place->error->member_count == before ? 0 : -1;
}

int route_json_read(const struct json_place *place, struct route *ret)
{
	unsigned int before = place->error->member_count;
	struct json_place member;

	if (json_is_object(place)) {
		if (json_need(place, "namespace", &member))
			json_value_text(&member, ret->namespace, sizeof(ret->namespace));
		json_need(place, "destination", &member);
	}
	if (route_json_read_members(place, ret) || place->error->member_count != before)
		return -1;
	route_choose_family(ret);
	route_check(ret, place->pointer, place->error);
	return place->error->member_count == before ? 0 : -1;
}

int route_json_read_list(const struct json_place *array, struct route_list *ret)
{
	struct error *error = array->error;

	for (size_t i = 0; i < json_count(array); i++) {
		struct json_place item = json_item(array, i);
		struct route *route = route_list_add(ret, error);

		if (!route || (route_json_read(&item, route) && error->kind != ERROR_INVALID))
			return -1;
	}
	return error_verdict(error);
}

static void write_flags(struct json_writer *writer, uint32_t flags)
{
	json_member_array(writer, "flags");
	for (const struct row_word *word = route_flag_words; word->name; word++) {
		if (flags & word->value)
			json_write_string(writer, word->name);
	}
	json_write_array_end(writer);
}

static void write_nexthops(struct json_writer *writer, const struct route *route)
{
	if (!route->nexthop_count)
		return;
	json_member_array(writer, "nexthops");
	for (size_t i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *nexthop = &route->nexthops[i];

		json_write_object(writer);
		json_rows_write(writer, route_nexthop_rows, &nexthop->options, &nexthop->given);
		write_flags(writer, nexthop->flags);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

void route_json_write(struct json_writer *writer, const struct route *route)
{
	json_member_string(writer, "namespace", route->namespace);
	json_member_string(writer, "family",
			   route->options.destination.family == AF_INET6 ? "ipv6" : "ipv4");
	json_rows_write(writer, route_rows, &route->options, &route->given);
	write_nexthops(writer, route);
}

static void write_encapsulation(struct json_writer *writer, uint32_t type,
				const struct nlattr *content)
{
	struct detail_json telling = { .writer = writer };
	const char *word = row_word_name(route_encapsulation_words, type);

	json_member_object(writer, "encapsulation");
	if (word)
		json_member_string(writer, "type", word);
	route_encapsulation(type, content, detail_json_tell, &telling);
	detail_json_end(&telling);
	json_write_object_end(writer);
}

/* One for each next hop, where any of them has something to say. */
static void write_leg_status(struct json_writer *writer, const struct route *route)
{
	size_t i = 0;

	while (i < route->nexthop_count && !route->nexthops[i].raw_encapsulation)
		i++;
	if (i == route->nexthop_count)
		return;
	json_member_array(writer, "nexthops");
	for (i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *leg = &route->nexthops[i];

		json_write_object(writer);
		if (leg->raw_encapsulation)
			write_encapsulation(writer, leg->options.encapsulation,
					    leg->raw_encapsulation);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

void route_json_write_status(struct json_writer *writer, const struct route *route)
{
	write_flags(writer, route->flags);
	if (route->raw_encapsulation)
		write_encapsulation(writer, route->options.encapsulation,
				    route->raw_encapsulation);
	write_leg_status(writer, route);
}
