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

/* What is shown of a namespace's links may stand in another. */
static const char *changes_reach(struct changes *changes, unsigned int classes,
				 const char *namespace)
{
	const struct place *place = namespace ? place_find(changes, namespace) : NULL;

	return (classes & CHANGES_WHOLE_LINKS & ~CHANGES_QUIET) && place && place->mirror &&
			       mirror_reaches_out(place->mirror) ?
		       NULL :
		       namespace;
}

/* The mutex is held, and all is taken in. */
static bool changes_version(struct changes *changes, unsigned int classes,
			    const char *namespace, uint64_t *ret)
{
	const struct place *place;

	namespace = changes_reach(changes, classes, namespace);
	if (atomic_load(&changes->mounts_changed) ||
	    !changes_ready(changes, classes, namespace))
		return false;
	for (size_t i = 0; i < changes->count; i++) {
		place = changes->places[i];
		if (place->unsettled && (!namespace || !strcmp(place->name, namespace)))
			return false;
	}
	*ret = events_version(changes->events, classes, namespace);
	return true;
}

static bool place_is_quiet(const struct place *place, const char *namespace)
{
	return place->mirror && (!namespace || !strcmp(place->name, namespace)) &&
	       mirror_has_quiet(place->mirror);
}

/* What follows from a change of one link may be told of another a moment later. */
static bool changes_is_restless(const struct changes *changes, unsigned int classes)
{
	int64_t now;

	if (!(classes & (EVENTS_OF_LINKS | EVENTS_OF_ADDRESSES)))
		return false;
	now = intent_clock();
	return now < atomic_load(&changes->quick_until_ms) ||
	       now < atomic_load(&changes->slow_until_ms);
}

static bool changes_are_quiet(struct changes *changes, unsigned int classes,
			      const char *namespace)
{
	bool quiet = false;

	if (!(classes & CHANGES_QUIET))
		return false;
	namespace = changes_reach(changes, classes, namespace);
	for (size_t i = 0; i < changes->count && !quiet; i++)
		quiet = place_is_quiet(changes->places[i], namespace);
	return quiet;
}

bool changes_current(struct changes *changes, unsigned int classes, const char *namespace,
		     uint64_t *ret)
{
	bool known;

	if (!changes_try_lock(changes))
		return false;
	changes_ask(changes, classes, namespace);
	known = !changes_are_quiet(changes, classes, namespace) &&
		changes_drain(changes, CHANGES_HEAR_BATCHES) &&
		!changes_is_restless(changes, classes) &&
		changes_version(changes, classes, namespace, ret);
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
static void changes_settle_all(struct changes *changes, const char *namespace)
{
	char name[NAMESPACE_NAME_SIZE];
	struct place *place;
	bool settled;

	for (size_t i = 0; i < changes->count; i++) {
		place = changes->places[i];
		if (!place->unsettled || (namespace && strcmp(place->name, namespace) != 0))
			continue;
		memcpy(name, place->name, sizeof(name));
		place->unsettled = false;
		pthread_mutex_unlock(&changes->mutex);
		settled = changes_settle(changes, name);
		pthread_mutex_lock(&changes->mutex);
		place = place_find(changes, name);
		if (place && !settled)
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
static void changes_ask_quiet(struct changes *changes, const char *namespace)
{
	struct error ignored;

	for (size_t i = 0; i < changes->count; i++) {
		struct place *place = changes->places[i];

		error_clear(&ignored);
		if (place_is_quiet(place, namespace) &&
		    mirror_ask(place->mirror, changes->netops, changes_heard, changes,
			       &ignored))
			place_blind(changes, place);
	}
}

/* The mutex is held. */
static bool changes_catch_up(struct changes *changes, unsigned int classes,
			     const char *namespace)
{
	namespace = changes_reach(changes, classes, namespace);
	if (!changes_drain_all(changes))
		return false;
	changes_settle_all(changes, namespace);
	if (classes & CHANGES_QUIET)
		changes_ask_quiet(changes, namespace);
	return changes_drain_all(changes);
}

enum changes_known changes_follow(struct changes *changes, unsigned int classes,
				  const char *namespace, bool compare, bool begin,
				  uint64_t *ret)
{
	enum changes_known known = CHANGES_UNKNOWN;

	if (compare && (classes & EVENTS_OF_LINKS))
		changes_wait_until(&changes->quick_until_ms);
	pthread_mutex_lock(&changes->mutex);
	changes_look_at_mounts(changes);
	if (begin && namespace && !changes->surveyed && !place_find(changes, namespace))
		(void)place_add(changes, namespace);
	if (begin || changes_ready(changes, classes, namespace))
		changes_ask(changes, classes, namespace);
	changes_arrange(changes, namespace);
	if (namespace && begin && !changes_reach(changes, classes, namespace)) {
		changes_ask(changes, classes, NULL);
		changes_arrange(changes, NULL);
	}
	if (changes_catch_up(changes, classes, namespace) &&
	    changes_version(changes, classes, namespace, ret))
		known = changes_is_restless(changes, classes) ? CHANGES_RESTLESS :
								CHANGES_KNOWN;
	changes_unlock(changes);
	return known;
}
