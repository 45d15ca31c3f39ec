/*
 * The JSON walker over tables of rows (netops/row.h), both ways. A name with a
 * '/' is a member of a member; rows of one group stand together and share its
 * object; groups have no groups. On output a group without values is not written.
 *
 * What a type means in JSON:
 *   ROW_BOOL     true, false
 *   ROW_NUMBER   a number from minimum to maximum (maximum 0 with minimum 0: any)
 *   ROW_TTL      "inherit" or 0 … 255; with WIRE_U8_OR_FLAG "inherit" is not 0
 *   ROW_TOS      "inherit" (1) or 0 … 255
 *   ROW_KEY      a number, "77" or "0.0.0.77"; written as a number
 *   ROW_WORD     one of words; with a maximum a number that has none, too
 *   ROW_NAMED    a number or one of words; written as a number
 *   ROW_ADDRESS  "10.0.0.1", without a length
 *   ROW_PREFIX   "10.0.0.0/8"; without a length a host's; "default" (family 0)
 *                where words hold that name
 *   ROW_DEVICE   the name of a link; read into device.name, index is left to netops
 *   ROW_MAC      "02:00:00:00:00:01"
 *   ROW_LINK_ADDRESS  the same of any length; four or sixteen bytes are an IP address
 *   ROW_TEXT     minimum to maximum bytes
 *
 * null is absent. ROW_SHORTHAND is for the two rows at offset and twin: given
 * beside one of them it is refused; it is written in their place when both are
 * given and equal. ROW_REQUIRED is not looked at here: netops' checks know
 * whether something is created.
 */
#ifndef API_JSON_ROWS_H
#define API_JSON_ROWS_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "netops/row.h"

/*
 * Reads what the object at place has of these rows into record, and gives it.
 * -1: at least one complaint was made; the others are read nevertheless.
 * Unknown members are not looked at: see json_rows_unknown().
 */
int json_rows_read(const struct json_place *place, const struct row *rows, void *record,
		   struct given *given);

/*
 * Before a merged document is read: where asked names a shorthand, what it
 * stands for goes out of body; where asked names one of these, body's shorthand
 * is written out, so that the other one keeps its value.
 */
void json_rows_settle_shorthand(const struct row *rows, struct json_object *body,
				struct json_object *asked);

/* Writes what is given as members into the object that the writer is in. */
void json_rows_write(struct json_writer *writer, const struct row *rows, const void *record,
		     const struct given *given);

/* One value without its name: for a place that is no member of the rows' object. */
void json_row_write_value(struct json_writer *writer, const struct row *row,
			  const void *record);

/* One value at place into record; given is the caller's to set. -1: complaint made. */
int json_row_read_value(const struct json_place *place, const struct row *row, void *record);

/* The number that says "inherit" for a ROW_TTL or ROW_TOS. */
uint32_t json_row_inherit(const struct row *row);

enum { JSON_GROUP_SIZE = 48 };

/* The part of a row's name before its '/', or false if it has none. */
bool json_row_group(const struct row *row, char ret[JSON_GROUP_SIZE]);
/* The part behind it, or the whole name. */
const char *json_row_leaf(const struct row *row);

/*
 * Complains about members of the object at place that neither a table nor more
 * names; in groups too. tables and more end with NULL and may be NULL. A name
 * in more stands for everything below it; list there what is read elsewhere
 * and what is read-only and ignored ("self", "status").
 */
int json_rows_unknown(const struct json_place *place, const struct row *const *tables,
		      const char *const *more);
/* Takes away what json_rows_unknown() would complain of at place itself, unless asked has it. */
void json_rows_forget(const struct json_place *place, const struct row *const *tables,
		      const char *const *more, struct json_object *asked);

#endif
