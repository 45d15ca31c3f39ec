/* The grammar of RFC 8259 below objects and arrays: space, strings, numbers, words. */
#ifndef API_JSON_TOKEN_H
#define API_JSON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

/* A place in a text, which need not end with NUL; and what is wrong there. */
struct json_cursor {
	const char *text;
	size_t length, at;
	const char *wrong; /* part of a sentence; NULL: nothing */
	bool range;	   /* it is JSON, and cannot be held: a number too large */
};

/* What a string holds, without its quotes and with its escapes. */
struct json_string {
	size_t start, length; /* in the text */
	bool has_escape, has_nul;
};

enum { JSON_NUMBER_LENGTH = 255 }; /* longer numbers are refused */

/* The byte that is next, or -1 at the end. */
int json_peek(const struct json_cursor *cursor);
/* Passes this byte if it is next. */
bool json_take(struct json_cursor *cursor, char byte);
void json_skip_space(struct json_cursor *cursor);

/* Returns false, having noted what is wrong at this offset. */
bool json_wrong(struct json_cursor *cursor, size_t at, const char *wrong);

/*
 * Each begins on its first byte and ends behind its last. False: json_wrong().
 * A string's surrogates must come in pairs. A whole number must fit into an
 * int64_t or uint64_t, any other into a double.
 */
bool json_token_string(struct json_cursor *cursor, struct json_string *ret);
bool json_token_number(struct json_cursor *cursor);
bool json_token_word(struct json_cursor *cursor);

/*
 * The byte of the string's content (as UTF-8, escapes resolved) at *place,
 * which moves on; -1 at its end. A place starts as { 0 }.
 */
struct json_string_place {
	size_t at;	 /* in the raw content */
	char pending[4]; /* of an escape that became several bytes */
	unsigned int have, taken;
};
int json_string_byte(const char *text, const struct json_string *string,
		     struct json_string_place *place);

#endif
