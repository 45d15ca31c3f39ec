/* An outer packet, from whoever sent it: the inner one in it, or why there is none. */
#ifndef DATAPATH_UNWRAP_H
#define DATAPATH_UNWRAP_H

#include <stddef.h>
#include <stdint.h>

#include "datapath/settings.h"

enum unwrap_verdict {
	UNWRAP_GOOD,
	UNWRAP_MALFORMED,
	UNWRAP_CHECKSUM,
	UNWRAP_SEQUENCE,
	UNWRAP_UNEXPECTED,
	UNWRAP_ECN,
	UNWRAP_VERDICTS
};

/* What is remembered between packets. */
struct unwrap_state {
	uint32_t sequence; /* the next one; 0: none came yet */
	const uint32_t *routers;
	unsigned router_count;
};

struct unwrap {
	unsigned char *packet; /* within what was given */
	size_t length;
	size_t network;		      /* offset of its network header */
	uint32_t source, destination; /* outer */
};

/* packet begins with the outer IPv4 header, and may be written to. */
enum unwrap_verdict unwrap(struct unwrap *result, const struct settings *settings,
			   struct unwrap_state *state, unsigned char *packet, size_t length);

#endif
