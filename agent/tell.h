/* What happens to objects, in the log: what somebody at the machine would want to know. */
#ifndef AGENT_TELL_H
#define AGENT_TELL_H

#include <stdint.h>

struct events;

/* Logs what was published after *place, and moves it on. In the loop's thread. */
void tell_events(struct events *events, uint64_t *place);

#endif
