/*
 * HTTP by libmicrohttpd, on connections that the gate (agent/gate.h) hands in;
 * requests go to api/, on the lane that each of them wants. All functions are
 * for the loop's thread.
 */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include <stdbool.h>
#include <stdint.h>

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

struct http_connection;

/* A connection as its owner sees it, and what http tells of the request that is under way. */
struct http_client {
	struct http_connection *connection; /* NULL: none, or closed by libmicrohttpd */
	uint64_t body_limit;		    /* bytes; set when the head was understood */
	bool complete;	/* all of the request has arrived, and is being worked on */
	bool answered;	/* an answer was made, and is being sent */
	bool ended;	/* all of the answer was sent */
	bool unhurried; /* the answer is a stream: it has no end, and no rate */
	/* Called for complete, ended, and connection. Must not call http. */
	void (*changed)(struct http_client *client);
};

/* The caller frees with http_close(). */
int http_open(const struct http_settings *settings, struct http **ret, struct error *error);

/* Takes the descriptor, also when it fails (-1: no memory). */
int http_add(struct http *http, int fd, struct http_client *client);

/* The client is not told any more. Its other end is to be closed next. */
void http_leave(struct http_client *client);

/*
 * To be run when its descriptor is readable (EPOLLIN), when somebody has
 * written to a connection, and after that many milliseconds (-1: never).
 */
int http_fd(const struct http *http);
int http_timeout(const struct http *http);
void http_run(struct http *http);

/* Something has happened that streams may have to tell: those that sleep look. */
void http_wake(struct http *http);

/*
 * A client that is sent a stream will send no more. Whether he still listens is
 * found out by sending him something.
 */
void http_poke(struct http_client *client);

/* Requests that still arrive on open connections are refused (503), and streams end. */
void http_stop(struct http *http);

/* Closes all connections. None of its requests may be with the workers. NULL is legal. */
void http_close(struct http *http);

#endif
