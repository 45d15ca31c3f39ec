/*
 * TUN devices, and the raw sockets of their outer packets: opened on the thread that enters
 * namespaces, and given away. A device that is to be made is never one that is there
 * already (IFF_TUN_EXCL): that may be somebody else's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/if_tunnel.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

enum { SOCKET_ROOM = 4 * 1024 * 1024, VNET_HEADER = 10 };

struct tun_device {
	const char *name;
	bool ethernet, make;
	int fd;
};

bool datapath_cookie(int fd, uint64_t *ret)
{
	socklen_t length = sizeof(*ret);

	return !getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret, &length);
}

static int device_failed(const struct tun_device *device, int number, struct error *error)
{
	/* As the kernel's answer to a name that is taken. */
	if (device->make && number == EBUSY)
		number = EEXIST;
	return error_errno(error, number, "making the device \"%s\"", device->name);
}

static void device_offload(int fd)
{
	const unsigned int most = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	int size = VNET_HEADER;

	ioctl(fd, TUNSETVNETHDRSZ, &size);
	if (ioctl(fd, TUNSETOFFLOAD, most | TUN_F_USO4 | TUN_F_USO6))
		ioctl(fd, TUNSETOFFLOAD, most);
}

static int device_inside(void *context, struct error *error)
{
	struct tun_device *device = context;
	const int flags = IFF_NO_PI | IFF_VNET_HDR | (device->ethernet ? IFF_TAP : IFF_TUN) |
			  (device->make ? IFF_TUN_EXCL : 0);
	struct ifreq request = { .ifr_flags = (short)flags };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device->name);
	device->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (device->fd < 0)
		return error_errno(error, errno, "opening /dev/net/tun");
	if (ioctl(device->fd, TUNSETIFF, &request)) {
		device_failed(device, errno, error);
		close(device->fd);
		device->fd = -1;
		return -1;
	}
	device_offload(device->fd);
	return 0;
}

int datapath_device_open(struct netops *netops, const char *namespace, const char *name,
			 bool ethernet, bool make, int *ret_queue, struct error *error)
{
	struct tun_device device = { name, ethernet, make, -1 };

	if (namespace_run(netops, namespace, device_inside, &device, error))
		return -1;
	*ret_queue = device.fd;
	return 0;
}

int datapath_device_keep(int queue, struct error *error)
{
	return ioctl(queue, TUNSETPERSIST, 1) ?
		       error_errno(error, errno, "keeping the device") :
		       0;
}

/* ---- sockets ---- */

struct outer {
	const struct link *link;
	int protocols[2], count;
	bool connects;
	struct datapath_fds *fds;
	uint64_t cookie;
};

static void outer_address(const struct link *link, bool remote, struct sockaddr_in *ret)
{
	const struct ip *ip = remote ? &link->options.remote : &link->options.local;
	bool given = remote ? LINK_GIVEN(link, remote) : LINK_GIVEN(link, local);

	*ret = (struct sockaddr_in){ .sin_family = AF_INET };
	if (given)
		memcpy(&ret->sin_addr, ip->bytes, sizeof(ret->sin_addr));
}

static void outer_number(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int outer_bind(const struct outer *outer, int fd, struct error *error)
{
	const struct link *link = outer->link;
	int index = (int)link->options.device.index;
	struct sockaddr_in address;

	if (LINK_GIVEN(link, device) && index &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof(index)))
		return error_errno(error, errno, "binding outer packets to their device");
	if (LINK_GIVEN(link, fwmark) &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &link->options.fwmark, sizeof(uint32_t)))
		return error_errno(error, errno, "marking outer packets");
	outer_number(fd, IPPROTO_IP, IP_FREEBIND, 1);
	outer_address(link, false, &address);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return error_errno(error, errno, "binding to the local address");
	outer_address(link, true, &address);
	/* Without a route it cannot be connected: then each packet says where it goes. Nor is it
	 * without an address of its own: it would be given one, and hear no other. */
	if (outer->connects && LINK_GIVEN(link, local) && address.sin_addr.s_addr)
		(void)connect(fd, (const struct sockaddr *)&address, sizeof(address));
	return 0;
}

static int outer_open(const struct outer *outer, int protocol, bool cut, int *ret,
		      struct error *error)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog filter = { 1, &nothing };

	*ret = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (*ret < 0)
		return error_errno(error, errno, "opening a raw socket");
	outer_number(*ret, IPPROTO_IP, IP_MTU_DISCOVER,
		     cut ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO);
	outer_number(*ret, IPPROTO_IP, IP_RECVERR, 1);
	outer_number(*ret, SOL_SOCKET, SO_RCVBUFFORCE, cut ? 4096 : SOCKET_ROOM);
	outer_number(*ret, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_ROOM);
	if (cut)
		(void)setsockopt(*ret, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	return outer_bind(outer, *ret, error);
}

static int outer_inside(void *context, struct error *error)
{
	struct outer *outer = context;

	for (int i = 0; i < 2 * outer->count; i++) {
		if (outer_open(outer, outer->protocols[i / 2], i % 2, &outer->fds->sockets[i],
			       error))
			return -1;
	}
	datapath_cookie(outer->fds->sockets[0], &outer->cookie);
	return 0;
}

static int route_inside(void *context, struct error *error)
{
	int *fd = context;

	*fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *fd < 0 ? error_errno(error, errno, "opening a netlink socket") : 0;
}

/* A sit that carries whatever comes has two protocols outside. */
static void outer_protocols(const struct link *link, struct outer *outer)
{
	const struct kind *kind = link->kind;

	outer->count = 1;
	outer->protocols[0] = kind->outer_protocol;
	outer->connects = !kind->claims;
	if (kind->outer_protocol != IPPROTO_IPV6 || !LINK_GIVEN(link, mode))
		return;
	if (link->options.mode == IPPROTO_IPIP)
		outer->protocols[0] = IPPROTO_IPIP;
	if (link->options.mode == 0) {
		outer->protocols[1] = IPPROTO_IPIP;
		outer->count = 2;
	}
}

int datapath_sockets_open(struct netops *netops, const struct link *link,
			  struct datapath_tunnel *tunnel, struct datapath_fds *fds,
			  struct error *error)
{
	const char *underlay = link->underlay_namespace[0] ? link->underlay_namespace :
							     link->namespace;
	struct outer outer = { .link = link, .fds = fds };

	outer_protocols(link, &outer);
	if (namespace_run_in(netops, underlay, outer_inside, &outer, &tunnel->underlay_place,
			     error) ||
	    namespace_run_in(netops, link->namespace, route_inside, &fds->route, &tunnel->place,
			     error))
		return -1;
	tunnel->control.underlay_cookie = outer.cookie;
	datapath_cookie(fds->route, &tunnel->control.cookie);
	return 0;
}
