#include "agent/follow.h"

#include <sys/epoll.h>

#include "intent/intent.h"
#include "netops/monitor.h"

enum { FOLLOW_PATIENCE = 50 }; /* milliseconds, after the queue was full */

static void follow_run(struct workers_job *job)
{
	intent_reconcile(((struct follow *)job)->intent);
}

static void follow_kick(void *context);

/* What was heard of meanwhile may have come after the look. */
static void follow_finish(struct workers_job *job)
{
	struct follow *follow = (struct follow *)job;

	follow->running = false;
	if (follow->again && !job->dropped)
		follow_kick(follow);
}

/* One look at a time; a full queue is tried again when it is due. */
static void follow_kick(void *context)
{
	struct follow *follow = context;

	follow->again = follow->running;
	if (follow->running)
		return;
	follow->job = (struct workers_job){ .run = follow_run,
					    .finish = follow_finish,
					    .apart = true };
	follow->running = workers_submit(follow->workers, API_LANE_WRITER, &follow->job);
	follow->refused = !follow->running;
}

static int follow_timeout(void *context)
{
	const struct follow *follow = context;
	int due = intent_due_ms(follow->intent);

	if (follow->running)
		return -1;
	return follow->refused && due < FOLLOW_PATIENCE ? FOLLOW_PATIENCE : due;
}

/* Edge by edge: the descriptor stays readable until the writer has come to read it. */
struct loop_source follow_source(struct follow *follow)
{
	return (struct loop_source){ monitor_fd(follow->monitor), EPOLLIN | EPOLLET,
				     follow_kick, follow_timeout, follow };
}

void follow_mounts_changed(struct follow *follow)
{
	monitor_mounts_changed(follow->monitor);
	intent_mounts_changed(follow->intent);
	follow_kick(follow);
}
