/*
 * A list is a machine that makes one step at a time: it opens a namespace, takes
 * one object from its dump, leaves the namespace, or writes one of those that
 * wait. Each step writes into the window that there is; when the window is full
 * the machine stands still until it is pulled again.
 */
#include "api/listing.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/query.h"

enum {
	LISTING_MARGIN = 4 * 1024, /* of a window: an object seldom has more */
	LISTING_FULL = API_STREAM_WINDOW - LISTING_MARGIN,
};

static const struct row_word state_words[] = {
	{ "applied", INTENT_APPLIED },	 { "pending", INTENT_PENDING },
	{ "retrying", INTENT_RETRYING }, { "failed", INTENT_FAILED },
	{ "foreign", LISTING_FOREIGN },	 { NULL, 0 },
};

/* ---- what waits ---- */

/* The first byte is always a slash, or the mark of what was found. */
static int by_key(const void *one, const void *other)
{
	char *const *a = one, *const *b = other;

	return strcmp(*a + 1, *b + 1);
}

static int listing_gather_waiting(struct listing *listing, struct error *error)
{
	const struct intent_query query = { .rank_of = listing->source->type->intent,
					    .namespace =
						    query_text(&listing->call, "namespace"),
					    .unsettled = true };
	struct listing_waiting *waiting = &listing->waiting;
	char *key;

	if (intent_keys(listing->api->intent, &query, &waiting->text, &waiting->count, error))
		return -1;
	waiting->keys = calloc(waiting->count + 1, sizeof(*waiting->keys));
	if (!waiting->keys)
		return error_errno(error, ENOMEM, "listing what is wanted");
	key = waiting->text;
	for (size_t i = 0; i < waiting->count; i++) {
		waiting->keys[i] = key;
		key += strlen(key) + 1;
	}
	qsort(waiting->keys, waiting->count, sizeof(*waiting->keys), by_key);
	return 0;
}

/* So that it does not come again behind the list. */
static void listing_tick_off(struct listing *listing, const char *key)
{
	char *sought = (char *)(uintptr_t)key, **found = NULL;
	struct listing_waiting *waiting = &listing->waiting;

	if (waiting->count)
		found = bsearch(&sought, waiting->keys, waiting->count, sizeof(sought), by_key);
	if (found)
		**found = ' ';
}

/* ---- objects ---- */

static bool filters_pass(const struct listing *listing, uint32_t state,
			 const struct intent_view *view)
{
	if (listing->by_state && listing->state != state)
		return false;
	if (listing->owner[0] && (!view || strcmp(view->owner, listing->owner)))
		return false;
	return !listing->label[0] || (view && wish_has_label(view->labels, listing->label));
}

/* False: the intent knows of none. */
static bool listing_add_managed(struct listing *listing, const void *actual)
{
	struct intent_view view CLEANUP_VIEW = { 0 };
	char key[ERROR_URL_SIZE];

	listing->source->type->intent->key(actual, key);
	if (!intent_get(listing->api->intent, key, &view))
		return false;
	listing_tick_off(listing, view.key);
	if (filters_pass(listing, view.state, &view))
		object_write_listed(listing->source->type,
				    collection_item(&listing->collection), &listing->call,
				    actual, &view);
	return true;
}

/* One that the kernel has. Routes of others may be a million: nothing is looked up for those. */
static void listing_add(struct listing *listing, const void *actual)
{
	const struct object_type *type = listing->source->type;
	bool ours = type->intent->is_ours(actual);

	if ((ours || type->intent->rank <= INTENT_RANK_LINK) &&
	    listing_add_managed(listing, actual))
		return;
	if (!filters_pass(listing, ours ? (uint32_t)INTENT_APPLIED : LISTING_FOREIGN, NULL))
		return;
	if (listing->source->write)
		listing->source->write(listing, collection_item(&listing->collection), actual);
	else
		object_write_listed(type, collection_item(&listing->collection), &listing->call,
				    actual, NULL);
}

static bool is_of_list(const struct listing *listing, const struct intent_view *view)
{
	const struct intent_type *type = listing->source->type->intent;

	/* /links shows tunnels, too. */
	return view->type == type ||
	       (type == &intent_link && view->type->rank == INTENT_RANK_LINK);
}

static void listing_add_waiting(struct listing *listing, const struct intent_view *view)
{
	const struct object_type *type = document_object_type(view->type);
	enum intent_state state = view->state == INTENT_APPLIED ? INTENT_RETRYING : view->state;
	struct error ignored;
	INTENT_RECORD(wanted, view->type);

	error_clear(&ignored);
	if (!filters_pass(listing, state, view) ||
	    api_documents.read(NULL, view->type, view->document, NULL, wanted.bytes,
			       &ignored) ||
	    (listing->source->fits && !listing->source->fits(listing, wanted.bytes)))
		return;
	object_write_listed(type, collection_item(&listing->collection), &listing->call, NULL,
			    view);
}

/* ---- steps ---- */

static void listing_leave(struct listing *listing)
{
	reading_free(listing->reading);
	listing->reading = NULL;
}

static bool is_gone(const struct error *error)
{
	return error->kind == ERROR_MISSING || error->kind == ERROR_ABSENT;
}

/* The namespace has gone: then nothing of it may be there. */
static int listing_lost(struct listing *listing, struct error *error)
{
	listing_leave(listing);
	if (!is_gone(error) || listing->left)
		return -1;
	error_clear(error);
	collection_rewind(&listing->collection);
	return 1;
}

static int listing_repeat(struct listing *listing, struct error *error)
{
	if (listing->left || ++listing->tries >= READING_TRIES)
		return reading_restless(error);
	collection_rewind(&listing->collection);
	return reading_again(listing->reading, error) ? listing_lost(listing, error) : 1;
}

static int listing_step_reading(struct listing *listing, struct error *error)
{
	const struct listing_source *source = listing->source;
	const void *actual;
	int more = reading_next(listing->reading, &actual, error);

	if (more < 0)
		return listing_lost(listing, error);
	if (reading_interrupted(listing->reading))
		return listing_repeat(listing, error);
	if (!more)
		listing_leave(listing);
	else if (!source->passes || source->passes(listing, actual))
		listing_add(listing, actual);
	return 1;
}

static int listing_step_namespace(struct listing *listing, const char *namespace,
				  struct error *error)
{
	collection_mark(&listing->collection);
	listing->left = false;
	listing->tries = 0;
	if (listing->source->open(listing, namespace, &listing->reading, error))
		return listing_lost(listing, error);
	return 1;
}

/* What has gone since the list began is not wanted any more. */
static int listing_step_waiting(struct listing *listing)
{
	struct intent_view view CLEANUP_VIEW = { 0 };
	const char *key = listing->waiting.keys[listing->waiting.next++];

	if (*key == '/' && intent_get(listing->api->intent, key, &view) &&
	    is_of_list(listing, &view))
		listing_add_waiting(listing, &view);
	return 1;
}

/* 1: there is more to do; 0: that was all; -1. */
static int listing_step(struct listing *listing, struct error *error)
{
	const char *namespace;

	if (listing->reading)
		return listing_step_reading(listing, error);
	namespace = collection_names_next(&listing->namespaces);
	if (namespace)
		return listing_step_namespace(listing, namespace, error);
	if (listing->waiting.next < listing->waiting.count)
		return listing_step_waiting(listing);
	collection_end(&listing->collection);
	listing->ended = true;
	return 0;
}

/* ---- windows ---- */

/* How much of the text may leave: what may have to be taken back stays. */
static size_t listing_ready(const struct listing *listing)
{
	const struct collection *collection = &listing->collection;
	size_t length = collection->writer.buffer->length;

	if (!listing->reading || listing->left ||
	    length - collection->mark >= listing->source->hold)
		return length;
	return collection->mark;
}

/* That much has left. */
static void listing_left(struct listing *listing, size_t given)
{
	struct collection *collection = &listing->collection;

	if (listing->reading && given > collection->mark)
		listing->left = true;
	collection->mark = given > collection->mark ? 0 : collection->mark - given;
}

/* From what is held into the window. */
static void listing_give(struct listing *listing, struct buffer *text)
{
	struct buffer *held = &listing->held;
	size_t ready = listing_ready(listing);

	if (ready > API_STREAM_WINDOW)
		ready = API_STREAM_WINDOW;
	buffer_append(text, held->data, ready);
	listing_left(listing, ready);
	held->length -= ready;
	memmove(held->data, held->data + ready, held->length);
	if (!held->length)
		buffer_free(held);
}

/* One window; -1: it cannot go on. */
static int listing_fill(struct listing *listing, struct buffer *text, struct error *error)
{
	struct buffer *target = listing->source->hold ? &listing->held : text;
	int more = !listing->ended;

	listing->collection.writer.buffer = target;
	while (more > 0 && listing_ready(listing) < LISTING_FULL)
		more = listing_step(listing, error);
	if (more < 0)
		return -1;
	if (target != text && target->length)
		listing_give(listing, text);
	else
		listing_left(listing, text->length);
	return text->failed || target->failed ? error_errno(error, ENOMEM, "writing a list") :
						0;
}

static enum api_stream_state listing_pull(void *context, struct buffer *text)
{
	struct listing *listing = context;
	struct error error;

	error_clear(&error);
	if (listing_fill(listing, text, &error))
		return API_STREAM_CUT;
	return listing->ended && !listing->held.length ? API_STREAM_ENDED : API_STREAM_OPEN;
}

static void listing_free(void *context)
{
	struct listing *listing = context;

	if (listing->source->end)
		listing->source->end(listing);
	reading_free(listing->reading);
	collection_names_free(&listing->namespaces);
	free(listing->waiting.text);
	free(listing->waiting.keys);
	buffer_free(&listing->held);
	free(listing);
}

/* ---- its begin ---- */

static void listing_move(const struct api_call *from, struct api_call *to, const char **text)
{
	if (*text)
		*text = to->text + (*text - from->text);
}

/* A list outlives the request that began it. */
static void listing_keep_call(struct listing *listing, const struct api_call *call)
{
	struct api_call *copy = &listing->call;

	*copy = *call;
	for (unsigned int i = 0; i < copy->segment_count; i++)
		listing_move(call, copy, &copy->segments[i]);
	for (unsigned int i = 0; i < copy->query_count; i++) {
		listing_move(call, copy, &copy->query_keys[i]);
		listing_move(call, copy, &copy->query_values[i]);
	}
	copy->if_match = copy->if_none_match = copy->last_event_id = NULL;
	copy->target = copy->body = "";
	copy->body_length = 0;
}

static int listing_filter(struct listing *listing, struct error *error)
{
	const struct api_call *call = &listing->call;

	listing->by_state = query_text(call, "state");
	if (query_word(call, "state", state_words, &listing->state, error) ||
	    query_name(call, "owner", listing->owner, sizeof(listing->owner), error) ||
	    query_name(call, "label", listing->label, sizeof(listing->label), error))
		return -1;
	return listing->source->filter ? listing->source->filter(listing, error) : 0;
}

/* The first window, and the rest as a stream if there is one. */
static int listing_begin(struct listing *listing, struct api_answer *answer,
			 struct error *error)
{
	if (listing_filter(listing, error) || listing_gather_waiting(listing, error) ||
	    collection_names_read(&listing->call, &listing->namespaces, error))
		return -1;
	collection_begin(&listing->collection, &listing->call, answer);
	listing->collection.writer.statistics = object_wants_statistics(&listing->call);
	if (listing->source->hold) {
		listing->held = answer->body;
		answer->body = (struct buffer){ 0 };
	}
	return listing_fill(listing, &answer->body, error);
}

int listing_answer(const struct listing_source *source, struct api *api,
		   const struct api_call *call, struct api_answer *answer, struct error *error)
{
	struct listing *listing = calloc(1, source->size);

	if (!listing)
		return error_errno(error, ENOMEM, "listing");
	listing->source = source;
	listing->api = api;
	listing_keep_call(listing, call);
	if (listing_begin(listing, answer, error)) {
		listing_free(listing);
		return -1;
	}
	if (listing->ended && !listing->held.length) {
		listing_free(listing);
		return 0;
	}
	answer->stream = (struct api_stream){ .pull = listing_pull,
					      .free = listing_free,
					      .context = listing,
					      .lane = API_LANE_READER };
	return 0;
}
