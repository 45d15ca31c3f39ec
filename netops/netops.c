/* Start and end of netops, and the one check of the machine that must hold. */
#include "netops/netops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/netops_private.h"
#include "netops/route_index.h"

/* True if the mount of a mountinfo line (proc(5)) lies on the way to NAMESPACE_DIR. */
static bool mount_on_the_way(const char *line, size_t *ret_length)
{
	char point[256];
	size_t length;

	if (sscanf(line, "%*s %*s %*s %*s %255s", point) != 1)
		return false;
	length = strcmp(point, "/") ? strlen(point) : 0;
	if (strncmp(NAMESPACE_DIR, point, length) ||
	    (NAMESPACE_DIR[length] != '/' && NAMESPACE_DIR[length] != '\0'))
		return false;
	*ret_length = length;
	return true;
}

/*
 * In a slave mount namespace a namespace's mount succeeds and is seen by nobody
 * outside: everything would look made, and ip-netns would find nothing.
 */
static bool mounts_are_slave(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t size = 0, deepest = 0, length;
	char *line = NULL;
	bool slave = false;

	while (file && getline(&line, &size, file) > 0) {
		if (!mount_on_the_way(line, &length) || length < deepest)
			continue;
		deepest = length;
		slave = strstr(line, " master:") != NULL;
	}
	free(line);
	if (file)
		fclose(file);
	return slave;
}

int netops_open(struct netops **ret, struct error *error)
{
	struct netops *netops;

	if (mounts_are_slave())
		return error_set(error, ERROR_REFUSED,
				 "the mounts of this process are a slave of another mount "
				 "namespace (ip netns exec, or a sandboxed unit): namespaces "
				 "made here could not be seen outside");
	netops = calloc(1, sizeof(*netops));
	if (!netops)
		return error_errno(error, ENOMEM, "starting");
	pthread_mutex_init(&netops->mutex, NULL);
	netops->indexes = route_indexes_open();
	netops->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (netops->mounts_fd < 0)
		error_errno(error, errno, "opening /proc/self/mountinfo");
	else if (!netops->indexes)
		error_errno(error, ENOMEM, "starting");
	if (netops->mounts_fd < 0 || !netops->indexes || inside_start(&netops->inside, error)) {
		netops_close(netops);
		return -1;
	}
	*ret = netops;
	return 0;
}

void netops_close(struct netops *netops)
{
	if (!netops)
		return;
	datapath_close(netops);
	namespace_pool_drain(netops);
	route_indexes_free(netops->indexes);
	inside_stop(netops->inside);
	if (netops->mounts_fd >= 0)
		close(netops->mounts_fd);
	pthread_mutex_destroy(&netops->mutex);
	free(netops);
}

int netops_mounts_fd(const struct netops *netops)
{
	return netops->mounts_fd;
}

void netops_mounts_changed(struct netops *netops)
{
	namespace_pool_sweep(netops);
	datapath_sweep_soon(netops);
}

void netops_rehearse(struct netops *netops, bool on)
{
	if (on)
		netops->rehearsal.withheld = 0;
	netops->rehearsal.on = on;
}

unsigned int netops_rehearsed(const struct netops *netops)
{
	return netops->rehearsal.withheld;
}

unsigned int netops_changes(const struct netops *netops)
{
	return netops->rehearsal.passed;
}
