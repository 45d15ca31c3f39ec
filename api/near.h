/* The name that somebody may have meant. */
#ifndef API_NEAR_H
#define API_NEAR_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed but for word; then one near_offer() for each name that would have been right. */
struct near {
	const char *word;
	const char *best; /* NULL: none is near. Not terminated: see length. */
	size_t length, distance;
};

void near_offer(struct near *near, const char *name, size_t length);

enum { NEAR_HINT_SIZE = 80 };
/* ": did you mean \"…\"?", or "" if none is near. */
const char *near_hint(const struct near *near, char text[NEAR_HINT_SIZE]);

#endif
