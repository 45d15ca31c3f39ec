/* Makes, changes and ends tunnels as the agent orders. No worker is at work meanwhile. */
#ifndef DATAPATH_MAKING_H
#define DATAPATH_MAKING_H

#include "datapath/control.h"

/* Descriptors that came with an order: those that are used are set to -1. */
struct making {
	int fds[CONTROL_DESCRIPTORS];
	unsigned count;
};

/* 0, or an errno with *why. */
int making_set(const struct control_tunnel *wanted, struct making *making, const char **why);
int making_remove(const struct control_tunnel *wanted);
/* The length of *told. */
struct tunnel;
void making_tell(const struct tunnel *tunnel, struct control_tunnel *told);

#endif
