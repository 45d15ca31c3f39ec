/* What is told as plain values, as members of an open object. */
#include "api/detail_json.h"

#include <string.h>

static void tell_end(struct detail_json *telling, const char *group, const char *list)
{
	if (telling->list && (!list || strcmp(list, telling->list) != 0)) {
		json_write_array_end(telling->writer);
		telling->list = NULL;
	}
	if (telling->group && (!group || strcmp(group, telling->group) != 0)) {
		json_write_object_end(telling->writer);
		telling->group = NULL;
	}
}

void detail_json_tell(const struct detail *detail, void *context)
{
	struct detail_json *telling = context;
	struct json_writer *writer = telling->writer;
	bool item = detail->type == DETAIL_ITEM;

	tell_end(telling, detail->group, item ? detail->name : NULL);
	if (detail->group && !telling->group)
		json_member_object(writer, detail->group);
	telling->group = detail->group;
	if (item && !telling->list)
		json_member_array(writer, detail->name);
	telling->list = item ? detail->name : NULL;
	if (item)
		json_write_string(writer, detail->text);
	else if (detail->type == DETAIL_TEXT)
		json_member_string(writer, detail->name, detail->text);
	else if (detail->type == DETAIL_BOOL)
		json_member_boolean(writer, detail->name, detail->number);
	else
		json_member_number(writer, detail->name, detail->number);
}

void detail_json_end(struct detail_json *telling)
{
	tell_end(telling, NULL, NULL);
}
