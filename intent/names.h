/* A set of names. Zeroed is empty; one owner; names_clear() ends it. */
#ifndef INTENT_NAMES_H
#define INTENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names {
	char **all; /* sorted */
	size_t count;
};

bool names_has(const struct names *names, const char *name);
/* False: no memory. */
bool names_add(struct names *names, const char *name);
void names_remove(struct names *names, const char *name);
void names_clear(struct names *names);
/* Adds those of from, which is empty then. */
void names_move(struct names *into, struct names *from);

/* A hash of a text, eight bytes at a time. */
uint64_t names_hash(const char *name);

#endif
