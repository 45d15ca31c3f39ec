/*
 * What stands between clients and libmicrohttpd: takes the connections, judges
 * each request by agent/gate_scan.h and agent/gate_body.h as it arrives, hands
 * what is good to libmicrohttpd byte for byte, and copies the answers back.
 * What is not good gets a problem document from here, and no handler hears of
 * it. All functions are for the loop's thread.
 */
#ifndef AGENT_GATE_H
#define AGENT_GATE_H

#include <stdbool.h>

#include "agent/loop.h"

struct error;
struct gate;
struct http;

/* All of it must outlive the gate. */
struct gate_settings {
	struct http *http;
	const char *hosts; /* names that clients may use for us, a space between; or NULL */
	unsigned int connections; /* at once */
	unsigned int per_peer;	  /* of one user (unix) or one address (TCP) */
};

/* Takes the listening descriptor, also when it fails. The caller frees with gate_close(). */
int gate_open(int listen_fd, const struct gate_settings *settings, struct gate **ret,
	      struct error *error);

struct loop_source gate_source(struct gate *gate);

/* No more connections; what is not yet a whole request is refused (503). */
void gate_stop(struct gate *gate);

/* Are there answers that have not left yet? */
bool gate_busy(const struct gate *gate);

/* Before the http it was opened with. NULL is legal. */
void gate_close(struct gate *gate);

#endif
