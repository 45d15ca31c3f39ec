/*
 * The life of a request: its head is looked at (who asks, and for what), its
 * body collected, then it runs in the loop or on a lane of the workers, and
 * its answer leaves.
 *
 * A refusal waits until the body has been read and dropped, so that the
 * connection can stay. A client that asked first (Expect: 100-continue), or
 * announces more than we care to read, is refused at once, and its connection
 * closed.
 */
#include "agent/http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/log.h"
#include "agent/token.h"

/*
 * http://host/path is the form for proxies, and servers must understand it too.
 * The gate has made sure that there is a host, and nothing but a path behind it.
 */
static const char *http_request_path(const char *target)
{
	const char *scheme = "http://", *path;

	if (strncasecmp(target, scheme, strlen(scheme)) != 0)
		return target;
	path = strchr(target + strlen(scheme), '/');
	return path ? path : "/";
}

struct http_request *http_request_new(struct http *http, struct MHD_Connection *connection,
				      struct http_connection *owner, const char *target)
{
	struct http_request *request;
	size_t length;

	target = http_request_path(target);
	length = strlen(target);
	request = calloc(1, sizeof(*request) + length + 1);
	if (!request)
		return NULL;
	memcpy(request->target, target, length);
	request->http = http;
	request->connection = connection;
	request->owner = owner;
	strcpy(request->method, "-"); /* until the head has arrived */
	request->started = http_clock();
	return request;
}

static void http_request_drop_body(struct http_request *request)
{
	request->http->held -= request->body.length;
	buffer_free(&request->body);
}

static void http_request_drop_lists(struct http_request *request)
{
	struct http_list *list;

	while ((list = request->lists)) {
		request->lists = list->next;
		free(list);
	}
}

static void http_request_refuse(struct http_request *request, int status, const char *detail)
{
	api_answer_free(&request->answer);
	api_refuse(&request->answer, status, status == 503 ? 1 : 0, detail);
	request->answered = true;
	http_request_drop_body(request);
}

/* The lines of one field: measured first, then joined. */
struct http_field {
	const char *name;
	unsigned int lines;
	char *text; /* NULL: they are measured */
	size_t length;
};

static enum MHD_Result http_field_line(void *context, enum MHD_ValueKind kind, const char *name,
				       const char *value)
{
	struct http_field *field = context;
	const char *comma = field->lines ? ", " : "";

	(void)kind;
	if (strcasecmp(name, field->name) != 0)
		return MHD_YES;
	value = value ? value : "";
	if (field->text)
		sprintf(field->text + field->length, "%s%s", comma, value);
	field->length += strlen(comma) + strlen(value);
	field->lines++;
	return MHD_YES;
}

static struct http_field http_request_field(const struct http_request *request,
					    const char *name, char *text)
{
	struct http_field field = { .name = name, .text = text };

	MHD_get_connection_values(request->connection, MHD_HEADER_KIND, http_field_line,
				  &field);
	return field;
}

/*
 * RFC 9110, 5.3: a list in several lines is the same list. What may come once
 * only the gate has counted. The text lives as long as the request.
 */
static const char *http_request_header(const struct api_request *head, const char *name)
{
	struct http_request *request = head->context;
	struct http_field field = http_request_field(request, name, NULL);
	struct http_list *list;

	if (field.lines < 2)
		return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
	list = malloc(sizeof(*list) + field.length + 1);
	if (!list) {
		request->body.failed = true; /* so it is not carried out */
		return NULL;
	}
	list->next = request->lists;
	request->lists = list;
	http_request_field(request, name, list->text);
	return list->text;
}

/* RFC 6750: the challenge says whether a token was shown at all. */
static bool http_request_allowed(struct http_request *request)
{
	const char *token = request->http->settings.token, *shown;
	struct api_answer *answer = &request->answer;
	struct api_header *header;

	shown = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
					    MHD_HTTP_HEADER_AUTHORIZATION);
	if (!token || token_fits(token, shown))
		return true;
	http_request_refuse(request, 401,
			    shown ? "The bearer token is not the right one." :
				    "A bearer token is needed: Authorization: Bearer …");
	if (answer->header_count < API_HEADERS) {
		header = &answer->headers[answer->header_count++];
		header->name = MHD_HTTP_HEADER_WWW_AUTHENTICATE;
		strcpy(header->value, shown ? "Bearer error=\"invalid_token\"" : "Bearer");
	}
	return false;
}

/* As announced; 0 when it was not. libmicrohttpd has made sure that it is a number. */
static uint64_t http_request_length(const struct http_request *request)
{
	const char *text = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
						       MHD_HTTP_HEADER_CONTENT_LENGTH);

	return text ? strtoull(text, NULL, 10) : 0;
}

static enum MHD_Result http_request_queue(struct http_request *request,
					  struct MHD_Response *response)
{
	const struct api_answer *answer = &request->answer;
	struct http_client *client = request->owner->client;

	if (answer->content_type)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
					answer->content_type);
	if (request->http->stopping)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	for (unsigned int i = 0; i < answer->header_count; i++) {
		const struct api_header *header = &answer->headers[i];

		if (MHD_add_response_header(response, header->name, header->value) == MHD_NO)
			log_warning("cannot send the header %s: %s", header->name,
				    header->value);
	}
	request->status = answer->status;
	api_observe(request->http->settings.api, &request->call, answer->status,
		    (double)(http_clock() - request->started) / 1e6);
	if (client) {
		client->answered = true;
		client->unhurried = answer->unhurried;
	}
	return MHD_queue_response(request->connection, (unsigned int)answer->status, response);
}

/* The response takes the body over. NULL: out of memory. */
static struct MHD_Response *http_request_response(struct http_request *request)
{
	struct buffer *body = &request->answer.body;
	struct MHD_Response *response;

	if (request->answer.stream.pull)
		return http_stream_new(request);
	if (!body->length)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer(body->length, body->data,
						   MHD_RESPMEM_MUST_FREE);
	if (response)
		*body = (struct buffer){ 0 };
	return response;
}

static enum MHD_Result http_request_answer(struct http_request *request)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (request->answer.body.failed)
		http_request_refuse(request, 503, "The answer did not fit into memory.");
	response = http_request_response(request);
	if (!response)
		return MHD_NO;
	result = http_request_queue(request, response);
	MHD_destroy_response(response);
	return result;
}

/* Is it better to answer now than to read the body of a refused request? */
static bool http_request_is_hopeless(const struct http_request *request)
{
	const char *expect = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_EXPECT);

	return request->answered &&
	       (expect || http_request_length(request) > HTTP_DISCARD_BYTES);
}

enum MHD_Result http_request_head(struct http_request *request, const char *method)
{
	const struct api_request head = { .method = method,
					  .target = request->target,
					  .header = http_request_header,
					  .context = request };
	struct http_client *client = request->owner->client;
	struct http *http = request->http;

	request->begun = true;
	snprintf(request->method, sizeof(request->method), "%s", method);
	if (http->stopping)
		http_request_refuse(request, 503, "tunneld is about to end.");
	else if (http_request_allowed(request))
		request->answered = api_accept(http->settings.api, &head, &request->call,
					       &request->answer) < 0;
	if (!request->answered && http_request_length(request) > request->call.body_limit)
		http_request_refuse(request, 413, "The body is too long.");
	if (client)
		client->body_limit = request->answered ? HTTP_DISCARD_BYTES :
							 request->call.body_limit;
	return http_request_is_hopeless(request) ? http_request_answer(request) : MHD_YES;
}

/* A thousand clients with long bodies each must not take all of the memory. */
static void http_request_keep(struct http_request *request, const char *data, size_t length)
{
	struct http *http = request->http;
	size_t before = request->body.length;

	if (before + length > HTTP_BODY_BYTES && http->held + length > HTTP_BODIES_BYTES) {
		http_request_refuse(request, 503, "Too many long bodies at once.");
		return;
	}
	buffer_append(&request->body, data, length);
	http->held += request->body.length - before;
}

enum MHD_Result http_request_body(struct http_request *request, const char *data, size_t length)
{
	request->received += length;
	if (!request->answered && request->received > request->call.body_limit)
		http_request_refuse(request, 413, "The body is too long.");
	if (!request->answered)
		http_request_keep(request, data, length);
	return MHD_YES;
}

static void http_request_run(struct workers_job *job)
{
	struct http_request *request = (struct http_request *)job;

	api_perform(request->http->settings.api, &request->call, &request->answer);
}

static void http_request_finish(struct workers_job *job)
{
	struct http_request *request = (struct http_request *)job;

	if (job->dropped)
		http_request_refuse(request, 503, "tunneld is about to end.");
	else if (job->unsettled)
		http_request_refuse(request, 503,
				    "The store could not be written to its disk: what was asked "
				    "for may be lost with the power.");
	request->answered = true;
	request->http->resumed = true;
	MHD_resume_connection(request->connection);
}

/* On its lane; the answer comes now, or by http_request_finish(). */
static enum MHD_Result http_request_perform(struct http_request *request)
{
	request->call.body = request->body.length ? request->body.data : "";
	request->call.body_length = request->body.length;
	if (request->call.lane == API_LANE_LOOP) {
		http_request_run(&request->job);
		request->answered = true;
		return http_request_answer(request);
	}
	request->job.run = http_request_run;
	request->job.finish = http_request_finish;
	if (!workers_submit(request->http->settings.workers, request->call.lane,
			    &request->job)) {
		http_request_refuse(request, 503, "Too many requests are waiting already.");
		return http_request_answer(request);
	}
	MHD_suspend_connection(request->connection);
	return MHD_YES;
}

enum MHD_Result http_request_complete(struct http_request *request)
{
	struct http_client *client = request->owner->client;

	if (client) {
		client->complete = true;
		client->changed(client);
	}
	if (request->body.failed)
		http_request_refuse(request, 503, "The request did not fit into memory.");
	return request->answered ? http_request_answer(request) : http_request_perform(request);
}

void http_request_end(struct http_request *request, bool sent)
{
	log_debug("%s %.700s %d, %lld us%s", request->method, request->target, request->status,
		  (long long)(http_clock() - request->started), sent ? "" : ", not sent");
	http_request_drop_body(request);
	http_stream_end(request);
	api_answer_free(&request->answer);
	http_request_drop_lists(request);
	free(request);
}
