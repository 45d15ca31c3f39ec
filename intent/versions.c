#include "intent/versions.h"

#include <stdlib.h>
#include <string.h>

enum { VERSIONS_PLACES = 8192 }; /* beyond that all are forgotten: each has changed then */

struct version_place {
	char *name;
	uint64_t last[EVENT_CLASSES];
};

void versions_clear(struct versions *versions)
{
	for (size_t i = 0; i < versions->count; i++)
		free(versions->places[i].name);
	free(versions->places);
	versions->places = NULL;
	versions->count = versions->room = 0;
}

/* Where it stands, or would. */
static size_t versions_place(const struct versions *versions, const char *name)
{
	size_t low = 0, high = versions->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(versions->places[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct version_place *versions_find(const struct versions *versions, const char *name)
{
	size_t place = versions_place(versions, name);

	if (place == versions->count || strcmp(versions->places[place].name, name) != 0)
		return NULL;
	return &versions->places[place];
}

static struct version_place *versions_add(struct versions *versions, const char *name)
{
	size_t place = versions_place(versions, name);
	struct version_place *places = versions->places;

	if (versions->count == VERSIONS_PLACES)
		return NULL;
	if (versions->count == versions->room) {
		size_t room = versions->room ? 2 * versions->room : 16;

		places = reallocarray(places, room, sizeof(*places));
		if (!places)
			return NULL;
		versions->places = places;
		versions->room = room;
	}
	name = strdup(name);
	if (!name)
		return NULL;
	memmove(places + place + 1, places + place,
		(versions->count - place) * sizeof(*places));
	versions->count++;
	places[place] = (struct version_place){ .name = (char *)(uintptr_t)name };
	for (int i = 0; i < EVENT_CLASSES; i++)
		places[place].last[i] = versions->floor;
	return &places[place];
}

static void note(uint64_t last[EVENT_CLASSES], unsigned int classes, uint64_t sequence)
{
	for (int i = 0; i < EVENT_CLASSES; i++) {
		if (classes & 1u << i)
			last[i] = sequence;
	}
}

void versions_note(struct versions *versions, unsigned int classes, const char *namespace,
		   uint64_t sequence)
{
	struct version_place *place;

	note(versions->all, classes, sequence);
	if (!*namespace) {
		note(versions->everywhere, classes, sequence);
		return;
	}
	place = versions_find(versions, namespace);
	if (!place)
		place = versions_add(versions, namespace);
	if (place) {
		note(place->last, classes, sequence);
		return;
	}
	versions_clear(versions);
	versions->floor = sequence;
}

uint64_t versions_newest(const struct versions *versions, unsigned int classes,
			 const char *namespace)
{
	const struct version_place *place = namespace ? versions_find(versions, namespace) :
							NULL;
	uint64_t newest = namespace && !place ? versions->floor : 0;

	for (int i = 0; i < EVENT_CLASSES; i++) {
		const unsigned int bit = 1u << i;
		uint64_t one;

		if (!(classes & bit))
			continue;
		one = !namespace || bit == EVENTS_OF_NAMESPACES ? versions->all[i] :
		      place					? place->last[i] :
								  0;
		if (one < versions->everywhere[i])
			one = versions->everywhere[i];
		newest = one > newest ? one : newest;
	}
	return newest;
}
