/*
 * Bytes are looked at one by one as they come, so that a byte that can be in no
 * head is refused at once, and a client that sends slowly costs no more than
 * one that does not. Whole lines are then cut at fixed places; what a line
 * means is in http_fields.c.
 *
 * RFC 9112 lets a server be lenient about bare line feeds, spaces and folded
 * lines. We are not: each leniency is a way to show one request to a proxy and
 * another one to us.
 */
#include "agent/http_head.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/http_fields.h"

void http_head_start(struct http_head *head)
{
	memset(head, 0, offsetof(struct http_head, lines));
}

bool http_head_stays(const struct http_head *head)
{
	return !head->close && (head->minor || head->keep_alive);
}

static int http_head_refuse(struct http_head *head, int status, const char *detail)
{
	return http_fields_refuse(head, status, "%s", detail);
}

bool http_head_is_token(unsigned char byte)
{
	return isalnum(byte) || (byte && strchr("!#$%&'*+-.^_`|~", byte));
}

static size_t http_head_token(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && http_head_is_token((unsigned char)text[at]))
		at++;
	return at;
}

bool http_head_is_text(unsigned char byte)
{
	return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

static bool http_head_method_is(const struct http_head *head, const char *bytes,
				const char *method)
{
	return head->method_length == strlen(method) &&
	       !memcmp(bytes + head->start, method, head->method_length);
}

/* "HTTP/1.1"; the version itself is judged after the target. */
static int http_head_version(struct http_head *head, const char *text, size_t length)
{
	if (length != 8 || memcmp(text, "HTTP/", 5) != 0 || !isdigit((unsigned char)text[5]) ||
	    text[6] != '.' || !isdigit((unsigned char)text[7]))
		return http_head_refuse(
			head, 400, "The request line does not end in HTTP/1.1 or HTTP/1.0.");
	if (text[5] != '1' || text[7] > '1')
		return http_head_refuse(head, 505,
					"Only HTTP/1.1 and HTTP/1.0 are spoken here.");
	head->minor = (unsigned int)(text[7] - '0');
	return 0;
}

/* http://authority/path: RFC 9112, 3.2.2. */
static int http_head_absolute(struct http_head *head, const char *bytes,
			      struct http_span target)
{
	const char *text = bytes + target.begin;
	size_t scheme = strlen("http://"), length = scheme;

	if (target.length < scheme || strncasecmp(text, "http://", scheme) != 0)
		return http_head_refuse(head, 400,
					"The target is neither a path nor an http:// URL.");
	while (length < target.length && text[length] != '/')
		length++;
	head->authority = (struct http_span){ target.begin + scheme, length - scheme };
	head->path = (struct http_span){ target.begin + length, target.length - length };
	return 0;
}

/* The four forms of a target: RFC 9112, 3.2. */
static int http_head_target(struct http_head *head, const char *bytes, struct http_span target)
{
	const char *text = bytes + target.begin;

	for (size_t i = 0; i < target.length; i++) {
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '#')
			return http_head_refuse(
				head, 400,
				"The target has a byte that must be percent-encoded there.");
	}
	if (target.length > HTTP_TARGET_MAX)
		return http_head_refuse(head, 414, "The target is longer than 4096 bytes.");
	if (http_head_method_is(head, bytes, "CONNECT"))
		return http_head_refuse(head, *text == '/' || *text == '*' ? 400 : 501,
					"CONNECT is for proxies; this is none.");
	head->path = target;
	if (*text == '/')
		return 0;
	if (target.length != 1 || *text != '*')
		return http_head_absolute(head, bytes, target);
	return http_head_method_is(head, bytes, "OPTIONS") ?
		       0 :
		       http_head_refuse(head, 400,
					"The target * is for OPTIONS in HTTP/1.1 only.");
}

static int http_head_method(struct http_head *head, const char *line, size_t length)
{
	size_t token = http_head_token(line, length);

	if (token > HTTP_METHOD_MAX)
		return http_head_refuse(head, 501, "No method has such a long name.");
	if (!token || token == length || line[token] != ' ')
		return http_head_refuse(
			head, 400,
			"The request line is not: method, space, target, space, "
			"HTTP/1.1.");
	head->method_length = token;
	head->is_head = token == 4 && !memcmp(line, "HEAD", 4);
	return 0;
}

static int http_head_request_line(struct http_head *head, const char *bytes, size_t length)
{
	const char *line = bytes + head->line, *space;
	struct http_span target;

	head->start = head->line;
	if (http_head_method(head, line, length))
		return -1;
	target.begin = head->start + head->method_length + 1;
	space = memrchr(line, ' ', length);
	if (space < bytes + target.begin + 1)
		return http_head_refuse(head, 400, "The request line has no HTTP version.");
	target.length = (size_t)(space - bytes) - target.begin;
	if (http_head_target(head, bytes, target))
		return -1;
	space++;
	return http_head_version(head, space, length - (size_t)(space - line));
}

static int http_head_field(struct http_head *head, const char *bytes, size_t length)
{
	const char *line = bytes + head->line;
	size_t name = http_head_token(line, length);

	if (++head->field_count > HTTP_FIELDS_MAX)
		return http_head_refuse(head, 431, "The head has more than 100 fields.");
	if (*line == ' ' || *line == '\t')
		return http_head_refuse(
			head, 400,
			"A header field goes on in the next line: obsolete line "
			"folding (RFC 9112, 5.2).");
	if (!name || name == length || line[name] != ':')
		return http_head_refuse(
			head, 400, "A line of the head is not a name, a colon and a value.");
	return http_fields_take(head, bytes, name,
				(struct http_span){ head->line + name + 1, length - name - 1 });
}

/* A whole line, without its end. */
static enum http_verdict http_head_line(struct http_head *head, const char *bytes,
					size_t length)
{
	int result = 0;

	if (head->has_request_line && !length)
		return http_fields_check(head, bytes) ? HTTP_BAD : HTTP_GOOD;
	if (head->has_request_line) {
		result = http_head_field(head, bytes, length);
	} else if (length) {
		result = http_head_request_line(head, bytes, length);
		head->has_request_line = true;
		head->field_begin = head->seen;
	} else if (head->line) {
		result = http_head_refuse(head, 400, "Empty lines stand before the request.");
	}
	head->line = head->seen;
	return result ? HTTP_BAD : HTTP_MORE;
}

/* Is the line that has not ended yet too long already? */
static int http_head_limit(struct http_head *head, const char *bytes)
{
	size_t line = head->seen - head->line;

	if (head->has_request_line)
		return head->seen - head->field_begin <= HTTP_FIELDS_BYTES + 1 ? /* and CR */
			       0 :
			       http_head_refuse(
				       head, 431,
				       "The header fields are longer than 8192 bytes.");
	if (line <= HTTP_METHOD_MAX + 1)
		return 0;
	if (!head->method_length) {
		head->start = head->line;
		if (http_head_method(head, bytes + head->line, line))
			return -1;
	}
	if (line <= head->method_length + 1 + HTTP_TARGET_MAX + 11)
		return 0;
	return http_head_refuse(head, 414, "The target is longer than 4096 bytes.");
}

static int http_head_byte(struct http_head *head, const char *bytes, unsigned char byte)
{
	bool after_return = head->seen - head->line > 1 && bytes[head->seen - 2] == '\r';

	if (after_return || !(http_head_is_text(byte) || byte == '\r'))
		return http_head_refuse(
			head, 400,
			"The head has a control character that has no place there "
			"(lines end in CR LF).");
	return http_head_limit(head, bytes);
}

enum http_verdict http_head_read(struct http_head *head, const char *bytes, size_t length)
{
	enum http_verdict verdict = HTTP_MORE;

	while (verdict == HTTP_MORE && head->seen < length) {
		char byte = bytes[head->seen++];
		size_t line = head->seen - head->line;

		if (byte != '\n')
			verdict = http_head_byte(head, bytes, (unsigned char)byte) ? HTTP_BAD :
										     HTTP_MORE;
		else if (line < 2 || bytes[head->seen - 2] != '\r')
			verdict = http_head_refuse(head, 400,
						   "A line ends in LF without CR before it.") ?
					  HTTP_BAD :
					  HTTP_MORE;
		else
			verdict = http_head_line(head, bytes, line - 2);
	}
	return verdict;
}
