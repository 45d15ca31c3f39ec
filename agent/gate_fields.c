/*
 * A row for each field that decides how a request is framed, or who may send
 * it. All of them may come once only: of two, a proxy may have read the other.
 */
#include "agent/gate_fields.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/gate_host.h"

static const struct gate_field_row {
	const char *name;
	bool exact; /* no space behind it */
	int (*check)(struct gate_head *head, const char *value, size_t length);
} gate_field_rows[GATE_FIELDS];

int gate_fields_refuse(struct gate_head *head, int status, const char *format, ...)
{
	va_list arguments;

	head->status = status;
	va_start(arguments, format);
	vsnprintf(head->detail, sizeof(head->detail), format, arguments);
	va_end(arguments);
	return -1;
}

static struct gate_span gate_fields_trim(const char *bytes, struct gate_span value)
{
	while (value.length && strchr(" \t", bytes[value.begin])) {
		value.begin++;
		value.length--;
	}
	while (value.length && strchr(" \t", bytes[value.begin + value.length - 1]))
		value.length--;
	return value;
}

int gate_fields_take(struct gate_head *head, const char *bytes, size_t name_length,
		     struct gate_span value)
{
	const char *name = bytes + value.begin - 1 - name_length;

	for (unsigned int i = 0; i < GATE_FIELDS; i++) {
		const char *row = gate_field_rows[i].name;

		if (strlen(row) != name_length || strncasecmp(row, name, name_length) != 0)
			continue;
		if (head->fields[i].begin)
			return gate_fields_refuse(head, 400, "The head has two %s fields.",
						  row);
		head->fields[i] = gate_fields_trim(bytes, value);
	}
	return 0;
}

/*
 * Where the body ends must be beyond doubt, and libmicrohttpd takes a space
 * behind a value for a part of it.
 */
static int gate_fields_no_space(struct gate_head *head, const char *bytes, size_t at)
{
	if (bytes[at] == '\r')
		return 0;
	return gate_fields_refuse(
		head, 400,
		"A space stands behind Content-Length, Transfer-Encoding or Expect.");
}

static bool gate_fields_is(const char *value, size_t length, const char *word)
{
	return length == strlen(word) && !strncasecmp(value, word, length);
}

static int gate_fields_host(struct gate_head *head, const char *value, size_t length)
{
	if (gate_host_is_valid(value, length))
		return 0;
	return gate_fields_refuse(head, 400, "Host is not a name or address with a port.");
}

/* RFC 9110, 8.6: digits, and nothing else. */
static int gate_fields_length(struct gate_head *head, const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)value[i]))
			length = 0;
	}
	if (!length)
		return gate_fields_refuse(head, 400, "Content-Length is not a number.");
	for (size_t i = 0; i < length; i++) {
		if (head->content_length > UINT64_MAX / 10 - 1)
			return gate_fields_refuse(head, 413, "The body is too long.");
		head->content_length = head->content_length * 10 + (uint64_t)(value[i] - '0');
	}
	return 0;
}

/* RFC 9112, 6.1: chunked is the only coding here, and it comes last. */
static int gate_fields_encoding(struct gate_head *head, const char *value, size_t length)
{
	head->chunked = gate_fields_is(value, length, "chunked");
	if (head->fields[GATE_CONTENT_LENGTH].begin)
		return gate_fields_refuse(head, 400,
					  "The head has Content-Length and Transfer-Encoding.");
	if (!head->minor)
		return gate_fields_refuse(head, 400, "HTTP/1.0 has no Transfer-Encoding.");
	if (head->chunked)
		return 0;
	if (length < 7 || strncasecmp(value + length - 7, "chunked", 7) != 0)
		return gate_fields_refuse(head, 400,
					  "Transfer-Encoding does not end in chunked.");
	return gate_fields_refuse(head, 501,
				  "chunked is the only transfer coding that is known here.");
}

static int gate_fields_expect(struct gate_head *head, const char *value, size_t length)
{
	if (gate_fields_is(value, length, "100-continue"))
		return 0;
	return gate_fields_refuse(head, 400, "Only 100-continue can be expected.");
}

static const struct gate_field_row gate_field_rows[GATE_FIELDS] = {
	[GATE_HOST] = { "Host", false, gate_fields_host },
	[GATE_CONTENT_LENGTH] = { "Content-Length", true, gate_fields_length },
	[GATE_TRANSFER_ENCODING] = { "Transfer-Encoding", true, gate_fields_encoding },
	[GATE_EXPECT] = { "Expect", true, gate_fields_expect },
	[GATE_ORIGIN] = { "Origin", false, NULL },
	[GATE_REFERER] = { "Referer", false, NULL },
	[GATE_AUTHORIZATION] = { "Authorization", false, NULL },
	[GATE_CONTENT_TYPE] = { "Content-Type", false, NULL },
};

int gate_fields_check(struct gate_head *head, const char *bytes)
{
	const struct gate_span *authority = &head->authority;

	if (!head->fields[GATE_HOST].begin)
		return gate_fields_refuse(head, 400, "The head has no Host field.");
	if (authority->begin &&
	    gate_fields_host(head, bytes + authority->begin, authority->length))
		return gate_fields_refuse(head, 400,
					  "The target is no http:// URL with a valid host.");
	for (unsigned int i = 0; i < GATE_FIELDS; i++) {
		const struct gate_span *field = &head->fields[i];
		const struct gate_field_row *row = &gate_field_rows[i];

		if (!field->begin)
			continue;
		if (row->exact &&
		    gate_fields_no_space(head, bytes, field->begin + field->length))
			return -1;
		if (row->check && row->check(head, bytes + field->begin, field->length))
			return -1;
	}
	return 0;
}
