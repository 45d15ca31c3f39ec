/*
 * A table of the kernel in one namespace, taken object by object at the pace of
 * whoever takes. Between two objects nothing is held but a socket, no lock among
 * it; a reading may be given up at any place. Which table it is, and narrowed by
 * what, is said where it is opened: route_reading(), link_reading() …
 *
 * One thread at a time. Where the namespace is deleted meanwhile its socket is
 * closed, and what follows is ERROR_MISSING: then what was read is a part, and of
 * something that there is no more.
 */
#ifndef NETOPS_READING_H
#define NETOPS_READING_H

#include <stdbool.h>

#include "netops/error.h"

struct reading;

/* A kind of reading. */
struct reading_kind {
	int (*next)(struct reading *reading, const void **ret, struct error *error);
	int (*again)(struct reading *reading, struct error *error);
	int (*rest)(struct reading *reading, struct error *error); /* may be NULL */
	void (*free)(struct reading *reading);
};

/* What all begin with. */
struct reading {
	const struct reading_kind *kind;
	bool interrupted;
};

/*
 * 1: *ret is the next record, borrowed until the next call; 0: there are no more;
 * -1: the error is filled, and nothing is to be done but reading_free().
 */
static inline int reading_next(struct reading *reading, const void **ret, struct error *error)
{
	return reading->kind->next(reading, ret, error);
}

/*
 * True once the kernel has said that its table changed under the dump: objects
 * that were there all the time may be missing, or come twice.
 */
static inline bool reading_interrupted(const struct reading *reading)
{
	return reading->interrupted;
}

/* From the beginning, whatever was read. */
static inline int reading_again(struct reading *reading, struct error *error)
{
	return reading->kind->again(reading, error);
}

/*
 * After the end of what was interrupted: reads again, and tells only what it has not
 * told yet. So what was there all the time is told once, if not of one moment.
 */
static inline bool reading_has_rest(const struct reading *reading)
{
	return reading->kind->rest != NULL;
}

static inline int reading_rest(struct reading *reading, struct error *error)
{
	return reading->kind->rest(reading, error);
}

/* NULL is legal. */
static inline void reading_free(struct reading *reading)
{
	if (reading)
		reading->kind->free(reading);
}

/* How often one is read at most until it is not interrupted, and the error after that; -1. */
enum { READING_TRIES = 20 };
int reading_restless(struct error *error);

#endif
