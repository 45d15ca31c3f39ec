/* The agent's start and end: the process is found again with its tunnels, and left to itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"
#include "netops/link_private.h"

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

/* ---- after a lost connection ---- */

static bool is_alike(const struct control_tunnel *one, const struct control_tunnel *other)
{
	return one->info_length == other->info_length &&
	       !memcmp(one->info, other->info, one->info_length) &&
	       one->router_count == other->router_count &&
	       !memcmp(one->routers, other->routers, sizeof(one->routers)) &&
	       one->default_routers == other->default_routers;
}

static int agree_one(struct datapath *datapath, const struct control_tunnel *its,
		     struct error *error)
{
	struct datapath_fds fds CLEANUP_FDS = DATAPATH_NO_FDS;
	struct link link CLEANUP_LINK = LINK_EMPTY;
	struct datapath_tunnel ours;

	if (!datapath_table_find(its->namespace, its->index, "", &ours))
		return datapath_ask(datapath, CONTROL_REMOVE, its, NULL, error);
	if (is_alike(its, &ours.control))
		return 0;
	datapath_as_link(&ours.control, &link);
	if (datapath_sockets_open(datapath->netops, &link, &ours, &fds, error))
		return -1;
	return datapath_ask(datapath, CONTROL_SET, &ours.control, &fds, error);
}

int datapath_agree(struct datapath *datapath, struct error *error)
{
	struct finding finding = { .netops = datapath->netops };
	int result = datapath_list(datapath, find_one, &finding, error);

	for (size_t i = 0; i < finding.count && !result; i++)
		result = agree_one(datapath, &finding.items[i].control, error);
	free(finding.items);
	return result;
}

/* ---- the start ---- */

static int find_again(struct datapath *datapath, struct error *error)
{
	struct finding finding = { .netops = datapath->netops };
	int result = 0;

	pthread_mutex_lock(&datapath->mutex);
	if (datapath_connect(datapath)) {
		result = datapath_list(datapath, find_one, &finding, error);
		if (!result)
			find_settle(datapath, &finding);
	}
	pthread_mutex_unlock(&datapath->mutex);
	free(finding.items);
	return result;
}

/* ---- devices that nobody serves: whoever wants them makes them anew ---- */

enum { ORPHAN_PATIENCE_MS = 2000, ORPHAN_STEP_MS = 20 };

struct orphans {
	struct netops *netops;
	int patience_ms; /* what is left of it, for all of them */
};

/* Somebody has its queue: another agent's datapath, or one that just died. */
static bool is_busy(struct netops *netops, const struct link *link)
{
	struct error why;
	int queue;

	for (int ethernet = 0; ethernet < 2; ethernet++) {
		error_clear(&why);
		if (!datapath_device_open(netops, link->namespace, link->name, ethernet, false,
					  &queue, &why)) {
			close(queue);
			return false;
		}
		if (why.number == EBUSY)
			return true;
	}
	return false;
}

/* The kernel takes its time to take the devices from a process that died. */
static bool stays_busy(struct orphans *orphans, const struct link *link)
{
	const struct timespec step = { .tv_nsec = ORPHAN_STEP_MS * 1000000L };

	while (is_busy(orphans->netops, link)) {
		if (orphans->patience_ms <= 0)
			return true;
		nanosleep(&step, NULL);
		orphans->patience_ms -= ORPHAN_STEP_MS;
	}
	return false;
}

static int orphan_link(struct link *link, void *context, struct error *error)
{
	struct orphans *orphans = context;
	struct error ignored;

	(void)error;
	error_clear(&ignored);
	if (link_is_ours(link) && !link->status.userspace &&
	    !strcmp(link->kernel_kind, "tun") && !stays_busy(orphans, link))
		(void)link_delete(orphans->netops, link->namespace, link->name, false, false,
				  &ignored);
	return 0;
}

static int orphan_namespace(const char *name, void *context, struct error *error)
{
	static const struct link_filter filter = { .kind = "tun", .bare = true };
	struct orphans *orphans = context;
	struct error ignored;

	(void)error;
	error_clear(&ignored);
	(void)link_list(orphans->netops, name, &filter, orphan_link, orphans, &ignored);
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
	struct orphans orphans = { netops, ORPHAN_PATIENCE_MS };

	netops->datapath = datapath;
	if (!datapath || datapath->wake_fd < 0 || !datapath->folder || !datapath->program ||
	    !datapath->path)
		return error_errno(error, ENOMEM, "starting");
	if (find_again(datapath, error))
		error_clear(
			error); /* one that is no use is ended, and started when it is needed */
	(void)namespace_list(orphan_namespace, &orphans, error);
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
