/*
 * Nearly all strings are short and need no escaping; these go into the buffer
 * in one piece, comma, quotes and colon included. The rest is copied in runs
 * between the characters that need something else.
 */
#include "api/json_writer.h"

#include <math.h>
#include <string.h>

#include "api/utf8.h"

static const char json_hex[] = "0123456789abcdef";
static const char json_replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* A comma if one is due; a value or a name follows. */
static void json_separate(struct json_writer *writer)
{
	if (writer->comma)
		buffer_append(writer->buffer, ",", 1);
	writer->comma = true;
}

static void json_value(struct json_writer *writer, const char *text, size_t length)
{
	json_separate(writer);
	buffer_append(writer->buffer, text, length);
}

static void json_open(struct json_writer *writer, char bracket)
{
	json_value(writer, &bracket, 1);
	writer->comma = false;
}

static void json_close(struct json_writer *writer, char bracket)
{
	buffer_append(writer->buffer, &bracket, 1);
	writer->comma = true;
}

void json_write_object(struct json_writer *writer)
{
	json_open(writer, '{');
}

void json_write_object_end(struct json_writer *writer)
{
	json_close(writer, '}');
}

void json_write_array(struct json_writer *writer)
{
	json_open(writer, '[');
}

void json_write_array_end(struct json_writer *writer)
{
	json_close(writer, ']');
}

static bool json_is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static size_t json_plain_length(const char *text, size_t length)
{
	size_t plain = 0;

	while (plain < length && json_is_plain((unsigned char)text[plain]))
		plain++;
	return plain;
}

/* One of the characters below U+0020, the quote or the backslash. */
static void json_escape(struct json_writer *writer, unsigned char byte)
{
	static const char letters[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
					['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };
	char text[6] = { '\\', letters[byte] };

	if (text[1]) {
		buffer_append(writer->buffer, text, 2);
		return;
	}
	memcpy(text + 1, "u00", 3);
	text[4] = json_hex[byte >> 4];
	text[5] = json_hex[byte & 15];
	buffer_append(writer->buffer, text, sizeof(text));
}

/* Returns how many bytes of text it took. */
static size_t json_special(struct json_writer *writer, const char *text, size_t left)
{
	unsigned char byte = (unsigned char)*text;
	size_t length;

	if (byte < 0x20 || byte == '"' || byte == '\\') {
		json_escape(writer, byte);
		return 1;
	}
	length = utf8_length(text, left);
	if (length) {
		buffer_append(writer->buffer, text, length);
		return length;
	}
	buffer_append(writer->buffer, json_replacement, sizeof(json_replacement) - 1);
	return 1;
}

static void json_quote_slowly(struct json_writer *writer, const char *text, size_t length)
{
	const char *end = text + length;

	buffer_append(writer->buffer, "\"", 1);
	while (text < end) {
		size_t plain = json_plain_length(text, (size_t)(end - text));

		buffer_append(writer->buffer, text, plain);
		text += plain;
		if (text < end)
			text += json_special(writer, text, (size_t)(end - text));
	}
	buffer_append(writer->buffer, "\"", 1);
}

/* A string, and a colon behind it if it is a name. */
static void json_quote(struct json_writer *writer, const char *text, size_t length, bool name)
{
	struct buffer *buffer = writer->buffer;
	char *end;

	if (json_plain_length(text, length) < length || !buffer_reserve(buffer, length + 4)) {
		json_separate(writer);
		json_quote_slowly(writer, text, length);
		if (name)
			buffer_append(buffer, ":", 1);
	} else {
		end = buffer->data + buffer->length;
		if (writer->comma)
			*end++ = ',';
		*end++ = '"';
		end = mempcpy(end, text, length);
		*end++ = '"';
		if (name)
			*end++ = ':';
		buffer->length = (size_t)(end - buffer->data);
	}
	writer->comma = !name;
}

void json_write_name(struct json_writer *writer, const char *name)
{
	json_quote(writer, name, strlen(name), true);
}

void json_write_name_bytes(struct json_writer *writer, const char *name, size_t length)
{
	json_quote(writer, name, length, true);
}

void json_write_string(struct json_writer *writer, const char *text)
{
	json_quote(writer, text, strlen(text), false);
}

void json_write_bytes(struct json_writer *writer, const char *text, size_t length)
{
	json_quote(writer, text, length, false);
}

static void json_digits(struct json_writer *writer, uint64_t number, bool negative)
{
	char text[24], *end = text + sizeof(text), *start = end;

	do {
		*--start = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	if (negative)
		*--start = '-';
	if (writer->comma)
		*--start = ',';
	buffer_append(writer->buffer, start, (size_t)(end - start));
	writer->comma = true;
}

void json_write_number(struct json_writer *writer, uint64_t number)
{
	json_digits(writer, number, false);
}

void json_write_integer(struct json_writer *writer, int64_t number)
{
	json_digits(writer, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0);
}

void json_write_decimal(struct json_writer *writer, double number, int decimals)
{
	if (!isfinite(number)) {
		json_write_null(writer);
		return;
	}
	json_separate(writer);
	buffer_format(writer->buffer, "%.*f", decimals, number);
}

void json_write_boolean(struct json_writer *writer, bool value)
{
	json_value(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_write_null(struct json_writer *writer)
{
	json_value(writer, "null", 4);
}

void json_write_raw(struct json_writer *writer, const char *text)
{
	json_value(writer, text, strlen(text));
}

void json_write_raw_bytes(struct json_writer *writer, const char *text, size_t length)
{
	json_value(writer, text, length);
}

void json_member_string(struct json_writer *writer, const char *name, const char *text)
{
	json_write_name(writer, name);
	json_write_string(writer, text);
}

void json_member_number(struct json_writer *writer, const char *name, uint64_t number)
{
	json_write_name(writer, name);
	json_write_number(writer, number);
}

void json_member_integer(struct json_writer *writer, const char *name, int64_t number)
{
	json_write_name(writer, name);
	json_write_integer(writer, number);
}

void json_member_decimal(struct json_writer *writer, const char *name, double number,
			 int decimals)
{
	json_write_name(writer, name);
	json_write_decimal(writer, number, decimals);
}

void json_member_boolean(struct json_writer *writer, const char *name, bool value)
{
	json_write_name(writer, name);
	json_write_boolean(writer, value);
}

void json_member_null(struct json_writer *writer, const char *name)
{
	json_write_name(writer, name);
	json_write_null(writer);
}

void json_member_object(struct json_writer *writer, const char *name)
{
	json_write_name(writer, name);
	json_write_object(writer);
}

void json_member_array(struct json_writer *writer, const char *name)
{
	json_write_name(writer, name);
	json_write_array(writer);
}

void json_write_line_end(struct json_writer *writer)
{
	buffer_append(writer->buffer, "\n", 1);
	writer->comma = false;
}
