/*
 * libmicrohttpd parses and sends; it has no thread of its own here. Its epoll
 * descriptor lies in our loop, and a connection whose request is with the
 * workers is suspended, so that neither its silence nor its client's haste
 * matters until the answer is there.
 *
 * libmicrohttpd knows idle connections only. The time that a whole request may
 * take to arrive is ours to watch: requests being received stand in a list,
 * oldest first, and the first one whose time is up loses its connection.
 */
#include "agent/http.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/http_private.h"
#include "agent/log.h"
#include "netops/error.h"

int64_t http_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (int64_t)1000000 + now.tv_nsec / 1000;
}

/* The first that libmicrohttpd says of a request; what it returns is the request's context. */
static void *http_on_target(void *context, const char *target,
			    struct MHD_Connection *connection)
{
	return http_request_new(context, connection, target);
}

static enum MHD_Result http_on_request(void *context, struct MHD_Connection *connection,
				       const char *url, const char *method, const char *version,
				       const char *data, size_t *length, void **place)
{
	struct http_request *request = *place;
	size_t taken = *length;

	(void)context, (void)connection, (void)url, (void)version;
	if (!request)
		return MHD_NO;
	if (!request->begun)
		return http_request_head(request, method);
	if (!taken)
		return http_request_complete(request);
	*length = 0;
	return http_request_body(request, data, taken);
}

static void http_on_end(void *context, struct MHD_Connection *connection, void **place,
			enum MHD_RequestTerminationCode code)
{
	(void)context, (void)connection;
	if (*place)
		http_request_end(*place, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	*place = NULL;
}

/* Targets are decoded by api/, once, and not by libmicrohttpd. */
static size_t http_on_escape(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context, (void)connection;
	return strlen(text);
}

static void http_on_log(void *context, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void http_on_log(void *context, const char *format, va_list arguments)
{
	(void)context;
	log_message(LOG_LEVEL_DEBUG, format, arguments);
}

static struct MHD_Daemon *http_start(struct http *http, int listen_fd)
{
	const struct MHD_OptionItem options[] = {
		/* The logger is first, so that it hears of what the others do. */
		{ MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)http_on_log, NULL },
		{ MHD_OPTION_LISTEN_SOCKET, listen_fd, NULL },
		{ MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_on_target, http },
		{ MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)http_on_escape, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_on_end, http },
		{ MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_SECONDS, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_CONNECTION_MEMORY, NULL },
		{ MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
				NULL, NULL, http_on_request, http, MHD_OPTION_ARRAY, options,
				MHD_OPTION_END);
}

int http_open(int listen_fd, const struct http_settings *settings, struct http **ret,
	      struct error *error)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http) {
		http->settings = *settings;
		TAILQ_INIT(&http->receiving);
		http->daemon = http_start(http, listen_fd);
	}
	if (!http || !http->daemon) {
		free(http);
		close(listen_fd);
		return error_set(error, ERROR_INTERNAL, "cannot start the HTTP server");
	}
	*ret = http;
	return 0;
}

/* Without its socket a connection ends; libmicrohttpd finds out by itself. */
static void http_cut(struct http_request *request)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	log_debug("a request was not complete after %d s", HTTP_RECEIVE_SECONDS);
	request->is_receiving = false;
	TAILQ_REMOVE(&request->http->receiving, request, receiving);
	shutdown(info->connect_fd, SHUT_RDWR);
}

/* Microseconds until the oldest request that is being received must be complete. */
static int64_t http_left(const struct http_request *oldest)
{
	return oldest->started + HTTP_RECEIVE_SECONDS * (int64_t)1000000 - http_clock();
}

static void http_ready(void *context)
{
	struct http *http = context;
	struct http_request *oldest;

	while ((oldest = TAILQ_FIRST(&http->receiving)) && http_left(oldest) <= 0)
		http_cut(oldest);
	http->resumed = false;
	MHD_run(http->daemon);
}

static int http_timeout(void *context)
{
	struct http *http = context;
	const struct http_request *oldest = TAILQ_FIRST(&http->receiving);
	MHD_UNSIGNED_LONG_LONG idle;
	int64_t wait = -1;

	if (http->resumed) /* of which libmicrohttpd's own timeout knows nothing */
		return 0;
	if (MHD_get_timeout(http->daemon, &idle) == MHD_YES)
		wait = idle < INT_MAX ? (int64_t)idle : INT_MAX;
	if (oldest) {
		int64_t left = http_left(oldest) / 1000 + 1;

		if (wait < 0 || left < wait)
			wait = left < 0 ? 0 : left;
	}
	return (int)wait;
}

struct loop_source http_source(struct http *http)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	return (struct loop_source){ .fd = info->epoll_fd,
				     .events = EPOLLIN,
				     .ready = http_ready,
				     .timeout = http_timeout,
				     .context = http };
}

void http_stop(struct http *http)
{
	int fd = MHD_quiesce_daemon(http->daemon);

	if (fd >= 0)
		close(fd);
	http->stopping = true;
}

bool http_busy(const struct http *http)
{
	return http->requests > 0;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	MHD_stop_daemon(http->daemon);
	free(http);
}
