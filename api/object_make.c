/* POST: one new object, or a list of them that is made whole or not at all. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_items.h"
#include "api/object_private.h"
#include "intent/names.h"
#include "netops/halves.h"
#include "netops/member.h"

int object_no_memory(struct error *error)
{
	return error_set(error, ERROR_BUSY, "out of memory");
}

/* What became of a step, as GET would show it. */
int object_answer_step(const struct object_type *type, struct api *api,
		       const struct api_call *call, struct api_answer *answer, bool created,
		       const struct intent_step *step, struct error *error)
{
	struct intent_view view CLEANUP_VIEW = { 0 };
	struct object_look look = { .actual = step->actual };
	INTENT_RECORD(wanted, type->intent);

	if (!intent_get(api->intent, step->key, &view))
		return object_no_memory(error);
	look.view = &view;
	/* A change's record may also say what nobody asked for. */
	if (step->action == INTENT_CREATE && step->wanted)
		look.wanted = step->wanted;
	else if (!api_documents.read(NULL, type->intent, view.document, NULL, wanted.bytes,
				     error))
		look.wanted = wanted.bytes;
	error_clear(error);
	return object_answer(type, call, answer, created, &look, error);
}

int object_fill_step(struct intent_step *step, struct json_object *body,
		     const struct wish *wish, const struct intent_view *old, bool patch,
		     struct error *error)
{
	const char *owner = wish->owner[0]    ? wish->owner :
			    old && old->owner ? old->owner :
						INTENT_DEFAULT_OWNER;

	step->owner = strdup(owner);
	step->labels = wish_labels(wish, old && old->labels ? old->labels : "", patch);
	step->document = document_text(body);
	return step->owner && step->labels && step->document ? 0 : object_no_memory(error);
}

int object_step_new(const struct object_type *type, const struct api_call *call,
		    struct json_object *body, struct intent_records *room,
		    struct intent_step *ret, struct error *error)
{
	const struct object_source source = { .body = body, .asked = body };
	struct json_place top = json_top_place(body, "", error);
	struct wish wish CLEANUP_WISH = { 0 };
	char key[ERROR_URL_SIZE];
	INTENT_RECORD(wanted, type->intent);

	wish_take(&top, &wish);
	*ret = (struct intent_step){ .action = INTENT_CREATE, .type = type->intent };
	if (type->read(call, &source, wanted.bytes, error) || error_verdict(error))
		return -1;
	type->intent->key(wanted.bytes, key);
	if (intent_step_name(ret, key, error) ||
	    object_fill_step(ret, body, &wish, NULL, false, error))
		return -1;
	ret->wanted = intent_record_moved_to(room, &wanted);
	return ret->wanted ? 0 : object_no_memory(error);
}

enum { MANY_HALVES = 1000 }; /* from so many on two threads work at them */

void many_clear(struct many *many)
{
	intent_steps_leave(many->intent, many->steps, many->count);
	*many = (struct many){ 0 };
}

/* Some that follow each other, from the step of this index on. */
struct many_part {
	const struct object_type *type;
	struct many *many;
	struct intent_records *room;
	bool may_wait;
	size_t index;
	struct json_items items;
	struct error error;
};

static void many_read_item(const struct many_part *part, struct json_object *item,
			   struct intent_step *step, struct error *error)
{
	unsigned int before = error->member_count;
	struct json_place place;
	char prefix[24];

	if (json_object_is_type(item, json_type_object) &&
	    (!object_step_new(part->type, NULL, item, part->room, step, error) ||
	     error->member_count == before))
		return;
	snprintf(prefix, sizeof(prefix), "/%zu", part->index);
	place = json_top_place(item, prefix, error);
	if (!json_value_object(&place))
		member_prefix(error, before, prefix);
}

static void many_read_part(void *context)
{
	struct many_part *part = context;
	struct error *error = &part->error;

	/* One for each thread: in one for both they would touch the same pages at once. */
	part->room = intent_records_open(part->type->intent, part->items.count);
	for (; part->items.count; part->index++) {
		struct json_object *item CLEANUP_JSON = NULL;
		struct intent_step *step = &part->many->steps[part->index];

		if (json_items_next(&part->items, &item, error))
			break;
		many_read_item(part, item, step, error);
		step->may_wait = step->patient = part->may_wait;
		if (error->kind && error->kind != ERROR_INVALID)
			break;
	}
	intent_records_close(part->room);
}

static void many_read_parts(struct many_part *part, struct error *error)
{
	struct many_part second = *part;

	if (part->items.count < MANY_HALVES) {
		many_read_part(part);
	} else if (!json_items_split(&part->items, &second.items, &part->error)) {
		second.index += part->items.count;
		halves_run(many_read_part, part, many_read_part, &second);
		json_items_close(&second.items);
		member_add_all(&part->error, &second.error);
	}
	*error = part->error;
}

/* All of them, so that one answer names all that is wrong; -1 only where that is no use. */
static int many_read(const struct object_type *type, struct json_items *items, bool may_wait,
		     struct many *ret, struct error *error)
{
	struct many_part part = { .type = type, .many = ret, .may_wait = may_wait };

	ret->steps = calloc(items->count + 1, sizeof(*ret->steps));
	if (!ret->steps)
		return object_no_memory(error);
	ret->count = items->count;
	for (size_t i = 0; i < ret->count; i++)
		ret->steps[i].type = type->intent;
	part.items = *items;
	many_read_parts(&part, error);
	return error->kind ? -1 : 0;
}

/* Open addressing: each place has the number of a step, or 0 where it is free; steps count from 1. */
static size_t many_place(const struct many *many, const size_t *places, size_t room,
			 const char *key)
{
	size_t place = (size_t)names_hash(key) % room;

	while (places[place] && strcmp(many->steps[places[place] - 1].key, key))
		place = (place + 1) % room;
	return place;
}

static int many_check_twins(const struct many *many, struct error *error)
{
	size_t room = 2 * many->count + 1, *places = calloc(room, sizeof(*places)), i = 0;
	int result = 0;

	for (i = 0; places && i < many->count; i++) {
		size_t place = many_place(many, places, room, many->steps[i].key);

		if (places[place])
			break;
		places[place] = i + 1;
	}
	if (!places)
		return object_no_memory(error);
	free(places);
	if (i < many->count) {
		result = error_set(
			error, ERROR_EXISTS,
			"the list has this object twice: an item before /%zu is known "
			"by the same",
			i);
		member_of_item(error, i);
	}
	return result;
}

/* The steps from begin to end, as items of an array. */
struct answer_part {
	const struct object_type *type;
	const struct api_call *call;
	const struct many *many;
	size_t begin, end;
	struct json_writer writer;
};

static void answer_write_part(void *context)
{
	struct answer_part *part = context;
	struct intent_view view;

	for (size_t i = part->begin; i < part->end; i++) {
		const struct intent_step *step = &part->many->steps[i];

		if (intent_peek(step, &view))
			object_write_listed(part->type, &part->writer, part->call, step->actual,
					    &view);
	}
}

/* The second half's text is put behind that of the first. */
static void answer_write_halves(struct answer_part *part)
{
	struct answer_part second = *part;
	struct buffer text = { 0 };

	second.begin = part->end /= 2;
	json_writer_start(&second.writer, &text);
	second.writer.comma = true;
	halves_run(answer_write_part, part, answer_write_part, &second);
	part->writer.buffer->failed |= text.failed;
	buffer_append(part->writer.buffer, text.data, text.length);
	buffer_free(&text);
}

static int answer_many(const struct object_type *type, const struct api_call *call,
		       struct api_answer *answer, const struct many *many)
{
	struct answer_part part = {
		.type = type, .call = call, .many = many, .end = many->count
	};

	if (!answer_created_list(answer, call, &part.writer))
		return 0;
	json_write_array(&part.writer);
	if (many->count < MANY_HALVES)
		answer_write_part(&part);
	else
		answer_write_halves(&part);
	json_write_array_end(&part.writer);
	return 0;
}

static int make_answer(const struct object_type *type, struct api *api,
		       const struct api_call *call, struct api_answer *answer,
		       const struct many *many, struct error *error)
{
	return many->array ?
		       answer_many(type, call, answer, many) :
		       object_answer_step(type, api, call, answer, true, many->steps, error);
}

static int make_read_one(const struct object_type *type, const struct api_call *call,
			 struct json_object *body, bool may_wait, struct many *ret,
			 struct error *error)
{
	ret->steps = calloc(1, sizeof(*ret->steps));
	if (!ret->steps)
		return object_no_memory(error);
	ret->count = 1;
	if (object_step_new(type, call, body, NULL, ret->steps, error))
		return -1;
	ret->steps->may_wait = ret->steps->patient = may_wait;
	return 0;
}

static int make_read(const struct object_type *type, const struct api_call *call,
		     struct many *ret, struct error *error)
{
	struct json_items items CLEANUP_ITEMS = { 0 };
	struct json_object *body CLEANUP_JSON = NULL;
	bool may_wait = false;
	int array = api_read_items(call, &items, error);

	if (array < 0 || (!array && api_read_body(call, &body, error)) ||
	    query_boolean(call, "pending", &may_wait, error))
		return -1;
	ret->array = array;
	if (!array)
		return make_read_one(type, call, body, may_wait, ret, error);
	return many_read(type, &items, may_wait, ret, error) || many_check_twins(ret, error) ?
		       -1 :
		       0;
}

static int make_run(const struct object_type *type, struct api *api,
		    const struct api_call *call, struct many *many, struct api_answer *answer,
		    struct error *error)
{
	size_t failed;

	if (!intent_run(api->intent, many->steps, many->count, 0, &failed, error))
		return make_answer(type, api, call, answer, many, error);
	if (many->array && failed < many->count)
		member_of_item(error, failed);
	return -1;
}

int object_make(const struct object_type *type, struct api *api, const struct api_call *call,
		struct json_object *body, struct api_answer *answer, struct error *error)
{
	struct many many CLEANUP_MANY = { .intent = api->intent };
	bool may_wait = false;

	return query_boolean(call, "pending", &may_wait, error) ||
			       make_read_one(type, call, body, may_wait, &many, error) ?
		       -1 :
		       make_run(type, api, call, &many, answer, error);
}

int object_post(const struct object_type *type, struct api *api, const struct api_call *call,
		struct api_answer *answer, struct error *error)
{
	struct many many CLEANUP_MANY = { .intent = api->intent };

	return make_read(type, call, &many, error) ?
		       -1 :
		       make_run(type, api, call, &many, answer, error);
}

static int post_prepare(const struct object_type *type, struct api *api,
			struct api_together *one, struct many *ret)
{
	(void)api;
	one->result = make_read(type, one->call, ret, &one->error);
	return !one->result;
}

static void post_answer(const struct object_type *type, struct api *api,
			struct api_together *one, const struct many *many)
{
	one->result = make_answer(type, api, one->call, one->answer, many, &one->error);
}

static int post_again(const struct object_type *type, struct api *api, struct api_together *one)
{
	return object_post(type, api, one->call, one->answer, &one->error);
}

void object_post_together(const struct object_type *type, struct api *api,
			  struct api_together *all, size_t count)
{
	static const struct together_way way = { post_prepare, post_answer, post_again };

	object_together(&way, type, api, all, count);
}
