/*
 * A row for each field that decides how a request is framed, or who may send
 * it. All of them may come once only: of two, a proxy may have read the other.
 */
#include "agent/http_fields.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/http_host.h"

static const struct http_field_row {
	const char *name;
	bool exact; /* no space behind it */
	int (*check)(struct http_head *head, const char *value, size_t length);
} http_field_rows[HTTP_FIELDS];

int http_fields_refuse(struct http_head *head, int status, const char *format, ...)
{
	va_list arguments;

	head->status = status;
	va_start(arguments, format);
	vsnprintf(head->detail, sizeof(head->detail), format, arguments);
	va_end(arguments);
	return -1;
}

static struct http_span http_fields_trim(const char *bytes, struct http_span value)
{
	while (value.length && strchr(" \t", bytes[value.begin])) {
		value.begin++;
		value.length--;
	}
	while (value.length && strchr(" \t", bytes[value.begin + value.length - 1]))
		value.length--;
	return value;
}

static bool http_fields_is(const char *value, size_t length, const char *word)
{
	return length == strlen(word) && !strncasecmp(value, word, length);
}

/* RFC 9110, 7.6.1: a list, which may come in several lines. */
static void http_fields_connection(struct http_head *head, const char *value, size_t length)
{
	const char *end = value + length;

	while (value < end) {
		const char *comma = memchr(value, ',', (size_t)(end - value));
		struct http_span word = http_fields_trim(
			value,
			(struct http_span){ 0, (size_t)((comma ? comma : end) - value) });

		head->close |= http_fields_is(value + word.begin, word.length, "close");
		head->keep_alive |=
			http_fields_is(value + word.begin, word.length, "keep-alive");
		value = comma ? comma + 1 : end;
	}
}

int http_fields_take(struct http_head *head, const char *bytes, size_t name_length,
		     struct http_span value)
{
	size_t begin = value.begin - 1 - name_length;
	const char *name = bytes + begin;

	value = http_fields_trim(bytes, value);
	head->lines[head->field_count - 1] =
		(struct http_line){ (uint16_t)begin, (uint16_t)name_length, value };
	if (http_fields_is(name, name_length, "Connection"))
		http_fields_connection(head, bytes + value.begin, value.length);
	for (unsigned int i = 0; i < HTTP_FIELDS; i++) {
		const char *row = http_field_rows[i].name;

		if (!http_fields_is(name, name_length, row))
			continue;
		if (head->fields[i].begin)
			return http_fields_refuse(head, 400, "The head has two %s fields.",
						  row);
		head->fields[i] = value;
	}
	return 0;
}

/* Where the body ends must be beyond doubt, and some take a space for part of a value. */
static int http_fields_no_space(struct http_head *head, const char *bytes, size_t at)
{
	if (bytes[at] == '\r')
		return 0;
	return http_fields_refuse(
		head, 400,
		"A space stands behind Content-Length, Transfer-Encoding or Expect.");
}

static int http_fields_host(struct http_head *head, const char *value, size_t length)
{
	if (http_host_is_valid(value, length))
		return 0;
	return http_fields_refuse(head, 400, "Host is not a name or address with a port.");
}

/* RFC 9110, 8.6: digits, and nothing else. */
static int http_fields_length(struct http_head *head, const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)value[i]))
			length = 0;
	}
	if (!length)
		return http_fields_refuse(head, 400, "Content-Length is not a number.");
	for (size_t i = 0; i < length; i++) {
		if (head->content_length > UINT64_MAX / 10 - 1)
			return http_fields_refuse(head, 413, "The body is too long.");
		head->content_length = head->content_length * 10 + (uint64_t)(value[i] - '0');
	}
	return 0;
}

/* RFC 9112, 6.1: chunked is the only coding here, and it comes last. */
static int http_fields_encoding(struct http_head *head, const char *value, size_t length)
{
	head->chunked = http_fields_is(value, length, "chunked");
	if (head->fields[HTTP_CONTENT_LENGTH].begin)
		return http_fields_refuse(head, 400,
					  "The head has Content-Length and Transfer-Encoding.");
	if (!head->minor)
		return http_fields_refuse(head, 400, "HTTP/1.0 has no Transfer-Encoding.");
	if (head->chunked)
		return 0;
	if (length < 7 || strncasecmp(value + length - 7, "chunked", 7) != 0)
		return http_fields_refuse(head, 400,
					  "Transfer-Encoding does not end in chunked.");
	return http_fields_refuse(head, 501,
				  "chunked is the only transfer coding that is known here.");
}

static int http_fields_expect(struct http_head *head, const char *value, size_t length)
{
	if (http_fields_is(value, length, "100-continue"))
		return 0;
	return http_fields_refuse(head, 400, "Only 100-continue can be expected.");
}

static const struct http_field_row http_field_rows[HTTP_FIELDS] = {
	[HTTP_HOST] = { "Host", false, http_fields_host },
	[HTTP_CONTENT_LENGTH] = { "Content-Length", true, http_fields_length },
	[HTTP_TRANSFER_ENCODING] = { "Transfer-Encoding", true, http_fields_encoding },
	[HTTP_EXPECT] = { "Expect", true, http_fields_expect },
	[HTTP_ORIGIN] = { "Origin", false, NULL },
	[HTTP_REFERER] = { "Referer", false, NULL },
	[HTTP_AUTHORIZATION] = { "Authorization", false, NULL },
	[HTTP_CONTENT_TYPE] = { "Content-Type", false, NULL },
};

int http_fields_check(struct http_head *head, const char *bytes)
{
	const struct http_span *authority = &head->authority;

	if (!head->fields[HTTP_HOST].begin)
		return http_fields_refuse(head, 400, "The head has no Host field.");
	if (authority->begin &&
	    http_fields_host(head, bytes + authority->begin, authority->length))
		return http_fields_refuse(head, 400,
					  "The target is no http:// URL with a valid host.");
	for (unsigned int i = 0; i < HTTP_FIELDS; i++) {
		const struct http_span *field = &head->fields[i];
		const struct http_field_row *row = &http_field_rows[i];

		if (!field->begin)
			continue;
		if (row->exact &&
		    http_fields_no_space(head, bytes, field->begin + field->length))
			return -1;
		if (row->check && row->check(head, bytes + field->begin, field->length))
			return -1;
	}
	return 0;
}
