#include "api/wish.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_merge.h"
#include "netops/text.h"

bool wish_owner_valid(const char *owner)
{
	size_t length = strspn(owner, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-");

	return length && length < WISH_OWNER_SIZE && !owner[length] &&
	       isalnum((unsigned char)owner[0]);
}

static void read_owner(const struct json_place *top, struct wish *ret)
{
	struct json_place place;
	const char *text;

	if (!json_find(top, "owner", &place) || json_value_string(&place, &text))
		return;
	if (wish_owner_valid(text))
		(void)text_copy(ret->owner, sizeof(ret->owner), text);
	else
		json_complain(&place, "format",
			      "an owner has 1 to 64 letters, digits, '.', '_' or '-', and "
			      "begins with a letter or digit");
}

static void check_label(const struct json_place *labels, const char *name,
			struct json_object *value)
{
	struct json_place place = json_member_place(labels, name);
	const char *text = json_object_get_string(value);

	if (!name[0] || strlen(name) >= WISH_OWNER_SIZE)
		json_complain(&place, "length", "a label's name has 1 to 64 bytes");
	else if (value && !json_object_is_type(value, json_type_string))
		json_complain(&place, "type", "a label's value is a string");
	else if (value && strlen(text) >= WISH_LABEL_SIZE)
		json_complain(&place, "length", "a label's value has at most %d bytes",
			      WISH_LABEL_SIZE - 1);
}

static void read_labels(const struct json_place *top, struct wish *ret)
{
	struct json_place place;

	ret->null_labels = json_is_null_member(top->value, "labels");
	if (!json_find(top, "labels", &place) || json_value_object(&place))
		return;
	json_object_object_foreach(place.value, name, value)
	{
		check_label(&place, name, value);
	}
	if (json_object_object_length(place.value) > WISH_LABELS)
		json_complain(&place, "length", "an object has at most %d labels", WISH_LABELS);
	ret->labels = json_object_get(place.value);
}

static const char *const taken[] = { "owner", "labels", "self", "status" };

static bool says_any(struct json_object *object)
{
	bool any = false;

	json_object_object_foreach(object, name, value)
	{
		(void)value;
		for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
			any |= !strcmp(name, taken[i]);
	}
	return any;
}

void wish_take(const struct json_place *place, struct wish *ret)
{
	*ret = (struct wish){ 0 };
	if (!json_is_object(place) || !says_any(place->value))
		return;
	read_owner(place, ret);
	read_labels(place, ret);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		json_object_object_del(place->value, taken[i]);
}

void wish_clear(struct wish *wish)
{
	json_object_put(wish->labels);
	*wish = (struct wish){ 0 };
}

static struct json_object *labels_parse(const char *text)
{
	struct json_object *labels = text[0] ? json_tokener_parse(text) : NULL;

	return labels ? labels : json_object_new_object();
}

char *wish_labels(const struct wish *wish, const char *old, bool patch)
{
	const char *kept = patch && !wish->null_labels ? old : "";
	struct json_object *labels CLEANUP_JSON = NULL;
	const char *text;

	if (!wish->labels && !kept[0])
		return strdup("");
	labels = labels_parse(kept);
	if (!labels || (wish->labels && json_merge(labels, wish->labels)))
		return NULL;
	text = json_object_to_json_string_ext(labels, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	return text ? strdup(json_object_object_length(labels) ? text : "") : NULL;
}

void wish_write(struct json_writer *writer, const struct intent_view *view)
{
	struct json_object *labels CLEANUP_JSON = NULL;

	json_member_string(writer, "owner", view->owner);
	json_member_object(writer, "labels");
	if (view->labels[0]) {
		labels = labels_parse(view->labels);
		json_object_object_foreach(labels, name, value)
		{
			json_member_string(writer, name, json_object_get_string(value));
		}
	}
	json_write_object_end(writer);
}

bool wish_has_label(const char *labels, const char *wanted)
{
	struct json_object *all CLEANUP_JSON = labels_parse(labels);
	const char *equals = strchr(wanted, '=');
	char name[WISH_OWNER_SIZE];
	struct json_object *value;

	if (!equals)
		return json_object_object_get_ex(all, wanted, NULL);
	if ((size_t)(equals - wanted) >= sizeof(name))
		return false;
	memcpy(name, wanted, (size_t)(equals - wanted));
	name[equals - wanted] = '\0';
	return json_object_object_get_ex(all, name, &value) &&
	       !strcmp(json_object_get_string(value), equals + 1);
}
