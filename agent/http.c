/*
 * libmicrohttpd parses and sends; it has no thread and no listening socket of
 * its own here. Its epoll descriptor is watched by the gate, and a connection whose
 * request is with the workers is suspended, so that neither its silence nor
 * its client's haste matters until the answer is there. Limits and deadlines
 * are the gate's.
 */
#include "agent/http.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/http_private.h"
#include "netops/error.h"

int64_t http_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (int64_t)1000000 + now.tv_nsec / 1000;
}

static void http_on_connection(void *context, struct MHD_Connection *connection, void **place,
			       enum MHD_ConnectionNotificationCode code)
{
	struct http *http = context;
	struct http_client *client;

	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*place = http->adding;
		http->adding = NULL;
		return;
	}
	client = *place ? ((struct http_connection *)*place)->client : NULL;
	if (client) {
		client->connection = NULL;
		client->changed(client);
	}
	free(*place);
	*place = NULL;
}

/* The first that libmicrohttpd says of a request; what it returns is the request's context. */
static void *http_on_target(void *context, const char *target,
			    struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return http_request_new(context, connection, info->socket_context, target);
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
	struct http_request *request = *place;
	struct http_client *client = request ? request->owner->client : NULL;

	(void)context, (void)connection;
	if (request)
		http_request_end(request, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	*place = NULL;
	if (client) {
		client->ended = true;
		client->changed(client);
	}
}

/* Targets are decoded by api/, once, and not by libmicrohttpd. */
static size_t http_on_escape(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context, (void)connection;
	return strlen(text);
}

static struct MHD_Daemon *http_start(struct http *http)
{
	const struct MHD_OptionItem options[] = {
		{ MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_on_target, http },
		{ MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)http_on_escape, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_on_end, http },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)http_on_connection, http },
		{ MHD_OPTION_CONNECTION_LIMIT, INT_MAX, NULL }, /* the gate counts them */
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_CONNECTION_MEMORY, NULL },
		{ MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
		NULL, http_on_request, http, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

int http_open(const struct http_settings *settings, struct http **ret, struct error *error)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http) {
		http->settings = *settings;
		TAILQ_INIT(&http->streams);
		http->daemon = http_start(http);
	}
	if (!http || !http->daemon) {
		free(http);
		return error_set(error, ERROR_INTERNAL, "cannot start the HTTP server");
	}
	*ret = http;
	return 0;
}

int http_add(struct http *http, int fd, struct http_client *client)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct http_connection *connection = calloc(1, sizeof(*connection));
	enum MHD_Result result;

	if (!connection) {
		close(fd);
		return -1;
	}
	http->adding = connection;
	result = MHD_add_connection(http->daemon, fd, (struct sockaddr *)&address,
				    sizeof(address));
	if (http->adding) { /* which it did not take */
		http->adding = NULL;
		free(connection);
		return -1;
	}
	if (result == MHD_NO) /* and it has freed it */
		return -1;
	connection->client = client;
	client->connection = connection;
	return 0;
}

void http_leave(struct http_client *client)
{
	struct http_connection *connection = client->connection;

	client->connection = NULL;
	if (!connection)
		return;
	connection->client = NULL;
	if (connection->stream)
		http_stream_beat(connection->stream);
}

void http_poke(struct http_client *client)
{
	if (client->connection && client->connection->stream)
		http_stream_beat(client->connection->stream);
}

int http_fd(const struct http *http)
{
	return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int http_timeout(const struct http *http)
{
	int64_t due = http_streams_due(http), wait = INT64_MAX;
	MHD_UNSIGNED_LONG_LONG idle;

	if (http->resumed) /* of which libmicrohttpd's own timeout knows nothing */
		return 0;
	if (MHD_get_timeout(http->daemon, &idle) == MHD_YES)
		wait = idle < INT_MAX ? (int64_t)idle : INT_MAX;
	if (due != INT64_MAX) {
		due = (due - http_clock() + 999) / 1000;
		wait = due < 0 ? 0 : due < wait ? due : wait;
	}
	return wait == INT64_MAX ? -1 : (int)wait;
}

void http_run(struct http *http)
{
	http_streams_wake(http, http_clock());
	http->resumed = false;
	MHD_run(http->daemon);
}

void http_wake(struct http *http)
{
	http_streams_wake(http, INT64_MAX);
}

void http_stop(struct http *http)
{
	http->stopping = true;
	http_wake(http);
}

void http_close(struct http *http)
{
	if (!http)
		return;
	MHD_stop_daemon(http->daemon);
	free(http);
}
