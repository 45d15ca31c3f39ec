/*
 * The walk over a table: which rows share an object, which stand for others.
 * What a single value looks like is in json_row_read.c and json_row_write.c.
 */
#include "api/json_rows.h"

#include <json-c/json.h>
#include <string.h>

bool json_row_group(const struct row *row, char ret[JSON_GROUP_SIZE])
{
	size_t head = strcspn(row->name, "/");

	if (!row->name[head] || head >= JSON_GROUP_SIZE)
		return false;
	memcpy(ret, row->name, head);
	ret[head] = '\0';
	return true;
}

const char *json_row_leaf(const struct row *row)
{
	const char *slash = strchr(row->name, '/');

	return slash ? slash + 1 : row->name;
}

/* Rows of one group, or both of none. */
static bool json_same_group(const struct row *a, const struct row *b)
{
	size_t head = strcspn(a->name, "/");

	if (!a->name[head])
		return !strchr(b->name, '/');
	return !strncmp(a->name, b->name, head + 1);
}

/* Does the shorthand stand for this row? */
static bool json_stands_for(const struct row *shorthand, const struct row *row)
{
	return !(row->flags & ROW_SHORTHAND) &&
	       (row->offset == shorthand->offset || row->offset == shorthand->twin);
}

static int json_check_shorthand(const struct json_place *object, const struct row *rows,
				const struct row *shorthand)
{
	struct json_place member;
	int result = 0;

	for (const struct row *row = rows; row->name; row++) {
		if (json_stands_for(shorthand, row) &&
		    json_find(object, json_row_leaf(row), &member))
			result =
				json_complain(&member, "conflict",
					      "\"%s\" says this already: give only one of them",
					      json_row_leaf(shorthand));
	}
	return result;
}

static int json_read_shorthand(const struct json_place *object, const struct json_place *value,
			       const struct row *rows, const struct row *row, void *record,
			       struct given *given)
{
	int conflict = json_check_shorthand(object, rows, row);

	/* In any case, so that one answer names all that is wrong. */
	if (json_row_read_value(value, row, record) || conflict)
		return -1;
	memcpy((char *)record + row->twin, row_value(row, record), sizeof(uint32_t));
	give_at(given, row->offset);
	give_at(given, row->twin);
	return 0;
}

static int json_read_row(const struct json_place *object, const struct row *rows,
			 const struct row *row, void *record, struct given *given)
{
	struct json_place value;

	if (!json_find(object, json_row_leaf(row), &value))
		return 0;
	if (row->flags & ROW_SHORTHAND)
		return json_read_shorthand(object, &value, rows, row, record, given);
	if (json_row_read_value(&value, row, record))
		return -1;
	give_at(given, row->offset);
	return 0;
}

/* One bit for each letter that a member begins with: of a long table most rows need no look-up. */
static uint32_t json_heads(const struct json_place *place)
{
	uint32_t heads = 0;

	if (!json_is_object(place))
		return 0;
	json_object_object_foreach(place->value, name, value)
	{
		(void)value;
		heads |= UINT32_C(1) << (name[0] & 31);
	}
	return heads;
}

static bool json_is_absent(uint32_t heads, const struct row *row)
{
	return !(heads >> (row->name[0] & 31) & 1) && !(row->flags & ROW_REQUIRED);
}

int json_rows_read(const struct json_place *place, const struct row *rows, void *record,
		   struct given *given)
{
	const struct json_place *object = place; /* NULL: the group's is not there */
	const struct row *previous = NULL;
	const uint32_t heads = json_heads(place);
	struct json_place inner;
	char group[JSON_GROUP_SIZE];
	int result = 0, found;

	for (const struct row *row = rows; row && row->name; previous = row++) {
		while (row->name && json_is_absent(heads, row))
			row++;
		if (!row->name)
			break;
		if (!previous || !json_same_group(previous, row)) {
			object = place;
			if (json_row_group(row, group)) {
				found = json_read_object(place, group, &inner);
				object = found == 1 ? &inner : NULL;
				result = found < 0 ? -1 : result;
			}
		}
		if (object && json_read_row(object, rows, row, record, given))
			result = -1;
	}
	return result;
}

static bool json_shorthand_fits(const struct row *shorthand, const void *record,
				const struct given *given)
{
	return given_at(given, shorthand->offset) && given_at(given, shorthand->twin) &&
	       !memcmp(row_value(shorthand, record), (const char *)record + shorthand->twin,
		       sizeof(uint32_t));
}

/* Is the row to be written? One that a shorthand speaks for is not. */
static bool json_row_shows(const struct row *rows, const struct row *shorthands,
			   const struct row *row, const void *record, const struct given *given)
{
	if (row->flags & ROW_SHORTHAND)
		return json_shorthand_fits(row, record, given);
	if (!given_at(given, row->offset))
		return false;
	for (const struct row *other = shorthands ? rows : NULL; other && other->name;
	     other++) {
		if ((other->flags & ROW_SHORTHAND) && json_stands_for(other, row) &&
		    json_shorthand_fits(other, record, given))
			return false;
	}
	return true;
}

static const struct row *json_first_shorthand(const struct row *rows)
{
	for (const struct row *row = rows; row && row->name; row++) {
		if (row->flags & ROW_SHORTHAND)
			return row;
	}
	return NULL;
}

void json_rows_write(struct json_writer *writer, const struct row *rows, const void *record,
		     const struct given *given)
{
	const struct row *shorthands = json_first_shorthand(rows);
	const struct row *open = NULL; /* the last one written of a group that is open */

	for (const struct row *row = rows; row && row->name; row++) {
		const char *leaf;

		if (!json_row_shows(rows, shorthands, row, record, given) ||
		    (writer->steady && (row->flags & ROW_RUNS)))
			continue;
		leaf = json_row_leaf(row);
		if (open && !json_same_group(open, row)) {
			json_write_object_end(writer);
			open = NULL;
		}
		if (!open && leaf != row->name) {
			json_write_name_bytes(writer, row->name,
					      (size_t)(leaf - row->name) - 1);
			json_write_object(writer);
			open = row;
		}
		json_write_name(writer, leaf);
		json_row_write_value(writer, row, record);
	}
	if (open)
		json_write_object_end(writer);
}
