/*
 * The lanes share nothing but the way back: jobs that are through wait in one
 * list, and an eventfd wakes the loop when that list was empty before.
 */
#include "agent/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "netops/error.h"

enum { WORKERS_THREADS = 8 };

static const struct workers_rule {
	const char *name; /* of its threads; up to 15 bytes */
	unsigned int threads, queue;
} workers_rules[API_LANE_COUNT] = {
	[API_LANE_READER] = { "reader", 2, 1024 },
	[API_LANE_WRITER] = { "writer", 1, 1024 },
	[API_LANE_PROBE] = { "probe", WORKERS_THREADS, 64 },
};

struct workers_list {
	struct workers_job *first, **last;
};

struct workers_lane {
	struct workers *workers;
	pthread_mutex_t lock; /* of all below, but for the threads */
	pthread_cond_t arrived;
	struct workers_settle settle; /* NULL: each job is handed back by itself */
	struct workers_list waiting;
	unsigned int count;
	struct api_lane_load *load;
	bool closed;
	pthread_t threads[WORKERS_THREADS];
	unsigned int thread_count;
};

struct workers {
	int fd;
	unsigned int pending; /* submitted and not collected */
	pthread_mutex_t lock; /* of finished */
	struct workers_list finished;
	struct workers_lane lanes[API_LANE_COUNT];
};

static void workers_list_clear(struct workers_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static void workers_list_append(struct workers_list *list, struct workers_job *job)
{
	job->next = NULL;
	*list->last = job;
	list->last = &job->next;
}

static struct workers_job *workers_list_shift(struct workers_list *list)
{
	struct workers_job *job = list->first;

	list->first = job->next;
	if (!list->first)
		workers_list_clear(list);
	return job;
}

/* All of a list at once, so that the loop is woken once for them; it is empty then. */
static void workers_hand_back(struct workers *workers, struct workers_list *done)
{
	bool first;

	if (!done->first)
		return;
	pthread_mutex_lock(&workers->lock);
	first = !workers->finished.first;
	*workers->finished.last = done->first;
	workers->finished.last = done->last;
	pthread_mutex_unlock(&workers->lock);
	workers_list_clear(done);
	if (first)
		eventfd_write(workers->fd, 1);
}

static bool workers_are_company(const struct workers_job *job, const struct workers_job *next)
{
	return next && job->company && job->company == next->company;
}

/* Until there is a job behind the first that may keep it company or not, or time is over. */
static void workers_wait_for_company(struct workers_lane *lane, const struct timespec *until)
{
	while (!lane->count && !lane->closed &&
	       !pthread_cond_timedwait(&lane->arrived, &lane->lock, until))
		;
}

static struct timespec workers_patience(const struct workers_job *job)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)job->patience_us * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return until;
}

/*
 * The next job of the lane, and behind it those that keep it company, room at most.
 * None: none waits, and (if wait) the lane is closed; or one that is apart does.
 */
static unsigned int workers_next(struct workers_lane *lane, bool wait, struct workers_job **ret,
				 unsigned int room)
{
	struct timespec until;
	unsigned int count = 0;

	pthread_mutex_lock(&lane->lock);
	while (wait && !lane->count && !lane->closed)
		pthread_cond_wait(&lane->arrived, &lane->lock);
	while (!lane->closed && lane->count && count < room &&
	       (wait || !lane->waiting.first->apart) &&
	       (!count || workers_are_company(ret[0], lane->waiting.first))) {
		ret[count++] = workers_list_shift(&lane->waiting);
		lane->count--;
		api_load_add(&lane->load->waiting, -1);
		api_load_add(&lane->load->begun, 1);
		if (count == 1 && ret[0]->patience_us)
			until = workers_patience(ret[0]);
		if (ret[0]->patience_us)
			workers_wait_for_company(lane, &until);
	}
	pthread_mutex_unlock(&lane->lock);
	return count;
}

static void workers_run(struct workers_job **jobs, unsigned int count,
			struct workers_list *done)
{
	if (count > 1)
		jobs[0]->run_many(jobs, count);
	else
		jobs[0]->run(jobs[0]);
	for (unsigned int i = 0; i < count; i++)
		workers_list_append(done, jobs[i]);
}

static void workers_settle_all(struct workers_lane *lane, struct workers_list *done)
{
	bool failed = lane->settle.settle && lane->settle.settle(lane->settle.context);

	for (struct workers_job *job = done->first; job; job = job->next)
		job->unsettled = failed;
	workers_hand_back(lane->workers, done);
}

/* What comes while the lane is at work is done before the settling, up to a number. */
static void *workers_thread(void *context)
{
	struct workers_lane *lane = context;
	unsigned int together = lane->settle.settle ? WORKERS_TOGETHER : 1, count = 0, more;
	struct workers_job *jobs[WORKERS_TOGETHER];
	struct workers_list done;

	workers_list_clear(&done);
	while ((more = workers_next(lane, !count, jobs, together - count)) || count) {
		if (more) {
			api_load_add(&lane->load->busy, !count);
			workers_run(jobs, more, &done);
		}
		count += more;
		if (more && count < together)
			continue;
		workers_settle_all(lane, &done);
		api_load_add(&lane->load->busy, -1);
		count = 0;
		if (!more && lane->settle.rest)
			lane->settle.rest(lane->settle.context);
	}
	return NULL;
}

static int workers_start_lane(struct workers_lane *lane, const struct workers_rule *rule,
			      struct error *error)
{
	int number;

	while (lane->thread_count < rule->threads) {
		pthread_t *thread = &lane->threads[lane->thread_count];

		number = pthread_create(thread, NULL, workers_thread, lane);
		if (number)
			return error_errno(error, number, "cannot start a %s thread",
					   rule->name);
		pthread_setname_np(*thread, rule->name);
		lane->thread_count++;
		api_load_add(&lane->load->threads, 1);
	}
	return 0;
}

/* A new thread has the signal mask of the one that made it: all of them held back. */
static int workers_start(struct workers *workers, struct error *error)
{
	sigset_t all, before;
	int result = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (int i = 0; i < API_LANE_COUNT && result == 0; i++)
		result = workers_start_lane(&workers->lanes[i], &workers_rules[i], error);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static void workers_prepare(struct workers *workers, struct api_load *load)
{
	pthread_mutex_init(&workers->lock, NULL);
	workers_list_clear(&workers->finished);
	for (int i = 0; i < API_LANE_COUNT; i++) {
		struct workers_lane *lane = &workers->lanes[i];
		pthread_condattr_t attributes;

		lane->workers = workers;
		lane->load = &load->lanes[i];
		pthread_mutex_init(&lane->lock, NULL);
		pthread_condattr_init(&attributes);
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
		pthread_cond_init(&lane->arrived, &attributes);
		pthread_condattr_destroy(&attributes);
		workers_list_clear(&lane->waiting);
	}
}

int workers_open(const struct workers_settle *settle, struct api_load *load,
		 struct workers **ret, struct error *error)
{
	struct workers *workers = calloc(1, sizeof(*workers));

	if (!workers)
		return error_errno(error, ENOMEM, "cannot make the worker threads");
	workers_prepare(workers, load);
	workers->lanes[API_LANE_WRITER].settle = *settle;
	workers->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (workers->fd < 0 || workers_start(workers, error) < 0) {
		if (workers->fd < 0)
			error_errno(error, errno, "cannot make an eventfd");
		workers_close(workers);
		return -1;
	}
	*ret = workers;
	return 0;
}

bool workers_submit(struct workers *workers, enum api_lane lane_index, struct workers_job *job)
{
	struct workers_lane *lane = &workers->lanes[lane_index];
	bool accepted;

	pthread_mutex_lock(&lane->lock);
	accepted = !lane->closed && lane->count < workers_rules[lane_index].queue;
	if (accepted) {
		workers_list_append(&lane->waiting, job);
		lane->count++;
		workers->pending++;
		api_load_add(&lane->load->waiting, 1);
	}
	api_load_add(&lane->load->refused, !accepted);
	pthread_mutex_unlock(&lane->lock);
	if (accepted) /* who wakes up finds the lock free */
		pthread_cond_signal(&lane->arrived);
	return accepted;
}

int workers_fd(const struct workers *workers)
{
	return workers->fd;
}

void workers_collect(struct workers *workers)
{
	struct workers_job *job, *next;
	eventfd_t count;

	eventfd_read(workers->fd, &count);
	pthread_mutex_lock(&workers->lock);
	job = workers->finished.first;
	workers_list_clear(&workers->finished);
	pthread_mutex_unlock(&workers->lock);
	for (; job; job = next) {
		next = job->next;
		workers->pending--;
		job->finish(job);
	}
}

static void workers_drop_lane(struct workers_lane *lane)
{
	struct workers_list dropped;

	workers_list_clear(&dropped);
	pthread_mutex_lock(&lane->lock);
	lane->closed = true;
	while (lane->waiting.first)
		workers_list_append(&dropped, workers_list_shift(&lane->waiting));
	api_load_add(&lane->load->waiting, -(int64_t)lane->count);
	lane->count = 0;
	pthread_cond_broadcast(&lane->arrived);
	pthread_mutex_unlock(&lane->lock);
	for (struct workers_job *job = dropped.first; job; job = job->next)
		job->dropped = true;
	workers_hand_back(lane->workers, &dropped);
}

void workers_drop(struct workers *workers)
{
	for (int i = 0; i < API_LANE_COUNT; i++)
		workers_drop_lane(&workers->lanes[i]);
}

bool workers_busy(const struct workers *workers)
{
	return workers->pending > 0;
}

void workers_close(struct workers *workers)
{
	if (!workers)
		return;
	workers_drop(workers);
	for (int i = 0; i < API_LANE_COUNT; i++) {
		struct workers_lane *lane = &workers->lanes[i];

		for (unsigned int j = 0; j < lane->thread_count; j++)
			pthread_join(lane->threads[j], NULL);
		pthread_cond_destroy(&lane->arrived);
		pthread_mutex_destroy(&lane->lock);
	}
	pthread_mutex_destroy(&workers->lock);
	if (workers->fd >= 0)
		close(workers->fd);
	free(workers);
}
