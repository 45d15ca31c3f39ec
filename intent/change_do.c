/*
 * What a change does in the kernel, and then in the table. Steps of one kind that
 * are next to each other, and whose type knows how to do many at once, are done so.
 */
#include <stdlib.h>
#include <string.h>

#include "intent/change_private.h"

static int change_read_wanted(struct intent *intent, struct intent_step *step,
			      const void *current, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;

	if (step->wanted)
		return 0;
	step->wanted = intent_record_new(step->type);
	return step->wanted ? documents->read(documents->context, step->type, step->document,
					      current, step->wanted, error) :
			      change_no_memory(error);
}

static int change_make(struct intent *intent, struct intent_step *step, struct error *error)
{
	if (change_read_wanted(intent, step, NULL, error))
		return -1;
	wanted_own(intent, step->type, step->key, step->wanted);
	return step->type->create(intent->settings.netops, step->wanted, step->actual, error);
}

static int change_mark(struct intent *intent, struct intent_step *step, struct error *error)
{
	const struct intent_type *type = step->type;

	return !type->is_ours(step->current) && type->mark ?
		       type->mark(intent->settings.netops, step->current, error) :
		       0;
}

static int change_alter(struct intent *intent, struct intent_step *step, struct error *error)
{
	const struct intent_object *object = table_find(&intent->table, step->key);
	struct netops *netops = intent->settings.netops;
	const struct intent_type *type = step->type;

	if (object && !step->adopt && !settle_is_ours(object, step->current))
		return settle_in_the_way(type, step->current, error);
	wanted_own(intent, type, step->key, step->current);
	if (!step->adopt && change_mark(intent, step, error))
		return -1;
	if (change_read_wanted(intent, step, step->current, error) ||
	    apart_keep(intent, type, step->current, step->wanted, error) ||
	    type->change(netops, step->current, step->wanted, step->recreate, step->actual,
			 error))
		return -1;
	/* What cannot be ours has no mark of ours either. */
	return step->adopt ? change_mark(intent, step, error) : 0;
}

/* host stays, and so does what somebody else put in the place of ours: only the wish goes. */
static bool change_stays(struct intent *intent, const struct intent_step *step)
{
	const struct intent_object *object = table_find(&intent->table, step->key);

	return step->type->rank == INTENT_RANK_NAMESPACE ?
		       step->type->is_ours(step->current) :
		       object && !settle_is_ours(object, step->current);
}

static int change_remove(struct intent *intent, struct intent_step *step, struct error *error)
{
	if (!step->current || change_stays(intent, step) ||
	    !step->type->remove(intent->settings.netops, step->current, error))
		return 0;
	if (error->kind != ERROR_ABSENT)
		return -1;
	error_clear(error); /* it went with another, or by somebody else */
	return 0;
}

static int change_in_kernel(struct intent *intent, struct intent_step *step,
			    struct error *error)
{
	step->actual = intent_record_new(step->type);
	if (!step->actual)
		return change_no_memory(error);
	if (step->action == INTENT_DELETE)
		return change_remove(intent, step, error);
	return step->current ? change_alter(intent, step, error) :
			       change_make(intent, step, error);
}

static void change_drop_actual(struct intent_step *step)
{
	intent_record_free(step->type, step->actual);
	step->actual = NULL;
}

/*
 * What is missing is waited for. A gateway that is not reached may be just wrong,
 * unless something waits there that may be the way to it.
 */
static bool change_waits(const struct intent *intent, const struct intent_step *step,
			 const struct error *why)
{
	const char *namespace = step->wanted ? step->type->namespace(step->wanted) : "";

	if (!step->may_wait || step->action == INTENT_DELETE || !wanted_may_come(why))
		return false;
	if (step->patient || wanted_state_of(why) == INTENT_PENDING)
		return true;
	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (object->state == INTENT_PENDING && !strcmp(object->namespace, namespace))
			return true;
	}
	return false;
}

static int change_do_alone(struct intent *intent, struct intent_step *step, struct error *error)
{
	struct error why;

	error_clear(&why);
	if (!change_in_kernel(intent, step, &why)) {
		if (step->action == INTENT_DELETE)
			change_drop_actual(step);
		return change_in_table(intent, step, NULL, error);
	}
	change_drop_actual(step);
	if (change_waits(intent, step, &why))
		return change_in_table(intent, step, &why, error);
	*error = why;
	return -1;
}

static int change_do_one(struct intent *intent, struct intent_step *step, struct error *error)
{
	int result = change_do_alone(intent, step, error);

	wanted_own_end(intent);
	return result;
}

/*
 * What failed may have been done in part, or wholly where only the answer was
 * lost. What the kernel refused to make was not made, though: something else of
 * its name, say, is not to be removed.
 */
static bool change_may_be_done(const struct intent_step *step, const struct error *why)
{
	return step->action != INTENT_CREATE || why->kind == ERROR_KERNEL ||
	       why->kind == ERROR_BUSY || why->kind == ERROR_INTERNAL;
}

/* ---- many at once ---- */

enum { CHANGE_MANY = 2 }; /* from so many on */

static bool change_is_of_many(const struct intent_step *step)
{
	switch (step->action) {
	case INTENT_CREATE:
		return step->type->create_many && !step->current;
	case INTENT_DELETE:
		return step->type->remove_many != NULL;
	case INTENT_CHANGE:
		break;
	}
	return false;
}

/* Links and tunnels are removed by the same function. */
static bool change_is_alike(const struct intent_step *step, const struct intent_step *first)
{
	return step->type == first->type ||
	       (step->action == INTENT_DELETE &&
		step->type->remove_many == first->type->remove_many);
}

size_t change_run_length(const struct intent_step *steps, size_t count)
{
	size_t length = 0;

	while (length < count && steps[length].action == steps[0].action &&
	       change_is_alike(&steps[length], &steps[0]) && change_is_of_many(&steps[length]))
		length++;
	return length;
}

static int change_prepare(struct intent *intent, struct intent_step *step,
			  struct intent_records *room, struct error *error)
{
	if (change_read_wanted(intent, step, NULL, error))
		return -1;
	step->actual = intent_record_new_in(room, step->type);
	if (!step->actual)
		return change_no_memory(error);
	wanted_own(intent, step->type, step->key, step->wanted);
	return 0;
}

static int change_create_many(struct intent *intent, struct intent_step *steps, size_t count,
			      void **records, size_t *ret_failed, struct error *error)
{
	void **wanted = records, **actual = records + count;
	struct intent_records *room = intent->room ? intent->room :
						     intent_records_open(steps->type, count);
	int result = 0;

	intent->room = NULL;
	for (*ret_failed = 0; *ret_failed < count; ++*ret_failed) {
		struct intent_step *step = &steps[*ret_failed];

		result = change_prepare(intent, step, room, error);
		if (result)
			break;
		wanted[*ret_failed] = step->wanted;
		actual[*ret_failed] = step->actual;
	}
	intent_records_close(room);
	return result ? result :
			steps->type->create_many(intent->settings.netops, wanted, actual, count,
						 ret_failed, error);
}

/* Those that are there, and ours. */
static int change_remove_many(struct intent *intent, struct intent_step *steps, size_t count,
			      void **records, size_t *ret_failed, struct error *error)
{
	const struct intent_type *type = steps->type;
	size_t there = 0, failed;

	for (size_t i = 0; i < count; i++) {
		if (steps[i].current && !change_stays(intent, &steps[i]))
			records[there++] = steps[i].current;
	}
	if (!there || !type->remove_many(intent->settings.netops, (const void **)records, there,
					 &failed, error))
		return 0;
	/* Which step that was. */
	*ret_failed = count;
	for (size_t i = 0; i < count && failed < there; i++) {
		if (steps[i].current == records[failed])
			*ret_failed = i;
	}
	return -1;
}

int change_many_in_kernel(struct intent *intent, struct intent_step *steps, size_t count,
			  size_t *ret_failed, struct error *error)
{
	void **records = calloc(2 * count, sizeof(*records));
	int result;

	if (!records)
		return change_no_memory(error);
	result = steps->action == INTENT_CREATE ?
			 change_create_many(intent, steps, count, records, ret_failed, error) :
			 change_remove_many(intent, steps, count, records, ret_failed, error);
	free(records);
	return result;
}

static bool change_some_may_wait(const struct intent_step *steps, size_t count)
{
	bool some = false;

	for (size_t i = 0; i < count; i++)
		some |= steps[i].may_wait;
	return some;
}

static int change_many_in_table(struct intent *intent, struct intent_step *steps, size_t count,
				size_t *ret_failed, struct error *error)
{
	struct events *events = intent->settings.events;
	int result = 0;

	if (events)
		events_hold(events, true);
	for (*ret_failed = 0; *ret_failed < count && !result; *ret_failed += !result)
		result = change_in_table(intent, &steps[*ret_failed], NULL, error);
	if (events)
		events_hold(events, false);
	return result;
}

/* 1: done; 0: to be done one by one, so that some can wait; -1: failed. */
static int change_do_run(struct intent *intent, struct intent_step *steps, size_t count,
			 size_t *ret_failed, struct error *error)
{
	struct error why;
	int result;

	error_clear(&why);
	if (count < CHANGE_MANY)
		return 0;
	result = (intent->rows_due ? change_many_in_all : change_many_in_kernel)(
		intent, steps, count, ret_failed, &why);
	if (result) {
		for (size_t i = 0; i < count; i++)
			change_drop_actual(&steps[i]);
		if (steps->action == INTENT_CREATE && !intent->rows_due &&
		    change_some_may_wait(steps, count))
			return 0;
		*error = why;
		return -1;
	}
	return change_many_in_table(intent, steps, count, ret_failed, error) ? -1 : 1;
}

static int change_do_many(struct intent *intent, struct intent_step *steps, size_t count,
			  size_t *ret_failed, struct error *error)
{
	int result = change_do_run(intent, steps, count, ret_failed, error);

	wanted_own_end(intent);
	return result;
}

static int change_do_all(struct intent *intent, struct intent_step *steps, size_t count,
			 size_t *ret_failed, size_t *ret_not_done, struct error *error)
{
	size_t failed, many = 0, alone_until = 0;

	for (size_t i = 0; i < count; i += many ? many : 1) {
		int result = 0;

		many = i < alone_until ? 0 : change_run_length(&steps[i], count - i);
		failed = many;
		if (many)
			result = change_do_many(intent, &steps[i], many, &failed, error);
		if (result > 0)
			continue;
		*ret_failed = failed < many ? i + failed : count;
		if (result < 0) {
			/* Of many it is not known which were. */
			*ret_not_done =
				count - i - (change_may_be_done(&steps[i], error) ? many : 0);
			return -1;
		}
		alone_until = many ? i + many : alone_until;
		many = 0;
		if (!change_do_one(intent, &steps[i], error))
			continue;
		*ret_failed = i;
		*ret_not_done = count - i - change_may_be_done(&steps[i], error);
		return -1;
	}
	*ret_failed = count;
	return 0;
}

int change_do(struct intent *intent, struct intent_step *steps, size_t count,
	      size_t *ret_failed, size_t *ret_not_done, struct error *error)
{
	int result;

	/* Of what is foreign nobody else tells. */
	for (size_t i = 0; i < count; i++) {
		if (steps[i].action == INTENT_DELETE &&
		    table_find(&intent->table, steps[i].key))
			wanted_doom(intent, steps[i].type, steps[i].key, steps[i].current);
	}
	result = change_do_all(intent, steps, count, ret_failed, ret_not_done, error);
	wanted_doom_end(intent);
	return result;
}
