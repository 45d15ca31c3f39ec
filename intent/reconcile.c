/*
 * When to look: at once when something was heard of, but not again before a
 * while that the last look's own time decides; when an object is to be tried
 * again; and at everything every minute, for what nobody tells.
 */
#include <string.h>

#include "intent/changes.h"
#include "intent/intent_private.h"

enum {
	RECONCILE_FULL_MS = 60 * 1000,
	RECONCILE_PAUSE_MS = 20, /* what happens in it is looked at together */
	RECONCILE_LONGEST_PAUSE_MS = 400,
};

/* Another of the name of one that is gone has to be watched anew. */
static void reconcile_hear(struct intent *intent)
{
	struct names gone = { 0 };

	if (!intent->settings.changes)
		return;
	changes_take(intent->settings.changes, &intent->dirty, &gone);
	for (size_t i = 0; i < gone.count; i++) {
		names_remove(&intent->watched, gone.all[i]);
		pass_forget_inside(intent, gone.all[i]);
	}
	names_clear(&gone);
}

/* The next time that something is due although nothing happens. */
static void reconcile_plan(struct intent *intent)
{
	int64_t due = intent->full_pass_at_ms;
	int64_t held = atomic_load(&intent->held_until_ms);
	int64_t after = intent->pass_after_ms; /* no look before */

	if (intent->next_try_ms < due)
		due = intent->next_try_ms > after ? intent->next_try_ms : after;
	if (intent->dirty.count && after < due)
		due = after;
	if (held && held < due)
		due = held;
	atomic_store(&intent->due_ms, due);
	/* Others say so in this order: the flag, then when. */
	if (atomic_load(&intent->suspect_all) || atomic_load(&intent->mounts_changed))
		atomic_store(&intent->due_ms, 0);
}

/* Namespaces of those whose time has come. There may be many objects: only when one's may have. */
static void reconcile_retry(struct intent *intent, int64_t now)
{
	if (now < intent->next_try_ms)
		return;
	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (object->suspect && object->try_at_ms && object->try_at_ms <= now)
			(void)names_add(&intent->dirty, object->namespace);
	}
}

/* What is not suspect, and has a time to come, may be so by then. */
static void reconcile_next_try(struct intent *intent, int64_t now)
{
	if (now < intent->next_try_ms)
		return;
	intent->next_try_ms = INT64_MAX;
	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (object->try_at_ms && object->try_at_ms < intent->next_try_ms &&
		    (object->suspect || object->try_at_ms > now))
			intent->next_try_ms = object->try_at_ms;
	}
}

static void reconcile_pass(struct intent *intent, bool all)
{
	int64_t begun = intent_clock_us(), took;

	pass_run(intent, all);
	took = intent_clock_us() - begun;
	pthread_mutex_lock(&intent->mutex);
	intent->passes++;
	intent->pass_us += (uint64_t)took;
	pthread_mutex_unlock(&intent->mutex);
	took = took * 4 / 1000;
	if (took < RECONCILE_PAUSE_MS)
		took = RECONCILE_PAUSE_MS;
	intent->pass_after_ms =
		intent_clock() +
		(took < RECONCILE_LONGEST_PAUSE_MS ? took : RECONCILE_LONGEST_PAUSE_MS);
}

void intent_reconcile(struct intent *intent)
{
	int64_t now = intent_clock();
	struct error ignored;
	bool all, mounts;

	error_clear(&ignored);
	(void)undo_again(intent, &ignored);
	hold_expire(intent);
	reconcile_hear(intent);
	mounts = atomic_exchange(&intent->mounts_changed, false);
	all = atomic_exchange(&intent->suspect_all, false) || now >= intent->full_pass_at_ms;
	if (all)
		intent->full_pass_at_ms = now + (intent->settings.full_pass_ms ?
							 intent->settings.full_pass_ms :
							 RECONCILE_FULL_MS);
	reconcile_retry(intent, now);
	if (all || mounts || (intent->dirty.count && now >= intent->pass_after_ms))
		reconcile_pass(intent, all);
	error_clear(&ignored);
	(void)intent_sync(intent, &ignored);
	reconcile_next_try(intent, now);
	reconcile_plan(intent);
}

void intent_suspect(struct intent *intent)
{
	atomic_store(&intent->suspect_all, true);
	atomic_store(&intent->due_ms, 0);
}

void intent_mounts_changed(struct intent *intent)
{
	atomic_store(&intent->mounts_changed, true);
	atomic_store(&intent->due_ms, 0);
}

int intent_due_ms(struct intent *intent)
{
	int64_t left = atomic_load(&intent->due_ms) - intent_clock();

	return left < 0 ? 0 : left > RECONCILE_FULL_MS ? RECONCILE_FULL_MS : (int)left;
}
