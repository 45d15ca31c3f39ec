/* What the sources of a change share. */
#ifndef INTENT_CHANGE_PRIVATE_H
#define INTENT_CHANGE_PRIVATE_H

#include "intent/intent_private.h"

/* Fills current and shown; a new one must not be there yet. */
int look_at(struct intent *intent, struct intent_step *step, struct error *error);
/* Fills current of routes, where they are many. */
int look_at_many(struct intent *intent, struct intent_step *steps, size_t count,
		 struct error *error);
int change_no_memory(struct error *error);

#endif
