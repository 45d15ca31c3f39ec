/* One value of JSON into its place in the record, by the type of its row. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_rows.h"
#include "api/near.h"

/* "a, b, c", for sentences; cut with "…" where it gets long. */
static const char *json_list_words(const struct row_word *words, char text[120])
{
	size_t length = 0;

	text[0] = '\0';
	for (const struct row_word *word = words; word && word->name; word++) {
		if (length + strlen(word->name) + 8 > 120) {
			strcpy(text + length, ", …");
			break;
		}
		if (length)
			length += (size_t)sprintf(text + length, ", ");
		length += (size_t)sprintf(text + length, "%s", word->name);
	}
	return text;
}

static int json_complain_word(const struct json_place *place, const struct row *row,
			      const char *text, const char *also)
{
	struct near near = { .word = text };
	char list[120], hint[NEAR_HINT_SIZE];

	for (const struct row_word *word = row->words; word && word->name; word++)
		near_offer(&near, word->name, strlen(word->name));
	if (near.best)
		return json_complain(place, "word", "\"%.40s\" is not known here%s", text,
				     near_hint(&near, hint));
	return json_complain(place, "word", "it must be %sone of %s", also,
			     json_list_words(row->words, list));
}

/* A maximum says that numbers without a word are values too. */
static int json_read_word(const struct json_place *place, const struct row *row, uint32_t *ret)
{
	const char *text;

	if (row->maximum && !json_is_string(place))
		return json_value_number(place, row->minimum, row->maximum, ret);
	if (json_value_string(place, &text))
		return -1;
	if (row_word_value(row->words, text, ret))
		return 0;
	return json_complain_word(place, row, text, row->maximum ? "a number or " : "");
}

/* A row without bounds takes what its place holds. */
static uint32_t json_row_maximum(const struct row *row)
{
	return row->minimum || row->maximum ? row->maximum : UINT32_MAX;
}

static int json_read_named(const struct json_place *place, const struct row *row, uint32_t *ret)
{
	const char *text;

	if (!json_is_string(place))
		return json_value_number(place, row->minimum, json_row_maximum(row), ret);
	if (json_value_string(place, &text))
		return -1;
	if (row_word_value(row->words, text, ret))
		return 0;
	return json_complain_word(place, row, text, "a number or ");
}

/* A byte, or "inherit", which is the number given. */
static int json_read_inherited(const struct json_place *place, uint32_t inherit, uint32_t *ret)
{
	const char *text;

	if (!json_is_string(place))
		return json_value_number(place, 0, 255, ret);
	if (json_value_string(place, &text))
		return -1;
	if (strcmp(text, "inherit"))
		return json_complain(place, "word",
				     "it must be \"inherit\" or a number from 0 to 255");
	*ret = inherit;
	return 0;
}

static int json_read_key(const struct json_place *place, uint32_t *ret)
{
	const char *text;
	unsigned long number;
	struct ip ip;
	char *end;

	if (!json_is_string(place))
		return json_value_number(place, 0, UINT32_MAX, ret);
	if (json_value_string(place, &text))
		return -1;
	if (ip_parse(&ip, text) && ip.family == AF_INET) {
		*ret = (uint32_t)ip.bytes[0] << 24 | (uint32_t)ip.bytes[1] << 16 |
		       (uint32_t)ip.bytes[2] << 8 | ip.bytes[3];
		return 0;
	}
	number = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || strlen(text) > 10 || number > UINT32_MAX)
		return json_complain(place, "format",
				     "it must be a number from 0 to 4294967295, or one written "
				     "like 0.0.0.77");
	*ret = (uint32_t)number;
	return 0;
}

static int json_read_address(const struct json_place *place, struct ip *ret)
{
	const char *text;
	struct ip ip;

	if (json_value_string(place, &text))
		return -1;
	if (strchr(text, '/'))
		return json_complain(place, "format",
				     "it must be an address alone, without a prefix length");
	if (!ip_parse(&ip, text))
		return json_complain(place, "format", "\"%.50s\" is not an IP address", text);
	*ret = ip;
	return 0;
}

static int json_read_prefix(const struct json_place *place, const struct row *row,
			    struct ip *ret)
{
	uint32_t unused;
	const char *text;
	struct ip ip;

	if (json_value_string(place, &text))
		return -1;
	if (!strcmp(text, "default") && row_word_value(row->words, text, &unused)) {
		*ret = (struct ip){ 0 };
		return 0;
	}
	if (!ip_parse_prefix(&ip, text))
		return json_complain(place, "format",
				     "\"%.50s\" is not an IP prefix like 10.0.0.0/8", text);
	*ret = ip;
	return 0;
}

static int json_read_device(const struct json_place *place, struct device *ret)
{
	ret->index = 0;
	return json_value_text(place, ret->name, sizeof(ret->name));
}

static int json_read_mac(const struct json_place *place, struct mac *ret)
{
	const char *text;
	struct mac mac = { 0 };

	if (json_value_string(place, &text))
		return -1;
	for (int i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    text[2] != (i < 5 ? ':' : '\0'))
			return json_complain(place, "format",
					     "it must be a MAC address like 02:00:5e:00:53:01");
		mac.bytes[i] = (uint8_t)strtoul(text, NULL, 16);
	}
	*ret = mac;
	return 0;
}

static int json_read_link_address(const struct json_place *place, struct link_address *ret)
{
	const char *text;

	if (json_value_string(place, &text))
		return -1;
	if (link_address_parse(ret, text))
		return 0;
	return json_complain(place, "format",
			     "it must be a link-layer address: bytes like 02:00:5e:00:53:01, or "
			     "on a tunnel an IP address");
}

static int json_read_row_text(const struct json_place *place, const struct row *row, char *ret)
{
	const char *text;
	size_t length;

	if (json_value_string(place, &text))
		return -1;
	length = strlen(text);
	if (length < row->minimum || length > row->maximum)
		return json_complain(place, "length",
				     "it must have from %u to %u bytes, not %zu", row->minimum,
				     row->maximum, length);
	memcpy(ret, text, length + 1);
	return 0;
}

static int json_read_row_boolean(const struct json_place *place, uint32_t *ret)
{
	bool value;

	if (json_value_boolean(place, &value))
		return -1;
	*ret = value;
	return 0;
}

int json_row_read_value(const struct json_place *place, const struct row *row, void *record)
{
	void *ret = row_place(row, record);

	switch (row->type) {
	case ROW_BOOL:
		return json_read_row_boolean(place, ret);
	case ROW_NUMBER:
		return json_value_number(place, row->minimum, json_row_maximum(row), ret);
	case ROW_TTL:
	case ROW_TOS:
		return json_read_inherited(place, json_row_inherit(row), ret);
	case ROW_KEY:
		return json_read_key(place, ret);
	case ROW_WORD:
		return json_read_word(place, row, ret);
	case ROW_NAMED:
		return json_read_named(place, row, ret);
	case ROW_ADDRESS:
		return json_read_address(place, ret);
	case ROW_PREFIX:
		return json_read_prefix(place, row, ret);
	case ROW_DEVICE:
		return json_read_device(place, ret);
	case ROW_MAC:
		return json_read_mac(place, ret);
	case ROW_LINK_ADDRESS:
		return json_read_link_address(place, ret);
	case ROW_TEXT:
		return json_read_row_text(place, row, ret);
	}
	return -1;
}
