/* GRE's header (RFC 2784, RFC 2890): four bytes, and four for each of checksum, key, number. */
#ifndef DATAPATH_GRE_H
#define DATAPATH_GRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRE_LENGTH_MAX = 16 };

struct gre {
	uint16_t flags; /* GRE_CSUM, GRE_KEY, GRE_SEQ; network order */
	uint16_t type;	/* of what is inside, host order */
	uint32_t key;	/* network order */
	uint32_t sequence;
	size_t length;
};

enum gre_verdict { GRE_GOOD, GRE_MALFORMED, GRE_CHECKSUM };

size_t gre_length(uint16_t flags);
/* Its checksum, if it has one, is 0 and has to follow: gre_seal(). */
size_t gre_put(unsigned char *at, uint16_t flags, uint16_t type, uint32_t key,
	       uint32_t sequence);
/* sum: checksum_add() of all that is behind the header. */
void gre_seal(unsigned char *at, uint16_t flags, uint64_t sum);
enum gre_verdict gre_read(struct gre *gre, const unsigned char *packet, size_t length);

#endif
