/* What the sources of datapath_*.c share, and what links ask of them. */
#ifndef NETOPS_DATAPATH_PRIVATE_H
#define NETOPS_DATAPATH_PRIVATE_H

#include <linux/netlink.h>
#include <pthread.h>
#include <sys/types.h>

#include "netops/datapath.h"
#include "netops/link.h"
#include "datapath/control.h"
#include "netops/netops_private.h"

/* ---- the process (datapath_client.c, datapath_start.c) ---- */

struct datapath {
	struct netops *netops;
	pthread_mutex_t mutex; /* guards the connection; whoever has it may talk */
	char *program, *path, *folder;
	int fd;	     /* -1: not connected */
	pid_t pid;   /* 0: none, and none that ended unasked */
	pid_t dead;  /* the one before it, until the watcher saw to that */
	int wake_fd; /* the watcher looks again */
	pthread_t watcher;
	bool watching, stopping;
	bool sweeping;		      /* the watcher is to sweep */
	unsigned int restarts;	      /* of one that had tunnels */
	struct control_counters gone; /* of tunnels that are no more */
	uint64_t counted_ms;	      /* when counters were last asked for */
};

/* In the agent's stead, beside its cgroup; returns when it is on its way. */
int datapath_spawn(const struct datapath *datapath, struct error *error);
/* Whether there is one. The mutex is held. */
bool datapath_connect(struct datapath *datapath);
/* The same, and starts one where there is none. */
int datapath_need(struct datapath *datapath, struct error *error);
void datapath_disconnect(struct datapath *datapath);
void datapath_stop(struct datapath *datapath);
/*
 * After the connection was lost in the middle of something: what it has and we do not know is
 * removed, and what it has otherwise than we know it is set (datapath_open.c).
 */
int datapath_agree(struct datapath *datapath, struct error *error);

enum { DATAPATH_FDS = 4 };
struct datapath_fds {
	int queue, sockets[4], route;
};
#define DATAPATH_NO_FDS                    \
	{                                  \
		-1, { -1, -1, -1, -1 }, -1 \
	}
#define CLEANUP_FDS __attribute__((cleanup(datapath_fds_close)))
void datapath_fds_close(struct datapath_fds *fds);

/* Mutex held and connected: one question. A result that is an errno is the error's number. */
int datapath_ask(struct datapath *datapath, enum control_type type,
		 const struct control_tunnel *tunnel, const struct datapath_fds *fds,
		 struct error *error);
/* CONTROL_GET: what it made of it. */
int datapath_get(struct datapath *datapath, struct control_tunnel *tunnel, struct error *error);
typedef int datapath_each(const struct control_tunnel *tunnel, void *context,
			  struct error *error);
int datapath_list(struct datapath *datapath, datapath_each *each, void *context,
		  struct error *error);

/* ---- the table of what it serves (datapath_table.c); safe from any thread ---- */

struct datapath_tunnel {
	struct control_tunnel control;
	int32_t underlay_id; /* IFLA_LINK_NETNSID, -1: the device's own namespace */
	struct namespace_identity place, underlay_place;
	pid_t process;			/* that it was given to */
	struct control_counters before; /* what those before it had counted */
};

bool datapath_table_set(const struct datapath_tunnel *tunnel); /* false: no memory */
bool datapath_table_remove(const char *namespace, uint32_t index);
/* index 0: by name. False: there is none. */
bool datapath_table_find(const char *namespace, uint32_t index, const char *name,
			 struct datapath_tunnel *ret);
/* The n-th; false: there are no more. */
bool datapath_table_at(size_t n, struct datapath_tunnel *ret);
size_t datapath_table_count(void);

/* Takes the counters of what is in the table. */
void datapath_table_count_set(const struct control_tunnel *control);

/* The kernel's message of a device of ours as if the kernel carried the tunnel; NULL: it is none. */
struct nlmsghdr *datapath_message(const char *namespace, const struct nlmsghdr *header);

/* ---- counters (datapath_count.c) ---- */

void datapath_counters_add(struct control_counters *sum, const struct control_counters *more);
struct rtnl_link_stats64;
/* Adds what the device does not know to what it has counted. */
void datapath_statistics(const struct datapath_tunnel *tunnel, struct rtnl_link_stats64 *stats);

/* ---- devices and sockets (datapath_device.c) ---- */

/* Makes (or attaches to) the device, into fds->queue; a new one has no mark and is not kept yet. */
int datapath_device_open(struct netops *netops, const char *namespace, const char *name,
			 bool ethernet, bool make, int *ret_queue, struct error *error);
int datapath_device_keep(int queue, struct error *error);
/* The raw sockets of the outer packets, and the netlink one of the device's namespace. */
int datapath_sockets_open(struct netops *netops, const struct link *link,
			  struct datapath_tunnel *tunnel, struct datapath_fds *fds,
			  struct error *error);
bool datapath_cookie(int fd, uint64_t *ret);

/* ---- what it can do (datapath.c) ---- */

/* ERROR_UNSUPPORTED where it cannot be here, ERROR_INVALID with the members that ask for too much. */
int datapath_serves(const struct netops *netops, const struct link *wanted,
		    struct error *error);
/* For who left the choice to us, and whose kernel has no such kind: all of it is ERROR_UNSUPPORTED. */
int datapath_stands_in(const struct netops *netops, const struct link *wanted,
		       struct error *error);

/* ---- links (datapath_link.c, datapath_mtu.c) ---- */

/* Makes device and tunnel; call->index becomes its. EEXIST as the kernel's is error->number. */
int datapath_make(struct link_call *call, const struct link *wanted, struct error *error);
/* IFLA_LINKINFO of a message that would change the kernel's tunnel so. */
int datapath_alter(const struct link_call *call, const struct link *from, const struct link *to,
		   const struct nlmsghdr *message, struct error *error);
/* After its device is deleted: nothing where it was none. */
void datapath_forget(struct netops *netops, const char *namespace, uint32_t index,
		     const char *name);
/* The mutex is held: it is in the table no more, and the process has it no more. */
void datapath_let_go(struct datapath *datapath, struct datapath_tunnel *tunnel);
/* The IPv6 address that the kernel gives a tunnel of the kind by itself, once it is up. */
void datapath_link_local(const struct link_call *call, const struct link *link);
/* What the kernel would choose for this one. */
int datapath_mtu(struct netops *netops, const struct link *link, uint32_t *ret,
		 struct error *error);

/* ---- potential routers (datapath_router.c) ---- */

struct potential_router;
/* 1: it was done here; 0: this is no tunnel in user space; -1. */
int datapath_router_list(const char *namespace, const char *device,
			 struct potential_router **ret, size_t *ret_count, struct error *error);
enum datapath_router_change { DATAPATH_ROUTER_ADD, DATAPATH_ROUTER_SET, DATAPATH_ROUTER_DROP };
int datapath_router_change(struct netops *netops, const char *namespace, const char *device,
			   enum datapath_router_change change,
			   const struct potential_router *router, struct error *error);

/* Gives the process what the tunnel is now, and the table what it made of it. */
int datapath_give(struct netops *netops, struct datapath_tunnel *tunnel,
		  const struct datapath_fds *fds, struct error *error);

/* ---- what happens by itself (datapath_watch.c) ---- */

int datapath_watch(struct datapath *datapath, struct error *error);
/* Closes what belongs to namespaces that are gone: it would keep them alive. */
void datapath_sweep(struct netops *netops);
/* The same on the watcher's thread, for who must not wait for the process. */
void datapath_sweep_soon(struct netops *netops);
/* True if it is sure that its device is no more. */
bool datapath_device_is_gone(struct netops *netops, const struct control_tunnel *control);
/* datapath_open.c */
void datapath_close(struct netops *netops);

/* What is a link of this tunnel, as it would be read; to be cleared. */
void datapath_as_link(const struct control_tunnel *tunnel, struct link *ret);

#endif
