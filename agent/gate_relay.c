/*
 * Bytes from one descriptor to the other. Both are watched by edges: what an
 * end can do is remembered until the kernel says that it cannot, so that a
 * request and its answer cost one read and one write for each direction. Of an
 * answer we hold what one read gave and the client did not take; the rest
 * waits in libmicrohttpd.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/gate_private.h"

enum { GATE_EVENTS = EPOLLIN | EPOLLRDHUP };

int gate_relay_watch(struct gate *gate, struct gate_end *end)
{
	struct epoll_event event = { .events = GATE_EVENTS | EPOLLET, .data.ptr = end };

	end->readable = end->writable = true;
	end->hung_up = end->watched = false;
	return epoll_ctl(gate->fd, EPOLL_CTL_ADD, end->fd, &event);
}

void gate_relay_close(struct gate_end *end)
{
	if (end->fd >= 0)
		close(end->fd);
	end->fd = -1;
}

/* Being writable is news only to who waits for it. */
static void gate_relay_wait(struct gate_end *end)
{
	struct epoll_event event = { .events = GATE_EVENTS | EPOLLOUT | EPOLLET,
				     .data.ptr = end };

	end->writable = false;
	if (!end->watched)
		epoll_ctl(end->connection->gate->fd, EPOLL_CTL_MOD, end->fd, &event);
	end->watched = true;
}

/* As recv(2), but 0 is "nothing now", and an end that came in order is in ended. */
static ssize_t gate_relay_recv(struct gate_end *end, char *bytes, size_t size)
{
	ssize_t length = recv(end->fd, bytes, size, 0);

	end->ended = length == 0;
	if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
		end->readable = errno == EINTR;
		return 0;
	}
	/* Less than there was room for: no more is there, but perhaps the end. */
	if (length <= 0 || ((size_t)length < size && !end->hung_up))
		end->readable = false;
	return length;
}

/* How many were taken; -1: nobody is there any more. */
static ssize_t gate_relay_send(struct gate_end *end, const char *bytes, size_t length)
{
	ssize_t sent = send(end->fd, bytes, length, MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		sent = 0;
	if (sent >= 0 && (size_t)sent < length)
		gate_relay_wait(end);
	return sent;
}

static bool gate_relay_has_room(struct gate_connection *connection)
{
	size_t length = connection->end - connection->begin;

	if (!connection->in)
		connection->in = malloc(GATE_IN_SIZE);
	if (!connection->in) {
		gate_connection_drop(connection);
		return false;
	}
	if (connection->end == GATE_IN_SIZE && connection->begin) {
		memmove(connection->in, connection->in + connection->begin, length);
		connection->judged -= connection->begin;
		connection->end = length;
		connection->begin = 0;
	}
	return connection->end < GATE_IN_SIZE;
}

bool gate_relay_read(struct gate_connection *connection)
{
	struct gate_end *end = &connection->outside;
	ssize_t length;

	if (!end->readable || !gate_relay_has_room(connection))
		return false;
	length = gate_relay_recv(end, connection->in + connection->end,
				 GATE_IN_SIZE - connection->end);
	if (length < 0)
		gate_connection_drop(connection);
	else
		connection->end += (size_t)length;
	return length > 0;
}

bool gate_relay_hand_in(struct gate_connection *connection)
{
	struct gate_end *end = &connection->inside;
	size_t length = connection->judged - connection->begin;
	ssize_t sent;

	if (!length || end->fd < 0 || !end->writable)
		return false;
	sent = gate_relay_send(end, connection->in + connection->begin, length);
	/* libmicrohttpd has closed it: its last answer can be read, the rest is for nobody. */
	connection->begin += sent < 0 ? length : (size_t)sent;
	connection->gate->handed_in = true;
	return sent != 0;
}

bool gate_relay_flush(struct gate_connection *connection)
{
	size_t length = connection->out.length - connection->sent;
	ssize_t sent;

	if (!length || !connection->outside.writable)
		return false;
	sent = gate_relay_send(&connection->outside, connection->out.data + connection->sent,
			       length);
	if (sent < 0) {
		gate_connection_drop(connection);
		return false;
	}
	connection->sent += (size_t)sent;
	connection->taken += (size_t)sent;
	if ((size_t)sent == length) {
		buffer_free(&connection->out);
		connection->sent = 0;
	}
	return sent > 0;
}

/* Keeps what the client has no room for. */
static void gate_relay_pass_on(struct gate_connection *connection, const char *bytes,
			       size_t length)
{
	ssize_t sent = gate_relay_send(&connection->outside, bytes, length);

	if (sent >= 0)
		buffer_append(&connection->out, bytes + sent, length - (size_t)sent);
	if (sent < 0 || connection->out.failed)
		gate_connection_drop(connection);
}

/*
 * An answer that http does not know of is a page of libmicrohttpd's own: it
 * found something wrong that we did not see. Only its status is of use.
 */
static bool gate_relay_is_foreign(const struct gate_connection *connection, size_t length)
{
	const char *bytes = connection->gate->out;

	return !connection->client.answered &&
	       (length < 12 || memcmp(bytes, "HTTP/1.1 1", 10) != 0);
}

bool gate_relay_hand_out(struct gate_connection *connection)
{
	struct gate_end *end = &connection->inside;
	char *bytes = connection->gate->out;
	ssize_t length;

	if (end->fd < 0 || !end->readable || connection->out.length)
		return false;
	length = gate_relay_recv(end, bytes, GATE_OUT_SIZE);
	if (length > 0 && gate_relay_is_foreign(connection, (size_t)length))
		gate_connection_refuse(connection, length > 12 ? atoi(bytes + 9) : 500, 0,
				       "The request cannot be understood.");
	else if (length > 0)
		gate_relay_pass_on(connection, bytes, (size_t)length);
	else if (length == 0 && !end->ended)
		return false;
	else if (connection->client.answered || connection->stage == GATE_STAGE_HEAD)
		gate_connection_finish(connection);
	else
		gate_connection_refuse(connection, 500, 0, "The request was not answered.");
	return true;
}

bool gate_relay_discard(struct gate_connection *connection)
{
	struct gate *gate = connection->gate;
	ssize_t length = 0;

	if (connection->outside.readable)
		length = gate_relay_recv(&connection->outside, gate->out, sizeof(gate->out));
	if (length < 0 || connection->outside.ended)
		gate_connection_drop(connection);
	return length > 0;
}
