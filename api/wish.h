/*
 * What any object may say beside what its type knows: whose it is, and labels.
 * They are taken out of the body before the type reads it.
 */
#ifndef API_WISH_H
#define API_WISH_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "intent/intent.h"

enum {
	WISH_OWNER_SIZE = 65,
	WISH_LABELS = 32,
	WISH_LABEL_SIZE = 254, /* of a label's value, with NUL */
};

/* Zeroed says nothing. wish_clear() ends it. */
struct wish {
	char owner[WISH_OWNER_SIZE]; /* "": not said */
	struct json_object *labels;  /* an object of strings, or NULL: not said */
	bool null_labels;
};

/* Out of the body at place, with "self" and "status", which are nobody's to say. */
void wish_take(const struct json_place *place, struct wish *ret);
void wish_clear(struct wish *wish);
#define CLEANUP_WISH __attribute__((cleanup(wish_clear)))

/* ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$ */
bool wish_owner_valid(const char *owner);

/*
 * The labels' text that is to be kept, for the caller to free: what is said, or
 * with patch merged into old (a text, or ""). NULL: no memory.
 */
char *wish_labels(const struct wish *wish, const char *old, bool patch);

/* The members "owner" and "labels" of one that is managed. */
void wish_write(struct json_writer *writer, const struct intent_view *view);

/* ?label=KEY or KEY=VALUE: does the text have it? */
bool wish_has_label(const char *labels, const char *wanted);

#endif
