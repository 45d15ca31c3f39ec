/* See making.h. Descriptors are known by what they are: a device's queue, a raw socket, netlink. */
#include "datapath/making.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/ip.h>

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#include "datapath/info.h"
#include "datapath/loop.h"
#include "datapath/table.h"

static int making_option(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, level, option, &value, &size) ? -1 : value;
}

static uint64_t making_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) ? 0 : cookie;
}

static void making_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- sorts of descriptors ---- */

static bool making_is_queue(int fd, const struct settings *settings)
{
	struct ifreq request = { 0 };
	int size = 0;
	bool tap;

	if (ioctl(fd, TUNGETIFF, &request) || ioctl(fd, TUNGETVNETHDRSZ, &size))
		return false;
	tap = request.ifr_flags & IFF_TAP;
	return size == 10 && request.ifr_flags & IFF_VNET_HDR &&
	       request.ifr_flags & IFF_NO_PI && tap == (settings->kind == SETTINGS_GRETAP);
}

static void making_sort_socket(struct tunnel *tunnel, int *fd)
{
	uint8_t protocol = (uint8_t)making_option(*fd, SOL_SOCKET, SO_PROTOCOL);

	for (int i = 0; i < TUNNEL_SOCKETS; i++) {
		struct tunnel_socket *one = &tunnel->sockets[i];

		if (one->protocol && one->protocol != protocol)
			continue;
		for (int j = 0; j < CONTROL_SOCKETS; j++) {
			if (one->protocol && one->fds[j] >= 0)
				continue;
			if (!one->protocol)
				one->fds[CONTROL_SOCKET_CUT] = -1;
			one->protocol = protocol;
			one->fds[j] = *fd;
			*fd = -1;
			return;
		}
	}
}

static void making_sort(struct tunnel *tunnel, struct making *making)
{
	for (unsigned i = 0; i < making->count; i++) {
		int *fd = &making->fds[i];
		int domain = making_option(*fd, SOL_SOCKET, SO_DOMAIN);

		(void)fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) | O_NONBLOCK);
		if (domain == AF_INET && making_option(*fd, SOL_SOCKET, SO_TYPE) == SOCK_RAW) {
			making_sort_socket(tunnel, fd);
		} else if (domain == AF_NETLINK && tunnel->netlink < 0) {
			tunnel->netlink = *fd;
			*fd = -1;
		} else if (domain < 0 && tunnel->queue_count < CONTROL_QUEUES &&
			   making_is_queue(*fd, &tunnel->settings)) {
			tunnel->queues[tunnel->queue_count++] = *fd;
			*fd = -1;
		}
	}
}

/* ---- parts of a tunnel ---- */

static void making_clear(struct tunnel *tunnel)
{
	tunnel->netlink = -1;
	tunnel->queue_count = 0;
	memset(tunnel->sockets, 0, sizeof(tunnel->sockets));
	for (int i = 0; i < TUNNEL_LANES; i++)
		tunnel->lanes[i].fd = -1;
}

static void making_forget_hops(struct lane *lane)
{
	free(lane->hops);
	lane->hops = NULL;
}

static void making_close_all(struct tunnel *tunnel)
{
	for (int i = 0; i < TUNNEL_LANES; i++) {
		if (tunnel->lanes[i].fd >= 0)
			loop_remove(&tunnel->lanes[i]);
		tunnel->lanes[i].fd = -1;
		making_forget_hops(&tunnel->lanes[i]);
	}
	for (unsigned i = 0; i < tunnel->queue_count; i++)
		making_close(&tunnel->queues[i]);
	for (int i = 0; i < TUNNEL_SOCKETS; i++)
		for (int j = 0; j < CONTROL_SOCKETS && tunnel->sockets[i].protocol; j++)
			making_close(&tunnel->sockets[i].fds[j]);
	making_close(&tunnel->netlink);
}

/* What came takes the place of what was there, sort by sort. */
static void making_move(struct tunnel *tunnel, struct tunnel *parts)
{
	if (parts->queue_count) {
		for (unsigned i = 0; i < tunnel->queue_count; i++)
			making_close(&tunnel->queues[i]);
		memcpy(tunnel->queues, parts->queues, sizeof(tunnel->queues));
		tunnel->queue_count = parts->queue_count;
	}
	if (parts->sockets[0].protocol) {
		for (int i = 0; i < TUNNEL_SOCKETS; i++)
			for (int j = 0; j < CONTROL_SOCKETS && tunnel->sockets[i].protocol; j++)
				making_close(&tunnel->sockets[i].fds[j]);
		memcpy(tunnel->sockets, parts->sockets, sizeof(tunnel->sockets));
	}
	if (parts->netlink >= 0) {
		making_close(&tunnel->netlink);
		tunnel->netlink = parts->netlink;
	}
}

/* Where the kernel looks for sockets of a protocol it forgets one that is disconnected: it then
 * costs nothing when packets and errors come, of which it wants none. Its address goes with it, and
 * can be given back; a device could not be by everybody. Its messages say where they go. */
static void making_deafen(int socket, uint32_t local)
{
	struct sockaddr_in nobody = { .sin_family = AF_UNSPEC };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = { local } };

	if (making_option(socket, SOL_SOCKET, SO_BINDTOIFINDEX) ||
	    connect(socket, (struct sockaddr *)&nobody, sizeof(nobody)))
		return;
	(void)bind(socket, (struct sockaddr *)&from, sizeof(from));
}

static int making_lane(struct tunnel *tunnel, unsigned at, enum lane_type type, int fd)
{
	struct lane *lane = &tunnel->lanes[at];

	lane->tunnel = tunnel;
	lane->type = type;
	lane->fd = fd;
	making_forget_hops(lane);
	return loop_add(lane);
}

static int making_lanes(struct tunnel *tunnel)
{
	unsigned at = 0;
	int result = 0;

	for (unsigned i = 0; i < tunnel->queue_count; i++)
		result |= making_lane(tunnel, at++, LANE_DEVICE, tunnel->queues[i]);
	at = CONTROL_QUEUES;
	for (int i = 0; i < TUNNEL_SOCKETS && tunnel->sockets[i].protocol; i++) {
		result |= making_lane(tunnel, at++, LANE_SOCKET,
				      tunnel->sockets[i].fds[CONTROL_SOCKET_WHOLE]);
		making_deafen(tunnel->sockets[i].fds[CONTROL_SOCKET_CUT],
			      tunnel->settings.local);
		result |= making_lane(tunnel, at++, LANE_CUT,
				      tunnel->sockets[i].fds[CONTROL_SOCKET_CUT]);
	}
	return result ? errno : 0;
}

/* Asked for once more: a kernel that does not know joined UDP refuses. */
static bool making_takes_datagrams(int queue)
{
	const unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN |
				  TUN_F_USO4 | TUN_F_USO6;

	return !ioctl(queue, TUNSETOFFLOAD, offloads);
}

/*
 * A socket that has no address of its own is not connected, since that would choose one for good:
 * then this holds off what other far ends send. (Errors pass: trouble.c looks at those.)
 */
static void making_hear(const struct tunnel *tunnel, int socket)
{
	struct sock_filter only[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct iphdr, saddr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(tunnel->settings.remote), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { sizeof(only) / sizeof(*only), only };
	const int unused = 0;

	if (tunnel->connected || !tunnel->settings.remote ||
	    settings_is_isatap(&tunnel->settings))
		(void)setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	else
		(void)setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program,
				 sizeof(program));
}

static void making_look(struct tunnel *tunnel)
{
	struct sockaddr_in peer;
	socklen_t size = sizeof(peer);
	int socket = tunnel->sockets[0].fds[CONTROL_SOCKET_WHOLE];

	tunnel->connected = !getpeername(socket, (struct sockaddr *)&peer, &size);
	tunnel->underlay = making_cookie(socket);
	tunnel->datagrams = making_takes_datagrams(tunnel->queues[0]);
	tunnel->apart = tunnel->netlink >= 0 &&
			making_cookie(tunnel->netlink) != tunnel->underlay;
	for (int i = 0; i < TUNNEL_SOCKETS && tunnel->sockets[i].protocol; i++)
		making_hear(tunnel, tunnel->sockets[i].fds[CONTROL_SOCKET_WHOLE]);
	tunnel->state.routers = tunnel->told.routers;
	tunnel->state.router_count = tunnel->told.router_count;
}

/* ---- orders ---- */

static int making_check(const struct tunnel *parts, const struct tunnel *before,
			const char **why)
{
	const struct tunnel *sockets = parts->sockets[0].protocol || !before ? parts : before;

	*why = "a queue of the device is missing, or is of another sort";
	if (!parts->queue_count && !before)
		return EBADF;
	*why = "the two raw sockets are missing";
	for (int i = 0; i < TUNNEL_SOCKETS; i++)
		if ((!i || sockets->sockets[i].protocol) &&
		    (!sockets->sockets[i].protocol ||
		     sockets->sockets[i].fds[CONTROL_SOCKET_CUT] < 0))
			return EBADF;
	*why = "another tunnel has these ends";
	return 0;
}

static void making_note(struct tunnel *tunnel, const struct control_tunnel *wanted)
{
	uint32_t mtu = wanted->mtu ? wanted->mtu : tunnel->told.mtu;

	tunnel->told = *wanted;
	tunnel->told.mtu = mtu;
	tunnel->told.namespace[sizeof(wanted->namespace) - 1] = 0;
	tunnel->told.underlay[sizeof(wanted->underlay) - 1] = 0;
	tunnel->told.name[sizeof(wanted->name) - 1] = 0;
	if (tunnel->told.router_count > CONTROL_ROUTERS)
		tunnel->told.router_count = CONTROL_ROUTERS;
}

static int making_install(struct tunnel *tunnel, struct tunnel *parts,
			  const struct control_tunnel *wanted)
{
	for (int i = 0; i < TUNNEL_LANES; i++)
		if (tunnel->lanes[i].fd >= 0)
			loop_remove(&tunnel->lanes[i]);
	for (int i = 0; i < TUNNEL_LANES; i++)
		tunnel->lanes[i].fd = -1;
	making_move(tunnel, parts);
	tunnel->settings = parts->settings;
	making_note(tunnel, wanted);
	making_look(tunnel);
	return making_lanes(tunnel);
}

static struct tunnel *making_new(void)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));

	if (tunnel)
		making_clear(tunnel);
	return tunnel;
}

static int making_do(struct tunnel *parts, struct tunnel *before,
		     const struct control_tunnel *wanted, const char **why)
{
	struct tunnel *tunnel = before ? before : making_new();
	int result;

	if (!tunnel)
		return ENOMEM;
	result = making_install(tunnel, parts, wanted);
	making_clear(parts);
	*why = "the descriptors could not be looked after";
	if (!before && result) {
		making_close_all(tunnel);
		free(tunnel);
	} else if (!before) {
		table_add(tunnel);
	}
	return result;
}

/* Where no socket came the outer packets stay where they were. */
static void making_place(struct tunnel *parts, struct tunnel *before)
{
	if (parts->sockets[0].protocol)
		parts->underlay = making_cookie(parts->sockets[0].fds[0]);
	else if (before)
		parts->underlay = before->underlay;
	if (before)
		before->underlay = parts->underlay;
}

int making_set(const struct control_tunnel *wanted, struct making *making, const char **why)
{
	struct tunnel *before = table_find(wanted->namespace, wanted->index);
	struct tunnel *parts = making_new();
	int result;

	*why = "there is no memory";
	if (!parts)
		return ENOMEM;
	result = info_read(&parts->settings, before ? &before->settings : NULL, wanted->info,
			   wanted->info_length, why);
	if (!result) {
		making_sort(parts, making);
		result = making_check(parts, before, why);
	}
	if (!result) {
		making_place(parts, before);
		result = table_has_same(before ? before : parts, &parts->settings) ? EEXIST : 0;
	}
	if (!result)
		result = making_do(parts, before, wanted, why);
	making_close_all(parts);
	free(parts);
	return result;
}

int making_remove(const struct control_tunnel *wanted)
{
	struct tunnel *tunnel = table_find(wanted->namespace, wanted->index);

	if (!tunnel)
		return ENOENT;
	table_take(tunnel);
	making_close_all(tunnel);
	free(tunnel);
	return 0;
}
