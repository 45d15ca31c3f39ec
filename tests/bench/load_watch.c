/* Watchers count what they are told, and when: one event a line, an empty line is a heartbeat. */
#include <stdio.h>
#include <string.h>

#include "tests/bench/load_times.h"
#include "tests/bench/load_watch.h"

void load_watcher_begin(struct load_watcher *watcher, int status)
{
	struct load_watch *watch = watcher->watch;

	if (watcher->begun)
		return;
	watcher->begun = true;
	watch->begun++;
	if (status != 200)
		watch->refused++;
	if (watch->begun == watch->watchers) {
		puts("watching");
		fflush(stdout);
	}
}

static void count_event(struct load_watcher *watcher)
{
	struct load_watch *watch = watcher->watch;
	int64_t now = load_now();

	if (watcher->events < LOAD_WATCH_TIMES)
		watch->times[watcher->events] = now;
	if (++watcher->events == watch->events) {
		watch->content++;
		watch->last = now;
	}
}

static void end_line(struct load_watcher *watcher)
{
	if (memmem(watcher->line, watcher->line_length, "\"type\":\"gap\"", 12))
		watcher->gaps++;
	else if (watcher->line_length)
		count_event(watcher);
	watcher->line_length = 0;
}

void load_watcher_take(void *context, const char *data, size_t length)
{
	struct load_watcher *watcher = context;

	while (length) {
		const char *end = memchr(data, '\n', length);
		size_t taken = end ? (size_t)(end - data) : length;
		size_t room = sizeof(watcher->line) - watcher->line_length;
		size_t kept = taken < room ? taken : room;

		memcpy(watcher->line + watcher->line_length, data, kept);
		watcher->line_length += kept;
		if (end)
			end_line(watcher);
		data += taken + !!end;
		length -= taken + !!end;
	}
}
