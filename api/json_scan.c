/*
 * By recursive descent; the depth is bounded, so the stack is. What is open is
 * remembered on the way, so that a complaint can say where it is.
 */
#include "api/json_scan.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_names.h"
#include "api/json_token.h"

/* What json-c 0.16 allocates with malloc's overhead, rounded up; measured. */
enum {
	COST_VALUE = 128, /* a number or string, without its text; a place in an array */
	COST_ARRAY = 256,
	COST_OBJECT = 832, /* it starts with room for ten members */
	COST_MEMBER = 160, /* its place and its name, without the name's text */
};

/* One of the arrays and objects that are open. */
struct json_level {
	bool is_object, has_name;
	struct json_string name; /* of the member that is being read */
	size_t index;		 /* of the element */
};

struct json_scan {
	struct json_cursor cursor;
	struct json_level levels[JSON_DEPTH];
	unsigned int depth;
	struct json_names names;
	size_t memory; /* what is left */
	struct error *error;
};

static size_t json_put_step(char *pointer, size_t size, size_t length, char byte)
{
	if (length + 1 < size)
		pointer[length++] = byte;
	return length;
}

/* A name as a step of a JSON pointer: '~' and '/' are written ~0 and ~1 (RFC 6901). */
static size_t json_put_name(const struct json_scan *scan, const struct json_string *name,
			    char *pointer, size_t size, size_t length)
{
	struct json_string_place place = { 0 };
	int byte;

	while ((byte = json_string_byte(scan->cursor.text, name, &place)) >= 0) {
		if (byte != '~' && byte != '/') {
			length = json_put_step(pointer, size, length, (char)byte);
			continue;
		}
		length = json_put_step(pointer, size, length, '~');
		length = json_put_step(pointer, size, length, byte == '~' ? '0' : '1');
	}
	return length;
}

/* Where the scan is; an object whose next name has not been read yet counts itself. */
static void json_scan_pointer(const struct json_scan *scan, char *pointer, size_t size)
{
	size_t length = 0;

	for (unsigned int i = 0; i < scan->depth && i < JSON_DEPTH; i++) {
		const struct json_level *level = &scan->levels[i];
		char index[24];

		if (level->is_object && !level->has_name)
			break;
		length = json_put_step(pointer, size, length, '/');
		snprintf(index, sizeof(index), "%zu", level->index);
		if (level->is_object)
			length = json_put_name(scan, &level->name, pointer, size, length);
		else
			for (const char *digit = index; *digit; digit++)
				length = json_put_step(pointer, size, length, *digit);
	}
	pointer[length] = '\0';
}

/* " at line 3, column 7", of the cursor. */
static void json_scan_position(const struct json_scan *scan, char *text, size_t size)
{
	const struct json_cursor *cursor = &scan->cursor;
	size_t line = 1, column = 1;

	for (size_t i = 0; i < cursor->at && i < cursor->length; i++) {
		column = cursor->text[i] == '\n' ? 1 : column + 1;
		line += cursor->text[i] == '\n';
	}
	snprintf(text, size, " at line %zu, column %zu", line, column);
}

/* A complaint about the place where the scan is. what is the start of a sentence. */
static int json_scan_refuse(const struct json_scan *scan, enum error_kind kind,
			    const char *code, const char *what)
{
	struct error *error = scan->error;
	char pointer[sizeof(error->members[0].pointer)], position[64];

	json_scan_pointer(scan, pointer, sizeof(pointer));
	json_scan_position(scan, position, sizeof(position));
	error_member(error, pointer, code, "%.120s%s", what, position);
	return error_set(error, kind, "%s%s%s%s", what, position, *pointer ? ", in " : "",
			 pointer);
}

static int json_scan_malformed(const struct json_scan *scan)
{
	char what[120];

	if (scan->cursor.range)
		return json_scan_refuse(scan, ERROR_INVALID, "range", scan->cursor.wrong);
	snprintf(what, sizeof(what), "the body is not JSON: %s", scan->cursor.wrong);
	return json_scan_refuse(scan, ERROR_MALFORMED, "syntax", what);
}

static int json_scan_wrong(struct json_scan *scan, const char *wrong)
{
	json_wrong(&scan->cursor, scan->cursor.at,
		   json_peek(&scan->cursor) < 0 ? "it ends too early," : wrong);
	return json_scan_malformed(scan);
}

static int json_scan_cost(struct json_scan *scan, size_t cost)
{
	if (cost > scan->memory)
		return json_scan_refuse(scan, ERROR_TOO_LARGE, "size",
					"the body has too many values: the memory for it ends");
	scan->memory -= cost;
	return 0;
}

static int json_scan_open(struct json_scan *scan, bool is_object)
{
	if (scan->depth == JSON_DEPTH)
		return json_scan_refuse(
			scan, ERROR_MALFORMED, "depth",
			"the body has more than 16 levels of arrays and objects");
	scan->levels[scan->depth++] = (struct json_level){ .is_object = is_object };
	scan->cursor.at++;
	json_skip_space(&scan->cursor);
	return json_scan_cost(scan, is_object ? COST_OBJECT : COST_ARRAY);
}

static int json_scan_close(struct json_scan *scan, char bracket)
{
	if (!json_take(&scan->cursor, bracket))
		return json_scan_wrong(scan, bracket == ']' ?
						     "neither a comma nor the array's end" :
						     "neither a comma nor the object's end");
	scan->depth--;
	return 0;
}

static int json_scan_value(struct json_scan *scan);

static int json_scan_array(struct json_scan *scan)
{
	struct json_level *level = &scan->levels[scan->depth];

	if (json_scan_open(scan, false))
		return -1;
	if (json_peek(&scan->cursor) == ']')
		return json_scan_close(scan, ']');
	do {
		if (json_scan_value(scan))
			return -1;
		level->index++;
	} while (json_take(&scan->cursor, ','));
	return json_scan_close(scan, ']');
}

/* A string where a name is needed; then the level stands on its member. */
static int json_scan_name(struct json_scan *scan, struct json_level *level)
{
	struct json_cursor *cursor = &scan->cursor;
	struct json_string name;

	level->has_name = false;
	json_skip_space(cursor);
	if (json_peek(cursor) != '"')
		return json_scan_wrong(scan, json_peek(cursor) == '\'' ?
						     "a single quote (names have double ones)" :
						     "a member needs a name in double quotes");
	if (!json_token_string(cursor, &name))
		return json_scan_malformed(scan);
	level->name = name;
	level->has_name = true;
	if (name.has_nul) {
		cursor->at = name.start;
		return json_scan_refuse(scan, ERROR_MALFORMED, "format",
					"the body has a name with NUL in it");
	}
	if (!json_names_add(&scan->names, &name))
		return error_set(scan->error, ERROR_BUSY, "no memory to read the body");
	return json_scan_cost(scan, COST_MEMBER + name.length);
}

static int json_scan_member(struct json_scan *scan, struct json_level *level)
{
	if (json_scan_name(scan, level))
		return -1;
	json_skip_space(&scan->cursor);
	if (!json_take(&scan->cursor, ':'))
		return json_scan_wrong(scan, "no colon behind a member's name");
	return json_scan_value(scan);
}

static int json_scan_twice(struct json_scan *scan, struct json_level *level,
			   const struct json_string *name)
{
	char what[160];

	level->name = *name;
	scan->cursor.at = name->start - 1;
	snprintf(what, sizeof(what), "an object of the body names the member \"%.*s\" twice,",
		 name->length > 60 ? 60 : (int)name->length, scan->cursor.text + name->start);
	return json_scan_refuse(scan, ERROR_MALFORMED, "duplicate", what);
}

static int json_scan_members(struct json_scan *scan, struct json_level *level, size_t first)
{
	do {
		if (scan->names.count - first == JSON_MEMBERS) {
			level->has_name = false;
			return json_scan_refuse(scan, ERROR_TOO_LARGE, "size",
						"an object of the body has more than "
						"1000 members");
		}
		if (json_scan_member(scan, level))
			return -1;
	} while (json_take(&scan->cursor, ','));
	return 0;
}

static int json_scan_object(struct json_scan *scan)
{
	struct json_level *level = &scan->levels[scan->depth];
	size_t first = scan->names.count;
	struct json_string twice;

	if (json_scan_open(scan, true))
		return -1;
	if (json_peek(&scan->cursor) != '}' && json_scan_members(scan, level, first))
		return -1;
	level->has_name = false;
	if (json_peek(&scan->cursor) == '}' &&
	    json_names_end(&scan->names, first, scan->cursor.text, &twice)) {
		level->has_name = true;
		return json_scan_twice(scan, level, &twice);
	}
	return json_scan_close(scan, '}');
}

static int json_scan_string(struct json_scan *scan)
{
	struct json_string string;

	if (!json_token_string(&scan->cursor, &string))
		return json_scan_malformed(scan);
	return json_scan_cost(scan, COST_VALUE + string.length);
}

static int json_scan_number(struct json_scan *scan)
{
	size_t start = scan->cursor.at;

	if (!json_token_number(&scan->cursor))
		return json_scan_malformed(scan);
	return json_scan_cost(scan, COST_VALUE + scan->cursor.at - start);
}

static int json_scan_word(struct json_scan *scan)
{
	if (!json_token_word(&scan->cursor))
		return json_scan_malformed(scan);
	return json_scan_cost(scan, COST_VALUE);
}

static int json_scan_scalar(struct json_scan *scan)
{
	int byte = json_peek(&scan->cursor);

	if (byte == '"')
		return json_scan_string(scan);
	if (byte == '-' || (byte >= '0' && byte <= '9'))
		return json_scan_number(scan);
	if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))
		return json_scan_word(scan);
	if (byte == '\'')
		return json_scan_wrong(scan, "a single quote (strings have double ones)");
	return json_scan_wrong(scan, "a value is needed here");
}

/* A value and the space around it. */
static int json_scan_value(struct json_scan *scan)
{
	int result;

	json_skip_space(&scan->cursor);
	switch (json_peek(&scan->cursor)) {
	case '{':
		result = json_scan_object(scan);
		break;
	case '[':
		result = json_scan_array(scan);
		break;
	default:
		result = json_scan_scalar(scan);
		break;
	}
	json_skip_space(&scan->cursor);
	return result;
}

static int json_scan_text(struct json_scan *scan)
{
	struct json_cursor *cursor = &scan->cursor;

	json_skip_space(cursor);
	if (cursor->at == cursor->length)
		return error_set(scan->error, ERROR_MALFORMED,
				 "a body is needed here: a JSON object%s",
				 cursor->length ? ", not only space" : "");
	if (cursor->length >= 3 && !memcmp(cursor->text, "\xef\xbb\xbf", 3))
		return json_scan_wrong(scan, "a byte order mark, which JSON must not have,");
	if (json_scan_value(scan))
		return -1;
	if (cursor->at < cursor->length)
		return json_scan_wrong(scan, "something follows behind its end");
	return 0;
}

int json_scan(const char *text, size_t length, size_t memory, struct error *error)
{
	struct json_scan scan = { .cursor = { .text = text, .length = length },
				  .memory = memory,
				  .error = error };
	int result = json_scan_text(&scan);

	free(scan.names.list);
	return result;
}
