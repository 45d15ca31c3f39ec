/*
 * Undoing from before-images. What was there comes back as it was shown, with
 * what was asked for laid over it: so also values that nobody asked for return,
 * and secrets, which are never shown.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "intent/intent_private.h"

enum { UNDO_ATTEMPTS = 4, UNDO_PAUSE_MS = 10 };

static int undo_creation(struct intent *intent, const struct intent_type *type,
			 const struct store_before *before, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	struct netops *netops = intent->settings.netops;
	INTENT_RECORD(wanted, type);
	INTENT_RECORD(actual, type);

	if (documents->read(documents->context, type, before->object.document, NULL,
			    wanted.bytes, error))
		return -1;
	if (type->find(netops, wanted.bytes, false, actual.bytes, error))
		return error->kind == ERROR_ABSENT && type->sweep ?
			       type->sweep(netops, wanted.bytes, error) :
			       -1;
	if (type->rank != INTENT_RANK_NAMESPACE && !type->is_ours(actual.bytes))
		return 0;
	return type->remove(netops, actual.bytes, error);
}

/* Another of its name may have come since; its number says nothing here. */
static bool undo_is_ours(const struct intent_type *type, const void *found)
{
	return type->rank == INTENT_RANK_NAMESPACE || type->is_ours(found);
}

/* Whether it was changed or deleted since: it comes back. */
static int undo_loss(struct intent *intent, const struct intent_type *type,
		     const struct store_before *before, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	INTENT_RECORD(wanted, type);
	INTENT_RECORD(found, type);
	INTENT_RECORD(actual, type);
	struct buffer text = { 0 };
	bool changed, there = false;
	int result;

	result = documents->overlay(documents->context, before->shown,
				    before->existed ? before->object.document : "{}", &text,
				    error);
	buffer_append(&text, "", 1);
	if (!result && !text.failed)
		result = documents->read(documents->context, type, text.data, NULL,
					 wanted.bytes, error);
	if (!result) {
		there = !type->find(intent->settings.netops, wanted.bytes, true, found.bytes,
				    error);
		error_clear(error);
		if (!there)
			(void)settle_sweep(intent, type, text.data, error);
		error_clear(error);
		if (!there || !before->existed || undo_is_ours(type, found.bytes))
			result = settle_document(intent, type, text.data,
						 there ? found.bytes : NULL, true, 0,
						 actual.bytes, &changed, error);
	}
	buffer_free(&text);
	return result;
}

static int undo_one(struct intent *intent, const struct intent_type *type,
		    const struct store_before *before, struct error *error)
{
	/* What was there and only taken over is not ours to remove. */
	if (!before->existed && !before->shown[0])
		return undo_creation(intent, type, before, error);
	return before->shown[0] ? undo_loss(intent, type, before, error) : 0;
}

/* What the kernel has no room for now it may have a moment later. */
static void undo_attempts(struct intent *intent, const struct store_before *before)
{
	const struct intent_type *type = intent_type_find(before->object.type);
	const struct timespec pause = { 0, UNDO_PAUSE_MS * 1000000L };
	struct error error;

	for (int i = 0; type && i < UNDO_ATTEMPTS; i++) {
		error_clear(&error);
		if (!undo_one(intent, type, before, &error) ||
		    (error.kind != ERROR_KERNEL && error.kind != ERROR_BUSY))
			return;
		nanosleep(&pause, NULL);
	}
}

static void undo_kernel(struct intent *intent, const struct store_before *before)
{
	const struct intent_type *type = intent_type_find(before->object.type);

	if (!type)
		return;
	wanted_own(intent, type, before->object.key, NULL);
	undo_attempts(intent, before);
	wanted_own_end(intent);
}

struct undoing {
	struct intent *intent;
	size_t not_done;
};

static int undo_in_kernel(const struct store_before *before, void *context, struct error *error)
{
	struct undoing *undoing = context;

	(void)error;
	if (undoing->not_done)
		undoing->not_done--;
	else
		undo_kernel(undoing->intent, before);
	return 0;
}

/* Who was told of what is undone is told of that, too. */
static const char undo_detail[] = "a change that failed, or was not confirmed, is undone";

static void undo_in_table_creation(struct intent *intent, struct intent_object *object)
{
	if (object)
		wanted_forget(intent, object, undo_detail);
}

static int undo_in_table_loss(struct intent *intent, struct intent_object *object,
			      const struct store_before *before, struct error *error)
{
	const struct intent_type *type = intent_type_find(before->object.type);
	bool changed = object && object->revision != before->object.revision, lost = !object;

	if (!object && type) {
		pthread_mutex_lock(&intent->mutex);
		object = table_add(&intent->table, type, before->object.key);
		pthread_mutex_unlock(&intent->mutex);
		if (!object)
			return error_errno(error, ENOMEM, "undoing");
		object->state = INTENT_PENDING;
	}
	if (!object)
		return 0;
	if (wanted_set(intent, object, &before->object, NULL, error))
		return -1;
	/* Whether the kernel has it is looked at soon, and not only when something happens. */
	(void)names_add(&intent->dirty, object->namespace);
	atomic_store(&intent->due_ms, 0);
	if (lost || changed)
		wanted_tell(intent, object, lost ? EVENT_CREATED : EVENT_CHANGED, undo_detail);
	return 0;
}

static int undo_in_table(const struct store_before *before, void *context, struct error *error)
{
	struct intent *intent = context;
	struct intent_object *object = table_find(&intent->table, before->object.key);

	if (before->existed)
		return undo_in_table_loss(intent, object, before, error);
	undo_in_table_creation(intent, object);
	return 0;
}

static int undo_in_store(const struct store_before *before, void *context, struct error *error)
{
	struct intent *intent = context;

	if (store_take_back_revision(intent->store, before->object.key, error))
		return -1;
	return before->existed ? store_put(intent->store, &before->object, error) :
				 store_remove(intent->store, before->object.key, error);
}

int undo_journal(struct intent *intent, size_t not_done, struct error *error)
{
	struct undoing undoing = { intent, not_done };
	struct store *store = intent->store;

	if (store_each_before(store, undo_in_kernel, &undoing, error) ||
	    store_each_before(store, undo_in_table, intent, error) || store_begin(store, error))
		return -1;
	if (store_each_before(store, undo_in_store, intent, error) ||
	    store_clear_journal(store, error) || store_set(store, "held", NULL, error)) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, error);
}

int undo_again(struct intent *intent, struct error *error)
{
	if (intent->undo_due && undo_journal(intent, intent->undo_not_done, error))
		return -1;
	intent->undo_due = false;
	return 0;
}
