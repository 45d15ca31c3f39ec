/*
 * HTTP by hand, for tests of what no library would send. Answers are read
 * strictly: anything but a whole and well-formed one is a fault.
 */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include "tests/agent_under_test.h"

/* A connection, and what was read from it and not yet looked at. */
struct raw {
	int fd;
	size_t length;
	char bytes[256 * 1024];
};

struct raw_answer {
	int status;
	char head[4096]; /* lines, the first one too, each with its CR LF */
	char body[256 * 1024];
	size_t body_length;
	const char *fault; /* what is wrong with it; NULL: nothing */
};

/* For the caller to close. One that fails fails the test. */
struct raw *raw_connect(const struct agent *agent);
struct raw *raw_connect_tcp(const struct agent *agent);
/* From 127.0.0.host: another peer. */
struct raw *raw_connect_from(const struct agent *agent, unsigned int host);
void raw_close(struct raw *raw);

/* All of it, or as much as the other side takes. */
void raw_send(struct raw *raw, const char *bytes, size_t length);
void raw_say(struct raw *raw, const char *text);

/* The next answer; the one that is kept lives until the next call. head_only: to HEAD. */
struct raw_answer *raw_receive(struct raw *raw, bool head_only);

/* Does the other side close now, and say nothing more? Waits for up to so many seconds. */
bool raw_ends(struct raw *raw, int seconds);

/* A header's value into a buffer that is used again; NULL: it is not there. */
const char *raw_header(const struct raw_answer *answer, const char *name);

/* What is wrong with it as a problem document of this status, or NULL. */
const char *raw_problem_fault(const struct raw_answer *answer, int status);

/* Seconds of a clock. */
double raw_clock(void);

/* A request of the catalogue: before, that many 'x', after. */
struct raw_request {
	int status; /* that it has to get */
	const char *name, *before;
	size_t before_length, fill;
	const char *after;
};

/*
 * Each of them would make the namespace raw-####### (a number stands for the #)
 * if it were understood in some lenient way. Ended by a status of 0.
 */
extern const struct raw_request raw_requests[];

#endif
