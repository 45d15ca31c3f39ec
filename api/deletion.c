/*
 * First it is listed, then deleted: what is wanted by one change, and the others,
 * which no journal knows, each by a DELETE of its own URL.
 */
#include "api/deletion.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/json_reader.h"
#include "api/object_private.h"
#include "api/query.h"
#include "intent/names.h"

enum { DELETION_KEPT = 100 }; /* that are told, at most; a table may have a million */

struct deletion {
	struct api *api;
	const struct api_call *call;
	bool foreign;
	struct intent_victims *victims;
	struct names others;  /* URLs of what is not wanted here, and is to go */
	struct names strange; /* of what is kept, the first of them */
	size_t deleted, kept;
	bool failed;
	struct buffer text; /* the items of "kept" */
	struct json_writer writer;
};

static void deletion_clear(struct deletion *deletion)
{
	intent_victims_free(deletion->victims);
	names_clear(&deletion->others);
	names_clear(&deletion->strange);
	buffer_free(&deletion->text);
}
#define CLEANUP_DELETION __attribute__((cleanup(deletion_clear)))

/* ---- what is meant ---- */

static void deletion_keep(struct deletion *deletion, const char *url, const char *reason)
{
	if (deletion->kept++ >= DELETION_KEPT)
		return;
	json_write_object(&deletion->writer);
	answer_self(&deletion->writer, deletion->call, url);
	json_member_string(&deletion->writer, "reason", reason);
	json_write_object_end(&deletion->writer);
}

/* One that nobody wants here. What a repeated dump tells again is not counted again. */
static void deletion_meet_other(struct deletion *deletion, const struct intent_type *type,
				const void *actual)
{
	char url[ERROR_URL_SIZE];
	struct error why;

	error_clear(&why);
	type->key(actual, url);
	if (!type->need_ours(actual, deletion->foreign, &why)) {
		deletion->failed |= !names_add(&deletion->others, url);
	} else if (!names_has(&deletion->strange, url)) {
		deletion_keep(deletion, url, why.detail);
		if (deletion->kept <= DELETION_KEPT)
			deletion->failed |= !names_add(&deletion->strange, url);
	}
}

/* By what is there, or else by what is wanted. */
static void deletion_meet_wanted(struct deletion *deletion, const struct object_type *type,
				 const void *actual, const struct intent_view *view)
{
	struct error ignored;
	INTENT_RECORD(wanted, view->type);

	error_clear(&ignored);
	if (!actual && api_documents.read(NULL, view->type, view->document, NULL, wanted.bytes,
					  &ignored))
		return;
	deletion->deleted += intent_victims_add(deletion->victims, type->intent, view->key,
						actual ? actual : wanted.bytes);
}

static bool deletion_is_host(const struct object_type *type, const void *actual)
{
	return actual && type == &namespace_objects && type->intent->is_ours(actual);
}

static void deletion_meet(const struct object_type *type, const void *actual,
			  const struct intent_view *view, void *context)
{
	struct deletion *deletion = context;

	if (deletion_is_host(type, actual))
		deletion_keep(deletion, "/namespaces/host", "host is always there");
	else if (view)
		deletion_meet_wanted(deletion, type, actual, view);
	else
		deletion_meet_other(deletion, type->intent, actual);
}

/* ---- deleting ---- */

static int deletion_run(struct deletion *deletion, struct error *error)
{
	struct intent *intent = deletion->api->intent;
	struct many many CLEANUP_MANY = { .intent = intent };
	size_t failed;

	return intent_victims_steps(deletion->victims, &many.steps, &many.count, error) ||
			       intent_run(intent, many.steps, many.count, 0, &failed, error) ?
		       -1 :
		       0;
}

static int deletion_of_other(struct deletion *deletion, const char *url,
			     struct api_answer *answer, struct error *error)
{
	struct api_request request = { .method = "DELETE", .header = NULL };
	struct api_call call;
	char target[ERROR_URL_SIZE + 16];

	snprintf(target, sizeof(target), "%s%cforeign=true", url, strchr(url, '?') ? '&' : '?');
	request.target = target;
	if (api_accept(deletion->api, &request, &call, answer) < 0)
		return error_set(error, ERROR_INTERNAL, "there is no such URL");
	return call.operation->handler(deletion->api, &call, answer, error);
}

/* What is gone by now, with another or by somebody else, is no reason to complain. */
static void deletion_others(struct deletion *deletion)
{
	for (size_t i = 0; i < deletion->others.count; i++) {
		const char *url = deletion->others.all[i];
		struct api_answer answer = { 0 };
		struct error why;

		error_clear(&why);
		if (!deletion_of_other(deletion, url, &answer, &why))
			deletion->deleted++;
		else if (why.kind != ERROR_ABSENT)
			deletion_keep(deletion, url, why.detail);
		api_answer_free(&answer);
	}
}

static int deletion_tell(struct deletion *deletion, struct api_answer *answer,
			 struct error *error)
{
	struct json_writer writer;

	if (deletion->failed || deletion->text.failed)
		return object_no_memory(error);
	buffer_append(&deletion->text, "", 1);
	answer_json(answer, 200, &writer);
	json_write_object(&writer);
	json_member_number(&writer, "deleted", deletion->deleted);
	json_member_number(&writer, "kept_count", deletion->kept);
	json_write_name(&writer, "kept");
	json_write_raw(&writer, deletion->text.data);
	json_write_object_end(&writer);
	return 0;
}

/* To delete all there is has to be said: "?owner=default", "?namespace=ns1". */
static int deletion_need_filter(const struct api_call *call, struct error *error)
{
	bool some = false;

	for (unsigned int i = 0; i < call->query_count; i++)
		some |= strcmp(call->query_keys[i], "foreign") != 0;
	return some ? 0 :
		      error_set(error, ERROR_MALFORMED,
				"a DELETE of a collection needs at least one filter: a query "
				"parameter that says what is meant, as for GET");
}

int deletion_answer(const struct listing_source *source, struct api *api,
		    const struct api_call *call, struct api_answer *answer, struct error *error)
{
	struct deletion deletion CLEANUP_DELETION = { .api = api, .call = call };

	deletion.victims = intent_victims_new(api->intent);
	if (!deletion.victims)
		return object_no_memory(error);
	json_writer_start(&deletion.writer, &deletion.text);
	json_write_array(&deletion.writer);
	if (deletion_need_filter(call, error) ||
	    query_boolean(call, "foreign", &deletion.foreign, error) ||
	    intent_may_change(api->intent, error) ||
	    listing_visit(source, api, call, deletion_meet, &deletion, error))
		return -1;
	if (deletion.failed)
		return object_no_memory(error);
	if (deletion_run(&deletion, error))
		return -1;
	deletion_others(&deletion);
	json_write_array_end(&deletion.writer);
	return deletion_tell(&deletion, answer, error);
}
