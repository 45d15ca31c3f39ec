/* What the sources of lists share. */
#ifndef API_LISTING_PRIVATE_H
#define API_LISTING_PRIVATE_H

#include "api/listing.h"

/* Before the kernel is asked: the keys of what is wanted and not right. */
int listing_gather_waiting(struct listing *listing, struct error *error);
/* One that the kernel has. */
int listing_add(struct listing *listing, const void *actual, struct error *error);
/* The next one of those that wait. */
int listing_add_waiting(struct listing *listing, struct error *error);

/* 1: there is more to do; 0: that was all; -1. */
int listing_step(struct listing *listing, struct error *error);
/* One window; -1: it cannot go on. */
int listing_fill(struct listing *listing, struct buffer *text, struct error *error);

/* The hooks of struct api_stream. */
enum api_stream_state listing_pull(void *context, struct buffer *text);
void listing_free(void *context);

#endif
