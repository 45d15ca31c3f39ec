/* What the sources of netops share behind the opaque struct netops. */
#ifndef NETOPS_NETOPS_PRIVATE_H
#define NETOPS_NETOPS_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "netops/inside.h"
#include "netops/kernel_count.h"
#include "netops/namespace.h"
#include "netops/netlink.h"
#include "netops/netops.h"
#include "netops/rehearsal.h"

struct pooled;
struct route_indexes;
struct datapath;

struct netops {
	struct inside *inside;
	int mounts_fd;
	pthread_mutex_t mutex; /* guards the pool */
	struct pooled *pool;
	unsigned int idle_count;
	struct route_indexes *indexes;
	struct rehearsal rehearsal; /* of every change that is sent through here */
	struct kernel_counts counts;
	struct datapath *datapath; /* NULL: tunnels are the kernel's only */
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
/* Whether the name still stands for that one; sure while something of ours holds it. */
bool namespace_is_current(const char *name, const struct namespace_identity *identity);
/* namespace_run() that tells where it was: what work opens there can be held to it. */
int namespace_run_in(struct netops *netops, const char *name, inside_work *work, void *context,
		     struct namespace_identity *ret, struct error *error);

/* True if `text` can stand as one file name below NAMESPACE_DIR. */
bool namespace_name_possible(const char *text);
void namespace_path(const char *name, char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE]);

/* Writes or reads one small file below /proc; -1 with errno. */
int sysctl_write(const char *path, const char *value);
int sysctl_read_bool(const char *path, bool *ret);

#endif
