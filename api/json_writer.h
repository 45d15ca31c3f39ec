/*
 * JSON text written straight into a buffer, value after value; commas come by
 * themselves. Nothing is kept but where we are, so a list of any length costs
 * no more than its text. The caller may take the text out of the buffer
 * between two values (buffer->length = 0) and go on writing: that is streaming.
 *
 * Strings may hold any bytes: they are escaped, and what is not UTF-8 becomes
 * U+FFFD. Running out of memory is remembered in the buffer.
 */
#ifndef API_JSON_WRITER_H
#define API_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netops/buffer.h"

struct json_writer {
	struct buffer *buffer; /* the caller's */
	bool comma;	       /* a value went before on this level */
	bool statistics;       /* with what changes without a word */
	bool steady;	       /* rows of ROW_RUNS are left out */
	bool others;	       /* with addresses that others added to a link of ours */
	bool whole; /* with secrets, and a veth's other end: for the store, not for clients */
};

static inline void json_writer_start(struct json_writer *writer, struct buffer *buffer)
{
	*writer = (struct json_writer){ .buffer = buffer };
}

void json_write_object(struct json_writer *writer);
void json_write_object_end(struct json_writer *writer);
void json_write_array(struct json_writer *writer);
void json_write_array_end(struct json_writer *writer);

/* The name of the value that follows. */
void json_write_name(struct json_writer *writer, const char *name);
void json_write_name_bytes(struct json_writer *writer, const char *name, size_t length);

/* Values: elements of an array, or behind a name. */
void json_write_string(struct json_writer *writer, const char *text);
void json_write_bytes(struct json_writer *writer, const char *text, size_t length);
void json_write_number(struct json_writer *writer, uint64_t number);
void json_write_integer(struct json_writer *writer, int64_t number);
/* With this many decimals (0 … 9); what is not finite becomes null. */
void json_write_decimal(struct json_writer *writer, double number, int decimals);
void json_write_boolean(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);
/* A value that is JSON already. */
void json_write_raw(struct json_writer *writer, const char *text);
void json_write_raw_bytes(struct json_writer *writer, const char *text, size_t length);

/* A name with its value. */
void json_member_string(struct json_writer *writer, const char *name, const char *text);
void json_member_number(struct json_writer *writer, const char *name, uint64_t number);
void json_member_integer(struct json_writer *writer, const char *name, int64_t number);
void json_member_decimal(struct json_writer *writer, const char *name, double number,
			 int decimals);
void json_member_boolean(struct json_writer *writer, const char *name, bool value);
void json_member_null(struct json_writer *writer, const char *name);
/* Both are ended by json_write_object_end() resp. json_write_array_end(). */
void json_member_object(struct json_writer *writer, const char *name);
void json_member_array(struct json_writer *writer, const char *name);

/* Ends a line of NDJSON: the next value begins a text of its own. */
void json_write_line_end(struct json_writer *writer);

#endif
