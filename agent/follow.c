#include "agent/follow.h"

#include <sys/epoll.h>

#include "intent/changes.h"
#include "intent/intent.h"

enum { FOLLOW_PATIENCE = 50 }; /* milliseconds, after the queue was full */

static void task_run(struct workers_job *job)
{
	struct follow_task *task = (struct follow_task *)job;

	task->work(task->follow);
}

static void task_kick(struct follow_task *task);

/* What was heard of meanwhile may have come after the look. */
static void task_finish(struct workers_job *job)
{
	struct follow_task *task = (struct follow_task *)job;

	task->running = false;
	if (task->again && !job->dropped)
		task_kick(task);
}

/* One at a time; a full queue is tried again when it is due. */
static void task_kick(struct follow_task *task)
{
	task->again = task->running;
	if (task->running)
		return;
	task->job =
		(struct workers_job){ .run = task_run, .finish = task_finish, .apart = true };
	task->running = workers_submit(task->follow->workers, task->lane, &task->job);
	task->refused = !task->running;
}

static int task_due(const struct follow_task *task, int due)
{
	if (task->running)
		return -1;
	return task->refused && due >= 0 && due < FOLLOW_PATIENCE ? FOLLOW_PATIENCE : due;
}

static void follow_reconcile(struct follow *follow)
{
	intent_reconcile(follow->intent);
}

static void follow_tend(struct follow *follow)
{
	changes_tend(follow->changes);
}

static void follow_ready(void *context)
{
	struct follow *follow = context;

	if (changes_hear(follow->changes) || !intent_due_ms(follow->intent))
		task_kick(&follow->reconcile);
	if (changes_untended(follow->changes))
		task_kick(&follow->tend);
}

static int follow_timeout(void *context)
{
	const struct follow *follow = context;
	int reconcile = task_due(&follow->reconcile, intent_due_ms(follow->intent));
	int tend = task_due(&follow->tend, changes_untended(follow->changes) ?
						   0 :
						   changes_due_ms(follow->changes));

	return reconcile < 0 || (tend >= 0 && tend < reconcile) ? tend : reconcile;
}

/* Edge by edge: who finds it taken in by another is woken anew if anything is left. */
struct loop_source follow_source(struct follow *follow)
{
	follow->reconcile = (struct follow_task){ .follow = follow,
						  .lane = API_LANE_WRITER,
						  .work = follow_reconcile };
	follow->tend = (struct follow_task){ .follow = follow,
					     .lane = API_LANE_READER,
					     .work = follow_tend };
	return (struct loop_source){ changes_fd(follow->changes), EPOLLIN | EPOLLET,
				     follow_ready, follow_timeout, follow };
}

void follow_mounts_changed(struct follow *follow)
{
	changes_mounts_changed(follow->changes);
	intent_mounts_changed(follow->intent);
	task_kick(&follow->reconcile);
	if (changes_untended(follow->changes))
		task_kick(&follow->tend);
}
