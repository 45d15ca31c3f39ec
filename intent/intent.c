/* Start and end, and what is told of the objects to other threads. */
#include "intent/intent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "intent/intent_private.h"

static int intent_load(const struct store_object *stored, void *context, struct error *error)
{
	struct intent *intent = context;
	const struct intent_type *type = intent_type_find(stored->type);
	struct intent_object *object;

	if (!type)
		return error_set(error, ERROR_REFUSED,
				 "the store has %.200s, of an unknown type \"%.40s\"",
				 stored->key, stored->type);
	pthread_mutex_lock(&intent->mutex);
	object = table_add(&intent->table, type, stored->key);
	if (object)
		object->state = INTENT_PENDING;
	pthread_mutex_unlock(&intent->mutex);
	if (!object)
		return error_errno(error, ENOMEM, "reading the store");
	if (stored->revision > intent->revision)
		intent->revision = stored->revision;
	return wanted_set(intent, object, stored, NULL, error);
}

/* The last one may have been a deletion, of which no object tells. */
static int intent_load_revision(struct intent *intent, struct error *error)
{
	unsigned long long number;
	char text[24];

	if (store_get(intent->store, "revision", text, sizeof(text), error))
		return -1;
	number = strtoull(text, NULL, 10);
	if (number > intent->revision)
		intent->revision = number;
	return 0;
}

int intent_open(const struct intent_settings *settings, struct intent **ret,
		struct error *error)
{
	struct intent *intent = calloc(1, sizeof(*intent));

	if (!intent)
		return error_errno(error, ENOMEM, "opening the intent");
	intent->settings = *settings;
	intent->claim_fd = -1;
	intent->next_try_ms = INT64_MAX;
	pthread_mutex_init(&intent->mutex, NULL);
	if (store_open(settings->folder, &intent->store, &intent->fresh, error) ||
	    store_each(intent->store, intent_load, intent, error) ||
	    intent_load_revision(intent, error)) {
		intent_close(intent);
		return -1;
	}
	*ret = intent;
	return 0;
}

void intent_close(struct intent *intent)
{
	struct error ignored;

	if (!intent)
		return;
	error_clear(&ignored);
	if (intent->store)
		(void)intent_sync(intent, &ignored);
	store_close(intent->store);
	intent_steps_leave(intent, NULL, 0);
	table_clear(&intent->table);
	names_clear(&intent->dirty);
	names_clear(&intent->watched);
	if (intent->claim_fd >= 0)
		close(intent->claim_fd);
	pthread_mutex_destroy(&intent->mutex);
	free(intent);
}

int intent_start(struct intent *intent, struct error *error)
{
	namespace_sweep_trials(intent->settings.netops);
	if (hold_resume(intent, error))
		return -1;
	if (rebuild_from_marks(intent, error))
		return -1;
	intent_suspect(intent);
	intent_reconcile(intent);
	return 0;
}

struct store *intent_store(struct intent *intent)
{
	return intent->store;
}

void intent_view_clear(struct intent_view *view)
{
	free(view->key);
	free(view->owner);
	free(view->labels);
	free(view->document);
	free(view->reason);
	free(view->words);
	*view = (struct intent_view){ 0 };
}

void intent_views_free(struct intent_view *views, size_t count)
{
	for (size_t i = 0; views && i < count; i++)
		intent_view_clear(&views[i]);
	free(views);
}

/* With the object's own texts. */
static struct intent_view view_borrowed(const struct intent_object *object)
{
	static char none[1];

	return (struct intent_view){ .key = object->key,
				     .type = object->type,
				     .owner = object->owner,
				     .labels = object->labels,
				     .document = object->document,
				     .revision = object->revision,
				     .created_ms = object->created_ms,
				     .since_ms = object->since_ms,
				     .may_wait = object->may_wait,
				     .state = object->state,
				     .reason = object->reason ? object->reason : none,
				     .words = object->words ? object->words : none,
				     .contested = object->contested,
				     .repairs = object->repairs,
				     .number = object->number };
}

/* The mutex is held. */
static bool view_of(const struct intent_object *object, struct intent_view *ret)
{
	char **const texts[] = { &ret->key,	 &ret->owner,  &ret->labels,
				 &ret->document, &ret->reason, &ret->words };
	bool done = true;

	*ret = view_borrowed(object);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*texts[i] = strdup(*texts[i]);
		done &= *texts[i] != NULL;
	}
	if (!done)
		intent_view_clear(ret);
	return done;
}

bool intent_peek(const struct intent_step *step, struct intent_view *ret)
{
	if (step->object)
		*ret = view_borrowed(step->object);
	return step->object != NULL;
}

bool intent_get(struct intent *intent, const char *key, struct intent_view *ret)
{
	const struct intent_object *object;
	bool found;

	*ret = (struct intent_view){ 0 };
	pthread_mutex_lock(&intent->mutex);
	object = table_find(&intent->table, key);
	found = object && view_of(object, ret);
	pthread_mutex_unlock(&intent->mutex);
	return found;
}

static bool view_fits(const struct intent_object *object, const struct intent_query *query)
{
	return (!query->type || query->type == object->type) &&
	       (!query->rank_of || query->rank_of->rank == object->type->rank) &&
	       (!query->namespace || !strcmp(query->namespace, object->namespace)) &&
	       (!query->owner || !strcmp(query->owner, object->owner)) &&
	       (!query->unsettled || object->state != INTENT_APPLIED) &&
	       (!query->contested || object->contested);
}

int intent_list(struct intent *intent, const struct intent_query *query,
		struct intent_view **ret, size_t *ret_count, struct error *error)
{
	size_t room = 0;
	bool failed = false;

	*ret = NULL;
	*ret_count = 0;
	pthread_mutex_lock(&intent->mutex);
	for (const struct intent_object *object = intent->table.first; object;
	     object = object->next)
		room += view_fits(object, query);
	*ret = calloc(room + 1, sizeof(**ret));
	failed = !*ret;
	for (const struct intent_object *object = intent->table.first; object && !failed;
	     object = object->next) {
		if (!view_fits(object, query))
			continue;
		failed = !view_of(object, &(*ret)[*ret_count]);
		*ret_count += !failed;
	}
	pthread_mutex_unlock(&intent->mutex);
	if (!failed)
		return 0;
	intent_views_free(*ret, *ret_count);
	*ret = NULL;
	return error_errno(error, ENOMEM, "listing what is wanted");
}

int intent_keys(struct intent *intent, const struct intent_query *query, char **ret,
		size_t *ret_count, struct error *error)
{
	struct buffer keys = { 0 };

	*ret_count = 0;
	pthread_mutex_lock(&intent->mutex);
	for (const struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (!view_fits(object, query))
			continue;
		buffer_append(&keys, object->key, strlen(object->key) + 1);
		++*ret_count;
	}
	pthread_mutex_unlock(&intent->mutex);
	*ret = keys.data;
	if (!keys.failed)
		return 0;
	buffer_free(&keys);
	*ret = NULL;
	return error_errno(error, ENOMEM, "listing what is wanted");
}

static unsigned int type_index(const struct intent_type *type)
{
	unsigned int index = 0;

	while (intent_types[index] != type)
		index++;
	return index;
}

void intent_count(struct intent *intent, struct intent_counts *ret)
{
	*ret = (struct intent_counts){ 0 };
	pthread_mutex_lock(&intent->mutex);
	for (const struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		ret->objects[type_index(object->type)][object->state]++;
		ret->contested += object->contested;
	}
	ret->passes = intent->passes;
	ret->repairs = intent->repairs;
	ret->pass_us = intent->pass_us;
	ret->revision = intent->revision;
	pthread_mutex_unlock(&intent->mutex);
}
