/*
 * The list of what is watched. Its owner is the reading thread: it alone adds
 * and frees. The other thread only closes sockets and marks their watches as
 * gone, under the mutex; so the reader holds the mutex while it receives, and
 * not while it hands over.
 *
 * A set of epoll has all sockets, and an eventfd for what no socket says. As
 * long as a socket is open, its namespace's inode number is nobody else's (see
 * namespace_pool.c), so identities can be compared.
 */
#include "netops/monitor.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/monitor_private.h"
#include "netops/netlink.h"
#include "netops/netops_private.h"
#include "netops/text.h"

enum {
	BATCH = 64,	     /* messages per receive */
	READ_BATCHES = 64,   /* per call */
	DRAIN_BATCHES = 512, /* after an overrun: more than the buffer holds */
	READY = 16,
	MESSAGE_SIZE = 16 * 1024, /* a link of many parts; what is longer is cut */
};

struct watch {
	char name[NAMESPACE_NAME_SIZE];
	struct namespace_identity identity;
	int fd;	   /* -1: it is gone, and waits to be told */
	bool lost; /* what waits is to be dropped; the reader's alone */
	int extent;
	struct watch *next;
};

struct monitor {
	struct netops *netops;
	int epoll_fd, event_fd;
	pthread_mutex_t mutex; /* guards the list, and the fd of each */
	struct watch *watches;
	atomic_bool ended; /* some of them are gone, and that is not told yet */
	uint32_t batch;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	_Alignas(struct nlmsghdr) char data[BATCH][MESSAGE_SIZE];
};

static int monitor_add_fd(struct monitor *monitor, int fd, struct watch *watch,
			  struct error *error)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = watch } };

	if (epoll_ctl(monitor->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		return error_errno(error, errno, "watching for changes");
	return 0;
}

static void monitor_prepare(struct monitor *monitor)
{
	for (int i = 0; i < BATCH; i++) {
		monitor->parts[i] =
			(struct iovec){ monitor->data[i], sizeof(monitor->data[i]) };
		monitor->messages[i].msg_hdr.msg_iov = &monitor->parts[i];
		monitor->messages[i].msg_hdr.msg_iovlen = 1;
	}
}

int monitor_open(struct netops *netops, struct monitor **ret, struct error *error)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return error_errno(error, ENOMEM, "watching for changes");
	monitor->netops = netops;
	pthread_mutex_init(&monitor->mutex, NULL);
	monitor_prepare(monitor);
	monitor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	monitor->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (monitor->epoll_fd < 0 || monitor->event_fd < 0)
		error_errno(error, errno, "watching for changes");
	else if (!monitor_add_fd(monitor, monitor->event_fd, NULL, error)) {
		*ret = monitor;
		return 0;
	}
	monitor_close(monitor);
	return -1;
}

static void watch_shut(struct watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

static void watch_free(struct watch *watch)
{
	watch_shut(watch);
	free(watch);
}

void monitor_close(struct monitor *monitor)
{
	struct watch *watch;

	if (!monitor)
		return;
	while ((watch = monitor->watches)) {
		monitor->watches = watch->next;
		watch_free(watch);
	}
	if (monitor->epoll_fd >= 0)
		close(monitor->epoll_fd);
	if (monitor->event_fd >= 0)
		close(monitor->event_fd);
	pthread_mutex_destroy(&monitor->mutex);
	free(monitor);
}

int monitor_fd(const struct monitor *monitor)
{
	return monitor->epoll_fd;
}

/* Each call wakes an edge-triggered waiter anew. */
void monitor_signal(struct monitor *monitor)
{
	(void)eventfd_write(monitor->event_fd, 1);
}

/* Under the mutex. */
static void watch_check(struct monitor *monitor, struct watch *watch)
{
	if (watch->fd < 0 || namespace_is_current(watch->name, &watch->identity))
		return;
	watch_shut(watch);
	atomic_store(&monitor->ended, true);
	monitor_signal(monitor);
}

void monitor_mounts_changed(struct monitor *monitor)
{
	pthread_mutex_lock(&monitor->mutex);
	for (struct watch *watch = monitor->watches; watch; watch = watch->next)
		watch_check(monitor, watch);
	pthread_mutex_unlock(&monitor->mutex);
}

static bool monitor_watches(struct monitor *monitor, const char *namespace)
{
	bool found = false;

	pthread_mutex_lock(&monitor->mutex);
	for (struct watch *watch = monitor->watches; watch && !found; watch = watch->next) {
		if (strcmp(watch->name, namespace))
			continue;
		watch_check(monitor, watch);
		found = watch->fd >= 0;
	}
	pthread_mutex_unlock(&monitor->mutex);
	return found;
}

/* The mount may have gone before it stood in the list, and nobody looked at it then. */
static void monitor_insert(struct monitor *monitor, struct watch *watch)
{
	pthread_mutex_lock(&monitor->mutex);
	watch->next = monitor->watches;
	monitor->watches = watch;
	watch_check(monitor, watch);
	pthread_mutex_unlock(&monitor->mutex);
}

int monitor_watch(struct monitor *monitor, const char *namespace, struct error *error)
{
	struct watch *watch;

	if (monitor_watches(monitor, namespace))
		return 0;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return error_errno(error, ENOMEM, "watching for changes");
	watch->fd = -1;
	if (namespace_run_in(monitor->netops, namespace, monitor_socket_open, &watch->fd,
			     &watch->identity, error) ||
	    monitor_add_fd(monitor, watch->fd, watch, error)) {
		watch_free(watch);
		return -1;
	}
	/* One that can be opened has a name that fits. */
	(void)text_copy(watch->name, sizeof(watch->name), namespace);
	monitor_insert(monitor, watch);
	return 0;
}

/* The mutex keeps the socket open. */
int monitor_extend(struct monitor *monitor, const char *namespace, int extent,
		   struct error *error)
{
	struct watch *watch = monitor->watches;
	int result = 0;

	pthread_mutex_lock(&monitor->mutex);
	while (watch && strcmp(watch->name, namespace) != 0)
		watch = watch->next;
	if (watch && watch->fd >= 0 && watch->extent != extent)
		result = monitor_socket_set(watch->fd, extent, error);
	if (watch && !result)
		watch->extent = extent;
	pthread_mutex_unlock(&monitor->mutex);
	return result;
}

void monitor_forget(struct monitor *monitor, const char *namespace)
{
	struct watch **link = &monitor->watches, *watch;

	pthread_mutex_lock(&monitor->mutex);
	while ((watch = *link)) {
		if (strcmp(watch->name, namespace)) {
			link = &watch->next;
			continue;
		}
		*link = watch->next;
		watch_free(watch);
	}
	pthread_mutex_unlock(&monitor->mutex);
}

/* What one call of monitor_read() works with. */
struct reading {
	struct monitor *monitor;
	monitor_hook *hook;
	void *context;
};

/* The first that is gone, out of the list; NULL: none. */
static struct watch *monitor_take_gone(struct monitor *monitor)
{
	struct watch **link = &monitor->watches, *watch;

	pthread_mutex_lock(&monitor->mutex);
	while (*link && (*link)->fd >= 0)
		link = &(*link)->next;
	watch = *link;
	if (watch)
		*link = watch->next;
	pthread_mutex_unlock(&monitor->mutex);
	return watch;
}

static void reading_gone(const struct reading *reading)
{
	eventfd_t ignored;
	struct watch *watch;

	(void)eventfd_read(reading->monitor->event_fd, &ignored);
	while ((watch = monitor_take_gone(reading->monitor))) {
		struct monitor_record record = { .namespace = watch->name,
						 .subject = MONITOR_NAMESPACE,
						 .gone = true };

		reading->hook(&record, reading->context);
		watch_free(watch);
	}
}

/* How many messages, 0: none is left; -1: some were lost. */
static int watch_receive(struct monitor *monitor, struct watch *watch)
{
	int count = 0, number = 0;

	pthread_mutex_lock(&monitor->mutex);
	if (watch->fd >= 0)
		count = recvmmsg(watch->fd, monitor->messages, BATCH, MSG_DONTWAIT, NULL);
	if (count < 0)
		number = errno;
	pthread_mutex_unlock(&monitor->mutex);
	if (number == ENOBUFS)
		kernel_count(&netops_counts(monitor->netops)->overruns);
	return number == EAGAIN || number == EINTR ? 0 : count;
}

/*
 * After an overrun the kernel goes on dropping, and does not say so again, until
 * the queue is empty (net/netlink/af_netlink.c: NETLINK_S_CONGESTED). False if it
 * fills as fast as this takes out.
 */
static bool watch_drain(struct monitor *monitor, struct watch *watch)
{
	for (int i = 0; i < DRAIN_BATCHES; i++) {
		if (!watch_receive(monitor, watch))
			return true;
	}
	return false;
}

static void reading_messages(const struct reading *reading, const struct watch *watch,
			     int count)
{
	struct monitor *monitor = reading->monitor;
	struct monitor_record record;

	monitor->batch++;
	for (int i = 0; i < count; i++) {
		size_t length = monitor->messages[i].msg_len;

		kernel_count_notification(netops_counts(monitor->netops),
					  (const void *)monitor->data[i]);
		if (!monitor_parse(monitor->data[i], length, &record))
			continue;
		record.namespace = watch->name;
		record.batch = monitor->batch;
		reading->hook(&record, reading->context);
	}
}

static void reading_lost(const struct reading *reading, struct watch *watch)
{
	struct monitor_record record = { .namespace = watch->name,
					 .subject = MONITOR_NAMESPACE,
					 .lost = true };

	kernel_count(&netops_counts(reading->monitor->netops)->resyncs);
	watch->lost = !watch_drain(reading->monitor, watch);
	reading->hook(&record, reading->context);
}

/* One batch, so that a namespace in which much happens does not hide the others. */
static void reading_watch(const struct reading *reading, struct watch *watch)
{
	int count = watch->lost ? -1 : watch_receive(reading->monitor, watch);

	if (count < 0)
		reading_lost(reading, watch);
	else if (count)
		reading_messages(reading, watch, count);
}

/* What is ready, once; returns how much that was. The ends come last, for they free. */
static int reading_round(const struct reading *reading)
{
	struct epoll_event events[READY];
	int count = epoll_wait(reading->monitor->epoll_fd, events, READY, 0);
	bool signalled = false;

	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr)
			reading_watch(reading, events[i].data.ptr);
		else
			signalled = true;
	}
	if (signalled)
		reading_gone(reading);
	return count;
}

bool monitor_read_some(struct monitor *monitor, int batches, monitor_hook *hook, void *context)
{
	const struct reading reading = { .monitor = monitor, .hook = hook, .context = context };
	int count = 1;

	if (atomic_exchange(&monitor->ended, false))
		reading_gone(&reading);
	for (int read = 0; count > 0 && read < batches; read += count)
		count = reading_round(&reading);
	return count <= 0;
}

void monitor_read(struct monitor *monitor, monitor_hook *hook, void *context)
{
	if (!monitor_read_some(monitor, READ_BATCHES, hook, context))
		monitor_signal(monitor);
}
