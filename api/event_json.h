/* Events as clients see them, and the places in their sequence that clients name. */
#ifndef API_EVENT_JSON_H
#define API_EVENT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "api/json_writer.h"
#include "intent/events.h"
#include "netops/row.h"

enum { EVENT_ID_SIZE = 40 };

/* For filters: the words of enum event_type, and the kinds of objects. */
extern const struct row_word event_types[];
extern const struct row_word event_kinds[];
extern const struct row_word event_families[];

/*
 * The name of a place: "18c5…-42", the start of the ring in hexadecimal and the
 * sequence number. A place is behind the event of that number.
 */
void event_id_write(const struct events *events, uint64_t sequence, char ret[EVENT_ID_SIZE]);

/*
 * The other way, also from the form of an entity tag (W/"18c5…-42", "18c5…-42").
 * True if text has the form of a place; *ret_known says whether that place is of
 * this ring, and *ret_sequence which.
 */
bool event_id_read(const struct events *events, const char *text, bool *ret_known,
		   uint64_t *ret_sequence);

/* One JSON object. prefix: "" or "/v1", for the URL in it. */
void event_write(struct json_writer *writer, const struct events *events,
		 const struct event *event, const char *prefix);

/* The object that says that events are lost; it goes on behind this place. */
void event_write_gap(struct json_writer *writer, const struct events *events,
		     uint64_t sequence);

#endif
