/*
 * A large change: what the table is to have of its new objects is made while the journal
 * is written, which waits for nothing of it; in the table they are put when they are
 * in the kernel. What could not be made ready is made then.
 */
#include "intent/change_private.h"
#include "netops/halves.h"

enum { READY_MANY = 1000 }; /* from so many on */

struct ready_journal {
	struct intent *intent;
	struct intent_step *steps;
	size_t count;
	int result;
	struct error *error;
};

static void ready_make(struct intent *intent, struct intent_step *step, struct error *error)
{
	struct store_object wanted = change_wanted(intent, step, NULL);
	struct intent_object *object = table_new(step->type, step->key);

	if (object && !wanted_set(intent, object, &wanted, step->wanted, error))
		step->ready = object;
	else
		table_free(object);
}

static void ready_make_all(void *context)
{
	const struct ready_journal *change = context;
	struct error ignored;

	error_clear(&ignored);
	for (size_t i = 0; i < change->count; i++) {
		struct intent_step *step = &change->steps[i];

		/* Other names of one are looked for in the table. */
		if (step->type->create_many && step->wanted)
			ready_make(change->intent, step, &ignored);
	}
}

static void ready_write_journal(void *context)
{
	struct ready_journal *change = context;

	change->result =
		change_journal(change->intent, change->steps, change->count, change->error);
}

int change_journal_ready(struct intent *intent, struct intent_step *steps, size_t count,
			 struct error *error)
{
	struct ready_journal change = { intent, steps, count, 0, error };

	/* Of an earlier try they have its revision. */
	for (size_t i = 0; i < count; i++) {
		table_free(steps[i].ready);
		steps[i].ready = NULL;
	}
	if (count < READY_MANY || !change_only_makes(steps, count))
		return change_journal(intent, steps, count, error);
	halves_run(ready_write_journal, &change, ready_make_all, &change);
	return change.result;
}
