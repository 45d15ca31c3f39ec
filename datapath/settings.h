/*
 * What a tunnel is set to, as the kernel understands it (linux/if_tunnel.h). Addresses, keys
 * and GRE's flags are in network order.
 */
#ifndef DATAPATH_SETTINGS_H
#define DATAPATH_SETTINGS_H

#include <net/if.h>
#include <netinet/in.h>
#include <linux/if_tunnel.h>
#include <stdbool.h>
#include <stdint.h>

enum settings_kind {
	SETTINGS_IPIP,
	SETTINGS_SIT,
	SETTINGS_GRE,
	SETTINGS_GRETAP,
};

struct settings_6rd {
	struct in6_addr prefix;
	uint32_t relay_prefix;
	uint16_t prefix_length, relay_prefix_length;
};

struct settings {
	enum settings_kind kind;
	uint32_t local, remote;
	uint32_t link, fwmark;
	uint32_t input_key, output_key;
	uint16_t input_flags, output_flags; /* GRE_CSUM, GRE_KEY, GRE_SEQ */
	uint16_t sit_flags;		    /* SIT_ISATAP; host order */
	uint8_t ttl, tos;		    /* 0, lowest bit: from inside */
	uint8_t mode;			    /* inner protocol; 0: any */
	bool discover;			    /* the outer packet must not be cut */
	bool ignore_df;
	/* Of UDP: only none is known. The ports are in network order. */
	uint16_t encapsulation, encapsulation_flags;
	uint16_t encapsulation_source, encapsulation_destination;
	struct settings_6rd six_rd;
};

static inline bool settings_is_gre(const struct settings *settings)
{
	return settings->kind == SETTINGS_GRE || settings->kind == SETTINGS_GRETAP;
}

static inline bool settings_is_isatap(const struct settings *settings)
{
	return settings->kind == SETTINGS_SIT && (settings->sit_flags & 1);
}

#endif
