/* Finding an object by its URL, and showing it. Changing it: object_change.c. */
#include "api/object.h"

#include <json-c/json.h>
#include <string.h>

#include "api/document.h"
#include "api/quick.h"
#include "api/timestamp.h"

static const char *const state_names[INTENT_STATES] = {
	[INTENT_APPLIED] = "applied",
	[INTENT_PENDING] = "pending",
	[INTENT_RETRYING] = "retrying",
	[INTENT_FAILED] = "failed",
};

const char *object_state_name(enum intent_state state)
{
	return state_names[state];
}

bool object_wants_statistics(const struct api_call *call)
{
	const char *text = query_text(call, "statistics");

	return text && !strcmp(text, "true");
}

static void write_last_error(struct json_writer *writer, const struct intent_view *view)
{
	const char *name = strerrorname_np(view->number);

	if (!view->number)
		return;
	json_member_object(writer, "last_error");
	if (name)
		json_member_string(writer, "errno", name);
	json_member_string(writer, "message",
			   view->words[0] ? view->words : error_words(view->number));
	json_write_object_end(writer);
}

/* One that is wanted and not there is not applied, whatever was last found. */
static enum intent_state look_state(const struct object_look *look)
{
	enum intent_state state = look->view->state;

	return state == INTENT_APPLIED && !look->actual ? INTENT_RETRYING : state;
}

static void write_state(const struct object_type *type, struct json_writer *writer,
			const struct api_call *call, const struct object_look *look)
{
	const struct intent_view *view = look->view;

	if (!view) {
		json_member_string(writer, "state",
				   type->intent->is_ours(look->actual) ? "applied" : "foreign");
		return;
	}
	json_member_string(writer, "state", state_names[look_state(look)]);
	if (view->reason[0])
		json_member_string(writer, "reason", view->reason);
	else if (look_state(look) != view->state)
		json_member_string(writer, "reason", "it is not in the kernel");
	write_last_error(writer, view);
	timestamp_member(writer, "since", view->since_ms);
	json_member_number(writer, "revision", view->revision);
	if (view->contested)
		json_member_boolean(writer, "contested", true);
	if (look->other_end)
		answer_url(writer, call, "other_end", view->key);
}

static void write_members(const struct object_type *type, struct json_writer *writer,
			  const struct object_look *look)
{
	type->write(writer, look->wanted, look->actual ? look->actual : look->wanted);
	if (look->view)
		wish_write(writer, look->view);
}

void object_write(const struct object_type *type, struct json_writer *writer,
		  const struct api_call *call, const struct object_look *look)
{
	char url[ERROR_URL_SIZE];

	if (!look->key)
		type->intent->key(look->actual ? look->actual : look->wanted, url);
	json_write_object(writer);
	write_members(type, writer, look);
	answer_self(writer, call, look->key ? look->key : url);
	json_member_object(writer, "status");
	write_state(type, writer, call, look);
	if (look->actual)
		type->write_status(writer, look->wanted, look->actual);
	json_write_object_end(writer);
	json_write_object_end(writer);
}

/* What was asked for, as a record; false: it cannot be read, which is shown as if it was not asked. */
static bool read_wanted(const struct object_type *type, const struct intent_view *view,
			struct intent_record *ret)
{
	struct error ignored;

	error_clear(&ignored);
	return !api_documents.read(NULL, type->intent, view->document, NULL, ret->bytes,
				   &ignored);
}

void object_write_listed(const struct object_type *type, struct json_writer *writer,
			 const struct api_call *call, const void *actual,
			 const struct intent_view *view)
{
	struct object_look look = { .actual = actual, .view = view };
	char key[ERROR_URL_SIZE] = "";
	INTENT_RECORD(wanted, type->intent);

	if (actual) {
		type->intent->key(actual, key);
		look.key = key;
	}
	look.other_end = view && actual && strcmp(key, view->key) != 0;
	/* Of addresses and routes the kernel has all that was asked for, or nothing. */
	if (view && !look.other_end && (!actual || type->intent->rank <= INTENT_RANK_LINK) &&
	    read_wanted(type, view, &wanted))
		look.wanted = wanted.bytes;
	if (look.wanted || actual)
		object_write(type, writer, call, &look);
}

int object_text(const struct object_type *type, const struct object_look *look, bool steady,
		struct buffer *ret, struct error *error)
{
	struct json_writer writer;

	json_writer_start(&writer, ret);
	writer.steady = steady;
	json_write_object(&writer);
	write_members(type, &writer, look);
	json_write_object_end(&writer);
	return ret->failed ? error_set(error, ERROR_BUSY, "out of memory") : 0;
}

int object_tag(const struct object_type *type, const struct object_look *look,
	       char ret[ETAG_SIZE], struct error *error)
{
	struct buffer text = { 0 };
	int result = object_text(type, look, true, &text, error);

	if (!result)
		etag_make(text.data, text.length, ret);
	buffer_free(&text);
	return result;
}

int object_answer(const struct object_type *type, const struct api_call *call,
		  struct api_answer *answer, bool created, const struct object_look *look,
		  struct error *error)
{
	char url[ERROR_URL_SIZE], tag[ETAG_SIZE];
	struct json_writer writer;

	if (object_tag(type, look, tag, error))
		return -1;
	answer_header(answer, "ETag", "%s", tag);
	type->intent->key(look->actual ? look->actual : look->wanted, url);
	if (created ? answer_created(answer, call, url, &writer) :
		      answer_changed(answer, call, &writer))
		object_write(type, &writer, call, look);
	return 0;
}

/* ---- finding ---- */

void object_found_clear(struct object_found *found)
{
	intent_view_clear(&found->view);
	intent_record_clear(&found->actual);
	intent_record_clear(&found->wanted);
}

struct object_look object_look_of(const struct object_found *found)
{
	return (struct object_look){ .wanted = found->has_wanted ? found->wanted.bytes : NULL,
				     .actual = found->there ? found->actual.bytes : NULL,
				     .view = found->managed ? &found->view : NULL,
				     .other_end = found->other_end };
}

static int find_managed(const struct object_type *type, struct api *api,
			const struct api_call *call, struct object_found *ret,
			struct error *error)
{
	char key[ERROR_URL_SIZE];
	int more;

	for (unsigned int i = 0; !ret->managed; i++) {
		more = type->key(call, i, key, error);
		if (more <= 0)
			return more;
		ret->managed = intent_get(api->intent, key, &ret->view);
	}
	ret->other_end = strcmp(ret->view.key, key) != 0;
	if (!ret->other_end)
		ret->has_wanted = read_wanted(type, &ret->view, &ret->wanted);
	return 0;
}

int object_find(const struct object_type *type, struct api *api, const struct api_call *call,
		bool change, struct object_found *ret, struct error *error)
{
	memset(ret, 0, offsetof(struct object_found, actual));
	intent_record_init(&ret->actual, type->intent);
	intent_record_init(&ret->wanted, type->intent);
	if (find_managed(type, api, call, ret, error))
		return -1;
	ret->there = !type->find(api, call, change, ret->actual.bytes, error);
	if (ret->there)
		return 0;
	if (error->kind != ERROR_ABSENT || !ret->has_wanted)
		return -1;
	error_clear(error);
	return 0;
}

int object_get(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error)
{
	struct object_found found CLEANUP_FOUND;
	struct object_look look;
	struct json_writer writer;
	char tag[ETAG_SIZE];

	if (object_find(type, api, call, false, &found, error))
		return -1;
	look = object_look_of(&found);
	if (object_tag(type, &look, tag, error))
		return -1;
	if (!object_wants_statistics(call))
		answer_header(answer, "ETag", "%s", tag);
	if (call->if_match && !etag_listed(call->if_match, tag, false))
		return error_set(error, ERROR_PRECONDITION, "the object is now %s", tag);
	answer_json(answer, 200, &writer);
	writer.statistics = object_wants_statistics(call);
	object_write(type, &writer, call, &look);
	if (found.there && type->runs && type->runs(found.actual.bytes))
		quick_unannounced(api, call);
	if (!writer.statistics && call->if_none_match &&
	    etag_listed(call->if_none_match, tag, true))
		answer_unmodified(answer);
	return 0;
}
