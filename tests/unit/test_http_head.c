/*
 * The scanner of heads: what RFC 9112 does not allow is refused with the right
 * status, what it allows is taken; at the limits to the byte; and however the
 * bytes are cut into pieces, the verdict is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent/http_head.h"

#define HOST "Host: tunneld\r\n"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1

struct head_case {
	const char *bytes;
	size_t length;
	int status; /* 0: good */
};

static const struct head_case request_lines[] = {
	{ BYTES("GET / HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET / HTTP/1.0\r\n" HOST "\r\n"), 0 },
	{ BYTES("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("!#$%&'*+-.^_`|~ / HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET http://tunneld/x HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET HTTP://tunneld HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET /a?b=%zz&\"<>{}|\\^` HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES(" GET / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400 },
	{ BYTES("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /\tHTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /a b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\n" HOST "\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r" HOST "\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /\r\n"), 400 },
	{ BYTES("GET\r\n"), 400 },
	{ BYTES("GET  HTTP/1.1\r\n"), 400 },
	{ BYTES("G(T / HTTP/1.1\r\n"), 400 },
	{ BYTES("G\xc3\x84T / HTTP/1.1\r\n"), 400 },
	{ BYTES("GET / http/1.1\r\n"), 400 },
	{ BYTES("GET / HTTP/11\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1x\r\n"), 400 },
	{ BYTES("GET / HTTP/+1.1\r\n"), 400 },
	{ BYTES("GET / HTTP/1.2\r\n"), 505 },
	{ BYTES("GET / HTTP/0.9\r\n"), 505 },
	{ BYTES("GET / HTTP/2.0\r\n"), 505 },
	{ BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400 },
	{ BYTES("GET * HTTP/1.1\r\n"), 400 },
	{ BYTES("OPTIONS ** HTTP/1.1\r\n"), 400 },
	{ BYTES("GET x HTTP/1.1\r\n"), 400 },
	{ BYTES("GET ?x HTTP/1.1\r\n"), 400 },
	{ BYTES("GET /a#b HTTP/1.1\r\n"), 400 },
	{ BYTES("GET /\xc3\xbc HTTP/1.1\r\n"), 400 },
	{ BYTES("GET /\x7f HTTP/1.1\r\n"), 400 },
	{ BYTES("GET /a\0b HTTP/1.1\r\n"), 400 },
	{ BYTES("GET /a\x01"), 400 },
	{ BYTES("\x16\x03\x01\x02"), 400 },
	{ BYTES("CONNECT tunneld:80 HTTP/1.1\r\n"), 501 },
	{ BYTES("CONNECT / HTTP/1.1\r\n"), 400 },
	{ BYTES("GET tunneld:80 HTTP/1.1\r\n"), 400 },
	{ BYTES("GET https://tunneld/ HTTP/1.1\r\n"), 400 },
	{ BYTES("GET ftp://tunneld/ HTTP/1.1\r\n"), 400 },
	{ BYTES("GET http:/// HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http:// HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http://a@tunneld/ HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http://tunneld?a=/b HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http://tunneld:/ HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n"), 501 },
	{ BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n" HOST "\r\n"), 0 },
};

#define LINE "POST / HTTP/1.1\r\n"
#define WITH(fields) BYTES(LINE HOST fields "\r\n")

static const struct head_case fields[] = {
	{ BYTES(LINE "\r\n"), 400 },
	{ BYTES("GET / HTTP/1.0\r\n\r\n"), 400 },
	{ BYTES(LINE "hOsT:\ttunneld \t\r\n\r\n"), 0 },
	{ BYTES(LINE "Host:\r\n\r\n"), 400 },
	{ BYTES(LINE "Host: \r\n\r\n"), 400 },
	{ BYTES(LINE "Host: a b\r\n\r\n"), 400 },
	{ BYTES(LINE "Host: a,b\r\n\r\n"), 400 },
	{ BYTES(LINE "Host: a:x\r\n\r\n"), 400 },
	{ BYTES(LINE "Host: http://a\r\n\r\n"), 400 },
	{ BYTES(LINE "Host tunneld\r\n\r\n"), 400 },
	{ WITH(HOST), 400 },
	{ WITH("host: other\r\n"), 400 },
	{ WITH("A:\r\n"), 0 },
	{ WITH("A: \xc3\xbc\tb\r\n"), 0 },
	{ WITH("A : b\r\n"), 400 },
	{ WITH(" A: b\r\n"), 400 },
	{ WITH("A: b\r\n c\r\n"), 400 },
	{ WITH("A: b\r\n\tc\r\n"), 400 },
	{ WITH(" \r\n"), 400 },
	{ WITH("A\r\n"), 400 },
	{ WITH(": b\r\n"), 400 },
	{ WITH("A(: b\r\n"), 400 },
	{ WITH("\xc3\xbc: b\r\n"), 400 },
	{ WITH("A: b\n"), 400 },
	{ WITH("A: b\rc\r\n"), 400 },
	{ WITH("A: b\r"), 400 },
	{ WITH("A: \0\r\n"), 400 },
	{ WITH("A: \x01\r\n"), 400 },
	{ WITH("A: \x7f\r\n"), 400 },
	{ BYTES(LINE HOST "\n"), 400 },
	{ WITH("Content-Length: 0\r\n"), 0 },
	{ WITH("Content-Length: 007\r\n"), 0 },
	{ WITH("Content-Length: 1000000000000000000\r\n"), 0 },
	{ WITH("Content-Length: 99999999999999999999\r\n"), 413 },
	{ WITH("Content-Length: 18446744073709551617\r\n"), 413 },
	{ WITH("Content-Length:\r\n"), 400 },
	{ WITH("Content-Length: -1\r\n"), 400 },
	{ WITH("Content-Length: +1\r\n"), 400 },
	{ WITH("Content-Length: 0x1\r\n"), 400 },
	{ WITH("Content-Length: 1 1\r\n"), 400 },
	{ WITH("Content-Length: 1, 1\r\n"), 400 },
	{ WITH("Content-Length: 1.0\r\n"), 400 },
	{ WITH("Content-Length: 1\r\nContent-Length: 1\r\n"), 400 },
	{ WITH("Content-Length: 1\r\ncontent-length: 2\r\n"), 400 },
	{ WITH("Transfer-Encoding: chunked\r\n"), 0 },
	{ WITH("Transfer-Encoding: CHUNKED\r\n"), 0 },
	{ WITH("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), 400 },
	{ WITH("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400 },
	{ WITH("Content-Length: 1\r\nTransfer-Encoding: x\r\n"), 400 },
	{ WITH("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400 },
	{ WITH("Transfer-Encoding: gzip, chunked\r\n"), 501 },
	{ WITH("Transfer-Encoding: xchunked\r\n"), 501 },
	{ WITH("Transfer-Encoding: chunked, gzip\r\n"), 400 },
	{ WITH("Transfer-Encoding: gzip\r\n"), 400 },
	{ WITH("Transfer-Encoding: identity\r\n"), 400 },
	{ WITH("Transfer-Encoding:\r\n"), 400 },
	{ WITH("Transfer-Encoding: chunked;q=1\r\n"), 400 },
	{ WITH("Transfer-Encoding: chunked \r\n"), 400 },
	{ WITH("Transfer-Encoding: \tchunked\r\n"), 0 },
	{ WITH("Content-Length: 1 \r\n"), 400 },
	{ WITH("Content-Length: 1\t\r\n"), 400 },
	{ WITH("Content-Length:\t 1\r\n"), 0 },
	{ BYTES("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"), 400 },
	{ WITH("Expect: 100-Continue\r\n"), 0 },
	{ WITH("Expect: 200-maybe\r\n"), 400 },
	{ WITH("Expect:\r\n"), 400 },
	{ WITH("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 400 },
	{ WITH("Origin: a\r\nOrigin: a\r\n"), 400 },
	{ WITH("Referer: a\r\nReferer: a\r\n"), 400 },
	{ WITH("Authorization: a\r\nAuthorization: b\r\n"), 400 },
	{ WITH("Content-Type: a\r\nContent-Type: a\r\n"), 400 },
	{ WITH("Upgrade: h2c\r\nConnection: Upgrade\r\nTE: trailers\r\n"), 0 },
};

/* In pieces of so many bytes. The head that was read is in *ret. */
static int scan(const char *bytes, size_t length, size_t piece, struct http_head *ret)
{
	enum http_verdict verdict = HTTP_MORE;
	size_t sent = 0;

	*ret = (struct http_head){ 0 };
	while (verdict == HTTP_MORE && sent < length) {
		sent = sent + piece < length ? sent + piece : length;
		verdict = http_head_read(ret, bytes, sent);
	}
	if (verdict == HTTP_GOOD && ret->seen != length)
		return -2; /* it ended too early */
	return verdict == HTTP_MORE ? -1 : verdict == HTTP_GOOD ? 0 : ret->status;
}

static void check(const struct head_case *cases, size_t count)
{
	static const size_t pieces[] = { 1, 2, 7, 1 << 20 };
	struct http_head head;
	int faults = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < COUNT(pieces); j++) {
			int status = scan(cases[i].bytes, cases[i].length, pieces[j], &head);

			if (status == cases[i].status && (status == 0 || head.detail[0]))
				continue;
			faults++;
			fprintf(stderr, "in pieces of %zu: %d, not %d: %s\n", pieces[j], status,
				cases[i].status, cases[i].bytes);
		}
	}
	assert_int_equal(faults, 0);
}

static void request_lines_are_strict(void **state)
{
	(void)state;
	check(request_lines, COUNT(request_lines));
}

static void header_fields_are_strict(void **state)
{
	(void)state;
	check(fields, COUNT(fields));
}

/* Whatever is missing at the end: neither good nor bad. */
static void what_is_not_complete_waits(void **state)
{
	static const char whole[] = "POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n";
	struct http_head head;

	(void)state;
	for (size_t length = 0; length < sizeof(whole) - 1; length++)
		assert_int_equal(scan(whole, length, 1, &head), -1);
	assert_int_equal(scan(whole, sizeof(whole) - 1, 1, &head), 0);
}

static void what_a_head_says_is_told(void **state)
{
	static const char bytes[] = "\r\nPOST http://a:1/x HTTP/1.0\r\nHost: b\r\n"
				    "Origin:  http://b \r\nContent-Length: 17\r\n\r\nnext";
	struct http_head head = { 0 };
	const struct http_span *origin = &head.fields[HTTP_ORIGIN];

	(void)state;
	assert_int_equal(http_head_read(&head, bytes, sizeof(bytes) - 1), HTTP_GOOD);
	assert_int_equal(head.start, 2);
	assert_string_equal(bytes + head.seen, "next");
	assert_int_equal(head.minor, 0);
	assert_int_equal(head.content_length, 17);
	assert_false(head.chunked || head.is_head);
	assert_memory_equal(bytes + head.authority.begin, "a:1/", head.authority.length + 1);
	assert_int_equal(head.path.length, 2);
	assert_memory_equal(bytes + head.path.begin, "/x ", 3);
	assert_int_equal(head.field_count, 3);
	assert_int_equal(head.lines[1].name_length, strlen("Origin"));
	assert_memory_equal(bytes + head.lines[1].begin, "Origin:", 7);
	assert_int_equal(head.lines[1].value.begin, origin->begin);
	assert_int_equal(head.lines[1].value.length, origin->length);
	assert_int_equal(origin->length, strlen("http://b"));
	assert_memory_equal(bytes + origin->begin, "http://b", origin->length);
	assert_int_equal(head.fields[HTTP_REFERER].begin, 0);
}

/* RFC 9112, 9.3. */
static void connections_stay_or_not(void **state)
{
	static const struct {
		const char *version, *fields;
		bool stays;
	} cases[] = {
		{ "1.1", "", true },
		{ "1.1", "Connection: keep-alive\r\n", true },
		{ "1.1", "Connection: close\r\n", false },
		{ "1.1", "connection:CLOSE\r\n", false },
		{ "1.1", "Connection: Upgrade ,\tclose \r\n", false },
		{ "1.1", "Connection: Upgrade\r\nConnection: close\r\n", false },
		{ "1.1", "Connection: closed, x close\r\n", true },
		{ "1.1", "Connection: ,,\r\nConnection:\r\nConnections: close\r\n", true },
		{ "1.0", "", false },
		{ "1.0", "Connection: Keep-Alive\r\n", true },
		{ "1.0", "Connection: keep-alive, close\r\n", false },
	};
	char bytes[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_head head;

		snprintf(bytes, sizeof(bytes), "GET / HTTP/%s\r\n" HOST "%s\r\n",
			 cases[i].version, cases[i].fields);
		assert_int_equal(scan(bytes, strlen(bytes), sizeof(bytes), &head), 0);
		if (http_head_stays(&head) != cases[i].stays)
			fail_msg("%s", bytes);
	}
}

/* A request whose target has that many bytes. */
static int scan_target(size_t length, size_t piece)
{
	char bytes[8192] = "HEAD /", *at = bytes + strlen(bytes);
	struct http_head head;

	memset(at, 'x', length - 1);
	strcpy(at + length - 1, " HTTP/1.1\r\n" HOST "\r\n");
	return scan(bytes, strlen(bytes), piece, &head);
}

/* One whose fields, with Host, have that many bytes; field_size: of each other one. */
static int scan_fields(size_t length, size_t piece)
{
	char bytes[16384] = "HEAD / HTTP/1.1\r\n" HOST "A: ", *at = bytes + strlen(bytes);
	size_t rest = length - strlen(HOST "A: \r\n");
	struct http_head head;

	memset(at, 'x', rest);
	strcpy(at + rest, "\r\n\r\n");
	return scan(bytes, strlen(bytes), piece, &head);
}

static int scan_field_count(unsigned int count)
{
	char bytes[8192] = "HEAD / HTTP/1.1\r\n" HOST;
	struct http_head head;

	for (unsigned int i = 1; i < count; i++)
		strcat(bytes, "A: b\r\n");
	strcat(bytes, "\r\n");
	return scan(bytes, strlen(bytes), sizeof(bytes), &head);
}

static void limits_hold_to_the_byte(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 100000; piece *= 99999) {
		assert_int_equal(scan_target(HTTP_TARGET_MAX, piece), 0);
		assert_int_equal(scan_target(HTTP_TARGET_MAX + 1, piece), 414);
		assert_int_equal(scan_target(HTTP_TARGET_MAX + 3000, piece), 414);
		assert_int_equal(scan_fields(HTTP_FIELDS_BYTES, piece), 0);
		assert_int_equal(scan_fields(HTTP_FIELDS_BYTES + 1, piece), 431);
		assert_int_equal(scan_fields(HTTP_FIELDS_BYTES + 5000, piece), 431);
	}
	assert_int_equal(scan_field_count(HTTP_FIELDS_MAX), 0);
	assert_int_equal(scan_field_count(HTTP_FIELDS_MAX + 1), 431);
}

/* Who never ends a line is refused too, and before there is too much to keep. */
static void endless_lines_are_cut(void **state)
{
	static const char *const begins[] = { "GET /", "GET / HTTP/1.1\r\nA: ", "",
					      "GET / HTTP/1.1" };
	char bytes[HTTP_HEAD_MAX + 1];
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < COUNT(begins); i++) {
		memset(bytes, 'x', sizeof(bytes));
		memcpy(bytes, begins[i], strlen(begins[i]));
		assert_true(scan(bytes, sizeof(bytes), 1, &head) >= 400);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_lines_are_strict),
		cmocka_unit_test(header_fields_are_strict),
		cmocka_unit_test(what_is_not_complete_waits),
		cmocka_unit_test(what_a_head_says_is_told),
		cmocka_unit_test(connections_stay_or_not),
		cmocka_unit_test(limits_hold_to_the_byte),
		cmocka_unit_test(endless_lines_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
