/*
 * One object, from what the kernel has to what is wanted: made where there is
 * none, changed where it differs, left alone where it is right. What is not
 * ours is never touched, even where its name is the one we want.
 */
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"
#include "netops/link.h"

int settle_in_the_way(const struct intent_type *type, const void *current, struct error *error)
{
	type->key(current, error->conflict);
	return error_set(error, ERROR_EXISTS,
			 "another %s, not made here, is in its place: remove it, or adopt it",
			 type->name);
}

static int settle_create(struct intent *intent, const struct intent_type *type,
			 const char *document, void *ret, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	INTENT_RECORD(wanted, type);

	if (documents->read(documents->context, type, document, NULL, wanted.bytes, error))
		return -1;
	return type->create(intent->settings.netops, wanted.bytes, ret, error);
}

static int settle_change(struct intent *intent, const struct intent_type *type,
			 const char *document, void *current, bool exact, uint32_t mtu,
			 void *ret, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	INTENT_RECORD(wanted, type);

	if (documents->read(documents->context, type, document, current, wanted.bytes, error))
		return -1;
	if (type->keep && !exact)
		type->keep(wanted.bytes, current, mtu);
	return apart_keep(intent, type, current, wanted.bytes, error) ||
			       type->change(intent->settings.netops, current, wanted.bytes,
					    true, ret, error) ?
		       -1 :
		       0;
}

int settle_document(struct intent *intent, const struct intent_type *type, const char *document,
		    void *current, bool exact, uint32_t mtu, void *ret, bool *ret_changed,
		    struct error *error)
{
	struct netops *netops = intent->settings.netops;
	unsigned int before = netops_changes(netops);

	*ret_changed = false;
	if (!current) {
		*ret_changed = true;
		return settle_create(intent, type, document, ret, error);
	}
	if (!exact && !type->is_ours(current) && type->mark &&
	    type->mark(netops, current, error))
		return -1;
	if (settle_change(intent, type, document, current, exact, mtu, ret, error))
		return -1;
	*ret_changed = netops_changes(netops) != before;
	return 0;
}

/* What somebody took our mark from is still the one that we made. */
bool settle_is_ours(const struct intent_object *object, const void *current)
{
	if (object->type->rank == INTENT_RANK_NAMESPACE || object->type->is_ours(current))
		return true;
	return object->type->rank == INTENT_RANK_LINK && object->index &&
	       object->index == ((const struct link *)current)->status.index;
}

static int settle_find(struct intent *intent, const struct intent_object *object, void *ret,
		       bool *ret_found, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	INTENT_RECORD(wanted, object->type);

	if (documents->read(documents->context, object->type, object->document, NULL,
			    wanted.bytes, error))
		return -1;
	*ret_found =
		!object->type->find(intent->settings.netops, wanted.bytes, true, ret, error);
	if (*ret_found)
		return 0;
	if (error->kind != ERROR_ABSENT)
		return -1;
	error_clear(error);
	return 0;
}

int settle_sweep(struct intent *intent, const struct intent_type *type, const char *document,
		 struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	INTENT_RECORD(wanted, type);

	if (!type->sweep)
		return 0;
	return documents->read(documents->context, type, document, NULL, wanted.bytes, error) ||
			       type->sweep(intent->settings.netops, wanted.bytes, error) ?
		       -1 :
		       0;
}

/* Whoever unmounts a namespace removes its file himself in the next moment, and may. */
static bool settle_may_sweep(const struct intent_object *object)
{
	return object->type->rank != INTENT_RANK_NAMESPACE || object->tries;
}

static int settle_it(struct intent *intent, struct intent_object *object, void *current,
		     bool absent, bool *ret_changed, struct error *error)
{
	INTENT_RECORD(found, object->type);
	INTENT_RECORD(actual, object->type);
	bool there = !absent;

	if (!current && !absent && settle_find(intent, object, found.bytes, &there, error))
		return -1;
	if (!current && there)
		current = found.bytes;
	if (!current && settle_may_sweep(object) &&
	    settle_sweep(intent, object->type, object->document, error))
		return -1;
	if (current && !settle_is_ours(object, current))
		return settle_in_the_way(object->type, current, error);
	if (settle_document(intent, object->type, object->document, current, false, object->mtu,
			    actual.bytes, ret_changed, error))
		return -1;
	wanted_settle(intent, object, actual.bytes);
	return 0;
}

int settle_object(struct intent *intent, struct intent_object *object, void *current,
		  bool absent, bool *ret_changed, struct error *error)
{
	int result;

	wanted_own(intent, object->type, object->key, NULL);
	if (object->other_key)
		wanted_own(intent, object->type, object->other_key, NULL);
	result = settle_it(intent, object, current, absent, ret_changed, error);
	wanted_own_end(intent);
	return result;
}
