/* Where bodies end, which chunks are none, and that pieces make no difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent/http_body.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1

struct body_case {
	const char *bytes;
	size_t length;
	int status;	   /* 0: complete; -1: not yet */
	uint64_t received; /* bytes of content */
};

static const struct body_case chunked[] = {
	{ BYTES("0\r\n\r\n"), 0, 0 },
	{ BYTES("3\r\nabc\r\n0\r\n\r\n"), 0, 3 },
	{ BYTES("003\r\nabc\r\n1\r\nd\r\n000\r\n\r\n"), 0, 4 },
	{ BYTES("A\r\n0123456789\r\n0\r\n\r\n"), 0, 10 },
	{ BYTES("a\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n"), 0, 10 },
	{ BYTES("1;a\r\nx\r\n0;b=\"c d\";e\r\n\r\n"), 0, 1 },
	{ BYTES("0\r\nA: b\r\nC:\r\n\r\n"), 0, 0 },
	{ BYTES("0\r\n"), -1, 0 },
	{ BYTES("5\r\nabc"), -1, 3 },
	{ BYTES("\r\n"), 400, 0 },
	{ BYTES("0\n"), 400, 0 },
	{ BYTES("1\nx"), 400, 0 },
	{ BYTES("1\r\nx\n"), 400, 1 },
	{ BYTES("1\r\nxy"), 400, 1 },
	{ BYTES("1\r\nx0\r\n"), 400, 1 },
	{ BYTES("1 \r\n"), 400, 0 },
	{ BYTES(" 1\r\n"), 400, 0 },
	{ BYTES("0x1\r\n"), 400, 0 },
	{ BYTES("-1\r\n"), 400, 0 },
	{ BYTES("+1\r\n"), 400, 0 },
	{ BYTES("g\r\n"), 400, 0 },
	{ BYTES("1\r\r\n"), 400, 0 },
	{ BYTES("1;a\nx"), 400, 0 },
	{ BYTES("1;a\rb\r\n"), 400, 0 },
	{ BYTES("1;\0\r\n"), 400, 0 },
	{ BYTES("1,a\r\n"), 400, 0 },
	{ BYTES(";a\r\n"), 400, 0 },
	{ BYTES("1000000000000000\r\n"), 400, 0 },
	{ BYTES("fffffffffffffffff\r\n"), 400, 0 },
	{ BYTES("0\r\n A: b\r\n\r\n"), 400, 0 },
	{ BYTES("0\r\nA: b\r\n c\r\n\r\n"), 400, 0 },
	{ BYTES("0\r\nA b\r\n\r\n"), 400, 0 },
	{ BYTES("0\r\n: b\r\n\r\n"), 400, 0 },
	{ BYTES("0\r\nA: b\n\r\n"), 400, 0 },
	{ BYTES("0\r\nA: \0\r\n\r\n"), 400, 0 },
	{ BYTES("0\r\n\n"), 400, 0 },
	{ BYTES("0\r\n\rx"), 400, 0 },
};

static char contents[64 * 1024];
static size_t contents_length;

/* What it hands out is in contents. */
static int take(struct http_body *body, const char *bytes, size_t length, size_t piece,
		size_t *ret_taken)
{
	contents_length = *ret_taken = 0;
	while (*ret_taken < length && body->state != HTTP_BODY_END &&
	       body->state != HTTP_BODY_BAD) {
		size_t left = length - *ret_taken, content;

		*ret_taken += http_body_take(body, bytes + *ret_taken,
					     piece < left ? piece : left, &content);
		memcpy(contents + contents_length, bytes + *ret_taken - content, content);
		contents_length += content;
	}
	if (body->state == HTTP_BODY_BAD)
		return body->status;
	return body->state == HTTP_BODY_END ? 0 : -1;
}

static void chunks_are_strict(void **state)
{
	int faults = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(chunked); i++) {
		for (size_t piece = 1; piece < 20; piece++) {
			const struct body_case *one = &chunked[i];
			struct http_body body;
			size_t taken;
			int status;

			http_body_start(&body, true, 0);
			status = take(&body, one->bytes, one->length, piece, &taken);
			if (status == one->status && body.received == one->received &&
			    contents_length == one->received &&
			    (status || taken == one->length))
				continue;
			faults++;
			fprintf(stderr, "in pieces of %zu: %d, not %d: %s\n", piece, status,
				one->status, one->bytes);
		}
	}
	assert_int_equal(faults, 0);
}

static void contents_come_without_their_frames(void **state)
{
	static const char bytes[] =
		"3\r\nab\r\r\n00a;x=\"\r\n\"\"\r\n0\r\n456\r\n0\r\nA: b\r\n\r\n";
	struct http_body body;
	size_t taken;

	(void)state;
	for (size_t piece = 1; piece < sizeof(bytes); piece++) {
		http_body_start(&body, true, 0);
		assert_int_equal(take(&body, bytes, sizeof(bytes) - 1, piece, &taken), 0);
		assert_int_equal(taken, sizeof(bytes) - 1);
		assert_int_equal(contents_length, 13);
		assert_memory_equal(contents, "ab\r\"\"\r\n0\r\n456", 13);
	}
}

/* What comes behind a body belongs to the next request. */
static void bodies_end_where_they_end(void **state)
{
	struct http_body body;
	size_t taken;

	(void)state;
	http_body_start(&body, false, 0);
	assert_int_equal(body.state, HTTP_BODY_END);
	assert_int_equal(take(&body, "abc", 3, 3, &taken), 0);
	assert_int_equal(taken, 0);
	http_body_start(&body, false, 2);
	assert_int_equal(take(&body, "a", 1, 1, &taken), -1);
	assert_int_equal(body.state, HTTP_BODY_DATA);
	assert_int_equal(take(&body, "bc", 2, 2, &taken), 0);
	assert_int_equal(taken, 1);
	http_body_start(&body, true, 0);
	assert_int_equal(take(&body, "1\r\na\r\n0\r\n\r\nGET", 14, 14, &taken), 0);
	assert_int_equal(taken, 11);
	assert_int_equal(body.received, 1);
}

/* What frames the content is not counted with it, so it has limits of its own. */
static void framing_has_limits(void **state)
{
	char bytes[HTTP_TRAILER_BYTES + 100];
	struct http_body body;
	size_t taken;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "1;", 2);
	http_body_start(&body, true, 0);
	assert_int_equal(take(&body, bytes, sizeof(bytes), 10, &taken), 400);
	assert_in_range(taken, HTTP_CHUNK_EXTENSIONS, HTTP_CHUNK_EXTENSIONS + 4);
	memcpy(bytes, "0\r\nA:", 5);
	http_body_start(&body, true, 0);
	assert_int_equal(take(&body, bytes, sizeof(bytes), 10, &taken), 431);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_are_strict),
		cmocka_unit_test(contents_come_without_their_frames),
		cmocka_unit_test(bodies_end_where_they_end),
		cmocka_unit_test(framing_has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
