/* What json-c takes too lightly, even when it is strict; looked at in the text itself. */
#ifndef API_JSON_SCAN_H
#define API_JSON_SCAN_H

#include <stddef.h>

#include "netops/error.h"

/*
 * ERROR_MALFORMED for single quotes, NaN and Infinity, "-01", "1.", raw control
 * characters in strings and NUL in names or between tokens. names: how many
 * members the text names, which is only true if json-c accepts it as well.
 */
int json_scan(const char *text, size_t length, size_t *names, struct error *error);

/*
 * For a text that is known to be JSON and to name a member twice in an object:
 * ERROR_MALFORMED with that name.
 */
int json_scan_duplicate(const char *text, size_t length, size_t names, struct error *error);

/* ERROR_MALFORMED, with line and column of the byte at this offset. */
int json_scan_refuse(const char *text, size_t offset, struct error *error, const char *what);

#endif
