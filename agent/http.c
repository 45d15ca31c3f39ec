/*
 * One turn of the server: what the kernel tells, deadlines, connections that can
 * go on, new ones. A request that needs no worker is answered in the turn in
 * which it came.
 *
 * When there are too many connections, the one that can best be spared goes,
 * and the newcomer stays: five hundred clients that drip a byte a second lock
 * nobody out.
 */
#include "agent/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/http_private.h"
#include "agent/log.h"
#include "netops/error.h"

enum {
	HTTP_EVENTS = 256,	  /* of one turn */
	HTTP_STARVED_MS = 100,	  /* until the next attempt to accept */
	HTTP_RATE = 1024,	  /* bytes a second of an answer that a client has to take */
	HTTP_TAKING_SECONDS = 30, /* on the average of */
	HTTP_LAST_MS = 1000,	  /* for a watcher, when all ends */
};

/* Milliseconds that a connection may be in a phase; 0: without end. */
static const int64_t http_limits[HTTP_PHASES] = {
	[HTTP_IDLE] = 60 * 1000,     [HTTP_RECEIVING] = 20 * 1000,
	[HTTP_WORKING] = 0,	     [HTTP_TAKING] = HTTP_TAKING_SECONDS * 1000,
	[HTTP_WATCHING] = 60 * 1000, [HTTP_LINGERING] = 2 * 1000,
};

static int64_t http_milliseconds(void)
{
	return intent_clock_us() / 1000;
}

static void http_run_ready(struct http *http)
{
	for (unsigned int count = http->ready_count; count && http->ready_count; count--) {
		struct http_connection *connection = TAILQ_FIRST(&http->ready);

		TAILQ_REMOVE(&http->ready, connection, in_ready);
		http->ready_count--;
		connection->is_ready = false;
		http_connection_run(connection);
	}
}

static void http_free_closed(struct http *http)
{
	struct http_connection *connection;

	while ((connection = TAILQ_FIRST(&http->closed))) {
		TAILQ_REMOVE(&http->closed, connection, in_ready);
		free(connection);
	}
}

/*
 * A client that is gone is not worth waiting for; one that sends no more may still
 * listen, which is found out by sending him something.
 */
static void http_on_client(struct http_connection *connection, uint32_t events)
{
	bool before = connection->hung_up;

	if (connection->stage == HTTP_STAGE_CLOSED) /* in this turn */
		return;
	connection->readable |= (events & ~(uint32_t)EPOLLOUT) != 0;
	connection->hung_up |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	connection->writable |= (events & EPOLLOUT) != 0;
	if ((events & (EPOLLHUP | EPOLLERR)) && connection->stage > HTTP_STAGE_BODY) {
		http_connection_drop(connection);
		return;
	}
	if (connection->stage == HTTP_STAGE_STREAM && connection->hung_up && !before)
		http_stream_beat(connection->request);
	http_connection_wake(connection);
}

static void http_on_event(struct http *http, const struct epoll_event *event)
{
	if (event->data.ptr == &http->listen_fd)
		http->accepting = true;
	else
		http_on_client(event->data.ptr, event->events);
}

static void http_read_events(struct http *http)
{
	struct epoll_event events[HTTP_EVENTS];
	int count = epoll_wait(http->fd, events, HTTP_EVENTS, 0);

	for (int i = 0; i < count; i++)
		http_on_event(http, &events[i]);
}

static void http_expire(struct http_connection *connection)
{
	const size_t enough = (size_t)HTTP_RATE * HTTP_TAKING_SECONDS;

	if (connection->phase == HTTP_RECEIVING) {
		http_connection_refuse_now(connection, 408, 0,
					   "The request did not arrive in 20 seconds.");
	} else if (connection->phase == HTTP_TAKING && connection->taken >= enough) {
		http_enter(connection, HTTP_TAKING);
	} else {
		log_debug("a client's time is up (phase %d)", connection->phase);
		http_connection_drop(connection);
	}
}

/* There is no end of a stream that a client who takes nothing would miss. */
static int64_t http_limit(const struct http *http, enum http_phase phase)
{
	return phase == HTTP_WATCHING && http->stopping ? HTTP_LAST_MS : http_limits[phase];
}

/* When the first of a phase is due; INT64_MAX: never. */
static int64_t http_due(const struct http *http, enum http_phase phase)
{
	const struct http_connection *first = TAILQ_FIRST(&http->phases.lists[phase]);

	return first && http_limits[phase] ? first->since + http_limit(http, phase) : INT64_MAX;
}

static void http_expire_all(struct http *http)
{
	for (enum http_phase phase = 0; phase < HTTP_PHASES; phase++) {
		while (http_due(http, phase) <= http->now)
			http_expire(TAILQ_FIRST(&http->phases.lists[phase]));
	}
}

static void http_ready(void *context)
{
	struct http *http = context;

	http->now = http_milliseconds();
	http_read_events(http);
	http_expire_all(http);
	http_streams_wake(http, http->now);
	http_run_ready(http);
	if (http->accepting)
		http_accept(http);
	http_free_closed(http);
}

/* Milliseconds until something is due by itself; -1: never. */
static int http_timeout(void *context)
{
	const struct http *http = context;
	int64_t now = http_milliseconds(), due = http_streams_due(http);

	if (http->ready_count || (http->accepting && !http->starved))
		return 0;
	if (http->starved && now + HTTP_STARVED_MS < due)
		due = now + HTTP_STARVED_MS;
	for (enum http_phase phase = 0; phase < HTTP_PHASES; phase++) {
		if (http_due(http, phase) < due)
			due = http_due(http, phase);
	}
	if (due == INT64_MAX)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

static int http_watch(struct http *http)
{
	struct epoll_event listener = { .events = EPOLLIN | EPOLLET,
					.data.ptr = &http->listen_fd };

	http->fd = epoll_create1(EPOLL_CLOEXEC);
	if (http->fd < 0 || epoll_ctl(http->fd, EPOLL_CTL_ADD, http->listen_fd, &listener) < 0)
		return -1;
	return 0;
}

int http_open(int listen_fd, const struct http_settings *settings, struct http **ret,
	      struct error *error)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http) {
		close(listen_fd);
		return error_errno(error, ENOMEM, "cannot serve");
	}
	http->settings = *settings;
	http_hosts_init(&http->hosts, settings->hosts);
	http_phases_init(&http->phases);
	TAILQ_INIT(&http->ready);
	TAILQ_INIT(&http->closed);
	TAILQ_INIT(&http->asleep);
	http->now = http_milliseconds();
	http->listen_fd = listen_fd;
	if (http_watch(http) < 0) {
		error_errno(error, errno, "cannot watch the listening socket");
		http_close(http);
		return -1;
	}
	*ret = http;
	return 0;
}

struct loop_source http_source(struct http *http)
{
	return (struct loop_source){ .fd = http->fd,
				     .events = EPOLLIN,
				     .ready = http_ready,
				     .timeout = http_timeout,
				     .context = http };
}

void http_wake(struct http *http)
{
	http_streams_wake(http, INT64_MAX);
}

void http_stop(struct http *http)
{
	struct http_list *lists = http->phases.lists;

	http->stopping = true;
	close(http->listen_fd);
	http->listen_fd = -1;
	http->accepting = false;
	http_wake(http);
	while (!TAILQ_EMPTY(&lists[HTTP_IDLE]))
		http_connection_drop(TAILQ_FIRST(&lists[HTTP_IDLE]));
	while (!TAILQ_EMPTY(&lists[HTTP_RECEIVING]))
		http_connection_refuse_now(TAILQ_FIRST(&lists[HTTP_RECEIVING]), 503, 1,
					   "tunneld is about to end.");
	http_free_closed(http);
}

bool http_busy(const struct http *http)
{
	return !TAILQ_EMPTY(&http->phases.lists[HTTP_WORKING]) ||
	       !TAILQ_EMPTY(&http->phases.lists[HTTP_TAKING]) ||
	       !TAILQ_EMPTY(&http->phases.lists[HTTP_WATCHING]);
}

void http_close(struct http *http)
{
	if (!http)
		return;
	for (enum http_phase phase = 0; phase < HTTP_PHASES; phase++) {
		while (!TAILQ_EMPTY(&http->phases.lists[phase]))
			http_connection_drop(TAILQ_FIRST(&http->phases.lists[phase]));
	}
	http_free_closed(http);
	if (http->listen_fd >= 0)
		close(http->listen_fd);
	if (http->fd >= 0)
		close(http->fd);
	free(http->spare_in);
	buffer_free(&http->spare_lines);
	free(http);
}
