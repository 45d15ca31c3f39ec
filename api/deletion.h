/*
 * DELETE of a collection: all that GET with the same filters would list. What is
 * wanted here goes in one change, all or nothing, with what cannot be without it.
 * What others made is kept, and told; "?foreign=true" insists.
 */
#ifndef API_DELETION_H
#define API_DELETION_H

#include "api/listing.h"

/* 200 {"deleted":n,"kept_count":n,"kept":[{"self","reason"}…]}. ERROR_MALFORMED: no filter. */
int deletion_answer(const struct listing_source *source, struct api *api,
		    const struct api_call *call, struct api_answer *answer, struct error *error);

/* A handler for the table of operations; source is that of the list. */
#define DELETION_HANDLER(name, source)                                       \
	static int name(struct api *api, const struct api_call *call,        \
			struct api_answer *answer, struct error *error)      \
	{                                                                    \
		return deletion_answer(&(source), api, call, answer, error); \
	}

#endif
