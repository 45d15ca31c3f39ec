/* Open addressing: a set never holds more than half of its places, and none is ever taken out. */
#include "netops/hash_set.h"

#include <stdlib.h>
#include <string.h>

uint64_t hash_of(const void *bytes, size_t length, uint64_t start)
{
	const uint8_t *byte = bytes;
	uint64_t hash = start ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3u;
	/* The low bits choose the place: all others have to reach them. */
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
	hash ^= hash >> 33;
	return hash ? hash : 1;
}

void hash_set_free(struct hash_set *set)
{
	free(set->places);
	*set = (struct hash_set){ 0 };
}

/* Where it is, or would be. */
static uint64_t *hash_place(const struct hash_set *set, uint64_t hash)
{
	size_t at = hash & (set->room - 1);

	while (set->places[at] && set->places[at] != hash)
		at = (at + 1) & (set->room - 1);
	return &set->places[at];
}

static bool hash_set_grow(struct hash_set *set)
{
	struct hash_set grown = { .room = set->room ? 2 * set->room : 64, .count = set->count };

	grown.places = calloc(grown.room, sizeof(*grown.places));
	if (!grown.places)
		return false;
	for (size_t i = 0; i < set->room; i++) {
		if (set->places[i])
			*hash_place(&grown, set->places[i]) = set->places[i];
	}
	free(set->places);
	*set = grown;
	return true;
}

bool hash_set_add(struct hash_set *set, uint64_t hash)
{
	uint64_t *place;

	if (2 * (set->count + 1) > set->room && !hash_set_grow(set))
		return false;
	place = hash_place(set, hash);
	set->count += !*place;
	*place = hash;
	return true;
}

bool hash_set_has(const struct hash_set *set, uint64_t hash)
{
	return set->count && *hash_place(set, hash);
}

void hash_filter_free(struct hash_filter *filter)
{
	free(filter->words);
	*filter = (struct hash_filter){ 0 };
}

bool hash_filter_open(struct hash_filter *filter, size_t count)
{
	filter->bits = 1024;
	while (filter->bits < 8 * count)
		filter->bits *= 2;
	filter->words = calloc(filter->bits / 64, sizeof(*filter->words));
	return filter->words != NULL;
}

void hash_filter_clear(struct hash_filter *filter)
{
	memset(filter->words, 0, filter->bits / 8);
}

void hash_filter_add(struct hash_filter *filter, uint64_t hash)
{
	size_t one = hash & (filter->bits - 1), other = (hash >> 32) & (filter->bits - 1);

	filter->words[one / 64] |= 1ull << one % 64;
	filter->words[other / 64] |= 1ull << other % 64;
}

bool hash_filter_has(const struct hash_filter *filter, uint64_t hash)
{
	size_t one = hash & (filter->bits - 1), other = (hash >> 32) & (filter->bits - 1);

	return filter->bits && filter->words[one / 64] >> one % 64 & 1 &&
	       filter->words[other / 64] >> other % 64 & 1;
}
