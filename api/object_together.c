/*
 * Requests of one operation that came together: their steps are run together, and
 * each has its own answer. Two that are about the same object are done one after
 * the other, so that the second is answered by what the first has left.
 */
#include <stdlib.h>

#include "api/object_private.h"

struct together_job {
	struct api_together *one;
	struct many many;
};

static void together_finish(const struct together_way *way, const struct object_type *type,
			    struct api *api, struct together_job *job,
			    const struct intent_together *change)
{
	struct api_together *one = job->one;

	one->result = change->meets ? way->again(type, api, one) : change->result;
	if (!one->result && !change->meets)
		way->answer(type, api, one, &job->many);
	else if (!change->meets && job->many.array && change->failed < job->many.count)
		member_of_item(&one->error, change->failed);
	many_clear(&job->many);
}

static void together_run(const struct together_way *way, const struct object_type *type,
			 struct api *api, struct together_job *jobs,
			 struct intent_together *changes, struct api_together *all,
			 size_t count)
{
	size_t together = 0;

	for (size_t i = 0; i < count; i++) {
		struct together_job *job = &jobs[together];

		job->one = &all[i];
		job->many.intent = api->intent;
		if (!way->prepare(type, api, job->one, &job->many)) {
			many_clear(&job->many);
			continue;
		}
		changes[together++] = (struct intent_together){ .steps = job->many.steps,
								.count = job->many.count,
								.error = &job->one->error };
	}
	intent_run_together(api->intent, changes, together);
	for (size_t i = 0; i < together; i++)
		together_finish(way, type, api, &jobs[i], &changes[i]);
}

void object_together(const struct together_way *way, const struct object_type *type,
		     struct api *api, struct api_together *all, size_t count)
{
	struct together_job *jobs = calloc(count, sizeof(*jobs));
	struct intent_together *changes = calloc(count, sizeof(*changes));

	if (jobs && changes) {
		together_run(way, type, api, jobs, changes, all, count);
	} else {
		for (size_t i = 0; i < count; i++)
			all[i].result = way->again(type, api, &all[i]);
	}
	free(jobs);
	free(changes);
}
