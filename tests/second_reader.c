#include "tests/second_reader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What is left of the bytes; a line or a value of them. */
struct text {
	const char *at;
	size_t length;
};

struct reading {
	struct second_reading result;
	bool old, chunked;
	unsigned long long body;
	unsigned int counts[8];
};

/* Of which there may be one: two of them are two requests to two readers. */
static const char *const single[8] = { "Host",		"Content-Length", "Transfer-Encoding",
				       "Expect",	"Origin",	  "Referer",
				       "Authorization", "Content-Type" };

static size_t span(struct text text, const char *set)
{
	size_t length = 0;

	while (length < text.length && text.at[length] && strchr(set, text.at[length]))
		length++;
	return length;
}

static bool is(struct text text, const char *word)
{
	return text.length == strlen(word) && !strncasecmp(text.at, word, text.length);
}

static struct text skip(struct text text, size_t length)
{
	return (struct text){ text.at + length, text.length - length };
}

static bool is_printable(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

/* Up to CR LF; what is in it may be anything but these two. */
static bool cut_line(struct text *rest, struct text *line)
{
	const char *end = memmem(rest->at, rest->length, "\r\n", 2);

	if (!end)
		return false;
	*line = (struct text){ rest->at, (size_t)(end - rest->at) };
	*rest = skip(*rest, line->length + 2);
	return !memchr(line->at, '\n', line->length) && !memchr(line->at, '\r', line->length);
}

static struct text trim(struct text text)
{
	text = skip(text, span(text, " \t"));
	while (text.length && strchr(" \t", text.at[text.length - 1]))
		text.length--;
	return text;
}

/* Of the names that the agent answers to, those that the test uses. */
static bool is_our_host(struct text host)
{
	static const char *const ours[] = { "tunneld", "localhost" };
	const char *colon = memchr(host.at, ':', host.length);
	struct text name = { host.at, colon ? (size_t)(colon - host.at) : host.length };
	struct text port = skip(host, name.length);

	if (port.length && (port.length < 2 || port.length > 6 ||
			    span(skip(port, 1), "0123456789") != port.length - 1 ||
			    strtol(port.at + 1, NULL, 10) > 65535))
		return false;
	return is(name, ours[0]) || is(name, ours[1]);
}

static bool read_target(struct text method, struct text target)
{
	const char *slash;

	if (is((struct text){ method.at, method.length }, "CONNECT"))
		return false;
	if (target.at[0] == '/')
		return true;
	if (target.length == 1 && target.at[0] == '*')
		return method.length == 7 && !memcmp(method.at, "OPTIONS", 7);
	if (target.length < 7 || strncasecmp(target.at, "http://", 7) != 0)
		return false;
	target = skip(target, 7);
	slash = memchr(target.at, '/', target.length);
	return is_our_host((struct text){ target.at, slash ? (size_t)(slash - target.at) :
							     target.length });
}

static bool read_request_line(struct reading *reading, struct text line)
{
	struct text method = { line.at, span(line, TOKEN) }, target;
	static const char version[] = " HTTP/1.";
	size_t tail = sizeof(version) - 1 + 1;

	target = skip(line, method.length);
	if (!method.length || method.length > 32 || target.length < 1 + 1 + tail ||
	    target.at[0] != ' ')
		return false;
	line = skip(target, target.length - tail);
	if (memcmp(line.at, version, tail - 1) != 0 ||
	    (line.at[tail - 1] != '0' && line.at[tail - 1] != '1'))
		return false;
	reading->old = line.at[tail - 1] == '0';
	reading->result.is_head = method.length == 4 && !memcmp(method.at, "HEAD", 4);
	target = (struct text){ target.at + 1, target.length - 1 - tail };
	for (size_t i = 0; i < target.length; i++) {
		if (!isgraph((unsigned char)target.at[i]) || target.at[i] == '#')
			return false;
	}
	return target.length <= 4096 && read_target(method, target);
}

static void read_connection(struct reading *reading, struct text value, bool *close)
{
	while (value.length) {
		const char *comma = memchr(value.at, ',', value.length);
		size_t length = comma ? (size_t)(comma - value.at) : value.length;
		struct text word = trim((struct text){ value.at, length });

		*close |= is(word, "close");
		reading->result.stays |= is(word, "keep-alive");
		value = skip(value, length + !!comma);
	}
}

/* The value of one of those that there may be one of. */
static bool read_single(struct reading *reading, unsigned int index, struct text value)
{
	bool spaced = value.length && strchr(" \t", value.at[value.length - 1]);
	struct text word = trim(value);

	if (reading->counts[index]++)
		return false;
	switch (index) {
	case 0:
		return is_our_host(word);
	case 1:
		if (word.length > 1) /* a number may begin with zeros */
			word = skip(word, span((struct text){ word.at, word.length - 1 }, "0"));
		reading->body = word.length < 20 ? strtoull(word.at, NULL, 10) : 0;
		return !spaced && word.length && word.length < 20 &&
		       span(word, "0123456789") == word.length;
	case 2:
		reading->chunked = true;
		return !spaced && is(word, "chunked");
	case 3:
		reading->result.expects = true;
		return !spaced && is(word, "100-continue");
	case 4:
	case 5:
		return false; /* the test has no page that is ours */
	default:
		return true;
	}
}

static bool read_field(struct reading *reading, struct text line, bool *close)
{
	struct text name = { line.at, span(line, TOKEN) }, value = skip(line, name.length);

	if (!name.length || !value.length || value.at[0] != ':' || !is_printable(value))
		return false;
	value = skip(value, 1);
	if (is(name, "Connection"))
		read_connection(reading, trim(value), close);
	for (unsigned int i = 0; i < 8; i++) {
		if (is(name, single[i]) && !read_single(reading, i, value))
			return false;
	}
	return true;
}

static bool read_head(struct reading *reading, struct text *rest)
{
	bool close = false;
	struct text line;

	if (!cut_line(rest, &line) || !read_request_line(reading, line))
		return false;
	for (unsigned int count = 0; cut_line(rest, &line); count++) {
		if (!line.length) {
			reading->result.stays |= !reading->old;
			reading->result.stays &= !close;
			return reading->counts[0] == 1 &&
			       !(reading->chunked && (reading->counts[1] || reading->old));
		}
		if (count == 100 || !read_field(reading, line, &close))
			return false;
	}
	return false;
}

static bool read_chunks(struct text *rest)
{
	struct text line, more;
	size_t digits, size;

	do {
		if (!cut_line(rest, &line))
			return false;
		digits = span(line, "0123456789abcdefABCDEF");
		more = skip(line, digits);
		if (!digits || digits > 15 || more.length > 257 ||
		    (more.length && more.at[0] != ';') || !is_printable(more))
			return false;
		size = strtoull(line.at, NULL, 16);
		if (size > rest->length || (size && rest->length - size < 2) ||
		    (size && memcmp(rest->at + size, "\r\n", 2) != 0))
			return false;
		*rest = skip(*rest, size ? size + 2 : 0);
	} while (size);
	while (cut_line(rest, &line)) {
		digits = span(line, TOKEN);
		if (!line.length)
			return true;
		if (!digits || digits == line.length || line.at[digits] != ':' ||
		    !is_printable(line))
			return false;
	}
	return false;
}

struct second_reading second_read(const char *bytes, size_t length)
{
	struct reading reading = { 0 };
	struct text rest = { bytes, length };

	if (length >= 2 && !memcmp(bytes, "\r\n", 2)) /* one may stand in front */
		rest = skip(rest, 2);
	reading.result.good = read_head(&reading, &rest) && reading.body <= rest.length;
	if (reading.result.good && reading.chunked)
		reading.result.good = read_chunks(&rest);
	else if (reading.result.good)
		rest = skip(rest, (size_t)reading.body);
	reading.result.length = length - rest.length;
	return reading.result;
}
