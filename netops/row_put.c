/*
 * Record to netlink. Most wires are one attribute with one value; words whose
 * bits belong to several rows are gathered over the table and put once, by the
 * first row that has a part in them.
 */
#include "netops/row.h"

#include <arpa/inet.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

/* The attribute of the bit word in which this row has a part, or 0. */
static uint16_t row_word_attribute(const struct row *row)
{
	if (row->wire == WIRE_BIT16 || row->wire == WIRE_BIT_BE16)
		return row->attribute;
	return row->wire == WIRE_KEY ? row->attribute2 : 0;
}

static int row_put_bits(struct nl_msg *message, const struct row *rows, const struct row *self,
			const void *record, const struct given *given)
{
	uint16_t attribute = row_word_attribute(self), word = 0;

	for (const struct row *row = rows; row->name; row++) {
		if (row_word_attribute(row) != attribute || !given_at(given, row->offset))
			continue;
		if (row < self)
			return 0; /* the first one has put it */
		if (row->wire == WIRE_KEY || row_number(row, record))
			word |= row->bit;
	}
	return nla_put_u16(message, attribute, self->wire == WIRE_BIT16 ? word : htons(word));
}

static int row_put_ip(struct nl_msg *message, const struct row *row, const void *record)
{
	const struct ip *ip = row_value(row, record);
	uint16_t attribute = ip->family == AF_INET6 ? row->attribute2 : row->attribute;

	return attribute ? nla_put(message, attribute, (int)ip_size(ip->family), ip->bytes) : 0;
}

static int row_put_prefix(struct nl_msg *message, const struct row *row, const void *record)
{
	const struct ip *ip = row_value(row, record);
	int failure = nla_put(message, row->attribute, (int)ip_size(ip->family), ip->bytes);

	return failure ? failure : nla_put_u16(message, row->attribute2, ip->prefix_length);
}

/* Both halves travel together; a half that is not given is the same as the other. */
static int row_put_pair(struct nl_msg *message, const struct row *low, const void *record,
			const struct given *given)
{
	const struct row *high = low + 1;
	const struct row *first = given_at(given, low->offset) ? low : high;
	const struct row *second = given_at(given, high->offset) ? high : low;
	uint16_t pair[2] = { htons((uint16_t)row_number(first, record)),
			     htons((uint16_t)row_number(second, record)) };

	return nla_put(message, low->attribute, sizeof(pair), pair);
}

/* The wires that are one attribute with one number; -1 as well for those that are not. */
static int row_put_number(struct nl_msg *message, const struct row *row, const void *record)
{
	const struct device *device = row_value(row, record);
	uint32_t number = row->type == ROW_DEVICE ? device->index : row_number(row, record);

	switch (row->wire) {
	case WIRE_U8:
		return nla_put_u8(message, row->attribute, (uint8_t)number);
	case WIRE_U16:
		return nla_put_u16(message, row->attribute, (uint16_t)number);
	case WIRE_U32:
		return nla_put_u32(message, row->attribute, number);
	case WIRE_BE16:
		return nla_put_u16(message, row->attribute, htons((uint16_t)number));
	case WIRE_BE32:
	case WIRE_KEY:
		return nla_put_u32(message, row->attribute, htonl(number));
	case WIRE_FLAG:
		return number ? nla_put_flag(message, row->attribute) : 0;
	case WIRE_U8_OR_FLAG:
		if (number == ROW_INHERIT)
			return nla_put_flag(message, row->attribute2);
		return nla_put_u8(message, row->attribute, (uint8_t)number);
	default:
		return -1;
	}
}

static int row_put(struct nl_msg *message, const struct row *rows, const struct row *row,
		   const void *record, const struct given *given)
{
	switch (row->wire) {
	case WIRE_NONE:
		return 0;
	case WIRE_U8:
	case WIRE_U16:
	case WIRE_U32:
	case WIRE_BE16:
	case WIRE_BE32:
	case WIRE_FLAG:
	case WIRE_U8_OR_FLAG:
		return row_put_number(message, row, record);
	case WIRE_KEY:
		if (row_put_number(message, row, record))
			return -1;
		return row_put_bits(message, rows, row, record, given);
	case WIRE_BIT16:
	case WIRE_BIT_BE16:
		return row_put_bits(message, rows, row, record, given);
	case WIRE_IP:
		return row_put_ip(message, row, record);
	case WIRE_PREFIX:
		return row_put_prefix(message, row, record);
	case WIRE_LOW_BE16:
		return row_put_pair(message, row, record, given);
	case WIRE_HIGH_BE16:
		return given_at(given, row[-1].offset) ?
			       0 :
			       row_put_pair(message, row - 1, record, given);
	case WIRE_MAC:
		return nla_put(message, row->attribute, 6, row_value(row, record));
	case WIRE_LINK_ADDRESS: {
		const struct link_address *address = row_value(row, record);

		return nla_put(message, row->attribute, (int)address->length,
			       address->bytes);
	}
	case WIRE_TEXT:
		return nla_put_string(message, row->attribute, row_value(row, record));
	}
	return 0;
}

int rows_put(struct nl_msg *message, const struct row *rows, const void *record,
	     const struct given *given)
{
	for (const struct row *row = rows; row && row->name; row++) {
		if (given_at(given, row->offset) && !(row->flags & ROW_SHORTHAND) &&
		    row_put(message, rows, row, record, given))
			return -1;
	}
	return 0;
}
