/*
 * The life of a connection: a request is judged as it arrives and handed to
 * libmicrohttpd, and not until that has answered it is the next one looked at.
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

#include "agent/gate_private.h"
#include "agent/log.h"

/* At the end there may be more to read than epoll has told us. */
static void gate_connection_changed(struct http_client *client)
{
	struct gate_connection *connection = (struct gate_connection *)client;

	if (client->ended || !client->connection)
		connection->inside.readable = true;
	gate_connection_wake(connection);
}

void gate_connection_new(struct gate *gate, int fd, const struct in6_addr *peer)
{
	struct gate_connection *connection = calloc(1, sizeof(*connection));

	if (connection) {
		connection->gate = gate;
		connection->client.changed = gate_connection_changed;
		connection->client.body_limit = UINT64_MAX;
		connection->outside = (struct gate_end){ .connection = connection, .fd = fd };
		connection->inside = (struct gate_end){ .connection = connection, .fd = -1 };
		connection->local = gate_host_local(fd);
		/* What is to be sent is complete; over unix it fails, and does not matter. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	}
	if (!connection || gate_peer_join(connection, peer) < 0) {
		free(connection);
		close(fd);
	} else if (gate_relay_watch(gate, &connection->outside) < 0) {
		gate_connection_drop(connection);
	} else {
		gate_connection_run(connection);
	}
}

void gate_connection_wake(struct gate_connection *connection)
{
	if (connection->is_ready || connection->stage == GATE_STAGE_CLOSED)
		return;
	connection->is_ready = true;
	connection->gate->ready_count++;
	TAILQ_INSERT_TAIL(&connection->gate->ready, connection, in_ready);
}

/* libmicrohttpd finds out by itself, and forgets what it had of a request. */
static void gate_connection_leave_http(struct gate_connection *connection)
{
	if (connection->inside.fd < 0)
		return;
	http_leave(&connection->client);
	gate_relay_close(&connection->inside);
	connection->gate->handed_in = true;
}

static void gate_connection_forget_in(struct gate_connection *connection)
{
	free(connection->in);
	connection->in = NULL;
	connection->begin = connection->judged = connection->end = 0;
}

void gate_connection_drop(struct gate_connection *connection)
{
	struct gate *gate = connection->gate;

	if (connection->stage == GATE_STAGE_CLOSED)
		return;
	if (connection->is_ready) {
		TAILQ_REMOVE(&gate->ready, connection, in_ready);
		gate->ready_count--;
	}
	gate_connection_leave_http(connection);
	gate_relay_close(&connection->outside);
	gate_connection_forget_in(connection);
	buffer_free(&connection->out);
	gate_peer_leave(connection);
	connection->stage = GATE_STAGE_CLOSED;
	TAILQ_INSERT_TAIL(&gate->closed, connection, in_ready);
}

void gate_connection_finish(struct gate_connection *connection)
{
	gate_connection_leave_http(connection);
	gate_connection_forget_in(connection);
	connection->stage = GATE_STAGE_LAST;
}

void gate_connection_refuse(struct gate_connection *connection, int status, int retry_after,
			    const char *detail)
{
	if (connection->stage > GATE_STAGE_ANSWER)
		return;
	connection->deaf = connection->client.answered;
	if (connection->deaf)
		return;
	log_debug("refused with %d: %s", status, detail);
	gate_answer(&connection->out, status, retry_after, detail, !connection->head.is_head);
	gate_connection_finish(connection);
}

/* Is the one that the request is for us, and the page that it comes from ours? */
static bool gate_connection_is_for_us(struct gate_connection *connection)
{
	const struct gate_head *head = &connection->head;
	const struct gate_span *host = &head->fields[GATE_HOST], *target = &head->authority;
	const char *bytes = connection->in + connection->begin;
	const struct gate_hosts *hosts = &connection->gate->hosts;

	if (gate_host_is_ours(hosts, &connection->local, bytes + host->begin, host->length) &&
	    (!target->begin || gate_host_is_ours(hosts, &connection->local,
						 bytes + target->begin, target->length)))
		return true;
	gate_connection_refuse(
		connection, 403, 0,
		"The Host of the request is none of this daemon's (see --host).");
	return false;
}

static bool gate_connection_is_from_us(struct gate_connection *connection)
{
	static const enum gate_field fields[] = { GATE_ORIGIN, GATE_REFERER };
	const struct gate_span *spans = connection->head.fields, *host = &spans[GATE_HOST];
	const char *bytes = connection->in + connection->begin;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct gate_span *span = &spans[fields[i]];

		if (!span->begin || gate_host_is_origin(bytes + span->begin, span->length,
							bytes + host->begin, host->length))
			continue;
		gate_connection_refuse(connection, 403, 0,
				       "The request comes from a page of another site (Origin, "
				       "Referer).");
		return false;
	}
	return true;
}

/* A connection to libmicrohttpd, if there is none yet. */
static bool gate_connection_open_inside(struct gate_connection *connection)
{
	struct gate *gate = connection->gate;
	int ends[2];

	if (connection->inside.fd >= 0)
		return true;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0) {
		connection->inside.fd = ends[0];
		if (http_add(gate->settings.http, ends[1], &connection->client) == 0 &&
		    gate_relay_watch(gate, &connection->inside) == 0)
			return true;
	}
	gate_connection_refuse(connection, 503, 1, "There is no room for another connection.");
	return false;
}

static bool gate_connection_judge_head(struct gate_connection *connection)
{
	struct gate_head *head = &connection->head;

	switch (gate_scan(head, connection->in + connection->begin,
			  connection->end - connection->begin)) {
	case GATE_MORE:
		return false;
	case GATE_BAD:
		gate_connection_refuse(connection, head->status, 0, head->detail);
		return true;
	case GATE_GOOD:
		break;
	}
	if (!gate_connection_is_for_us(connection) || !gate_connection_is_from_us(connection) ||
	    !gate_connection_open_inside(connection))
		return true;
	gate_body_start(&connection->body, head->chunked, head->content_length);
	connection->judged = connection->begin + head->seen;
	connection->begin += head->start;
	connection->stage = GATE_STAGE_BODY;
	return true;
}

static bool gate_connection_judge_body(struct gate_connection *connection)
{
	struct gate_body *body = &connection->body;
	size_t taken = gate_body_take(body, connection->in + connection->judged,
				      connection->end - connection->judged);

	connection->judged += taken;
	if (body->state == GATE_BODY_BAD)
		gate_connection_refuse(connection, body->status, 0, body->detail);
	else if (body->received > connection->client.body_limit)
		gate_connection_refuse(connection, 413, 0, "The body is too long.");
	else if (body->state == GATE_BODY_END)
		connection->stage = GATE_STAGE_ANSWER;
	else
		return taken > 0;
	return true;
}

/* The client has sent all that it will, and it is not a whole request. */
static bool gate_connection_cut_off(struct gate_connection *connection)
{
	if (connection->begin == connection->end && connection->stage == GATE_STAGE_HEAD)
		gate_connection_finish(connection);
	else
		gate_connection_refuse(connection, 400, 0, "The request ends in its middle.");
	return true;
}

static bool gate_connection_take(struct gate_connection *connection)
{
	bool head = connection->stage == GATE_STAGE_HEAD;

	if (connection->deaf || (head && connection->out.length))
		return false;
	if (head ? gate_connection_judge_head(connection) :
		   gate_connection_judge_body(connection))
		return true;
	if (gate_relay_hand_in(connection) || gate_relay_read(connection))
		return true;
	return connection->stage < GATE_STAGE_ANSWER && connection->outside.ended &&
	       gate_connection_cut_off(connection);
}

/* The answer has been handed out; the next request may be there already. */
static bool gate_connection_next(struct gate_connection *connection)
{
	struct http_client *client = &connection->client;

	if (connection->out.length)
		return false;
	if (connection->deaf || connection->stage != GATE_STAGE_ANSWER || !client->connection) {
		gate_connection_finish(connection);
		return true;
	}
	client->complete = client->answered = client->ended = client->unhurried = false;
	client->body_limit = UINT64_MAX;
	connection->head = (struct gate_head){ 0 };
	connection->begin = connection->judged;
	connection->stage = GATE_STAGE_HEAD;
	return true;
}

static bool gate_connection_last(struct gate_connection *connection)
{
	if (connection->out.length)
		return false;
	if (connection->outside.ended) {
		gate_connection_drop(connection);
		return false;
	}
	shutdown(connection->outside.fd, SHUT_WR);
	connection->stage = GATE_STAGE_LINGER;
	return true;
}

/* True if something moved, so that more may be possible. */
static bool gate_connection_step(struct gate_connection *connection)
{
	if (gate_relay_flush(connection) || gate_relay_hand_out(connection))
		return true;
	switch (connection->stage) {
	case GATE_STAGE_HEAD:
	case GATE_STAGE_BODY:
		return connection->client.ended ? gate_connection_next(connection) :
						  gate_connection_take(connection);
	case GATE_STAGE_ANSWER:
		return connection->client.ended ? gate_connection_next(connection) :
						  gate_relay_hand_in(connection);
	case GATE_STAGE_LAST:
		return gate_connection_last(connection);
	case GATE_STAGE_LINGER:
		return gate_relay_discard(connection);
	case GATE_STAGE_CLOSED:
		break;
	}
	return false;
}

static enum gate_phase gate_connection_phase(const struct gate_connection *connection)
{
	if (connection->stage == GATE_STAGE_LINGER)
		return GATE_LINGERING;
	if (connection->out.length)
		return connection->client.unhurried ? GATE_WATCHING : GATE_TAKING;
	if (connection->stage == GATE_STAGE_HEAD)
		return connection->begin < connection->end ? GATE_RECEIVING : GATE_IDLE;
	return connection->client.complete || connection->client.answered ? GATE_WORKING :
									    GATE_RECEIVING;
}

/* What waits in the kernel gets old: a slow watcher had better learn of a gap. */
static void gate_connection_make_narrow(struct gate_connection *connection)
{
	const int size = GATE_STREAM_SIZE;

	connection->narrow = true;
	setsockopt(connection->outside.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

void gate_connection_run(struct gate_connection *connection)
{
	unsigned int steps = GATE_STEPS;
	enum gate_phase phase;
	bool moved = true;

	while (moved && steps--)
		moved = gate_connection_step(connection);
	if (connection->stage == GATE_STAGE_CLOSED)
		return;
	if (moved)
		gate_connection_wake(connection);
	if (connection->client.unhurried && !connection->narrow)
		gate_connection_make_narrow(connection);
	if (connection->begin == connection->end)
		gate_connection_forget_in(connection);
	phase = gate_connection_phase(connection);
	/* Of a stream whatever is taken counts, however little it is. */
	if (phase != connection->phase || (phase == GATE_WATCHING && connection->taken))
		gate_enter(connection, phase);
}
