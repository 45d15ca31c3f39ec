/* One request to the agent under test by libcurl, and the reading of what came back. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#include "tests/agent_under_test.h"
#include "tests/traffic.h"

enum { SECONDS = 60 };

static struct reply the_reply;

static size_t reply_add_body(char *data, size_t size, size_t count, void *context)
{
	struct reply *reply = context;
	char *grown = realloc(reply->body, reply->length + size * count + 1);

	if (!grown)
		return 0;
	reply->body = grown;
	memcpy(grown + reply->length, data, size * count);
	reply->length += size * count;
	grown[reply->length] = '\0';
	return size * count;
}

/* The value of a header line if it has this name. */
static void take_header(const char *line, size_t length, const char *name, char *ret,
			size_t size)
{
	size_t skip = strlen(name);

	if (length <= skip || strncasecmp(line, name, skip) != 0 || line[skip] != ':')
		return;
	for (skip++; skip < length && line[skip] == ' '; skip++)
		;
	while (length > skip && (line[length - 1] == '\r' || line[length - 1] == '\n'))
		length--;
	snprintf(ret, size, "%.*s", (int)(length - skip), line + skip);
}

static size_t reply_add_header(char *data, size_t size, size_t count, void *context)
{
	struct reply *reply = context;
	size_t length = size * count;

	traffic_header(data, length);
	take_header(data, length, "Content-Type", reply->content_type,
		    sizeof(reply->content_type));
	take_header(data, length, "Allow", reply->allow, sizeof(reply->allow));
	take_header(data, length, "ETag", reply->etag, sizeof(reply->etag));
	take_header(data, length, "Location", reply->location, sizeof(reply->location));
	return length;
}

static void reply_clear(struct reply *reply)
{
	json_object_put(reply->json);
	free(reply->body);
	memset(reply, 0, sizeof(*reply));
}

static struct curl_slist *call_headers(const struct call *call, const struct call_extra *extra)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	char line[160];

	snprintf(line, sizeof(line), "Content-Type: %s",
		 call->content_type ? call->content_type : "application/json");
	if (call->body || extra->raw_body)
		headers = curl_slist_append(headers, line);
	if (extra->header)
		headers = curl_slist_append(headers, extra->header);
	snprintf(line, sizeof(line), "Authorization: Bearer %s",
		 call->token ? call->token : "");
	if (call->token && *call->token)
		headers = curl_slist_append(headers, line);
	return headers;
}

static void call_set_address(CURL *curl, const struct agent *agent, const struct call *call)
{
	char url[AGENT_TEXT_SIZE + 64];

	snprintf(url, sizeof(url), "http://%s%s", call->token ? agent->listen : "tunneld",
		 agent_text(call->target));
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	if (!call->token)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, agent->socket);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
}

static void call_set_body(CURL *curl, const struct call *call, const struct call_extra *extra)
{
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
	if (call->body)
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, agent_text(call->body));
	if (extra->raw_length)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)extra->raw_length);
	if (extra->raw_body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, extra->raw_body);
	if (strcmp(call->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
}

static void call_perform(CURL *curl, struct reply *reply)
{
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SECONDS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, reply_add_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, reply_add_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
	if (reply->body && strstr(reply->content_type, "json"))
		reply->json = json_tokener_parse(reply->body);
}

struct reply *agent_call(const struct agent *agent, const struct call *call)
{
	return agent_call_extra(agent, call, &(struct call_extra){ 0 });
}

struct reply *agent_call_extra(const struct agent *agent, const struct call *call,
			       const struct call_extra *extra)
{
	struct curl_slist *headers;
	CURL *curl;

	reply_clear(&the_reply);
	if (!call)
		return &the_reply;
	curl = curl_easy_init();
	headers = call_headers(call, extra);
	call_set_address(curl, agent, call);
	call_set_body(curl, call, extra);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	call_perform(curl, &the_reply);
	if (the_reply.status)
		traffic_record(call->method, agent_text(call->target), the_reply.status,
			       the_reply.body);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return &the_reply;
}

struct reply *agent_expect(const struct agent *agent, long status, const struct call *call,
			   const char *file, int line)
{
	struct reply *reply = agent_call(agent, call);

	if (reply->status == status)
		return reply;
	fprintf(stderr, "%s:%d: %s %s %s\n  answered %ld, not %ld: %s\n", file, line,
		call->method, agent_text(call->target),
		call->body ? agent_text(call->body) : "", reply->status, status,
		reply->body ? reply->body : "");
	_fail(file, line);
	return reply;
}

struct json_object *agent_get(const struct agent *agent, const char *target)
{
	return json_object_get(EXPECT(agent, 200, "GET", target, NULL)->json);
}

struct json_object *json_at(struct json_object *json, const char *pointer)
{
	struct json_object *value = NULL;

	return json && json_pointer_get(json, pointer, &value) == 0 ? value : NULL;
}

const char *json_text(struct json_object *json, const char *pointer)
{
	struct json_object *value = json_at(json, pointer);

	return value ? json_object_get_string(value) : "";
}

struct json_object *command_json(const char *command)
{
	FILE *pipe = popen(agent_text(command), "re");
	struct json_object *json = NULL;

	if (!pipe)
		return NULL;
	json = json_object_from_fd(fileno(pipe));
	return pclose(pipe) == 0 || json ? json : NULL;
}

int command_run(const char *command)
{
	int status = system(agent_text(command));

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
