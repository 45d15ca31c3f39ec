/*
 * How new an answer is. The number is taken when all that has happened is taken in, and
 * before the kernel is asked for the answer. Three things the kernel tells too early, too
 * late or never, so they are waited for, or asked for: what it is about to take along,
 * a carrier that follows another, what is set of links that are down.
 */
#include <string.h>
#include <time.h>

#include "intent/changes_private.h"
#include "intent/clock.h"
#include "netops/link.h"

void place_unsettle(struct changes *changes, struct place *place, const char *device)
{
	place->unsettled = true;
	if (device)
		changes->devices[versions_device(place->name, device)].unsettled =
			++changes->unsettled;
	else
		place->unsettled_at = ++changes->unsettled;
}

/*
 * What is really to be looked at: what is shown of links may stand in another namespace;
 * and of a device alone only where it is known by that name.
 */
static struct versions_scope changes_reach(struct changes *changes,
					   const struct versions_scope *of)
{
	const bool whole = of->classes & CHANGES_WHOLE_LINKS & ~CHANGES_QUIET;
	const struct place *place = of->namespace ? place_find(changes, of->namespace) : NULL;
	struct mirror *mirror = place ? place->mirror : NULL;
	struct versions_scope ret = *of;
	uint32_t index;

	index = mirror && of->device ? mirror_index(mirror, of->device) : 0;
	if (!index)
		ret.device = NULL;
	if (mirror && whole &&
	    (index ? mirror_link_reaches_out(mirror, index) : mirror_reaches_out(mirror)))
		ret.namespace = ret.device = NULL;
	return ret;
}

static bool place_is_of(const struct place *place, const struct versions_scope *of)
{
	return !of->namespace || !strcmp(place->name, of->namespace);
}

/* May what was told there not be done yet? */
static bool place_is_unsettled(const struct changes *changes, const struct place *place,
			       const struct versions_scope *of)
{
	if (!place->unsettled || !of->device)
		return place->unsettled;
	return place->unsettled_at > place->settled_at ||
	       changes->devices[versions_device(place->name, of->device)].unsettled >
		       place->settled_at;
}

/* The mutex is held, and all is taken in. of: as changes_reach() has it. */
static bool changes_version(struct changes *changes, const struct versions_scope *of,
			    uint64_t *ret)
{
	const struct place *place;

	if (atomic_load(&changes->mounts_changed) || !changes_ready(changes, of))
		return false;
	for (size_t i = 0; i < changes->count; i++) {
		place = changes->places[i];
		if (place_is_of(place, of) && place_is_unsettled(changes, place, of))
			return false;
	}
	*ret = events_version(changes->events, of);
	return true;
}

/* Is something shown there that the kernel does not tell? */
static bool place_is_quiet(const struct place *place, const struct versions_scope *of)
{
	struct mirror *mirror = place->mirror;

	if (!(of->classes & CHANGES_QUIET) || !mirror || !place_is_of(place, of))
		return false;
	return of->device ? mirror_is_quiet(mirror, mirror_index(mirror, of->device)) :
			    mirror_has_quiet(mirror);
}

/* What follows from a change of one link may be told of another a moment later. */
static bool changes_is_restless(const struct changes *changes, const struct versions_scope *of)
{
	int64_t now;

	if (!(of->classes & (EVENTS_OF_LINKS | EVENTS_OF_ADDRESSES)))
		return false;
	now = intent_clock();
	if (of->device)
		return now < changes->wide_until_ms ||
		       now < changes->devices[versions_device(of->namespace, of->device)]
				       .until_ms;
	return now < atomic_load(&changes->quick_until_ms) ||
	       now < atomic_load(&changes->slow_until_ms);
}

static bool changes_are_quiet(struct changes *changes, const struct versions_scope *of)
{
	bool quiet = false;

	for (size_t i = 0; i < changes->count && !quiet; i++)
		quiet = place_is_quiet(changes->places[i], of);
	return quiet;
}

bool changes_current(struct changes *changes, const struct versions_scope *of, uint64_t *ret)
{
	struct versions_scope reached;
	bool known;

	if (!changes_try_lock(changes))
		return false;
	changes_ask(changes, of);
	known = changes_drain(changes, CHANGES_HEAR_BATCHES);
	reached = changes_reach(changes, of);
	known = known && !changes_are_quiet(changes, &reached) &&
		!changes_is_restless(changes, &reached) &&
		changes_version(changes, &reached, ret);
	changes_unlock(changes);
	return known;
}

/* ---- waiting ---- */

/*
 * The kernel tells that a link goes down, or an address, before it takes routes
 * along; but it answers no question about links until it is through with that.
 */
static bool changes_settle(struct changes *changes, const char *name)
{
	struct error ignored;

	error_clear(&ignored);
	return !link_wait(changes->netops, name, &ignored) || ignored.kind == ERROR_MISSING;
}

/* The mutex is held, and let go meanwhile. */
static void changes_settle_all(struct changes *changes, const struct versions_scope *of)
{
	char name[NAMESPACE_NAME_SIZE];
	struct place *place;
	uint64_t until;
	bool settled;

	for (size_t i = 0; i < changes->count; i++) {
		place = changes->places[i];
		if (!place_is_of(place, of) || !place_is_unsettled(changes, place, of))
			continue;
		memcpy(name, place->name, sizeof(name));
		place->unsettled = false;
		until = changes->unsettled;
		pthread_mutex_unlock(&changes->mutex);
		settled = changes_settle(changes, name);
		pthread_mutex_lock(&changes->mutex);
		place = place_find(changes, name);
		if (place && settled)
			place->settled_at = until;
		else if (place)
			place->unsettled = true;
	}
}

static void changes_wait_until(_Atomic int64_t *until_ms)
{
	int64_t left = atomic_load(until_ms) - intent_clock();
	const struct timespec pause = { 0, (left < 1000 ? left : 999) * 1000000 };

	if (left > 0)
		nanosleep(&pause, NULL);
}

/* What the kernel does not tell of links that are down is asked for. */
static void changes_ask_quiet(struct changes *changes, const struct versions_scope *of)
{
	struct error ignored;

	for (size_t i = 0; i < changes->count; i++) {
		struct place *place = changes->places[i];

		error_clear(&ignored);
		if (place_is_quiet(place, of) && mirror_ask(place->mirror, changes->netops,
							    changes_heard, changes, &ignored))
			place_blind(changes, place);
	}
}

/* The mutex is held. */
static bool changes_catch_up(struct changes *changes, const struct versions_scope *of)
{
	struct versions_scope reached;

	if (!changes_drain_all(changes))
		return false;
	reached = changes_reach(changes, of);
	changes_settle_all(changes, &reached);
	changes_ask_quiet(changes, &reached);
	return changes_drain_all(changes);
}

enum changes_known changes_follow(struct changes *changes, const struct versions_scope *of,
				  bool compare, bool begin, uint64_t *ret)
{
	enum changes_known known = CHANGES_UNKNOWN;
	struct versions_scope reached;

	if (compare && (of->classes & EVENTS_OF_LINKS))
		changes_wait_until(&changes->quick_until_ms);
	pthread_mutex_lock(&changes->mutex);
	changes_look_at_mounts(changes);
	if (begin && of->namespace && !changes->surveyed && !place_find(changes, of->namespace))
		(void)place_add(changes, of->namespace);
	if (begin || changes_ready(changes, of))
		changes_ask(changes, of);
	changes_arrange(changes, of->namespace);
	reached = changes_reach(changes, of);
	if (of->namespace && begin && !reached.namespace) {
		changes_ask(changes, &reached);
		changes_arrange(changes, NULL);
	}
	if (changes_catch_up(changes, of)) {
		reached = changes_reach(changes, of);
		if (changes_version(changes, &reached, ret))
			known = changes_is_restless(changes, &reached) ? CHANGES_RESTLESS :
									 CHANGES_KNOWN;
	}
	changes_unlock(changes);
	return known;
}
