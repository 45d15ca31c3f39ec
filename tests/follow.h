/*
 * What is upset behind the agent's back, and how soon it is right again: for the
 * tests of what the agent keeps so. Events are read from GET /events.
 */
#ifndef TESTS_FOLLOW_H
#define TESTS_FOLLOW_H

#include "tests/watch.h"

/* A command that upsets, and what must be told and be so soon after. */
struct upset {
	const char *name, *command;
	const char *object, *event; /* of this object; NULL: no matter */
	const char *holds;	    /* then this command succeeds */
	const char *kind;	    /* that the kernel has to have, or NULL */
};

/* How long is waited for the agent. */
double follow_patience(void);
/* Fails the test if more than a tenth of all repairs took longer than the second that is promised. */
void follow_kept_promise(void);

/* Makes what is listed, ended by NULL; a kind that this kernel lacks is left out. */
struct wanted_object {
	const char *collection, *body;
};
void follow_make(const struct agent *agent, const struct wanted_object *objects);
/* Whether this kind was made. */
bool follow_has(const char *kind);

/* Runs it, and fails the test if what must be so then is not so in time. */
void follow_upset(const struct agent *agent, const struct upset *upset);
/* Where no kind matters. */
#define UPSET(agent, ...) follow_upset(agent, &(struct upset){ __VA_ARGS__, NULL })
/* Until the command succeeds. */
void follow_until(const char *command, const char *what);
/* Until the object has this state. */
void follow_state(const struct agent *agent, const char *url, const char *state);

#endif
