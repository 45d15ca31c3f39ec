/*
 * A slot for each of the last sequence numbers, and in it an entry. A reader takes
 * some under the lock, looks at them without, and gives them back: so the lock is
 * held for a few instructions, and an entry that drops out of the ring while
 * somebody looks is freed by him. It drops out when there are too many, or too many
 * bytes of them.
 */
#include "intent/events.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "intent/clock.h"
#include "intent/event_entry.h"

#include "netops/error.h"

struct events {
	int fd;
	unsigned int capacity;
	uint64_t start;
	_Atomic uint64_t counts[EVENT_TYPES], lost;
	pthread_mutex_t lock; /* of all below, and of the entries' users */
	uint64_t last, first; /* first: no older one is kept */
	uint64_t asked;	      /* the last number when somebody asked for a version */
	size_t bytes;
	struct versions versions;
	bool held;  /* nobody is woken */
	bool woken; /* the descriptor is readable, or will be read before the ring is */
	struct entry *slots[]; /* NULL: none yet, or lost */
};

int events_open(unsigned int capacity, struct events **ret, struct error *error)
{
	struct events *events =
		calloc(1, sizeof(*events) + capacity * sizeof(events->slots[0]));
	struct timespec now;

	if (!events)
		return error_errno(error, ENOMEM, "cannot make the ring of events");
	events->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (events->fd < 0) {
		free(events);
		return error_errno(error, errno, "cannot make the ring of events");
	}
	clock_gettime(CLOCK_REALTIME, &now);
	events->start = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	events->capacity = capacity;
	events->first = 1;
	pthread_mutex_init(&events->lock, NULL);
	*ret = events;
	return 0;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	for (unsigned int i = 0; i < events->capacity; i++)
		entry_free(events->slots[i]);
	versions_clear(&events->versions);
	pthread_mutex_destroy(&events->lock);
	close(events->fd);
	free(events);
}

int events_fd(const struct events *events)
{
	return events->fd;
}

uint64_t events_start(const struct events *events)
{
	return events->start;
}

/* ---- the ring; all of these under the lock ---- */

static struct entry **events_slot(struct events *events, uint64_t sequence)
{
	return &events->slots[sequence % events->capacity];
}

static bool events_has(struct events *events, uint64_t sequence)
{
	const struct entry *entry = *events_slot(events, sequence);

	return entry && entry->event.sequence == sequence;
}

/* Returns it if it is to be freed now. */
static struct entry *events_release(struct entry *entry)
{
	return entry && !--entry->users ? entry : NULL;
}

/* The place before the first event after `after` that is there, or the newest. */
static uint64_t events_resume(struct events *events, uint64_t after)
{
	uint64_t last = events->last;

	if (after > last)
		return last;
	if (after < events->first - 1)
		after = events->first - 1;
	while (after < last && !events_has(events, after + 1))
		after++;
	return after;
}

/* What drops out of the ring, to be freed when the lock is not held. */
struct dropped {
	struct entry *entries[8];
	unsigned int count;
};

/* One slot; what others look at they free. */
static void events_drop(struct events *events, struct dropped *dropped)
{
	struct entry **slot = events_slot(events, events->first++), *entry = *slot;

	*slot = NULL;
	if (!entry)
		return;
	events->bytes -= entry->size;
	entry = events_release(entry);
	if (entry)
		dropped->entries[dropped->count++] = entry;
}

/* As few as there is need for; one that was added needs the room of a few, unless it is huge. */
static void events_make_room(struct events *events, size_t bytes, struct dropped *dropped)
{
	const unsigned int most = sizeof(dropped->entries) / sizeof(dropped->entries[0]);

	while (dropped->count < most && events->first <= events->last &&
	       (events->bytes > bytes || events->last - events->first >= events->capacity))
		events_drop(events, dropped);
}

static bool dropped_free(struct dropped *dropped)
{
	bool some = dropped->count > 0;

	while (dropped->count)
		entry_free(dropped->entries[--dropped->count]);
	return some;
}

/* entry NULL: it is lost. */
static void events_add(struct events *events, struct entry *entry, struct dropped *dropped)
{
	events->last++;
	/* The slot of the new one is free before anything is put there. */
	if (events->last - events->first >= events->capacity)
		events_drop(events, dropped);
	*events_slot(events, events->last) = entry;
	if (!entry)
		return;
	entry->event.sequence = events->last;
	entry->event.time_ms = intent_epoch();
	events->bytes += entry->size;
	events_make_room(events, EVENTS_BYTES, dropped);
}

/* ---- publishing and reading ---- */

/* entry is that of the event; NULL: it is lost. */
static void publish(struct events *events, const struct event *event, struct entry *entry)
{
	const unsigned int wish = event->seen ? 0 : EVENTS_OF_CONFIG;
	struct dropped dropped = { .count = 0 };
	bool wake;

	/* What others do is counted where it is heard. */
	if (!event->seen || event->type == EVENT_INVALIDATED)
		atomic_fetch_add_explicit(&events->counts[event->type], 1,
					  memory_order_relaxed);
	if (!entry)
		atomic_fetch_add_explicit(&events->lost, 1, memory_order_relaxed);
	pthread_mutex_lock(&events->lock);
	events_add(events, entry, &dropped);
	versions_note(&events->versions, event_class(event->kind) | wish,
		      event->namespace ? event->namespace : "", event_device(event),
		      events->last);
	wake = !events->woken && !events->held;
	events->woken |= wake;
	pthread_mutex_unlock(&events->lock);
	dropped_free(&dropped);
	/* Of a thousand in a row one wakes: who is woken reads them all. */
	if (wake)
		eventfd_write(events->fd, 1);
}

void events_publish(struct events *events, const struct event *event)
{
	publish(events, event, entry_new(event));
}

void events_publish_entry(struct events *events, struct entry *entry)
{
	publish(events, &entry->event, entry);
}

/* The lock is held. True if somebody may know a version that is not to be his any more. */
static bool events_known(const struct events *events, unsigned int classes,
			 const char *namespace, const char *device)
{
	struct versions_scope scope = { .namespace = namespace, .device = device };

	if (!*namespace)
		return true;
	for (unsigned int bit = 1; bit < EVENTS_OF_ALL; bit <<= 1) {
		scope.classes = classes & bit;
		if (scope.classes &&
		    versions_newest(&events->versions, &scope) <= events->asked)
			return true;
	}
	return false;
}

void events_touch(struct events *events, unsigned int classes, const char *namespace,
		  const char *device)
{
	struct dropped dropped = { .count = 0 };
	struct entry *entry = NULL;

	pthread_mutex_lock(&events->lock);
	if (events_known(events, classes, namespace, device)) {
		entry = entry_new(&(struct event){ .type = EVENT_TYPES });
		if (entry)
			entry->silent = true;
		events_add(events, entry, &dropped);
		versions_note(&events->versions, classes, namespace, device, events->last);
	}
	pthread_mutex_unlock(&events->lock);
	dropped_free(&dropped);
}

uint64_t events_version(struct events *events, const struct versions_scope *of)
{
	uint64_t version;

	pthread_mutex_lock(&events->lock);
	version = versions_newest(&events->versions, of);
	events->asked = events->last;
	pthread_mutex_unlock(&events->lock);
	return version;
}

void events_trim(struct events *events, size_t bytes)
{
	struct dropped dropped = { .count = 0 };

	do {
		pthread_mutex_lock(&events->lock);
		events_make_room(events, bytes, &dropped);
		pthread_mutex_unlock(&events->lock);
	} while (dropped_free(&dropped));
}

void events_keep_rendering(struct events *events, const struct event *event, unsigned int kind,
			   const char *text, size_t length)
{
	struct entry *entry = (struct entry *)(uintptr_t)event; /* its first member */
	struct rendering *rendering = malloc(sizeof(*rendering) + length), *none = NULL;

	if (!rendering)
		return;
	rendering->length = length;
	memcpy(rendering->text, text, length);
	pthread_mutex_lock(&events->lock);
	if (atomic_compare_exchange_strong(&entry->extra.renderings[kind], &none, rendering)) {
		/* One that has left the ring is not counted any more. */
		if (events_has(events, event->sequence))
			events->bytes += sizeof(*rendering) + length;
		entry->size += sizeof(*rendering) + length;
		rendering = NULL;
	}
	pthread_mutex_unlock(&events->lock);
	free(rendering);
}

/* Whether there was something in between need not be known. */
void events_hold(struct events *events, bool on)
{
	pthread_mutex_lock(&events->lock);
	events->held = on;
	events->woken |= !on;
	pthread_mutex_unlock(&events->lock);
	if (!on)
		eventfd_write(events->fd, 1);
}

uint64_t events_last(struct events *events)
{
	uint64_t last;

	pthread_mutex_lock(&events->lock);
	last = events->last;
	pthread_mutex_unlock(&events->lock);
	return last;
}

enum { EVENTS_TOGETHER = 32 };

/* Takes some of those behind `after`; returns how many. */
static unsigned int events_take(struct events *events, uint64_t after, unsigned int most,
				struct entry *ret[EVENTS_TOGETHER])
{
	unsigned int count = 0;

	pthread_mutex_lock(&events->lock);
	while (count < most && count < EVENTS_TOGETHER && events_has(events, after + 1)) {
		ret[count] = *events_slot(events, ++after);
		ret[count++]->users++;
	}
	pthread_mutex_unlock(&events->lock);
	return count;
}

static void events_give_back(struct events *events, struct entry **entries, unsigned int count)
{
	pthread_mutex_lock(&events->lock);
	for (unsigned int i = 0; i < count; i++)
		entries[i] = events_release(entries[i]);
	pthread_mutex_unlock(&events->lock);
	for (unsigned int i = 0; i < count; i++)
		entry_free(entries[i]);
}

bool events_read(struct events *events, uint64_t after, unsigned int most, events_hook *hook,
		 void *context, uint64_t *ret_last)
{
	struct entry *taken[EVENTS_TOGETHER];
	unsigned int count;
	uint64_t resume;

	pthread_mutex_lock(&events->lock);
	events->woken = false;
	resume = events_resume(events, after);
	pthread_mutex_unlock(&events->lock);
	*ret_last = resume;
	if (resume != after)
		return false;
	while ((count = events_take(events, *ret_last, most, taken))) {
		for (unsigned int i = 0; i < count; i++) {
			if (!taken[i]->silent)
				hook(&taken[i]->event, context);
		}
		events_give_back(events, taken, count);
		*ret_last += count;
		most -= count;
	}
	return true;
}

uint64_t events_count(const struct events *events, enum event_type type)
{
	return atomic_load_explicit(&events->counts[type], memory_order_relaxed);
}

uint64_t events_lost(const struct events *events)
{
	return atomic_load_explicit(&events->lost, memory_order_relaxed);
}
