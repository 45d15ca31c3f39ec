#ifndef TESTS_BENCH_LOAD_TIMES_H
#define TESTS_BENCH_LOAD_TIMES_H

#include <stddef.h>
#include <stdint.h>

struct load_times {
	int64_t *list; /* nanoseconds */
	size_t count;
};

int64_t load_now(void); /* CLOCK_MONOTONIC in nanoseconds */
void load_times_add(struct load_times *times, int64_t nanoseconds);

/* Which nothing is below but this share (0 to 1); sorts the list. 0 if it is empty. */
int64_t load_times_at(struct load_times *times, double share);

#endif
