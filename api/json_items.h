/*
 * The items of a body that is an array, a few trees at a time: the tree of a whole array
 * takes many times the memory of its text, and nobody needs more than one item.
 */
#ifndef API_JSON_ITEMS_H
#define API_JSON_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "netops/error.h"

struct json_object; /* json-c's */

/* Zeroed there are none. json_items_close() ends it. */
struct json_items {
	const char *next, *end; /* borrowed from the body */
	size_t count;		/* of those that are left */
	struct json_tokener *tokener;
	struct json_object *group; /* trees of some that follow each other; NULL: none */
	size_t in_group, given;	   /* of the group: all, and those that were given */
};

/* Does the text begin as an array does? */
bool json_items_are(const char *body, size_t length);
/* Of a body that does; it is checked as json_read_body() checks one. */
int json_items_open(const char *body, size_t length, struct json_items *ret,
		    struct error *error);
/* The next item, for the caller to free (CLEANUP_JSON): NULL is JSON's null. */
int json_items_next(struct json_items *items, struct json_object **ret, struct error *error);
/* The items become halves, before the first is asked for: the second for ret, by itself. */
int json_items_split(struct json_items *items, struct json_items *ret, struct error *error);
void json_items_close(struct json_items *items);
#define CLEANUP_ITEMS __attribute__((cleanup(json_items_close)))

#endif
