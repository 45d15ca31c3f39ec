/*
 * What the kernel has of each object before it is changed: so that it can be
 * changed, and brought back.
 */
#include <stdlib.h>
#include <string.h>

#include "intent/change_private.h"

/* By the document that is wanted, or that was until now. */
static int look_find(struct intent *intent, struct intent_step *step, const char *document,
		     struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	INTENT_RECORD(wanted, step->type);

	if (documents->read(documents->context, step->type, document, NULL, wanted.bytes,
			    error))
		return -1;
	step->current = intent_record_new(step->type);
	if (!step->current)
		return change_no_memory(error);
	if (!step->type->find(intent->settings.netops, wanted.bytes, true, step->current,
			      error))
		return 0;
	intent_record_free(step->type, step->current);
	step->current = NULL;
	if (error->kind != ERROR_ABSENT)
		return -1;
	error_clear(error);
	return 0;
}

static int look_show(struct intent *intent, struct intent_step *step, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	struct buffer text = { 0 };

	if (documents->show(documents->context, step->type, step->current, false, true, &text,
			    error)) {
		buffer_free(&text);
		return -1;
	}
	buffer_append(&text, "", 1);
	if (text.failed) {
		buffer_free(&text);
		return change_no_memory(error);
	}
	step->shown = text.data;
	return 0;
}

/*
 * What is there already is not to be taken for what we made, should we die. To
 * ask so for a route would take a dump of the table each.
 */
static int look_new(struct intent *intent, struct intent_step *step, struct error *error)
{
	if (step->type->rank > INTENT_RANK_LINK)
		return 0;
	if (look_find(intent, step, step->document, error))
		return -1;
	if (!step->current)
		return 0;
	step->type->key(step->current, error->conflict);
	intent_record_free(step->type, step->current);
	step->current = NULL;
	return error_set(error, ERROR_EXISTS, "this %s is there already", step->type->name);
}

int look_at(struct intent *intent, struct intent_step *step, struct error *error)
{
	const struct intent_object *object;

	if (step->action == INTENT_CREATE)
		return look_new(intent, step, error);
	object = table_find(&intent->table, step->key);
	if (!step->known &&
	    look_find(intent, step, object ? object->document : step->document, error))
		return -1;
	return step->current ? look_show(intent, step, error) : 0;
}

/* ---- many at once ---- */

enum {
	LOOK_MANY = 8
}; /* from so many on a list costs less than a question, or a dump, for each */

struct look_many {
	const struct intent_type *type;
	struct intent_step **steps; /* sorted by key */
	size_t count;
};

static int look_by_key(const void *a, const void *b)
{
	const struct intent_step *const *one = a, *const *other = b;

	return strcmp((*one)->key, (*other)->key);
}

/* Tunnels are in the list of links. */
static bool look_is_of_many(const struct look_many *many, const struct intent_step *step)
{
	return step->type->rank == many->type->rank && step->action != INTENT_CREATE &&
	       !step->known;
}

/* The record is taken out of its list, unless that does not tell all. */
static int look_take(void *actual, void *context, struct error *error)
{
	struct look_many *many = context;
	char text[ERROR_URL_SIZE];
	struct intent_step key = { .key = text }, *sought = &key, **found;

	many->type->key(actual, text);
	found = bsearch(&sought, many->steps, many->count, sizeof(*many->steps), look_by_key);
	if (!found || (*found)->current ||
	    (many->type->is_whole && !many->type->is_whole(actual)))
		return 0;
	(*found)->current = intent_record_taken(many->type, actual);
	if (!(*found)->current)
		return change_no_memory(error);
	(*found)->known = true;
	return 0;
}

static int look_list(struct intent *intent, struct look_many *many, struct names *namespaces,
		     struct error *error)
{
	for (size_t i = 0; i < many->count; i++) {
		const struct intent_object *object =
			table_find(&intent->table, many->steps[i]->key);

		/* Of what is not always whole, absence has to be asked for. */
		many->steps[i]->known = !many->type->is_whole;
		if (object && !names_add(namespaces, object->namespace))
			return change_no_memory(error);
	}
	for (size_t i = 0; i < namespaces->count; i++) {
		if (!many->type->list(intent->settings.netops, namespaces->all[i], look_take,
				      many, error))
			continue;
		if (error->kind != ERROR_MISSING)
			return -1;
		error_clear(error);
	}
	return 0;
}

static int look_at_type(struct intent *intent, const struct intent_type *type,
			struct intent_step *steps, size_t count, struct error *error)
{
	struct look_many many = { .type = type,
				  .steps = calloc(count + 1, sizeof(*many.steps)) };
	struct names namespaces = { 0 };
	int result = 0;

	if (!many.steps)
		return change_no_memory(error);
	for (size_t i = 0; i < count; i++) {
		if (look_is_of_many(&many, &steps[i]))
			many.steps[many.count++] = &steps[i];
	}
	if (many.count >= LOOK_MANY) {
		qsort(many.steps, many.count, sizeof(*many.steps), look_by_key);
		result = look_list(intent, &many, &namespaces, error);
	}
	names_clear(&namespaces);
	free(many.steps);
	return result;
}

int look_at_many(struct intent *intent, struct intent_step *steps, size_t count,
		 struct error *error)
{
	return look_at_type(intent, &intent_link, steps, count, error) ||
			       look_at_type(intent, &intent_route, steps, count, error) ?
		       -1 :
		       0;
}
