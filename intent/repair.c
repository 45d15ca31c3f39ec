/*
 * What became of an attempt: a repair is told and counted, a failure waits
 * longer each time. One that has to be repaired again and again is undone by
 * somebody else on purpose: that is said aloud, and the repairs slow down, so
 * that two managers do not keep a machine busy with their quarrel.
 */
#include <stdio.h>
#include <string.h>

#include "intent/intent_private.h"

enum {
	REPAIR_WINDOW_MS = 60 * 1000,
	REPAIR_FIRST_MS = 50,
	REPAIR_LONGEST_MS = 60 * 1000,
	REPAIR_CONTESTED_MS = 5 * 1000,
};

static int64_t repair_delay(unsigned int tries)
{
	int64_t delay = REPAIR_FIRST_MS;

	while (tries-- && delay < REPAIR_LONGEST_MS)
		delay *= 2;
	return delay < REPAIR_LONGEST_MS ? delay : REPAIR_LONGEST_MS;
}

static void repair_contest(struct intent *intent, struct intent_object *object, bool contested)
{
	bool before = object->contested;

	pthread_mutex_lock(&intent->mutex);
	object->contested = contested;
	pthread_mutex_unlock(&intent->mutex);
	if (contested && !before)
		wanted_tell(
			intent, object, EVENT_CONTESTED,
			"another manager keeps undoing it; it is made again every few seconds");
	else if (contested != before)
		wanted_touch(intent, object);
}

void repair_try_at(struct intent *intent, struct intent_object *object, int64_t at_ms)
{
	object->try_at_ms = at_ms;
	if (at_ms < intent->next_try_ms)
		intent->next_try_ms = at_ms;
}

void repair_note(struct intent *intent, struct intent_object *object, bool missing)
{
	int64_t now = intent_clock(), oldest;

	pthread_mutex_lock(&intent->mutex);
	oldest = object->repaired_ms[object->repairs % INTENT_REPAIRS];
	object->repaired_ms[object->repairs++ % INTENT_REPAIRS] = now;
	intent->repairs++;
	pthread_mutex_unlock(&intent->mutex);
	wanted_tell(intent, object, EVENT_REPAIRED, missing ? "it was gone" : "it was altered");
	repair_contest(intent, object, oldest && now - oldest < REPAIR_WINDOW_MS);
	if (object->contested)
		repair_try_at(intent, object, now + REPAIR_CONTESTED_MS);
}

void repair_failed(struct intent *intent, struct intent_object *object, const struct error *why)
{
	wanted_set_state(intent, object, wanted_state_of(why), why);
	repair_try_at(intent, object, intent_clock() + repair_delay(object->tries));
	object->tries++;
	/* An attempt that leaves no trace in the kernel is no event for the next one. */
	object->eager = object->type->rank > INTENT_RANK_LINK ||
			(object->type->rank == INTENT_RANK_LINK && why->kind == ERROR_EXISTS);
}

void repair_later(struct intent *intent, struct intent_object *object)
{
	struct error why;

	error_clear(&why);
	error_set(&why, ERROR_BUSY,
		  "another manager keeps undoing it; it is made again every few seconds");
	object->suspect = true;
	wanted_set_state(intent, object, INTENT_RETRYING, &why);
}

void repair_calm(struct intent *intent, struct intent_object *object, int64_t now)
{
	int64_t last;

	if (!object->contested)
		return;
	last = object->repaired_ms[(object->repairs - 1) % INTENT_REPAIRS];
	if (now - last > REPAIR_WINDOW_MS)
		repair_contest(intent, object, false);
}
