/*
 * The HTTP/1.1 server: takes connections, judges each request strictly as it
 * arrives (agent/http_head.h, agent/http_body.h), has api/ answer it on the lane
 * that it wants, and sends the answer. What is not good gets a problem document
 * from here, and no handler hears of it. All functions are for the loop's thread.
 */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include <stdbool.h>

#include "agent/loop.h"

struct api;
struct error;
struct http;
struct workers;

/* All of it must outlive the server. */
struct http_settings {
	struct api *api;
	struct workers *workers;
	const char *token; /* what clients must show; NULL: nothing */
	const char *hosts; /* names that clients may use for us, a space between; or NULL */
	unsigned int connections; /* at once */
	unsigned int per_peer;	  /* of one user (unix) or one address (TCP) */
};

/* Takes the listening descriptor, also when it fails. The caller frees with http_close(). */
int http_open(int listen_fd, const struct http_settings *settings, struct http **ret,
	      struct error *error);

struct loop_source http_source(struct http *http);

/* Something has happened that streams may have to tell: those that sleep look. */
void http_wake(struct http *http);

/* No more connections or requests: what still arrives is refused (503), and streams end. */
void http_stop(struct http *http);

/* Are there answers that have not left yet? */
bool http_busy(const struct http *http);

/* None of its requests may be with the workers. NULL is legal. */
void http_close(struct http *http);

#endif
