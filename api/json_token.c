/*
 * Nothing here copies or allocates: strings and numbers are looked at where
 * they stand. Only comparing names needs what an escape stands for.
 */
#include "api/json_token.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/utf8.h"

int json_peek(const struct json_cursor *cursor)
{
	return cursor->at < cursor->length ? (unsigned char)cursor->text[cursor->at] : -1;
}

bool json_take(struct json_cursor *cursor, char byte)
{
	if (cursor->at == cursor->length || cursor->text[cursor->at] != byte)
		return false;
	cursor->at++;
	return true;
}

void json_skip_space(struct json_cursor *cursor)
{
	int byte = json_peek(cursor);

	while (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
		cursor->at++;
		byte = json_peek(cursor);
	}
}

bool json_wrong(struct json_cursor *cursor, size_t at, const char *wrong)
{
	cursor->at = at;
	cursor->wrong = wrong;
	return false;
}

/* Four hexadecimal digits, or -1. */
static int json_hex4(const char *text, size_t left)
{
	int number = 0;

	if (left < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		unsigned char digit = (unsigned char)text[i];

		if (!isxdigit(digit))
			return -1;
		number = number * 16 +
			 (isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
	}
	return number;
}

static bool json_is_high(int unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool json_is_low(int unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/*
 * The character that the \u at text stands for, with the second half of a pair
 * if it is one; *length is what it takes. -1: no escape; -2: half of a pair.
 */
static int json_unicode_escape(const char *text, size_t left, size_t *length)
{
	int unit = json_hex4(text + 2, left - 2), second;

	*length = 6;
	if (unit < 0 || json_is_low(unit))
		return unit < 0 ? -1 : -2;
	if (!json_is_high(unit))
		return unit;
	*length = 12;
	if (left < 12 || text[6] != '\\' || text[7] != 'u')
		return -2;
	second = json_hex4(text + 8, left - 8);
	if (!json_is_low(second))
		return -2;
	return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
}

static bool json_token_escape(struct json_cursor *cursor, struct json_string *string)
{
	const char *text = cursor->text + cursor->at;
	size_t left = cursor->length - cursor->at, length;
	int character;

	string->has_escape = true;
	if (left < 2)
		return json_wrong(cursor, cursor->length, "it ends too early,");
	if (text[1] != 'u') {
		if (!text[1] || !strchr("\"\\/bfnrt", text[1]))
			return json_wrong(cursor, cursor->at, "an escape that is none");
		cursor->at += 2;
		return true;
	}
	character = json_unicode_escape(text, left, &length);
	if (character < 0)
		return json_wrong(cursor, cursor->at,
				  character == -1 ? "\\u without four hexadecimal digits" :
						    "one half of a surrogate pair");
	if (!character)
		string->has_nul = true;
	cursor->at += length;
	return true;
}

/* One character of a string. */
static bool json_token_character(struct json_cursor *cursor, struct json_string *string)
{
	unsigned char byte = (unsigned char)cursor->text[cursor->at];
	size_t length;

	if (byte == '\\')
		return json_token_escape(cursor, string);
	if (byte < 0x20)
		return json_wrong(cursor, cursor->at,
				  "a control character that is not escaped");
	length = utf8_length(cursor->text + cursor->at, cursor->length - cursor->at);
	if (!length)
		return json_wrong(cursor, cursor->at, "a byte that is not UTF-8");
	cursor->at += length;
	return true;
}

bool json_token_string(struct json_cursor *cursor, struct json_string *ret)
{
	*ret = (struct json_string){ .start = ++cursor->at };
	while (cursor->at < cursor->length) {
		if (cursor->text[cursor->at] == '"') {
			ret->length = cursor->at++ - ret->start;
			return true;
		}
		if (!json_token_character(cursor, ret))
			return false;
	}
	return json_wrong(cursor, cursor->length, "it ends too early, in a string,");
}

static bool json_digits(struct json_cursor *cursor)
{
	size_t start = cursor->at;

	while (isdigit(json_peek(cursor)))
		cursor->at++;
	return cursor->at > start;
}

/* Digits, of which a zero may stand in front only alone. */
static bool json_integer(struct json_cursor *cursor)
{
	if (json_take(cursor, '0'))
		return !isdigit(json_peek(cursor)) ||
		       json_wrong(cursor, cursor->at - 1, "a leading zero");
	return json_digits(cursor) || json_wrong(cursor, cursor->at, "a minus without digits");
}

static bool json_fraction(struct json_cursor *cursor)
{
	return !json_take(cursor, '.') || json_digits(cursor) ||
	       json_wrong(cursor, cursor->at - 1, "a point without digits behind it");
}

static bool json_exponent(struct json_cursor *cursor)
{
	if (!json_take(cursor, 'e') && !json_take(cursor, 'E'))
		return true;
	if (!json_take(cursor, '+'))
		json_take(cursor, '-');
	return json_digits(cursor) ||
	       json_wrong(cursor, cursor->at, "an exponent without digits");
}

/* json-c would clamp whole numbers to 64 bits, and make others infinite. */
static bool json_number_fits(const char *text, size_t length, bool whole)
{
	char copy[JSON_NUMBER_LENGTH + 1];

	memcpy(copy, text, length);
	copy[length] = '\0';
	errno = 0;
	if (!whole)
		return isfinite(strtod(copy, NULL));
	if (*copy == '-')
		(void)strtoll(copy, NULL, 10);
	else
		(void)strtoull(copy, NULL, 10);
	return !errno;
}

static bool json_out_of_range(struct json_cursor *cursor, size_t at, const char *wrong)
{
	cursor->range = true;
	return json_wrong(cursor, at, wrong);
}

bool json_token_number(struct json_cursor *cursor)
{
	size_t start = cursor->at, length;
	bool whole;

	json_take(cursor, '-');
	if (!json_integer(cursor))
		return false;
	whole = json_peek(cursor) != '.' && (json_peek(cursor) | 0x20) != 'e';
	if (!json_fraction(cursor) || !json_exponent(cursor))
		return false;
	length = cursor->at - start;
	if (length > JSON_NUMBER_LENGTH)
		return json_out_of_range(cursor, start, "a number of more than 255 characters");
	if (!json_number_fits(cursor->text + start, length, whole))
		return json_out_of_range(cursor, start,
					 whole ? "a whole number beyond 64 bits" :
						 "a number beyond what a double holds");
	return true;
}

bool json_token_word(struct json_cursor *cursor)
{
	static const char *const words[] = { "true", "false", "null" };
	const char *text = cursor->text + cursor->at;
	size_t left = cursor->length - cursor->at;

	for (int i = 0; i < 3; i++) {
		size_t length = strlen(words[i]);

		if (length <= left && !memcmp(text, words[i], length)) {
			cursor->at += length;
			return true;
		}
	}
	return json_wrong(cursor, cursor->at, "a word that is neither true, false nor null");
}

static unsigned int json_encode(int character, char bytes[4])
{
	if (character < 0x80) {
		bytes[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		bytes[0] = (char)(0xc0 | character >> 6);
		bytes[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	if (character < 0x10000) {
		bytes[0] = (char)(0xe0 | character >> 12);
		bytes[1] = (char)(0x80 | (character >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (character & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | character >> 18);
	bytes[1] = (char)(0x80 | (character >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (character >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (character & 0x3f));
	return 4;
}

int json_string_byte(const char *text, const struct json_string *string,
		     struct json_string_place *place)
{
	static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *at = text + string->start + place->at, *letter;
	size_t left = string->length - place->at, length = 2;

	if (place->taken < place->have)
		return (unsigned char)place->pending[place->taken++];
	if (!left)
		return -1;
	if (*at != '\\') {
		place->at++;
		return (unsigned char)*at;
	}
	if (at[1] == 'u') {
		place->have =
			json_encode(json_unicode_escape(at, left, &length), place->pending);
		place->taken = 1;
		place->at += length;
		return (unsigned char)place->pending[0];
	}
	place->at += length;
	letter = strchr(letters, at[1]);
	return letter ? meant[letter - letters] : at[1];
}
