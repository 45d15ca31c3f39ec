/* RFC 7396, section 2, on json-c's trees; their depth is bounded by the reader. */
#include "api/json_merge.h"

#include <json-c/json.h>

static int json_merge_member(struct json_object *target, const char *name,
			     struct json_object *value)
{
	struct json_object *old = json_object_object_get(target, name), *fresh;

	if (!json_object_is_type(value, json_type_object))
		return json_object_object_add(target, name, json_object_get(value));
	if (json_object_is_type(old, json_type_object))
		return json_merge(old, value);
	/* Into an empty object: the nulls in a new one are nothing, too. */
	fresh = json_object_new_object();
	if (fresh && !json_merge(fresh, value) && !json_object_object_add(target, name, fresh))
		return 0;
	json_object_put(fresh);
	return -1;
}

int json_merge(struct json_object *target, struct json_object *patch)
{
	json_object_object_foreach(patch, name, value)
	{
		if (!value)
			json_object_object_del(target, name);
		else if (json_merge_member(target, name, value))
			return -1;
	}
	return 0;
}
