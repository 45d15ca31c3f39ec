/* What the sources of probe share: packets, and the socket they go through. */
#ifndef NETOPS_PROBE_PRIVATE_H
#define NETOPS_PROBE_PRIVATE_H

#include <stddef.h>
#include <sys/types.h>

#include "netops/probe.h"

enum {
	PROBE_HEADER = 8, /* of an echo, either family */
	PROBE_PACKET = 65536,
};

/*
 * What makes the echoes of one probe its own: identifier and first sequence
 * number are random (32 bits together), and so is the start of the payload.
 */
struct probe_mark {
	uint16_t identifier, first;
	uint8_t cookie[8]; /* as much of it as the payload holds */
};

/* An echo request into packet, ready to be sent (the kernel sums up ICMPv6). Its length. */
size_t probe_build(uint8_t *packet, uint16_t family, const struct probe_mark *mark,
		   uint32_t index, uint32_t size);

enum probe_kind {
	PROBE_FOREIGN, /* not about an echo of this probe, or damaged */
	PROBE_REPLY,
	PROBE_ERROR,
};

/* What a packet says about the echo of this index (0 …). */
struct probe_heard {
	enum probe_kind kind;
	uint32_t index;
	struct ip from;
	uint32_t ttl;		/* replies; for IPv6 the receiver of the packet fills it in */
	struct probe_icmp icmp; /* errors */
};

/*
 * Reads what a raw socket got: with its header for IPv4, without for IPv6. sent
 * is an echo of this probe as built; count is how many there are.
 */
void probe_parse(const struct probe_request *request, const struct probe_mark *mark,
		 uint32_t count, const struct ip *from, const uint8_t *packet, size_t length,
		 struct probe_heard *ret);

/* RFC 1071. Over data that holds a right sum it is 0. */
uint16_t probe_sum(const uint8_t *data, size_t length);

/* Words for an ICMP error. */
const char *probe_icmp_text(uint16_t family, uint32_t type, uint32_t code);

/* The socket, set up as the request wants it, without blocking; -1 fills the error. */
int probe_socket(struct netops *netops, const struct probe_request *request,
		 uint32_t *ret_device_index, struct error *error);

/* Received: how much, from whom, with what hop limit, and how long it has been waiting. */
struct probe_packet {
	uint8_t *data; /* PROBE_PACKET of room */
	size_t length;
	struct ip from;
	uint32_t hop_limit; /* IPv6 */
	int64_t waited_ns;  /* from its arrival to now */
};

/* 1: one is there; 0: none, or one that is to be passed over; -1 with the error. */
int probe_receive(int fd, struct probe_packet *packet, struct error *error);

/* Mean and deviation of the echoes that were answered, and the loss. */
void probe_sum_up(struct probe_result *result);

#endif
