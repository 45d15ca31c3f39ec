/* Rows: finding and comparing them, and netlink to record; the way out is in row_put.c. */
#include "netops/netlink.h"
#include "netops/row.h"

#include <arpa/inet.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

const struct row *row_find(const struct row *rows, const char *name)
{
	for (const struct row *row = rows; row && row->name; row++) {
		if (!strcmp(row->name, name))
			return row;
	}
	return NULL;
}

const char *row_word_name(const struct row_word *words, uint32_t value)
{
	for (; words && words->name; words++) {
		if (words->value == value)
			return words->name;
	}
	return NULL;
}

bool row_word_value(const struct row_word *words, const char *name, uint32_t *ret)
{
	for (; words && words->name; words++) {
		if (!strcmp(words->name, name)) {
			*ret = words->value;
			return true;
		}
	}
	return false;
}

static bool row_same_value(const struct row *row, const void *a, const void *b)
{
	switch (row->type) {
	case ROW_BOOL:
	case ROW_NUMBER:
	case ROW_TTL:
	case ROW_TOS:
	case ROW_KEY:
	case ROW_WORD:
	case ROW_NAMED:
		return row_number(row, a) == row_number(row, b);
	case ROW_ADDRESS:
		return ip_equal(row_value(row, a), row_value(row, b));
	case ROW_PREFIX:
		return ip_prefix_equal(row_value(row, a), row_value(row, b));
	case ROW_DEVICE: {
		const struct device *one = row_value(row, a), *other = row_value(row, b);

		/* Without an index it was never looked up, and its name is all there is. */
		return one->index && other->index ? one->index == other->index :
						    !strcmp(one->name, other->name);
	}
	case ROW_LINK_ADDRESS:
		return link_address_equal(row_value(row, a), row_value(row, b));
	case ROW_MAC:
		return !memcmp(row_value(row, a), row_value(row, b), 6);
	case ROW_TEXT:
		return !strcmp(row_value(row, a), row_value(row, b));
	}
	return false;
}

bool row_equal(const struct row *row, const void *a, const struct given *given_a, const void *b,
	       const struct given *given_b)
{
	bool in_a = given_at(given_a, row->offset), in_b = given_at(given_b, row->offset);

	return in_a == in_b && (!in_a || row_same_value(row, a, b));
}

static struct nlattr *attribute_at(struct nlattr *const *attributes, unsigned int max,
				   uint16_t type, int least)
{
	if (!type || type > max || !attributes[type] || nla_len(attributes[type]) < least)
		return NULL;
	return attributes[type];
}

/* A number in the width and order of its wire. */
static uint32_t row_wire_number(const struct row *row, const struct nlattr *attribute)
{
	uint16_t half;

	switch (row->wire) {
	case WIRE_U16:
		return nla_get_u16(attribute);
	case WIRE_U32:
		return nla_get_u32(attribute);
	case WIRE_BE16:
	case WIRE_LOW_BE16:
		return ntohs(nla_get_u16(attribute));
	case WIRE_HIGH_BE16:
		memcpy(&half, (const char *)nla_data(attribute) + 2, sizeof(half));
		return ntohs(half);
	case WIRE_BE32:
	case WIRE_KEY:
		return ntohl(nla_get_u32(attribute));
	case WIRE_BIT16:
		return (nla_get_u16(attribute) & row->bit) != 0;
	case WIRE_BIT_BE16:
		return (ntohs(nla_get_u16(attribute)) & row->bit) != 0;
	default:
		return nla_get_u8(attribute);
	}
}

/* How many bytes a wire needs at least, so that nothing behind an attribute is read. */
static int row_wire_size(enum row_wire wire)
{
	switch (wire) {
	case WIRE_NONE:
	case WIRE_FLAG:
		return 0;
	case WIRE_U8:
	case WIRE_U8_OR_FLAG:
	case WIRE_TEXT:
	case WIRE_LINK_ADDRESS:
		return 1;
	case WIRE_U16:
	case WIRE_BE16:
	case WIRE_BIT16:
	case WIRE_BIT_BE16:
		return 2;
	case WIRE_MAC:
		return 6;
	case WIRE_U32:
	case WIRE_BE32:
	case WIRE_KEY:
	case WIRE_IP:
	case WIRE_PREFIX:
	case WIRE_LOW_BE16:
	case WIRE_HIGH_BE16:
		return 4;
	}
	return 0;
}

/* drivers/net/vxlan takes its flag as one without a value, and reports it as u8. */
static bool flag_is_set(const struct nlattr *attribute)
{
	return attribute && (!nla_len(attribute) || nla_get_u8(attribute));
}

static bool row_parse_number(const struct row *row, struct nlattr *const *attributes,
			     unsigned int max, const struct nlattr *attribute, void *record)
{
	struct device *device = row_place(row, record);
	uint32_t *place = row_place(row, record);
	uint32_t number = row->wire == WIRE_FLAG ? 1 : row_wire_number(row, attribute);

	if (row->wire == WIRE_KEY) {
		const struct nlattr *word = attribute_at(attributes, max, row->attribute2, 2);

		if (!word || !(ntohs(nla_get_u16(word)) & row->bit))
			return false;
	}
	if (row->wire == WIRE_U8_OR_FLAG &&
	    flag_is_set(attribute_at(attributes, max, row->attribute2, 0)))
		number = ROW_INHERIT;
	if (row->type == ROW_DEVICE) {
		device->name[0] = '\0';
		device->index = number;
		return number != 0;
	}
	*place = number;
	return number || !(row->flags & ROW_QUIET);
}

static bool row_parse_ip(const struct row *row, struct nlattr *const *attributes,
			 unsigned int max, const struct nlattr *attribute, void *record)
{
	struct ip *ip = row_place(row, record);

	if (!ip_from_bytes(ip, nla_data(attribute), (size_t)nla_len(attribute)))
		return false;
	if (row->wire == WIRE_PREFIX) {
		attribute = attribute_at(attributes, max, row->attribute2, 2);
		ip->prefix_length = attribute ? nla_get_u16(attribute) : 0;
		return ip->prefix_length != 0;
	}
	return !ip_is_any(ip);
}

static bool row_parse_text(const struct row *row, const struct nlattr *attribute, void *record)
{
	size_t length = strnlen(nla_data(attribute), (size_t)nla_len(attribute));
	char *place = row_place(row, record);

	if (length > row->maximum)
		length = row->maximum;
	memcpy(place, nla_data(attribute), length);
	place[length] = '\0';
	return length != 0;
}

static bool row_parse(const struct row *row, struct nlattr *const *attributes, unsigned int max,
		      void *record)
{
	int least = row_wire_size(row->wire);
	struct nlattr *attribute = attribute_at(attributes, max, row->attribute, least);

	if (!attribute && row->wire == WIRE_IP)
		attribute = attribute_at(attributes, max, row->attribute2, least);
	if (!attribute && row->wire == WIRE_FLAG) {
		*(uint32_t *)row_place(row, record) = 0;
		return !(row->flags & ROW_QUIET);
	}
	if (!attribute)
		return false;
	switch (row->wire) {
	case WIRE_IP:
	case WIRE_PREFIX:
		return row_parse_ip(row, attributes, max, attribute, record);
	case WIRE_MAC:
		memcpy(row_place(row, record), nla_data(attribute), 6);
		return true;
	case WIRE_LINK_ADDRESS:
		return link_address_from_bytes(row_place(row, record), nla_data(attribute),
					       (size_t)nla_len(attribute));
	case WIRE_TEXT:
		return row_parse_text(row, attribute, record);
	default:
		return row_parse_number(row, attributes, max, attribute, record);
	}
}

void rows_parse(const struct row *rows, struct nlattr *const *attributes, unsigned int max,
		void *record, struct given *given)
{
	for (const struct row *row = rows; row && row->name; row++) {
		if (row->wire == WIRE_NONE || (row->flags & ROW_SHORTHAND))
			continue;
		if (row_parse(row, attributes, max, record))
			give_at(given, row->offset);
	}
}

static size_t row_size(const struct row *row)
{
	switch (row->type) {
	case ROW_BOOL:
	case ROW_NUMBER:
	case ROW_TTL:
	case ROW_TOS:
	case ROW_KEY:
	case ROW_WORD:
	case ROW_NAMED:
		return sizeof(uint32_t);
	case ROW_ADDRESS:
	case ROW_PREFIX:
		return sizeof(struct ip);
	case ROW_DEVICE:
		return sizeof(struct device);
	case ROW_MAC:
		return sizeof(struct mac);
	case ROW_LINK_ADDRESS:
		return sizeof(struct link_address);
	case ROW_TEXT:
		return row->maximum + 1;
	}
	return 0;
}

void rows_merge(const struct row *rows, const void *from, const struct given *given_from,
		void *into, struct given *given_into)
{
	for (const struct row *row = rows; row && row->name; row++) {
		if ((row->flags & ROW_SHORTHAND) || !given_at(given_from, row->offset))
			continue;
		memcpy(row_place(row, into), row_value(row, from), row_size(row));
		give_at(given_into, row->offset);
	}
}

const struct row *row_of_attribute(const struct row *rows, uint16_t attribute)
{
	for (const struct row *row = rows; row && row->name; row++) {
		if (row->wire != WIRE_NONE &&
		    (row->attribute == attribute || row->attribute2 == attribute))
			return row;
	}
	return NULL;
}
