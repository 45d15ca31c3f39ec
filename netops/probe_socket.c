/*
 * The raw socket of a probe: made in the namespace, used from anywhere. The
 * device only steers what is sent (IP_UNICAST_IF): a socket bound to it would
 * not hear the kernel's own "host unreachable", which comes through lo.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h> /* before linux/icmp.h, which has the same otherwise */
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netops/probe_private.h"
#include "netops/text.h"

#ifndef SOL_RAW
#define SOL_RAW 255 /* linux/socket.h */
#endif

enum {
	RECEIVE_BUFFER = 1024 * 1024, /* a namespace may have many probes, and each hears all */
	SECOND_NS = 1000000000,
	AGE_MOST_S = PROBE_INTERVAL_MAXIMUM / 1000,
};

struct opening {
	uint16_t family;
	int fd;
};

/* One socket option, as a row. */
struct option {
	int level, name, value;
};

static int probe_socket_inside(void *context, struct error *error)
{
	struct opening *opening = context;
	int protocol = opening->family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6;

	opening->fd =
		socket(opening->family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (opening->fd >= 0)
		return 0;
	if (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT)
		return error_set(error, ERROR_UNSUPPORTED, "this kernel has no %s",
				 opening->family == AF_INET ? "IPv4" : "IPv6");
	return error_errno(error, errno, "opening a raw socket");
}

/* Only answers, and errors that may be about us. */
static int socket_filter(int fd, uint16_t family)
{
	struct icmp_filter filter = { ~(1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH |
					1u << ICMP_SOURCE_QUENCH | 1u << ICMP_TIME_EXCEEDED |
					1u << ICMP_PARAMETERPROB) };
	struct icmp6_filter filter6;

	if (family == AF_INET)
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
	ICMP6_FILTER_SETBLOCKALL(&filter6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter6);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter6);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &filter6);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter6);
	ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &filter6);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter6, sizeof(filter6));
}

static int socket_options(int fd, const struct option *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof(options[i].value)))
			return -1;
	}
	return 0;
}

static int socket_options_ip4(int fd, const struct probe_request *request, uint32_t index)
{
	const struct option options[] = {
		{ SOL_SOCKET, SO_TIMESTAMPNS, 1 },
		{ IPPROTO_IP, IP_MTU_DISCOVER,
		  request->dont_fragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT },
		{ IPPROTO_IP, IP_UNICAST_IF, (int)htonl(index) },
		{ IPPROTO_IP, IP_TTL, (int)request->ttl },
	};

	/* The default hop count is not an option's value for IPv4: leave it alone. */
	return socket_options(fd, options, request->ttl ? 4 : 3);
}

static int socket_options_ip6(int fd, const struct probe_request *request, uint32_t index)
{
	const struct option options[] = {
		{ SOL_SOCKET, SO_TIMESTAMPNS, 1 },
		{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
		{ IPPROTO_IPV6, IPV6_MTU_DISCOVER,
		  request->dont_fragment ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_WANT },
		{ IPPROTO_IPV6, IPV6_DONTFRAG, request->dont_fragment },
		{ IPPROTO_IPV6, IPV6_UNICAST_IF, (int)htonl(index) },
		{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, request->ttl ? (int)request->ttl : -1 },
	};

	return socket_options(fd, options, sizeof(options) / sizeof(options[0]));
}

static int socket_device(int fd, const struct probe_request *request, uint32_t *ret_index,
			 struct error *error)
{
	struct ifreq interface = { 0 };

	*ret_index = 0;
	if (!request->device[0])
		return 0;
	/* The kernel cuts at a colon, for what ifconfig(8) once took for links: "lo:1" is no lo. */
	if (!text_copy(interface.ifr_name, sizeof(interface.ifr_name), request->device) ||
	    strchr(request->device, ':') || ioctl(fd, SIOCGIFINDEX, &interface))
		return error_missing(error, "/device",
				     "there is no link \"%.15s\" in namespace \"%.64s\"",
				     request->device, request->namespace);
	*ret_index = (uint32_t)interface.ifr_ifindex;
	return 0;
}

static int socket_source(int fd, const struct probe_request *request, uint32_t index,
			 struct error *error)
{
	const struct ip *source = &request->source;
	struct sockaddr_in ip4 = { .sin_family = AF_INET };
	struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6 };
	int failed;

	if (!source->family)
		return 0;
	if (source->family == AF_INET) {
		memcpy(&ip4.sin_addr, source->bytes, sizeof(ip4.sin_addr));
		failed = bind(fd, (struct sockaddr *)&ip4, sizeof(ip4));
	} else {
		memcpy(&ip6.sin6_addr, source->bytes, sizeof(ip6.sin6_addr));
		ip6.sin6_scope_id = ip_is_link_local(source) ? index : 0;
		failed = bind(fd, (struct sockaddr *)&ip6, sizeof(ip6));
	}
	if (failed)
		return error_missing(error, "/source",
				     "the namespace cannot send from this address: %s",
				     error_words(errno));
	return 0;
}

static int socket_prepare(int fd, const struct probe_request *request, uint32_t *ret_index,
			  struct error *error)
{
	uint16_t family = request->destination.family;
	int size = RECEIVE_BUFFER, failed;

	if (socket_device(fd, request, ret_index, error))
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	failed = socket_filter(fd, family) ||
		 (family == AF_INET ? socket_options_ip4(fd, request, *ret_index) :
				      socket_options_ip6(fd, request, *ret_index));
	if (failed)
		return error_errno(error, errno, "setting up a raw socket");
	return socket_source(fd, request, *ret_index, error);
}

int probe_socket(struct netops *netops, const struct probe_request *request,
		 uint32_t *ret_device_index, struct error *error)
{
	struct opening opening = { .family = request->destination.family, .fd = -1 };

	if (namespace_run(netops, request->namespace, probe_socket_inside, &opening, error))
		return namespace_needed(request->namespace, error);
	if (!socket_prepare(opening.fd, request, ret_device_index, error))
		return opening.fd;
	close(opening.fd);
	return -1;
}

/*
 * How long a packet lay in the socket. The stamp is of the wall clock, so only
 * this short span is taken from it: a clock that is set meanwhile harms at most
 * one echo, and a span that cannot be is dropped.
 */
static int64_t stamp_age(const struct timespec *stamp)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (int64_t)(now.tv_sec - stamp->tv_sec) * SECOND_NS +
	      (now.tv_nsec - stamp->tv_nsec);
	return age >= 0 && age < (int64_t)AGE_MOST_S * SECOND_NS ? age : 0;
}

static void receive_control(struct msghdr *message, struct probe_packet *packet)
{
	struct timespec stamp;
	int hops;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
	     control = CMSG_NXTHDR(message, control)) {
		if (control->cmsg_level == SOL_SOCKET &&
		    control->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(control), sizeof(stamp));
			packet->waited_ns = stamp_age(&stamp);
		} else if (control->cmsg_level == IPPROTO_IPV6 &&
			   control->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&hops, CMSG_DATA(control), sizeof(hops));
			packet->hop_limit = (uint32_t)hops;
		}
	}
}

static void receive_from(const struct sockaddr_storage *address, struct ip *ret)
{
	if (address->ss_family == AF_INET)
		(void)ip_from_bytes(ret, &((const struct sockaddr_in *)address)->sin_addr, 4);
	else
		(void)ip_from_bytes(ret, &((const struct sockaddr_in6 *)address)->sin6_addr,
				    16);
}

int probe_receive(int fd, struct probe_packet *packet, struct error *error)
{
	_Alignas(struct cmsghdr) char control[256];
	struct sockaddr_storage address = { 0 };
	struct iovec data = { .iov_base = packet->data, .iov_len = PROBE_PACKET };
	struct msghdr message = { .msg_name = &address,
				  .msg_namelen = sizeof(address),
				  .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(fd, &message, 0);

	if (length < 0 && (errno == EBADF || errno == ENOTSOCK || errno == EFAULT))
		return error_errno(error, errno, "reading from a raw socket");
	/* Everything else passes: an interruption, an error of the network. */
	if (length < 0)
		return 0;
	packet->length = (size_t)length;
	packet->waited_ns = 0;
	packet->hop_limit = 0;
	receive_control(&message, packet);
	receive_from(&address, &packet->from);
	return 1;
}
