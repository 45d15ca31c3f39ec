/* Routes in JSON, both ways. */
#ifndef API_ROUTE_JSON_H
#define API_ROUTE_JSON_H

#include "api/operations.h"
#include "netops/route.h"

struct json_object;

extern const struct row_word route_family_words[]; /* ipv4, ipv6: AF_… */

/* The body of a create, checked; ret is the caller's to clear in any case. */
int route_json_read(struct json_object *body, struct route *ret, struct error *error);
void route_json_write(struct json_writer *writer, const struct api_call *call,
		      const struct route *route);

#endif
