/*
 * tunneld-datapath carries the packets of tunnels that the kernel has no module for. It is started
 * by the agent, gets devices and sockets from it as descriptors, and goes on without it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <unistd.h>

#include "datapath/drop.h"
#include "datapath/loop.h"
#include "datapath/server.h"

enum { MAIN_BACKLOG = 8 };

/* What is too long for an address is named from its folder. */
static const char *main_shorten(char *path)
{
	char *name = strrchr(path, '/');

	if (strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path) || !name)
		return path;
	*name = '\0';
	return chdir(path) ? path : name + 1;
}

static int main_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	umask(0077);
	(void)unlink(path);
	if (listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listening, MAIN_BACKLOG))
		return -1;
	return listening;
}

static int main_failed(const char *what)
{
	fprintf(stderr, "tunneld-datapath: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int count, char **arguments)
{
	const char *path;
	int listening;

	if (count != 3 || strcmp(arguments[1], "--socket")) {
		fprintf(stderr,
			"usage: tunneld-datapath --socket PATH   (tunneld starts it)\n");
		return 2;
	}
	path = main_shorten(arguments[2]);
	listening = main_listen(path);
	if (listening < 0)
		return main_failed(path);
	signal(SIGPIPE, SIG_IGN);
	if (drop_all())
		return main_failed("capabilities");
	if (loop_start((unsigned)get_nprocs()))
		return main_failed("workers");
	/* The path stays: by the end of this there may be another's socket. */
	server_run(listening);
	return 0;
}
