/*
 * A fixed number of places, found by a hash. One that is not known by now is given to
 * who was not asked for the longest.
 */
#include "api/quick_private.h"

#include <stdlib.h>
#include <string.h>

#include "netops/hash_set.h"

struct quick *quick_new(void)
{
	struct quick *quick = calloc(1, sizeof(*quick));

	if (!quick)
		return NULL;
	pthread_mutex_init(&quick->mutex, NULL);
	for (int i = 0; i < QUICK_BUCKETS; i++)
		quick->buckets[i] = -1;
	return quick;
}

/* What an answer depends on beside its target. */
static unsigned int form_of(const struct api_call *call)
{
	return (unsigned int)call->want_lines | (unsigned int)call->want_gzip << 1 |
	       (unsigned int)call->refuse_plain << 2;
}

uint64_t quick_hash(const struct api_call *call)
{
	return hash_of(call->target, strlen(call->target), form_of(call));
}

/* ---- places; the lock is held ---- */

void quick_drop_answer(struct quick *quick, struct quick_place *place)
{
	for (unsigned int i = 0; i < place->header_count; i++)
		free(place->headers[i].value);
	place->header_count = 0;
	quick->bytes -= place->body.length;
	buffer_free(&place->body);
	place->kept = false;
}

static int *bucket_of(struct quick *quick, uint64_t hash)
{
	return &quick->buckets[hash % QUICK_BUCKETS];
}

static void quick_forget(struct quick *quick, struct quick_place *place)
{
	int *link;

	if (!place->target)
		return;
	link = bucket_of(quick, place->hash);
	while (&quick->places[*link] != place)
		link = &quick->places[*link].next;
	*link = place->next;
	quick_drop_answer(quick, place);
	free(place->target);
	*place = (struct quick_place){ .target = NULL };
}

void quick_free(struct quick *quick)
{
	if (!quick)
		return;
	for (int i = 0; i < QUICK_PLACES; i++)
		quick_forget(quick, &quick->places[i]);
	pthread_mutex_destroy(&quick->mutex);
	free(quick);
}

struct quick_place *quick_find(struct quick *quick, const struct api_call *call, uint64_t hash)
{
	for (int i = *bucket_of(quick, hash); i >= 0; i = quick->places[i].next) {
		struct quick_place *place = &quick->places[i];

		if (place->hash == hash && place->form == form_of(call) &&
		    !strcmp(place->target, call->target))
			return place;
	}
	return NULL;
}

struct quick_place *quick_of_id(struct quick *quick, uint64_t id)
{
	struct quick_place *place = &quick->places[id % QUICK_PLACES];

	return id && place->target && place->id == id ? place : NULL;
}

/* A free one, or the one that was not used for the longest; only those that keep a body. */
static struct quick_place *quick_oldest(struct quick *quick, bool kept)
{
	struct quick_place *oldest = NULL;

	for (int i = 0; i < QUICK_PLACES; i++) {
		struct quick_place *place = &quick->places[i];

		if (kept && !place->kept)
			continue;
		if (!oldest || place->used < oldest->used)
			oldest = place;
	}
	return oldest;
}

struct quick_place *quick_add(struct quick *quick, const struct api_call *call, uint64_t hash)
{
	struct quick_place *place = quick_oldest(quick, false);
	char *target = strdup(call->target);
	int *bucket = bucket_of(quick, hash);

	if (!target)
		return NULL;
	quick_forget(quick, place);
	quick->ids += QUICK_PLACES;
	*place = (struct quick_place){ .hash = hash,
				       .id = quick->ids + (uint64_t)(place - quick->places),
				       .target = target,
				       .form = form_of(call),
				       .next = *bucket };
	*bucket = (int)(place - quick->places);
	return place;
}

void quick_set_version(struct quick *quick, struct quick_place *place, uint64_t version)
{
	if (place->version == version)
		return;
	quick_drop_answer(quick, place);
	place->version = version;
	place->unannounced = place->answered = false;
}

/* The lock is held. What does not fit in memory is not kept. */
void quick_keep(struct quick *quick, struct quick_place *place, const struct api_answer *answer)
{
	quick_drop_answer(quick, place);
	buffer_append(&place->body, answer->body.data, answer->body.length);
	place->content_type = answer->content_type;
	place->kept = !place->body.failed;
	quick->bytes += place->body.length;
	for (unsigned int i = 0; i < answer->header_count; i++) {
		char *value = strdup(answer->headers[i].value);

		place->headers[i].name = answer->headers[i].name;
		place->headers[i].value = value;
		place->header_count = i + 1;
		place->kept = place->kept && value;
	}
	if (!place->kept)
		quick_drop_answer(quick, place);
	while (quick->bytes > QUICK_BYTES)
		quick_drop_answer(quick, quick_oldest(quick, true));
}
