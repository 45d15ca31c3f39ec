/* Where answers are kept (api/quick_places.c); for those who hold the lock. */
#ifndef API_QUICK_PRIVATE_H
#define API_QUICK_PRIVATE_H

#include <pthread.h>
#include <stdint.h>

#include "api/quick.h"

enum {
	QUICK_PLACES = 512, /* targets and forms */
	QUICK_BUCKETS = 1024,
	QUICK_BODY_BYTES = 64 * 1024,  /* the longest that is kept */
	QUICK_BYTES = 2 * 1024 * 1024, /* of all */
};

struct quick_place {
	uint64_t hash, id, version, used;
	char *target; /* NULL: free */
	unsigned int form;
	int next;	  /* of the bucket; -1: none */
	bool answered;	  /* with 200: so its parameters are right */
	bool unannounced; /* as of this version */
	bool kept;	  /* what follows is the answer */
	struct buffer body;
	const char *content_type;
	unsigned int header_count;
	struct {
		const char *name;
		char *value;
	} headers[API_HEADERS];
};

struct quick {
	pthread_mutex_t mutex;
	uint64_t ids, clock;
	size_t bytes;
	int buckets[QUICK_BUCKETS];
	struct quick_place places[QUICK_PLACES];
};

/* Of this target and form, or NULL; hash: quick_hash(). */
struct quick_place *quick_find(struct quick *quick, const struct api_call *call, uint64_t hash);
uint64_t quick_hash(const struct api_call *call);
/* A new one, in the place of who was not asked for the longest. NULL: no memory. */
struct quick_place *quick_add(struct quick *quick, const struct api_call *call, uint64_t hash);
/* That of quick_place.id, as long as it is there. */
struct quick_place *quick_of_id(struct quick *quick, uint64_t id);
/* What is known of another version is forgotten. */
void quick_set_version(struct quick *quick, struct quick_place *place, uint64_t version);
/* Keeps a copy of the answer, if it can. */
void quick_keep(struct quick *quick, struct quick_place *place,
		const struct api_answer *answer);
void quick_drop_answer(struct quick *quick, struct quick_place *place);

#endif
