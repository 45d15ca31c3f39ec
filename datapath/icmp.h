/*
 * What a router would tell the sender of an inner packet: that it is too big, or that its far end
 * is not there (RFC 792, RFC 1191, RFC 4443). It seems to come from whom the packet was for.
 */
#ifndef DATAPATH_ICMP_H
#define DATAPATH_ICMP_H

#include <stddef.h>
#include <stdint.h>

#include "datapath/inner.h"

enum { ICMP_ROOM = INNER_ETHERNET_LENGTH + 4 + 1280 };

/* The length of what was put into out, with a link's header where the packet has one; 0: nobody
 * is to be told. mtu is the inner one; 0: the far end is not there. */
size_t icmp_put(unsigned char out[ICMP_ROOM], const unsigned char *packet,
		const struct inner *inner, uint32_t mtu);

#endif
