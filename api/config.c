/*
 * /config: all that is wanted, as one document. PUT makes exactly what belongs
 * to an owner so, POST /config/apply adds and alters; both whole or not at all,
 * and on trial where the client wants it so.
 */
#include "api/config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "api/operations.h"
#include "api/problem.h"
#include "api/wish.h"
#include "netops/member.h"

enum { CONFIG_HOLD_LONGEST = 24 * 60 * 60 }; /* seconds */

enum config_trial { CONFIG_FOR_REAL, CONFIG_DRY, CONFIG_IN_KERNEL };

static const struct row_word trial_words[] = {
	{ "false", CONFIG_FOR_REAL },
	{ "true", CONFIG_DRY },
	{ "kernel", CONFIG_IN_KERNEL },
	{ NULL, 0 },
};

/* A request to change the configuration. */
struct config {
	struct api *api;
	const struct api_call *call;
	const char *owner;
	bool exact;
	uint32_t trial, hold_seconds;
	struct json_object *document;
	struct intent_plan plan;
	size_t failed;
};
#define CLEANUP_CONFIG __attribute__((cleanup(config_clear)))

static void config_clear(struct config *config)
{
	json_object_put(config->document);
	intent_plan_clear(&config->plan);
}

static int read_owner(const struct api_call *call, const char **ret, struct error *error)
{
	const char *owner = query_text(call, "owner");

	if (owner && !wish_owner_valid(owner))
		return error_set(error, ERROR_MALFORMED,
				 "the query parameter \"owner\" must be 1 to 64 letters, "
				 "digits, '.', '_' or '-', and begin with a letter or digit");
	*ret = owner;
	return 0;
}

static int get_config(struct api *api, const struct api_call *call, struct api_answer *answer,
		      struct error *error)
{
	struct json_writer writer;
	const char *owner = NULL;
	bool secrets = false;

	if (read_owner(call, &owner, error) ||
	    query_boolean(call, "secrets", &secrets, error))
		return -1;
	answer_json(answer, 200, &writer);
	return config_write(&writer, api->intent, owner, secrets, error);
}

static int read_request(struct config *config, struct error *error)
{
	const struct api_call *call = config->call;

	if (read_owner(call, &config->owner, error) ||
	    query_word(call, "dry_run", trial_words, &config->trial, error) ||
	    query_number(call, "confirm_within", 1, CONFIG_HOLD_LONGEST, &config->hold_seconds,
			 error))
		return -1;
	if (!config->owner)
		config->owner = INTENT_DEFAULT_OWNER;
	if (config->trial && config->hold_seconds)
		return error_set(error, ERROR_MALFORMED,
				 "a dry run has nothing to confirm: leave confirm_within out");
	return api_read_body(call, &config->document, error) ||
			       config_read(config->api->intent, config->document, config->owner,
					   &config->plan, error) ?
		       -1 :
		       0;
}

static void write_failure(struct json_writer *writer, const void *context)
{
	const struct config *config = context;

	config_write_plan(writer, &config->plan, config->call->prefix, false);
	if (config->failed < config->plan.count)
		json_member_number(writer, "failed_step", config->failed);
}

/* What failed, and where in the plan: nothing of it stands. */
static int answer_failure(struct config *config, struct api_answer *answer, struct error *why)
{
	const struct problem_more more = { write_failure, config };

	member_prefix(why, 0, config->plan.steps[config->failed].where);
	problem_answer_more(answer, why, config->call->prefix, config->call->target, &more);
	return 0;
}

static size_t count_pending(const struct intent_plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->steps[i].action != INTENT_DELETE &&
			 plan->steps[i].state != INTENT_APPLIED;
	return count;
}

static int answer_plan(struct config *config, struct api_answer *answer)
{
	struct json_writer writer;
	bool done = config->trial == CONFIG_FOR_REAL;

	answer_json(answer, 200, &writer);
	json_write_object(&writer);
	json_member_string(&writer, "owner", config->owner);
	json_member_boolean(&writer, "dry_run", !done);
	config_write_plan(&writer, &config->plan, config->call->prefix, done);
	if (done)
		json_member_number(&writer, "pending", count_pending(&config->plan));
	/* What changes nothing has nothing to confirm. */
	if (done && config->hold_seconds && config->plan.count)
		json_member_number(&writer, "confirm_within_seconds", config->hold_seconds);
	json_write_object_end(&writer);
	return 0;
}

/* The pointer of a step that could not even be planned. */
static int plan_refused(struct config *config, struct error *error)
{
	const struct intent_step *step = &config->plan.steps[config->failed];
	enum error_kind kind = error->kind;

	if (config->failed >= config->plan.count || error->member_count)
		return -1;
	error_member(error, step->where, "conflict", "%s", error->detail);
	error->kind = kind;
	return -1;
}

static int change_config(struct config *config, struct api_answer *answer, struct error *error)
{
	struct intent *intent = config->api->intent;
	struct error why;

	if (read_request(config, error))
		return -1;
	if (intent_plan(intent, &config->plan, config->owner, config->exact, &config->failed,
			error))
		return plan_refused(config, error);
	if (config->trial == CONFIG_DRY)
		return answer_plan(config, answer);
	error_clear(&why);
	if (config->trial == CONFIG_IN_KERNEL)
		return trial_answer(config->api, config->call, &config->plan, config->owner,
				    answer, error);
	if (!intent_run(intent, config->plan.steps, config->plan.count, config->hold_seconds,
			&config->failed, &why))
		return answer_plan(config, answer);
	if (config->failed == config->plan.count) {
		*error = why;
		return -1;
	}
	return answer_failure(config, answer, &why);
}

static int put_config(struct api *api, const struct api_call *call, struct api_answer *answer,
		      struct error *error)
{
	struct config config CLEANUP_CONFIG = { .api = api, .call = call, .exact = true };

	return change_config(&config, answer, error);
}

static int apply_config(struct api *api, const struct api_call *call,
			struct api_answer *answer, struct error *error)
{
	struct config config CLEANUP_CONFIG = { .api = api, .call = call };

	return change_config(&config, answer, error);
}

static int confirm_config(struct api *api, const struct api_call *call,
			  struct api_answer *answer, struct error *error)
{
	(void)call;
	if (intent_confirm(api->intent, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

static int roll_back_config(struct api *api, const struct api_call *call,
			    struct api_answer *answer, struct error *error)
{
	(void)call;
	if (intent_roll_back(api->intent, error))
		return -1;
	answer_nothing(answer);
	return 0;
}

static const char *const get_query[] = { "owner", "secrets", NULL };
static const char *const change_query[] = { "owner", "dry_run", "confirm_within", NULL };

/* clang-format off */
const struct api_operation config_operations[] = {
	{ "GET", "/config", "getConfig", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_config },
	{ "PUT", "/config", "putConfig", API_LANE_WRITER, API_BODY_CONFIGURATION, API_OUTPUT_JSON, change_query, put_config },
	{ "POST", "/config/apply", "applyConfig", API_LANE_WRITER, API_BODY_CONFIGURATION, API_OUTPUT_JSON, change_query, apply_config },
	{ "POST", "/config/confirm", "confirmConfig", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, NULL, confirm_config },
	{ "POST", "/config/rollback", "rollbackConfig", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, NULL, roll_back_config },
	{ 0 },
};
/* clang-format on */
