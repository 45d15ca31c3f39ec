/*
 * The helper thread: one job at a time, handed over under a mutex. It goes home
 * after each job, so that a namespace is not held by it.
 */
#include "netops/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct job {
	int namespace_fd;
	inside_work *work;
	void *context;
	struct error *error;
	int result;
	bool done;
	struct job *next;
};

struct inside {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake, finished;
	int home_fd;
	struct job *first, **last;
	bool stop;
};

/*
 * Without CAP_SYS_ADMIN no namespace can be entered, not even one's own: but
 * then the thread has never left it.
 */
static void inside_go_home(const struct inside *inside)
{
	struct stat here, home;

	if (!setns(inside->home_fd, CLONE_NEWNET))
		return;
	if (stat("/proc/thread-self/ns/net", &here) || fstat(inside->home_fd, &home) ||
	    here.st_ino != home.st_ino)
		abort();
}

static void inside_perform(struct inside *inside, struct job *job)
{
	if (job->namespace_fd >= 0 && setns(job->namespace_fd, CLONE_NEWNET)) {
		job->result = error_errno(job->error, errno, "entering the namespace");
		return;
	}
	job->result = job->work(job->context, job->error);
	/* Always: the job may have moved the thread itself. */
	inside_go_home(inside);
}

static struct job *inside_next(struct inside *inside)
{
	struct job *job;

	while (!inside->first && !inside->stop)
		pthread_cond_wait(&inside->wake, &inside->mutex);
	job = inside->first;
	if (!job)
		return NULL;
	inside->first = job->next;
	if (!inside->first)
		inside->last = &inside->first;
	return job;
}

static void *inside_main(void *context)
{
	struct inside *inside = context;
	struct job *job;

	pthread_mutex_lock(&inside->mutex);
	while ((job = inside_next(inside))) {
		pthread_mutex_unlock(&inside->mutex);
		inside_perform(inside, job);
		pthread_mutex_lock(&inside->mutex);
		job->done = true;
		pthread_cond_broadcast(&inside->finished);
	}
	pthread_mutex_unlock(&inside->mutex);
	return NULL;
}

static int inside_spawn(struct inside *inside, struct error *error)
{
	sigset_t all, before;
	int failure;

	/* Signals belong to the event loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(&inside->thread, NULL, inside_main, inside);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure ? error_errno(error, failure, "starting a thread") : 0;
}

int inside_start(struct inside **ret, struct error *error)
{
	struct inside *inside = calloc(1, sizeof(*inside));

	if (!inside)
		return error_errno(error, ENOMEM, "starting a thread");
	inside->last = &inside->first;
	pthread_mutex_init(&inside->mutex, NULL);
	pthread_cond_init(&inside->wake, NULL);
	pthread_cond_init(&inside->finished, NULL);
	inside->home_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (inside->home_fd < 0 || inside_spawn(inside, error)) {
		if (inside->home_fd < 0)
			error_errno(error, errno, "opening the agent's own namespace");
		else
			close(inside->home_fd);
		free(inside);
		return -1;
	}
	*ret = inside;
	return 0;
}

void inside_stop(struct inside *inside)
{
	if (!inside)
		return;
	pthread_mutex_lock(&inside->mutex);
	inside->stop = true;
	pthread_cond_signal(&inside->wake);
	pthread_mutex_unlock(&inside->mutex);
	pthread_join(inside->thread, NULL);
	close(inside->home_fd);
	pthread_cond_destroy(&inside->finished);
	pthread_cond_destroy(&inside->wake);
	pthread_mutex_destroy(&inside->mutex);
	free(inside);
}

int inside_run(struct inside *inside, int namespace_fd, inside_work *work, void *context,
	       struct error *error)
{
	struct job job = {
		.namespace_fd = namespace_fd, .work = work, .context = context, .error = error
	};

	pthread_mutex_lock(&inside->mutex);
	/* The job is done, and out of the list, before we return. */
	// cppcheck-suppress autoVariables
	*inside->last = &job;
	// cppcheck-suppress autoVariables
	inside->last = &job.next;
	pthread_cond_signal(&inside->wake);
	while (!job.done)
		pthread_cond_wait(&inside->finished, &inside->mutex);
	pthread_mutex_unlock(&inside->mutex);
	return job.result;
}
