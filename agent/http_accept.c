/*
 * New connections. Who is one too many takes the place of the connection that can
 * best be spared; where all of them work he is told to come again.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/http_private.h"
#include "agent/log.h"

enum { HTTP_ACCEPTS = 64 }; /* of one turn */

/* True if there was a connection that could be spared. */
static bool http_make_room(struct http *http, const struct http_phases *phases)
{
	struct http_connection *victim = http_victim(phases, http->now);

	if (!victim)
		return false;
	log_debug("a connection gives way to a new one (phase %d)", victim->phase);
	if (victim->phase == HTTP_RECEIVING)
		http_connection_refuse_now(victim, 503, 1,
					   "Too many connections, and this one was too slow.");
	http_connection_drop(victim);
	return true;
}

/* What the client has sent by now is read, so that it gets the answer. */
static void http_turn_away(struct http *http, int fd)
{
	struct api_answer answer = { 0 };
	struct buffer text = { 0 };
	ssize_t length;

	api_load_add(&http_load(http)->turned_away, 1);
	api_refuse(&answer, 503, 1, "Too many connections.");
	http_answer_refusal(http, &answer, true, &text);
	length = recv(fd, http->scratch, sizeof(http->scratch), 0);
	length = send(fd, text.data, text.length, MSG_NOSIGNAL);
	(void)length; /* nobody is left to be told */
	shutdown(fd, SHUT_WR);
	close(fd);
	buffer_free(&text);
	api_answer_free(&answer);
}

/* Who it is, as far as limits go. */
static struct in6_addr http_peer_address(int fd)
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

static void http_admit(struct http *http, int fd)
{
	struct in6_addr address = http_peer_address(fd);
	const struct http_peer *peer = http_peer_find(http, &address);
	bool room = true;

	if (peer && peer->phases.count >= http->settings.per_peer)
		room = http_make_room(http, &peer->phases);
	else if (http->phases.count >= http->settings.connections)
		room = http_make_room(http, &http->phases);
	if (room)
		http_connection_new(http, fd, &address);
	else
		http_turn_away(http, fd);
}

void http_accept(struct http *http)
{
	http->starved = false;
	for (int i = 0; i < HTTP_ACCEPTS && http->accepting; i++) {
		int fd = accept4(http->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			http_admit(http, fd);
		else if (errno == EAGAIN)
			http->accepting = false;
		else if (errno != ECONNABORTED && errno != EINTR &&
			 !http_make_room(http, &http->phases)) {
			http->starved = true;
			return;
		}
	}
}
