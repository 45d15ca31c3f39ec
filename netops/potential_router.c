/*
 * Each call opens an IPv4 socket in the namespace, looks that the device is of
 * sit's kind (other drivers give these private ioctl numbers other meanings),
 * and sends one ioctl.
 */
#include "netops/potential_router.h"

#include <errno.h>
#include <linux/if_tunnel.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/netops_private.h"

/* linux/if_arp.h, which cannot stand beside net/if_arp.h. */
#ifndef ARPHRD_SIT
#define ARPHRD_SIT 776
#endif

enum {
	LIST_FIRST = 64,
	LIST_MOST = 1 << 20, /* the kernel counts in an unsigned int; nobody has so many */
};

struct device_socket {
	const char *namespace, *device;
	int fd;
};

static void device_socket_close(struct device_socket *socket)
{
	if (socket->fd >= 0)
		close(socket->fd);
}
#define CLEANUP_DEVICE __attribute__((cleanup(device_socket_close)))

static int device_socket_inside(void *context, struct error *error)
{
	struct device_socket *device = context;

	device->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return device->fd < 0 ? error_errno(error, errno, "opening a socket") : 0;
}

static int device_absent(const struct device_socket *device, struct error *error)
{
	return error_set(error, ERROR_ABSENT,
			 "there is no link \"%.15s\" in namespace \"%.64s\"", device->device,
			 device->namespace);
}

static int device_refused(const struct device_socket *device, struct error *error)
{
	return error_set(
		error, ERROR_REFUSED,
		"\"%.15s\" has no list of potential routers: it is not an isatap tunnel",
		device->device);
}

static int device_open(struct device_socket *device, struct netops *netops, struct error *error)
{
	struct ifreq request = { 0 };

	if (namespace_run(netops, device->namespace, device_socket_inside, device, error))
		return -1;
	if (strlen(device->device) >= sizeof(request.ifr_name))
		return device_absent(device, error);
	memcpy(request.ifr_name, device->device, strlen(device->device));
	if (ioctl(device->fd, SIOCGIFHWADDR, &request))
		return device_absent(device, error);
	if (request.ifr_hwaddr.sa_family != ARPHRD_SIT)
		return device_refused(device, error);
	return 0;
}

/* -1 with errno. */
static int device_ioctl(const struct device_socket *device, unsigned long number,
			struct ip_tunnel_prl *entry)
{
	struct ifreq request = { .ifr_data = (void *)entry };

	memcpy(request.ifr_name, device->device, strlen(device->device));
	return ioctl(device->fd, number, &request);
}

int potential_router_check(const struct potential_router *router, const char *pointer,
			   struct error *error)
{
	const struct ip *address = &router->address;
	char below[sizeof(error->members[0].pointer)];

	snprintf(below, sizeof(below), "%s/address", pointer);
	if (!address->family)
		return error_member(error, below, "required",
				    "the router's IPv4 address is needed");
	if (address->family != AF_INET)
		return error_member(error, below, "family",
				    "a potential router has an IPv4 address");
	if (ip_is_any(address) || ip_is_multicast(address) || ip_is_broadcast(address) ||
	    ip_is_loopback(address))
		return error_member(error, below, "range",
				    "this is not the address of one router");
	return 0;
}

/*
 * Reads into entries[1 …], at most as many as there is room for; entries[0] is
 * the question. Returns how many, or -1 with errno.
 */
static ssize_t list_read(const struct device_socket *device, struct ip_tunnel_prl *entries,
			 size_t room)
{
	memset(entries, 0, (room + 1) * sizeof(*entries));
	entries[0].datalen = (uint32_t)(room * sizeof(*entries));
	if (device_ioctl(device, SIOCGETPRL, entries))
		return -1;
	return (ssize_t)(entries[0].datalen / sizeof(*entries));
}

static int list_copy(const struct ip_tunnel_prl *entries, size_t count,
		     struct potential_router **ret, size_t *ret_count, struct error *error)
{
	struct potential_router *list = NULL;

	if (count)
		list = calloc(count, sizeof(*list));
	if (count && !list)
		return error_errno(error, ENOMEM, "listing potential routers");
	for (size_t i = 0; i < count; i++) {
		(void)ip_from_bytes(&list[i].address, &entries[i].addr,
				    sizeof(entries[i].addr));
		list[i].is_default = entries[i].flags & PRL_DEFAULT;
	}
	*ret = list;
	*ret_count = count;
	return 0;
}

/* The kernel cuts the list to the room it finds: a list that fills it may go on. */
static int list_grow(const struct device_socket *device, struct ip_tunnel_prl **entries,
		     size_t *ret_count, struct error *error)
{
	for (size_t room = LIST_FIRST; room <= LIST_MOST; room *= 2) {
		struct ip_tunnel_prl *more = realloc(*entries, (room + 1) * sizeof(*more));
		ssize_t count;

		if (!more)
			return error_errno(error, ENOMEM, "listing potential routers");
		*entries = more;
		count = list_read(device, more, room);
		if (count < 0 && (errno == ENOENT || errno == EINVAL))
			return device_refused(device, error);
		if (count < 0)
			return error_errno(error, errno, "listing potential routers");
		*ret_count = (size_t)count;
		if (*ret_count < room)
			return 0;
	}
	return error_set(error, ERROR_INTERNAL, "the list of potential routers does not end");
}

int potential_router_list(struct netops *netops, const char *namespace, const char *device,
			  struct potential_router **ret, size_t *ret_count, struct error *error)
{
	struct device_socket socket CLEANUP_DEVICE = { namespace, device, -1 };
	struct ip_tunnel_prl *entries = NULL;
	size_t count = 0;
	int result = datapath_router_list(namespace, device, ret, ret_count, error);

	if (result)
		return result < 0 ? -1 : 0;
	if (device_open(&socket, netops, error))
		return -1;
	result = list_grow(&socket, &entries, &count, error);
	if (!result)
		result = list_copy(entries + 1, count, ret, ret_count, error);
	free(entries);
	return result;
}

/* One changing ioctl, and what its errors say. */
static int router_ioctl(struct netops *netops, struct device_socket *device,
			unsigned long number, const struct potential_router *router,
			struct error *error)
{
	struct ip_tunnel_prl entry = { .flags = router->is_default ? PRL_DEFAULT : 0 };
	char text[IP_TEXT_SIZE];

	/* To the kernel, deleting 0.0.0.0 is deleting them all. */
	if (potential_router_check(router, "", error) || device_open(device, netops, error))
		return -1;
	memcpy(&entry.addr, router->address.bytes, sizeof(entry.addr));
	ip_format(&router->address, text);
	if (rehearsal_withholds(&netops->rehearsal) || !device_ioctl(device, number, &entry))
		return 0;
	switch (errno) {
	case EEXIST:
		return error_set(error, ERROR_EXISTS,
				 "%s is a potential router of \"%s\" already", text,
				 device->device);
	case ENXIO:
		return error_set(error, ERROR_ABSENT, "%s is no potential router of \"%s\"",
				 text, device->device);
	case EINVAL:
		return device_refused(device, error);
	default:
		return error_errno(error, errno, "changing the potential router %s", text);
	}
}

int potential_router_add(struct netops *netops, const char *namespace, const char *device,
			 const struct potential_router *router, struct error *error)
{
	struct device_socket socket CLEANUP_DEVICE = { namespace, device, -1 };
	int done = datapath_router_change(netops, namespace, device, DATAPATH_ROUTER_ADD,
					  router, error);

	if (done)
		return done < 0 ? -1 : 0;
	return router_ioctl(netops, &socket, SIOCADDPRL, router, error);
}

int potential_router_change(struct netops *netops, const char *namespace, const char *device,
			    const struct potential_router *router, struct error *error)
{
	struct device_socket socket CLEANUP_DEVICE = { namespace, device, -1 };
	int done = datapath_router_change(netops, namespace, device, DATAPATH_ROUTER_SET,
					  router, error);

	if (done)
		return done < 0 ? -1 : 0;
	return router_ioctl(netops, &socket, SIOCCHGPRL, router, error);
}

int potential_router_remove(struct netops *netops, const char *namespace, const char *device,
			    const struct ip *address, struct error *error)
{
	struct device_socket socket CLEANUP_DEVICE = { namespace, device, -1 };
	struct potential_router router = { .address = *address };
	int done = datapath_router_change(netops, namespace, device, DATAPATH_ROUTER_DROP,
					  &router, error);

	if (done)
		return done < 0 ? -1 : 0;
	return router_ioctl(netops, &socket, SIOCDELPRL, &router, error);
}
