/*
 * The one thing that rows do not say of addresses: with a peer the length is
 * the peer's, and the address stands without one.
 */
#include "api/address_json.h"

#include "api/json_rows.h"

int address_json_read(const struct json_place *place, struct address *ret)
{
	static const struct row *const tables[] = { address_rows, NULL };
	const char *text;

	*ret = (struct address){ 0 };
	if (!json_is_string(place)) {
		if (json_value_object(place) || json_rows_unknown(place, tables, NULL))
			return -1;
		return json_rows_read(place, address_rows, &ret->options, &ret->given);
	}
	if (json_value_string(place, &text))
		return -1;
	if (!ip_parse_prefix(&ret->options.address, text))
		return json_complain(place, "format",
				     "an address such as 10.0.0.1/24 is needed here");
	give_at(&ret->given, offsetof(struct address_options, address));
	return 0;
}

int address_list_json_read(const struct json_place *array, struct address_list *ret)
{
	struct json_place item;
	struct address address;
	int result = 0;

	for (size_t i = 0; i < json_count(array); i++) {
		item = json_item(array, i);
		if (address_json_read(&item, &address))
			result = -1;
		else if (address_list_add(ret, &address, array->error))
			return -1;
	}
	return result;
}

int address_json_read_members(const struct json_place *place, struct address *ret)
{
	static const struct row *const tables[] = { address_rows, NULL };
	static const char *const more[] = { "namespace", "link", "self", "status", NULL };
	int result;

	if (json_value_object(place))
		return -1;
	result = json_rows_unknown(place, tables, more);
	return json_rows_read(place, address_rows, &ret->options, &ret->given) ? -1 : result;
}

int address_json_read_object(const struct json_place *place, struct address *ret)
{
	unsigned int before = place->error->member_count;
	struct json_place member;

	*ret = (struct address){ 0 };
	if (address_json_read_members(place, ret) && !json_is_object(place))
		return -1;
	if (json_need(place, "namespace", &member))
		json_value_text(&member, ret->namespace, sizeof(ret->namespace));
	if (json_need(place, "link", &member))
		json_value_text(&member, ret->link.name, sizeof(ret->link.name));
	json_need(place, "address", &member);
	if (place->error->member_count == before)
		address_check(ret, place->pointer, place->error);
	return place->error->member_count == before ? 0 : -1;
}

int address_json_read_objects(const struct json_place *array, struct address_list *ret)
{
	struct address address;

	for (size_t i = 0; i < json_count(array); i++) {
		struct json_place item = json_item(array, i);

		if (!address_json_read_object(&item, &address) &&
		    address_list_add(ret, &address, array->error))
			return -1;
	}
	return error_verdict(array->error);
}

void address_json_write(struct json_writer *writer, const struct address *address)
{
	struct given given = address->given;
	char text[IP_TEXT_SIZE];

	address_format(address, text);
	json_member_string(writer, "address", text);
	ungive_at(&given, offsetof(struct address_options, address));
	json_rows_write(writer, address_rows, &address->options, &given);
}
