/*
 * What happens by itself: the process is started anew when it dies, with all it had,
 * and lets go of what belongs to namespaces that are gone. A thread waits for the end
 * of the connection, and for nothing else.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"
#include "netops/link_private.h"

enum { PAUSE_FIRST_MS = 20, PAUSE_MOST_MS = 5000, GONE_STEP_MS = 50, GONE_TRIES = 200 };

/* How much of what it had another process has again. */
enum restored { RESTORED_LATER, RESTORED_SOME, RESTORED_ALL };

/* ---- giving back ---- */

/* What was made anew under its name is another's, and a name that is free would be made. */
static bool device_is_gone(struct netlink *netlink, const struct control_tunnel *control)
{
	struct error ignored;
	uint32_t index = 0;

	error_clear(&ignored);
	return !link_index_of(netlink, control->name, &index, &ignored) &&
	       index != control->index;
}

bool datapath_device_is_gone(struct netops *netops, const struct control_tunnel *control)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error ignored;

	error_clear(&ignored);
	return !namespace_enter(netops, control->namespace, &socket, &ignored) &&
	       device_is_gone(socket.netlink, control);
}

static int give_back(struct datapath *datapath, struct datapath_tunnel *tunnel,
		     struct error *error)
{
	struct datapath_fds fds CLEANUP_FDS = DATAPATH_NO_FDS;
	struct link link CLEANUP_LINK = LINK_EMPTY;

	datapath_as_link(&tunnel->control, &link);
	if (datapath_device_open(datapath->netops, link.namespace, link.name,
				 link.kind->ethernet, false, &fds.queue, error) ||
	    datapath_sockets_open(datapath->netops, &link, tunnel, &fds, error) ||
	    datapath_ask(datapath, CONTROL_SET, &tunnel->control, &fds, error))
		return -1;
	tunnel->process = datapath->pid;
	datapath_counters_add(&tunnel->before, &tunnel->control.counters);
	tunnel->control.counters = (struct control_counters){ 0 };
	return datapath_table_set(tunnel) ? 0 : -1;
}

/*
 * The kernel takes its time to take the devices from a process that died, and until then they
 * are busy. One whose device is gone is none, and repaired by who wants it.
 */
static enum restored give_back_one(struct datapath *datapath, struct datapath_tunnel *tunnel)
{
	struct error ignored;
	enum restored result = RESTORED_LATER;

	error_clear(&ignored);
	pthread_mutex_lock(&datapath->mutex);
	if (!datapath_table_find(tunnel->control.namespace, tunnel->control.index, "", tunnel))
		result = RESTORED_ALL;
	else if (datapath_device_is_gone(datapath->netops, &tunnel->control))
		result = datapath_table_remove(tunnel->control.namespace,
					       tunnel->control.index) ?
				 RESTORED_SOME :
				 RESTORED_ALL;
	else if (datapath->fd >= 0 && !give_back(datapath, tunnel, &ignored))
		result = RESTORED_SOME;
	pthread_mutex_unlock(&datapath->mutex);
	return result;
}

static enum restored give_back_all(struct datapath *datapath, pid_t pid)
{
	struct datapath_tunnel tunnel;
	bool some = false, later = false;

	for (size_t i = 0; datapath_table_at(i, &tunnel); i++) {
		enum restored one = tunnel.process == pid ? RESTORED_ALL :
							    give_back_one(datapath, &tunnel);

		some |= one == RESTORED_SOME;
		later |= one == RESTORED_LATER;
	}
	return !later ? RESTORED_ALL : some ? RESTORED_SOME : RESTORED_LATER;
}

/*
 * The kernel takes the devices from a process that died one after the other, some
 * milliseconds each: whoever asks for them meanwhile makes that five times longer.
 */
static void wait_until_gone(const struct datapath *datapath, pid_t pid)
{
	const int pidfd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0)
		return;
	for (int i = 0; i < GONE_TRIES; i++) {
		if (__atomic_load_n(&datapath->stopping, __ATOMIC_ACQUIRE) ||
		    poll(&end, 1, GONE_STEP_MS))
			break;
	}
	close(pidfd);
}

/* What it may have without a tunnel that we know of is not wanted. */
static void stop_idle(struct datapath *datapath)
{
	if (datapath_connect(datapath))
		datapath_stop(datapath);
}

/* 0: there is one to give to; the pid of one that died before it is told, once. */
static int restore_process(struct datapath *datapath, pid_t *ret_pid, pid_t *ret_dead)
{
	struct error ignored;
	int result = 0;

	error_clear(&ignored);
	pthread_mutex_lock(&datapath->mutex);
	if (datapath->fd < 0 && datapath_table_count())
		result = datapath_need(datapath, &ignored);
	else if (datapath->fd < 0 && datapath->pid)
		stop_idle(datapath);
	*ret_pid = datapath->pid;
	*ret_dead = datapath->dead;
	datapath->dead = 0;
	pthread_mutex_unlock(&datapath->mutex);
	return result;
}

static enum restored restore(struct datapath *datapath)
{
	pid_t pid, dead;

	if (restore_process(datapath, &pid, &dead))
		return RESTORED_LATER;
	if (dead)
		wait_until_gone(datapath, dead);
	return give_back_all(datapath, pid);
}

/* ---- the thread ---- */

static int watched_fd(struct datapath *datapath)
{
	int fd;

	pthread_mutex_lock(&datapath->mutex);
	fd = datapath->fd;
	pthread_mutex_unlock(&datapath->mutex);
	return fd;
}

static void lost(struct datapath *datapath, int fd)
{
	char byte;

	pthread_mutex_lock(&datapath->mutex);
	/* Whoever talked to it may have noticed before, and have another one by now. */
	if (datapath->fd == fd && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		datapath_disconnect(datapath);
	pthread_mutex_unlock(&datapath->mutex);
}

static void wait_for_end(struct datapath *datapath, int patience)
{
	struct pollfd polls[2] = { { .fd = datapath->wake_fd, .events = POLLIN },
				   { .fd = watched_fd(datapath), .events = POLLRDHUP } };
	eventfd_t count;

	if (poll(polls, 2, patience) <= 0)
		return;
	if (polls[0].revents)
		eventfd_read(datapath->wake_fd, &count);
	if (polls[1].revents)
		lost(datapath, polls[1].fd);
}

/* Between tries that failed: whatever wakes the watcher would fail as well. */
static void rest_awhile(const struct datapath *datapath, int patience)
{
	const struct timespec step = { .tv_nsec = PAUSE_FIRST_MS * 1000000L };

	for (; patience > 0; patience -= PAUSE_FIRST_MS) {
		if (__atomic_load_n(&datapath->stopping, __ATOMIC_ACQUIRE))
			break;
		nanosleep(&step, NULL);
	}
}

static void *watch_main(void *context)
{
	struct datapath *datapath = context;
	int patience = -1;

	while (!__atomic_load_n(&datapath->stopping, __ATOMIC_ACQUIRE)) {
		enum restored restored;

		if (patience > PAUSE_FIRST_MS)
			rest_awhile(datapath, patience);
		else
			wait_for_end(datapath, patience);
		if (__atomic_exchange_n(&datapath->sweeping, false, __ATOMIC_ACQ_REL))
			datapath_sweep(datapath->netops);
		if (__atomic_load_n(&datapath->stopping, __ATOMIC_ACQUIRE))
			break;
		restored = restore(datapath);
		if (restored == RESTORED_ALL)
			patience = -1;
		else if (restored == RESTORED_SOME || patience < 0)
			patience = PAUSE_FIRST_MS;
		else
			patience = 2 * patience < PAUSE_MOST_MS ? 2 * patience : PAUSE_MOST_MS;
	}
	return NULL;
}

int datapath_watch(struct datapath *datapath, struct error *error)
{
	int failure = pthread_create(&datapath->watcher, NULL, watch_main, datapath);

	datapath->watching = !failure;
	return failure ? error_errno(error, failure, "starting a thread") : 0;
}

static void device_drop(struct netops *netops, const struct control_tunnel *control)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error ignored;

	error_clear(&ignored);
	if (!namespace_enter(netops, control->namespace, &socket, &ignored) &&
	    !device_is_gone(socket.netlink, control))
		(void)link_remove(socket.netlink, control->index, NULL, &ignored);
}

/* Unless it is another's by now: a namespace made anew gives the same name and index. */
static bool forget_seen(struct netops *netops, const struct datapath_tunnel *seen)
{
	struct datapath *datapath = netops->datapath;
	struct datapath_tunnel tunnel;
	bool same;

	pthread_mutex_lock(&datapath->mutex);
	same = datapath_table_find(seen->control.namespace, seen->control.index, "", &tunnel) &&
	       !memcmp(&tunnel.place, &seen->place, sizeof(tunnel.place)) &&
	       !memcmp(&tunnel.underlay_place, &seen->underlay_place,
		       sizeof(tunnel.underlay_place));
	if (same)
		datapath_let_go(datapath, &tunnel);
	pthread_mutex_unlock(&datapath->mutex);
	return same;
}

/* A tunnel goes with the namespace of its outer packets, too. */
void datapath_sweep(struct netops *netops)
{
	struct datapath_tunnel tunnel;

	for (size_t i = 0; netops->datapath && datapath_table_at(i, &tunnel);) {
		const struct control_tunnel *control = &tunnel.control;
		const char *under = control->underlay[0] ? control->underlay :
							   control->namespace;
		bool here = namespace_is_current(control->namespace, &tunnel.place);

		if (here && namespace_is_current(under, &tunnel.underlay_place)) {
			i++;
			continue;
		}
		if (forget_seen(netops, &tunnel) && here)
			device_drop(netops, control);
	}
}

void datapath_sweep_soon(struct netops *netops)
{
	struct datapath *datapath = netops->datapath;

	if (!datapath)
		return;
	__atomic_store_n(&datapath->sweeping, true, __ATOMIC_RELEASE);
	eventfd_write(datapath->wake_fd, 1);
}
