/*
 * An answer that is made as the client takes it. libmicrohttpd asks for text when the client has room;
 * when there is none the connection is suspended, until something has happened or
 * the heartbeat is due. Of the text one window is kept, until it was taken.
 *
 * A connection that is suspended is not looked at: so whoever closes its other
 * end has to wake it.
 */
#include "agent/http_private.h"

#include <stdlib.h>
#include <string.h>

enum { HTTP_HEARTBEAT = 15 * 1000000 }; /* microseconds without a word */

struct http_stream {
	TAILQ_ENTRY(http_stream) in_http;
	struct http_request *request;
	struct buffer text; /* the window */
	size_t taken;	    /* of it */
	enum api_stream_state state;
	int64_t due;	    /* when the heartbeat is, microseconds of the clock */
	bool asleep;
};

static void http_stream_wake(struct http_stream *stream)
{
	if (!stream->asleep)
		return;
	stream->asleep = false;
	stream->request->http->resumed = true;
	MHD_resume_connection(stream->request->connection);
}

static void http_stream_sleep(struct http_stream *stream)
{
	stream->asleep = true;
	MHD_suspend_connection(stream->request->connection);
}

/* False: there is nothing to say. */
static bool http_stream_fill(struct http_stream *stream)
{
	const struct api_stream *source = &stream->request->answer.stream;
	struct buffer *text = &stream->text;

	buffer_free(text);
	stream->taken = 0;
	if (stream->state == API_STREAM_OPEN)
		stream->state = source->pull(source->context, text);
	if (!text->length && source->heartbeat && http_clock() >= stream->due)
		buffer_text(text, source->heartbeat);
	if (text->length)
		stream->due = http_clock() + HTTP_HEARTBEAT;
	return text->length > 0;
}

static ssize_t http_stream_read(void *context, uint64_t position, char *bytes, size_t size)
{
	struct http_stream *stream = context;
	struct buffer *text = &stream->text;

	(void)position;
	if (!stream->request->owner->client)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (stream->taken == text->length && !http_stream_fill(stream)) {
		if (stream->state == API_STREAM_CUT)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (stream->state == API_STREAM_ENDED)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (stream->request->http->stopping)
			return MHD_CONTENT_READER_END_OF_STREAM;
		http_stream_sleep(stream);
		return 0;
	}
	if (text->failed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (size > text->length - stream->taken)
		size = text->length - stream->taken;
	memcpy(bytes, text->data + stream->taken, size);
	stream->taken += size;
	return (ssize_t)size;
}

struct MHD_Response *http_stream_new(struct http_request *request)
{
	struct http_stream *stream = calloc(1, sizeof(*stream));
	struct MHD_Response *response;

	if (!stream)
		return NULL;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_STREAM_PIECE,
						     http_stream_read, stream, NULL);
	if (!response) {
		free(stream);
		return NULL;
	}
	stream->request = request;
	stream->text = request->answer.body;
	request->answer.body = (struct buffer){ 0 };
	stream->due = http_clock() + HTTP_HEARTBEAT;
	request->stream = request->owner->stream = stream;
	TAILQ_INSERT_TAIL(&request->http->streams, stream, in_http);
	return response;
}

void http_stream_end(struct http_request *request)
{
	struct http_stream *stream = request->stream;

	if (!stream)
		return;
	TAILQ_REMOVE(&request->http->streams, stream, in_http);
	request->stream = request->owner->stream = NULL;
	buffer_free(&stream->text);
	free(stream);
}

void http_stream_beat(struct http_stream *stream)
{
	stream->due = 0;
	http_stream_wake(stream);
}

/* The one behind it; the first behind NULL. */
static struct http_stream *http_stream_next(const struct http *http,
					    const struct http_stream *stream)
{
	return stream ? TAILQ_NEXT(stream, in_http) : TAILQ_FIRST(&http->streams);
}

int64_t http_streams_due(const struct http *http)
{
	const struct http_stream *stream = NULL;
	int64_t due = INT64_MAX;

	while ((stream = http_stream_next(http, stream))) {
		if (stream->asleep && stream->due < due)
			due = stream->due;
	}
	return due;
}

void http_streams_wake(struct http *http, int64_t due)
{
	struct http_stream *stream = NULL;

	while ((stream = http_stream_next(http, stream))) {
		if (stream->due <= due)
			http_stream_wake(stream);
	}
}
