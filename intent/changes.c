/*
 * The mutex is held while records are turned into events, so whoever has it knows
 * that what was received is also told. The loop does not wait for it: where it is
 * taken, its holder hears once more before he is through.
 */
#include "intent/changes_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "intent/clock.h"

enum {
	DRAIN_BATCHES = 64,
	DRAIN_ROUNDS = 256, /* a million: more than a socket holds */
};

int changes_open(struct netops *netops, struct events *events, struct changes **ret,
		 struct error *error)
{
	struct changes *changes = calloc(1, sizeof(*changes));

	if (!changes)
		return error_errno(error, ENOMEM, "listening to the kernel");
	changes->netops = netops;
	changes->events = events;
	changes->mounts_changed = true;
	changes->tend_at_ms = INT64_MAX;
	pthread_mutex_init(&changes->mutex, NULL);
	pthread_mutex_init(&changes->watchers_mutex, NULL);
	changes->notices = notices_new();
	changes->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (!changes->notices || changes->mounts_fd < 0)
		error_errno(error, errno, "listening to the kernel");
	else if (!monitor_open(netops, &changes->monitor, error)) {
		*ret = changes;
		return 0;
	}
	changes_close(changes);
	return -1;
}

void changes_close(struct changes *changes)
{
	if (!changes)
		return;
	while (changes->count)
		place_remove(changes, changes->places[0]);
	free(changes->places);
	changes_let_go(changes, false);
	monitor_close(changes->monitor);
	notices_free(changes->notices);
	names_clear(&changes->dirty);
	names_clear(&changes->gone);
	hash_set_free(&changes->own);
	hash_set_free(&changes->doomed);
	if (changes->mounts_fd >= 0)
		close(changes->mounts_fd);
	pthread_mutex_destroy(&changes->mutex);
	pthread_mutex_destroy(&changes->watchers_mutex);
	free(changes);
}

/* ---- taking in ---- */

/* A namespace may have come or gone, and the loop not have been told yet. */
void changes_look_at_mounts(struct changes *changes)
{
	struct pollfd mounts = { .fd = changes->mounts_fd, .events = POLLPRI };

	if (poll(&mounts, 1, 0) > 0 && (mounts.revents & POLLPRI))
		changes_mounts_changed(changes);
}

bool changes_drain(struct changes *changes, int batches)
{
	changes_look_at_mounts(changes);
	return monitor_read_some(changes->monitor, batches, changes_heard, changes);
}

/* Who has found the mutex taken meanwhile is woken. */
void changes_unlock(struct changes *changes)
{
	pthread_mutex_unlock(&changes->mutex);
	if (atomic_exchange(&changes->deaf, false))
		monitor_signal(changes->monitor);
}

void changes_let_others(struct changes *changes)
{
	changes_unlock(changes);
	pthread_mutex_lock(&changes->mutex);
}

/* False: there is no end of it. The mutex is let go now and then. */
bool changes_drain_all(struct changes *changes)
{
	for (int i = 0; i < DRAIN_ROUNDS; i++) {
		if (changes_drain(changes, DRAIN_BATCHES))
			return true;
		changes_let_others(changes);
	}
	return false;
}

bool changes_try_lock(struct changes *changes)
{
	if (!pthread_mutex_trylock(&changes->mutex))
		return true;
	atomic_store(&changes->deaf, true);
	/* He may have let go just before. */
	return !pthread_mutex_trylock(&changes->mutex);
}

int changes_fd(const struct changes *changes)
{
	return monitor_fd(changes->monitor);
}

bool changes_hear(struct changes *changes)
{
	bool some;

	if (!changes_try_lock(changes))
		return false;
	if (!changes_drain(changes, CHANGES_HEAR_BATCHES))
		monitor_signal(changes->monitor);
	some = changes->dirty.count || changes->gone.count;
	changes_unlock(changes);
	return some;
}

void changes_mounts_changed(struct changes *changes)
{
	atomic_store(&changes->mounts_changed, true);
	monitor_mounts_changed(changes->monitor);
	if (atomic_load(&changes->tend_at_ms) != INT64_MAX)
		atomic_store(&changes->untended, true);
}

bool changes_untended(struct changes *changes)
{
	return atomic_load(&changes->untended) ||
	       intent_clock() >= atomic_load(&changes->tend_at_ms);
}

int changes_due_ms(struct changes *changes)
{
	int64_t at = atomic_load(&changes->tend_at_ms), left;

	if (at == INT64_MAX)
		return -1;
	left = at - intent_clock();
	return left < 0 ? 0 : left > CHANGES_MINUTE ? CHANGES_MINUTE : (int)left;
}

/* ---- watchers: their list has a mutex of its own, for they leave in the loop ---- */

void changes_watch(struct changes *changes, struct changes_watcher *watcher)
{
	pthread_mutex_lock(&changes->watchers_mutex);
	watcher->next = changes->watchers;
	watcher->link = &changes->watchers;
	if (watcher->next)
		watcher->next->link = &watcher->next;
	changes->watchers = watcher;
	pthread_mutex_unlock(&changes->watchers_mutex);
	changes_tend(changes);
}

void changes_leave(struct changes *changes, struct changes_watcher *watcher)
{
	pthread_mutex_lock(&changes->watchers_mutex);
	*watcher->link = watcher->next;
	if (watcher->next)
		watcher->next->link = watcher->link;
	pthread_mutex_unlock(&changes->watchers_mutex);
}

void changes_tend(struct changes *changes)
{
	pthread_mutex_lock(&changes->mutex);
	atomic_store(&changes->untended, false);
	changes_look_at_mounts(changes);
	changes_arrange(changes, NULL);
	changes_unlock(changes);
}

/* ---- the writer ---- */

int changes_keep(struct changes *changes, const char *namespace, struct error *error)
{
	struct place *place;
	int result;

	pthread_mutex_lock(&changes->mutex);
	result = monitor_watch(changes->monitor, namespace, error);
	/* The end of one that was replaced comes first. */
	(void)changes_drain(changes, 1);
	place = result ? NULL : place_find(changes, namespace);
	if (!result && !place)
		place = place_add(changes, namespace);
	if (place)
		place->kept = true;
	else if (!result)
		result = error_errno(error, ENOMEM, "watching for changes");
	changes_unlock(changes);
	return result;
}

void changes_take(struct changes *changes, struct names *ret_dirty, struct names *ret_gone)
{
	pthread_mutex_lock(&changes->mutex);
	(void)changes_drain_all(changes);
	names_move(ret_dirty, &changes->dirty);
	names_move(ret_gone, &changes->gone);
	changes_unlock(changes);
}

/* What was heard before was not ours. */
void changes_own(struct changes *changes, const char *url)
{
	pthread_mutex_lock(&changes->mutex);
	if (!changes->own.count) {
		(void)changes_drain_all(changes);
		changes->own_before = netops_changes(changes->netops);
	}
	(void)hash_set_add(&changes->own, hash_of(url, strlen(url), 0));
	changes_unlock(changes);
}

void changes_own_end(struct changes *changes)
{
	pthread_mutex_lock(&changes->mutex);
	if (changes->own.count) {
		(void)changes_drain_all(changes);
		hash_set_free(&changes->own);
		changes_let_go(changes, netops_changes(changes->netops) == changes->own_before);
	}
	changes_unlock(changes);
}

void changes_doom(struct changes *changes, const char *url)
{
	pthread_mutex_lock(&changes->mutex);
	if (!changes->doomed.count)
		(void)changes_drain_all(changes);
	(void)hash_set_add(&changes->doomed, hash_of(url, strlen(url), 0));
	changes_unlock(changes);
}

void changes_doom_end(struct changes *changes)
{
	pthread_mutex_lock(&changes->mutex);
	if (changes->doomed.count)
		(void)changes_drain_all(changes);
	hash_set_free(&changes->doomed);
	changes_unlock(changes);
}
