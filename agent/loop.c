/*
 * Deadlines are asked for before each wait instead of being kept in a heap:
 * the sources are few, and each of them knows its own next deadline.
 */
#include "agent/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "intent/clock.h"
#include "netops/error.h"

struct loop {
	int fd;
	unsigned int count;
	struct loop_place {
		struct loop_source source;
		int64_t due; /* milliseconds of the clock; LOOP_NEVER */
		bool fired;
	} places[LOOP_SOURCES];
};

#define LOOP_NEVER INT64_MAX

static int64_t loop_clock(void)
{
	return intent_clock_us() / 1000;
}

/* A deadline is rounded up, so that a wait for it does not end just before. */
static int64_t loop_due(int milliseconds)
{
	if (milliseconds < 0)
		return LOOP_NEVER;
	return milliseconds ? loop_clock() + milliseconds + 1 : 0;
}

int loop_open(struct loop **ret, struct error *error)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return error_errno(error, ENOMEM, "cannot make the event loop");
	loop->fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->fd < 0) {
		free(loop);
		return error_errno(error, errno, "cannot make the event loop");
	}
	*ret = loop;
	return 0;
}

void loop_close(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->fd);
	free(loop);
}

int loop_add(struct loop *loop, const struct loop_source *source, struct error *error)
{
	struct epoll_event event = { .events = source->events };

	if (loop->count == LOOP_SOURCES)
		return error_set(error, ERROR_INTERNAL, "the event loop is full");
	loop->places[loop->count].source = *source;
	event.data.ptr = &loop->places[loop->count];
	if (epoll_ctl(loop->fd, EPOLL_CTL_ADD, source->fd, &event) < 0)
		return error_errno(error, errno, "cannot watch a descriptor");
	loop->count++;
	return 0;
}

/* Asks all sources for their deadlines; returns the nearest of them and the given one. */
static int64_t loop_next(struct loop *loop, int64_t due)
{
	for (unsigned int i = 0; i < loop->count; i++) {
		struct loop_place *place = &loop->places[i];

		place->fired = false;
		place->due = LOOP_NEVER;
		if (place->source.timeout)
			place->due = loop_due(place->source.timeout(place->source.context));
		if (place->due < due)
			due = place->due;
	}
	return due;
}

static void loop_wait(struct loop *loop, int64_t due)
{
	struct epoll_event events[LOOP_SOURCES];
	int64_t wait = -1;
	int count;

	if (due != LOOP_NEVER) {
		wait = due - (due ? loop_clock() : 0);
		wait = wait < 0 ? 0 : wait > INT32_MAX ? INT32_MAX : wait;
	}
	count = epoll_wait(loop->fd, events, LOOP_SOURCES, (int)wait);
	for (int i = 0; i < count; i++)
		((struct loop_place *)events[i].data.ptr)->fired = true;
}

static void loop_serve(struct loop *loop)
{
	int64_t now = loop_clock();

	for (unsigned int i = 0; i < loop->count; i++) {
		struct loop_place *place = &loop->places[i];

		if (place->fired || place->due <= now)
			place->source.ready(place->source.context);
	}
}

bool loop_run(struct loop *loop, bool (*done)(void *context), void *context, int milliseconds)
{
	int64_t end = loop_due(milliseconds);

	while (!done(context)) {
		if (end != LOOP_NEVER && loop_clock() >= end)
			return false;
		loop_wait(loop, loop_next(loop, end));
		loop_serve(loop);
	}
	return true;
}
