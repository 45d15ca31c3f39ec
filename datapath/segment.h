/*
 * A device with a virtio header (linux/virtio_net.h) hands over up to 64 KB of one flow, and
 * leaves checksums to us. Here are the packets that it stands for: headers are written anew,
 * the payload stays where it is.
 */
#ifndef DATAPATH_SEGMENT_H
#define DATAPATH_SEGMENT_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* since Linux 6.2 */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { SEGMENT_HEADER_MAX = 256 };

struct segments {
	const unsigned char *packet;
	size_t length;
	size_t network, transport; /* offsets */
	size_t header;		   /* length of all headers */
	size_t size;		   /* of a payload, but of the last */
	unsigned count;
	uint8_t protocol;
	uint64_t pseudo; /* without the length */
};

/* What of the packet one segment is. */
struct segment {
	const unsigned char *payload;
	size_t length;
};

/* False: the header and the packet contradict each other. */
bool segments_begin(struct segments *segments, const struct virtio_net_hdr *head,
		    const unsigned char *packet, size_t length, size_t network);
/* Its headers, segments->header bytes, checksums and all. */
struct segment segments_make(const struct segments *segments, unsigned index,
			     unsigned char *header);
/* The checksum of a packet that is one already. False: it lies outside of it. */
bool segment_complete(const struct virtio_net_hdr *head, unsigned char *packet, size_t length);

#endif
