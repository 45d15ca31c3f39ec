/* An operation has one type of its own, and some have lines of JSON beside it. */
#include "api/accept.h"

#include "api/media.h"
#include "api/operations.h"
#include "api/problem.h"

static const struct accept_output {
	const char *own, *lines; /* NULL: anything will do; not possible */
	const char *refusal;
} accept_outputs[] = {
	[API_OUTPUT_JSON] = { ANSWER_JSON, NULL,
			      "The answer is application/json; Accept does not allow it." },
	[API_OUTPUT_LIST] = { ANSWER_JSON, ANSWER_NDJSON,
			      "The answer can be application/json or application/x-ndjson; "
			      "Accept allows neither." },
	[API_OUTPUT_EVENTS] = { ANSWER_EVENTS, ANSWER_NDJSON,
				"The answer can be text/event-stream or application/x-ndjson; "
				"Accept allows neither." },
	[API_OUTPUT_ANY] = { NULL, NULL, NULL },
};

/* Lines have to be named, unless they are all that is allowed. */
int accept_choose(struct api_call *call, const char *accept, struct api_answer *answer)
{
	const struct accept_output *output = &accept_outputs[call->operation->output];
	int own, lines = 0;

	if (!output->own)
		return 0;
	own = media_quality(accept, output->own, false);
	if (output->lines)
		lines = media_quality(accept, output->lines, own != 0);
	call->want_lines = lines && lines >= own;
	if (own || lines)
		return 0;
	problem_plain(answer, 406, 0, call->target, output->refusal);
	return -1;
}
