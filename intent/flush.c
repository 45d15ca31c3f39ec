/* Taking everything back: what is ours goes, what needs others before those. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"

struct flushing {
	struct intent *intent;
	struct intent_step *steps;
	size_t count;
	unsigned int removed, kept;
};

static int flush_collect(struct flushing *flushing, struct error *error)
{
	struct intent *intent = flushing->intent;
	size_t room = 0;

	for (struct intent_object *object = intent->table.first; object; object = object->next)
		room++;
	flushing->steps = calloc(room + 1, sizeof(*flushing->steps));
	if (!flushing->steps)
		return error_errno(error, ENOMEM, "collecting what is ours");
	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (wanted_deletion(object, &flushing->steps[flushing->count++], error))
			return -1;
	}
	return intent_order(intent, flushing->steps, flushing->count, error);
}

static void flush_forget(struct flushing *flushing)
{
	intent_steps_free(flushing->steps, flushing->count);
}

static void flush_one(struct flushing *flushing, const struct intent_step *step)
{
	struct intent *intent = flushing->intent;
	const struct intent_documents *documents = &intent->settings.documents;
	struct intent_object *object = table_find(&intent->table, step->key);
	const struct intent_type *type = step->type;
	struct error ignored;
	INTENT_RECORD(wanted, type);
	INTENT_RECORD(actual, type);

	error_clear(&ignored);
	if (documents->read(documents->context, type, object->document, NULL, wanted.bytes,
			    &ignored) ||
	    type->find(intent->settings.netops, wanted.bytes, true, actual.bytes, &ignored))
		return; /* it is gone */
	if (type->rank == INTENT_RANK_NAMESPACE ? type->is_ours(actual.bytes) :
						  !type->is_ours(actual.bytes))
		return; /* host stays, and so does what is somebody else's by now */
	if (type->remove(intent->settings.netops, actual.bytes, &ignored) &&
	    ignored.kind != ERROR_ABSENT)
		flushing->kept++;
	else
		flushing->removed++;
}

static int flush_store(struct intent *intent, struct error *error)
{
	struct store *store = intent->store;

	if (store_begin(store, error))
		return -1;
	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (store_remove(store, object->key, error)) {
			store_rollback(store);
			return -1;
		}
	}
	return store_commit(store, error) || store_sync(store, true, error) ? -1 : 0;
}

int intent_flush(struct intent *intent, unsigned int *ret_removed, unsigned int *ret_kept,
		 struct error *error)
{
	struct flushing flushing = { .intent = intent };
	int result;

	intent->fresh = true; /* whatever carries our mark goes, too */
	if (undo_journal(intent, 0, error) || rebuild_from_marks(intent, error) ||
	    flush_collect(&flushing, error)) {
		flush_forget(&flushing);
		return -1;
	}
	for (size_t i = 0; i < flushing.count; i++)
		flush_one(&flushing, &flushing.steps[i]);
	result = flushing.kept ? 0 : flush_store(intent, error);
	flush_forget(&flushing);
	*ret_removed = flushing.removed;
	*ret_kept = flushing.kept;
	return result;
}
