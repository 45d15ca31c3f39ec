/*
 * One turn of the gate: what the kernel tells, deadlines, connections that can
 * go on, new ones, and then libmicrohttpd at once, so that a request that
 * needs no worker is answered in the turn in which it came.
 *
 * When there are too many connections, the one that can best be spared goes,
 * and the newcomer stays: five hundred clients that drip a byte a second lock
 * nobody out.
 */
#include "agent/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/gate_private.h"
#include "agent/log.h"
#include "netops/error.h"

enum {
	GATE_EVENTS = 256,	  /* of one turn */
	GATE_ACCEPTS = 64,	  /* likewise */
	GATE_STARVED_MS = 100,	  /* until the next attempt to accept */
	GATE_RATE = 1024,	  /* bytes a second of an answer that a client has to take */
	GATE_TAKING_SECONDS = 30, /* on the average of */
	GATE_LAST_MS = 1000,	  /* for a watcher, when all ends */
};

/* Milliseconds that a connection may be in a phase; 0: without end. */
static const int64_t gate_limits[GATE_PHASES] = {
	[GATE_IDLE] = 60 * 1000,     [GATE_RECEIVING] = 20 * 1000,
	[GATE_WORKING] = 0,	     [GATE_TAKING] = GATE_TAKING_SECONDS * 1000,
	[GATE_WATCHING] = 60 * 1000, [GATE_LINGERING] = 2 * 1000,
};

static int64_t gate_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (int64_t)1000 + now.tv_nsec / 1000000;
}

static void gate_run_ready(struct gate *gate)
{
	for (unsigned int count = gate->ready_count; count && gate->ready_count; count--) {
		struct gate_connection *connection = TAILQ_FIRST(&gate->ready);

		TAILQ_REMOVE(&gate->ready, connection, in_ready);
		gate->ready_count--;
		connection->is_ready = false;
		gate_connection_run(connection);
	}
}

static void gate_free_closed(struct gate *gate)
{
	struct gate_connection *connection;

	while ((connection = TAILQ_FIRST(&gate->closed))) {
		TAILQ_REMOVE(&gate->closed, connection, in_ready);
		free(connection);
	}
}

/* A client that is gone is not worth waiting for; one that sends no more may still listen. */
static void gate_on_end(struct gate_end *end, uint32_t events)
{
	struct gate_connection *connection = end->connection;
	bool gone = end == &connection->outside && (events & (EPOLLHUP | EPOLLERR));
	bool before = end->hung_up;

	if (end->fd < 0) /* closed in this turn */
		return;
	end->readable |= (events & ~(uint32_t)EPOLLOUT) != 0;
	end->hung_up |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	end->writable |= (events & EPOLLOUT) != 0;
	if (gone && (connection->stage > GATE_STAGE_BODY || connection->deaf))
		gate_connection_drop(connection);
	else
		gate_connection_wake(connection);
	if (end == &connection->outside && end->hung_up && !before)
		http_poke(&connection->client);
}

static void gate_on_event(struct gate *gate, const struct epoll_event *event)
{
	void *source = event->data.ptr;

	if (source == &gate->listen_fd)
		gate->accepting = true;
	else if (source == gate->settings.http)
		gate->handed_in = true;
	else
		gate_on_end(source, event->events);
}

static void gate_read_events(struct gate *gate)
{
	struct epoll_event events[GATE_EVENTS];
	int count = epoll_wait(gate->fd, events, GATE_EVENTS, 0);

	for (int i = 0; i < count; i++)
		gate_on_event(gate, &events[i]);
}

static void gate_refuse_now(struct gate_connection *connection, int status, int retry_after,
			    const char *detail)
{
	gate_connection_refuse(connection, status, retry_after, detail);
	gate_connection_run(connection);
}

static void gate_expire(struct gate_connection *connection)
{
	const size_t enough = (size_t)GATE_RATE * GATE_TAKING_SECONDS;

	if (connection->phase == GATE_RECEIVING) {
		gate_refuse_now(connection, 408, 0,
				"The request did not arrive in 20 seconds.");
	} else if (connection->phase == GATE_TAKING && connection->taken >= enough) {
		gate_enter(connection, GATE_TAKING);
	} else {
		log_debug("a client's time is up (phase %d)", connection->phase);
		gate_connection_drop(connection);
	}
}

/* There is no end of a stream that a client who takes nothing would miss. */
static int64_t gate_limit(const struct gate *gate, enum gate_phase phase)
{
	return phase == GATE_WATCHING && gate->listen_fd < 0 ? GATE_LAST_MS :
							       gate_limits[phase];
}

/* When the first of a phase is due; INT64_MAX: never. */
static int64_t gate_due(const struct gate *gate, enum gate_phase phase)
{
	const struct gate_connection *first = TAILQ_FIRST(&gate->phases.lists[phase]);

	return first && gate_limits[phase] ? first->since + gate_limit(gate, phase) : INT64_MAX;
}

static void gate_expire_all(struct gate *gate)
{
	for (enum gate_phase phase = 0; phase < GATE_PHASES; phase++) {
		while (gate_due(gate, phase) <= gate->now)
			gate_expire(TAILQ_FIRST(&gate->phases.lists[phase]));
	}
}

/* True if there was a connection that could be spared. */
static bool gate_make_room(struct gate *gate, const struct gate_phases *phases)
{
	struct gate_connection *victim = gate_victim(phases, gate->now);

	if (!victim)
		return false;
	log_debug("a connection gives way to a new one (phase %d)", victim->phase);
	if (victim->phase == GATE_RECEIVING)
		gate_refuse_now(victim, 503, 1,
				"Too many connections, and this one was too slow.");
	gate_connection_drop(victim);
	return true;
}

/* What the client has sent by now is read, so that it gets the answer. */
static void gate_turn_away(struct gate *gate, int fd)
{
	struct buffer answer = { 0 };
	ssize_t length;

	gate_answer(&answer, 503, 1, "Too many connections.", true);
	length = recv(fd, gate->out, sizeof(gate->out), 0);
	length = send(fd, answer.data, answer.length, MSG_NOSIGNAL);
	(void)length; /* nobody is left to be told */
	shutdown(fd, SHUT_WR);
	close(fd);
	buffer_free(&answer);
}

/* Who it is, as far as limits go. */
static struct in6_addr gate_peer_address(int fd)
{
	struct in6_addr address = in6addr_any;
	struct ucred credentials;
	socklen_t length = sizeof(credentials);
	union {
		struct sockaddr_storage any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name = { 0 };
	socklen_t name_length = sizeof(name);

	getpeername(fd, (struct sockaddr *)&name, &name_length);
	if (name.any.ss_family == AF_INET6)
		return name.v6.sin6_addr;
	if (name.any.ss_family == AF_INET)
		memcpy(&address.s6_addr[12], &name.v4.sin_addr, sizeof(name.v4.sin_addr));
	else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0)
		memcpy(&address.s6_addr[12], &credentials.uid, sizeof(credentials.uid));
	return address;
}

static void gate_admit(struct gate *gate, int fd)
{
	struct in6_addr address = gate_peer_address(fd);
	const struct gate_peer *peer = gate_peer_find(gate, &address);
	bool room = true;

	if (peer && peer->phases.count >= gate->settings.per_peer)
		room = gate_make_room(gate, &peer->phases);
	else if (gate->phases.count >= gate->settings.connections)
		room = gate_make_room(gate, &gate->phases);
	if (room)
		gate_connection_new(gate, fd, &address);
	else
		gate_turn_away(gate, fd);
}

static void gate_accept(struct gate *gate)
{
	gate->starved = false;
	for (int i = 0; i < GATE_ACCEPTS && gate->accepting; i++) {
		int fd = accept4(gate->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			gate_admit(gate, fd);
		else if (errno == EAGAIN)
			gate->accepting = false;
		else if (errno != ECONNABORTED && errno != EINTR &&
			 !gate_make_room(gate, &gate->phases)) {
			gate->starved = true;
			return;
		}
	}
}

static void gate_ready(void *context)
{
	struct gate *gate = context;

	gate->now = gate_clock();
	gate_read_events(gate);
	gate_expire_all(gate);
	gate_run_ready(gate);
	if (gate->accepting)
		gate_accept(gate);
	if (gate->handed_in || !http_timeout(gate->settings.http)) {
		gate->handed_in = false;
		http_run(gate->settings.http);
		gate_run_ready(gate);
	}
	gate_free_closed(gate);
}

/* Milliseconds until something is due by itself; -1: never. */
static int gate_timeout(void *context)
{
	const struct gate *gate = context;
	int http = http_timeout(gate->settings.http);
	int64_t now = gate_clock(), due = http < 0 ? INT64_MAX : now + http;

	if (gate->ready_count || gate->handed_in || (gate->accepting && !gate->starved))
		return 0;
	if (gate->starved && now + GATE_STARVED_MS < due)
		due = now + GATE_STARVED_MS;
	for (enum gate_phase phase = 0; phase < GATE_PHASES; phase++) {
		if (gate_due(gate, phase) < due)
			due = gate_due(gate, phase);
	}
	if (due == INT64_MAX)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

static int gate_watch(struct gate *gate)
{
	struct epoll_event listener = { .events = EPOLLIN | EPOLLET,
					.data.ptr = &gate->listen_fd };
	struct epoll_event http = { .events = EPOLLIN, .data.ptr = gate->settings.http };

	gate->fd = epoll_create1(EPOLL_CLOEXEC);
	if (gate->fd < 0 ||
	    epoll_ctl(gate->fd, EPOLL_CTL_ADD, gate->listen_fd, &listener) < 0 ||
	    epoll_ctl(gate->fd, EPOLL_CTL_ADD, http_fd(gate->settings.http), &http) < 0)
		return -1;
	return 0;
}

int gate_open(int listen_fd, const struct gate_settings *settings, struct gate **ret,
	      struct error *error)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (!gate) {
		close(listen_fd);
		return error_errno(error, ENOMEM, "cannot serve");
	}
	gate->settings = *settings;
	gate_hosts_init(&gate->hosts, settings->hosts);
	gate_phases_init(&gate->phases);
	TAILQ_INIT(&gate->ready);
	TAILQ_INIT(&gate->closed);
	gate->now = gate_clock();
	gate->listen_fd = listen_fd;
	if (gate_watch(gate) < 0) {
		error_errno(error, errno, "cannot watch the listening socket");
		gate_close(gate);
		return -1;
	}
	*ret = gate;
	return 0;
}

struct loop_source gate_source(struct gate *gate)
{
	return (struct loop_source){ .fd = gate->fd,
				     .events = EPOLLIN,
				     .ready = gate_ready,
				     .timeout = gate_timeout,
				     .context = gate };
}

void gate_stop(struct gate *gate)
{
	struct gate_list *lists = gate->phases.lists;

	gate_relay_close(&(struct gate_end){ .fd = gate->listen_fd });
	gate->listen_fd = -1;
	gate->accepting = false;
	while (!TAILQ_EMPTY(&lists[GATE_IDLE]))
		gate_connection_drop(TAILQ_FIRST(&lists[GATE_IDLE]));
	while (!TAILQ_EMPTY(&lists[GATE_RECEIVING]))
		gate_refuse_now(TAILQ_FIRST(&lists[GATE_RECEIVING]), 503, 1,
				"tunneld is about to end.");
	gate_free_closed(gate);
}

bool gate_busy(const struct gate *gate)
{
	return !TAILQ_EMPTY(&gate->phases.lists[GATE_WORKING]) ||
	       !TAILQ_EMPTY(&gate->phases.lists[GATE_TAKING]) ||
	       !TAILQ_EMPTY(&gate->phases.lists[GATE_WATCHING]);
}

void gate_close(struct gate *gate)
{
	if (!gate)
		return;
	for (enum gate_phase phase = 0; phase < GATE_PHASES; phase++) {
		while (!TAILQ_EMPTY(&gate->phases.lists[phase]))
			gate_connection_drop(TAILQ_FIRST(&gate->phases.lists[phase]));
	}
	gate_free_closed(gate);
	if (gate->listen_fd >= 0)
		close(gate->listen_fd);
	if (gate->fd >= 0)
		close(gate->fd);
	free(gate);
}
