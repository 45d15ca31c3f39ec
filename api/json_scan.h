/*
 * The gate in front of json-c: what passes here is JSON by RFC 8259, without
 * what the RFC allows and a program stumbles over. json-c, even strict, takes
 * single quotes, NaN, "[1.]", "[-01]" and broken UTF-8, keeps the last of two
 * members with one name, clamps numbers, cuts names at NUL, and may need 264
 * times the memory of its text.
 */
#ifndef API_JSON_SCAN_H
#define API_JSON_SCAN_H

#include <stddef.h>

#include "netops/error.h"

enum {
	JSON_DEPTH = 16,     /* levels of arrays and objects */
	JSON_MEMBERS = 1000, /* of one object */
};

/*
 * 0, or -1 with line, column and, in members, the JSON pointer of the place:
 * ERROR_MALFORMED: not JSON, too deep, a name twice in its object or with NUL;
 * ERROR_INVALID: a number that 64 bits, or a double, cannot hold;
 * ERROR_TOO_LARGE: an object with too many members, or a text whose tree would
 * need more than about memory bytes.
 */
int json_scan(const char *text, size_t length, size_t memory, struct error *error);

#endif
