/*
 * The life of a connection: a request is judged as it arrives, is answered, and
 * not until that answer was taken is the next one looked at.
 *
 * Whoever closes a socket that has bytes to read resets it, and the client
 * loses the answer. So after the last answer we send no more, but read on
 * until the client closes too, for a while.
 */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/http_private.h"
#include "agent/log.h"

/* Over unix both fail, and do not matter. */
static void http_connection_tune(int fd)
{
	const int yes = 1, most = HTTP_UNSENT_SIZE;

	/* What is to be sent is complete. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	/* Else the kernel keeps megabytes of a list for a client that does not read it. */
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

void http_connection_new(struct http *http, int fd, const struct in6_addr *peer)
{
	struct http_connection *connection = calloc(1, sizeof(*connection));

	if (connection) {
		connection->http = http;
		connection->fd = fd;
		connection->local = http_host_local(fd);
		http_connection_tune(fd);
	}
	if (!connection || http_peer_join(connection, peer) < 0) {
		free(connection);
		close(fd);
	} else if (http_socket_watch(connection) < 0) {
		http_connection_drop(connection);
	} else {
		http_connection_run(connection);
	}
}

void http_connection_wake(struct http_connection *connection)
{
	if (connection->is_ready || connection->stage == HTTP_STAGE_CLOSED)
		return;
	connection->is_ready = true;
	connection->http->ready_count++;
	TAILQ_INSERT_TAIL(&connection->http->ready, connection, in_ready);
}

static void http_connection_forget_in(struct http_connection *connection)
{
	struct http *http = connection->http;

	if (http->spare_in)
		free(connection->in);
	else
		http->spare_in = connection->in;
	connection->in = NULL;
}

static void http_connection_leave_request(struct http_connection *connection)
{
	if (connection->request)
		http_request_leave(connection->request);
	connection->request = NULL;
}

void http_connection_drop(struct http_connection *connection)
{
	struct http *http = connection->http;

	if (connection->stage == HTTP_STAGE_CLOSED)
		return;
	if (connection->is_ready) {
		TAILQ_REMOVE(&http->ready, connection, in_ready);
		http->ready_count--;
	}
	close(connection->fd);
	if (connection->in)
		http_connection_forget_in(connection);
	http_connection_leave_request(connection);
	buffer_free(&connection->out.lines);
	buffer_free(&connection->out.body);
	http_peer_leave(connection);
	connection->stage = HTTP_STAGE_CLOSED;
	TAILQ_INSERT_TAIL(&http->closed, connection, in_ready);
}

void http_connection_cut(struct http_connection *connection)
{
	const struct linger now = { 1, 0 };

	log_debug("an answer is cut off");
	if (!connection->request->stream.chunked)
		setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	http_connection_drop(connection);
}

/* What is in out still leaves; then it ends. */
static void http_connection_finish(struct http_connection *connection)
{
	http_connection_leave_request(connection);
	if (connection->in)
		http_connection_forget_in(connection);
	connection->stage = HTTP_STAGE_LAST;
}

static bool http_connection_is_head(const struct http_connection *connection)
{
	if (connection->request)
		return connection->request->is_head;
	return connection->in && connection->in->head.is_head;
}

void http_connection_refuse(struct http_connection *connection, int status, int retry_after,
			    const char *detail)
{
	static const struct api_call none;
	const struct http_request *request = connection->request;
	struct http *http = connection->http;
	struct api_answer answer = { 0 };

	if (connection->stage > HTTP_STAGE_BODY)
		return;
	log_debug("refused with %d: %s", status, detail);
	api_refuse(&answer, status, retry_after, detail);
	api_observe(http->settings.api, request ? &request->call : &none, status,
		    request ? (double)(intent_clock_us() - request->started) / 1e6 : 0);
	http_answer_refusal(http, &answer, !http_connection_is_head(connection),
			    http_socket_lines(connection));
	api_answer_free(&answer);
	http_connection_finish(connection);
}

/* ---- the head ---- */

/* Is the one that the request is for us, and the page that it comes from ours? */
static bool http_connection_is_for_us(struct http_connection *connection)
{
	const struct http_head *head = &connection->in->head;
	const struct http_span *host = &head->fields[HTTP_HOST], *target = &head->authority;
	const char *bytes = connection->in->bytes + connection->in->begin;
	const struct http_hosts *hosts = &connection->http->hosts;

	if (http_host_is_ours(hosts, &connection->local, bytes + host->begin, host->length) &&
	    (!target->begin || http_host_is_ours(hosts, &connection->local,
						 bytes + target->begin, target->length)))
		return true;
	http_connection_refuse(
		connection, 403, 0,
		"The Host of the request is none of this daemon's (see --host).");
	return false;
}

static bool http_connection_is_from_us(struct http_connection *connection)
{
	static const enum http_field fields[] = { HTTP_ORIGIN, HTTP_REFERER };
	const struct http_span *spans = connection->in->head.fields, *host = &spans[HTTP_HOST];
	const char *bytes = connection->in->bytes + connection->in->begin;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct http_span *page = &spans[fields[i]];

		if (!page->begin || http_host_is_origin(bytes + page->begin, page->length,
							bytes + host->begin, host->length))
			continue;
		http_connection_refuse(connection, 403, 0,
				       "The request comes from a page of another site (Origin, "
				       "Referer).");
		return false;
	}
	return true;
}

/* RFC 9110, 10.1.1: who sends the body already does not wait to be told so. */
static void http_connection_continue(struct http_connection *connection)
{
	const struct http_request *request = connection->request;

	if (request->expects && !request->is_old && connection->body.state != HTTP_BODY_END &&
	    connection->in->begin == connection->in->end)
		buffer_text(http_socket_lines(connection), "HTTP/1.1 100 Continue\r\n\r\n");
}

static void http_connection_begin(struct http_connection *connection)
{
	struct http_input *in = connection->in;
	struct http_request *request = http_request_new(connection);

	if (!request) {
		http_connection_refuse(connection, 503, 1,
				       "The request did not fit into memory.");
		return;
	}
	connection->request = request;
	connection->stage = HTTP_STAGE_BODY;
	http_body_start(&connection->body, in->head.chunked, in->head.content_length);
	in->begin += in->head.seen;
	http_head_start(&in->head);
	http_request_accept(request);
	if (http_request_is_hopeless(request))
		http_request_answer(request);
	else
		http_connection_continue(connection);
}

/* True: go on. */
static bool http_connection_take_head(struct http_connection *connection)
{
	struct http_input *in = connection->in;
	struct http_head *head = &in->head;

	switch (http_head_read(head, in->bytes + in->begin, in->end - in->begin)) {
	case HTTP_MORE:
		return http_socket_read(connection);
	case HTTP_BAD:
		http_connection_refuse(connection, head->status, 0, head->detail);
		return true;
	case HTTP_GOOD:
		break;
	}
	if (http_connection_is_for_us(connection) && http_connection_is_from_us(connection))
		http_connection_begin(connection);
	return true;
}

/* ---- the body ---- */

static bool http_connection_take_body(struct http_connection *connection)
{
	struct http_body *body = &connection->body;
	struct http_request *request = connection->request;
	struct http_input *in = connection->in;
	size_t content;

	if (body->state == HTTP_BODY_END) {
		http_request_complete(request);
		return true;
	}
	if (!in || in->begin == in->end)
		return http_socket_read(connection);
	in->begin += http_body_take(body, in->bytes + in->begin, in->end - in->begin, &content);
	if (content)
		http_request_keep(request, in->bytes + in->begin - content, content);
	if (in->begin == in->end)
		in->begin = in->end = 0;
	if (body->state == HTTP_BODY_BAD)
		http_connection_refuse(connection, body->status, 0, body->detail);
	else if (body->received > request->limit)
		http_connection_refuse(connection, 413, 0, "The body is too long.");
	return true;
}

/* The client has sent all that it will, and it is not a whole request. */
static bool http_connection_cut_off(struct http_connection *connection)
{
	const struct http_input *in = connection->in;

	if (connection->stage == HTTP_STAGE_HEAD && (!in || in->begin == in->end))
		http_connection_finish(connection);
	else
		http_connection_refuse(connection, 400, 0, "The request ends in its middle.");
	return true;
}

static bool http_connection_take(struct http_connection *connection)
{
	bool moved;

	if (connection->stage == HTTP_STAGE_BODY)
		moved = http_connection_take_body(connection);
	else if (connection->in)
		moved = http_connection_take_head(connection);
	else
		moved = http_socket_read(connection);
	if (moved || connection->stage > HTTP_STAGE_BODY || !connection->ended)
		return moved;
	return http_connection_cut_off(connection);
}

/* ---- the answer, and the end ---- */

static bool http_connection_work(struct http_connection *connection)
{
	if (!connection->request->answered)
		return false;
	http_request_answer(connection->request);
	return true;
}

/* The answer was sent; the next request may be there already. */
static bool http_connection_next(struct http_connection *connection)
{
	connection->request->sent = true;
	if (connection->closing) {
		http_connection_finish(connection);
		return true;
	}
	http_connection_leave_request(connection);
	connection->stage = HTTP_STAGE_HEAD;
	return true;
}

static bool http_connection_last(struct http_connection *connection)
{
	if (connection->ended) {
		http_connection_drop(connection);
		return false;
	}
	shutdown(connection->fd, SHUT_WR);
	connection->stage = HTTP_STAGE_LINGER;
	return true;
}

/* True if something moved, so that more may be possible. */
static bool http_connection_step(struct http_connection *connection)
{
	if (connection->out.lines.length + connection->out.body.length)
		return http_socket_flush(connection);
	switch (connection->stage) {
	case HTTP_STAGE_HEAD:
	case HTTP_STAGE_BODY:
		return http_connection_take(connection);
	case HTTP_STAGE_WORK:
		return http_connection_work(connection);
	case HTTP_STAGE_STREAM:
		return http_stream_step(connection->request);
	case HTTP_STAGE_ANSWER:
		return http_connection_next(connection);
	case HTTP_STAGE_LAST:
		return http_connection_last(connection);
	case HTTP_STAGE_LINGER:
		return http_socket_discard(connection);
	case HTTP_STAGE_CLOSED:
		break;
	}
	return false;
}

/* Is its client sent events, which have no end and no rate? */
static bool http_connection_is_unhurried(const struct http_connection *connection)
{
	return (connection->stage == HTTP_STAGE_STREAM ||
		connection->stage == HTTP_STAGE_ANSWER) &&
	       connection->request->answer.unhurried;
}

static enum http_phase http_connection_phase(const struct http_connection *connection)
{
	if (connection->stage == HTTP_STAGE_LINGER)
		return HTTP_LINGERING;
	if (connection->out.lines.length + connection->out.body.length)
		return http_connection_is_unhurried(connection) ? HTTP_WATCHING : HTTP_TAKING;
	if (connection->stage == HTTP_STAGE_HEAD)
		return connection->in ? HTTP_RECEIVING : HTTP_IDLE;
	return connection->stage == HTTP_STAGE_BODY ? HTTP_RECEIVING : HTTP_WORKING;
}

void http_connection_run(struct http_connection *connection)
{
	unsigned int steps = HTTP_STEPS;
	enum http_phase phase;
	bool moved = true;

	while (moved && steps--)
		moved = http_connection_step(connection);
	if (connection->stage == HTTP_STAGE_CLOSED)
		return;
	if (moved)
		http_connection_wake(connection);
	if (!connection->narrow && http_connection_is_unhurried(connection))
		http_socket_make_narrow(connection);
	if (connection->in && connection->in->begin == connection->in->end)
		http_connection_forget_in(connection);
	phase = http_connection_phase(connection);
	/* Of a stream whatever is taken counts, however little it is. */
	if (phase != connection->phase || (phase == HTTP_WATCHING && connection->taken))
		http_enter(connection, phase);
}

void http_connection_refuse_now(struct http_connection *connection, int status, int retry_after,
				const char *detail)
{
	http_connection_refuse(connection, status, retry_after, detail);
	http_connection_run(connection);
}
