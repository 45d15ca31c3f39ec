/* One agent at a time holds the connection that is answered; a newer one takes its place. */
#include "datapath/server.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/loop.h"
#include "datapath/making.h"
#include "datapath/table.h"

struct server {
	int connection; /* -1: none */
	bool stop;
	struct control_message message;
	size_t length; /* of it */
};

static void server_send(struct server *server, const struct control_message *message,
			size_t length)
{
	while (send(server->connection, message, length, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void server_result(struct server *server, int error, const char *why)
{
	struct control_message answer = { .type = CONTROL_RESULT, .version = CONTROL_VERSION };

	answer.number = (uint32_t)error;
	if (error && why)
		strncpy(answer.text, why, sizeof(answer.text) - 1);
	server_send(server, &answer, CONTROL_TEXT_LENGTH);
}

static void server_tell(struct server *server, const struct tunnel *tunnel)
{
	struct control_message answer = { .type = CONTROL_TUNNEL, .version = CONTROL_VERSION };

	making_tell(tunnel, &answer.tunnel);
	server_send(server, &answer, CONTROL_TUNNEL_LENGTH(answer.tunnel.info_length));
}

/* ---- orders ---- */

static void server_hello(struct server *server)
{
	struct control_message answer = { .type = CONTROL_HELLO,
					  .version = CONTROL_VERSION,
					  .number = CONTROL_VERSION };

	server_send(server, &answer, CONTROL_TEXT_LENGTH);
}

static void server_set(struct server *server, struct making *making)
{
	const char *why = NULL;
	int result;

	loop_pause();
	result = making_set(&server->message.tunnel, making, &why);
	loop_resume();
	server_result(server, result, why);
}

static void server_remove(struct server *server)
{
	int result;

	loop_pause();
	result = making_remove(&server->message.tunnel);
	loop_resume();
	server_result(server, result, "there is no such tunnel");
}

static void server_list(struct server *server)
{
	for (const struct tunnel *one = table_first(); one; one = one->next)
		server_tell(server, one);
	server_result(server, 0, NULL);
}

static void server_get(struct server *server)
{
	const struct control_tunnel *wanted = &server->message.tunnel;
	const struct tunnel *tunnel = table_find(wanted->namespace, wanted->index);

	if (tunnel)
		server_tell(server, tunnel);
	else
		server_result(server, ENOENT, "there is no such tunnel");
}

/* Whether the message is as long as it says. */
static bool server_whole(struct server *server)
{
	struct control_message *message = &server->message;
	bool named = message->type == CONTROL_SET || message->type == CONTROL_REMOVE ||
		     message->type == CONTROL_GET;

	if (!named)
		return server->length >= offsetof(struct control_message, text);
	message->tunnel.namespace[CONTROL_NAMESPACE_SIZE - 1] = 0;
	return server->length >= CONTROL_TUNNEL_LENGTH(0) &&
	       message->tunnel.info_length <= CONTROL_INFO_SIZE &&
	       server->length >= CONTROL_TUNNEL_LENGTH(message->tunnel.info_length);
}

static void server_obey(struct server *server, struct making *making)
{
	struct control_message *message = &server->message;

	if (message->type == CONTROL_HELLO)
		server_hello(server);
	else if (message->version != CONTROL_VERSION)
		server_result(server, EPROTO, "another version of tunneld is spoken here");
	else if (!server_whole(server))
		server_result(server, EINVAL, "the message is too short");
	else if (message->type == CONTROL_SET)
		server_set(server, making);
	else if (message->type == CONTROL_REMOVE)
		server_remove(server);
	else if (message->type == CONTROL_LIST)
		server_list(server);
	else if (message->type == CONTROL_GET)
		server_get(server);
	else
		server_result(server, message->type == CONTROL_STOP ? 0 : EPROTO,
			      "an unknown message");
	server->stop = message->type == CONTROL_STOP && message->version == CONTROL_VERSION;
}

/* ---- the connection ---- */

static void server_descriptors(struct making *making, struct msghdr *head)
{
	for (struct cmsghdr *one = CMSG_FIRSTHDR(head); one; one = CMSG_NXTHDR(head, one)) {
		if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS)
			continue;
		making->count = (unsigned)((one->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(making->fds, CMSG_DATA(one), making->count * sizeof(int));
	}
}

/* False: the agent is gone. */
static bool server_receive(struct server *server)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(CONTROL_DESCRIPTORS * sizeof(int))];
	struct making making = { .count = 0 };
	struct iovec part = { &server->message, sizeof(server->message) };
	/* Not sizeof(control): the kernel fills what is there for alignment, too. */
	struct msghdr head = { .msg_iov = &part,
			       .msg_iovlen = 1,
			       .msg_control = control,
			       .msg_controllen = CMSG_LEN(sizeof(making.fds)) };
	ssize_t got;

	memset(&server->message, 0, sizeof(server->message));
	got = recvmsg(server->connection, &head, MSG_CMSG_CLOEXEC);
	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0)
		return false;
	server->length = (size_t)got;
	server_descriptors(&making, &head);
	server_obey(server, &making);
	for (unsigned i = 0; i < making.count; i++)
		if (making.fds[i] >= 0)
			close(making.fds[i]);
	return true;
}

static void server_accept(struct server *server, int listening)
{
	int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

	if (connection < 0)
		return;
	if (server->connection >= 0)
		close(server->connection);
	server->connection = connection;
}

void server_run(int listening)
{
	struct server server = { .connection = -1 };

	while (!server.stop) {
		struct pollfd waited[2] = { { listening, POLLIN, 0 },
					    { server.connection, POLLIN, 0 } };

		if (poll(waited, 2, -1) < 0)
			continue;
		if (waited[1].revents && !server_receive(&server)) {
			close(server.connection);
			server.connection = -1;
		}
		if (waited[0].revents)
			server_accept(&server, listening);
	}
}
