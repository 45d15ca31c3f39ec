/*
 * Documents: objects as clients asked for them, as texts that the intent keeps.
 * A document has just the members that were asked for, without owner, labels,
 * self and status, and without nulls; secrets are in it.
 */
#ifndef API_DOCUMENT_H
#define API_DOCUMENT_H

#include "api/json_writer.h"
#include "intent/intent.h"

struct json_object;
struct object_type;

/* For intent_open(). */
extern const struct intent_documents api_documents;

/* How objects of a type are read and written. */
const struct object_type *document_object_type(const struct intent_type *type);

/* The text of a body that was read, for the caller to free. NULL: no memory. */
char *document_text(struct json_object *body);
/* The tree of a document or of what GET shows; NULL: no memory. The caller frees. */
struct json_object *document_parse(const char *text);

/*
 * A body that replaces the document old, given what GET showed meanwhile: members
 * that nobody asked for and that say what is shown stay unasked; secrets, lists
 * and a veth's other end of which it says nothing are kept.
 */
void document_settle(struct json_object *body, struct json_object *old,
		     struct json_object *shown);

/* The secrets alone. */
void document_keep_secrets(struct json_object *body, struct json_object *old);

/* Names of the members in which two documents differ: "ttl, tos"; for the caller to free. */
char *document_differences(struct json_object *one, struct json_object *other);
/* Such names (or NULL) as the member "members", an array. */
void document_write_differences(struct json_writer *writer, const char *names);

#endif
