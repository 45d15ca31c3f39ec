/* What has passed the gate is an array for sure: its items are found by their brackets and commas. */
#include "api/json_items.h"

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "api/json_reader.h"
#include "api/json_scan.h"

enum { ITEMS_GROUP = 4 * 1024 /* of text: what a group is to have, and no more items */ };

static const char *items_skip_space(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

bool json_items_are(const char *body, size_t length)
{
	const char *at = items_skip_space(body, body + length);

	return at < body + length && *at == '[';
}

/* Behind the string that begins here. */
static const char *items_skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at + 1;
}

/* Behind the value that begins here. */
static const char *items_skip_value(const char *at, const char *end)
{
	int depth = 0;

	while (at < end) {
		switch (*at) {
		case '"':
			at = items_skip_string(at, end);
			continue;
		case '[':
		case '{':
			depth++;
			break;
		case ']':
		case '}':
			if (!depth--)
				return at;
			break;
		case ',':
			if (!depth)
				return at;
		}
		at++;
	}
	return at;
}

static size_t items_count(const char *at, const char *end)
{
	size_t count = 0;

	for (at = items_skip_space(at, end); at < end && *at != ']'; count++) {
		at = items_skip_value(at, end);
		at += at < end && *at == ',';
	}
	return count;
}

/* To json-c a value within the innermost level is a level, too. */
static int items_start(struct json_items *items, struct error *error)
{
	items->tokener = json_tokener_new_ex(JSON_DEPTH + 1);
	return items->tokener ? 0 : error_set(error, ERROR_BUSY, "no memory to read the body");
}

int json_items_open(const char *body, size_t length, struct json_items *ret,
		    struct error *error)
{
	const char *begin = items_skip_space(body, body + length);

	*ret = (struct json_items){ .next = begin + 1, .end = body + length };
	if (length > INT_MAX)
		return error_set(error, ERROR_TOO_LARGE, "the body is too long");
	if (json_scan(body, length, JSON_MEMORY_ARRAY, error))
		return -1;
	ret->count = items_count(ret->next, ret->end);
	return items_start(ret, error);
}

int json_items_split(struct json_items *items, struct json_items *ret, struct error *error)
{
	*ret = *items;
	ret->tokener = NULL;
	items->count /= 2;
	ret->count -= items->count;
	for (size_t i = 0; i < items->count; i++)
		ret->next = items_skip_value(ret->next, ret->end) + 1;
	return items_start(ret, error);
}

/* Behind the last item of the next group: as many as fit, and one at least. */
static const char *items_group_end(struct json_items *items)
{
	const char *end = items->next;

	items->in_group = 0;
	do
		end = items_skip_value(end + !!items->in_group, items->end);
	while (++items->in_group < items->count && end - items->next < ITEMS_GROUP);
	return end;
}

/*
 * The next group as an array of its own. json-c sets a locale at each call, which for small
 * items takes longer than the items.
 */
static int items_read_group(struct json_items *items, struct error *error)
{
	const char *end = items_group_end(items);

	json_object_put(items->group);
	items->given = 0;
	json_tokener_reset(items->tokener);
	(void)json_tokener_parse_ex(items->tokener, "[", 1);
	(void)json_tokener_parse_ex(items->tokener, items->next, (int)(end - items->next));
	items->group = json_tokener_parse_ex(items->tokener, "]", 1);
	items->next = end + 1;
	return items->group ? 0 : error_set(error, ERROR_BUSY, "no memory to read the body");
}

int json_items_next(struct json_items *items, struct json_object **ret, struct error *error)
{
	if (items->given == items->in_group && items_read_group(items, error))
		return -1;
	*ret = json_object_get(json_object_array_get_idx(items->group, items->given));
	items->given++;
	items->count--;
	return 0;
}

void json_items_close(struct json_items *items)
{
	json_object_put(items->group);
	if (items->tokener)
		json_tokener_free(items->tokener);
	*items = (struct json_items){ 0 };
}
