/*
 * What the process is busy with, for GET /metrics. The process writes it, each
 * figure by whoever knows it, and any thread reads: so all are atomic, and relaxed.
 */
#ifndef API_LOAD_H
#define API_LOAD_H

#include <stdatomic.h>
#include <stdint.h>

#include "api/api.h"

struct api_lane_load {
	_Atomic uint64_t threads, busy, waiting; /* now */
	_Atomic uint64_t begun, refused;	 /* jobs since the start; refused: no room */
};

struct api_load {
	_Atomic uint64_t connections,
		requests; /* now; requests: until all of the answer has left */
	_Atomic uint64_t accepted, turned_away;	    /* connections since the start */
	struct api_lane_load lanes[API_LANE_COUNT]; /* not of the loop */
};

/* It lives as long as the API. */
struct api_load *api_load(struct api *api);

static inline void api_load_add(_Atomic uint64_t *figure, int64_t change)
{
	atomic_fetch_add_explicit(figure, (uint64_t)change, memory_order_relaxed);
}

#endif
