/*
 * Sockets into namespaces, opened once and kept for the next caller.
 *
 * A socket that we hold keeps its namespace alive, and with it the inode number
 * of the nsfs file, which the kernel otherwise hands out again at once. So as
 * long as a socket is in the pool, comparing device and inode of
 * /run/netns/NAME with those noted at its opening is a safe test of identity.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "netops/netops_private.h"
#include "netops/route_index.h"

enum { POOL_IDLE_LIMIT = 256 };
enum { NSFS_MAGIC_NUMBER = 0x6e736673 }; /* linux/magic.h: NSFS_MAGIC */

struct pooled {
	struct netlink *netlink;
	char name[NAMESPACE_NAME_SIZE];
	struct namespace_identity identity;
	bool busy;
	bool waits; /* its user may be long in coming back: see namespace_may_cut() */
	struct pooled *next;
};

bool namespace_identify(const char *name, struct namespace_identity *ret)
{
	char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE];
	struct statfs filesystem;
	struct stat status;

	*ret = (struct namespace_identity){ 0 };
	if (!strcmp(name, NAMESPACE_HOST))
		return true;
	if (!namespace_name_possible(name))
		return false;
	namespace_path(name, path);
	/* ip-netns makes the file before it mounts the namespace there. */
	if (statfs(path, &filesystem) || filesystem.f_type != NSFS_MAGIC_NUMBER ||
	    stat(path, &status))
		return false;
	*ret = (struct namespace_identity){ status.st_dev, status.st_ino };
	return true;
}

bool namespace_is_current(const char *name, const struct namespace_identity *identity)
{
	struct namespace_identity now;

	return namespace_identify(name, &now) && now.device == identity->device &&
	       now.inode == identity->inode;
}

static bool pooled_current(const struct pooled *pooled)
{
	return namespace_is_current(pooled->name, &pooled->identity);
}

static void pooled_close(struct netops *netops, struct pooled **link)
{
	struct pooled *pooled = *link;

	*link = pooled->next;
	netops->idle_count -= !pooled->busy;
	netlink_close(pooled->netlink);
	free(pooled);
}

/* Busy ones are looked at again when they are given back, unless nobody knows when. */
static void pool_close_idle(struct netops *netops, bool all)
{
	struct pooled **link = &netops->pool;

	pthread_mutex_lock(&netops->mutex);
	while (*link) {
		if (!(*link)->busy && (all || !pooled_current(*link))) {
			pooled_close(netops, link);
			continue;
		}
		if ((*link)->waits && !pooled_current(*link)) {
			netlink_cut((*link)->netlink);
			(*link)->waits = false;
		}
		link = &(*link)->next;
	}
	pthread_mutex_unlock(&netops->mutex);
}

void namespace_pool_sweep(struct netops *netops)
{
	pool_close_idle(netops, false);
	route_indexes_close(netops->indexes, false);
}

void namespace_pool_drain(struct netops *netops)
{
	pool_close_idle(netops, true);
}

static struct netlink *pool_take(struct netops *netops, const char *name,
				 const struct namespace_identity *identity)
{
	struct netlink *taken = NULL;

	pthread_mutex_lock(&netops->mutex);
	for (struct pooled *pooled = netops->pool; pooled && !taken; pooled = pooled->next) {
		if (pooled->busy || pooled->identity.inode != identity->inode ||
		    pooled->identity.device != identity->device || strcmp(pooled->name, name))
			continue;
		pooled->busy = true;
		netops->idle_count--;
		taken = pooled->netlink;
	}
	pthread_mutex_unlock(&netops->mutex);
	return taken;
}

static int pool_open_inside(void *context, struct error *error)
{
	struct pooled *pooled = context;

	return netlink_open(NETLINK_ROUTE, &pooled->netlink, error);
}

int namespace_run_in(struct netops *netops, const char *name, inside_work *work, void *context,
		     struct namespace_identity *ret, struct error *error)
{
	bool host = !strcmp(name, NAMESPACE_HOST);
	int fd = host ? -1 : namespace_open(name, error);
	struct stat status;
	int result;

	*ret = (struct namespace_identity){ 0 };
	if (!host && fd < 0)
		return -1;
	if (!host && !fstat(fd, &status))
		*ret = (struct namespace_identity){ status.st_dev, status.st_ino };
	result = inside_run(netops->inside, fd, work, context, error);
	if (fd >= 0)
		close(fd);
	return result;
}

static struct netlink *pool_open(struct netops *netops, const char *name, struct error *error)
{
	struct pooled *pooled = calloc(1, sizeof(*pooled));

	if (!pooled) {
		error_errno(error, ENOMEM, "opening a namespace");
		return NULL;
	}
	memcpy(pooled->name, name, strlen(name));
	pooled->busy = true;
	if (namespace_run_in(netops, name, pool_open_inside, pooled, &pooled->identity,
			     error)) {
		free(pooled);
		return NULL;
	}
	netlink_rehearse(pooled->netlink, &netops->rehearsal);
	netlink_set_home(pooled->netlink, netops);
	pthread_mutex_lock(&netops->mutex);
	pooled->next = netops->pool;
	netops->pool = pooled;
	pthread_mutex_unlock(&netops->mutex);
	return pooled->netlink;
}

int namespace_socket(struct netops *netops, const char *name, struct netlink **ret,
		     struct error *error)
{
	struct namespace_identity identity;

	if (!namespace_identify(name, &identity))
		return error_set(error, ERROR_MISSING, "there is no namespace \"%.64s\"", name);
	*ret = pool_take(netops, name, &identity);
	if (!*ret)
		*ret = pool_open(netops, name, error);
	return *ret ? 0 : -1;
}

void namespace_release(struct netops *netops, struct netlink *netlink)
{
	struct pooled **link = &netops->pool;

	if (!netlink)
		return;
	netlink_rest(netlink);
	pthread_mutex_lock(&netops->mutex);
	while (*link && (*link)->netlink != netlink)
		link = &(*link)->next;
	if (*link) {
		(*link)->busy = (*link)->waits = false;
		netops->idle_count++;
		if (netlink_spoiled(netlink) || netops->idle_count > POOL_IDLE_LIMIT ||
		    !pooled_current(*link))
			pooled_close(netops, link);
	}
	pthread_mutex_unlock(&netops->mutex);
}

void namespace_may_cut(const struct namespace_socket *socket)
{
	struct netops *netops = socket->netops;

	pthread_mutex_lock(&netops->mutex);
	for (struct pooled *pooled = netops->pool; pooled; pooled = pooled->next) {
		if (pooled->netlink == socket->netlink)
			pooled->waits = true;
	}
	pthread_mutex_unlock(&netops->mutex);
}

int namespace_enter(struct netops *netops, const char *name, struct namespace_socket *ret,
		    struct error *error)
{
	*ret = (struct namespace_socket){ .netops = netops };
	return namespace_socket(netops, name, &ret->netlink, error);
}

int namespace_needed(const char *name, struct error *error)
{
	if (error->kind != ERROR_MISSING || error->member_count)
		return -1;
	return error_missing(error, "/namespace", "there is no namespace \"%.64s\"", name);
}

int namespace_enter_to_make(struct netops *netops, const char *name,
			    struct namespace_socket *ret, struct error *error)
{
	if (!namespace_enter(netops, name, ret, error))
		return 0;
	return namespace_needed(name, error);
}

int namespace_enter_to_find(struct netops *netops, const char *name,
			    struct namespace_socket *ret, struct error *error)
{
	if (!namespace_enter(netops, name, ret, error))
		return 0;
	if (error->kind == ERROR_MISSING)
		error->kind = ERROR_ABSENT;
	return -1;
}

void namespace_leave(struct namespace_socket *socket)
{
	if (socket->netops)
		namespace_release(socket->netops, socket->netlink);
	*socket = (struct namespace_socket){ 0 };
}
