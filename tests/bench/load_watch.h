#ifndef TESTS_BENCH_LOAD_WATCH_H
#define TESTS_BENCH_LOAD_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_WATCH_TIMES = 1000 };

/* What all watchers have seen together. */
struct load_watch {
	size_t watchers;
	size_t begun;			 /* their answers have begun */
	size_t refused;			 /* with another status than 200 */
	size_t events;			 /* wanted by each */
	size_t content;			 /* watchers that have so many */
	int64_t last;			 /* when the last of them got its last one */
	int64_t times[LOAD_WATCH_TIMES]; /* when the first events had come to all: the latest */
};

struct load_watcher {
	struct load_watch *watch;
	bool begun;
	size_t events;
	size_t gaps; /* and other news that something is to be read again */
	/* Of the URLs that were created and not deleted: the sum of their hashes (FNV-1a). */
	uint64_t replayed;
	size_t line_length;
	char line[1024]; /* its beginning */
};

void load_watcher_begin(struct load_watcher *watcher, int status);

/* Lines of NDJSON, in pieces; context is a struct load_watcher. */
void load_watcher_take(void *context, const char *data, size_t length);

#endif
