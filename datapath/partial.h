/*
 * A raw socket is given packets as the kernel has them: receive offload joins up to 64 KB of a TCP
 * flow to one, also within a tunnel, and a sender on this machine leaves that, and checksums, to
 * devices. All of these have but the beginning of a checksum, by which they are known.
 */
#ifndef DATAPATH_PARTIAL_H
#define DATAPATH_PARTIAL_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether it is such a packet; head says what is left to do. network: the offset of its IP
 * header. */
bool partial_find(struct virtio_net_hdr *head, const unsigned char *packet, size_t length,
		  size_t network);

#endif
