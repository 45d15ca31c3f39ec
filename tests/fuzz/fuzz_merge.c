/*
 * Merge patch, by the words of RFC 7396: two objects, a line each, the second
 * merged into the first.
 */
#include <json-c/json.h>
#include <string.h>

#include "api/json_merge.h"
#include "api/json_reader.h"
#include "tests/fuzz/fuzz.h"

static struct json_object *tree_of(const void *text, size_t length)
{
	struct json_object *tree;
	struct error error;

	error_clear(&error);
	return json_read_body(text, length, JSON_TOP_OBJECT, &tree, &error) ? NULL : tree;
}

/* A member that is there, be it null. */
static bool has(struct json_object *object, const char *name, struct json_object **ret)
{
	*ret = NULL;
	return json_object_is_type(object, json_type_object) &&
	       json_object_object_get_ex(object, name, ret);
}

/* before: what was there, of any type, or NULL. */
static void check(struct json_object *before, struct json_object *patch,
		  struct json_object *after)
{
	struct json_object *old, *new;

	PROMISE(json_object_is_type(after, json_type_object), "an object");
	json_object_object_foreach(patch, name, value)
	{
		bool there = has(after, name, &new);

		(void)has(before, name, &old);
		PROMISE(there == (value != NULL), "null takes away, all else is there");
		if (json_object_is_type(value, json_type_object))
			check(old, value, new);
		else if (value)
			PROMISE(json_object_equal(value, new), "what the patch says");
	}
	if (!json_object_is_type(before, json_type_object))
		return;
	json_object_object_foreach(before, kept, was)
	{
		if (!has(patch, kept, &old))
			PROMISE(has(after, kept, &new) && json_object_equal(was, new),
				"what the patch does not name stays");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	struct json_object *before CLEANUP_JSON = NULL, *after CLEANUP_JSON = NULL;
	struct json_object *patch CLEANUP_JSON = NULL, *as_sent CLEANUP_JSON = NULL;
	size_t first = line ? (size_t)(line - data) : 0;

	if (!line)
		return 0;
	before = tree_of(data, first);
	patch = tree_of(line + 1, size - first - 1);
	if (!before || !patch)
		return 0;
	after = tree_of(data, first);
	as_sent = tree_of(line + 1, size - first - 1);
	PROMISE(!json_merge(after, patch), "there is memory");
	check(before, as_sent, after);
	PROMISE(json_object_equal(patch, as_sent), "the patch stays as it was");
	/* Once more changes nothing. */
	PROMISE(!json_merge(after, patch), "there is memory");
	check(before, as_sent, after);
	return 0;
}
