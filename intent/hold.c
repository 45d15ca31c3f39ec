/*
 * A change that undoes itself unless somebody says that it may stay. Its journal
 * is kept until then, and the store knows when its time is over, by the clock
 * that goes on while the machine sleeps; after another boot it is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "intent/intent_private.h"

enum { HOLD_BOOT_ID = 40 };

static void hold_boot_id(char ret[HOLD_BOOT_ID])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, ret, HOLD_BOOT_ID - 1);

	ret[length > 0 ? length : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static int hold_store(struct intent *intent, const char *value, bool clear, struct error *error)
{
	struct store *store = intent->store;

	if (store_begin(store, error))
		return -1;
	if (!store_set(store, "held", value, error) &&
	    (!clear || !store_clear_journal(store, error)))
		return store_commit(store, error);
	store_rollback(store);
	return -1;
}

static void hold_set(struct intent *intent, int64_t until_ms)
{
	atomic_store(&intent->held_until_ms, until_ms);
	if (until_ms && until_ms < atomic_load(&intent->due_ms))
		atomic_store(&intent->due_ms, until_ms);
}

int hold_begin(struct intent *intent, uint32_t seconds, struct error *error)
{
	int64_t until_ms = intent_clock() + (int64_t)seconds * 1000;
	char boot[HOLD_BOOT_ID], value[HOLD_BOOT_ID + 32];

	hold_boot_id(boot);
	snprintf(value, sizeof(value), "%lld %s", (long long)until_ms, boot);
	if (hold_store(intent, value, false, error))
		return -1;
	hold_set(intent, until_ms);
	return 0;
}

bool intent_held(struct intent *intent, int64_t *ret_ms)
{
	int64_t until_ms = atomic_load(&intent->held_until_ms);

	*ret_ms = until_ms ? until_ms - intent_clock() : 0;
	if (*ret_ms < 0)
		*ret_ms = 0;
	return until_ms != 0;
}

int intent_may_change(struct intent *intent, struct error *error)
{
	int64_t left_ms;

	if (!intent_held(intent, &left_ms))
		return 0;
	return error_set(
		error, ERROR_REFUSED,
		"a change of the configuration waits for its confirmation and is "
		"undone in %lld.%03lld s: POST /config/confirm or /config/rollback first",
		(long long)(left_ms / 1000), (long long)(left_ms % 1000));
}

static int hold_none(struct error *error)
{
	return error_set(error, ERROR_REFUSED,
			 "no change of the configuration waits for its confirmation");
}

static void hold_tell(struct intent *intent, enum event_type type, const char *detail)
{
	const struct event event = { .type = type, .kind = "config", .detail = detail };

	if (intent->settings.events)
		events_publish(intent->settings.events, &event);
}

int intent_confirm(struct intent *intent, struct error *error)
{
	int64_t left_ms;

	if (!intent_held(intent, &left_ms))
		return hold_none(error);
	if (hold_store(intent, NULL, true, error))
		return -1;
	hold_set(intent, 0);
	hold_tell(intent, EVENT_CONFIRMED, NULL);
	return 0;
}

static int hold_undo(struct intent *intent, const char *why, struct error *error)
{
	hold_set(intent, 0);
	pthread_mutex_lock(&intent->mutex);
	intent->revision++;
	pthread_mutex_unlock(&intent->mutex);
	if (undo_journal(intent, 0, error)) {
		hold_set(intent, intent_clock() + 1000); /* it has to be tried again */
		return -1;
	}
	hold_tell(intent, EVENT_ROLLED_BACK, why);
	intent_suspect(intent);
	return 0;
}

int intent_roll_back(struct intent *intent, struct error *error)
{
	int64_t left_ms;

	if (!intent_held(intent, &left_ms))
		return hold_none(error);
	return hold_undo(intent, "by request", error);
}

void hold_expire(struct intent *intent)
{
	struct error ignored;
	int64_t left_ms;

	error_clear(&ignored);
	if (intent_held(intent, &left_ms) && !left_ms)
		(void)hold_undo(intent, "it was not confirmed in time", &ignored);
}

int hold_resume(struct intent *intent, struct error *error)
{
	char value[HOLD_BOOT_ID + 32], boot[HOLD_BOOT_ID], *rest;
	long long until_ms;

	if (store_get(intent->store, "held", value, sizeof(value), error))
		return -1;
	hold_boot_id(boot);
	until_ms = strtoll(value, &rest, 10);
	if (*rest == ' ' && !strcmp(rest + 1, boot) && until_ms > intent_clock()) {
		hold_set(intent, until_ms);
		return 0;
	}
	return undo_journal(intent, 0, error);
}
