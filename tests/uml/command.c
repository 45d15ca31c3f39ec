/*
 * The guest's one command: its two output streams are relayed to consoles, all
 * that ends in the guest is reaped, and what outlives the command is killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

/* One of the command's output streams: from its pipe to a console. */
struct stream {
	int from; /* -1: ended */
	int to;
};

/* A console of this kernel, so that bytes pass it as they are. */
static int console_open(const char *path)
{
	struct termios raw;
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &raw) < 0)
		die("open", path);
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		die("open", path);
	return fd;
}

/*
 * The command writes to a pipe and not to the console itself: what it does
 * must not depend on its output being a terminal here.
 */
static int stream_open(struct stream *stream, const char *console)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe", "");
	*stream = (struct stream){ .from = ends[0], .to = console_open(console) };
	return ends[1];
}

/* What the console does not take at once stays in the pipe. */
static void stream_relay(struct stream *stream)
{
	ssize_t moved = splice(stream->from, NULL, stream->to, NULL, 65536, 0);

	if (moved < 0 && errno != EINTR)
		die("splice", "");
	if (moved == 0) {
		close(stream->from);
		stream->from = -1;
	}
}

static void stream_finish(struct stream *stream)
{
	while (stream->from >= 0)
		stream_relay(stream);
	tcdrain(stream->to);
}

/* In the child. 126 and 127 are what a shell answers for such commands. */
_Noreturn static void command_become(const struct job *job, int out, int err)
{
	char **arguments = job_list(job, RECORD_ARGUMENT);
	char *folder = job_next(job, NULL, RECORD_FOLDER);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	environ = job_list(job, RECORD_ENVIRONMENT);
	if (chdir(folder) < 0) {
		dprintf(STDERR_FILENO, "in-uml: cd %s: %s\n", folder, strerror(errno));
		_exit(126);
	}
	execvp(arguments[0], arguments);
	dprintf(STDERR_FILENO, "in-uml: %s: %s\n", arguments[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Reaps what has ended, orphans too. Returns the command's exit status, or -1. */
static int children_reap(pid_t command, int options)
{
	int status, found = -1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, options)) > 0)
		if (pid == command)
			found = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
						      WEXITSTATUS(status);
	return found;
}

static int command_attend(pid_t command, struct stream streams[2], int signals)
{
	int status = -1;

	while (status < 0) {
		struct signalfd_siginfo info;
		struct pollfd fds[] = {
			{ .fd = streams[0].from, .events = POLLIN },
			{ .fd = streams[1].from, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
		};

		if (poll(fds, 3, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				stream_relay(&streams[i]);
		if (fds[2].revents && read(signals, &info, sizeof(info)) > 0)
			status = children_reap(command, WNOHANG);
	}
	return status;
}

int command_run(const struct job *job)
{
	struct stream streams[2];
	int out = stream_open(&streams[0], "/dev/tty1");
	int err = stream_open(&streams[1], "/dev/tty2");
	sigset_t child;
	pid_t pid;
	int status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	pid = fork();
	if (pid < 0)
		die("fork", "");
	if (pid == 0)
		command_become(job, out, err);
	close(out);
	close(err);
	status = command_attend(pid, streams, signalfd(-1, &child, SFD_CLOEXEC));
	kill(-1, SIGKILL);
	children_reap(pid, 0);
	stream_finish(&streams[0]);
	stream_finish(&streams[1]);
	return status;
}
