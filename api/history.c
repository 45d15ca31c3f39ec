/* What tunnels and links have beside the verbs of objects: their history, and being adopted. */
#include <json-c/json.h>
#include <string.h>

#include "api/history.h"
#include "api/object_private.h"
#include "api/timestamp.h"
#include "intent/store.h"
#include "netops/link.h"

struct history {
	struct json_writer writer;
	bool some;
};

static int write_revision(const struct store_revision *revision, void *context,
			  struct error *error)
{
	struct history *history = context;
	struct json_writer *writer = &history->writer;

	(void)error;
	history->some = true;
	json_write_object(writer);
	json_member_number(writer, "revision", revision->revision);
	timestamp_member(writer, "time", revision->time_ms);
	json_member_string(writer, "action", revision->action);
	json_member_string(writer, "owner", revision->owner);
	document_write_differences(writer, revision->members);
	json_write_object_end(writer);
	return 0;
}

int history_of_object(const struct object_type *type, struct api *api,
		      const struct api_call *call, struct api_answer *answer,
		      struct error *error)
{
	struct history history = { .some = false };
	char key[ERROR_URL_SIZE];

	if (type->key(call, 0, key, error) < 1)
		return -1;
	answer_json(answer, 200, &history.writer);
	json_write_array(&history.writer);
	if (store_history(intent_store(api->intent), key, write_revision, &history, error))
		return -1;
	json_write_array_end(&history.writer);
	return history.some ? 0 :
			      error_set(error, ERROR_ABSENT,
					"nothing was ever asked for under this name");
}

static int check_adoptable(const struct object_found *found, struct error *error)
{
	if (!link_is_fallback((const void *)found->actual.bytes))
		return 0;
	return error_set(error, ERROR_REFUSED,
			 "this device belongs to the module of its kind, and cannot be "
			 "anybody's");
}

/* As it is, whole: with secrets, for it may have to be made again. */
static int adopt_as_it_is(struct change *change, struct intent_step *step, struct error *error)
{
	const struct intent_type *type = change->type->intent;
	struct buffer text = { 0 };
	char key[ERROR_URL_SIZE];
	int result = api_documents.show(NULL, type, change->found.actual.bytes, false, true,
					&text, error);

	buffer_append(&text, "", 1);
	if (!result)
		change->body = text.failed ? NULL : document_parse(text.data);
	buffer_free(&text);
	if (result || !change->body)
		return result ? -1 : object_no_memory(error);
	type->key(change->found.actual.bytes, key);
	return intent_step_name(step, key, error) ||
			       object_fill_step(step, change->body, &change->wish, NULL, false,
						error) ?
		       -1 :
		       0;
}

static int adopt_by_step(struct change *change, struct api_answer *answer, struct error *error)
{
	const struct intent_type *type = change->type->intent;
	struct intent_step step = { .action = INTENT_CHANGE, .type = type, .adopt = true };
	size_t failed;
	int result = adopt_as_it_is(change, &step, error);

	if (!result)
		result = intent_run(change->api->intent, &step, 1, 0, &failed, error);
	if (!result)
		result = object_answer_step(change->type, change->api, change->call, answer,
					    false, &step, error);
	intent_step_clear(&step);
	return result;
}

int adopt_object(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct api_answer *answer, struct error *error)
{
	static const char *const none[] = { NULL };
	struct change change CLEANUP_CHANGE;
	struct object_look look;
	struct json_place top;

	change_init(&change, type, api, call);
	if (api_read_body(call, &change.asked, error))
		return -1;
	top = json_top_place(change.asked, "", error);
	wish_take(&top, &change.wish);
	json_refuse_others(&top, none);
	if (error_verdict(error) || change_find(&change, error) < 1)
		return -1;
	if (!change.found.managed ||
	    (change.found.there && !change.found.other_end &&
	     !type->intent->is_ours(change.found.actual.bytes)))
		return check_adoptable(&change.found, error) ?
			       -1 :
			       adopt_by_step(&change, answer, error);
	look = object_look_of(&change.found);
	return object_answer(type, call, answer, false, &look, error);
}
