/*
 * From text to json-c's tree and from there to values. Every getter is made of
 * two: one that finds a member, and one that reads the value at a place and
 * complains there.
 */
#include "api/json_reader.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/json_scan.h"

void json_free(struct json_object **tree)
{
	json_object_put(*tree);
	*tree = NULL;
}

/* The text has passed the gate: json-c has nothing to refuse but for want of memory. */
static int json_build_tree(const char *body, size_t length, struct json_object **ret,
			   struct error *error)
{
	/* To json-c a value within the innermost level is a level, too. */
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH + 1);
	bool built = false;

	if (tokener) {
		*ret = json_tokener_parse_ex(tokener, body, (int)length);
		/* A number or word at the top could go on: a space ends it. */
		if (json_tokener_get_error(tokener) == json_tokener_continue)
			*ret = json_tokener_parse_ex(tokener, " ", 1);
		built = json_tokener_get_error(tokener) == json_tokener_success;
		json_tokener_free(tokener);
	}
	return built ? 0 : error_set(error, ERROR_BUSY, "no memory to read the body");
}

static int json_check_top(struct json_object *tree, enum json_top top, struct error *error)
{
	const struct json_place place = json_top_place(tree, "", error);

	if (json_is_object(&place))
		return 0;
	switch (top) {
	case JSON_TOP_OBJECT:
	case JSON_TOP_LARGE_OBJECT:
		return json_complain_type(&place, "an object");
	case JSON_TOP_OBJECT_OR_ARRAY:
		return json_is_array(&place) ?
			       0 :
			       json_complain_type(&place, "an object or an array of objects");
	}
	return -1;
}

int json_read_body(const char *body, size_t length, enum json_top top, struct json_object **ret,
		   struct error *error)
{
	static const size_t memory[] = {
		[JSON_TOP_OBJECT] = JSON_MEMORY_OBJECT,
		[JSON_TOP_OBJECT_OR_ARRAY] = JSON_MEMORY_ARRAY,
		[JSON_TOP_LARGE_OBJECT] = JSON_MEMORY_ARRAY,
	};
	struct json_object *tree CLEANUP_JSON = NULL;

	*ret = NULL;
	if (length > INT_MAX)
		return error_set(error, ERROR_TOO_LARGE, "the body is too long");
	if (json_scan(body, length, memory[top], error) ||
	    json_build_tree(body, length, &tree, error) || json_check_top(tree, top, error))
		return -1;
	*ret = json_object_get(tree);
	return 0;
}

struct json_place json_top_place(struct json_object *tree, const char *prefix,
				 struct error *error)
{
	struct json_place place = { .value = tree, .error = error };

	snprintf(place.pointer, sizeof(place.pointer), "%s", prefix);
	return place;
}

bool json_is_object(const struct json_place *place)
{
	return json_object_is_type(place->value, json_type_object);
}

bool json_is_array(const struct json_place *place)
{
	return json_object_is_type(place->value, json_type_array);
}

bool json_is_string(const struct json_place *place)
{
	return json_object_is_type(place->value, json_type_string);
}

static void json_put(struct json_place *place, size_t *length, char byte)
{
	if (*length + 1 < sizeof(place->pointer))
		place->pointer[(*length)++] = byte;
}

/* The place of a member; in a pointer '~' and '/' are written ~0 and ~1 (RFC 6901). */
static void json_step(struct json_place *ret, const struct json_place *from, const char *name,
		      struct json_object *value)
{
	size_t length = strlen(from->pointer);

	ret->value = value;
	ret->error = from->error;
	if (ret != from)
		memcpy(ret->pointer, from->pointer, length);
	json_put(ret, &length, '/');
	for (; *name; name++) {
		json_put(ret, &length, *name == '/' ? '~' : *name);
		if (*name == '/' || *name == '~')
			json_put(ret, &length, *name == '/' ? '1' : '0');
	}
	ret->pointer[length] = '\0';
}

bool json_find(const struct json_place *place, const char *name, struct json_place *ret)
{
	struct json_object *value;

	if (!json_is_object(place) || !json_object_object_get_ex(place->value, name, &value) ||
	    !value)
		return false;
	json_step(ret, place, name, value);
	return true;
}

bool json_is_null_member(struct json_object *object, const char *path)
{
	size_t length = strcspn(path, "/");
	char head[64];

	if (length >= sizeof(head) || !json_object_is_type(object, json_type_object))
		return false;
	memcpy(head, path, length);
	head[length] = '\0';
	if (!json_object_object_get_ex(object, head, &object))
		return false;
	return !object || (path[length] && json_is_null_member(object, path + length + 1));
}

struct json_place json_member_place(const struct json_place *place, const char *name)
{
	struct json_place member;

	json_step(&member, place, name, NULL);
	return member;
}

bool json_need(const struct json_place *place, const char *name, struct json_place *ret)
{
	struct json_place absent;

	if (json_find(place, name, ret))
		return true;
	absent = json_member_place(place, name);
	json_complain(&absent, "required", "\"%s\" is needed here", name);
	return false;
}

size_t json_count(const struct json_place *place)
{
	return json_is_array(place) ? json_object_array_length(place->value) : 0;
}

struct json_place json_item(const struct json_place *place, size_t index)
{
	struct json_place item;
	char name[24];

	snprintf(name, sizeof(name), "%zu", index);
	json_step(&item, place, name, json_object_array_get_idx(place->value, index));
	return item;
}

int json_complain(const struct json_place *place, const char *code, const char *format, ...)
{
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return error_member(place->error, place->pointer, code, "%s", text);
}

int json_complain_type(const struct json_place *place, const char *what)
{
	static const char *const names[] = {
		[json_type_null] = "null",
		[json_type_boolean] = "a boolean",
		[json_type_double] = "a number with a fraction or exponent",
		[json_type_int] = "a number",
		[json_type_object] = "an object",
		[json_type_array] = "an array",
		[json_type_string] = "a string",
	};

	return json_complain(place, "type", "it must be %s, not %s", what,
			     names[json_object_get_type(place->value)]);
}
