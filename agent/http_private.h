/* What http.c (connections) and http_request.c (one request) know of each other. */
#ifndef AGENT_HTTP_PRIVATE_H
#define AGENT_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/http.h"
#include "agent/workers.h"
#include "api/api.h"

enum {
	/* More than a head that the gate lets through needs. */
	HTTP_CONNECTION_MEMORY = 32 * 1024,
	/* What is read and dropped of a refused request, so that its connection can stay. */
	HTTP_DISCARD_BYTES = 1024 * 1024,
	/* A body may always be so long; the longer ones share the rest. */
	HTTP_BODY_BYTES = 64 * 1024,
	HTTP_BODIES_BYTES = 64 * 1024 * 1024,
	/* Of a stream, what is sent at once: no more than fits into the memory above. */
	HTTP_STREAM_PIECE = 16 * 1024,
};

struct http_stream;
TAILQ_HEAD(http_streams, http_stream);

/* Lives as long as libmicrohttpd's connection. */
struct http_connection {
	struct http_client *client; /* NULL: it has left */
	struct http_stream *stream; /* what is being sent, or NULL */
};

/* The lines of one field, joined. */
struct http_list {
	struct http_list *next;
	char text[];
};

struct http_request {
	struct workers_job job; /* first: a job is cast to its request */
	struct http *http;
	struct MHD_Connection *connection;
	struct http_connection *owner;
	bool begun;	   /* its head was looked at */
	bool answered;	   /* answer is filled */
	int64_t started;   /* microseconds of the clock */
	uint64_t received; /* bytes of the body */
	struct buffer body;
	struct api_call call;
	struct api_answer answer;
	struct http_list *lists;    /* fields that came in several lines */
	struct http_stream *stream; /* that the answer is, or NULL */
	int status;		    /* that was sent; 0: none */
	char method[16];	    /* for the log */
	char target[];
};

struct http {
	struct http_settings settings;
	struct MHD_Daemon *daemon;
	bool stopping;
	bool resumed;			/* a connection goes on as soon as the daemon runs */
	size_t held;			/* bytes of all bodies that are kept */
	struct http_connection *adding; /* handed to libmicrohttpd just now */
	struct http_streams streams;
};

int64_t http_clock(void); /* microseconds */

/* NULL: out of memory. It ends with http_request_end(). */
struct http_request *http_request_new(struct http *http, struct MHD_Connection *connection,
				      struct http_connection *owner, const char *target);

/* The three calls of libmicrohttpd, in order. MHD_NO closes the connection. */
enum MHD_Result http_request_head(struct http_request *request, const char *method);
enum MHD_Result http_request_body(struct http_request *request, const char *data,
				  size_t length);
enum MHD_Result http_request_complete(struct http_request *request);

void http_request_end(struct http_request *request, bool sent);

/* http_stream.c: the request's answer as a stream; NULL: out of memory. */
struct MHD_Response *http_stream_new(struct http_request *request);
/* When the request ends; legal where it has none. */
void http_stream_end(struct http_request *request);
/* The heartbeat is due now. */
void http_stream_beat(struct http_stream *stream);
/* When the first that sleeps is due; INT64_MAX: never. */
int64_t http_streams_due(const struct http *http);
/* Those that are due until then. */
void http_streams_wake(struct http *http, int64_t due);

#endif
