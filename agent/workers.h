/*
 * Threads for what may block, in lanes (see enum api_lane): a lane has a
 * number of threads and a bounded queue that they serve in order. All
 * functions here are for the loop's thread only.
 */
#ifndef AGENT_WORKERS_H
#define AGENT_WORKERS_H

#include <stdbool.h>

#include "api/api.h"
#include "api/load.h"

struct error;
struct workers;

enum { WORKERS_TOGETHER = 64 };

/* Lives inside what the caller wants done, and belongs to the caller again after finish(). */
struct workers_job {
	void (*run)(struct workers_job *job);	 /* in a thread of the lane */
	void (*finish)(struct workers_job *job); /* in the loop, afterwards; may free it */
	/*
	 * Jobs of one company (not NULL) that wait one behind the other are run by this one
	 * call of the first, WORKERS_TOGETHER at most; which waits so long for others.
	 */
	void (*run_many)(struct workers_job *const *jobs, unsigned int count);
	const void *company;
	unsigned int patience_us;
	bool apart; /* nobody waits for it: what was done before is handed back first */
	bool dropped;				 /* at finish(): run() was never called */
	bool unsettled; /* at finish(): run() was called, and what follows it failed */
	struct workers_job *next;
};

/*
 * What the writer's lane does once for all jobs that came together, before they
 * are handed back; in its thread. -1: none of them is as good as done.
 */
struct workers_settle {
	int (*settle)(void *context);
	void (*rest)(void *context); /* when nothing waits, in its thread */
	void *context;
};

/* load: where it says how busy its lanes are; it outlives them. */
int workers_open(const struct workers_settle *settle, struct api_load *load,
		 struct workers **ret, struct error *error);

/* False when the lane's queue is full, or after workers_drop(). Not for API_LANE_LOOP. */
bool workers_submit(struct workers *workers, enum api_lane lane, struct workers_job *job);

/* Readable (POLLIN) when jobs came back; then workers_collect() calls their finish(). */
int workers_fd(const struct workers *workers);
void workers_collect(struct workers *workers);

/* From now on no job begins: those that wait come back as dropped. */
void workers_drop(struct workers *workers);

/* Are there jobs that were submitted and not collected? */
bool workers_busy(const struct workers *workers);

/* Waits for what runs; what was not collected then is forgotten. NULL is legal. */
void workers_close(struct workers *workers);

#endif
