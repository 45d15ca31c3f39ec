/* GET /healthz: whether the daemon answers, and how its objects are. */
#include "api/operations.h"
#include "intent/intent.h"

/* Objects that are not as they are wanted, and those that are fought over. */
static int health_of_objects(struct json_writer *writer, struct api *api,
			     const struct api_call *call, struct error *error)
{
	const struct intent_query query = { .contested = true };
	struct intent_counts counts;
	struct intent_view *views;
	uint64_t unsettled = 0;
	size_t count;

	if (intent_list(api->intent, &query, &views, &count, error))
		return -1;
	json_member_array(writer, "contested");
	for (size_t i = 0; i < count; i++) {
		json_write_object(writer);
		answer_self(writer, call, views[i].key);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
	intent_views_free(views, count);
	intent_count(api->intent, &counts);
	for (int i = 0; intent_types[i]; i++) {
		for (int state = INTENT_APPLIED + 1; state < INTENT_STATES; state++)
			unsettled += counts.objects[i][state];
	}
	json_member_number(writer, "unsettled", unsettled);
	return 0;
}

/* The agent is well as long as it answers; how its objects are stands beside. */
static int health(struct api *api, const struct api_call *call,
			  struct api_answer *answer, struct error *error)
{
	struct json_writer writer;
	int64_t left_ms;

	answer_json(answer, 200, &writer);
	json_write_object(&writer);
	json_member_string(&writer, "status", "ok");
	if (health_of_objects(&writer, api, call, error))
		return -1;
	if (intent_held(api->intent, &left_ms))
		json_member_number(&writer, "confirm_within_ms", (uint64_t)left_ms);
	json_write_object_end(&writer);
	return 0;
}

const struct api_operation health_operations[] = {
	{ .method = "GET", .path = "/healthz", .id = "getHealth", .handler = health },
	{ 0 },
};
