/* What the sources of netops share behind the opaque struct netops. */
#ifndef NETOPS_NETOPS_PRIVATE_H
#define NETOPS_NETOPS_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "netops/inside.h"
#include "netops/namespace.h"
#include "netops/netlink.h"
#include "netops/netops.h"

struct pooled;

struct netops {
	struct inside *inside;
	int mounts_fd;
	pthread_mutex_t mutex; /* guards the pool */
	struct pooled *pool;
	unsigned int idle_count;
};

/* Closes what the pool holds: of namespaces that are gone, or everything. */
void namespace_pool_sweep(struct netops *netops);
void namespace_pool_drain(struct netops *netops);

/* The identity of a named namespace as it is now; false if there is none. "host" is {0, 0}. */
struct namespace_identity {
	dev_t device;
	ino_t inode;
};
bool namespace_identify(const char *name, struct namespace_identity *ret);

/* True if `text` can stand as one file name below NAMESPACE_DIR. */
bool namespace_name_possible(const char *text);
void namespace_path(const char *name, char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE]);

/* Writes or reads one small file below /proc; -1 with errno. */
int sysctl_write(const char *path, const char *value);
int sysctl_read_bool(const char *path, bool *ret);

#endif
