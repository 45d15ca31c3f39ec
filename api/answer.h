/* What handlers fill an answer with. */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include "api/api.h"
#include "api/json_writer.h"
#include "netops/error.h"

#define ANSWER_JSON "application/json"
#define ANSWER_NDJSON "application/x-ndjson"
#define ANSWER_EVENTS "text/event-stream"

/* Begins a JSON body: the caller writes one value with writer. */
void answer_json(struct api_answer *answer, int status, struct json_writer *writer);

/* 204, without a body. */
void answer_nothing(struct api_answer *answer);

/*
 * Makes an answer of 200 one of 304. Its body stays, to be measured and not sent:
 * a Content-Length in a 304 is that of the 200 (RFC 9110, 8.6).
 */
void answer_unmodified(struct api_answer *answer);

/* Text that is shown on a terminal ends its line; a list has done so itself, and a stream will. */
void answer_end_line(struct api_answer *answer);

/* 200 with a stream, which belongs to the answer from now on. */
void answer_stream(struct api_answer *answer, const char *content_type,
		   const struct api_stream *stream);

/* Adds a header; name is a constant. A value that is too long is left out with its header. */
void answer_header(struct api_answer *answer, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * 201 with Location for the object at url ("/tunnels/ns1/tun1"; the call's
 * prefix comes before it). True: the caller writes the object with writer;
 * false: the client wants no body (Prefer: return=minimal), and all is done.
 */
bool answer_created(struct api_answer *answer, const struct api_call *call, const char *url,
		    struct json_writer *writer);
/* The same for an array of objects: several have no one Location. */
bool answer_created_list(struct api_answer *answer, const struct api_call *call,
			 struct json_writer *writer);
/* The same for an object that was changed: 200, or 204 if the client wants no body. */
bool answer_changed(struct api_answer *answer, const struct api_call *call,
		    struct json_writer *writer);

/* The member "self": the object's URL with the call's prefix. */
void answer_self(struct json_writer *writer, const struct api_call *call, const char *url);
/* A member of another name that holds a URL. */
void answer_url(struct json_writer *writer, const struct api_call *call, const char *name,
		const char *url);

#endif
