/*
 * Bytes from and to the client. Descriptors are watched by edges: what one can
 * do is remembered until the kernel says that it cannot, so that a request costs
 * one read, and its answer, head and body together, one write.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "agent/http_private.h"

enum { HTTP_EVENTS = EPOLLIN | EPOLLRDHUP };

int http_socket_watch(struct http_connection *connection)
{
	struct epoll_event event = { .events = HTTP_EVENTS | EPOLLET, .data.ptr = connection };

	connection->readable = connection->writable = true;
	return epoll_ctl(connection->http->fd, EPOLL_CTL_ADD, connection->fd, &event);
}

/* Being writable is news only to who waits for it. */
static void http_socket_wait(struct http_connection *connection)
{
	struct epoll_event event = { .events = HTTP_EVENTS | EPOLLOUT | EPOLLET,
				     .data.ptr = connection };

	connection->writable = false;
	if (!connection->watched)
		epoll_ctl(connection->http->fd, EPOLL_CTL_MOD, connection->fd, &event);
	connection->watched = true;
}

/* As recv(2), but 0 is "nothing now", and an end that came in order is in ended. */
static ssize_t http_socket_recv(struct http_connection *connection, char *bytes, size_t size)
{
	ssize_t length = recv(connection->fd, bytes, size, 0);

	connection->ended = length == 0;
	if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
		connection->readable = errno == EINTR;
		return 0;
	}
	/* Less than there was room for: no more is there, but perhaps the end. */
	if (length <= 0 || ((size_t)length < size && !connection->hung_up))
		connection->readable = false;
	return length;
}

static struct http_input *http_socket_take_spare(struct http *http)
{
	struct http_input *in = http->spare_in;

	http->spare_in = NULL;
	if (!in)
		in = malloc(sizeof(*in));
	if (!in)
		return NULL;
	in->begin = in->end = 0;
	http_head_start(&in->head);
	return in;
}

/* Room behind what is there, at the latest when all before it was looked at. */
static bool http_socket_has_room(struct http_connection *connection)
{
	struct http_input *in = connection->in;

	if (!in)
		in = connection->in = http_socket_take_spare(connection->http);
	if (!in) {
		http_connection_drop(connection);
		return false;
	}
	if (in->end == HTTP_IN_SIZE && in->begin) {
		memmove(in->bytes, in->bytes + in->begin, in->end - in->begin);
		in->end -= in->begin;
		in->begin = 0;
	}
	return in->end < HTTP_IN_SIZE;
}

bool http_socket_read(struct http_connection *connection)
{
	struct http_input *in;
	ssize_t length;

	if (!connection->readable || !http_socket_has_room(connection))
		return false;
	in = connection->in;
	length = http_socket_recv(connection, in->bytes + in->end, HTTP_IN_SIZE - in->end);
	if (length < 0)
		http_connection_drop(connection);
	else
		in->end += (size_t)length;
	return length > 0;
}

struct buffer *http_socket_lines(struct http_connection *connection)
{
	struct http *http = connection->http;
	struct buffer *lines = &connection->out.lines;

	if (!lines->data) {
		*lines = http->spare_lines;
		http->spare_lines = (struct buffer){ 0 };
	}
	return lines;
}

static unsigned int http_socket_vector(const struct http_output *out, struct iovec vector[2])
{
	size_t skip = out->sent;
	unsigned int count = 0;

	if (skip < out->lines.length)
		vector[count++] =
			(struct iovec){ out->lines.data + skip, out->lines.length - skip };
	skip = skip > out->lines.length ? skip - out->lines.length : 0;
	if (skip < out->body.length)
		vector[count++] =
			(struct iovec){ out->body.data + skip, out->body.length - skip };
	return count;
}

static void http_socket_sent_all(struct http_connection *connection)
{
	struct http *http = connection->http;
	struct http_output *out = &connection->out;

	if (connection->stage == HTTP_STAGE_STREAM)
		http_stream_recycle(connection->request, &out->body);
	buffer_free(&out->body);
	if (http->spare_lines.data)
		buffer_free(&out->lines);
	else
		http->spare_lines = out->lines;
	http->spare_lines.length = 0;
	*out = (struct http_output){ 0 };
}

bool http_socket_flush(struct http_connection *connection)
{
	struct http_output *out = &connection->out;
	size_t length = out->lines.length + out->body.length;
	struct iovec vector[2];
	struct msghdr message = { .msg_iov = vector };
	ssize_t sent;

	if (!length || !connection->writable)
		return false;
	message.msg_iovlen = http_socket_vector(out, vector);
	sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
	if (sent < 0 && errno == EINTR)
		return true;
	if (sent < 0 && errno != EAGAIN) {
		http_connection_drop(connection);
		return false;
	}
	sent = sent < 0 ? 0 : sent;
	out->sent += (size_t)sent;
	connection->taken += (size_t)sent;
	if (out->sent < length)
		http_socket_wait(connection);
	else
		http_socket_sent_all(connection);
	return sent > 0;
}

bool http_socket_discard(struct http_connection *connection)
{
	struct http *http = connection->http;
	ssize_t length = 0;

	if (connection->readable)
		length = http_socket_recv(connection, http->scratch, sizeof(http->scratch));
	if (length < 0 || connection->ended)
		http_connection_drop(connection);
	return length > 0;
}

void http_socket_make_narrow(struct http_connection *connection)
{
	const int size = HTTP_NARROW_SIZE;

	connection->narrow = true;
	setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}
