/*
 * One object behind one URL: GET, POST, PUT, PATCH and DELETE are the same for
 * all resources and live here; what differs is an object_type.
 *
 * What was made through the API is managed: the intent has the document that
 * was asked for. At the top of an object stands what was asked for, and for
 * members that nobody asked for, what the kernel has; the rest is its status.
 *
 * PUT and PATCH end in the same place: PATCH merges the request (RFC 7396) into
 * the document, or into what GET shows where there is none, PUT takes the body
 * as it is; then the whole object is read from that and the kernel is made to
 * match. What is sent as GET shows it changes nothing, however odd it is. The
 * ETag is a hash of the members that a client may set, but not of time that is
 * left (ROW_RUNS).
 */
#ifndef API_OBJECT_H
#define API_OBJECT_H

#include "api/etag.h"
#include "api/json_reader.h"
#include "api/operations.h"
#include "api/wish.h"
#include "intent/intent.h"

/* The document that an object is read from, and what came before it. */
struct object_source {
	struct json_object *body;  /* the whole object */
	struct json_object *asked; /* the request's document: a null in it is a wish, too */
	const void *current;	   /* the record that is there, or NULL */
};

/* A resource's part, beside what the intent knows of its records. */
struct object_type {
	const struct intent_type *intent;
	/* What the URL means, as records and keys know it; several keys where views overlap. */
	int (*find)(struct api *api, const struct api_call *call, bool change, void *ret,
		    struct error *error);
	int (*key)(const struct api_call *call, unsigned int index, char ret[ERROR_URL_SIZE],
		   struct error *error);
	/*
	 * From JSON, checked. In a PUT or PATCH what the URL says need not be in the body,
	 * and is added to it. call NULL: a document, which says all.
	 */
	int (*read)(const struct api_call *call, const struct object_source *source, void *ret,
		    struct error *error);
	/* Into an open object: what a client may set; wanted: what was asked for, or NULL. */
	void (*write)(struct json_writer *writer, const void *wanted, const void *actual);
	/* Likewise: what it may only see, behind its state. */
	void (*write_status)(struct json_writer *writer, const void *wanted,
			     const void *actual);
	/* True where it shows what changes without a word: see api/quick.h. NULL: none does. */
	bool (*runs)(const void *actual);
};

extern const struct object_type namespace_objects, link_objects, tunnel_objects;
extern const struct object_type address_objects, route_objects, rule_objects;
extern const struct object_type neighbor_objects;

/* An object as it is to be shown: what was asked for, what there is, what the intent knows. */
struct object_look {
	const void *wanted, *actual;	/* either may be NULL */
	const struct intent_view *view; /* NULL: nobody wants it here */
	const char *key; /* of the actual, or else the wanted; NULL: it is found */
	bool other_end;	 /* of a veth: the view is that of the first */
};

/* The whole object as a value. */
void object_write(const struct object_type *type, struct json_writer *writer,
		  const struct api_call *call, const struct object_look *look);
/* The same of a record that a list comes across, with what the intent knows of it. */
void object_write_listed(const struct object_type *type, struct json_writer *writer,
			 const struct api_call *call, const void *actual,
			 const struct intent_view *view);
/* ?statistics=true, whose answers have no ETag. */
bool object_wants_statistics(const struct api_call *call);
const char *object_state_name(enum intent_state state);
/* The text of what a client may set: what ETag is made of. */
int object_text(const struct object_type *type, const struct object_look *look, bool steady,
		struct buffer *ret, struct error *error);

/* What a URL means: in the kernel, in the intent, or in both. */
struct object_found {
	struct intent_view view;
	bool managed, there, other_end;
	bool has_wanted;
	struct intent_record actual, wanted;
};
void object_found_clear(struct object_found *found);
#define CLEANUP_FOUND __attribute__((cleanup(object_found_clear)))
/* ERROR_ABSENT: in neither. The result is to be cleared in any case. */
int object_find(const struct object_type *type, struct api *api, const struct api_call *call,
		bool change, struct object_found *ret, struct error *error);
struct object_look object_look_of(const struct object_found *found);

int object_tag(const struct object_type *type, const struct object_look *look,
	       char ret[ETAG_SIZE], struct error *error);
/* 201 or 200 with the object, or without it where the client does not want it. */
int object_answer(const struct object_type *type, const struct api_call *call,
		  struct api_answer *answer, bool created, const struct object_look *look,
		  struct error *error);

int object_get(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error);
/* Reads a body as a step that makes it; its owner, labels and document are filled. */
int object_step_new(const struct object_type *type, const struct api_call *call,
		    struct json_object *body, struct intent_records *room,
		    struct intent_step *ret, struct error *error);
int object_post(const struct object_type *type, struct api *api, const struct api_call *call,
		struct api_answer *answer, struct error *error);
int object_put(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error);
int object_patch(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct api_answer *answer, struct error *error);
int object_delete(const struct object_type *type, struct api *api, const struct api_call *call,
		  struct api_answer *answer, struct error *error);

/* The same for requests that came together. */
void object_post_together(const struct object_type *type, struct api *api,
			  struct api_together *all, size_t count);
void object_delete_together(const struct object_type *type, struct api *api,
			    struct api_together *all, size_t count);
/* The handlers of one type, for the table of operations. */
#define OBJECT_HANDLER(verb, prefix, type)                                         \
	static int verb##_##prefix(struct api *api, const struct api_call *call,   \
				   struct api_answer *answer, struct error *error) \
	{                                                                          \
		return object_##verb(&(type), api, call, answer, error);           \
	}
#define OBJECT_HANDLERS(prefix, type)       \
	OBJECT_HANDLER(get, prefix, type)   \
	OBJECT_HANDLER(post, prefix, type)  \
	OBJECT_HANDLER(put, prefix, type)   \
	OBJECT_HANDLER(patch, prefix, type) \
	OBJECT_HANDLER(delete, prefix, type)

/* A member that is not said becomes this one; a change that is silent keeps it. */
void object_member_default(const struct json_place *top, const char *name, const char *text);
/*
 * A member that the URL names: put in where the body has none; a complaint if
 * the body says something else.
 */
void object_member_of_url(const struct json_place *top, const char *name, const char *text);

#endif
