/* Entity tags and the conditions that clients make of them: RFC 9110, 8.8.3 and 13. */
#ifndef API_ETAG_H
#define API_ETAG_H

#include <stdbool.h>
#include <stddef.h>

enum { ETAG_SIZE = 20 }; /* with quotes and NUL */

/* A strong tag: equal bytes, equal tag. */
void etag_make(const void *bytes, size_t length, char ret[ETAG_SIZE]);

/*
 * Does the value of If-Match or If-None-Match ("*", or tags with commas
 * between) name this tag? weak: W/"x" counts as "x", as If-None-Match wants it.
 */
bool etag_listed(const char *header, const char *tag, bool weak);

#endif
