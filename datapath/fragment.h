/* An inner IPv4 packet cut into fragments (RFC 791), one at a time. */
#ifndef DATAPATH_FRAGMENT_H
#define DATAPATH_FRAGMENT_H

#include <stdbool.h>

#include "datapath/inner.h"

/* Begins as { 0 }. */
struct fragment {
	const unsigned char *payload;
	size_t length;
	size_t header; /* the link's and IPv4's */
	size_t done;
};

/* The next one of packet; mtu is that of an IP packet. head gets its headers, at most
 * INNER_ETHERNET_LENGTH + 4 + 60 bytes. False: that was all. */
bool fragment_next(struct fragment *fragment, const unsigned char *packet,
		   const struct inner *inner, size_t mtu, unsigned char *head);

#endif
