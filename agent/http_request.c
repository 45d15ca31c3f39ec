/*
 * The life of a request: its head is looked at (who asks, and for what), its
 * body collected, then it runs in the loop or on a lane of the workers, and
 * its answer leaves.
 *
 * A refusal waits until the body has been read and dropped, so that the
 * connection can stay. A client that asked first (Expect: 100-continue), or
 * announces more than we care to read, is refused at once, and its connection
 * closed.
 *
 * What is with the workers outlives its connection.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/http_private.h"
#include "agent/log.h"
#include "agent/token.h"

/* Texts end with NUL instead of with what stood behind them. */
static void http_request_cut(struct http_request *request, const struct http_head *head,
			     char *text)
{
	text[head->start + head->method_length] = '\0';
	text[head->path.begin + head->path.length] = '\0';
	for (unsigned int i = 0; i < request->line_count; i++)
		text[request->lines[i].value.begin + request->lines[i].value.length] = '\0';
	request->text = text;
	request->method = text + head->start;
	request->target = head->path.length ? text + head->path.begin : "/";
}

static void http_request_describe(struct http_request *request, const struct http_head *head)
{
	request->is_head = head->is_head;
	request->is_old = head->minor == 0;
	request->stays = http_head_stays(head);
	request->expects = head->fields[HTTP_EXPECT].begin > 0;
	request->length = head->content_length;
	request->line_count = head->field_count;
}

struct http_request *http_request_new(struct http_connection *connection)
{
	const struct http_input *in = connection->in;
	const struct http_head *head = &in->head;
	const size_t lines = head->field_count * sizeof(head->lines[0]);
	struct http_request *request = malloc(sizeof(*request) + lines + head->seen);
	char *text;

	if (!request)
		return NULL;
	memset(request, 0, sizeof(*request));
	request->http = connection->http;
	request->connection = connection;
	request->started = intent_clock_us();
	http_request_describe(request, head);
	memcpy(request->lines, head->lines, lines);
	text = (char *)request->lines + lines;
	memcpy(text, in->bytes + in->begin, head->seen);
	http_request_cut(request, head, text);
	api_load_add(&http_load(request->http)->requests, 1);
	return request;
}

static void http_request_drop_body(struct http_request *request)
{
	request->http->held -= request->body.length;
	buffer_free(&request->body);
}

static void http_request_end(struct http_request *request)
{
	log_debug("%s %.700s %d, %lld us%s", request->method, request->target, request->status,
		  (long long)(intent_clock_us() - request->started),
		  request->sent ? "" : ", not sent");
	http_request_drop_body(request);
	http_stream_end(request);
	api_answer_free(&request->answer);
	http_request_drop_joined(request);
	api_load_add(&http_load(request->http)->requests, -1);
	free(request);
}

void http_request_leave(struct http_request *request)
{
	request->connection = NULL;
	if (!request->working)
		http_request_end(request);
}

static void http_request_refuse(struct http_request *request, int status, const char *detail)
{
	api_answer_free(&request->answer);
	api_refuse(&request->answer, status, status == 503 ? 1 : 0, detail);
	request->answered = true;
	http_request_drop_body(request);
}

/* ---- the head ---- */

/* RFC 6750: the challenge says whether a token was shown at all. */
static bool http_request_allowed(struct http_request *request, const char *shown)
{
	const char *token = request->http->settings.token;
	struct api_answer *answer = &request->answer;
	struct api_header *header;

	if (!token || token_fits(token, shown))
		return true;
	http_request_refuse(request, 401,
			    shown ? "The bearer token is not the right one." :
				    "A bearer token is needed: Authorization: Bearer …");
	if (answer->header_count < API_HEADERS) {
		header = &answer->headers[answer->header_count++];
		header->name = "WWW-Authenticate";
		strcpy(header->value, shown ? "Bearer error=\"invalid_token\"" : "Bearer");
	}
	return false;
}

void http_request_accept(struct http_request *request)
{
	const struct api_request head = { .method = request->method,
					  .target = request->target,
					  .header = http_request_header,
					  .context = request };
	struct http *http = request->http;

	if (http->stopping)
		http_request_refuse(request, 503, "tunneld is about to end.");
	else if (http_request_allowed(request, http_request_header(&head, "Authorization")))
		request->answered = api_accept(http->settings.api, &head, &request->call,
					       &request->answer) < 0;
	if (!request->answered && request->length > request->call.body_limit)
		http_request_refuse(request, 413, "The body is too long.");
	request->limit = request->answered ? HTTP_DISCARD_BYTES : request->call.body_limit;
}

bool http_request_is_hopeless(const struct http_request *request)
{
	return request->answered && (request->expects || request->length > HTTP_DISCARD_BYTES);
}

/* ---- the body ---- */

/* A thousand clients with long bodies each must not take all of the memory. */
void http_request_keep(struct http_request *request, const char *data, size_t length)
{
	struct http *http = request->http;
	size_t before = request->body.length;

	if (request->answered)
		return;
	if (before + length > HTTP_BODY_BYTES && http->held + length > HTTP_BODIES_BYTES) {
		http_request_refuse(request, 503, "Too many long bodies at once.");
		return;
	}
	buffer_append(&request->body, data, length);
	http->held += request->body.length - before;
}

/* ---- the answer is made ---- */

static void http_request_run(struct workers_job *job)
{
	struct http_request *request = (struct http_request *)job;

	api_perform(request->http->settings.api, &request->call, &request->answer);
}

static void http_request_run_many(struct workers_job *const *jobs, unsigned int count)
{
	struct api *api = ((struct http_request *)jobs[0])->http->settings.api;
	struct api_answer *answers[WORKERS_TOGETHER];
	struct api_call *calls[WORKERS_TOGETHER];

	for (unsigned int i = 0; i < count; i++) {
		calls[i] = &((struct http_request *)jobs[i])->call;
		answers[i] = &((struct http_request *)jobs[i])->answer;
	}
	api_perform_many(api, calls, answers, count);
}

void http_request_back(struct http_request *request)
{
	request->working = false;
	request->http->now = intent_clock_us() / 1000;
	if (request->connection)
		http_connection_run(request->connection);
	else
		http_request_end(request);
}

static void http_request_finish(struct workers_job *job)
{
	struct http_request *request = (struct http_request *)job;

	if (job->dropped)
		http_request_refuse(request, 503, "tunneld is about to end.");
	else if (job->unsettled)
		http_request_refuse(
			request, 503,
			"The store could not be written to its disk: what was asked "
			"for may be lost with the power.");
	request->answered = true;
	http_request_back(request);
}

/* On its lane; the answer comes by http_request_finish(). */
static void http_request_submit(struct http_request *request)
{
	const struct api_company *company = api_company(&request->call);

	request->job.run = http_request_run;
	request->job.run_many = http_request_run_many;
	request->job.company = company;
	request->job.patience_us = company ? company->patience_us : 0;
	request->job.finish = http_request_finish;
	request->working = workers_submit(request->http->settings.workers, request->call.lane,
					  &request->job);
	request->connection->stage = HTTP_STAGE_WORK;
	if (!request->working)
		http_request_refuse(request, 503, "Too many requests are waiting already.");
}

/* Without a lane, if that is possible. */
static bool http_request_at_once(struct http_request *request)
{
	struct api *api = request->http->settings.api;

	if (request->call.lane != API_LANE_LOOP)
		return !request->call.body_length &&
		       api_quick(api, &request->call, &request->answer);
	api_perform(api, &request->call, &request->answer);
	return true;
}

void http_request_complete(struct http_request *request)
{
	if (request->body.failed)
		http_request_refuse(request, 503, "The request did not fit into memory.");
	request->call.body = request->body.length ? request->body.data : "";
	request->call.body_length = request->body.length;
	if (!request->answered)
		request->answered = http_request_at_once(request);
	if (request->answered)
		http_request_answer(request);
	else
		http_request_submit(request);
}

/* ---- the answer leaves ---- */

static enum http_end http_request_end_of_answer(const struct http_request *request)
{
	const struct api_answer *answer = &request->answer;

	if (answer->stream.pull)
		return request->is_old ? HTTP_END_CLOSE : HTTP_END_CHUNKS;
	/* RFC 9110, 8.6: of a 304 it is that of the 200, or none. */
	if (answer->status == 204 || (answer->status == 304 && !answer->body.length))
		return HTTP_END_NO_BODY;
	return HTTP_END_LENGTH;
}

/* RFC 9112, 9.3. */
static const char *http_request_word(const struct http_request *request)
{
	if (request->connection->closing)
		return "close";
	return request->is_old ? "keep-alive" : NULL;
}

static void http_request_send(struct http_request *request, enum http_end end)
{
	struct http_connection *connection = request->connection;
	struct http *http = request->http;

	connection->closing = !request->stays || http->stopping || end == HTTP_END_CLOSE ||
			      connection->body.state != HTTP_BODY_END;
	http_answer_head(http, &request->answer, end, http_request_word(request),
			 http_socket_lines(connection));
	connection->stage = HTTP_STAGE_ANSWER;
	if (request->is_head || request->answer.status == 304)
		return;
	if (request->answer.stream.pull) {
		http_stream_begin(request);
		return;
	}
	connection->out.body = request->answer.body;
	request->answer.body = (struct buffer){ 0 };
}

void http_request_answer(struct http_request *request)
{
	struct http_connection *connection = request->connection;

	if (request->answer.body.failed)
		http_request_refuse(request, 503, "The answer did not fit into memory.");
	request->status = request->answer.status;
	api_observe(request->http->settings.api, &request->call, request->status,
		    (double)(intent_clock_us() - request->started) / 1e6);
	http_request_send(request, http_request_end_of_answer(request));
	if (connection->out.lines.failed)
		http_connection_drop(connection);
}
