/*
 * Members that nobody knows are refused by name: a misspelt option that is
 * silently ignored is a tunnel that does not work. What is known comes from the
 * rows, whose names may have two parts, and from lists of further names.
 */
#include <json-c/json.h>
#include <string.h>

#include "api/json_rows.h"
#include "api/near.h"

/* The names that one object may have. */
struct json_names {
	const struct row *const *tables; /* may be NULL */
	const char *const *more;	 /* may be NULL; of the outermost object */
	const char *group; /* in tables: names below this one; NULL: the first parts */
};

typedef bool json_name_hook(const char *name, size_t length, void *context);

/* The part of a row's name that is a member here; false if it has none. */
static bool json_row_part(const struct row *row, const char *group, const char **part,
			  size_t *length)
{
	size_t head = strcspn(row->name, "/");

	*part = group ? row->name + head + 1 : row->name;
	*length = group ? strlen(row->name) - head - 1 : head;
	return !group ||
	       (row->name[head] && strlen(group) == head && !memcmp(row->name, group, head));
}

/* Calls hook for each name until it says true, and returns that. */
static bool json_names_any(const struct json_names *names, json_name_hook *hook, void *context)
{
	const char *part;
	size_t length;

	for (const struct row *const *table = names->tables; table && *table; table++) {
		for (const struct row *row = *table; row->name; row++) {
			if (json_row_part(row, names->group, &part, &length) &&
			    hook(part, length, context))
				return true;
		}
	}
	for (const char *const *name = names->more; name && *name; name++) {
		if (hook(*name, strlen(*name), context))
			return true;
	}
	return false;
}

static bool json_name_is(const char *name, size_t length, void *context)
{
	return !strncmp(context, name, length) && !((const char *)context)[length];
}

/* A name of one part, as most are: the tables are long, and each member of each item is sought. */
static bool json_name_is_common(const struct json_names *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *const *more = names->more; more && *more; more++) {
		if (!strcmp(*more, name))
			return true;
	}
	if (names->group || strchr(name, '/'))
		return false;
	for (const struct row *const *table = names->tables; table && *table; table++) {
		for (const struct row *row = *table; row->name; row++) {
			if (row->name[0] == name[0] && !strncmp(row->name, name, length) &&
			    (!row->name[length] || row->name[length] == '/'))
				return true;
		}
	}
	return false;
}

static bool json_name_offer(const char *name, size_t length, void *context)
{
	near_offer(context, name, length);
	return false;
}

static int json_complain_unknown(const struct json_place *place, const struct json_names *names,
				 const char *name)
{
	struct json_place member = json_member_place(place, name);
	struct near near = { .word = name };
	char hint[NEAR_HINT_SIZE];

	/* What will only be counted needs no hint: of a long array that would take seconds. */
	if (place->error->member_count < ERROR_MEMBERS)
		json_names_any(names, json_name_offer, &near);
	return json_complain(&member, "unknown", "there is no member \"%.60s\" here%s", name,
			     near_hint(&near, hint));
}

static int json_refuse_names(const struct json_place *place, const struct json_names *names)
{
	int result = 0;

	if (!json_is_object(place))
		return 0;
	json_object_object_foreach(place->value, name, value)
	{
		(void)value;
		if (!json_name_is_common(names, name) &&
		    !json_names_any(names, json_name_is, name))
			result = json_complain_unknown(place, names, name);
	}
	return result;
}

int json_refuse_others(const struct json_place *place, const char *const *names)
{
	const struct json_names known = { .more = names };

	return json_refuse_names(place, &known);
}

/* The object of a group, if the body has one, whose first row this is. */
static int json_group_unknown(const struct json_place *place, const struct row *const *tables,
			      const char *group)
{
	const struct json_names known = { .tables = tables, .group = group };
	struct json_place inner;

	return json_find(place, group, &inner) ? json_refuse_names(&inner, &known) : 0;
}

static int json_groups_unknown(const struct json_place *place, const struct row *const *tables)
{
	char group[JSON_GROUP_SIZE];
	const char *previous = "";
	int result = 0;

	for (const struct row *const *table = tables; table && *table; table++) {
		for (const struct row *row = *table; row->name; previous = row++->name) {
			if (json_row_group(row, group) &&
			    strncmp(previous, row->name, strlen(group) + 1) &&
			    json_group_unknown(place, tables, group))
				result = -1;
		}
	}
	return result;
}

static bool json_has_objects(const struct json_place *place)
{
	if (!json_is_object(place))
		return false;
	json_object_object_foreach(place->value, name, value)
	{
		(void)name;
		if (json_object_is_type(value, json_type_object))
			return true;
	}
	return false;
}

int json_rows_unknown(const struct json_place *place, const struct row *const *tables,
		      const char *const *more)
{
	const struct json_names known = { .tables = tables, .more = more };
	int result = json_refuse_names(place, &known);

	if (!json_has_objects(place))
		return result;
	return json_groups_unknown(place, tables) ? -1 : result;
}

void json_rows_forget(const struct json_place *place, const struct row *const *tables,
		      const char *const *more, struct json_object *asked)
{
	const struct json_names known = { .tables = tables, .more = more };

	json_object_object_foreach(place->value, name, value)
	{
		(void)value;
		if (!json_names_any(&known, json_name_is, name) &&
		    !json_object_object_get_ex(asked, name, NULL))
			json_object_object_del(place->value, name);
	}
}
