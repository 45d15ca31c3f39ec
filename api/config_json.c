/* The configuration as a document, both ways, and plans. */
#include "api/config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/object.h"
#include "intent/names.h"
#include "netops/member.h"
#include "netops/url.h"

/* ---- reading ---- */

struct reading {
	struct intent *intent;
	const char *owner;
	struct intent_plan *plan;
	struct names keys;
	struct error *error;
};

static int refuse_unknown(const struct json_place *top)
{
	const char *names[16];
	size_t count = 0;

	for (; intent_types[count]; count++)
		names[count] = intent_types[count]->collection;
	names[count] = NULL;
	return json_refuse_others(top, names);
}

static void check_owner(const struct reading *reading, const struct json_place *item)
{
	struct json_place place;
	const char *text;

	if (!json_find(item, "owner", &place) || json_value_string(&place, &text) ||
	    !strcmp(text, reading->owner))
		return;
	json_complain(&place, "owner",
		      "this request is for the owner \"%s\": say ?owner=, or leave it out",
		      reading->owner);
}

static void check_twin(struct reading *reading, const struct json_place *item, const char *key)
{
	if (names_has(&reading->keys, key))
		json_complain(item, "twice", "the document has this object twice");
	else if (!names_add(&reading->keys, key))
		error_set(reading->error, ERROR_BUSY, "out of memory");
}

/* Where the secrets of a tunnel are not said, they are those that are stored. */
static void keep_secrets(const struct reading *reading, const struct json_place *item)
{
	struct intent_view view CLEANUP_VIEW = { 0 };
	struct json_object *old CLEANUP_JSON = NULL;
	struct json_place namespace, name;
	const char *namespace_text, *name_text;
	char key[ERROR_URL_SIZE] = "";

	if (!json_object_object_get_ex(item->value, "ipsec", NULL) ||
	    !json_find(item, "namespace", &namespace) || !json_is_string(&namespace) ||
	    json_value_string(&namespace, &namespace_text) || !json_find(item, "name", &name) ||
	    !json_is_string(&name) || json_value_string(&name, &name_text) ||
	    strlen(namespace_text) + strlen(name_text) > NAMESPACE_NAME_SIZE)
		return;
	url_format(key, "/tunnels/");
	url_escape(key, namespace_text);
	url_format(key, "/");
	url_escape(key, name_text);
	if (intent_get(reading->intent, key, &view))
		old = document_parse(view.document);
	if (old)
		document_keep_secrets(item->value, old);
}

static int read_item(struct reading *reading, const struct intent_type *type,
		     const struct json_place *item)
{
	struct intent_step *steps = reallocarray(
		reading->plan->steps, reading->plan->count + 1, sizeof(*steps));
	unsigned int before = reading->error->member_count;
	struct intent_step *step;

	if (!steps)
		return error_set(reading->error, ERROR_BUSY, "out of memory");
	reading->plan->steps = steps;
	step = &steps[reading->plan->count++];
	*step = (struct intent_step){ .type = type };
	if (json_value_object(item))
		return 0;
	check_owner(reading, item);
	keep_secrets(reading, item);
	json_object_object_add(item->value, "owner", json_object_new_string(reading->owner));
	before = reading->error->member_count;
	if (!object_step_new(document_object_type(type), NULL, item->value, NULL, step,
			     reading->error))
		check_twin(reading, item, step->key);
	else
		member_prefix(reading->error, before, item->pointer);
	snprintf(step->where, sizeof(step->where), "%.31s", item->pointer);
	step->may_wait = step->recreate = true;
	return 0;
}

static int read_collection(struct reading *reading, const struct json_place *top,
			   const struct intent_type *type)
{
	struct json_place array, item;

	if (json_read_array(top, type->collection, &array) != 1)
		return 0;
	for (size_t i = 0; i < json_count(&array); i++) {
		item = json_item(&array, i);
		if (reading->plan->count == CONFIG_OBJECTS)
			return json_complain(&item, "length",
					     "a document has at most %d objects",
					     CONFIG_OBJECTS);
		if (read_item(reading, type, &item) ||
		    (reading->error->kind && reading->error->kind != ERROR_INVALID))
			return -1;
	}
	return 0;
}

int config_read(struct intent *intent, struct json_object *document, const char *owner,
		struct intent_plan *ret, struct error *error)
{
	struct reading reading = {
		.intent = intent, .owner = owner, .plan = ret, .error = error
	};
	struct json_place top = json_top_place(document, "", error);
	int result = 0;

	refuse_unknown(&top);
	for (int i = 0; intent_types[i] && !result; i++)
		result = read_collection(&reading, &top, intent_types[i]);
	names_clear(&reading.keys);
	return result || error->kind ? -1 : 0;
}

/* ---- writing ---- */

static void drop_keys(struct json_object *object)
{
	struct json_object_iter member;

	json_object_object_foreachC(object, member)
	{
		if (!json_object_is_type(member.val, json_type_object))
			continue;
		json_object_object_del(member.val, "key");
		drop_keys(member.val);
	}
}

static int write_object(struct json_writer *writer, const struct intent_view *view,
			bool secrets, struct error *error)
{
	struct json_object *body CLEANUP_JSON = document_parse(view->document), *ipsec;
	struct json_object *labels CLEANUP_JSON =
		view->labels[0] ? document_parse(view->labels) : NULL;

	if (!body)
		return error_set(error, ERROR_BUSY, "out of memory");
	if (!secrets && json_object_object_get_ex(body, "ipsec", &ipsec))
		drop_keys(ipsec);
	json_object_object_add(body, "owner", json_object_new_string(view->owner));
	if (labels)
		json_object_object_add(body, "labels", json_object_get(labels));
	json_write_raw(writer, json_object_to_json_string_ext(
				       body, JSON_C_TO_STRING_PLAIN |
						     JSON_C_TO_STRING_NOSLASHESCAPE));
	return 0;
}

/* The order of a document does not tell what was undone once. */
static int by_key(const void *one, const void *other)
{
	const struct intent_view *a = one, *b = other;

	return strcmp(a->key, b->key);
}

static int write_collection(struct json_writer *writer, struct intent *intent,
			    const struct intent_query *query, bool secrets,
			    struct error *error)
{
	struct intent_view *views;
	size_t count;
	int result = 0;

	if (intent_list(intent, query, &views, &count, error))
		return -1;
	if (count)
		qsort(views, count, sizeof(*views), by_key);
	json_member_array(writer, query->type->collection);
	for (size_t i = 0; i < count && !result; i++)
		result = write_object(writer, &views[i], secrets, error);
	json_write_array_end(writer);
	intent_views_free(views, count);
	return result;
}

int config_write(struct json_writer *writer, struct intent *intent, const char *owner,
		 bool secrets, struct error *error)
{
	struct intent_query query = { .owner = owner };
	int result = 0;

	json_write_object(writer);
	for (int i = 0; intent_types[i] && !result; i++) {
		query.type = intent_types[i];
		result = write_collection(writer, intent, &query, secrets, error);
	}
	json_write_object_end(writer);
	return result;
}

static const char *plan_action(const struct intent_step *step)
{
	static const char *const actions[] = {
		[INTENT_CREATE] = "create",
		[INTENT_CHANGE] = "change",
		[INTENT_DELETE] = "delete",
	};

	return step->recreates ? "recreate" : actions[step->action];
}

void config_write_step(struct json_writer *writer, const struct intent_step *step,
		       const char *prefix)
{
	char url[ERROR_URL_SIZE + 8];

	snprintf(url, sizeof(url), "%s%s", prefix, step->key);
	json_write_object(writer);
	json_member_string(writer, "action", plan_action(step));
	json_member_string(writer, "self", url);
	if (step->action == INTENT_CHANGE)
		document_write_differences(writer, step->members);
}

void config_write_plan(struct json_writer *writer, const struct intent_plan *plan,
		       const char *prefix, bool done)
{
	json_member_array(writer, "plan");
	for (size_t i = 0; i < plan->count; i++) {
		const struct intent_step *step = &plan->steps[i];

		config_write_step(writer, step, prefix);
		if (done && step->action != INTENT_DELETE)
			json_member_string(writer, "state", object_state_name(step->state));
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}
