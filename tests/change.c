#include "tests/change.h"

#include <stdlib.h>
#include <string.h>

#include "tests/trace.h"

static bool names_pointer(struct json_object *problem, const char *pointer)
{
	struct json_object *errors = json_at(problem, "/errors");

	for (size_t i = 0; errors && i < json_object_array_length(errors); i++) {
		if (!strcmp(json_text(json_object_array_get_idx(errors, i), "/pointer"),
			    pointer))
			return true;
	}
	return false;
}

void change_expect(const struct agent *agent, const struct change *change)
{
	struct reply *reply =
		EXPECT(agent, change->status, change->method, change->url, change->body);

	if (change->pointer && !names_pointer(reply->json, change->pointer))
		fail_msg("%s %s: %s", change->url, change->body, reply->body);
	if (change->holds && command_run(change->holds))
		fail_msg("%s %s: not so: %s", change->url, change->body,
			 agent_text(change->holds));
}

static void put_silently(const struct agent *agent, const char *url, const char *body,
			 const char *shown, const char *tag)
{
	const struct call call = { "PUT", url, NULL, NULL, NULL };
	const struct call_extra extra = { .raw_body = body };
	struct reply *reply;
	struct trace trace;

	trace_begin(&trace, agent->pid);
	reply = agent_call_extra(agent, &call, &extra);
	if (trace_end(&trace) || reply->status != 200)
		fail_msg("%s: %s", url, reply->body);
	assert_string_equal(reply->body, shown);
	assert_string_equal(reply->etag, tag);
}

/* The second time with a member less, which the URL says too: so it is not just compared. */
void change_nothing(const struct agent *agent, const char *url)
{
	struct reply *reply = EXPECT(agent, 200, "GET", url, NULL);
	char tag[64], *shown = strdup(reply->body);
	struct json_object *less = json_tokener_parse(shown);

	strcpy(tag, reply->etag);
	put_silently(agent, url, shown, shown, tag);
	json_object_object_del(less, "namespace");
	put_silently(agent, url, json_object_to_json_string(less), shown, tag);
	json_object_put(less);
	free(shown);
}
