/*
 * A lane is told to epoll by a number, since the worker may hear of one that is gone by then: the
 * lower half is its slot, the upper one how often the slot was given away.
 */
#include "datapath/loop.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "datapath/worker.h"

enum {
	LOOP_WORKERS = 8,
	LOOP_EVENTS = 64,
	LOOP_PACE = 8,	 /* milliseconds */
	LOOP_MANY = 200, /* packets in that time */
};

struct slot {
	struct lane *lane;
	uint32_t generation;
};

static struct worker *workers[LOOP_WORKERS];
static unsigned worker_count;
static struct slot *slots;
static uint32_t slot_count;
static pthread_rwlock_t at_work;

uint64_t tunnel_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void worker_free(struct worker *worker)
{
	free(worker->arena);
	free(worker->packets);
	free(worker->scratch);
	if (worker->epoll >= 0)
		close(worker->epoll);
	free(worker);
}

struct worker *worker_new(void)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	worker->arena = malloc(WORKER_ARENA);
	worker->packets = malloc((size_t)WORKER_BATCH * WORKER_STRIDE);
	worker->scratch = malloc(WORKER_STRIDE);
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!worker->arena || !worker->packets || !worker->scratch || worker->epoll < 0) {
		worker_free(worker);
		return NULL;
	}
	inbound_prepare(worker);
	return worker;
}

/* ---- slots ---- */

static struct worker *loop_worker_of(const struct lane *lane)
{
	return workers[((uint32_t)lane->id + (lane->type != LANE_DEVICE)) % worker_count];
}

static bool loop_give_slot(struct lane *lane)
{
	uint32_t at = 0;
	struct slot *more;

	while (at < slot_count && slots[at].lane)
		at++;
	if (at == slot_count) {
		more = realloc(slots, (size_t)(2 * slot_count + 64) * sizeof(*slots));
		if (!more)
			return false;
		memset(more + slot_count, 0, (slot_count + 64) * sizeof(*slots));
		slots = more;
		slot_count = 2 * slot_count + 64;
	}
	slots[at].lane = lane;
	lane->id = (uint64_t)++slots[at].generation << 32 | at;
	return true;
}

static struct lane *loop_lane(uint64_t id)
{
	uint32_t at = (uint32_t)id;

	return at < slot_count && slots[at].generation == id >> 32 ? slots[at].lane : NULL;
}

int loop_add(struct lane *lane)
{
	struct epoll_event event = { .events = lane->type == LANE_CUT ? 0 : EPOLLIN };

	if (!loop_give_slot(lane)) {
		errno = ENOMEM;
		return -1;
	}
	event.data.u64 = lane->id;
	if (!epoll_ctl(loop_worker_of(lane)->epoll, EPOLL_CTL_ADD, lane->fd, &event))
		return 0;
	slots[(uint32_t)lane->id].lane = NULL;
	return -1;
}

void loop_remove(struct lane *lane)
{
	if (loop_lane(lane->id) != lane)
		return;
	epoll_ctl(loop_worker_of(lane)->epoll, EPOLL_CTL_DEL, lane->fd, NULL);
	slots[(uint32_t)lane->id].lane = NULL;
}

/* ---- work ---- */

/* A device that is gone, or a socket, would be told for ever. */
static void loop_silence(struct worker *worker, struct lane *lane)
{
	epoll_ctl(worker->epoll, EPOLL_CTL_DEL, lane->fd, NULL);
}

static bool loop_error(struct lane *lane)
{
	int error;
	socklen_t size = sizeof(error);

	if (lane->type == LANE_DEVICE)
		return false;
	trouble_drain(lane, lane->fd);
	return !getsockopt(lane->fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

static void loop_event(struct worker *worker, const struct epoll_event *event)
{
	struct lane *lane = loop_lane(event->data.u64);
	bool alive = true;

	if (!lane)
		return;
	if (event->events & (EPOLLERR | EPOLLHUP))
		alive = loop_error(lane);
	if (alive && event->events & EPOLLIN)
		alive = lane->type == LANE_DEVICE ? outbound_run(worker, lane) :
						    inbound_run(worker, lane);
	if (!alive)
		loop_silence(worker, lane);
}

/*
 * Where many packets come, whoever wakes us goes on if the processor is his: then more of them wait
 * for us, and are joined. Where few come, none of them has to wait.
 */
static void loop_pace(struct worker *worker)
{
	const struct sched_param none = { 0 };
	uint64_t now = tunnel_clock();
	bool many = worker->carried > LOOP_MANY;

	if (now < worker->paced + LOOP_PACE)
		return;
	if (many != worker->many)
		(void)pthread_setschedparam(pthread_self(), many ? SCHED_BATCH : SCHED_OTHER,
					    &none);
	worker->many = many;
	worker->paced = now;
	worker->carried = 0;
}

static void *loop_work(void *context)
{
	struct worker *worker = context;
	struct epoll_event events[LOOP_EVENTS];
	for (;;) {
		int count = epoll_wait(worker->epoll, events, LOOP_EVENTS, -1);

		pthread_rwlock_rdlock(&at_work);
		for (int i = 0; i < count; i++)
			loop_event(worker, &events[i]);
		pthread_rwlock_unlock(&at_work);
		loop_pace(worker);
	}
	return NULL;
}

int loop_start(unsigned count)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&at_work, &attributes);
	worker_count = count < 1 ? 1 : count > LOOP_WORKERS ? LOOP_WORKERS : count;
	for (unsigned i = 0; i < worker_count; i++) {
		workers[i] = worker_new();
		if (!workers[i])
			return -1;
		errno = pthread_create(&workers[i]->thread, NULL, loop_work, workers[i]);
		if (errno)
			return -1;
	}
	return 0;
}

void loop_pause(void)
{
	pthread_rwlock_wrlock(&at_work);
}

void loop_resume(void)
{
	pthread_rwlock_unlock(&at_work);
}
