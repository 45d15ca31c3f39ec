/*
 * Clients of GET /events, by hand: an answer without an end is read as it comes,
 * and its chunks are held to be well-formed. The agent is tests/publishing_agent.
 */
#ifndef TESTS_WATCH_H
#define TESTS_WATCH_H

#include "intent/events.h"
#include "tests/raw.h"

struct watch {
	int fd;
	bool tcp;
	char head[4096];
	size_t raw_length, chunk; /* bytes not looked at; that are left of a chunk */
	char raw[64 * 1024];
	size_t length; /* of the text, which ends with NUL */
	char text[16 * 1024 * 1024];
	bool ended; /* the last chunk has come */
	bool gone;  /* the connection has ended */
};

/* As cmocka's group setup and teardown. */
int watch_setup(void **state);
int watch_setup_tcp(void **state);
int watch_setup_options(void **state, const char *const *options);
int watch_teardown(void **state);

/* Has the agent publish: see tests/publishing_agent.c. */
void watch_publish(unsigned int count, enum event_type type, const char *rest);

/* For the caller to close. header: one more, with CR LF, or "". */
struct watch *watch_open(const struct agent *agent, const char *target, const char *header);
void watch_close(struct watch *watch);

/* Reads until the text contains part: its place there, or NULL after so many seconds. */
const char *watch_for(struct watch *watch, const char *part, int seconds);
/* The same, but it has to come. */
const char *watch_expect(struct watch *watch, const char *part);
/* Reads what comes in so many milliseconds. */
void watch_some(struct watch *watch, int ms);
/* Reads until the connection or the answer ends; false: it does not. */
bool watch_ends(struct watch *watch, int seconds);

/* The value of the last "id" in the text, in a buffer that is used again. */
const char *watch_last_id(const struct watch *watch);

#endif
