/* Signals as a descriptor. */
#ifndef AGENT_SIGNALS_H
#define AGENT_SIGNALS_H

#include <stdbool.h>

struct error;

/*
 * SIGTERM and SIGINT are held back in this thread, and in those that it starts
 * from now on, and come through the descriptor instead; SIGPIPE and SIGHUP are
 * ignored. The caller closes *ret.
 */
int signals_open(int *ret, struct error *error);

/* The number of a signal that waits, or 0. */
int signals_read(int fd);

#endif
