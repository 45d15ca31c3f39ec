/* One value of a record as JSON, by the type of its row. */
#include <stdio.h>

#include "api/json_rows.h"

uint32_t json_row_inherit(const struct row *row)
{
	if (row->type == ROW_TOS)
		return 1;
	return row->wire == WIRE_U8_OR_FLAG ? ROW_INHERIT : 0;
}

static void json_write_inherited(struct json_writer *writer, const struct row *row,
				 uint32_t number)
{
	if (number == json_row_inherit(row))
		json_write_string(writer, "inherit");
	else
		json_write_number(writer, number);
}

/* A value that has no word yet (of a newer kernel) is better seen as a number than hidden. */
static void json_write_word(struct json_writer *writer, const struct row *row, uint32_t number)
{
	const char *name = row_word_name(row->words, number);

	if (name)
		json_write_string(writer, name);
	else
		json_write_number(writer, number);
}

static void json_write_ip(struct json_writer *writer, const struct ip *ip, bool prefix)
{
	char text[IP_TEXT_SIZE];

	if (prefix && !ip->family)
		json_write_string(writer, "default");
	else
		json_write_bytes(writer, text,
				 prefix ? ip_put_prefix(ip, text) : ip_put(ip, text));
}

/* Without a name (the link is in a namespace that we do not see) as iproute2 says it. */
static void json_write_device(struct json_writer *writer, const struct device *device)
{
	char text[24];

	if (device->name[0]) {
		json_write_string(writer, device->name);
		return;
	}
	snprintf(text, sizeof(text), "if%u", device->index);
	json_write_string(writer, text);
}

static void json_write_mac(struct json_writer *writer, const struct mac *mac)
{
	const uint8_t *bytes = mac->bytes;
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1],
		 bytes[2], bytes[3], bytes[4], bytes[5]);
	json_write_string(writer, text);
}

static void json_write_link_address(struct json_writer *writer,
				    const struct link_address *address)
{
	char text[LINK_ADDRESS_TEXT_SIZE];

	link_address_format(address, text);
	json_write_string(writer, text);
}

void json_row_write_value(struct json_writer *writer, const struct row *row, const void *record)
{
	const void *value = row_value(row, record);

	switch (row->type) {
	case ROW_BOOL:
		json_write_boolean(writer, row_number(row, record) != 0);
		return;
	case ROW_NUMBER:
	case ROW_KEY:
	case ROW_NAMED:
		json_write_number(writer, row_number(row, record));
		return;
	case ROW_TTL:
	case ROW_TOS:
		json_write_inherited(writer, row, row_number(row, record));
		return;
	case ROW_WORD:
		json_write_word(writer, row, row_number(row, record));
		return;
	case ROW_ADDRESS:
		json_write_ip(writer, value, false);
		return;
	case ROW_PREFIX:
		json_write_ip(writer, value, true);
		return;
	case ROW_DEVICE:
		json_write_device(writer, value);
		return;
	case ROW_MAC:
		json_write_mac(writer, value);
		return;
	case ROW_LINK_ADDRESS:
		json_write_link_address(writer, value);
		return;
	case ROW_TEXT:
		json_write_string(writer, value);
		return;
	}
}
