/* Locals that free themselves when their scope ends. */
#ifndef AGENT_CLEANUP_H
#define AGENT_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_close)))
#define CLEANUP_FILE __attribute__((cleanup(cleanup_file)))

/* Gives a descriptor away: the local no longer owns it. */
#define TAKE_FD(fd) cleanup_take_fd(&(fd))

static inline void cleanup_free(void *place)
{
	free(*(void **)place);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline int cleanup_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
