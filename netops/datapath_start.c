/*
 * Starting the process: by a child in between that ends at once, so that it is nobody's
 * to be waited for; in a session of its own, and in a cgroup beside the agent's, as
 * whoever stops the agent's unit ends all that is in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netops/datapath_private.h"

#define CGROUPS "/sys/fs/cgroup"

/* The path of our own group ("/system.slice/tunneld.service"); "" in the root, and where there is none. */
static void cgroup_own(char *ret, size_t size)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[512];

	ret[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::/", 4) && line[4])
			snprintf(ret, size, "%s", line + 3);
	}
	if (file)
		fclose(file);
}

/* "…/cgroup.procs" of a group beside our own; "" where there is none to be had. */
static void cgroup_path(char *ret, size_t size)
{
	char own[512];

	ret[0] = '\0';
	cgroup_own(own, sizeof(own));
	/* In the root nobody is ended with his group; version 1 has no groups that can be joined so. */
	if (!own[0] || access(CGROUPS "/cgroup.controllers", F_OK))
		return;
	*strrchr(own, '/') = '\0';
	snprintf(ret, size, CGROUPS "%s/tunneld-datapath", own);
	if (mkdir(ret, 0755) && errno != EEXIST)
		ret[0] = '\0';
	else
		strcat(ret, "/cgroup.procs");
}

/* Between fork and exec only what is safe beside other threads. */
static void move_to(const char *procs)
{
	int fd = procs[0] ? open(procs, O_WRONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	if (write(fd, "0", 1) < 0)
		errno = 0;
	close(fd);
}

static void become(const struct datapath *datapath, const char *procs, int nothing)
{
	char *const arguments[] = { (char *)"tunneld-datapath", (char *)"--socket",
				    datapath->path, NULL };

	sigset_t none;

	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	/* At once: an agent that is killed now must not live on in its sockets and locks. */
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	move_to(procs);
	umask(0077);
	if (fork())
		_exit(0);
	execv(datapath->program, arguments);
	_exit(127);
}

int datapath_spawn(const struct datapath *datapath, struct error *error)
{
	char procs[640];
	int nothing, status;
	pid_t pid;

	if (access(datapath->program, X_OK))
		return error_set(
			error, ERROR_UNSUPPORTED,
			"the program that carries tunnels in user space is missing: %.200s",
			datapath->program);
	nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nothing < 0)
		return error_errno(error, errno, "opening /dev/null");
	cgroup_path(procs, sizeof(procs));
	pid = fork();
	if (!pid)
		become(datapath, procs, nothing);
	close(nothing);
	if (pid < 0)
		return error_errno(error, errno, "starting %.200s", datapath->program);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}
