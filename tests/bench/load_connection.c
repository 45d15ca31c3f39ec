/*
 * One connection: request, answer, next request. It is kept alive, and opened anew
 * only where the server closes it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/load_connection.h"

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch_events(const struct load_connection *connection, int operation,
			 uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = (void *)connection };

	if (epoll_ctl(connection->load->epoll, operation, connection->fd, &event))
		die("epoll_ctl");
}

/* Connecting blocks, so that a full queue of the server is waited for. */
static void open_connection(struct load_connection *connection)
{
	const struct load_address *address = &connection->load->address;

	connection->fd = socket(address->name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 || connect(connection->fd, &address->name.any, address->length))
		die("connect");
	watch_events(connection, EPOLL_CTL_ADD, EPOLLIN);
}

static void close_connection(struct load_connection *connection)
{
	close(connection->fd);
	connection->fd = -1;
}

static void send_rest(struct load_connection *connection)
{
	const struct load_request *request = connection->request;
	bool waits = connection->sent > 0;
	ssize_t sent;

	while (connection->sent < request->length) {
		sent = send(connection->fd, request->data + connection->sent,
			    request->length - connection->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			watch_events(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
			return;
		}
		if (sent < 0) /* refused before it was read: the answer tells */
			break;
		connection->sent += (size_t)sent;
	}
	connection->sent = request->length;
	if (waits)
		watch_events(connection, EPOLL_CTL_MOD, EPOLLIN);
}

void load_connection_go(struct load_connection *connection)
{
	struct load *load = connection->load;

	if (load->pause)
		nanosleep(&(struct timespec){ .tv_nsec = load->pause * 1000 }, NULL);
	if (load->next == load->count || load_now() > load->stop)
		return;
	connection->request = &load->requests.list[load->next++ % load->requests.count];
	connection->sent = 0;
	connection->first = false;
	connection->answer = (struct answer){ .state = ANSWER_STATUS };
	load->busy++;
	connection->begin = load_now();
	if (connection->fd < 0)
		open_connection(connection);
	send_rest(connection);
}

static void end_answer(struct load_connection *connection)
{
	struct load *load = connection->load;

	load_times_add(&load->times, load_now() - connection->begin);
	load->answers++;
	load->busy--;
	load->bytes += connection->answer.body;
	load->status = connection->answer.status;
	if (load->status >= 400) {
		if (!load->refused++)
			load->refusal = load->status;
	}
	if (connection->answer.closes && connection->fd >= 0)
		close_connection(connection);
	load_connection_go(connection);
}

static void end_of_file(struct load_connection *connection)
{
	bool whole = connection->answer.state == ANSWER_UNTIL_CLOSE;

	close_connection(connection);
	if (whole) {
		end_answer(connection);
	} else if (connection->answer.state != ANSWER_DONE) {
		fprintf(stderr, "the server closed the connection in an answer\n");
		exit(1);
	}
}

static void feed(struct load_connection *connection, const char *data, size_t length)
{
	struct answer_sink sink = { 0 };

	if (!connection->first) {
		load_times_add(&connection->load->firsts, load_now() - connection->begin);
		connection->first = true;
	}
	if (connection->load->watch) {
		sink.take = load_watcher_take;
		sink.context = &connection->watcher;
	}
	answer_feed(&connection->answer, data, length, &sink);
	if (answer_began(&connection->answer) && connection->load->watch)
		load_watcher_begin(&connection->watcher, connection->answer.status);
}

void load_connection_turn(struct load_connection *connection)
{
	static char buffer[256 * 1024];
	ssize_t length;

	if (connection->request && connection->sent < connection->request->length)
		send_rest(connection);
	length = recv(connection->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (length < 0 && errno == EAGAIN)
		return;
	if (length <= 0) {
		end_of_file(connection);
		return;
	}
	feed(connection, buffer, (size_t)length);
	if (connection->answer.state == ANSWER_DONE)
		end_answer(connection);
}
