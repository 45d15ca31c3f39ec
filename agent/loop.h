/* The event loop: one thread waits for all descriptors and deadlines of the process. */
#ifndef AGENT_LOOP_H
#define AGENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct loop;

enum { LOOP_SOURCES = 16 };

/* Something that the loop serves. */
struct loop_source {
	int fd;
	uint32_t events; /* of epoll: EPOLLIN … */
	/* Called when the descriptor has an event, or when the deadline has come. */
	void (*ready)(void *context);
	/* Milliseconds until ready() is due by itself; -1: never. May be NULL. */
	int (*timeout)(void *context);
	void *context;
};

int loop_open(struct loop **ret, struct error *error);
void loop_close(struct loop *loop);

/* At most LOOP_SOURCES; served in the order of being added. They stay as long as the loop. */
int loop_add(struct loop *loop, const struct loop_source *source, struct error *error);

/* Turns until done() says so: true; or until that many milliseconds (-1: no bound) passed: false. */
bool loop_run(struct loop *loop, bool (*done)(void *context), void *context, int milliseconds);

#endif
