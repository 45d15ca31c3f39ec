/*
 * The contract with clients, seen from the process: a request goes in as plain
 * text, an answer comes out as plain text. HTTP itself is not known here.
 *
 * The life of a request: api_accept() when the head of it has arrived (finds
 * the operation; refuses what cannot be served), then the body is collected up
 * to call.body_limit, then api_perform() runs on the lane that the operation
 * names. api_accept() never blocks; api_perform() may, except on
 * API_LANE_LOOP. Several api_perform() may run at once, in different threads.
 */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netops/buffer.h"

struct changes;
struct events;
struct netops;
struct intent;
struct api;

/* Where an operation runs. */
enum api_lane {
	API_LANE_LOOP,	 /* in the event loop: never blocks */
	API_LANE_READER, /* reads of the kernel: a few threads */
	API_LANE_WRITER, /* changes: one thread, in order */
	API_LANE_PROBE,	 /* waits for echoes: a bounded number of threads */
	API_LANE_COUNT,
};

enum {
	API_HEADERS = 4,
	API_PATH_SEGMENTS = 8,
	API_QUERY_KEYS = 16,
};

/* The head of a request. The texts belong to the caller and stay until the answer is made. */
struct api_request {
	const char *method;
	const char *target; /* as it came on the wire: path and query, not decoded */
	/* The value of a header field, or NULL. */
	const char *(*header)(const struct api_request *request, const char *name);
	void *context; /* for header() */
};

struct api_header {
	const char *name; /* constant */
	char value[1200]; /* a Location, at its longest */
};

/* What a pull has left. */
enum api_stream_state {
	API_STREAM_OPEN,  /* there will be more; without text: not now */
	API_STREAM_ENDED, /* the text was the last */
	API_STREAM_CUT,	  /* it cannot go on, and the client has to see that it is not whole */
};

enum { API_STREAM_WINDOW = 192 * 1024 }; /* bytes; what a pull gives at most, about */

/*
 * A body that is made as the client takes it: a list of any length, or events
 * without an end. One pull at a time; free never while one runs.
 */
struct api_stream {
	/* Appends some of what there is, a window at most. */
	enum api_stream_state (*pull)(void *context, struct buffer *text);
	void (*free)(void *context);
	void *context;
	/*
	 * Where pull runs. In the loop it never blocks, and may have nothing to say; on
	 * another lane it always has, unless that was the end.
	 */
	enum api_lane lane;
	const char *heartbeat; /* what is sent where nothing is to be said for long; constant */
};

struct api_answer {
	int status;
	const char *content_type; /* constant; NULL without a body */
	struct buffer body;
	struct api_stream stream; /* what follows the body; pull NULL: nothing */
	bool unhurried;		  /* a stream of events: no minimum rate for taking it */
	unsigned int header_count;
	struct api_header headers[API_HEADERS];
};

struct api_operation;

/* A request that was accepted. Plain data; nothing to free. */
struct api_call {
	const struct api_operation *operation;
	enum api_lane lane;
	size_t body_limit; /* bytes; a longer body: api_refuse(…, 413, …) */
	bool want_minimal; /* Prefer: return=minimal */
	bool want_lines;   /* application/x-ndjson, of a list or of events */
	bool want_gzip;	   /* of a list */
	bool refuse_plain; /* the same, however short it is: identity;q=0 */
	uint64_t quick; /* see api/quick.h; 0: nothing is known of it */
	const char *if_match, *if_none_match, *last_event_id; /* as they came, or NULL */
	const char *target;
	const char *body; /* set by the caller before api_perform() */
	size_t body_length;
	char prefix[4]; /* "/v1" or "": echoed in self and Location */
	unsigned int segment_count, query_count;
	const char *segments[API_PATH_SEGMENTS]; /* decoded; they point into text */
	const char *query_keys[API_QUERY_KEYS], *query_values[API_QUERY_KEYS];
	char text[4200];
};

struct api_settings {
	struct intent *intent;	  /* the caller's, as netops is */
	const char *openapi_path; /* openapi.yaml; openapi.json lies beside it */
	struct events *events;	  /* what clients can watch; must outlive the API */
	struct changes *changes;  /* what happens in the kernel, likewise; NULL: nobody hears */
};

/* netops stays the caller's and must outlive the result. NULL: out of memory. */
struct api *api_new(struct netops *netops, const struct api_settings *settings);
void api_free(struct api *api);

/*
 * 0: *call is filled. -1: *answer is filled already, with the problem (400, 404,
 * 405, 406, 414, 415) or with what OPTIONS asks for. The request's texts must live until api_perform() is through.
 */
int api_accept(struct api *api, const struct api_request *request, struct api_call *call,
	       struct api_answer *answer);

/*
 * For a call without a body, before it goes to its lane; never blocks. True: the
 * answer is made, and there is nothing to perform.
 */
bool api_quick(struct api *api, struct api_call *call, struct api_answer *answer);

void api_perform(struct api *api, struct api_call *call, struct api_answer *answer);

/*
 * Calls for which this is the same, and not NULL, cost less when they are performed
 * together: each has its own answer, as if they had come one after the other.
 */
struct api_company {
	unsigned int patience_us; /* so long it pays to wait for others; 0: not at all */
};
const struct api_company *api_company(const struct api_call *call);
void api_perform_many(struct api *api, struct api_call *const *calls,
		      struct api_answer *const *answers, size_t count);

/*
 * A problem document (RFC 9457) made by the process itself: 401, 413, 503 and
 * their like. retry_after in seconds, 0 for no such header.
 */
void api_refuse(struct api_answer *answer, int status, int retry_after, const char *detail);

/*
 * Counts a request whose answer is about to leave, for GET /metrics. seconds: since
 * it began to arrive. The call may be one that was never accepted. Any thread.
 */
void api_observe(struct api *api, const struct api_call *call, int status, double seconds);

/* Frees the body or the stream. Legal on a zeroed one. */
void api_answer_free(struct api_answer *answer);

#endif
