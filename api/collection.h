/*
 * GET of a collection: a bare JSON array, or one object a line for those who
 * accept application/x-ndjson; over all namespaces, or the one of ?namespace=.
 */
#ifndef API_COLLECTION_H
#define API_COLLECTION_H

#include "api/api.h"
#include "api/json_writer.h"
#include "netops/error.h"

struct netops;

struct collection {
	struct json_writer writer;
	bool lines;
	bool some;   /* an item was begun */
	size_t mark; /* see collection_mark() */
	bool mark_some;
};

/* 200 with the head of the list; items follow, then the end. */
void collection_begin(struct collection *collection, const struct api_call *call,
		      struct api_answer *answer);
/* The caller writes one value with the writer that is returned. */
struct json_writer *collection_item(struct collection *collection);
void collection_end(struct collection *collection);

/* Between items: remembers the place, and forgets what was written since (a dump's restart). */
void collection_mark(struct collection *collection);
void collection_rewind(struct collection *collection);

/*
 * The namespaces that a call asks for: that of ?namespace=, whether it is there or
 * not, or all that there are when this is read. Zeroed is empty.
 */
struct collection_names {
	struct buffer text; /* one behind the other, each with its NUL */
	size_t next;
};
int collection_names_read(const struct api_call *call, struct collection_names *ret,
			  struct error *error);
/* The next one, or NULL. It stays until the end. */
const char *collection_names_next(struct collection_names *names);
/* Before the first is taken: as compare, of two names, says. */
int collection_names_sort(struct collection_names *names,
			  int (*compare)(const char *one, const char *other),
			  struct error *error);
void collection_names_free(struct collection_names *names);

#endif
