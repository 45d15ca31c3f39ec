/* DELETE of one object, and of what cannot be without it. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/object_private.h"

/* What was found need not be looked for again. */
static int delete_know(struct change *change, struct intent_step *step, struct error *error)
{
	step->known = true;
	if (!change->found.there)
		return 0;
	step->current = intent_record_moved(&change->found.actual);
	return step->current ? 0 : object_no_memory(error);
}

/* With what cannot be without it; the last step is the object itself, if it is wanted. */
static int delete_steps(struct change *change, struct many *ret, struct error *error)
{
	const struct object_found *found = &change->found;
	struct intent_victims *victims = intent_victims_new(change->api->intent);
	int result;

	if (!victims)
		return object_no_memory(error);
	(void)intent_victims_add(victims, change->type->intent,
				 found->managed ? found->view.key : "",
				 found->there ? found->actual.bytes : found->wanted.bytes);
	result = intent_victims_steps(victims, &ret->steps, &ret->count, error);
	intent_victims_free(victims);
	for (size_t i = 0; !result && found->managed && i < ret->count; i++) {
		if (!strcmp(ret->steps[i].key, found->view.key) && !found->other_end)
			result = delete_know(change, &ret->steps[i], error);
	}
	return result;
}

static int delete_find(struct change *change, struct error *error)
{
	return query_boolean(change->call, "foreign", &change->foreign, error) ||
			       change_find(change, error) < 1 ?
		       -1 :
		       0;
}

/* host says so itself; that it is wanted ends with its configuration. */
static bool delete_is_host(const struct change *change)
{
	const struct intent_type *type = change->type->intent;

	return change->found.there && type == &intent_namespace &&
	       type->is_ours(change->found.actual.bytes);
}

static int delete_found(struct change *change, struct api_answer *answer, struct error *error)
{
	const struct intent_type *type = change->type->intent;
	struct intent *intent = change->api->intent;
	struct many many CLEANUP_MANY = { .intent = intent };
	size_t failed;

	if (delete_is_host(change))
		return type->remove(change->api->netops, change->found.actual.bytes, error);
	if (!change->found.managed &&
	    type->need_ours(change->found.actual.bytes, change->foreign, error))
		return -1;
	/* What others made goes first: the kernel may keep it, and with it what is on it. */
	if (delete_steps(change, &many, error) || intent_may_change(intent, error) ||
	    (!change->found.managed &&
	     type->remove(change->api->netops, change->found.actual.bytes, error)) ||
	    intent_run(intent, many.steps, many.count, 0, &failed, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

int object_delete(const struct object_type *type, struct api *api, const struct api_call *call,
		  struct api_answer *answer, struct error *error)
{
	struct change change CLEANUP_CHANGE;

	change_init(&change, type, api, call);
	return delete_find(&change, error) ? -1 : delete_found(&change, answer, error);
}

/* 1: steps; 0: it is done by itself, or cannot be. */
static int delete_prepare(const struct object_type *type, struct api *api,
			  struct api_together *one, struct many *ret)
{
	struct change change CLEANUP_CHANGE;

	change_init(&change, type, api, one->call);
	one->result = delete_find(&change, &one->error);
	if (one->result)
		return 0;
	if (change.found.managed && !delete_is_host(&change)) {
		one->result = delete_steps(&change, ret, &one->error);
		return !one->result;
	}
	one->result = delete_found(&change, one->answer, &one->error);
	return 0;
}

static int delete_again(const struct object_type *type, struct api *api,
			struct api_together *one)
{
	return object_delete(type, api, one->call, one->answer, &one->error);
}

static void delete_answer(const struct object_type *type, struct api *api,
			  struct api_together *one, const struct many *many)
{
	(void)type;
	(void)api;
	(void)many;
	answer_nothing(one->answer);
}

void object_delete_together(const struct object_type *type, struct api *api,
			    struct api_together *all, size_t count)
{
	static const struct together_way way = { delete_prepare, delete_answer, delete_again };

	object_together(&way, type, api, all, count);
}
