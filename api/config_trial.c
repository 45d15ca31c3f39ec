/* A dry run in a kernel: what it says to each step, in namespaces that are thrown away. */
#include "api/config.h"

#include <stdio.h>
#include <string.h>

#include "api/document.h"
#include "api/link_json.h"
#include "api/operations.h"

struct trial_writing {
	struct json_writer writer;
	const char *prefix;
	unsigned int refused;
};

static void write_refusal(struct json_writer *writer, const struct error *why)
{
	const struct error_member *first = &why->members[0];
	const char *name = strerrorname_np(why->number);

	if (why->detail[0])
		json_member_string(writer, "detail", why->detail);
	else if (why->member_count)
		json_member_string(writer, "detail", first->detail);
	else
		json_member_string(writer, "detail", error_words(why->number));
	if (why->member_count)
		json_member_string(writer, "pointer", first->pointer);
	if (!why->number)
		return;
	json_member_object(writer, "kernel");
	if (name)
		json_member_string(writer, "errno", name);
	json_member_integer(writer, "number", why->number);
	json_member_string(writer, "message",
			   why->kernel[0] ? why->kernel : error_words(why->number));
	json_write_object_end(writer);
}

/* What the kernel makes of it, where that is not what was asked for. */
static void write_effective(struct json_writer *writer, const struct intent_step *step,
			    const void *actual)
{
	struct error ignored;
	INTENT_RECORD(wanted, step->type);

	error_clear(&ignored);
	if (step->type->rank == INTENT_RANK_LINK &&
	    !api_documents.read(NULL, step->type, step->document, NULL, wanted.bytes, &ignored))
		link_json_write_effective(writer, (const void *)wanted.bytes, actual);
}

static void write_verdict(const struct intent_step *step, const void *actual,
			  const struct error *why, void *context)
{
	struct trial_writing *writing = context;
	struct json_writer *writer = &writing->writer;

	config_write_step(writer, step, writing->prefix);
	json_member_string(writer, "verdict", why ? "refused" : "accepted");
	writing->refused += why != NULL;
	if (why)
		write_refusal(writer, why);
	else if (actual)
		write_effective(writer, step, actual);
	json_write_object_end(writer);
}

int trial_answer(struct api *api, const struct api_call *call, struct intent_plan *plan,
		 const char *owner, struct api_answer *answer, struct error *error)
{
	struct trial_writing writing = { .prefix = call->prefix };

	answer_json(answer, 200, &writing.writer);
	json_write_object(&writing.writer);
	json_member_string(&writing.writer, "owner", owner);
	json_member_boolean(&writing.writer, "dry_run", true);
	json_member_array(&writing.writer, "plan");
	if (intent_try(api->intent, plan, write_verdict, &writing, error))
		return -1;
	json_write_array_end(&writing.writer);
	json_member_number(&writing.writer, "refused", writing.refused);
	json_write_object_end(&writing.writer);
	return 0;
}
