/* Media types in header fields: RFC 9110, 8.3 and 12.5. */
#ifndef API_MEDIA_H
#define API_MEDIA_H

#include <stdbool.h>

/*
 * How welcome a type is by an Accept field, in thousandths; 0: not at all. The
 * most specific range that fits counts. exact: only the type itself counts, no
 * wildcard, and not a field that is absent (NULL, "").
 */
int media_quality(const char *accept, const char *type, bool exact);

/* Is a Content-Type field this type? Parameters do not matter. */
bool media_is(const char *field, const char *type);

/* Does a Content-Encoding field (NULL: absent) name a coding? */
bool media_is_coded(const char *coding);

/*
 * How welcome a coding is by an Accept-Encoding field (RFC 9110, 12.5.3), in
 * thousandths; -1: the field does not name it. "*" is a name like others.
 */
int media_coding(const char *accept, const char *name);

/* Does a field that is a list (Prefer) have this element? */
bool media_lists(const char *field, const char *name);

#endif
