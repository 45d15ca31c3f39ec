/*
 * What cannot be without an object: the kernel takes it along. Where a client
 * takes a namespace or a link away, what was made there one by one is given up
 * with it; what may wait stays wanted, and waits.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"

struct intent_victims {
	struct intent *intent;
	struct names gone; /* places */
	struct names keys; /* of the steps, and of what is not wanted and goes */
	struct intent_step *steps;
	size_t count;
	bool failed;
};

struct intent_victims *intent_victims_new(struct intent *intent)
{
	struct intent_victims *victims = calloc(1, sizeof(*victims));

	if (victims)
		victims->intent = intent;
	return victims;
}

void intent_victims_free(struct intent_victims *victims)
{
	if (!victims)
		return;
	names_clear(&victims->gone);
	names_clear(&victims->keys);
	intent_steps_free(victims->steps, victims->count);
	free(victims);
}

static void victims_take_place(const struct intent_place *place, void *context)
{
	struct intent_victims *victims = context;
	char text[PLACE_SIZE];

	place_text(place, text, sizeof(text));
	victims->failed |= !names_add(&victims->gone, text);
}

/* NULL: no memory. The room grows at each power of two. */
static struct intent_step *victims_step(struct intent_victims *victims,
					const struct intent_object *object)
{
	size_t count = victims->count;
	struct intent_step *steps = victims->steps;
	struct error ignored;

	if (!(count & (count - 1)))
		steps = reallocarray(steps, count ? 2 * count : 1, sizeof(*steps));
	if (!steps || !names_add(&victims->keys, object->key)) {
		victims->failed = true;
		return NULL;
	}
	victims->steps = steps;
	error_clear(&ignored);
	victims->count++;
	victims->failed |= wanted_deletion(object, &steps[count], &ignored) != 0;
	return &steps[count];
}

bool intent_victims_add(struct intent_victims *victims, const struct intent_type *type,
			const char *key, const void *record)
{
	const struct intent_object *object = table_find(&victims->intent->table, key);

	if (object && names_has(&victims->keys, object->key))
		return false;
	if (type->gives)
		type->gives(record, victims_take_place, victims);
	if (object)
		(void)victims_step(victims, object);
	return true;
}

static bool victims_take_along(const struct intent_victims *victims,
			       const struct intent_object *object)
{
	bool hit = object->via && names_has(&victims->gone, object->via);

	for (char **need = object->needs; !hit && need && *need; need++)
		hit = names_has(&victims->gone, *need);
	return hit;
}

/* What an object brings along goes with it. */
static void victims_give(struct intent_victims *victims, const struct intent_type *type,
			 const char *document)
{
	const struct intent_documents *documents = &victims->intent->settings.documents;
	struct error ignored;
	INTENT_RECORD(record, type);

	error_clear(&ignored);
	if (type->gives &&
	    !documents->read(documents->context, type, document, NULL, record.bytes, &ignored))
		type->gives(record.bytes, victims_take_place, victims);
}

static void victims_add_dependent(struct intent_victims *victims,
				  const struct intent_object *object)
{
	struct intent_step *step = victims_step(victims, object);

	/* The kernel takes along what is in a namespace, and what is on a link. */
	if (step)
		step->known = object->type->rank > INTENT_RANK_LINK ||
			      names_has(&victims->gone, object->namespace);
	victims_give(victims, object->type, object->document);
}

/* Again and again, for what goes may have something on it in its turn. */
static bool victims_round(struct intent_victims *victims)
{
	size_t before = victims->count;

	for (struct intent_object *object = victims->intent->table.first; object;
	     object = object->next) {
		if (!object->may_wait && victims_take_along(victims, object) &&
		    !names_has(&victims->keys, object->key))
			victims_add_dependent(victims, object);
	}
	return victims->count > before && !victims->failed;
}

/* What stands on others goes first; within a rank, what was found to go along later. */
static struct intent_step *victims_sorted(const struct intent_victims *victims)
{
	struct intent_step *sorted = calloc(victims->count + 1, sizeof(*sorted));
	size_t count = 0;

	for (unsigned int rank = INTENT_RANKS; sorted && rank--;) {
		for (size_t i = victims->count; i--;) {
			if (victims->steps[i].type->rank == rank)
				sorted[count++] = victims->steps[i];
		}
	}
	return sorted;
}

int intent_victims_steps(struct intent_victims *victims, struct intent_step **ret,
			 size_t *ret_count, struct error *error)
{
	while (victims->gone.count && victims_round(victims))
		;
	*ret = victims->failed ? NULL : victims_sorted(victims);
	if (!*ret)
		return error_errno(error, ENOMEM, "looking for dependents");
	*ret_count = victims->count;
	victims->count = 0;
	return 0;
}
