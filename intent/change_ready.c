/*
 * A large change that makes objects of one type: while the kernel makes them, a second
 * thread writes their rows into the store, and makes what the table is to have
 * of them. How to undo the change has to be in the journal before, but for that
 * one line with all their documents is enough (store_journal_packed()); it goes in
 * the transaction that brings the rows.
 */
#include "intent/change_private.h"
#include "netops/buffer.h"
#include "netops/halves.h"

enum { READY_MANY = 1000 }; /* from so many on */

bool change_is_large(const struct intent_step *steps, size_t count)
{
	return count >= READY_MANY && change_run_length(steps, count) == count &&
	       change_only_makes(steps, count);
}

/* ---- journal ---- */

struct journaling {
	struct intent *intent;
	const struct intent_step *steps;
	size_t count;
	struct error *error;
	int result;
};

static void journaling_write(void *context)
{
	struct journaling *it = context;

	it->result = change_journal(it->intent, it->steps, it->count, it->error);
}

static void journaling_make_room(void *context)
{
	struct journaling *it = context;

	it->intent->room = intent_records_open(it->steps->type, it->count);
	intent_records_touch(it->intent->room);
}

int change_journal_with_room(struct intent *intent, const struct intent_step *steps,
			     size_t count, struct error *error)
{
	struct journaling it = {
		.intent = intent, .steps = steps, .count = count, .error = error
	};

	if (!change_is_large(steps, count))
		return change_journal(intent, steps, count, error);
	halves_run(journaling_write, &it, journaling_make_room, &it);
	if (!it.result)
		return 0;
	intent_records_close(intent->room);
	intent->room = NULL;
	return -1;
}

int change_journal_packed(struct intent *intent, const struct intent_step *steps, size_t count,
			  struct error *error)
{
	struct buffer pack = { 0 };
	int result;

	for (size_t i = 0; i < count; i++)
		store_pack(&pack, steps[i].type->name, steps[i].key, steps[i].document);
	result = pack.failed ?
			 change_no_memory(error) :
			 store_journal_packed(intent->store, intent->revision, &pack, error);
	buffer_free(&pack);
	return result;
}

/* ---- meanwhile ---- */

struct ready {
	struct intent *intent;
	struct intent_step *steps;
	size_t count;
	/* In the kernel. */
	size_t *ret_failed;
	int result;
	struct error *error;
	/* In the store. */
	int stored;
	struct error why;
};

static int ready_put_rows(const struct ready *change, struct error *error)
{
	struct intent *intent = change->intent;

	if (store_clear_journal(intent->store, error) ||
	    store_journal_made(intent->store, intent->revision, error))
		return -1;
	for (size_t i = 0; i < change->count; i++) {
		struct store_object wanted = change_wanted(intent, &change->steps[i], NULL);

		if (store_put(intent->store, &wanted, error))
			return -1;
	}
	return 0;
}

static int ready_store(const struct ready *change, struct error *error)
{
	struct store *store = change->intent->store;

	/* There is time for it now: the last sync has little to do then. */
	if (store_begin_safe(store, error))
		return -1;
	if (!ready_put_rows(change, error))
		return store_commit(store, error);
	store_rollback(store);
	return -1;
}

/* What cannot be made ready is made when it is needed. */
static void ready_make(struct intent *intent, struct intent_step *step)
{
	struct store_object wanted = change_wanted(intent, step, NULL);
	struct intent_object *object = table_new(step->type, step->key);
	struct error ignored;

	error_clear(&ignored);
	if (!object || !step->wanted ||
	    wanted_set(intent, object, &wanted, step->wanted, &ignored)) {
		table_free(object);
		return;
	}
	step->ready = object;
	step->creation = wanted_creation(object, step->members);
}

static void ready_behind(void *context)
{
	struct ready *change = context;

	change->stored = ready_store(change, &change->why);
	for (size_t i = 0; i < change->count && !change->stored; i++)
		ready_make(change->intent, &change->steps[i]);
}

static void ready_in_kernel(void *context)
{
	struct ready *change = context;

	change->result = change_many_in_kernel(change->intent, change->steps, change->count,
					       change->ret_failed, change->error);
}

int change_many_in_all(struct intent *intent, struct intent_step *steps, size_t count,
		       size_t *ret_failed, struct error *error)
{
	struct ready change = { .intent = intent,
				.steps = steps,
				.count = count,
				.ret_failed = ret_failed,
				.error = error };

	error_clear(&change.why);
	halves_run(ready_in_kernel, &change, ready_behind, &change);
	intent->rows_due = change.stored != 0;
	if (!change.stored)
		return change.result;
	*error = change.why;
	*ret_failed = count;
	return -1;
}
