/*
 * A change: steps that are done in their order, or not at all.
 *
 *   look      what the kernel has of each, so that it can be brought back
 *   journal   how to undo each step, and what is wanted now: one transaction
 *   do        step by step in the kernel
 *   settle    the journal is cleared: another transaction, and the change stands
 *
 * Whatever ends the process before the last is undone by the next start.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intent/change_private.h"
#include "netops/link.h"

void intent_step_clear(struct intent_step *step)
{
	intent_record_free(step->type, step->current);
	intent_record_free(step->type, step->wanted);
	intent_record_free(step->type, step->actual);
	free(step->owner);
	free(step->labels);
	free(step->document);
	free(step->members);
	free(step->shown);
	*step = (struct intent_step){ 0 };
}

int change_no_memory(struct error *error)
{
	return error_errno(error, ENOMEM, "making a change");
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
	return error_set(error, ERROR_EXISTS, "there is such a %s already", step->type->name);
}

/* ---- journal ---- */

static struct store_object change_wanted(const struct intent *intent,
					 const struct intent_step *step)
{
	const struct intent_object *object = table_find(&intent->table, step->key);

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

static int change_journal_step(struct intent *intent, const struct intent_step *step,
			       struct error *error)
{
	static const char *const actions[] = { "created", "changed", "deleted" };
	const struct intent_object *object = table_find(&intent->table, step->key);
	struct store_object wanted = change_wanted(intent, step);
	struct store_before before = { .object = object ? wanted_stored(object) : wanted,
				       .existed = object != NULL,
				       .shown = step->shown ? step->shown : "" };
	const struct store_revision revision = {
		.key = step->key,
		.action = actions[step->action],
		.owner = step->owner ? step->owner : object ? object->owner : "",
		.members = step->members ? step->members : "",
		.revision = intent->revision,
		.time_ms = intent_epoch()
	};

	if (store_journal(intent->store, &before, error))
		return -1;
	/* Who would ask for the past of a route? */
	if (step->type->rank == INTENT_RANK_LINK &&
	    store_add_revision(intent->store, &revision, error))
		return -1;
	return step->action == INTENT_DELETE ? store_remove(intent->store, step->key, error) :
					       store_put(intent->store, &wanted, error);
}

static int change_journal(struct intent *intent, const struct intent_step *steps, size_t count,
			  struct error *error)
{
	char revision[24];

	snprintf(revision, sizeof(revision), "%llu", (unsigned long long)intent->revision);
	if (store_begin(intent->store, error))
		return -1;
	if (store_set(intent->store, "revision", revision, error)) {
		store_rollback(intent->store);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (change_journal_step(intent, &steps[i], error)) {
			store_rollback(intent->store);
			return -1;
		}
	}
	return store_commit(intent->store, error);
}

static int change_clear_journal(struct intent *intent, struct error *error)
{
	if (store_begin(intent->store, error))
		return -1;
	if (!store_clear_journal(intent->store, error))
		return store_commit(intent->store, error);
	store_rollback(intent->store);
	return -1;
}

/* ---- do ---- */

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
	return change_read_wanted(intent, step, NULL, error) ||
			       step->type->create(intent->settings.netops, step->wanted,
						  step->actual, error) ?
		       -1 :
		       0;
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

/* In the table; step->actual is what the kernel has, or the error why it has not. */
static int change_in_table(struct intent *intent, struct intent_step *step, struct error *why,
			   struct error *error)
{
	struct intent_object *object = table_find(&intent->table, step->key);
	struct store_object wanted = change_wanted(intent, step);

	if (step->action == INTENT_DELETE) {
		if (object)
			wanted_tell(intent, object, EVENT_DELETED, NULL);
		pthread_mutex_lock(&intent->mutex);
		if (object)
			table_remove(&intent->table, object);
		pthread_mutex_unlock(&intent->mutex);
		return 0;
	}
	if (!object) {
		pthread_mutex_lock(&intent->mutex);
		object = table_add(&intent->table, step->type, step->key);
		pthread_mutex_unlock(&intent->mutex);
	}
	if (!object)
		return change_no_memory(error);
	if (wanted_set(intent, object, &wanted, error))
		return -1;
	pass_watch_object(intent, object);
	wanted_tell(intent, object, step->action == INTENT_CREATE ? EVENT_CREATED : EVENT_CHANGED,
		    step->members);
	if (why) {
		repair_failed(intent, object, why);
		atomic_store(&intent->due_ms, 0);
	} else {
		wanted_settle(intent, object, step->actual);
		wanted_set_state(intent, object, INTENT_APPLIED, NULL);
	}
	step->state = object->state;
	return 0;
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
	for (struct intent_object *object = intent->table.first; object; object = object->next) {
		if (object->state == INTENT_PENDING && !strcmp(object->namespace, namespace))
			return true;
	}
	return false;
}

static int change_do(struct intent *intent, struct intent_step *step, struct error *error)
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

/* What could not be undone, the reconciler goes on with: the table says what is wanted. */
static void change_undo(struct intent *intent, size_t not_done, struct error *error)
{
	struct error second;

	error_clear(&second);
	if (!undo_journal(intent, not_done, &second))
		return;
	intent->undo_due = true;
	intent->undo_not_done = not_done;
	intent_suspect(intent);
	error_set(error, ERROR_INTERNAL, "%.250s; and it could not be undone in the store: %.200s",
		  error->detail, second.detail);
}

int intent_run(struct intent *intent, struct intent_step *steps, size_t count,
	       uint32_t hold_seconds, size_t *ret_failed, struct error *error)
{
	int result;

	*ret_failed = count;
	if (intent_may_change(intent, error) || undo_again(intent, error))
		return -1;
	if (look_at_many(intent, steps, count, error))
		return -1;
	for (*ret_failed = 0; *ret_failed < count; ++*ret_failed) {
		if (change_check(intent, &steps[*ret_failed], error) ||
		    look_at(intent, &steps[*ret_failed], error))
			return -1;
	}
	if (!count)
		return 0;
	pthread_mutex_lock(&intent->mutex);
	intent->revision++;
	pthread_mutex_unlock(&intent->mutex);
	if (change_journal(intent, steps, count, error))
		return -1;
	for (*ret_failed = 0; *ret_failed < count; ++*ret_failed) {
		if (change_do(intent, &steps[*ret_failed], error)) {
			change_undo(intent,
				    count - *ret_failed -
					    change_may_be_done(&steps[*ret_failed], error),
				    error);
			return -1;
		}
	}
	result = hold_seconds ? hold_begin(intent, hold_seconds, error) :
				change_clear_journal(intent, error);
	if (result)
		change_undo(intent, 0, error);
	return result;
}

int intent_sync(struct intent *intent, struct error *error)
{
	return store_sync(intent->store, error);
}
