/*
 * Reading a request's body: strict JSON (api/json_scan.h), then member by member with typed getters. A getter that
 * is not content adds a wrong member to the error (see error_member()), with
 * its JSON pointer, a code and a sentence, and the reading goes on, so that one
 * answer names everything that is wrong; error_verdict() ends it.
 *
 * Codes: type, range, length, format, word, unknown, required, conflict.
 *
 * A member that is null counts as absent everywhere: null asks for the
 * kernel's default.
 */
#ifndef API_JSON_READER_H
#define API_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netops/error.h"

struct json_object; /* json-c's */

/* What a body's tree may take, in bytes: an array of 10,000 routes with all they can have. */
enum {
	JSON_MEMORY_OBJECT = 16 << 20,
	JSON_MEMORY_ARRAY = 128 << 20,
};

enum json_top {
	JSON_TOP_OBJECT,
	JSON_TOP_OBJECT_OR_ARRAY,
	JSON_TOP_LARGE_OBJECT,
};

/*
 * The tree of a body, for the caller to free (CLEANUP_JSON). The errors of
 * json_scan(), and ERROR_INVALID if its top is not what is allowed.
 */
int json_read_body(const char *body, size_t length, enum json_top top, struct json_object **ret,
		   struct error *error);

#define CLEANUP_JSON __attribute__((cleanup(json_free)))
void json_free(struct json_object **tree);

/* A value in a body: where it stands, and who hears what is wrong with it. */
struct json_place {
	struct json_object *value; /* borrowed from the tree; NULL is JSON's null */
	struct error *error;
	char pointer[96];
};

/* The top of a body. prefix: put before all pointers, "" as a rule. */
struct json_place json_top_place(struct json_object *tree, const char *prefix,
				 struct error *error);

bool json_is_object(const struct json_place *place);
bool json_is_array(const struct json_place *place);
bool json_is_string(const struct json_place *place);

/* True if the object at place has this member and it is not null; then *ret stands on it. */
bool json_find(const struct json_place *place, const char *name, struct json_place *ret);
/* True if the object has this member and it is null: "a" or "a/b". */
bool json_is_null_member(struct json_object *object, const char *path);
/* True if the object at place has it and it is not null, else a complaint "required". */
bool json_need(const struct json_place *place, const char *name, struct json_place *ret);
/* Where a member stands or would stand, for complaints about one that is not there. */
struct json_place json_member_place(const struct json_place *place, const char *name);
/* The elements of an array; 0 for anything else. */
size_t json_count(const struct json_place *place);
struct json_place json_item(const struct json_place *place, size_t index);

/* The value at place. 0 and *ret written, or -1 with the complaint made. */
int json_value_boolean(const struct json_place *place, bool *ret);
int json_value_number(const struct json_place *place, uint32_t minimum, uint32_t maximum,
		      uint32_t *ret);
/* 1 … size - 1 bytes; size includes the NUL. */
int json_value_text(const struct json_place *place, char *ret, size_t size);
/* Any length, without NUL bytes; the text belongs to the tree. */
int json_value_string(const struct json_place *place, const char **ret);
/* It must be an object, an array. */
int json_value_object(const struct json_place *place);
int json_value_array(const struct json_place *place);

/*
 * The same for a member that may be absent. 1: there, *ret written; 0: absent,
 * *ret untouched; -1: complaint made.
 */
int json_read_boolean(const struct json_place *place, const char *name, bool *ret);
int json_read_number(const struct json_place *place, const char *name, uint32_t minimum,
		     uint32_t maximum, uint32_t *ret);
int json_read_text(const struct json_place *place, const char *name, char *ret, size_t size);
int json_read_object(const struct json_place *place, const char *name, struct json_place *ret);
int json_read_array(const struct json_place *place, const char *name, struct json_place *ret);

/* A complaint about the value at place; returns -1. */
int json_complain(const struct json_place *place, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "… is needed here, not a string": what: "a number" and the like. Returns -1. */
int json_complain_type(const struct json_place *place, const char *what);

/*
 * Complains about each member of the object at place that is not in names
 * (ended by NULL), with the name that is near. -1 if there was one. For objects
 * that rows describe: json_rows_unknown().
 */
int json_refuse_others(const struct json_place *place, const char *const *names);

#endif
