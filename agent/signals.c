/* Called before the first thread starts, so that no thread is interrupted by a signal. */
#include "agent/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "netops/error.h"

int signals_open(int *ret, struct error *error)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return error_errno(error, errno, "cannot hold back signals");
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return error_errno(error, errno, "cannot watch for signals");
	*ret = fd;
	return 0;
}

int signals_read(int fd)
{
	struct signalfd_siginfo signal;

	return read(fd, &signal, sizeof(signal)) == sizeof(signal) ? (int)signal.ssi_signo : 0;
}
