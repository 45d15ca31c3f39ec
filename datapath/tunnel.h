/*
 * A tunnel, and its lanes: each descriptor on which packets come. A lane belongs to one worker,
 * which alone uses what is in it; what belongs to the tunnel changes only while no worker is at
 * work (loop.h).
 */
#ifndef DATAPATH_TUNNEL_H
#define DATAPATH_TUNNEL_H

#include "datapath/control.h"
#include "datapath/settings.h"
#include "datapath/unwrap.h"

enum lane_type {
	LANE_DEVICE,
	LANE_SOCKET, /* packets arrive on it */
	LANE_CUT,    /* only errors do */
};

enum {
	TUNNEL_SOCKETS = 2, /* of two protocols: a sit of any mode */
	TUNNEL_LANES = CONTROL_QUEUES + 2 * TUNNEL_SOCKETS,
	TUNNEL_HOPS = 64,
};

/* What a next hop was a moment ago. */
struct hop {
	unsigned char address[16];
	uint32_t far_end;
	uint8_t version; /* 0: nothing is known */
	uint64_t until;	 /* milliseconds */
};

struct tunnel;

struct lane {
	struct tunnel *tunnel;
	enum lane_type type;
	int fd; /* -1: not used */
	uint8_t protocol;
	uint64_t id; /* what epoll tells */
	struct control_counters counters;
	struct hop *hops; /* TUNNEL_HOPS; NULL: none was asked for yet */
};

/* What a socket is set to; ttl 0: not known. */
struct tunnel_usual {
	uint8_t ttl, tos;
};

struct tunnel_socket {
	uint8_t protocol; /* 0: none */
	int fds[CONTROL_SOCKETS];
	struct tunnel_usual usual[CONTROL_SOCKETS];
};

struct tunnel {
	struct tunnel *next;
	struct control_tunnel told; /* as the agent wants it back */
	struct settings settings;
	struct unwrap_state state;
	struct lane lanes[TUNNEL_LANES];
	struct tunnel_socket sockets[TUNNEL_SOCKETS];
	int queues[CONTROL_QUEUES];
	unsigned queue_count;
	int netlink; /* -1: none */
	bool connected;
	bool datagrams;	   /* the device takes UDP that is joined */
	bool apart;	   /* the outer packets are in another namespace than the device */
	uint64_t underlay; /* SO_NETNS_COOKIE of the sockets */
	/* Shared by workers: atomic. */
	uint32_t sequence;
	uint32_t errors;     /* that the outer network told, and inner senders were not */
	uint64_t error_time; /* milliseconds */
	uint32_t path_mtu;
	bool asking; /* somebody uses the netlink socket */
};

uint64_t tunnel_clock(void);

#endif
