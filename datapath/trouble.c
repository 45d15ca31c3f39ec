/*
 * What comes back of packets that were sent: ICMP of the outer network and the kernel's own
 * refusals, from the socket's queue of errors. As ipip_err() does, an unreachable far end is
 * remembered, and the next senders are told; a path's MTU the kernel has taken to its own notes.
 */
#include <errno.h>
#include <time.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <linux/icmp.h>
#include <string.h>

#include "datapath/worker.h"

enum { TROUBLE_TIME = 30000 }; /* IPTUNNEL_ERR_TIMEO */

static void trouble_mtu(struct tunnel *tunnel, uint32_t mtu)
{
	uint64_t smallest = tunnel->lanes[0].counters.path_mtu;

	if (!mtu || mtu > WORKER_PACKET_MAX)
		return;
	__atomic_store_n(&tunnel->path_mtu, mtu, __ATOMIC_RELAXED);
	if (!smallest || mtu < smallest)
		tunnel->lanes[0].counters.path_mtu = mtu;
}

static void trouble_unreachable(struct tunnel *tunnel)
{
	uint64_t now = tunnel_clock();
	uint32_t before = __atomic_load_n(&tunnel->errors, __ATOMIC_RELAXED);
	bool recent = now < tunnel->error_time + TROUBLE_TIME;

	if (!tunnel->settings.remote)
		return;
	__atomic_store_n(&tunnel->errors, recent ? before + 1 : 1, __ATOMIC_RELAXED);
	__atomic_store_n(&tunnel->error_time, now, __ATOMIC_RELAXED);
}

static void trouble_icmp(struct tunnel *tunnel, const struct sock_extended_err *error)
{
	if (error->ee_type == ICMP_DEST_UNREACH && error->ee_code == ICMP_FRAG_NEEDED)
		trouble_mtu(tunnel, error->ee_info);
	else if (error->ee_type == ICMP_DEST_UNREACH && error->ee_code != ICMP_SR_FAILED &&
		 error->ee_code != ICMP_PORT_UNREACH)
		trouble_unreachable(tunnel);
	else if (error->ee_type == ICMP_TIME_EXCEEDED && error->ee_code == ICMP_EXC_TTL &&
		 tunnel->settings.ttl)
		trouble_unreachable(tunnel);
}

/* Of a packet to our far end: a socket that is not connected hears of others', too. */
static bool trouble_is_ours(const struct tunnel *tunnel, const struct msghdr *message)
{
	struct sockaddr_in to;

	if (!tunnel->settings.remote || message->msg_namelen < sizeof(to))
		return true;
	memcpy(&to, message->msg_name, sizeof(to));
	return to.sin_addr.s_addr == tunnel->settings.remote;
}

static void trouble_read(struct tunnel *tunnel, struct msghdr *message)
{
	struct sock_extended_err error;

	if (!trouble_is_ours(tunnel, message))
		return;
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one;
	     one = CMSG_NXTHDR(message, one)) {
		if (one->cmsg_level != IPPROTO_IP || one->cmsg_type != IP_RECVERR ||
		    one->cmsg_len < CMSG_LEN(sizeof(error)))
			continue;
		memcpy(&error, CMSG_DATA(one), sizeof(error));
		if (error.ee_origin == SO_EE_ORIGIN_ICMP)
			trouble_icmp(tunnel, &error);
		else if (error.ee_origin == SO_EE_ORIGIN_LOCAL && error.ee_errno == EMSGSIZE)
			trouble_mtu(tunnel, error.ee_info);
	}
}

bool trouble_drain(struct lane *lane, int socket)
{
	_Alignas(struct cmsghdr) unsigned char control[256];
	unsigned char data[64];
	struct iovec part = { data, sizeof(data) };
	struct sockaddr_in to;
	bool found = false;

	for (int i = 0; i < WORKER_BATCH; i++) {
		struct msghdr message = { .msg_name = &to,
					  .msg_namelen = sizeof(to),
					  .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = control,
					  .msg_controllen = sizeof(control) };

		if (recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		trouble_read(lane->tunnel, &message);
		found = true;
	}
	return found;
}

bool trouble_pending(struct tunnel *tunnel)
{
	uint32_t count = __atomic_load_n(&tunnel->errors, __ATOMIC_RELAXED);

	if (!count)
		return false;
	if (tunnel_clock() >= tunnel->error_time + TROUBLE_TIME) {
		__atomic_store_n(&tunnel->errors, 0, __ATOMIC_RELAXED);
		return false;
	}
	__atomic_store_n(&tunnel->errors, count - 1, __ATOMIC_RELAXED);
	return true;
}
