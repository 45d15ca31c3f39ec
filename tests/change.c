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

/* What a client can write. The status is the kernel's own: an IPv6 address stops
 * being tentative when it likes. */
static struct json_object *writable(const char *body)
{
	struct json_object *object = json_tokener_parse(body);

	json_object_object_del(object, "status");
	return object;
}

static void expect_same_writable(const char *body, const char *shown)
{
	struct json_object *now = writable(body), *before = writable(shown);

	if (!json_object_equal(now, before))
		fail_msg("%s is no longer %s", body, shown);
	json_object_put(now);
	json_object_put(before);
}

static void put_silently(const struct agent *agent, const char *url, const char *body,
			 const char *shown, const char *tag)
{
	char insisting[256];
	const struct call call = { "PUT", insisting, NULL, NULL, NULL };
	const struct call_extra extra = { .raw_body = body };
	struct reply *reply;
	struct trace trace;

	snprintf(insisting, sizeof(insisting), "%s%cforeign=true", url,
		 strchr(url, '?') ? '&' : '?');
	trace_begin(&trace, agent->pid);
	reply = agent_call_extra(agent, &call, &extra);
	if (trace_end(&trace) || reply->status != 200)
		fail_msg("%s: %s", url, reply->body);
	expect_same_writable(reply->body, shown);
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
