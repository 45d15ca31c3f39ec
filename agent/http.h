/*
 * HTTP on one listening socket, driven by the loop; requests go to api/, on
 * the lane that each of them wants. All functions are for the loop's thread.
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
};

/* Takes the descriptor, also when it fails. The caller frees with http_close(). */
int http_open(int listen_fd, const struct http_settings *settings, struct http **ret,
	      struct error *error);

/* What the loop is to watch; valid as long as the server. */
struct loop_source http_source(struct http *http);

/* No more connections; requests that still arrive on open ones are refused (503). */
void http_stop(struct http *http);

/* Are there requests whose answer has not left yet? */
bool http_busy(const struct http *http);

/* Closes all connections. None of its requests may be with the workers. NULL is legal. */
void http_close(struct http *http);

#endif
