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
	HTTP_CONNECTIONS = 2048,
	HTTP_CONNECTION_MEMORY = 32 * 1024, /* bounds the head of a request */
	HTTP_IDLE_SECONDS = 60,
	HTTP_RECEIVE_SECONDS = 60, /* from the first line to the last byte of the body */
	/* What is read and dropped of a refused request, so that its answer is seen. */
	HTTP_DISCARD_BYTES = 64 * 1024 * 1024,
	/* Of all bodies together, without the first bytes of each: small ones find room. */
	HTTP_BODIES_BYTES = 64 * 1024 * 1024,
	HTTP_BODY_FREE_BYTES = 16 * 1024,
};

struct http_request {
	struct workers_job job; /* first: a job is cast to its request */
	struct http *http;
	struct MHD_Connection *connection;
	TAILQ_ENTRY(http_request) receiving;
	bool is_receiving; /* in the server's list */
	bool begun;	   /* its head was looked at */
	bool answered;	   /* answer is filled */
	int64_t started;   /* microseconds of the clock */
	uint64_t received; /* bytes of the body */
	struct buffer body;
	struct api_call call;
	struct api_answer answer;
	int status;	 /* that was sent; 0: none */
	char method[16]; /* for the log */
	char target[];
};

struct http {
	struct http_settings settings;
	struct MHD_Daemon *daemon;
	bool stopping;
	bool resumed;	       /* a connection goes on as soon as the daemon runs */
	unsigned int requests; /* begun and not ended */
	size_t bodies;	       /* bytes that count for HTTP_BODIES_BYTES */
	TAILQ_HEAD(http_receiving, http_request) receiving; /* oldest first */
};

int64_t http_clock(void); /* microseconds */

/* NULL: out of memory. It ends with http_request_end(). */
struct http_request *http_request_new(struct http *http, struct MHD_Connection *connection,
				      const char *target);

/* The three calls of libmicrohttpd, in order. MHD_NO closes the connection. */
enum MHD_Result http_request_head(struct http_request *request, const char *method);
enum MHD_Result http_request_body(struct http_request *request, const char *data,
				  size_t length);
enum MHD_Result http_request_complete(struct http_request *request);

void http_request_end(struct http_request *request, bool sent);

#endif
