/* Shorthands in a merge patch: "key" in what is there, "input_key" in what is asked. */
#include <json-c/json.h>

#include "api/json_rows.h"

static bool stands_for(const struct row *shorthand, const struct row *row)
{
	return !(row->flags & ROW_SHORTHAND) &&
	       (row->offset == shorthand->offset || row->offset == shorthand->twin);
}

static bool asked_for_part(const struct row *rows, const struct row *shorthand,
			   struct json_object *asked)
{
	for (const struct row *row = rows; row->name; row++) {
		if (stands_for(shorthand, row) &&
		    json_object_object_get_ex(asked, row->name, NULL))
			return true;
	}
	return false;
}

/* The parts that asked does not name: out of body, or with the shorthand's value. */
static void set_parts(const struct row *rows, const struct row *shorthand,
		      struct json_object *body, struct json_object *asked,
		      struct json_object *value)
{
	for (const struct row *row = rows; row->name; row++) {
		if (!stands_for(shorthand, row) ||
		    json_object_object_get_ex(asked, row->name, NULL))
			continue;
		if (value)
			json_object_object_add(body, row->name, json_object_get(value));
		else
			json_object_object_del(body, row->name);
	}
}

static void settle(const struct row *rows, const struct row *shorthand,
		   struct json_object *body, struct json_object *asked)
{
	struct json_object *value = NULL;

	if (json_object_object_get_ex(asked, shorthand->name, NULL)) {
		set_parts(rows, shorthand, body, asked, NULL);
	} else if (asked_for_part(rows, shorthand, asked) &&
		   json_object_object_get_ex(body, shorthand->name, &value)) {
		set_parts(rows, shorthand, body, asked, value);
		json_object_object_del(body, shorthand->name);
	}
}

void json_rows_settle_shorthand(const struct row *rows, struct json_object *body,
				struct json_object *asked)
{
	for (const struct row *row = rows; row->name && body != asked; row++) {
		if (row->flags & ROW_SHORTHAND)
			settle(rows, row, body, asked);
	}
}
