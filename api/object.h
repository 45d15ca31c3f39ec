/*
 * One object behind one URL: GET, POST, PUT and PATCH are the same for all
 * resources and live here; what differs is an object_type. DELETE stays with
 * the resource.
 *
 * PUT and PATCH end in the same place: PATCH merges the request into what GET
 * would show (RFC 7396), PUT takes the body as it is; then the whole object is
 * read from that document and the kernel is made to match. What is sent as GET
 * shows it changes nothing, however odd it is. The ETag is a hash of the members
 * that a client may set, but not of time that is left (ROW_RUNS).
 */
#ifndef API_OBJECT_H
#define API_OBJECT_H

#include "api/json_reader.h"
#include "api/operations.h"

enum { OBJECT_SIZE = 8192 }; /* bytes; more than any record */

/* The document that an object is read from, and what came before it. */
struct object_source {
	struct json_object *body;  /* the whole object */
	struct json_object *asked; /* the request's document: a null in it is a wish, too */
	const void *current;	   /* the record that is there, or NULL */
};

/* A resource's part. Records are of OBJECT_SIZE at most; init and clear may be NULL (zeroed). */
struct object_type {
	size_t size;
	void (*init)(void *record);
	void (*clear)(void *record);
	/* The record that the URL names, ERROR_ABSENT without one. change: with all that a change needs. */
	int (*find)(struct api *api, const struct api_call *call, bool change, void *ret,
		    struct error *error);
	/* From JSON, checked. In a PUT or PATCH what the URL says need not be in the body. */
	int (*read)(const struct api_call *call, const struct object_source *source, void *ret,
		    struct error *error);
	int (*create)(struct api *api, void *wanted, void *ret, struct error *error);
	int (*change)(struct api *api, const struct api_call *call, void *current, void *wanted,
		      void *ret, struct error *error);
	void (*url)(const void *record, char ret[ERROR_URL_SIZE]);
	/* Into an open object: what a client may set; wanted: what was asked just now, or NULL. */
	void (*write)(struct json_writer *writer, const void *wanted, const void *actual);
	/* Likewise: what it may only see. */
	void (*write_status)(struct json_writer *writer, const void *wanted,
			     const void *actual);
};

/* The whole object as a value. */
void object_write(const struct object_type *type, struct json_writer *writer,
		  const struct api_call *call, const void *wanted, const void *actual);

int object_get(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error);
/* One new object from the document at place, and the answer that it was made. */
int object_make(const struct object_type *type, struct api *api, const struct api_call *call,
		struct json_object *body, struct api_answer *answer, struct error *error);
int object_post(const struct object_type *type, struct api *api, const struct api_call *call,
		struct api_answer *answer, struct error *error);
int object_put(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error);
int object_patch(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct api_answer *answer, struct error *error);

/* The four handlers of one type, for the table of operations. */
#define OBJECT_HANDLER(verb, type)                                               \
	static int verb##_object(struct api *api, const struct api_call *call,   \
				 struct api_answer *answer, struct error *error) \
	{                                                                        \
		return object_##verb(&(type), api, call, answer, error);         \
	}
#define OBJECT_HANDLERS(type)      \
	OBJECT_HANDLER(get, type)  \
	OBJECT_HANDLER(post, type) \
	OBJECT_HANDLER(put, type)  \
	OBJECT_HANDLER(patch, type)

/* Before a DELETE: 0 if If-Match and If-None-Match allow it. */
int object_allow(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct error *error);

/* A member that is not said becomes this one; a change that is silent keeps it. */
void object_member_default(const struct json_place *top, const char *name, const char *text);
/*
 * A member that the URL names: put in where the body has none; a complaint if
 * the body says something else.
 */
void object_member_of_url(const struct json_place *top, const char *name, const char *text);

#endif
