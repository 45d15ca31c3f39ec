#include "intent/versions.h"

#include <stdlib.h>
#include <string.h>

#include "netops/hash_set.h"

/* Whose events are told apart by device. */
enum { CLASSES_OF_DEVICES = EVENTS_OF_LINKS | EVENTS_OF_ADDRESSES };

enum { VERSIONS_PLACES = 8192 }; /* beyond that all are forgotten: each has changed then */

struct version_place {
	char *name;
	uint64_t last[EVENT_CLASSES], wide[EVENT_CLASSES]; /* wide: of no one device */
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
		places[place].last[i] = places[place].wide[i] = versions->floor;
	return &places[place];
}

static void note(uint64_t last[EVENT_CLASSES], unsigned int classes, uint64_t sequence)
{
	for (int i = 0; i < EVENT_CLASSES; i++) {
		if (classes & 1u << i)
			last[i] = sequence;
	}
}

unsigned int versions_device(const char *namespace, const char *device)
{
	const uint64_t hash = hash_of(namespace, strlen(namespace), 1);

	return hash_of(device, strlen(device), hash) % VERSIONS_DEVICES;
}

static void note_place(struct versions *versions, struct version_place *place,
		       unsigned int classes, const char *device, uint64_t sequence)
{
	note(place->last, classes, sequence);
	if (!*device)
		note(place->wide, classes, sequence);
	else if (classes & CLASSES_OF_DEVICES)
		versions->devices[versions_device(place->name, device)] = sequence;
}

void versions_note(struct versions *versions, unsigned int classes, const char *namespace,
		   const char *device, uint64_t sequence)
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
		note_place(versions, place, classes, device, sequence);
		return;
	}
	versions_clear(versions);
	versions->floor = sequence;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Of one class in a namespace of which something is known. */
static uint64_t newest_there(const struct version_place *place, int class,
			     const struct versions_scope *of)
{
	return of->device && (CLASSES_OF_DEVICES & 1u << class) ? place->wide[class] :
								  place->last[class];
}

uint64_t versions_newest(const struct versions *versions, const struct versions_scope *of)
{
	const struct version_place *place =
		of->namespace ? versions_find(versions, of->namespace) : NULL;
	uint64_t newest = of->namespace && !place ? versions->floor : 0;

	for (int i = 0; i < EVENT_CLASSES; i++) {
		if (!(of->classes & 1u << i))
			continue;
		newest = later(newest, versions->everywhere[i]);
		if (!of->namespace || 1u << i == EVENTS_OF_NAMESPACES)
			newest = later(newest, versions->all[i]);
		else if (place)
			newest = later(newest, newest_there(place, i, of));
	}
	if (place && of->device)
		newest = later(newest,
			       versions->devices[versions_device(place->name, of->device)]);
	return newest;
}
