/*
 * Changes that came together are tried as one: a transaction, a conversation with
 * the kernel. Where that fails it is undone, and each is done by itself, so that
 * one that cannot be is the only one that pays.
 */
#include <stdlib.h>
#include <string.h>

#include "intent/change_private.h"

/* None of the objects is another's, too. */
static bool together_meets(struct names *keys, const struct intent_together *change)
{
	for (size_t i = 0; i < change->count; i++) {
		if (names_has(keys, change->steps[i].key))
			return true;
	}
	for (size_t i = 0; i < change->count; i++)
		(void)names_add(keys, change->steps[i].key);
	return false;
}

/* Returns how many steps there are of those that can be tried. */
static size_t together_look(struct intent *intent, struct intent_together *changes,
			    size_t count)
{
	struct names keys = { 0 };
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		struct intent_together *change = &changes[i];

		change->meets = together_meets(&keys, change);
		change->result = change->meets ?
					 0 :
					 change_look(intent, change->steps, change->count,
						     &change->failed, change->error);
		if (!change->meets && !change->result)
			total += change->count;
	}
	names_clear(&keys);
	return total;
}

/* What stands on others is deleted first, whoever's it is: so those of a rank are next to each other. */
static void together_collect(struct intent_together *changes, size_t count,
			     struct intent_step **ret)
{
	for (unsigned int rank = INTENT_RANKS; rank--;) {
		for (size_t i = 0; i < count; i++) {
			for (size_t j = 0; j < changes[i].count; j++) {
				if (!changes[i].meets && !changes[i].result &&
				    changes[i].steps[j].type->rank == rank)
					*ret++ = &changes[i].steps[j];
			}
		}
	}
}

/* They are copied, and given back with what became of them. */
static int together_try(struct intent *intent, struct intent_step **steps, size_t total,
			struct error *error)
{
	struct intent_step *all = calloc(total, sizeof(*all));
	size_t failed;
	int result;

	if (!all)
		return change_no_memory(error);
	for (size_t i = 0; i < total; i++)
		all[i] = *steps[i];
	result = change_make_looked(intent, all, total, 0, &failed, error);
	for (size_t i = 0; i < total; i++)
		*steps[i] = all[i];
	free(all);
	return result;
}

/* As if nobody had looked yet. */
static void together_forget(struct intent_together *change)
{
	for (size_t i = 0; i < change->count; i++) {
		struct intent_step *step = &change->steps[i];

		intent_record_free(step->type, step->actual);
		step->actual = NULL;
		if (!step->known)
			intent_record_free(step->type, step->current);
		if (!step->known)
			step->current = NULL;
		free(step->shown);
		step->shown = NULL;
	}
}

static void together_one_by_one(struct intent *intent, struct intent_together *changes,
				size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct intent_together *change = &changes[i];

		if (change->meets || change->result)
			continue;
		together_forget(change);
		change->result = intent_run(intent, change->steps, change->count, 0,
					    &change->failed, change->error);
	}
}

void intent_run_together(struct intent *intent, struct intent_together *changes, size_t count)
{
	struct intent_step **steps = NULL;
	struct error why;
	size_t total = 0;
	int result = -1;

	error_clear(&why);
	if (count > 1 && !intent_may_change(intent, &why) && !undo_again(intent, &why)) {
		total = together_look(intent, changes, count);
		steps = calloc(total + 1, sizeof(*steps));
	}
	if (steps) {
		together_collect(changes, count, steps);
		result = total ? together_try(intent, steps, total, &why) : 0;
		free(steps);
	}
	if (result)
		together_one_by_one(intent, changes, count);
}
