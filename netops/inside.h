/*
 * Work inside other namespaces. setns() changes the calling thread, so all of
 * it happens on one helper thread; whatever is opened there stays bound to its
 * namespace and can be used anywhere.
 */
#ifndef NETOPS_INSIDE_H
#define NETOPS_INSIDE_H

#include "netops/error.h"

struct inside;

/* Starts the thread. The caller frees with inside_stop(). */
int inside_start(struct inside **ret, struct error *error);
void inside_stop(struct inside *inside);

/* Runs in the namespace; returns 0, or -1 with the error filled. Must not block for long. */
typedef int inside_work(void *context, struct error *error);

/*
 * Runs work in the namespace behind a descriptor (an nsfs file; -1: the one the
 * agent runs in) and waits for it. Safe from any thread but the helper's own.
 */
int inside_run(struct inside *inside, int namespace_fd, inside_work *work, void *context,
	       struct error *error);

#endif
