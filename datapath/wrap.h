/* What the outer packet says beside its addresses, as ip_tunnel.c and sit.c choose it. */
#ifndef DATAPATH_WRAP_H
#define DATAPATH_WRAP_H

#include "datapath/inner.h"
#include "datapath/settings.h"

struct wrap {
	uint8_t protocol; /* of the outer packet */
	uint8_t tos, ttl;
	bool whole; /* it must not be cut */
};

/* False: this kind does not carry such packets. */
bool wrap_choose(struct wrap *wrap, const struct settings *settings, const struct inner *inner);
/* What stands between the outer IPv4 header and the inner packet. */
size_t wrap_length(const struct settings *settings);

#endif
