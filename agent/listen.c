/*
 * A unix socket is a file that outlives its process. So before binding we ask
 * whether somebody answers on it, and when we leave we remove only the one
 * that we made ourselves.
 */
#include "agent/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "agent/cleanup.h"
#include "agent/folder.h"
#include "netops/error.h"

static int listen_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int listen_unix_address(const char *path, struct sockaddr_un *ret, struct error *error)
{
	if (strlen(path) >= sizeof(ret->sun_path))
		return error_set(error, ERROR_INVALID,
				 "the socket's path %s is longer than %zu bytes", path,
				 sizeof(ret->sun_path) - 1);
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(ret->sun_path, path);
	return 0;
}

/* Removes what a process left behind that is no more. */
static int listen_remove_stale(const struct sockaddr_un *address, struct error *error)
{
	const char *path = address->sun_path;
	CLEANUP_CLOSE int fd = -1;
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 :
					 error_errno(error, errno, "cannot look at %s", path);
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, ERROR_EXISTS, "%s is there and is not a socket", path);
	fd = listen_socket(AF_UNIX);
	if (fd < 0)
		return error_errno(error, errno, "cannot make a socket");
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
	    errno == EAGAIN) /* alive, with a full queue */
		return error_set(error, ERROR_EXISTS,
				 "somebody answers on %s: is tunneld running already?", path);
	if (errno == ENOENT)
		return 0;
	if (errno != ECONNREFUSED)
		return error_errno(error, errno, "cannot tell whether %s is in use", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return error_errno(error, errno, "cannot remove the stale socket %s", path);
	return 0;
}

/* Holds the folder while a stale socket is replaced: of two that start at once, one wins. */
static int listen_lock(const char *path)
{
	const char *slash = strrchr(path, '/');
	CLEANUP_FREE char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) :
					    strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

static int listen_group(const char *name, gid_t *ret, struct error *error)
{
	const struct group *group;

	*ret = (gid_t)-1; /* leave it */
	if (!name)
		return 0;
	group = getgrnam(name);
	if (!group)
		return error_set(error, ERROR_INVALID, "there is no group '%s'", name);
	*ret = group->gr_gid;
	return 0;
}

/* The group comes before the mode, so that the file is never open to a wrong one. */
static int listen_bind_unix(int fd, const struct sockaddr_un *address, gid_t group,
			    struct error *error)
{
	const char *path = address->sun_path;

	fchmod(fd, 0600); /* what bind() makes the file with */
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return error_errno(error, errno, "cannot bind %s", path);
	if (chown(path, (uid_t)-1, group) == 0 && chmod(path, 0660) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return 0;
	error_errno(error, errno, "cannot listen on %s", path);
	unlink(path);
	return -1;
}

int listen_unix(const char *path, const char *group, struct listener *ret, struct error *error)
{
	CLEANUP_CLOSE int fd = listen_socket(AF_UNIX), lock = -1;
	struct sockaddr_un address;
	struct stat status;
	gid_t gid;

	if (fd < 0)
		return error_errno(error, errno, "cannot make a socket");
	if (listen_unix_address(path, &address, error) < 0 ||
	    listen_group(group, &gid, error) < 0 || folder_make_parent(path, 0755, error) < 0)
		return -1;
	lock = listen_lock(path);
	if (listen_remove_stale(&address, error) < 0 ||
	    listen_bind_unix(fd, &address, gid, error) < 0)
		return -1;
	if (lstat(path, &status) < 0)
		return error_errno(error, errno, "cannot look at %s", path);
	*ret = (struct listener){
		.fd = TAKE_FD(fd), .path = path, .device = status.st_dev, .inode = status.st_ino
	};
	snprintf(ret->name, sizeof(ret->name), "%s", path);
	return 0;
}

void listen_unlink(const struct listener *listener)
{
	struct stat status;

	if (listener->path && lstat(listener->path, &status) == 0 &&
	    status.st_dev == listener->device && status.st_ino == listener->inode)
		unlink(listener->path);
}

static int listen_parse_port(const char *text, in_port_t *ret)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || port > 65535)
		return -1;
	*ret = htons((in_port_t)port);
	return 0;
}

static int listen_parse_v4(const char *host, const char *port, struct listen_address *ret)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
	    listen_parse_port(port, &address.sin_port) < 0)
		return -1;
	memcpy(&ret->socket, &address, sizeof(address));
	ret->length = sizeof(address);
	return 0;
}

static int listen_parse_v6(const char *host, const char *port, struct listen_address *ret)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET6, host, &address.sin6_addr) != 1 ||
	    listen_parse_port(port, &address.sin6_port) < 0)
		return -1;
	memcpy(&ret->socket, &address, sizeof(address));
	ret->length = sizeof(address);
	return 0;
}

int listen_parse(const char *text, struct listen_address *ret, struct error *error)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	char host[INET6_ADDRSTRLEN + 2] = "";
	bool v6;
	int result = -1;

	if (length && length < sizeof(host)) {
		memcpy(host, text, length);
		v6 = host[0] == '[' && host[length - 1] == ']';
		if (v6)
			host[length - 1] = '\0';
		result = v6 ? listen_parse_v6(host + 1, colon + 1, ret) :
			      listen_parse_v4(host, colon + 1, ret);
	}
	if (result < 0)
		return error_set(error, ERROR_INVALID,
				 "'%s' is no ADDR:PORT such as 127.0.0.1:8080 or [::1]:8080",
				 text);
	return 0;
}

/* Port 0 means any, and people want to know which. */
static void listen_name(int fd, char *name, size_t size)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = { 0 };
	socklen_t length = sizeof(address);
	char host[INET6_ADDRSTRLEN] = "";

	getsockname(fd, (struct sockaddr *)&address, &length);
	if (address.any.ss_family == AF_INET) {
		inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
		snprintf(name, size, "%s:%u", host, ntohs(address.v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
		snprintf(name, size, "[%s]:%u", host, ntohs(address.v6.sin6_port));
	}
}

int listen_tcp(const struct listen_address *address, struct listener *ret, struct error *error)
{
	CLEANUP_CLOSE int fd = listen_socket(address->socket.ss_family);
	int on = 1;

	if (fd < 0)
		return error_errno(error, errno, "cannot make a TCP socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address->socket, address->length) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return error_errno(error, errno, "cannot listen on the TCP address given");
	*ret = (struct listener){ .fd = TAKE_FD(fd) };
	listen_name(ret->fd, ret->name, sizeof(ret->name));
	return 0;
}
