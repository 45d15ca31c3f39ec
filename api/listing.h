/*
 * A list of objects, made as the client takes it: what the kernel has, namespace
 * by namespace and straight from its dumps, joined with what the intent knows of
 * each; and behind it what is wanted and not there. The filters that all types
 * share are applied here: state, owner, label.
 *
 * The first window is made by the operation's handler. A list that fits into it
 * leaves with a Content-Length, a longer one is a stream, which between two
 * windows holds a socket of the namespace that it is in, and no lock.
 *
 * A dump that the kernel calls interrupted is repeated, as long as nothing of its
 * namespace has left yet; else what it may have missed is read behind it, where the table
 * can tell that (links), and where not the stream is cut, so that the client sees that it
 * has no list. It is cut as well where a namespace is deleted of which a part has
 * left: half a table is what there never was. One of which nothing has left is
 * passed over, as if it had gone before.
 */
#ifndef API_LISTING_H
#define API_LISTING_H

#include "api/collection.h"
#include "api/object.h"
#include "api/page.h"
#include "netops/reading.h"

struct listing;

/* What is listed of a type; its own state begins with a struct listing. */
struct listing_source {
	const struct object_type *type;
	size_t size; /* of the state, zeroed at first */
	/* Reads the type's parameters from listing->call, whose texts stay. NULL: it has none. */
	int (*filter)(struct listing *listing, struct error *error);
	/* All of one namespace. ERROR_MISSING or ERROR_ABSENT: it has gone. */
	int (*open)(struct listing *listing, const char *namespace, struct reading **ret,
		    struct error *error);
	/* Whether the type's filters let pass what open's reading told. NULL: all of it. */
	bool (*passes)(const struct listing *listing, const void *actual);
	/* The same of a wanted record of what is not there. NULL: all of them. */
	bool (*fits)(const struct listing *listing, const void *wanted);
	/* Writes one that nobody wants here, as the type's general writer would. NULL: that does. */
	void (*write)(struct listing *listing, struct json_writer *writer, const void *actual);
	void (*end)(struct listing *listing); /* before the state is freed; may be NULL */
};

/* Keys of what was wanted and not right when the list began, in their order. */
struct listing_waiting {
	char *text;
	char **keys; /* with a blank at their head: found in the kernel */
	size_t count, next;
};

/*
 * Instead of being written: what passes the filters. actual: NULL for what is wanted
 * and not there; view: NULL for what nobody wants here. A dump that is repeated tells
 * again what it told.
 */
typedef void listing_visitor(const struct object_type *type, const void *actual,
			     const struct intent_view *view, void *context);

struct listing {
	const struct listing_source *source;
	listing_visitor *visitor; /* NULL: it is written */
	void *context;		  /* of the visitor */
	struct api *api;
	struct api_call call;	     /* a copy with its own texts; without headers */
	char owner[WISH_OWNER_SIZE]; /* "": of any */
	char label[WISH_OWNER_SIZE + WISH_LABEL_SIZE]; /* "": with any, or none */
	bool by_state;
	uint32_t state; /* of enum intent_state; LISTING_FOREIGN */
	struct listing_waiting waiting;
	struct collection_names namespaces;
	struct reading *reading; /* of the namespace that it is in, or NULL */
	unsigned int tries;	 /* of this namespace's dump */
	bool left;		 /* something of this namespace has */
	bool ended;
	struct collection collection;
	struct buffer one; /* object of a page, written */
	struct page *page; /* NULL: all of the list is wanted */
};

enum { LISTING_FOREIGN = INTENT_STATES };

/* The whole answer. The error is a wrong parameter, no memory, or the kernel's. */
int listing_answer(const struct listing_source *source, struct api *api,
		   const struct api_call *call, struct api_answer *answer, struct error *error);

/* All of it, and nothing is answered. */
int listing_visit(const struct listing_source *source, struct api *api,
		  const struct api_call *call, listing_visitor *visitor, void *context,
		  struct error *error);

/* A handler for the table of operations. */
#define LISTING_HANDLER(name, source)                                       \
	static int name(struct api *api, const struct api_call *call,       \
			struct api_answer *answer, struct error *error)     \
	{                                                                   \
		return listing_answer(&(source), api, call, answer, error); \
	}

/* The query parameters of these filters and of pages, for the tables of operations. */
#define LISTING_FILTERS "state", "owner", "label"
#define LISTING_PAGES "limit", "after"

#endif
