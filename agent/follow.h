/*
 * Hears what the kernel tells, and keeps the kernel following the intent: hands the
 * reconciler to the writer's lane when something has changed where anything is
 * wanted, mounts have changed, or it is due; and to a reader's what there is to do for
 * those who watch.
 */
#ifndef AGENT_FOLLOW_H
#define AGENT_FOLLOW_H

#include "agent/loop.h"
#include "agent/workers.h"

struct intent;
struct changes;

/* Something that runs on a lane, once at a time. */
struct follow_task {
	struct workers_job job; /* first: a job is cast to its task */
	struct follow *follow;
	enum api_lane lane;
	void (*work)(struct follow *follow);
	bool running, again, refused;
};

/* For the loop's thread. It outlives the workers. */
struct follow {
	struct workers *workers;
	struct intent *intent;
	struct changes *changes;
	struct follow_task reconcile, tend;
};

/* Watches the descriptor of changes. follow stays where it is. */
struct loop_source follow_source(struct follow *follow);
void follow_mounts_changed(struct follow *follow);

#endif
