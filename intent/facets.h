/* What the key of an object says of it beside which it is, for those who filter events. */
#ifndef INTENT_FACETS_H
#define INTENT_FACETS_H

#include "intent/events.h"

enum { FACETS_DEVICE_SIZE = 64 };

/*
 * Fills device, family, table of an event whose object is filled, as far as its URL has
 * them; device is where the link's name goes.
 */
void facets_of_object(struct event *event, char device[FACETS_DEVICE_SIZE]);

#endif
