/*
 * A change: steps that are done in their order, or not at all.
 *
 *   look      what the kernel has of each, so that it can be brought back
 *   journal   how to undo each step, and what is wanted now: one transaction
 *   do        in the kernel, step by step, or many at once (intent/change_do.c)
 *   settle    the journal is cleared, and the change stands: with the next change's
 *             transaction, or before the answer by intent_sync()
 *
 * Whatever ends the process before the last is undone by the next start.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intent/change_private.h"
#include "intent/event_entry.h"
#include "netops/link.h"

enum { CHANGE_LARGE = 500 };

void intent_rest(struct intent *intent)
{
	intent_steps_leave(intent, NULL, 0);
	store_rest(intent->store);
	if (intent->large)
		(void)malloc_trim(0);
	intent->large = false;
}

static void change_forget_ready(struct intent_step *step)
{
	table_free(step->ready);
	entry_free(step->creation);
	step->ready = NULL;
	step->creation = NULL;
}

void intent_step_clear(struct intent_step *step)
{
	intent_record_free(step->type, step->current);
	intent_record_free(step->type, step->wanted);
	intent_record_free(step->type, step->actual);
	free(step->key);
	free(step->owner);
	free(step->labels);
	free(step->document);
	free(step->members);
	free(step->shown);
	change_forget_ready(step);
	*step = (struct intent_step){ 0 };
}

void intent_steps_free(struct intent_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		intent_step_clear(&steps[i]);
	free(steps);
}

/* Of no more than one change: memory is bounded where the agent never rests. */
void intent_steps_leave(struct intent *intent, struct intent_step *steps, size_t count)
{
	intent_steps_free(intent->left, intent->left_count);
	intent->left = NULL;
	intent->left_count = 0;
	if (count < CHANGE_LARGE) {
		intent_steps_free(steps, count);
		return;
	}
	intent->left = steps;
	intent->left_count = count;
}

int change_no_memory(struct error *error)
{
	return error_errno(error, ENOMEM, "making a change");
}

int intent_step_name(struct intent_step *step, const char *key, struct error *error)
{
	free(step->key);
	step->key = strdup(key);
	return step->key ? 0 : change_no_memory(error);
}

/* Of what is no part of the document. */
static int change_note_labels(struct intent_step *step, const struct intent_object *object,
			      struct error *error)
{
	const char *members = step->members ? step->members : "";
	char *both;

	if (step->action != INTENT_CHANGE || strstr(members, "labels") ||
	    !strcmp(object->labels, step->labels ? step->labels : ""))
		return 0;
	if (asprintf(&both, "%s%slabels", members, members[0] ? ", " : "") < 0)
		return change_no_memory(error);
	free(step->members);
	step->members = both;
	return 0;
}

static int change_check(struct intent *intent, struct intent_step *step, struct error *error)
{
	const struct intent_object *object = table_find(&intent->table, step->key);
	const struct link *link = step->type->rank == INTENT_RANK_LINK ? step->wanted : NULL;
	char other[ERROR_URL_SIZE];

	/* The other end of a veth takes a name, too; the kernel may not be there to say so. */
	if (!object && link && link->peer) {
		step->type->key(link->peer, other);
		object = table_find(&intent->table, other);
	}
	if (object && change_note_labels(step, object, error))
		return -1;
	if (step->action != INTENT_CREATE || !object)
		return 0;
	memcpy(error->conflict, object->key, strlen(object->key) + 1);
	return error_set(error, ERROR_EXISTS, "this %s is there already", step->type->name);
}

/* ---- journal ---- */

struct store_object change_wanted(const struct intent *intent, const struct intent_step *step,
				  const struct intent_object *object)
{
	return (struct store_object){ .key = step->key,
				      .type = step->type->name,
				      .owner = step->owner,
				      .labels = step->labels ? step->labels : "",
				      .document = step->document,
				      .revision = intent->revision,
				      .created_ms = object ? object->created_ms :
							     intent_epoch(),
				      .may_wait = step->may_wait };
}

/* alone_made: one line of the journal stands for all. */
static int change_journal_step(struct intent *intent, const struct intent_step *step,
			       bool alone_made, struct error *error)
{
	static const char *const actions[] = { "created", "changed", "deleted" };
	const struct intent_object *object = table_find(&intent->table, step->key);
	struct store_object wanted = change_wanted(intent, step, object);
	struct store_before before = { .object = object ? wanted_stored(object) : wanted,
				       .existed = object != NULL,
				       .shown = step->shown ? step->shown : "" };
	const struct store_revision revision = { .key = step->key,
						 .action = actions[step->action],
						 .owner = step->owner ? step->owner :
							  object      ? object->owner :
									"",
						 .members = step->members ? step->members : "",
						 .revision = intent->revision,
						 .time_ms = intent_epoch() };

	if (!alone_made && store_journal(intent->store, &before, error))
		return -1;
	/* Who would ask for the past of a route? */
	if (step->type->rank == INTENT_RANK_LINK &&
	    store_add_revision(intent->store, &revision, error))
		return -1;
	return step->action == INTENT_DELETE ? store_remove(intent->store, step->key, error) :
					       store_put(intent->store, &wanted, error);
}

bool change_only_makes(const struct intent_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (steps[i].action != INTENT_CREATE)
			return false;
	}
	return count > 1;
}

static int change_journal_each(struct intent *intent, const struct intent_step *steps,
			       size_t count, struct error *error)
{
	const bool made = change_only_makes(steps, count);

	if (made && store_journal_made(intent->store, intent->revision, error))
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (change_journal_step(intent, &steps[i], made, error))
			return -1;
	}
	return 0;
}

int change_journal(struct intent *intent, const struct intent_step *steps, size_t count,
		   struct error *error)
{
	const bool large = change_is_large(steps, count);
	char revision[24];

	snprintf(revision, sizeof(revision), "%llu", (unsigned long long)intent->revision);
	if (store_begin(intent->store, error))
		return -1;
	if ((intent->journal_done && store_clear_journal(intent->store, error)) ||
	    store_set(intent->store, "revision", revision, error) ||
	    (large ? change_journal_packed : change_journal_each)(intent, steps, count,
								  error)) {
		store_rollback(intent->store);
		return -1;
	}
	if (store_commit(intent->store, error))
		return -1;
	intent->journal_done = false;
	intent->rows_due = large;
	return 0;
}

/* ---- run ---- */

/* What could not be undone, the reconciler goes on with: the table says what is wanted. */
static void change_undo(struct intent *intent, size_t not_done, struct error *error)
{
	struct error second;
	int result;

	error_clear(&second);
	result = undo_journal(intent, not_done, &second);
	/* Whoever has looked in between has seen what never was. */
	if (intent->settings.events)
		events_touch(intent->settings.events, EVENTS_OF_ALL, "", "");
	if (!result)
		return;
	intent->undo_due = true;
	intent->undo_not_done = not_done;
	intent_suspect(intent);
	error_set(error, ERROR_INTERNAL,
		  "%.250s; and it could not be undone in the store: %.200s", error->detail,
		  second.detail);
}

/* What the kernel has of each, and whether the change is possible at all. */
int change_look(struct intent *intent, struct intent_step *steps, size_t count,
		size_t *ret_failed, struct error *error)
{
	*ret_failed = count;
	if (look_at_many(intent, steps, count, error))
		return -1;
	for (*ret_failed = 0; *ret_failed < count; ++*ret_failed) {
		if (change_check(intent, &steps[*ret_failed], error) ||
		    look_at(intent, &steps[*ret_failed], error))
			return -1;
	}
	return 0;
}

int change_make_looked(struct intent *intent, struct intent_step *steps, size_t count,
		       uint32_t hold_seconds, size_t *ret_failed, struct error *error)
{
	size_t not_done;
	int result;

	*ret_failed = count;
	/* Of an earlier try they have its revision. */
	for (size_t i = 0; i < count; i++)
		change_forget_ready(&steps[i]);
	intent->large |= count >= CHANGE_LARGE;
	pthread_mutex_lock(&intent->mutex);
	intent->revision++;
	pthread_mutex_unlock(&intent->mutex);
	if (change_journal_with_room(intent, steps, count, error))
		return -1;
	result = change_do(intent, steps, count, ret_failed, &not_done, error);
	intent_records_close(intent->room);
	intent->room = NULL;
	if (result) {
		change_undo(intent, not_done, error);
		return -1;
	}
	result = hold_seconds ? hold_begin(intent, hold_seconds, error) : 0;
	if (result)
		change_undo(intent, 0, error);
	intent->journal_done = !result && !hold_seconds;
	return result;
}

int intent_run(struct intent *intent, struct intent_step *steps, size_t count,
	       uint32_t hold_seconds, size_t *ret_failed, struct error *error)
{
	*ret_failed = count;
	if (intent_may_change(intent, error) || undo_again(intent, error) ||
	    change_look(intent, steps, count, ret_failed, error))
		return -1;
	return count ? change_make_looked(intent, steps, count, hold_seconds, ret_failed,
					  error) :
		       0;
}

/* Where it is not safe yet it stands all the same, unless the machine ends now. */
static void change_clear_journal(struct intent *intent)
{
	struct error ignored;

	error_clear(&ignored);
	if (!intent->journal_done || store_begin(intent->store, &ignored))
		return;
	if (store_clear_journal(intent->store, &ignored))
		store_rollback(intent->store);
	else
		intent->journal_done = store_commit(intent->store, &ignored) != 0;
}

int intent_sync(struct intent *intent, struct error *error)
{
	if (store_sync(intent->store, intent->journal_done, error)) {
		change_clear_journal(intent);
		return -1;
	}
	intent->journal_done = false;
	return 0;
}
