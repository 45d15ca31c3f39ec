/*
 * A plan: what there is to do so that the wanted documents become what is. Only
 * what differs is in it; whether a change can be made in place is found out by
 * rehearsing it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"

void intent_plan_clear(struct intent_plan *plan)
{
	intent_steps_free(plan->steps, plan->count);
	*plan = (struct intent_plan){ 0 };
}

static int plan_no_memory(struct error *error)
{
	return error_errno(error, ENOMEM, "planning a change");
}

static int plan_other_owner(const struct intent_object *object, struct error *error)
{
	memcpy(error->conflict, object->key, strlen(object->key) + 1);
	return error_set(error, ERROR_EXISTS, "this %s belongs to the owner \"%s\"",
			 object->type->name, object->owner);
}

/* What carries our mark already is changed into what is wanted; host is always there. */
static int plan_new(struct intent *intent, struct intent_step *step, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	INTENT_RECORD(wanted, step->type);
	INTENT_RECORD(actual, step->type);

	if (step->type->rank > INTENT_RANK_LINK)
		return 0;
	if (documents->read(documents->context, step->type, step->document, NULL, wanted.bytes,
			    error))
		return -1;
	if (step->type->find(intent->settings.netops, wanted.bytes, false, actual.bytes,
			     error)) {
		if (error->kind != ERROR_ABSENT)
			return -1;
		error_clear(error);
		return 0;
	}
	if (!step->type->is_ours(actual.bytes)) {
		step->type->key(actual.bytes, error->conflict);
		return error_set(error, ERROR_EXISTS,
				 "another %s, not made here, is in its place: remove it, or "
				 "adopt it",
				 step->type->name);
	}
	step->action = INTENT_CHANGE;
	return 0;
}

static bool plan_same(struct intent *intent, const struct intent_object *object,
		      const struct intent_step *step)
{
	const struct intent_documents *documents = &intent->settings.documents;

	return (!strcmp(object->labels, step->labels) ||
		documents->same(documents->context, object->labels, step->labels)) &&
	       documents->same(documents->context, object->document, step->document);
}

/* Cleared is left out. */
static int plan_known(struct intent *intent, const struct intent_object *object,
		      struct intent_step *step, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	char *kept;

	if (strcmp(object->owner, step->owner))
		return plan_other_owner(object, error);
	kept = documents->keep(documents->context, step->document, object->document);
	if (!kept)
		return plan_no_memory(error);
	free(step->document);
	step->document = kept;
	if (plan_same(intent, object, step)) {
		intent_step_clear(step);
		return 0;
	}
	/* It is read again where it is known what it replaces. */
	intent_record_free(step->type, step->wanted);
	step->wanted = NULL;
	step->action = INTENT_CHANGE;
	step->members =
		documents->differences(documents->context, object->document, step->document);
	return 0;
}

static int plan_compare(struct intent *intent, struct intent_step *step, struct error *error)
{
	const struct intent_object *object = table_find(&intent->table, step->key);

	return object ? plan_known(intent, object, step, error) : plan_new(intent, step, error);
}

static void plan_drop_empty(struct intent_plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (plan->steps[i].type)
			plan->steps[count++] = plan->steps[i];
	}
	plan->count = count;
}

static bool plan_names(struct names *keys, const struct intent_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (!names_add(keys, plan->steps[i].key))
			return false;
	}
	return true;
}

static int plan_delete(struct intent_plan *plan, const struct intent_object *object,
		       struct error *error)
{
	struct intent_step *steps = reallocarray(plan->steps, plan->count + 1, sizeof(*steps));

	if (!steps)
		return plan_no_memory(error);
	plan->steps = steps;
	return wanted_deletion(object, &steps[plan->count++], error);
}

/* wanted: the keys of all that was named, also of what is as wanted. */
static int plan_deletions(struct intent *intent, struct intent_plan *plan, const char *owner,
			  const struct names *wanted, struct error *error)
{
	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (!strcmp(object->owner, owner) && !names_has(wanted, object->key) &&
		    plan_delete(plan, object, error))
			return -1;
	}
	return 0;
}

/* In place, or not? What cannot be told yet, because it needs what is to come, is in place. */
static void plan_rehearse(struct intent *intent, struct intent_step *step)
{
	const struct intent_documents *documents = &intent->settings.documents;
	struct netops *netops = intent->settings.netops;
	struct error why;
	INTENT_RECORD(sought, step->type);
	INTENT_RECORD(current, step->type);
	INTENT_RECORD(wanted, step->type);
	INTENT_RECORD(actual, step->type);

	error_clear(&why);
	if (documents->read(documents->context, step->type, step->document, NULL, sought.bytes,
			    &why) ||
	    step->type->find(netops, sought.bytes, true, current.bytes, &why) ||
	    documents->read(documents->context, step->type, step->document, current.bytes,
			    wanted.bytes, &why))
		return;
	netops_rehearse(netops, true);
	if (step->type->change(netops, current.bytes, wanted.bytes, false, actual.bytes, &why))
		step->recreates = why.kind == ERROR_FIXED;
	netops_rehearse(netops, false);
}

static int plan_finish(struct intent *intent, struct intent_plan *plan, struct error *error)
{
	plan_drop_empty(plan);
	if (intent_order(intent, plan->steps, plan->count, error))
		return -1;
	for (size_t i = 0; i < plan->count; i++) {
		/* Routes, rules and neighbours are replaced as a whole. */
		if (plan->steps[i].action == INTENT_CHANGE &&
		    plan->steps[i].type->rank < INTENT_RANK_ROUTE)
			plan_rehearse(intent, &plan->steps[i]);
	}
	return 0;
}

int intent_plan(struct intent *intent, struct intent_plan *plan, const char *owner, bool exact,
		size_t *ret_failed, struct error *error)
{
	size_t count = plan->count;
	struct names wanted = { 0 };
	int result;

	result = plan_names(&wanted, plan) ? 0 : plan_no_memory(error);
	for (*ret_failed = 0; !result && *ret_failed < count; ++*ret_failed) {
		result = plan_compare(intent, &plan->steps[*ret_failed], error);
		if (result)
			break;
	}
	if (!result && exact)
		result = plan_deletions(intent, plan, owner, &wanted, error);
	names_clear(&wanted);
	return result ? -1 : plan_finish(intent, plan, error);
}
