/*
 * A PUT or PATCH of the other end of a veth. It is wanted as a member of the
 * first, so that is changed; what the URL names is what is answered.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/json_merge.h"
#include "api/object_private.h"

static int answer_again(struct change *change, struct api_answer *answer, struct error *error)
{
	struct object_found found CLEANUP_FOUND;
	struct object_look look;

	if (object_find(change->type, change->api, change->call, false, &found, error))
		return -1;
	look = object_look_of(&found);
	return object_answer(change->type, change->call, answer, false, &look, error);
}

/* What names the first end may be said, as GET shows it. */
static void check_first(const struct json_place *place, const char *name,
			struct json_object *first)
{
	const char *is = json_object_get_string(json_object_object_get(first, name)), *said;
	struct json_place member;

	if (json_find(place, name, &member) && !json_value_string(&member, &said) && is &&
	    strcmp(said, is))
		json_complain(&member, "fixed",
			      "this is the other end of a veth; of the first it is \"%.64s\"",
			      is);
}

static void drop_own_names(struct change *change, struct json_object *first,
			   struct error *error)
{
	static const char *const fixed[] = { "kind", "peer" };
	static const char *const names[] = { "namespace", "name", NULL };
	struct json_place top = json_top_place(change->asked, "", error), peer;

	object_member_of_url(&top, "namespace", api_segment(change->call, "namespace"));
	object_member_of_url(&top, "name", api_segment(change->call, "name"));
	check_first(&top, "kind", first);
	if (json_find(&top, "peer", &peer) && !json_value_object(&peer)) {
		json_refuse_others(&peer, names);
		check_first(&peer, "namespace", first);
		check_first(&peer, "name", first);
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		json_object_object_del(change->asked, fixed[i]);
}

static void unprefix_peer(struct error *error)
{
	static const char prefix[] = "/peer";

	for (unsigned int i = 0; i < error->member_count && i < ERROR_MEMBERS; i++) {
		char *pointer = error->members[i].pointer;

		if (!strncmp(pointer, prefix, sizeof(prefix) - 1))
			memmove(pointer, pointer + sizeof(prefix) - 1,
				strlen(pointer + sizeof(prefix) - 1) + 1);
	}
}

/* A PUT says also what nobody asked for: that stays unasked. */
static void settle_end(struct change *change, struct json_object *base,
		       struct json_object *shown)
{
	struct json_object *had = json_object_object_get(base, "peer");

	if (shown && had)
		document_settle(change->asked, had, shown);
}

/* A null is a wish that no document tells, so the first is found and read here. */
static int know_first(struct change *change, struct json_object *patch,
		      struct intent_step *step, struct error *error)
{
	const struct object_type *type = document_object_type(step->type);
	struct object_source source = { .body = change->body, .asked = patch };
	INTENT_RECORD(sought, step->type);

	step->current = intent_record_new(step->type);
	step->wanted = intent_record_new(step->type);
	if (!step->current || !step->wanted)
		return object_no_memory(error);
	if (api_documents.read(NULL, step->type, change->found.view.document, NULL,
			       sought.bytes, error) ||
	    step->type->find(change->api->netops, sought.bytes, true, step->current, error))
		return -1;
	source.current = step->current;
	step->known = true;
	return type->read(NULL, &source, step->wanted, error);
}

int change_other_end(struct change *change, struct json_object *shown,
		     struct api_answer *answer, struct error *error)
{
	struct intent_view *view = &change->found.view;
	struct intent_step step = { .action = INTENT_CHANGE,
				    .type = view->type,
				    .may_wait = view->may_wait,
				    .recreate = change->recreate };
	struct json_object *base CLEANUP_JSON = document_parse(view->document);
	struct json_place top = json_top_place(change->asked, "", error);
	struct json_object *patch CLEANUP_JSON = json_object_new_object();
	size_t failed;
	int result;

	wish_take(&top, &change->wish);
	drop_own_names(change, base, error);
	if (error_verdict(error))
		return -1;
	if (base)
		settle_end(change, base, shown);
	if (!base || !patch || json_object_deep_copy(base, &change->body, NULL) ||
	    json_object_object_add(patch, "peer", json_object_get(change->asked)) ||
	    json_merge(change->body, patch))
		return object_no_memory(error);
	result = intent_step_name(&step, view->key, error) ||
				 know_first(change, patch, &step, error) ||
				 object_fill_step(&step, change->body, &change->wish, view,
						  true, error) ?
			 -1 :
			 0;
	if (!result) {
		step.members = strdup("peer");
		result = intent_run(change->api->intent, &step, 1, 0, &failed, error);
	}
	intent_step_clear(&step);
	if (!result)
		return answer_again(change, answer, error);
	unprefix_peer(error);
	return -1;
}
