/*
 * What cannot be without an object: the kernel takes it along. Where a client
 * takes a namespace or a link away, what was made there one by one is given up
 * with it; what may wait stays wanted, and waits.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"

struct dependents {
	struct intent *intent;
	struct names gone; /* places */
	struct names keys; /* of the steps */
	struct intent_step *steps;
	size_t count;
	bool failed;
};

static void dependents_take_place(const struct intent_place *place, void *context)
{
	struct dependents *dependents = context;
	char text[PLACE_SIZE];

	place_text(place, text, sizeof(text));
	dependents->failed |= !names_add(&dependents->gone, text);
}

static void dependents_add(struct dependents *dependents, const struct intent_object *object)
{
	struct intent_step *steps = reallocarray(dependents->steps, dependents->count + 1,
						 sizeof(*steps));

	if (!steps) {
		dependents->failed = true;
		return;
	}
	dependents->steps = steps;
	steps += dependents->count++;
	*steps = wanted_deletion(object);
	/* The kernel takes along what is in a namespace, and what is on a link. */
	steps->known = object->type->rank > INTENT_RANK_LINK ||
		       names_has(&dependents->gone, object->namespace);
	dependents->failed |= !names_add(&dependents->keys, object->key);
}

static bool dependents_is_hit(const struct dependents *dependents,
			      const struct intent_object *object)
{
	for (size_t i = 0; i < dependents->gone.count; i++) {
		if (wanted_needs(object, dependents->gone.all[i]))
			return true;
	}
	return false;
}

/* What an object brings along goes with it. */
static void dependents_give(struct dependents *dependents, const struct intent_type *type,
			    const char *document)
{
	const struct intent_documents *documents = &dependents->intent->settings.documents;
	struct error ignored;
	INTENT_RECORD(record, type);

	error_clear(&ignored);
	if (type->gives && !documents->read(documents->context, type, document, NULL,
					    record.bytes, &ignored))
		type->gives(record.bytes, dependents_take_place, dependents);
}

/* Again and again, for what goes may have something on it in its turn. */
static bool dependents_round(struct dependents *dependents, const char *key)
{
	size_t before = dependents->count;

	for (struct intent_object *object = dependents->intent->table.first; object;
	     object = object->next) {
		if (object->may_wait || !strcmp(object->key, key) ||
		    names_has(&dependents->keys, object->key) ||
		    !dependents_is_hit(dependents, object))
			continue;
		dependents_add(dependents, object);
		dependents_give(dependents, object->type, object->document);
	}
	return dependents->count > before && !dependents->failed;
}

int intent_dependents(struct intent *intent, const struct intent_type *type, const char *key,
		      const void *record, struct intent_step **ret, size_t *ret_count,
		      struct error *error)
{
	struct dependents dependents = { .intent = intent };

	if (type->gives)
		type->gives(record, dependents_take_place, &dependents);
	while (dependents.gone.count && dependents_round(&dependents, key))
		;
	names_clear(&dependents.gone);
	names_clear(&dependents.keys);
	*ret = dependents.steps;
	*ret_count = dependents.count;
	return dependents.failed ? error_errno(error, ENOMEM, "looking for dependents") : 0;
}
