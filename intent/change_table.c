/* What a change does in the table of objects, once the kernel has it or will not have it yet. */
#include <string.h>

#include "intent/change_private.h"
#include "intent/event_entry.h"

/* What waits for something may have waited for this: of its own changes nobody is told. */
static void change_encourage(struct intent *intent, const char *namespace)
{
	if (intent->next_try_ms == INT64_MAX)
		return;
	(void)names_add(&intent->dirty, namespace);
	atomic_store(&intent->due_ms, 0);
}

static void change_forget(struct intent *intent, struct intent_object *object)
{
	if (!object)
		return;
	change_encourage(intent, object->namespace);
	wanted_forget(intent, object, NULL);
}

/* The one that was made ready; else what there is becomes what is wanted now. */
static struct intent_object *change_place(struct intent *intent, struct intent_step *step,
					  struct error *error)
{
	struct intent_object *object = step->ready ?
					       table_find_like(&intent->table, step->ready) :
					       table_find(&intent->table, step->key);
	struct store_object wanted = change_wanted(intent, step, object);
	bool ready = !object && step->ready;

	if (!object) {
		pthread_mutex_lock(&intent->mutex);
		if (!ready)
			object = table_add(&intent->table, step->type, step->key);
		else if (!table_insert(&intent->table, step->ready))
			object = step->ready;
		pthread_mutex_unlock(&intent->mutex);
	}
	if (!object) {
		change_no_memory(error);
		return NULL;
	}
	if (ready)
		step->ready = NULL;
	else if (wanted_set(intent, object, &wanted,
			    step->action == INTENT_CREATE ? step->wanted : NULL, error))
		return NULL;
	return object;
}

int change_in_table(struct intent *intent, struct intent_step *step, struct error *why,
		    struct error *error)
{
	struct intent_object *object;

	if (step->action == INTENT_DELETE) {
		change_forget(intent, table_find(&intent->table, step->key));
		return 0;
	}
	object = change_place(intent, step, error);
	if (!object)
		return -1;
	pass_watch_object(intent, object);
	if (step->creation && intent->settings.events)
		events_publish_entry(intent->settings.events, step->creation);
	else
		wanted_tell_change(intent, object,
				   step->action == INTENT_CREATE ? EVENT_CREATED :
								   EVENT_CHANGED,
				   step->members);
	step->creation = NULL;
	if (why) {
		repair_failed(intent, object, why);
		atomic_store(&intent->due_ms, 0);
	} else {
		change_encourage(intent, object->namespace);
		wanted_settle(intent, object, step->actual);
		wanted_set_state(intent, object, INTENT_APPLIED, NULL);
	}
	step->state = object->state;
	step->object = object;
	return 0;
}
