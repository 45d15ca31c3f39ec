/*
 * From the head of a request to its operation. Every refusal says what would
 * have been right: the methods of the path, the parameters of the operation,
 * the types that it takes and gives.
 */
#include "api/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/accept.h"
#include "api/gzip.h"
#include "api/json_reader.h"
#include "api/media.h"
#include "api/metrics.h"
#include "api/near.h"
#include "api/path.h"
#include "api/problem.h"
#include "api/quick.h"
#include "api/service.h"

#define FORM "application/x-www-form-urlencoded"

const struct api_operation *const api_operations[] = {
	service_operations,   namespaces_operations,
	tunnels_operations,   links_operations,
	addresses_operations, routes_operations,
	rules_operations,     neighbors_operations,
	probes_operations,    watchers_operations,
	metrics_operations,   config_operations,
	health_operations,    NULL,
};

/* Calls hook for each operation until it says true, and returns that operation. */
typedef bool operation_hook(const struct api_operation *operation, void *context);

static const struct api_operation *operation_find(operation_hook *hook, void *context)
{
	for (const struct api_operation *const *array = api_operations; *array; array++) {
		for (const struct api_operation *one = *array; one->method; one++) {
			if (hook(one, context))
				return one;
		}
	}
	return NULL;
}

/* One part of a pattern: "tunnels" or "{name}". The pattern moves on behind it. */
static size_t operation_part(const char **pattern, const char **ret)
{
	*ret = *pattern + strspn(*pattern, "/");
	*pattern = *ret + strcspn(*ret, "/");
	return (size_t)(*pattern - *ret);
}

static bool operation_path_fits(const struct api_operation *operation,
				const struct api_call *call)
{
	const char *pattern = operation->path, *part;
	unsigned int index = 0;
	size_t length;

	while ((length = operation_part(&pattern, &part))) {
		const char *segment = index < call->segment_count ? call->segments[index] : "";

		if (!*segment)
			return false;
		if (*part != '{' &&
		    (strlen(segment) != length || memcmp(segment, part, length)))
			return false;
		index++;
	}
	return index == call->segment_count;
}

const char *api_segment(const struct api_call *call, const char *name)
{
	const char *pattern = call->operation->path, *part;
	size_t length;

	for (unsigned int i = 0; (length = operation_part(&pattern, &part)); i++) {
		if (length == strlen(name) + 2 && *part == '{' &&
		    !memcmp(part + 1, name, length - 2))
			return call->segments[i];
	}
	abort();
}

struct operation_search {
	const struct api_call *call;
	const char *method;
	const char *path; /* of the first operation that fits: the others share it */
	char allow[64];	  /* "GET, HEAD, " */
};

static void operation_allow(struct operation_search *search,
			    const struct api_operation *operation)
{
	size_t length = strlen(search->allow);

	snprintf(search->allow + length, sizeof(search->allow) - length, "%s, ",
		 strcmp(operation->method, "GET") ? operation->method : "GET, HEAD");
}

/* Gathers the methods of the path on the way to the one that is asked for. */
static bool operation_wanted(const struct api_operation *operation, void *context)
{
	struct operation_search *search = context;

	if (!operation_path_fits(operation, search->call) ||
	    (search->path && strcmp(search->path, operation->path)))
		return false;
	search->path = operation->path;
	operation_allow(search, operation);
	return !strcmp(operation->method, search->method);
}

/* For OPTIONS *: the methods that are possible anywhere. */
static bool operation_gather(const struct api_operation *operation, void *context)
{
	struct operation_search *search = context;

	if (!strstr(search->allow, operation->method))
		operation_allow(search, operation);
	return false;
}

/* RFC 9110, 9.3.7. */
static int operation_options(const struct operation_search *search, struct api_answer *answer)
{
	answer_nothing(answer);
	answer_header(answer, "Allow", "%sOPTIONS", search->allow);
	return -1;
}

static int operation_options_all(struct api_answer *answer)
{
	struct operation_search search = { 0 };

	operation_find(operation_gather, &search);
	return operation_options(&search, answer);
}

static int operation_absent(const struct operation_search *search,
			    const struct api_request *request, struct api_answer *answer)
{
	char detail[256];

	if (!search->path) {
		problem_plain(answer, 404, 0, request->target,
			      "There is nothing at this path. GET / lists what there is.");
		return -1;
	}
	if (!strcmp(search->method, "OPTIONS"))
		return operation_options(search, answer);
	snprintf(detail, sizeof(detail), "%.16s is not possible here; allowed: %sOPTIONS.",
		 request->method, search->allow);
	problem_plain(answer, 405, 0, request->target, detail);
	answer_header(answer, "Allow", "%sOPTIONS", search->allow);
	return -1;
}

/* HEAD is GET: whoever sends the answer leaves the body away. */
static int operation_choose(struct api_call *call, const struct api_request *request,
			    struct api_answer *answer)
{
	struct operation_search search = { .call = call, .method = request->method };

	if (!strcmp(request->method, "HEAD"))
		search.method = "GET";
	call->operation = operation_find(operation_wanted, &search);
	if (!call->operation)
		return operation_absent(&search, request, answer);
	call->lane = call->operation->lane;
	return 0;
}

/* ", " between, for a sentence: "namespace, kind". */
static void operation_list_query(const struct api_operation *operation, char text[256])
{
	size_t length = 0;

	text[0] = '\0';
	for (const char *const *key = operation->query; key && *key && length < 256; key++)
		length += (size_t)snprintf(text + length, 256 - length, "%s%s",
					   length ? ", " : "", *key);
}

static bool operation_knows_query(const struct api_operation *operation, const char *name,
				  struct near *near)
{
	for (const char *const *key = operation->query; key && *key; key++) {
		if (!strcmp(*key, name))
			return true;
		near_offer(near, *key, strlen(*key));
	}
	return false;
}

static int operation_check_query(const struct api_call *call, struct error *error)
{
	char allowed[256], hint[NEAR_HINT_SIZE];

	for (unsigned int i = 0; i < call->query_count; i++) {
		struct near near = { .word = call->query_keys[i] };

		if (operation_knows_query(call->operation, near.word, &near))
			continue;
		operation_list_query(call->operation, allowed);
		return error_set(error, ERROR_MALFORMED,
				 "there is no query parameter \"%.60s\" here%s (%s%s)",
				 near.word, near_hint(&near, hint),
				 allowed[0] ? "allowed: " : "none is allowed", allowed);
	}
	return 0;
}

static const char *operation_header(const struct api_request *request, const char *name)
{
	return request->header ? request->header(request, name) : NULL;
}

static bool operation_has_body(const struct api_request *request)
{
	const char *length = operation_header(request, "Content-Length");

	return operation_header(request, "Transfer-Encoding") ||
	       (length && strcmp(length, "0") != 0);
}

static int operation_check_type(const struct api_operation *operation,
				const struct api_request *request, struct api_answer *answer)
{
	bool coded = media_is_coded(operation_header(request, "Content-Encoding"));
	const char *type = coded ? "compressed" : operation_header(request, "Content-Type");
	bool patch = !strcmp(operation->method, "PATCH");
	char detail[256];

	if (!type || media_is(type, ANSWER_JSON) ||
	    (patch && media_is(type, "application/merge-patch+json")))
		return 0;
	snprintf(detail, sizeof(detail), "The body must be %s, not %.100s%s.",
		 patch ? "application/merge-patch+json or application/json" : ANSWER_JSON, type,
		 media_is(type, FORM) ? " (curl -d says so by itself; use --json)" : "");
	problem_plain(answer, 415, 0, request->target, detail);
	if (coded)
		answer_header(answer, "Accept-Encoding", "identity");
	if (patch)
		answer_header(answer, "Accept-Patch",
			      "application/merge-patch+json, application/json");
	return -1;
}

static int operation_check_body(struct api_call *call, const struct api_request *request,
				struct api_answer *answer)
{
	enum api_body body = call->operation->body;

	call->body_limit = api_body_limit(body);
	if (!operation_has_body(request))
		return 0;
	if (body != API_BODY_NONE)
		return operation_check_type(call->operation, request, answer);
	problem_plain(answer, 400, 0, request->target, "This request takes no body.");
	return -1;
}

/* 0, or -1 with the answer made. */
static int operation_check(struct api_call *call, const struct api_request *request,
			   struct api_answer *answer)
{
	struct error error;

	error_clear(&error);
	if (strlen(request->target) > PATH_TARGET_LIMIT) {
		problem_plain(answer, 414, 0, NULL, "The target is longer than 4096 bytes.");
		return -1;
	}
	if (!strcmp(request->method, "OPTIONS") && !strcmp(request->target, "*"))
		return operation_options_all(answer);
	if (path_parse(request->target, call, &error)) {
		problem_answer(answer, &error, "", request->target);
		return -1;
	}
	if (operation_choose(call, request, answer))
		return -1;
	if (operation_check_query(call, &error)) {
		problem_answer(answer, &error, call->prefix, request->target);
		return -1;
	}
	if (operation_check_body(call, request, answer))
		return -1;
	return accept_choose(call, operation_header(request, "Accept"), answer);
}

int api_accept(struct api *api, const struct api_request *request, struct api_call *call,
	       struct api_answer *answer)
{
	(void)api;
	*answer = (struct api_answer){ 0 };
	*call = (struct api_call){ .target = request->target, .body = "" };
	call->want_minimal = media_lists(operation_header(request, "Prefer"), "return=minimal");
	call->if_match = operation_header(request, "If-Match");
	call->if_none_match = operation_header(request, "If-None-Match");
	gzip_choose(call, operation_header(request, "Accept-Encoding"));
	call->last_event_id = operation_header(request, "Last-Event-ID");
	return operation_check(call, request, answer);
}

void api_perform(struct api *api, struct api_call *call, struct api_answer *answer)
{
	struct quick_call quick;
	struct error error;

	error_clear(&error);
	*answer = (struct api_answer){ 0 };
	if (quick_begin(api, call, answer, &quick))
		return;
	if (call->operation->handler(api, call, answer, &error) < 0)
		problem_answer(answer, &error, call->prefix, call->target);
	answer_end_line(answer);
	if (call->operation->output == API_OUTPUT_LIST && answer->status == 200)
		gzip_answer(call, answer);
	quick_end(api, call, answer, &quick);
}

void api_answer_free(struct api_answer *answer)
{
	buffer_free(&answer->body);
	if (answer->stream.free)
		answer->stream.free(answer->stream.context);
	answer->stream = (struct api_stream){ 0 };
	answer->unhurried = false;
}

struct api *api_new(struct netops *netops, const struct api_settings *settings)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api)
		return NULL;
	api->netops = netops;
	api->intent = settings->intent;
	api->events = settings->events;
	api->changes = settings->changes;
	api->metrics = metrics_new();
	api->quick = quick_new();
	service_read_description(api, settings->openapi_path);
	if (!api->metrics || !api->quick || api->openapi_yaml.failed ||
	    api->openapi_json.failed) {
		api_free(api);
		return NULL;
	}
	return api;
}

struct api_load *api_load(struct api *api)
{
	return &api->load;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	buffer_free(&api->openapi_yaml);
	buffer_free(&api->openapi_json);
	metrics_free(api->metrics);
	quick_free(api->quick);
	free(api);
}
