/*
 * Keeps the kernel following the intent: hands the reconciler to the writer's
 * lane when the kernel tells of a change, mounts have changed, or it is due.
 */
#ifndef AGENT_FOLLOW_H
#define AGENT_FOLLOW_H

#include "agent/loop.h"
#include "agent/workers.h"

struct intent;
struct monitor;

/* For the loop's thread. It outlives the workers. */
struct follow {
	struct workers_job job; /* first: a job is cast to its follower */
	struct workers *workers;
	struct intent *intent;
	struct monitor *monitor;
	bool running, again, refused;
};

/* Watches the monitor's descriptor. */
struct loop_source follow_source(struct follow *follow);
void follow_mounts_changed(struct follow *follow);

#endif
