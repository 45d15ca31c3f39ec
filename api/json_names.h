/* The names of the objects that are open while a text is scanned, to find one that comes twice. */
#ifndef API_JSON_NAMES_H
#define API_JSON_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "api/json_token.h"

struct json_names {
	struct json_string *list; /* the caller's to free */
	size_t count, room;
};

/* False: out of memory. */
bool json_names_add(struct json_names *names, const struct json_string *name);

/*
 * Takes away the names from first on, which are those of one object. True if
 * two of them mean the same, escapes resolved; *ret is the later one.
 */
bool json_names_end(struct json_names *names, size_t first, const char *text,
		    struct json_string *ret);

#endif
