/* Routes in JSON, both ways. */
#ifndef API_ROUTE_JSON_H
#define API_ROUTE_JSON_H

#include "api/object.h"
#include "netops/route.h"

extern const struct row_word route_family_words[]; /* ipv4, ipv6: AF_… */

/*
 * The object at place with its namespace, checked; pointers begin where it
 * stands. ret is empty before, and the caller's to clear in any case.
 */
int route_json_read(const struct json_place *place, struct route *ret);
/* An array of such objects, all of them, so that one answer names all that is wrong. */
int route_json_read_list(const struct json_place *array, struct route_list *ret);
/*
 * Its members alone, without the namespace and unchecked: what PUT and PATCH
 * have of it. Members that are there replace those of ret.
 */
int route_json_read_members(const struct json_place *place, struct route *ret);
/* The members that a client may set, and those of status. */
void route_json_write(struct json_writer *writer, const struct route *route);
void route_json_write_status(struct json_writer *writer, const struct route *route);

#endif
