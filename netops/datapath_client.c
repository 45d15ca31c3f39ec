/* Questions to the process, one at a time, and finding it or having it started. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "netops/datapath_private.h"

enum { CLIENT_PATIENCE_S = 5, CLIENT_START_TRIES = 400 /* of 5 ms */ };

void datapath_fds_close(struct datapath_fds *fds)
{
	if (fds->queue >= 0)
		close(fds->queue);
	for (int i = 0; i < 4; i++) {
		if (fds->sockets[i] >= 0)
			close(fds->sockets[i]);
	}
	if (fds->route >= 0)
		close(fds->route);
	*fds = (struct datapath_fds)DATAPATH_NO_FDS;
}

void datapath_disconnect(struct datapath *datapath)
{
	if (datapath->fd >= 0)
		close(datapath->fd);
	datapath->fd = -1;
}

void datapath_stop(struct datapath *datapath)
{
	struct error ignored;

	error_clear(&ignored);
	(void)datapath_ask(datapath, CONTROL_STOP, NULL, NULL, &ignored);
	(void)unlink(datapath->path);
	datapath_disconnect(datapath);
	datapath->pid = 0;
}

/* One that does not answer, or not in our way, is no use, and would hold the devices. */
static int client_broken(struct datapath *datapath, const char *what, struct error *error)
{
	int number = errno;

	if ((number == EAGAIN || number == EWOULDBLOCK || number == EPROTO) &&
	    datapath->pid > 1)
		kill(datapath->pid, SIGKILL);
	datapath_disconnect(datapath);
	eventfd_write(datapath->wake_fd, 1);
	return error_set(error, ERROR_BUSY,
			 "the datapath in user space does not answer (%s: %s)", what,
			 error_words(number));
}

static size_t client_fds(const struct datapath_fds *fds, int *ret)
{
	size_t count = 0;

	if (!fds)
		return 0;
	if (fds->queue >= 0)
		ret[count++] = fds->queue;
	for (int i = 0; i < 4; i++) {
		if (fds->sockets[i] >= 0)
			ret[count++] = fds->sockets[i];
	}
	if (fds->route >= 0)
		ret[count++] = fds->route;
	return count;
}

static int client_send(struct datapath *datapath, const struct control_message *message,
		       size_t length, const struct datapath_fds *fds, struct error *error)
{
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec vector = { (void *)(uintptr_t)message, length };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
	struct cmsghdr *control = (struct cmsghdr *)space;
	int numbers[8];
	size_t count = client_fds(fds, numbers);

	if (count) {
		header.msg_control = space;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control->cmsg_level = SOL_SOCKET;
		control->cmsg_type = SCM_RIGHTS;
		control->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(control), numbers, count * sizeof(int));
	}
	return sendmsg(datapath->fd, &header, MSG_NOSIGNAL) < 0 ?
		       client_broken(datapath, "sending", error) :
		       0;
}

static int client_receive(struct datapath *datapath, struct control_message *ret,
			  struct error *error)
{
	ssize_t length;

	memset(ret, 0, sizeof(*ret));
	do
		length = recv(datapath->fd, ret, sizeof(*ret), 0);
	while (length < 0 && errno == EINTR);
	if (!length)
		errno = EPIPE;
	if (length <= 0)
		return client_broken(datapath, "receiving", error);
	if (ret->version != CONTROL_VERSION ||
	    (ret->type == CONTROL_TUNNEL && ret->tunnel.info_length > CONTROL_INFO_SIZE)) {
		errno = EPROTO;
		return client_broken(datapath, "its answer", error);
	}
	ret->tunnel.namespace[CONTROL_NAMESPACE_SIZE - 1] = '\0';
	return 0;
}

static int client_result(const struct control_message *answer, struct error *error)
{
	int number = (int)answer->number;

	if (answer->type == CONTROL_HELLO || !number)
		return 0;
	error_errno(error, number, "the datapath in user space: %.150s", answer->text);
	if (number == EOPNOTSUPP)
		error->kind = ERROR_UNSUPPORTED;
	return -1;
}

static int client_ask(struct datapath *datapath, enum control_type type,
		      const struct control_tunnel *tunnel, const struct datapath_fds *fds,
		      struct control_message *ret, struct error *error)
{
	struct control_message message = { .type = (uint16_t)type, .version = CONTROL_VERSION };
	size_t length = CONTROL_TEXT_LENGTH;

	if (tunnel) {
		message.tunnel = *tunnel;
		length = CONTROL_TUNNEL_LENGTH(tunnel->info_length);
	}
	if (client_send(datapath, &message, length, fds, error) ||
	    client_receive(datapath, ret, error))
		return -1;
	return ret->type == CONTROL_TUNNEL ? 0 : client_result(ret, error);
}

int datapath_ask(struct datapath *datapath, enum control_type type,
		 const struct control_tunnel *tunnel, const struct datapath_fds *fds,
		 struct error *error)
{
	struct control_message answer;

	return client_ask(datapath, type, tunnel, fds, &answer, error);
}

int datapath_get(struct datapath *datapath, struct control_tunnel *tunnel, struct error *error)
{
	struct control_message answer;

	if (client_ask(datapath, CONTROL_GET, tunnel, NULL, &answer, error))
		return -1;
	if (answer.type != CONTROL_TUNNEL)
		return error_set(error, ERROR_INTERNAL, "the datapath told no tunnel");
	*tunnel = answer.tunnel;
	return 0;
}

int datapath_list(struct datapath *datapath, datapath_each *each, void *context,
		  struct error *error)
{
	struct control_message answer;
	int result = client_ask(datapath, CONTROL_LIST, NULL, NULL, &answer, error);

	while (!result && answer.type == CONTROL_TUNNEL) {
		if (each(&answer.tunnel, context, error)) {
			/* The rest of the answer would be taken for that of the next question. */
			datapath_disconnect(datapath);
			return -1;
		}
		if (client_receive(datapath, &answer, error))
			return -1;
		if (answer.type != CONTROL_TUNNEL)
			result = client_result(&answer, error);
	}
	return result;
}

/* The path may be too long for an address: it is looked up from its folder. */
static bool client_address(const struct datapath *datapath, int folder, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(datapath->path) < sizeof(ret->sun_path))
		strcpy(ret->sun_path, datapath->path);
	else
		snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/datapath.sock",
			 folder);
	return folder >= 0;
}

static void client_settle(struct datapath *datapath)
{
	const struct timeval patience = { .tv_sec = CLIENT_PATIENCE_S };
	struct ucred who = { 0 };
	socklen_t length = sizeof(who);

	setsockopt(datapath->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(datapath->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (getsockopt(datapath->fd, SOL_SOCKET, SO_PEERCRED, &who, &length) ||
	    who.pid == datapath->pid)
		return;
	datapath->restarts += datapath->pid != 0;
	datapath->dead = datapath->pid;
	datapath->pid = who.pid;
}

bool datapath_connect(struct datapath *datapath)
{
	int folder = open(datapath->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct sockaddr_un address;
	struct error ignored;
	bool found;

	error_clear(&ignored);
	if (datapath->fd < 0)
		datapath->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	found = datapath->fd >= 0 && client_address(datapath, folder, &address) &&
		!connect(datapath->fd, (const struct sockaddr *)&address, sizeof(address));
	if (folder >= 0)
		close(folder);
	if (!found) {
		datapath_disconnect(datapath);
		return false;
	}
	client_settle(datapath);
	/* One that is just ending, or was ended for its silence, is none. */
	if (datapath_ask(datapath, CONTROL_HELLO, NULL, NULL, &ignored))
		return false;
	eventfd_write(datapath->wake_fd, 1);
	return true;
}

int datapath_need(struct datapath *datapath, struct error *error)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };

	if (datapath->fd >= 0)
		return 0;
	if (datapath_connect(datapath))
		return datapath_agree(datapath, error);
	if (datapath_spawn(datapath, error))
		return -1;
	for (int i = 0; i < CLIENT_START_TRIES; i++) {
		nanosleep(&pause, NULL);
		if (datapath_connect(datapath))
			return 0;
	}
	return error_set(error, ERROR_BUSY, "%.200s does not start: it says why on stderr",
			 datapath->program);
}
