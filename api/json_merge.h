/* JSON merge patch: RFC 7396. */
#ifndef API_JSON_MERGE_H
#define API_JSON_MERGE_H

struct json_object;

/*
 * Merges patch into target; both are objects. A null removes a member, objects
 * merge into objects, anything else replaces. Parts of patch are shared, not
 * copied. -1: out of memory.
 */
int json_merge(struct json_object *target, struct json_object *patch);

#endif
