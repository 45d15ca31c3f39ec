/*
 * Consecutive TCP segments of a flow, or datagrams, become one write to the device, with a virtio header that
 * says how to cut it: the stack then goes its way once for all of them. The payload is not moved.
 * Segments keep their order within a flow; flows may overtake each other.
 */
#ifndef DATAPATH_COALESCE_H
#define DATAPATH_COALESCE_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum {
	COALESCE_GROUPS = 8,
	COALESCE_PARTS = 66,
};

struct coalesce_group {
	unsigned char *packet; /* the first segment's headers */
	size_t network, transport, header;
	uint8_t protocol;
	size_t size;   /* of a payload */
	size_t length; /* of all */
	uint32_t next; /* sequence number, of TCP */
	bool closed;   /* nothing may follow */
	unsigned count;
	struct iovec parts[COALESCE_PARTS];
	struct virtio_net_hdr head;
};

struct coalesce {
	/* Writes one packet, parts[0] being the virtio header. */
	void (*write)(void *context, const struct iovec *parts, unsigned count);
	void *context;
	bool datagrams; /* the device takes UDP that is joined: since Linux 6.2 */
	unsigned count;
	struct coalesce_group groups[COALESCE_GROUPS];
};

/* The packet has to stay until coalesce_flush(). network: the offset of its IP header. */
void coalesce_add(struct coalesce *coalesce, unsigned char *packet, size_t length,
		  size_t network);
void coalesce_flush(struct coalesce *coalesce);

#endif
