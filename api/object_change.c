/* PUT and PATCH. They run on the writer's lane, one by one. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_merge.h"
#include "api/object_private.h"

void change_clear(struct change *change)
{
	object_found_clear(&change->found);
	json_object_put(change->asked);
	json_object_put(change->body);
	wish_clear(&change->wish);
}

/* Zeroed, with empty records; not all of it is worth being cleared. */
void change_init(struct change *change, const struct object_type *type, struct api *api,
		 const struct api_call *call)
{
	memset(change, 0, offsetof(struct change, found));
	memset(&change->found, 0, offsetof(struct object_found, actual));
	intent_record_init(&change->found.actual, type->intent);
	intent_record_init(&change->found.wanted, type->intent);
	change->asked = change->body = NULL;
	change->wish = (struct wish){ 0 };
	change->type = type;
	change->api = api;
	change->call = call;
}

/* Before anything else, for not every way to the end looks at them. */
static int change_read_query(struct change *change, struct error *error)
{
	return query_boolean(change->call, "foreign", &change->foreign, error) ||
			       query_boolean(change->call, "recreate", &change->recreate,
					     error) ?
		       -1 :
		       0;
}

/* 1: it is there, and the conditions hold; 0: it is not, and may be made; -1. */
int change_find(struct change *change, struct error *error)
{
	const struct api_call *call = change->call;
	struct object_look look;
	char tag[ETAG_SIZE];

	if (object_find(change->type, change->api, call, true, &change->found, error)) {
		if (error->kind != ERROR_ABSENT || !call->if_match)
			return error->kind == ERROR_ABSENT ? 0 : -1;
		return error_set(error, ERROR_PRECONDITION,
				 "If-Match needs an object, and there is none");
	}
	if (!call->if_match && !call->if_none_match)
		return 1;
	look = object_look_of(&change->found);
	if (object_tag(change->type, &look, tag, error))
		return -1;
	if (call->if_match && !etag_listed(call->if_match, tag, false))
		return error_set(error, ERROR_PRECONDITION,
				 "the object is now %s, which is not what If-Match names: "
				 "read it again",
				 tag);
	if (call->if_none_match && etag_listed(call->if_none_match, tag, true))
		return error_set(
			error, ERROR_PRECONDITION,
			"the object is there (%s), and If-None-Match forbids to change it",
			tag);
	return 1;
}

static int change_shown(struct change *change, struct json_object **ret, struct error *error)
{
	struct object_look look = object_look_of(&change->found);
	struct buffer text = { 0 };
	int result = object_text(change->type, &look, false, &text, error);

	if (!result)
		result = json_read_body(text.data, text.length, JSON_TOP_OBJECT, ret, error);
	buffer_free(&text);
	return result;
}

/* True if each member of one is the same in the other, but for those that are ignored. */
static bool members_in(struct json_object *one, struct json_object *other)
{
	json_object_object_foreach(one, name, value)
	{
		struct json_object *found = NULL;

		if (strcmp(name, "self") && strcmp(name, "status") &&
		    (!json_object_object_get_ex(other, name, &found) ||
		     !json_object_equal(value, found)))
			return false;
	}
	return true;
}

/* A null in a patch is a wish, also for what is not shown. */
static bool has_null(struct json_object *object)
{
	json_object_object_foreach(object, name, value)
	{
		(void)name;
		if (!value || (json_object_is_type(value, json_type_object) && has_null(value)))
			return true;
	}
	return false;
}

/* Things that others made may be what nobody could ask for: left as they are, they pass. */
static int change_is_none(struct change *change, bool patch, struct json_object *shown,
			  bool *ret, struct error *error)
{
	struct json_object *merged CLEANUP_JSON = NULL;
	struct json_object *candidate = change->asked;

	*ret = false;
	if (patch && has_null(change->asked))
		return 0;
	if (patch) {
		if (json_object_deep_copy(shown, &merged, NULL) ||
		    json_merge(merged, change->asked))
			return object_no_memory(error);
		candidate = merged;
	}
	*ret = members_in(candidate, shown) && members_in(shown, candidate);
	return 0;
}

/* The document that was asked for until now; of what nobody asked for, what is shown. */
static struct json_object *change_base(const struct change *change, struct json_object *shown)
{
	struct json_object *base = NULL;

	if (change->found.managed)
		return document_parse(change->found.view.document);
	return json_object_deep_copy(shown, &base, NULL) ? NULL : base;
}

static int change_compose(struct change *change, bool patch, struct json_object *base,
			  struct error *error)
{
	struct json_place top = json_top_place(change->asked, "", error);

	wish_take(&top, &change->wish);
	if (error_verdict(error))
		return -1;
	if (!patch) {
		change->body = json_object_get(change->asked);
		return 0;
	}
	return json_object_deep_copy(base, &change->body, NULL) ||
			       json_merge(change->body, change->asked) ?
		       object_no_memory(error) :
		       0;
}

/* What becomes managed by a change: what already carries our mark. */
static bool change_is_managed(const struct change *change)
{
	return change->found.managed ||
	       change->type->intent->is_ours(change->found.actual.bytes);
}

static int change_by_step(struct change *change, bool patch, struct json_object *base,
			  struct json_object *shown, struct intent_record *wanted,
			  struct api_answer *answer, struct error *error)
{
	const struct intent_type *type = change->type->intent;
	struct intent_step step = { .action = INTENT_CHANGE,
				    .type = type,
				    .may_wait = change->found.view.may_wait,
				    .recreate = change->recreate,
				    .known = true };
	char key[ERROR_URL_SIZE];
	size_t failed;
	int result;

	type->key(wanted->bytes, key);
	if (!patch)
		document_settle(change->body, base, shown);
	result = intent_step_name(&step, key, error) ||
				 object_fill_step(&step, change->body, &change->wish,
						  &change->found.view, patch, error) ?
			 -1 :
			 0;
	if (!result) {
		step.members = document_differences(base, change->body);
		step.wanted = intent_record_moved(wanted);
		step.current =
			change->found.there ? intent_record_moved(&change->found.actual) : NULL;
		result = intent_run(change->api->intent, &step, 1, 0, &failed, error);
	}
	if (!result)
		result = object_answer_step(change->type, change->api, change->call, answer,
					    false, &step, error);
	intent_step_clear(&step);
	return result;
}

/* Somebody else's: changed because the client insists, and not kept. */
static int change_foreign(struct change *change, struct intent_record *wanted,
			  struct api_answer *answer, struct error *error)
{
	const struct intent_type *type = change->type->intent;
	struct object_look look = { 0 };
	INTENT_RECORD(actual, type);

	if (type->need_ours(change->found.actual.bytes, change->foreign, error) ||
	    intent_may_change(change->api->intent, error) ||
	    type->change(change->api->netops, change->found.actual.bytes, wanted->bytes,
			 change->recreate, actual.bytes, error))
		return -1;
	look.actual = actual.bytes;
	look.wanted = wanted->bytes;
	return object_answer(change->type, change->call, answer, false, &look, error);
}

static int change_object(struct change *change, bool patch, struct json_object *shown,
			 struct api_answer *answer, struct error *error)
{
	struct json_object *base CLEANUP_JSON = change_base(change, shown);
	struct object_look look = object_look_of(&change->found);
	struct object_source source;
	INTENT_RECORD(wanted, change->type->intent);

	if (!base)
		return object_no_memory(error);
	if (change_compose(change, patch, base, error))
		return -1;
	if (!patch && change->found.managed)
		document_keep_secrets(change->body, base);
	source = (struct object_source){ .body = change->body,
					 .asked = change->asked,
					 .current = look.actual };
	if (change->type->read(change->call, &source, wanted.bytes, error))
		return -1;
	if (patch && look.actual && change->type->intent->keep)
		change->type->intent->keep(wanted.bytes, look.actual, 0);
	return change_is_managed(change) ?
		       change_by_step(change, patch, base, shown, &wanted, answer, error) :
		       change_foreign(change, &wanted, answer, error);
}

static int change_any(struct change *change, bool patch, struct api_answer *answer,
		      struct error *error)
{
	struct json_object *shown CLEANUP_JSON = NULL;
	struct object_look look = object_look_of(&change->found);
	bool none;

	if (change_shown(change, &shown, error) ||
	    change_is_none(change, patch, shown, &none, error))
		return -1;
	if (none)
		return object_answer(change->type, change->call, answer, false, &look, error);
	return change->found.other_end ?
		       change_other_end(change, patch ? NULL : shown, answer, error) :
		       change_object(change, patch, shown, answer, error);
}

int object_put(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error)
{
	struct change change CLEANUP_CHANGE;
	int found;

	change_init(&change, type, api, call);
	if (change_read_query(&change, error) || api_read_body(call, &change.asked, error))
		return -1;
	found = change_find(&change, error);
	if (found < 0)
		return -1;
	if (found)
		return change_any(&change, false, answer, error);
	error_clear(error);
	return object_make(type, api, call, change.asked, answer, error);
}

int object_patch(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct api_answer *answer, struct error *error)
{
	struct change change CLEANUP_CHANGE;

	change_init(&change, type, api, call);
	if (change_read_query(&change, error) || api_read_body(call, &change.asked, error) ||
	    change_find(&change, error) < 1)
		return -1;
	return change_any(&change, true, answer, error);
}

void object_member_default(const struct json_place *top, const char *name, const char *text)
{
	struct json_place place;

	if (!json_find(top, name, &place))
		json_object_object_add(top->value, name, json_object_new_string(text));
}

void object_member_of_url(const struct json_place *top, const char *name, const char *text)
{
	struct json_place place;
	const char *said;

	object_member_default(top, name, text);
	if (json_find(top, name, &place) && !json_value_string(&place, &said) &&
	    strcmp(said, text))
		json_complain(&place, "url",
			      "the URL says \"%.64s\", and names cannot be changed", text);
}
