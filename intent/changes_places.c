/*
 * What is heard where. A place becomes ready in one order: its socket is opened or
 * widened, then what is there is read; what came between the two is told, and does no
 * harm. Whatever begins to be heard (anew, after messages were lost) is told to be read
 * again: somebody may come back from a place before that.
 */
#include <stdlib.h>
#include <string.h>

#include "intent/changes_private.h"
#include "intent/clock.h"
#include "netops/text.h"

/* Which classes of events a demand serves. */
static const unsigned int demand_classes[DEMANDS] = {
	[DEMAND_LINKS] = EVENTS_OF_ALL & ~EVENTS_OF_CONFIG,
	[DEMAND_ROUTES] = EVENTS_OF_ROUTES,
	[DEMAND_NEIGHBORS] = EVENTS_OF_NEIGHBORS,
};

bool demand_of(unsigned int classes, enum demand demand)
{
	return classes & demand_classes[demand];
}

/* ---- the array ---- */

static size_t place_index(const struct changes *changes, const char *name)
{
	size_t low = 0, high = changes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(changes->places[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct place *place_find(struct changes *changes, const char *name)
{
	size_t index;

	if (changes->last && !strcmp(changes->last->name, name))
		return changes->last;
	index = place_index(changes, name);
	if (index == changes->count || strcmp(changes->places[index]->name, name) != 0)
		return NULL;
	changes->last = changes->places[index];
	return changes->last;
}

struct place *place_add(struct changes *changes, const char *name)
{
	size_t index = place_index(changes, name), room = changes->room;
	struct place *place = calloc(1, sizeof(*place)), **places = changes->places;

	if (place && changes->count == room) {
		room = room ? 2 * room : 16;
		places = reallocarray(places, room, sizeof(*places));
	}
	if (!place || !places || !text_copy(place->name, sizeof(place->name), name)) {
		free(place);
		return NULL;
	}
	place->forwarding[0] = place->forwarding[1] = -1;
	changes->places = places;
	changes->room = room;
	memmove(places + index + 1, places + index, (changes->count - index) * sizeof(*places));
	places[index] = place;
	changes->count++;
	memset(changes->ready, 0, sizeof(changes->ready));
	return place;
}

void place_remove(struct changes *changes, struct place *place)
{
	size_t index = place_index(changes, place->name);

	changes->count--;
	memmove(changes->places + index, changes->places + index + 1,
		(changes->count - index) * sizeof(struct place *));
	changes->last = NULL;
	mirror_free(place->mirror);
	free(place);
}

void place_blind(struct changes *changes, struct place *place)
{
	memset(place->ready, 0, sizeof(place->ready));
	memset(changes->ready, 0, sizeof(changes->ready));
	place->stale = true;
	atomic_store(&changes->untended, true);
}

/* ---- who asks ---- */

void changes_ask(struct changes *changes, const struct versions_scope *of)
{
	struct place *place = of->namespace ? place_find(changes, of->namespace) : NULL;
	int64_t *until = place ? place->until_ms : changes->until_ms;

	/* One that is no place yet is asked for when it has become one: see arrange_one(). */
	if (of->namespace && !place)
		return;
	for (int i = 0; i < DEMANDS; i++) {
		if (demand_of(of->classes, i))
			until[i] = intent_clock() + CHANGES_MINUTE;
	}
	if (atomic_load(&changes->tend_at_ms) == INT64_MAX)
		atomic_store(&changes->tend_at_ms, intent_clock() + CHANGES_MINUTE);
}

static bool is_watched(struct changes *changes, enum demand demand, const char *namespace)
{
	bool found = false;

	pthread_mutex_lock(&changes->watchers_mutex);
	for (struct changes_watcher *one = changes->watchers; one && !found; one = one->next)
		found = demand_of(one->classes, demand) &&
			(!one->namespace[0] ||
			 (namespace && !strcmp(one->namespace, namespace)));
	pthread_mutex_unlock(&changes->watchers_mutex);
	return found;
}

bool changes_is_watched(struct changes *changes, const char *namespace)
{
	return is_watched(changes, DEMAND_LINKS, namespace);
}

static bool is_asked(struct changes *changes, enum demand demand, const struct place *place)
{
	int64_t now = intent_clock();

	return changes->until_ms[demand] > now || (place && place->until_ms[demand] > now) ||
	       is_watched(changes, demand, place ? place->name : NULL);
}

bool changes_ready(struct changes *changes, const struct versions_scope *of)
{
	const struct place *place = of->namespace ? place_find(changes, of->namespace) : NULL;

	for (int i = 0; i < DEMANDS; i++) {
		if (demand_of(of->classes, i) && !changes->ready[i] &&
		    !(place && place->ready[i]))
			return false;
	}
	return !of->namespace || place || changes->surveyed;
}

/* ---- one place ---- */

static bool place_fill(struct changes *changes, struct place *place)
{
	struct error ignored;

	error_clear(&ignored);
	if (mirror_fill(place->mirror, changes->netops, &ignored))
		return false;
	place->forwarding[0] = place->forwarding[1] = -1;
	place->stale = false;
	return true;
}

static bool place_extend(struct changes *changes, struct place *place, int extent)
{
	const int more = extent & ~place->extent;
	struct error ignored;

	error_clear(&ignored);
	if (place->extent == extent)
		return true;
	if (monitor_extend(changes->monitor, place->name, extent, &ignored))
		return false;
	place->untold |= more & MONITOR_ALL_ROUTES ? 1u << DEMAND_ROUTES : 0;
	place->untold |= more & MONITOR_ALL_NEIGHBORS ? 1u << DEMAND_NEIGHBORS : 0;
	place->extent = extent;
	return true;
}

static int extent_of(const bool asked[DEMANDS])
{
	return (asked[DEMAND_ROUTES] ? MONITOR_ALL_ROUTES : 0) |
	       (asked[DEMAND_NEIGHBORS] ? MONITOR_ALL_NEIGHBORS : 0);
}

static void place_drop(struct changes *changes, struct place *place)
{
	mirror_free(place->mirror);
	place->mirror = NULL;
	place_blind(changes, place);
	(void)place_extend(changes, place, 0);
	place->untold = 0;
	if (place->kept)
		return;
	monitor_forget(changes->monitor, place->name);
	place_remove(changes, place);
}

/* False: it cannot be heard. */
static bool place_arrange(struct changes *changes, struct place *place,
			  const bool asked[DEMANDS])
{
	struct error ignored;
	bool filled = false;

	error_clear(&ignored);
	if (monitor_watch(changes->monitor, place->name, &ignored))
		return false;
	if (!place->mirror) {
		place->mirror = mirror_new(place->name);
		place->stale = true;
	}
	if (!place->mirror || !place_extend(changes, place, extent_of(asked)))
		return false;
	if (place->stale) {
		place->untold |= 1u << DEMAND_LINKS;
		filled = place_fill(changes, place);
		if (!filled)
			return false;
	}
	/* What the queue holds was told before what was read. */
	if (filled)
		(void)changes_drain(changes, 64);
	return true;
}

/* One of a name that may be gone by now, or have come just now. */
static void arrange_one(struct changes *changes, const char *name)
{
	struct place *place = place_find(changes, name);
	bool asked[DEMANDS], arranged;

	if (!place)
		return;
	for (int i = 0; i < DEMANDS; i++)
		asked[i] = is_asked(changes, i, place);
	if (!asked[DEMAND_LINKS]) {
		if (place->mirror || !place->kept)
			place_drop(changes, place);
		return;
	}
	if (place->ready[DEMAND_LINKS] && !place->stale && place->extent == extent_of(asked))
		return;
	arranged = place_arrange(changes, place, asked);
	place = place_find(changes, name);
	if (place && !arranged && !place->kept && !place->mirror)
		place_remove(changes, place);
	place = place_find(changes, name);
	for (int i = 0; place && i < DEMANDS; i++)
		place->ready[i] = arranged && !place->stale && asked[i];
}

/* ---- what is told of that ---- */

enum { TOLD_ONE_BY_ONE = 8 }; /* namespaces; of more it is told at once */

static void tell_begin(struct changes *changes, const char *namespace, unsigned int demands)
{
	static const char *const kinds[DEMANDS] = { "", "route", "neighbor" };

	if (demands & 1u << DEMAND_LINKS)
		demands = 1u << DEMAND_LINKS;
	for (int i = 0; i < DEMANDS; i++) {
		if (demands & 1u << i)
			changes_tell_loss(changes, namespace, kinds[i]);
	}
}

static void tell_begins(struct changes *changes)
{
	unsigned int demands = 0, count = 0;

	for (size_t i = 0; i < changes->count; i++) {
		demands |= changes->places[i]->untold;
		count += changes->places[i]->untold != 0;
	}
	for (size_t i = 0; i < changes->count; i++) {
		struct place *place = changes->places[i];

		if (count <= TOLD_ONE_BY_ONE && place->untold)
			tell_begin(changes, place->name, place->untold);
		place->untold = 0;
	}
	if (count > TOLD_ONE_BY_ONE)
		tell_begin(changes, NULL, demands);
}

/* ---- all ---- */

static void survey_add(struct changes *changes, const char *name, bool tell)
{
	if (place_find(changes, name) || !place_add(changes, name))
		return;
	/* Whether it is told or not: lists have one more. */
	events_touch(changes->events, EVENTS_OF_ALL, name, "");
	if (tell)
		changes_tell_namespace(changes, name, EVENT_CREATED, NULL);
}

static int survey_one(const char *name, void *context, struct error *error)
{
	struct changes *changes = context;

	survey_add(changes, name, changes->surveyed);
	return place_find(changes, name) ? 0 : error_set(error, ERROR_BUSY, "out of memory");
}

static void survey(struct changes *changes)
{
	struct error ignored;

	error_clear(&ignored);
	if (!atomic_exchange(&changes->mounts_changed, false) && changes->surveyed)
		return;
	monitor_mounts_changed(changes->monitor);
	(void)changes_drain(changes, 1);
	changes->surveyed = !namespace_list(survey_one, changes, &ignored);
}

/* Who watches one namespace hears of it as soon as it is there. */
static void survey_watched(struct changes *changes)
{
	struct error ignored;

	error_clear(&ignored);
	pthread_mutex_lock(&changes->watchers_mutex);
	for (struct changes_watcher *one = changes->watchers; one; one = one->next) {
		bool there = false;

		if (one->namespace[0] && demand_of(one->classes, DEMAND_LINKS) &&
		    !namespace_exists(one->namespace, &there, &ignored) && there)
			survey_add(changes, one->namespace, one->arranged);
		one->arranged = true;
	}
	pthread_mutex_unlock(&changes->watchers_mutex);
}

/* The name of the next place, in their order; false: there are no more. */
static bool next_name(const struct changes *changes, char name[NAMESPACE_NAME_SIZE])
{
	size_t index = place_index(changes, name);

	if (index < changes->count && !strcmp(changes->places[index]->name, name))
		index++;
	if (index == changes->count)
		return false;
	memcpy(name, changes->places[index]->name, NAMESPACE_NAME_SIZE);
	return true;
}

static void note_ready(struct changes *changes, enum demand demand)
{
	bool ready = changes->surveyed && is_asked(changes, demand, NULL);

	for (size_t i = 0; ready && i < changes->count; i++)
		ready = changes->places[i]->ready[demand];
	changes->ready[demand] = ready;
}

static void arrange_all(struct changes *changes)
{
	char name[NAMESPACE_NAME_SIZE] = "";
	bool some = false;

	while (next_name(changes, name)) {
		arrange_one(changes, name);
		changes_let_others(changes);
	}
	for (size_t i = 0; i < changes->count; i++)
		some = some || changes->places[i]->mirror;
	atomic_store(&changes->tend_at_ms,
		     some ? intent_clock() + CHANGES_MINUTE / 2 : INT64_MAX);
	if (!some)
		events_trim(changes->events, CHANGES_RESTING_BYTES);
}

void changes_arrange(struct changes *changes, const char *namespace)
{
	if (is_asked(changes, DEMAND_LINKS, NULL)) {
		survey(changes);
	} else {
		changes->surveyed = false;
		if (atomic_exchange(&changes->mounts_changed, false))
			monitor_mounts_changed(changes->monitor);
		survey_watched(changes);
	}
	if (namespace)
		arrange_one(changes, namespace);
	else
		arrange_all(changes);
	tell_begins(changes);
	for (int i = 0; i < DEMANDS; i++)
		note_ready(changes, i);
}
