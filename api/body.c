/* What each kind of body may take: bytes, items, memory of its tree. */
#include "api/json_items.h"
#include "api/json_reader.h"
#include "api/operations.h"

struct body_rule {
	size_t limit; /* bytes */
	unsigned int items;
	enum json_top top;
};

static const struct body_rule body_rules[] = {
	[API_BODY_NONE] = { 0, 0, JSON_TOP_OBJECT },
	[API_BODY_OBJECT] = { 1024 * 1024, 0, JSON_TOP_OBJECT },
	[API_BODY_OBJECT_OR_ARRAY] = { 4 * 1024 * 1024, 10000, JSON_TOP_OBJECT_OR_ARRAY },
	[API_BODY_OBJECT_OR_SHORT_ARRAY] = { 1024 * 1024, 1000, JSON_TOP_OBJECT_OR_ARRAY },
	[API_BODY_CONFIGURATION] = { 16 * 1024 * 1024, 0, JSON_TOP_LARGE_OBJECT },
	[API_BODY_MAY_BE_OBJECT] = { 1024 * 1024, 0, JSON_TOP_OBJECT },
};

size_t api_body_limit(enum api_body body)
{
	return body_rules[body].limit;
}

unsigned int api_array_items(enum api_body body)
{
	return body_rules[body].items;
}

static int body_check_count(const struct api_call *call, size_t count, struct error *error)
{
	unsigned int most = body_rules[call->operation->body].items;

	return count <= most ?
		       0 :
		       error_member(error, "", "length",
				    "an array has at most %u items here, not %zu: send several",
				    most, count);
}

int api_read_body(const struct api_call *call, struct json_object **ret, struct error *error)
{
	enum api_body body = call->operation->body;
	bool none = body == API_BODY_MAY_BE_OBJECT && !call->body_length;
	struct json_place top;

	if (json_read_body(none ? "{}" : call->body, none ? 2 : call->body_length,
			   body_rules[body].top, ret, error))
		return -1;
	top = json_top_place(*ret, "", error);
	return body_check_count(call, json_count(&top), error);
}

int api_read_items(const struct api_call *call, struct json_items *ret, struct error *error)
{
	const struct body_rule *rule = &body_rules[call->operation->body];

	*ret = (struct json_items){ 0 };
	if (rule->top != JSON_TOP_OBJECT_OR_ARRAY ||
	    !json_items_are(call->body, call->body_length))
		return 0;
	return json_items_open(call->body, call->body_length, ret, error) ||
			       body_check_count(call, ret->count, error) ?
		       -1 :
		       1;
}
