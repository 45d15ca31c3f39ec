/*
 * Requests as bytes of a client: heads and bodies, read one behind the other. However
 * the bytes are cut into pieces, they are read alike; what is told of them lies
 * within them; and the second reader (tests/second_reader.h) finds the same
 * requests. The first byte says how the bytes are cut.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/http_body.h"
#include "agent/http_head.h"
#include "agent/http_host.h"
#include "tests/fuzz/fuzz.h"
#include "tests/second_reader.h"

/* A request as it was read, up to where something was missing or wrong. */
struct read {
	enum http_verdict verdict;
	struct http_head head;
	struct http_body body;
	size_t length;	/* of all of it */
	size_t content; /* bytes of it that were handed out */
	uint64_t sum;	/* over them */
};

static size_t smaller(size_t one, size_t other)
{
	return one < other ? one : other;
}

static void read_body(struct read *read, const char *bytes, size_t length, size_t piece)
{
	struct http_body *body = &read->body;

	http_body_start(body, read->head.chunked, read->head.content_length);
	while (length > read->length && body->state != HTTP_BODY_END &&
	       body->state != HTTP_BODY_BAD) {
		size_t size = smaller(piece, length - read->length), content;
		size_t taken = http_body_take(body, bytes + read->length, size, &content);

		PROMISE(taken <= size && content <= taken, "pieces of what was given");
		PROMISE(taken, "something is taken of what goes on");
		read->length += taken;
		read->content += content;
		for (size_t i = read->length - content; i < read->length; i++)
			read->sum = read->sum * 31 + (unsigned char)bytes[i];
	}
	PROMISE(read->content == body->received, "all content is handed out");
	if (body->state == HTTP_BODY_BAD)
		PROMISE((body->status == 400 || body->status == 431) && *body->detail,
			"a body is refused in words");
}

static void read_request(struct read *read, const char *bytes, size_t length, size_t piece)
{
	size_t given = 0;

	memset(read, 0, sizeof(*read));
	while (read->verdict == HTTP_MORE && given < length) {
		given += smaller(piece, length - given);
		read->verdict = http_head_read(&read->head, bytes, given);
	}
	read->length = read->head.seen;
	if (read->verdict == HTTP_GOOD)
		read_body(read, bytes, length, piece);
}

static void check_span(const struct read *read, struct http_span span)
{
	PROMISE(span.begin + span.length < read->head.seen, "a span lies within the head");
}

static void check_line(const struct read *read, const char *bytes, const struct http_line *line)
{
	const char *value = bytes + line->value.begin;

	check_span(read, line->value);
	PROMISE(line->name_length && line->begin + line->name_length < line->value.begin,
		"a name, and then its value");
	for (size_t i = 0; i < line->name_length; i++)
		PROMISE(http_head_is_token((unsigned char)bytes[line->begin + i]),
			"a name is a token");
	for (size_t i = 0; i < line->value.length; i++)
		PROMISE(http_head_is_text((unsigned char)value[i]), "a value is text");
}

static void check_good(const struct read *read, const char *bytes)
{
	const struct http_head *head = &read->head;

	PROMISE(head->seen <= HTTP_HEAD_MAX + 2 && head->seen >= 4, "a head has its limits");
	PROMISE(!memcmp(bytes + head->seen - 4, "\r\n\r\n", 4), "a head ends with its end");
	PROMISE(head->fields[HTTP_HOST].begin && head->method_length, "Host and method");
	PROMISE(head->field_count && head->field_count <= HTTP_FIELDS_MAX, "fields");
	check_span(read, head->path);
	check_span(read, head->authority);
	for (unsigned int i = 0; i < HTTP_FIELDS; i++)
		check_span(read, head->fields[i]);
	for (unsigned int i = 0; i < head->field_count; i++)
		check_line(read, bytes, &head->lines[i]);
}

static void check(const struct read *read, const char *bytes, size_t length)
{
	const struct http_head *head = &read->head;

	PROMISE(read->length <= length, "nothing but what was given");
	if (read->verdict == HTTP_GOOD)
		check_good(read, bytes);
	else if (read->verdict == HTTP_BAD)
		PROMISE(head->status >= 400 && head->status <= 505 && head->detail[0],
			"a head is refused in words");
	else
		PROMISE(head->seen == length && length <= HTTP_HEAD_MAX + 2,
			"it waits for more");
}

static void compare(const struct read *one, const struct read *other)
{
	PROMISE(one->verdict == other->verdict && one->length == other->length,
		"pieces make no difference to a head");
	PROMISE(one->head.status == other->head.status &&
			one->head.field_count == other->head.field_count,
		"pieces make no difference to what a head says");
	PROMISE(one->body.state == other->body.state && one->sum == other->sum,
		"pieces make no difference to a body");
}

static bool is_whole(const struct read *read)
{
	return read->verdict == HTTP_GOOD && read->body.state == HTTP_BODY_END;
}

/* The second one looks at who is asked as well, so it takes less. */
static bool is_for_us(const struct read *read, const char *bytes)
{
	const struct http_span *host = &read->head.fields[HTTP_HOST];

	return host->length == 7 && !memcmp(bytes + host->begin, "tunneld", 7) &&
	       !read->head.authority.begin && !read->head.fields[HTTP_ORIGIN].begin &&
	       !read->head.fields[HTTP_REFERER].begin;
}

static void compare_second(const struct read *read, const char *bytes, size_t length)
{
	struct second_reading second = second_read(bytes, length);

	if (second.good)
		PROMISE(is_whole(read), "what the second reader takes is taken");
	if (is_whole(read) && is_for_us(read, bytes))
		PROMISE(second.good, "what is taken the second reader takes");
	if (!second.good)
		return;
	PROMISE(second.length == read->length, "both know where a request ends");
	PROMISE(second.is_head == read->head.is_head &&
			second.stays == http_head_stays(&read->head),
		"both know what a request says");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? 1 + data[0] % 64 : 1, at = 1;
	static struct read whole, pieces;

	while (at < size) {
		size_t length = size - at;
		char *bytes = malloc(length); /* so that sanitizers know its end */

		memcpy(bytes, data + at, length);
		read_request(&whole, bytes, length, length);
		read_request(&pieces, bytes, length, piece);
		check(&whole, bytes, length);
		compare(&whole, &pieces);
		compare_second(&whole, bytes, length);
		free(bytes);
		if (!is_whole(&whole))
			break;
		at += whole.length;
	}
	return 0;
}
