/*
 * An answer that is made as the client takes it: a window of text at a time, each
 * of them one chunk.
 *
 * In the loop the next window is pulled when the last one was taken; where there is
 * nothing to say the stream sleeps until something has happened or the heartbeat
 * is due. On another lane a job makes the next window while the client takes this
 * one. So no thread ever waits for a client, no client for more than his turn,
 * and two windows are kept at most, however long the list is.
 */
#include <stdio.h>

#include "agent/http_private.h"

enum {
	HTTP_HEARTBEAT_MS = 15 * 1000, /* without a word */
	HTTP_RETRY_MS = 10,	       /* where the lane was full */
};

static void http_stream_wake(struct http_request *request)
{
	struct http_stream *stream = &request->stream;

	if (!stream->asleep)
		return;
	stream->asleep = false;
	TAILQ_REMOVE(&request->http->asleep, stream, in_http);
	if (request->connection)
		http_connection_wake(request->connection);
}

static void http_stream_sleep(struct http_request *request)
{
	struct http_stream *stream = &request->stream;

	stream->asleep = true;
	TAILQ_INSERT_TAIL(&request->http->asleep, stream, in_http);
}

/* Takes the text. last: there is no more. */
static void http_stream_put(struct http_request *request, struct buffer *text, bool last)
{
	struct http_connection *connection = request->connection;
	struct buffer *lines = http_socket_lines(connection);

	if (request->stream.chunked && text->length) {
		buffer_format(lines, "%zx\r\n", text->length);
		buffer_text(text, "\r\n");
	}
	if (request->stream.chunked && last)
		buffer_text(text, "0\r\n\r\n");
	connection->out.body = *text;
	*text = (struct buffer){ 0 };
	connection->stage = last ? HTTP_STAGE_ANSWER : HTTP_STAGE_STREAM;
	if (lines->failed || connection->out.body.failed)
		http_connection_cut(connection);
}

/* ---- on a lane ---- */

static void http_stream_run(struct workers_job *job)
{
	struct http_request *request = (struct http_request *)job;
	const struct api_stream *source = &request->answer.stream;

	request->stream.state = source->pull(source->context, &request->stream.next);
}

static void http_stream_finish(struct workers_job *job)
{
	struct http_request *request = (struct http_request *)job;

	if (job->dropped)
		request->stream.state = API_STREAM_CUT;
	request->stream.made = true;
	http_request_back(request);
}

/* The next window; where the lane is full that is tried again. */
static void http_stream_make(struct http_request *request)
{
	struct http_stream *stream = &request->stream;

	stream->next = stream->spare;
	stream->spare = (struct buffer){ 0 };
	request->job.run = http_stream_run;
	request->job.finish = http_stream_finish;
	request->working = workers_submit(request->http->settings.workers,
					  request->answer.stream.lane, &request->job);
	if (request->working)
		return;
	stream->spare = stream->next;
	stream->next = (struct buffer){ 0 };
	stream->due = request->http->now + HTTP_RETRY_MS;
	http_stream_sleep(request);
}

/* From the moment on in which the next window is asked for the state is that one's. */
static bool http_stream_step_on_lane(struct http_request *request)
{
	struct http_stream *stream = &request->stream;
	struct buffer text;
	bool last;

	if (request->working)
		return false;
	if (!stream->made && request->http->stopping)
		stream->state = API_STREAM_CUT;
	if (stream->state == API_STREAM_CUT || stream->next.failed) {
		http_connection_cut(request->connection);
		return false;
	}
	if (!stream->made) {
		http_stream_make(request);
		return false;
	}
	text = stream->next;
	last = stream->state == API_STREAM_ENDED;
	stream->next = (struct buffer){ 0 };
	stream->made = false;
	if (!last)
		http_stream_make(request);
	http_stream_put(request, &text, last);
	return true;
}

/* ---- in the loop ---- */

static void http_stream_pull(struct http_request *request, struct buffer *text)
{
	const struct api_stream *source = &request->answer.stream;
	struct http_stream *stream = &request->stream;

	if (stream->state == API_STREAM_OPEN)
		stream->state = source->pull(source->context, text);
	if (!text->length && source->heartbeat && request->http->now >= stream->due)
		buffer_text(text, source->heartbeat);
	if (text->length)
		stream->due = request->http->now + HTTP_HEARTBEAT_MS;
}

static bool http_stream_step_in_loop(struct http_request *request)
{
	struct http_stream *stream = &request->stream;
	struct buffer text = stream->spare;
	bool last;

	stream->spare = (struct buffer){ 0 };
	http_stream_pull(request, &text);
	last = stream->state == API_STREAM_ENDED || (!text.length && request->http->stopping);
	if (stream->state == API_STREAM_CUT) {
		buffer_free(&text);
		http_connection_cut(request->connection);
		return false;
	}
	if (text.length || last) {
		http_stream_put(request, &text, last);
		return true;
	}
	buffer_free(&text);
	http_stream_sleep(request);
	return false;
}

bool http_stream_step(struct http_request *request)
{
	if (request->stream.asleep)
		return false;
	return request->answer.stream.lane == API_LANE_LOOP ?
		       http_stream_step_in_loop(request) :
		       http_stream_step_on_lane(request);
}

/* ---- for the others ---- */

void http_stream_begin(struct http_request *request)
{
	struct http_stream *stream = &request->stream;
	struct buffer first = request->answer.body;

	request->answer.body = (struct buffer){ 0 };
	stream->chunked = !request->is_old;
	stream->due = request->http->now + HTTP_HEARTBEAT_MS;
	if (request->answer.stream.lane != API_LANE_LOOP)
		http_stream_make(request);
	http_stream_put(request, &first, false);
}

void http_stream_recycle(struct http_request *request, struct buffer *body)
{
	struct http_stream *stream = &request->stream;

	if (stream->spare.data)
		return;
	stream->spare = *body;
	stream->spare.length = 0;
	*body = (struct buffer){ 0 };
}

void http_stream_end(struct http_request *request)
{
	struct http_stream *stream = &request->stream;

	if (stream->asleep)
		TAILQ_REMOVE(&request->http->asleep, stream, in_http);
	buffer_free(&stream->next);
	buffer_free(&stream->spare);
}

static struct http_request *http_stream_owner(struct http_stream *stream)
{
	return (struct http_request *)((char *)stream - offsetof(struct http_request, stream));
}

void http_stream_beat(struct http_request *request)
{
	request->stream.due = 0;
	http_stream_wake(request);
}

int64_t http_streams_due(const struct http *http)
{
	const struct http_stream *stream = TAILQ_FIRST(&http->asleep);
	int64_t due = INT64_MAX;

	for (; stream; stream = TAILQ_NEXT(stream, in_http)) {
		if (stream->due < due)
			due = stream->due;
	}
	return due;
}

void http_streams_wake(struct http *http, int64_t due)
{
	struct http_stream *stream = TAILQ_FIRST(&http->asleep);

	while (stream) {
		struct http_stream *next = TAILQ_NEXT(stream, in_http);

		if (stream->due <= due)
			http_stream_wake(http_stream_owner(stream));
		stream = next;
	}
}
