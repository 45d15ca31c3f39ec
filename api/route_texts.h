/*
 * The texts of routes of one shape (struct route): what one of them says, in three
 * pieces around the two places where its destination stands. A route of a shape
 * whose text is known is copied together, and the general writer is not asked.
 */
#ifndef API_ROUTE_TEXTS_H
#define API_ROUTE_TEXTS_H

#include "api/json_writer.h"
#include "netops/route.h"

struct route_texts;

/* NULL: out of memory. */
struct route_texts *route_texts_new(void);
void route_texts_free(struct route_texts *texts);

/* Writes it as a value if its shape's text is known; else false, and nothing is written. */
bool route_texts_write(const struct route_texts *texts, struct json_writer *writer,
		       const struct route *route);
/* Learns from the text of this route, as the general writer made it just now. */
void route_texts_learn(struct route_texts *texts, const struct route *route, const char *text,
		       size_t length);

#endif
