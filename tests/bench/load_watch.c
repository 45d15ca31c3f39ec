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

static uint64_t hash_of(const char *url, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	while (length--)
		hash = (hash ^ (unsigned char)*url++) * UINT64_C(0x100000001b3);
	return hash;
}

/* The text of a member, where it begins; NULL: there is none. */
static const char *member_of(const char *line, const char *name, size_t *ret_length)
{
	const char *text = strstr(line, name);

	if (!text)
		return NULL;
	text += strlen(name);
	*ret_length = strcspn(text, "\"");
	return text;
}

static bool says(const char *line, const char *type)
{
	size_t length;
	const char *text = member_of(line, "\"type\":\"", &length);

	return text && strlen(type) == length && !memcmp(text, type, length);
}

static void replay(struct load_watcher *watcher)
{
	size_t length;
	const char *url = member_of(watcher->line, "\"object\":\"", &length);

	if (url && says(watcher->line, "created"))
		watcher->replayed += hash_of(url, length);
	if (url && says(watcher->line, "deleted"))
		watcher->replayed -= hash_of(url, length);
}

static void end_line(struct load_watcher *watcher)
{
	watcher->line[watcher->line_length] = '\0';
	if (says(watcher->line, "gap") || says(watcher->line, "invalidated"))
		watcher->gaps++;
	else if (watcher->line_length)
		count_event(watcher);
	replay(watcher);
	watcher->line_length = 0;
}

void load_watcher_take(void *context, const char *data, size_t length)
{
	struct load_watcher *watcher = context;

	while (length) {
		const char *end = memchr(data, '\n', length);
		size_t taken = end ? (size_t)(end - data) : length;
		size_t room = sizeof(watcher->line) - 1 - watcher->line_length;
		size_t kept = taken < room ? taken : room;

		memcpy(watcher->line + watcher->line_length, data, kept);
		watcher->line_length += kept;
		if (end)
			end_line(watcher);
		data += taken + !!end;
		length -= taken + !!end;
	}
}
