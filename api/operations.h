/*
 * The API is one table: each operation is a constant record, in the array of
 * its resource; operations.c lists the arrays. From the table come dispatch,
 * the Allow header, the check of query keys, and the test that holds
 * openapi.yaml against the code.
 *
 * The answers' helpers are in api/answer.h, those for query parameters in
 * api/query.h, for lists in api/collection.h.
 */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include <limits.h>

#include "api/answer.h"
#include "api/api.h"
#include "api/collection.h"
#include "api/load.h"
#include "api/query.h"
#include "netops/error.h"
#include "netops/netops.h"

struct intent;
struct json_items;
struct json_object;

/* What lives as long as the process. But for the counters, it does not change. */
struct api {
	struct netops *netops;
	struct intent *intent;
	struct buffer openapi_yaml, openapi_json; /* empty: not installed */
	char openapi_path[PATH_MAX];		  /* where the first was looked for */
	struct events *events;
	struct changes *changes; /* NULL: nothing is heard, and so no version known */
	struct quick *quick;
	struct metrics *metrics;
	_Atomic unsigned int watchers; /* streams of events that are open */
	_Atomic uint64_t gaps;	       /* that they were told of */
	struct api_load load;
};

enum api_body {
	API_BODY_NONE,
	API_BODY_OBJECT,
	/*
	 * The one writer is busy with an array meanwhile. How much a second or so
	 * is, the kernel decides: 10,000 objects, or 1,000 where it searches a list
	 * for each.
	 */
	API_BODY_OBJECT_OR_ARRAY,
	API_BODY_OBJECT_OR_SHORT_ARRAY,
	API_BODY_CONFIGURATION, /* an object that holds as many as an array may */
	API_BODY_MAY_BE_OBJECT, /* an object, or nothing at all */
};

size_t api_body_limit(enum api_body body);
/* The most items that an array has; 0 where there is to be none. */
unsigned int api_array_items(enum api_body body);

/* What an answer can be, beside problems: for the Accept header. */
enum api_output {
	API_OUTPUT_JSON,   /* also: nothing */
	API_OUTPUT_LIST,   /* a JSON array, or NDJSON */
	API_OUTPUT_EVENTS, /* server-sent events, or NDJSON */
	API_OUTPUT_ANY,	   /* something else: Accept is not looked at */
};

/*
 * Fills answer and returns 0, or returns -1 with the error, which becomes the
 * problem document; what answer held by then is dropped. Runs on its lane:
 * several may run at once.
 */
typedef int api_handler(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error);

/* One of several requests that are done together; see api_perform_many(). */
struct api_together {
	const struct api_call *call;
	struct api_answer *answer;
	int result; /* as of a handler, with the error */
	struct error error;
};

struct api_operation {
	const char *method; /* NULL ends an array; HEAD comes with GET */
	const char *path;   /* "/tunnels/{namespace}/{name}" */
	const char *id;	    /* operationId in openapi.yaml */
	enum api_lane lane;
	enum api_body body;
	enum api_output output;
	const char *const *query; /* allowed keys, ended by NULL; NULL: none */
	api_handler *handler;
};

/*
 * The arrays of all resources, ended by NULL; exported for the test against
 * openapi.yaml. The first operation whose path fits is taken, so words stand
 * before parameters.
 */
extern const struct api_operation *const api_operations[];

extern const struct api_operation service_operations[];
extern const struct api_operation namespaces_operations[];
extern const struct api_operation tunnels_operations[];
extern const struct api_operation links_operations[];
extern const struct api_operation addresses_operations[];
extern const struct api_operation routes_operations[];
extern const struct api_operation rules_operations[];
extern const struct api_operation neighbors_operations[];
extern const struct api_operation probes_operations[];
extern const struct api_operation config_operations[];
extern const struct api_operation health_operations[];
extern const struct api_operation watchers_operations[];
extern const struct api_operation metrics_operations[];

/*
 * The decoded segment for {name} in the operation's path, never NULL and never
 * empty. It is a programming error to ask for one that the path does not have.
 */
const char *api_segment(const struct api_call *call, const char *name);

/*
 * The tree of the request's body, for the caller to free (CLEANUP_JSON of
 * api/json_reader.h): an object, or where the operation allows it an array of at
 * most api_array_items().
 */
int api_read_body(const struct api_call *call, struct json_object **ret, struct error *error);
/* 1: it is an array that the operation allows, to be taken item by item; 0: it is none. */
int api_read_items(const struct api_call *call, struct json_items *ret, struct error *error);

#endif
