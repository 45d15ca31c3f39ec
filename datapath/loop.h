/*
 * The workers. Tunnels are changed between loop_pause() and loop_resume(), when none of them is
 * at work.
 */
#ifndef DATAPATH_LOOP_H
#define DATAPATH_LOOP_H

#include <stdbool.h>

#include "datapath/tunnel.h"

/* 0, or -1 with errno. */
int loop_start(unsigned workers);
void loop_pause(void);
void loop_resume(void);
/* The lane is looked after from now on. 0, or -1 with errno. */
int loop_add(struct lane *lane);
/* To be called before its descriptor is closed. */
void loop_remove(struct lane *lane);

#endif
