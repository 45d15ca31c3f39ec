/*
 * What happens by itself: the process is found again at the start, is started anew when
 * it dies, with all it had, and lets go of what belongs to namespaces that are gone.
 * A thread waits for the end of the connection, and for nothing else.
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
static bool device_is_gone(struct datapath *datapath, const struct control_tunnel *control)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error ignored;
	uint32_t index = 0;

	error_clear(&ignored);
	return !namespace_enter(datapath->netops, control->namespace, &socket, &ignored) &&
	       !link_index_of(socket.netlink, control->name, &index, &ignored) &&
	       index != control->index;
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
	else if (device_is_gone(datapath, &tunnel->control))
		result = datapath_table_remove(tunnel->control.namespace,
					       tunnel->control.index) ?
				 RESTORED_SOME :
				 RESTORED_ALL;
	else if (datapath->fd >= 0 && !give_back(datapath, tunnel, &ignored))
		result = RESTORED_SOME;
	pthread_mutex_unlock(&datapath->mutex);
	return result;
}

static enum restored give_back_all(struct datapath *datapath)
{
	struct datapath_tunnel tunnel;
	bool some = false, later = false;

	for (size_t i = 0; datapath_table_at(i, &tunnel); i++) {
		enum restored one = tunnel.process == datapath->pid ?
					    RESTORED_ALL :
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

/* 0: there is one to give to; the pid of one that died is told. */
static int restore_process(struct datapath *datapath, pid_t *ret_dead)
{
	struct error ignored;
	int result = 0;

	error_clear(&ignored);
	*ret_dead = 0;
	pthread_mutex_lock(&datapath->mutex);
	if (datapath->fd < 0 && datapath_table_count()) {
		*ret_dead = datapath->pid;
		result = datapath_need(datapath, &ignored);
	}
	if (*ret_dead == datapath->pid)
		*ret_dead = 0; /* only the connection was lost */
	datapath->restarts += *ret_dead != 0;
	pthread_mutex_unlock(&datapath->mutex);
	return result;
}

static enum restored restore(struct datapath *datapath)
{
	pid_t dead;

	if (restore_process(datapath, &dead))
		return RESTORED_LATER;
	if (dead)
		wait_until_gone(datapath, dead);
	return give_back_all(datapath);
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

static void *watch_main(void *context)
{
	struct datapath *datapath = context;
	int patience = -1;

	while (!__atomic_load_n(&datapath->stopping, __ATOMIC_ACQUIRE)) {
		enum restored restored;

		wait_for_end(datapath, patience);
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

/* ---- finding again ---- */

struct finding {
	struct netops *netops;
	struct datapath_tunnel *items;
	size_t count;
};

static int find_one(const struct control_tunnel *control, void *context, struct error *error)
{
	struct finding *finding = context;
	struct datapath_tunnel *items =
		reallocarray(finding->items, finding->count + 1, sizeof(*items));

	if (!items)
		return error_errno(error, ENOMEM, "listing tunnels");
	finding->items = items;
	items[finding->count++] =
		(struct datapath_tunnel){ .control = *control,
					  .underlay_id = -1,
					  .process = finding->netops->datapath->pid };
	return 0;
}

/* True if the namespace of this name is the one that the tunnel was made in. */
static bool is_same_place(struct netops *netops, const char *name, uint64_t cookie,
			  struct namespace_identity *ret)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error ignored;
	uint64_t now = 0;

	error_clear(&ignored);
	return namespace_identify(name, ret) &&
	       !namespace_enter(netops, name, &socket, &ignored) &&
	       datapath_cookie(netlink_fd(socket.netlink), &now) && now == cookie;
}

static bool is_as_it_was(struct netops *netops, struct datapath_tunnel *tunnel)
{
	const struct control_tunnel *control = &tunnel->control;
	const char *under = control->underlay[0] ? control->underlay : control->namespace;
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link link CLEANUP_LINK = LINK_EMPTY;
	struct error ignored;

	error_clear(&ignored);
	if (!is_same_place(netops, control->namespace, control->cookie, &tunnel->place) ||
	    !is_same_place(netops, under, control->underlay_cookie, &tunnel->underlay_place) ||
	    namespace_enter(netops, control->namespace, &socket, &ignored))
		return false;
	if (control->underlay[0] &&
	    namespace_id_of_name(socket.netlink, under, &tunnel->underlay_id, &ignored))
		return false;
	return !link_get(socket.netlink, "", NULL, control->index, &link, &ignored) &&
	       !strcmp(link.kernel_kind, "tun");
}

static void find_settle(struct datapath *datapath, struct finding *finding)
{
	struct error ignored;

	error_clear(&ignored);
	for (size_t i = 0; i < finding->count; i++) {
		struct datapath_tunnel *tunnel = &finding->items[i];

		if (is_as_it_was(datapath->netops, tunnel))
			datapath_table_set(tunnel);
		else if (datapath->fd >= 0)
			(void)datapath_ask(datapath, CONTROL_REMOVE, &tunnel->control, NULL,
					   &ignored);
	}
}

static int find_again(struct datapath *datapath, struct error *error)
{
	struct finding finding = { .netops = datapath->netops };
	int found, result = 0;

	pthread_mutex_lock(&datapath->mutex);
	found = datapath_connect(datapath, error);
	if (found > 0)
		result = datapath_list(datapath, find_one, &finding, error);
	if (found > 0 && !result)
		find_settle(datapath, &finding);
	pthread_mutex_unlock(&datapath->mutex);
	free(finding.items);
	return found < 0 ? -1 : result;
}

/* ---- devices that nobody serves: whoever wants them makes them anew ---- */

static int orphan_link(struct link *link, void *context, struct error *error)
{
	struct netops *netops = context;
	struct error ignored;

	(void)error;
	error_clear(&ignored);
	if (link_is_ours(link) && !link->status.userspace && !strcmp(link->kernel_kind, "tun"))
		(void)link_delete(netops, link->namespace, link->name, false, false, &ignored);
	return 0;
}

static int orphan_namespace(const char *name, void *context, struct error *error)
{
	static const struct link_filter filter = { .kind = "tun", .bare = true };
	struct error ignored;

	(void)error;
	error_clear(&ignored);
	(void)link_list(context, name, &filter, orphan_link, context, &ignored);
	return 0;
}

/* ---- start and end ---- */

static char *beside_us(const char *installed)
{
	char own[4096], *program = NULL;
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *end;

	own[length > 0 ? length : 0] = '\0';
	end = strrchr(own, '/');
	if (end && asprintf(&program, "%.*s/tunneld-datapath", (int)(end - own), own) >= 0 &&
	    !access(program, X_OK))
		return program;
	free(program);
	return strdup(installed ? installed : "");
}

static struct datapath *datapath_new(struct netops *netops,
				     const struct datapath_settings *settings)
{
	struct datapath *datapath = calloc(1, sizeof(*datapath));

	if (!datapath)
		return NULL;
	datapath->netops = netops;
	datapath->fd = -1;
	pthread_mutex_init(&datapath->mutex, NULL);
	datapath->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	datapath->folder = strdup(settings->folder);
	datapath->program = settings->program ? strdup(settings->program) :
						beside_us(settings->installed);
	if (asprintf(&datapath->path, "%s/datapath.sock", settings->folder) < 0)
		datapath->path = NULL;
	return datapath;
}

int datapath_open(struct netops *netops, const struct datapath_settings *settings,
		  struct error *error)
{
	struct datapath *datapath = datapath_new(netops, settings);

	netops->datapath = datapath;
	if (!datapath || datapath->wake_fd < 0 || !datapath->folder || !datapath->program ||
	    !datapath->path)
		return error_errno(error, ENOMEM, "starting");
	if (find_again(datapath, error))
		error_clear(
			error); /* one that is no use is ended, and started when it is needed */
	(void)namespace_list(orphan_namespace, netops, error);
	error_clear(error);
	return datapath_watch(datapath, error);
}

/* The process stays: it carries what is wanted until somebody says otherwise. */
void datapath_close(struct netops *netops)
{
	struct datapath *datapath = netops->datapath;

	if (!datapath)
		return;
	__atomic_store_n(&datapath->stopping, true, __ATOMIC_RELEASE);
	if (datapath->wake_fd >= 0)
		eventfd_write(datapath->wake_fd, 1);
	if (datapath->watching)
		pthread_join(datapath->watcher, NULL);
	datapath_disconnect(datapath);
	if (datapath->wake_fd >= 0)
		close(datapath->wake_fd);
	pthread_mutex_destroy(&datapath->mutex);
	free(datapath->program);
	free(datapath->path);
	free(datapath->folder);
	free(datapath);
	netops->datapath = NULL;
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
		datapath_forget(netops, control->namespace, control->index, "");
		if (here)
			datapath_device_drop(netops, &tunnel);
	}
}
