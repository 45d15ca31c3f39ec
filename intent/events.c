/*
 * A slot for each of the last sequence numbers, and in it an entry with all its
 * texts in one piece. A reader takes an entry under the lock, looks at it
 * without, and gives it back: so the lock is held for a few instructions, and an
 * entry that drops out of the ring while somebody looks is freed by him.
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

#include "netops/error.h"

struct entry {
	struct event event;
	unsigned int users; /* the ring, and who looks at it */
	char text[];
};

struct events {
	int fd;
	unsigned int capacity;
	uint64_t start;
	_Atomic uint64_t counts[EVENT_TYPES], lost;
	pthread_mutex_t lock; /* of all below, and of the entries' users */
	uint64_t last;
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
	pthread_mutex_init(&events->lock, NULL);
	*ret = events;
	return 0;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	for (unsigned int i = 0; i < events->capacity; i++)
		free(events->slots[i]);
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

/* ---- entries ---- */

/* How many bytes of a text are kept, without NUL. */
static size_t entry_length(const char *text, size_t size, bool cut)
{
	size_t length = text ? strnlen(text, size) : 0;

	if (length < size)
		return length;
	if (!cut)
		return 0;
	/* Not in the middle of a character: the bytes after its first are 10xxxxxx. */
	for (length = size - 1; length && ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

static const char *entry_keep(char **end, const char *text, size_t length)
{
	char *kept = *end;

	if (length)
		memcpy(kept, text, length);
	kept[length] = '\0';
	*end += length + 1;
	return kept;
}

/* NULL: out of memory. */
static struct entry *entry_new(const struct event *event)
{
	size_t object = entry_length(event->object, EVENTS_OBJECT_SIZE, false);
	size_t kind = entry_length(event->kind, EVENTS_NAME_SIZE, false);
	size_t namespace = entry_length(event->namespace, EVENTS_NAME_SIZE, false);
	size_t owner = entry_length(event->owner, EVENTS_NAME_SIZE, false);
	size_t detail = entry_length(event->detail, EVENTS_DETAIL_SIZE, true);
	struct entry *entry =
		malloc(sizeof(*entry) + object + kind + namespace + owner + detail + 5);
	char *end = entry ? entry->text : NULL;

	if (!entry)
		return NULL;
	entry->users = 1;
	entry->event = (struct event){
		.type = event->type,
		.object = entry_keep(&end, event->object, object),
		.kind = entry_keep(&end, event->kind, kind),
		.namespace = entry_keep(&end, event->namespace, namespace),
		.owner = entry_keep(&end, event->owner, owner),
		.detail = entry_keep(&end, event->detail, detail),
	};
	return entry;
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
	if (last > events->capacity && after < last - events->capacity)
		after = last - events->capacity;
	while (after < last && !events_has(events, after + 1))
		after++;
	return after;
}

/* ---- publishing and reading ---- */

void events_publish(struct events *events, const struct event *event)
{
	struct entry *entry = entry_new(event), **slot, *old;
	bool wake;

	atomic_fetch_add_explicit(&events->counts[event->type], 1, memory_order_relaxed);
	if (!entry)
		atomic_fetch_add_explicit(&events->lost, 1, memory_order_relaxed);
	pthread_mutex_lock(&events->lock);
	slot = events_slot(events, ++events->last);
	old = events_release(*slot);
	*slot = entry;
	if (entry) {
		entry->event.sequence = events->last;
		entry->event.time_ms = intent_epoch();
	}
	wake = !events->woken && !events->held;
	events->woken |= wake;
	pthread_mutex_unlock(&events->lock);
	free(old);
	/* Of a thousand in a row one wakes: who is woken reads them all. */
	if (wake)
		eventfd_write(events->fd, 1);
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

/* Gives an entry back, and takes the one of sequence; NULL: it is not there. */
static struct entry *events_exchange(struct events *events, struct entry *back,
				     uint64_t sequence)
{
	struct entry *entry = NULL;

	pthread_mutex_lock(&events->lock);
	back = events_release(back);
	if (sequence && events_has(events, sequence)) {
		entry = *events_slot(events, sequence);
		entry->users++;
	}
	pthread_mutex_unlock(&events->lock);
	free(back);
	return entry;
}

bool events_read(struct events *events, uint64_t after, unsigned int most, events_hook *hook,
		 void *context, uint64_t *ret_last)
{
	struct entry *entry = NULL;
	uint64_t resume;

	pthread_mutex_lock(&events->lock);
	events->woken = false;
	resume = events_resume(events, after);
	pthread_mutex_unlock(&events->lock);
	*ret_last = resume;
	if (resume != after)
		return false;
	while (most-- && (entry = events_exchange(events, entry, *ret_last + 1))) {
		hook(&entry->event, context);
		++*ret_last;
	}
	events_exchange(events, entry, 0);
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
