/*
 * From the target on the wire to decoded segments and query values. Everything
 * is percent-decoded piece by piece, after splitting; '+' stays '+'. (The other
 * way, escaping a segment, is url_escape() in netops/url.h.)
 */
#ifndef API_PATH_H
#define API_PATH_H

#include "api/api.h"
#include "netops/error.h"

enum { PATH_TARGET_LIMIT = 4096 }; /* bytes; longer ones are refused with 414 before */

/*
 * Fills prefix, segments, query and text of call. A "/v1" in front goes into
 * prefix. "/" has no segments; "/a/" has two, the second one empty.
 * ERROR_MALFORMED: bad escapes, NUL, a '/' or a "." or ".." for a segment, an
 * empty one but the last, a byte that must be escaped and is not, too many
 * pieces, a query key that is empty or comes twice, or a target that is
 * no path. A key without '=' has the value "".
 */
int path_parse(const char *target, struct api_call *call, struct error *error);

#endif
