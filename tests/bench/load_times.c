/* How long each answer took, all of them: a histogram would round what is of interest. */
#include <stdlib.h>
#include <time.h>

#include "tests/bench/load_times.h"

int64_t load_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void load_times_add(struct load_times *times, int64_t nanoseconds)
{
	if (!(times->count & (times->count - 1))) {
		times->list = realloc(times->list, (times->count ? 2 * times->count : 1) *
							   sizeof(*times->list));
		if (!times->list)
			abort();
	}
	times->list[times->count++] = nanoseconds;
}

static int compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

int64_t load_times_at(struct load_times *times, double share)
{
	if (!times->count)
		return 0;
	qsort(times->list, times->count, sizeof(*times->list), compare);
	return times->list[(size_t)(share * (double)(times->count - 1))];
}
