/*
 * A list of objects: what the kernel has, joined with what the intent knows of
 * each, and behind it what is wanted and not there. The filters that all types
 * share are applied here: state, owner, label.
 */
#ifndef API_LISTING_H
#define API_LISTING_H

#include "api/object.h"

struct listing {
	const struct object_type *type;
	struct api *api;
	const struct api_call *call;
	struct collection collection;
	char owner[WISH_OWNER_SIZE];			 /* "": of any */
	char label[WISH_OWNER_SIZE + WISH_LABEL_SIZE]; /* "": with any, or none */
	bool by_state;
	uint32_t state; /* of enum intent_state; LISTING_FOREIGN */
	/* What is wanted and was not found right when it was last looked at. */
	struct intent_view *waiting;
	size_t waiting_count;
};

enum { LISTING_FOREIGN = INTENT_STATES };

/* What is listed of a type; the context of both is the listing, or what begins with it. */
struct listing_source {
	const struct object_type *type;
	collection_namespace *each; /* gives all of one namespace to listing_add() */
	/* Whether the type's own filters let a wanted record pass; NULL: it has none. */
	bool (*fits)(const void *wanted, void *context);
};

/* Lists all. The error is a wrong parameter, no memory, or the kernel's. */
int listing_run(struct listing *listing, const struct listing_source *source, struct api *api,
		const struct api_call *call, struct api_answer *answer, struct error *error);
/* One that the kernel has. */
void listing_add(struct listing *listing, const void *actual);

/* The query parameters of these filters, for the tables of operations. */
#define LISTING_QUERY "state", "owner", "label"

#endif
