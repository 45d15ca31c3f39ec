/*
 * A list is a machine that makes one step at a time: it opens a namespace, takes
 * one object from its dump, leaves the namespace, or writes one of those that
 * wait. Each step writes into the window that there is; when the window is full
 * the machine stands still until it is pulled again.
 */
#include "api/listing_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LISTING_MARGIN = 4 * 1024, /* of a window: an object seldom has more */
	LISTING_FULL = API_STREAM_WINDOW - LISTING_MARGIN,
};

/* ---- steps ---- */

static void listing_leave(struct listing *listing)
{
	reading_free(listing->reading);
	listing->reading = NULL;
}

/* Remembers the place, and forgets what was written since. */
static void listing_mark(struct listing *listing)
{
	collection_mark(&listing->collection);
	if (listing->page)
		page_mark(listing->page);
	listing->left = false;
	listing->tries = 0;
}

static void listing_rewind(struct listing *listing)
{
	collection_rewind(&listing->collection);
	if (listing->page)
		page_rewind(listing->page);
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
	listing_rewind(listing);
	return 1;
}

/* What has left stays: then only what is missing can be read, if that can be told. */
static int listing_repeat(struct listing *listing, struct error *error)
{
	if (++listing->tries >= READING_TRIES)
		return reading_restless(error);
	if (!listing->left) {
		listing_rewind(listing);
		return reading_again(listing->reading, error) ? listing_lost(listing, error) :
								1;
	}
	if (!reading_has_rest(listing->reading))
		return reading_restless(error);
	return reading_rest(listing->reading, error) ? listing_lost(listing, error) : 1;
}

/* Where the rest can be read, a dump is read to its end first: there is much that it tells. */
static bool listing_must_repeat(const struct listing *listing, bool more)
{
	return reading_interrupted(listing->reading) &&
	       (!more || !listing->left || !reading_has_rest(listing->reading));
}

static int listing_step_reading(struct listing *listing, struct error *error)
{
	const struct listing_source *source = listing->source;
	const void *actual;
	int more = reading_next(listing->reading, &actual, error);

	if (more < 0)
		return listing_lost(listing, error);
	if (listing_must_repeat(listing, more))
		return listing_repeat(listing, error);
	if (!more)
		listing_leave(listing);
	else if (!source->passes || source->passes(listing, actual))
		return listing_add(listing, actual, error) ? -1 : 1;
	return 1;
}

static int listing_step_namespace(struct listing *listing, const char *namespace,
				  struct error *error)
{
	listing_mark(listing);
	if (listing->source->open(listing, namespace, &listing->reading, error))
		return listing_lost(listing, error);
	return 1;
}

/* Pages take the namespaces in their own order, and not all of them. */
static const char *listing_next_namespace(struct listing *listing)
{
	const char *namespace;

	if (listing->page && page_is_full(listing->page))
		return NULL;
	do
	namespace
	= collection_names_next(&listing->namespaces);
	while (namespace && listing->page && page_is_behind(listing->page, namespace))
		;
	return namespace;
}

/* 1: there is more to do; 0: that was all; -1. */
int listing_step(struct listing *listing, struct error *error)
{
	const char *namespace;

	if (listing->reading)
		return listing_step_reading(listing, error);
	namespace = listing_next_namespace(listing);
	if (namespace)
		return listing_step_namespace(listing, namespace, error);
	if (listing->waiting.next < listing->waiting.count)
		return listing_add_waiting(listing, error) ? -1 : 1;
	if (!listing->page && !listing->visitor)
		collection_end(&listing->collection);
	listing->ended = true;
	return 0;
}

/* ---- windows ---- */

/* One window; -1: it cannot go on. */
int listing_fill(struct listing *listing, struct buffer *text, struct error *error)
{
	struct collection *collection = &listing->collection;
	int more = !listing->ended;

	collection->writer.buffer = text;
	while (more > 0 && text->length < LISTING_FULL)
		more = listing_step(listing, error);
	if (more < 0)
		return -1;
	if (listing->reading && text->length > collection->mark)
		listing->left = true;
	collection->mark = 0;
	return text->failed ? error_errno(error, ENOMEM, "writing a list") : 0;
}

enum api_stream_state listing_pull(void *context, struct buffer *text)
{
	struct listing *listing = context;
	struct error error;

	error_clear(&error);
	if (listing_fill(listing, text, &error))
		return API_STREAM_CUT;
	return listing->ended ? API_STREAM_ENDED : API_STREAM_OPEN;
}

void listing_free(void *context)
{
	struct listing *listing = context;

	if (listing->source->end)
		listing->source->end(listing);
	reading_free(listing->reading);
	collection_names_free(&listing->namespaces);
	free(listing->waiting.text);
	free(listing->waiting.keys);
	buffer_free(&listing->one);
	page_free(listing->page);
	free(listing);
}
