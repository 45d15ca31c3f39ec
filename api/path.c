/*
 * The target is copied once and cut up in the copy: decoding only ever makes a
 * piece shorter. Cutting comes before decoding, so that an escaped separator
 * is a letter like any other, or is refused where it cannot be meant.
 */
#include "api/path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int path_hex(char digit)
{
	if (isdigit((unsigned char)digit))
		return digit - '0';
	return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

/* In place. -1: a bad escape, or NUL. */
static int path_decode(char *text)
{
	char *into = text;

	for (; *text; text++) {
		int high, low;

		if (*text != '%') {
			*into++ = *text;
			continue;
		}
		high = path_hex(text[1]);
		low = high < 0 ? -1 : path_hex(text[2]);
		if (low < 0 || !(high | low))
			return -1;
		*into++ = (char)(high << 4 | low);
		text += 2;
	}
	*into = '\0';
	return 0;
}

static int path_refuse_escape(struct error *error, const char *piece)
{
	return error_set(error, ERROR_MALFORMED,
			 "\"%.100s\" has an escape that is none: '%%' needs two hexadecimal "
			 "digits behind it that are not 00",
			 piece);
}

static int path_segment(char *segment, struct api_call *call, struct error *error)
{
	if (call->segment_count == API_PATH_SEGMENTS)
		return error_set(error, ERROR_MALFORMED, "the path has more than %d segments",
				 API_PATH_SEGMENTS);
	if (path_decode(segment))
		return path_refuse_escape(error, segment);
	if (strchr(segment, '/') || !strcmp(segment, ".") || !strcmp(segment, ".."))
		return error_set(error, ERROR_MALFORMED,
				 "\"%.100s\" cannot be a segment of a path", segment);
	call->segments[call->segment_count++] = segment;
	return 0;
}

/* path: without the slash in front. Only the last segment may be empty. */
static int path_segments(char *path, struct api_call *call, struct error *error)
{
	char *segment;

	if (!*path)
		return 0;
	while ((segment = strsep(&path, "/"))) {
		if (!*segment && path)
			return error_set(error, ERROR_MALFORMED,
					 "the path has \"//\", a segment without a name");
		if (path_segment(segment, call, error))
			return -1;
	}
	return 0;
}

static bool path_has_query(const struct api_call *call, const char *key)
{
	for (unsigned int i = 0; i < call->query_count; i++) {
		if (!strcmp(call->query_keys[i], key))
			return true;
	}
	return false;
}

static int path_pair(char *pair, struct api_call *call, struct error *error)
{
	char *value = strchr(pair, '=');

	if (call->query_count == API_QUERY_KEYS)
		return error_set(error, ERROR_MALFORMED,
				 "the query has more than %d parameters", API_QUERY_KEYS);
	if (value)
		*value++ = '\0';
	if (path_decode(pair))
		return path_refuse_escape(error, pair);
	if (value && path_decode(value))
		return path_refuse_escape(error, value);
	if (!*pair)
		return error_set(error, ERROR_MALFORMED,
				 "the query has a parameter without a name");
	if (path_has_query(call, pair))
		return error_set(error, ERROR_MALFORMED,
				 "the query parameter \"%.100s\" is given twice", pair);
	call->query_keys[call->query_count] = pair;
	call->query_values[call->query_count++] = value ? value : "";
	return 0;
}

static int path_query(char *query, struct api_call *call, struct error *error)
{
	char *pair;

	while ((pair = strsep(&query, "&"))) {
		if (*pair && path_pair(pair, call, error))
			return -1;
	}
	return 0;
}

/* The path behind a "/v1" that is a whole segment; it is remembered. */
static char *path_version(char *path, struct api_call *call)
{
	if (strncmp(path, "/v1", 3) || (path[3] && path[3] != '/'))
		return path + 1;
	strcpy(call->prefix, "/v1");
	return path[3] ? path + 4 : path + 3;
}

/* What must not stand in a URL as it is: RFC 3986, 2. */
static bool path_is_raw(const char *target)
{
	for (const char *at = target; *at; at++) {
		if (*at <= ' ' || *at > '~' || *at == '\\' || *at == '#')
			return true;
	}
	return false;
}

int path_parse(const char *target, struct api_call *call, struct error *error)
{
	size_t length = strlen(target);
	char *path = call->text, *query;

	call->segment_count = 0;
	call->query_count = 0;
	call->prefix[0] = '\0';
	if (*target != '/' || length >= sizeof(call->text))
		return error_set(error, ERROR_MALFORMED, "the target is not a path");
	if (path_is_raw(target))
		return error_set(error, ERROR_MALFORMED,
				 "the target has a byte that must be percent-encoded");
	memcpy(path, target, length + 1);
	query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	if (path_segments(path_version(path, call), call, error))
		return -1;
	return query ? path_query(query, call, error) : 0;
}
