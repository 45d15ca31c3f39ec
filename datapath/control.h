/*
 * What the agent tells tunneld-datapath, and what that answers: packets of a SOCK_SEQPACKET
 * socket, each a struct control_message, cut behind what it uses. Numbers are in host order:
 * both ends are on one machine, and of one release (CONTROL_VERSION).
 *
 * A tunnel is known by its namespace's name and its device's index, and described as the
 * kernel would be told of it: by the bytes of IFLA_LINKINFO (linux/if_link.h, its payload:
 * IFLA_INFO_KIND and IFLA_INFO_DATA with the attributes of linux/if_tunnel.h). So whoever can
 * ask the kernel for a tunnel can ask for one here, and reads back what he reads from the kernel.
 */
#ifndef DATAPATH_CONTROL_H
#define DATAPATH_CONTROL_H

#ifndef IFNAMSIZ /* linux/if.h has it, too, and cannot stand before the other */
#include <net/if.h>
#endif
#include <stddef.h>
#include <stdint.h>

enum {
	CONTROL_VERSION = 1,
	CONTROL_INFO_SIZE = 1024, /* bytes of IFLA_LINKINFO */
	CONTROL_ROUTERS = 64,	  /* potential routers of an isatap device */
	CONTROL_NAMESPACE_SIZE = 256,
	CONTROL_QUEUES = 8,
	CONTROL_DESCRIPTORS = CONTROL_QUEUES + 5,
};

enum control_type {
	/* Answered by CONTROL_HELLO: number is the version of who answers. */
	CONTROL_HELLO = 1,
	/*
	 * Makes a tunnel, or changes the one that is there. With descriptors (SCM_RIGHTS): queues
	 * of the device (at least one), the two sockets of enum control_socket in that order, and
	 * a netlink socket (see below); each is known by what it is, so the rest of the order is
	 * free. Of each of the three sorts, those that it has are kept where none came. Answered by
	 * CONTROL_RESULT.
	 */
	CONTROL_SET,
	/* Closes them; of one that is not there the result is ENOENT. CONTROL_RESULT. */
	CONTROL_REMOVE,
	/* Answered by a CONTROL_TUNNEL for each, and a CONTROL_RESULT behind them. */
	CONTROL_LIST,
	/* One tunnel: answered by CONTROL_TUNNEL, or CONTROL_RESULT with ENOENT. */
	CONTROL_GET,
	/* The process ends once this is answered: CONTROL_RESULT. */
	CONTROL_STOP,
	CONTROL_TUNNEL,
	CONTROL_RESULT, /* number is an errno, 0: it is done; text says why not */
};

/*
 * Raw IPv4 sockets in the namespace of the outer packets, not blocking, of the protocol of
 * the kind (4, 41, 47), without IP_HDRINCL, bound to the tunnel's local address where it has
 * one and then connected to its remote one (but not of isatap, which chooses for each packet;
 * without a local address the kernel would choose one, and hear no other any more); bound
 * to its device and marked where it says so. They differ in IP_MTU_DISCOVER: IP_PMTUDISC_DO, and
 * IP_PMTUDISC_DONT for what may be cut. Packets arrive on the first; the second is closed for
 * receiving by a filter. Both have IP_RECVERR. Who has the right gives them room
 * (SO_RCVBUFFORCE, SO_SNDBUFFORCE: 4 MB). A sit whose mode is `any` needs two of protocol 41
 * and two of protocol 4.
 *
 * The netlink socket (NETLINK_ROUTE, not blocking, in the namespace of the device) is asked for
 * the next hop of a packet: needed where the remote address is not set, and for isatap. It also
 * tells whether the device and the outer packets are in one namespace.
 */
enum control_socket { CONTROL_SOCKET_WHOLE, CONTROL_SOCKET_CUT, CONTROL_SOCKETS };

/* What the datapath itself has counted; what the device counts, the kernel tells. */
struct control_counters {
	uint64_t received, sent;	     /* packets */
	uint64_t received_bytes, sent_bytes; /* inner */
	uint64_t malformed;		     /* short, of another version, cut */
	uint64_t checksum;    /* GRE's was wrong, or missing where it is wanted */
	uint64_t sequence;    /* out of order, where order is wanted */
	uint64_t unexpected;  /* of another source, key or inner protocol */
	uint64_t ecn;	      /* congestion was met by a packet that cannot say so (RFC 6040) */
	uint64_t too_big;     /* did not fit the path: the sender was told */
	uint64_t recursion;   /* a packet of its own outer address came to the device */
	uint64_t unroutable;  /* no far end, or no route to it */
	uint64_t send_failed; /* the socket had no room, or another error */
	uint64_t path_mtu;    /* the smallest that was learnt, of outer packets; 0: none */
};

struct control_tunnel {
	char namespace[CONTROL_NAMESPACE_SIZE];
	char name[IFNAMSIZ];
	uint32_t index; /* of the device */
	uint32_t mtu;	/* of the device; 0: as it was */
	uint32_t router_count;
	uint32_t routers[CONTROL_ROUTERS]; /* IPv4, network order */
	/* The agent's notes, kept and told as they came: whose potential routers are default ones
	 * (bit n), where the outer packets live ("": in the device's namespace), and the cookies
	 * (SO_NETNS_COOKIE) of both namespaces. */
	uint64_t default_routers, cookie, underlay_cookie;
	char underlay[CONTROL_NAMESPACE_SIZE];
	struct control_counters counters; /* CONTROL_TUNNEL */
	uint32_t info_length;
	_Alignas(4) unsigned char info[CONTROL_INFO_SIZE];
};

struct control_message {
	uint16_t type;
	uint16_t version;
	uint32_t number;
	union {
		char text[256];
		struct control_tunnel tunnel;
	};
};

/* How long a message with nothing behind the text, or with a tunnel, is. */
#define CONTROL_TEXT_LENGTH (offsetof(struct control_message, text) + 256)
#define CONTROL_TUNNEL_LENGTH(info_length) \
	(offsetof(struct control_message, tunnel.info) + (info_length))

#endif
