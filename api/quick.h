/*
 * Answers to GET that are known to be still right: a 304, or the very bytes of the last
 * time. An answer is known by its target and form, and by the sequence number that
 * what it shows had before it was made (intent/changes.h); as long as that is the
 * newest one, nothing in it has changed.
 *
 * What shows values that change without a word (time that is left, what only ioctls
 * tell) is not announced: it has no such number, is never kept, and there is no 304
 * for it.
 */
#ifndef API_QUICK_H
#define API_QUICK_H

#include "api/api.h"

struct quick;

/* NULL: no memory. quick_free(NULL) is legal. */
struct quick *quick_new(void);
void quick_free(struct quick *quick);

/* What is known of a call before it is performed. */
struct quick_call {
	bool known;    /* and so the version is */
	bool restless; /* but it is not to be compared */
	bool collection;
	uint64_t version;
};
/* On the call's lane. True: the answer is made already. */
bool quick_begin(struct api *api, struct api_call *call, struct api_answer *answer,
		 struct quick_call *ret);
/* The answer is made: it gets its tag, becomes a 304, is kept. */
void quick_end(struct api *api, const struct api_call *call, struct api_answer *answer,
	       const struct quick_call *quick);

/* This call's answer shows what is not announced: to be said while it is made, also late. */
void quick_unannounced(struct api *api, const struct api_call *call);

#endif
