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
	int listening;

	if (count != 3 || strcmp(arguments[1], "--socket")) {
		fprintf(stderr,
			"usage: tunneld-datapath --socket PATH   (tunneld starts it)\n");
		return 2;
	}
	listening = main_listen(arguments[2]);
	if (listening < 0)
		return main_failed(arguments[2]);
	signal(SIGPIPE, SIG_IGN);
	if (drop_all())
		return main_failed("capabilities");
	if (loop_start((unsigned)get_nprocs()))
		return main_failed("workers");
	server_run(listening);
	(void)unlink(arguments[2]);
	return 0;
}
