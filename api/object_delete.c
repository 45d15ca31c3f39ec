/* DELETE of one object, and of what cannot be without it. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/object_private.h"

/* With what cannot be without it; the last step is the object itself, if it is wanted. */
static int delete_steps(struct change *change, struct many *ret, struct error *error)
{
	const struct object_found *found = &change->found;
	const char *key = found->managed ? found->view.key : "";
	struct intent_step *steps;

	if (intent_dependents(change->api->intent, change->type->intent, key,
			      found->there ? found->actual.bytes : found->wanted.bytes,
			      &ret->steps, &ret->count, error))
		return -1;
	if (!found->managed)
		return 0;
	steps = reallocarray(ret->steps, ret->count + 1, sizeof(*steps));
	if (!steps)
		return object_no_memory(error);
	ret->steps = steps;
	steps += ret->count++;
	*steps = (struct intent_step){ .action = INTENT_DELETE, .type = found->view.type };
	memcpy(steps->key, key, strlen(key) + 1);
	return 0;
}

int object_delete(const struct object_type *type, struct api *api, const struct api_call *call,
		  struct api_answer *answer, struct error *error)
{
	struct change change CLEANUP_CHANGE;
	struct many many CLEANUP_MANY = { NULL, 0 };
	size_t failed;

	change_init(&change, type, api, call);
	if (query_boolean(call, "foreign", &change.foreign, error) ||
	    change_find(&change, error) < 1)
		return -1;
	/* host says so itself; that it is wanted ends with its configuration. */
	if (change.found.there && type->intent == &intent_namespace &&
	    type->intent->is_ours(change.found.actual.bytes))
		return type->intent->remove(api->netops, change.found.actual.bytes, error);
	if (!change.found.managed &&
	    type->intent->need_ours(change.found.actual.bytes, change.foreign, error))
		return -1;
	/* What others made goes first: the kernel may keep it, and with it what is on it. */
	if (delete_steps(&change, &many, error) || intent_may_change(api->intent, error) ||
	    (!change.found.managed &&
	     type->intent->remove(api->netops, change.found.actual.bytes, error)) ||
	    intent_run(api->intent, many.steps, many.count, 0, &failed, error))
		return -1;
	answer_nothing(answer);
	return 0;
}
