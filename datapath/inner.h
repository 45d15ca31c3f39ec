/* What of an inner packet decides about its way, read once. */
#ifndef DATAPATH_INNER_H
#define DATAPATH_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INNER_ETHERNET_LENGTH = 14 };

struct inner {
	const unsigned char *network; /* NULL: neither IPv4 nor IPv6 (in Ethernet) */
	size_t offset;		      /* of it: what the link's own header takes */
	size_t length;		      /* of all */
	uint16_t type;		      /* ETH_P_…, host order: what GRE says it carries */
	uint8_t version;	      /* 4, 6, 0 */
	uint8_t tos, ttl;
	uint8_t protocol; /* behind IPv4's header */
	bool whole;	  /* IPv4 that must not be cut */
};

/* False: it is too short, or neither IPv4 nor IPv6 where it has to be. */
bool inner_read(struct inner *inner, const unsigned char *packet, size_t length, bool ethernet);

#endif
