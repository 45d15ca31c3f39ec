/* Links and tunnels in JSON: the body of a create, and the object in an answer. */
#ifndef API_LINK_JSON_H
#define API_LINK_JSON_H

#include "api/object.h"
#include "netops/link.h"

/*
 * Reads a document into link (initialised, and the caller's to clear). tunnel:
 * which of the two collections it was sent to; each has kinds of its own. In a
 * change, source->current is the link that is there, read for a change. -1:
 * everything that is wrong is in the error.
 */
int link_json_read(const struct object_source *source, bool tunnel, struct link *link,
		   struct error *error);

/*
 * The members that a client may set, and those of status. wanted: what was
 * asked for just now, or NULL: what the kernel has is all there is to say.
 */
void link_json_write(struct json_writer *writer, const struct link *wanted,
		     const struct link *actual);
void link_json_write_status(struct json_writer *writer, const struct link *wanted,
			    const struct link *actual);

/* The member "effective": where the kernel differs from what was asked for. */
void link_json_write_effective(struct json_writer *writer, const struct link *wanted,
			       const struct link *actual);

/* if.h: IF_OPER_… by RFC 2863's names. */
extern const struct row_word link_operstate_words[];

/* Names of the kinds that a collection makes, "ipip, gre, …". */
void link_kinds_text(bool tunnel, char *ret, size_t size);

#endif
