/* An event as the ring keeps it: with all its texts in one piece, and what is made of it later. */
#ifndef INTENT_EVENT_ENTRY_H
#define INTENT_EVENT_ENTRY_H

#include <stdatomic.h>

#include "intent/events.h"

struct rendering {
	size_t length;
	char text[];
};

/* What event.extra is. */
struct event_extra {
	_Atomic(struct rendering *) renderings[EVENTS_RENDERINGS];
};

struct entry {
	struct event event;
	struct event_extra extra;
	unsigned int users; /* the ring, and who looks at it */
	size_t size;	    /* bytes, with renderings; about */
	bool silent;	    /* see events_touch() */
	char text[];
};

/* A copy, with one user. NULL: no memory. */
struct entry *entry_new(const struct event *event);
void entry_free(struct entry *entry); /* NULL is legal */

/* As events_publish(), of one that was made before; it is the ring's then. */
void events_publish_entry(struct events *events, struct entry *entry);

#endif
