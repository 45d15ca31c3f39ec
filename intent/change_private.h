/* What the sources of a change share. */
#ifndef INTENT_CHANGE_PRIVATE_H
#define INTENT_CHANGE_PRIVATE_H

#include "intent/intent_private.h"

/* Fills current and shown; a new one must not be there yet. */
int look_at(struct intent *intent, struct intent_step *step, struct error *error);
/* Fills current of links and routes, where they are many. */
int look_at_many(struct intent *intent, struct intent_step *steps, size_t count,
		 struct error *error);
/* What the store is to have of a step; object: what is in the table, or NULL. */
struct store_object change_wanted(const struct intent *intent, const struct intent_step *step,
				  const struct intent_object *object);
/*
 * All steps in the kernel and in the table, up to the first that fails. ret_failed:
 * its place (count: none is to blame); ret_not_done: how many of the last were not
 * even begun.
 */
int change_do(struct intent *intent, struct intent_step *steps, size_t count,
	      size_t *ret_failed, size_t *ret_not_done, struct error *error);
/* In the table; step->actual is what the kernel has, or why says why it has not. */
int change_in_table(struct intent *intent, struct intent_step *step, struct error *why,
		    struct error *error);
/* All of them create. */
bool change_only_makes(const struct intent_step *steps, size_t count);
/* How many of the first can be done together. */
size_t change_run_length(const struct intent_step *steps, size_t count);
int change_many_in_kernel(struct intent *intent, struct intent_step *steps, size_t count,
			  size_t *ret_failed, struct error *error);
/* Are these to be journaled as a pack, and done by change_many_in_all()? */
bool change_is_large(const struct intent_step *steps, size_t count);
int change_journal(struct intent *intent, const struct intent_step *steps, size_t count,
		   struct error *error);
/*
 * The same; where the change is large a second thread makes room meanwhile for what the kernel
 * will have: to touch so much new memory takes as long as the journal. intent->room is
 * for change_many_in_kernel().
 */
int change_journal_with_room(struct intent *intent, const struct intent_step *steps,
			     size_t count, struct error *error);
/* One line that stands for all. A transaction is open. */
int change_journal_packed(struct intent *intent, const struct intent_step *steps, size_t count,
			  struct error *error);
/* In the kernel, in the store, and made ready for the table. */
int change_many_in_all(struct intent *intent, struct intent_step *steps, size_t count,
		       size_t *ret_failed, struct error *error);
/* The first half of intent_run(), and the second. */
int change_look(struct intent *intent, struct intent_step *steps, size_t count,
		size_t *ret_failed, struct error *error);
int change_make_looked(struct intent *intent, struct intent_step *steps, size_t count,
		       uint32_t hold_seconds, size_t *ret_failed, struct error *error);
int change_no_memory(struct error *error);

#endif
