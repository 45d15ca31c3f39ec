/* The kernel's reading of it: no routing, version 0, and Cisco's WCCP as it does. */
#include "datapath/gre.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <linux/if_tunnel.h>
#include <string.h>

#include "datapath/checksum.h"

enum {
	GRE_WCCP = 0x883e,
	GRE_OTHERS = 0x7f, /* of the second byte: version, and bits that a receiver must know */
};

size_t gre_length(uint16_t flags)
{
	return 4 + (flags & GRE_CSUM ? 4 : 0) + (flags & GRE_KEY ? 4 : 0) +
	       (flags & GRE_SEQ ? 4 : 0);
}

size_t gre_put(unsigned char *at, uint16_t flags, uint16_t type, uint32_t key,
	       uint32_t sequence)
{
	uint32_t words[4] = { 0 };
	unsigned count = 1;
	uint16_t head[2] = { flags & (GRE_CSUM | GRE_KEY | GRE_SEQ), htons(type) };

	memcpy(words, head, 4);
	count += !!(flags & GRE_CSUM);
	if (flags & GRE_KEY)
		words[count++] = key;
	if (flags & GRE_SEQ)
		words[count++] = htonl(sequence);
	memcpy(at, words, 4 * count);
	return 4 * count;
}

void gre_seal(unsigned char *at, uint16_t flags, uint64_t sum)
{
	uint16_t checksum = checksum_finish(checksum_add(sum, at, gre_length(flags)));

	memcpy(at + 4, &checksum, 2);
}

static void gre_read_words(struct gre *gre, const unsigned char *packet)
{
	const unsigned char *at = packet + 4 + (gre->flags & GRE_CSUM ? 4 : 0);

	if (gre->flags & GRE_KEY) {
		memcpy(&gre->key, at, 4);
		at += 4;
	}
	if (gre->flags & GRE_SEQ) {
		memcpy(&gre->sequence, at, 4);
		gre->sequence = ntohl(gre->sequence);
	}
}

/* WCCP 1 has IPv4 behind four bytes, WCCP 2 four bytes more. */
static void gre_read_wccp(struct gre *gre, const unsigned char *packet, size_t length)
{
	if (gre->flags || gre->type != GRE_WCCP)
		return;
	gre->type = ETH_P_IP;
	if (length >= gre->length + 4 && packet[gre->length] >> 4 != 4)
		gre->length += 4;
}

enum gre_verdict gre_read(struct gre *gre, const unsigned char *packet, size_t length)
{
	uint16_t head[2];

	*gre = (struct gre){ 0 };
	if (length < 4)
		return GRE_MALFORMED;
	memcpy(head, packet, 4);
	if (head[0] & GRE_ROUTING || packet[1] & GRE_OTHERS)
		return GRE_MALFORMED;
	gre->flags = head[0] & (GRE_CSUM | GRE_KEY | GRE_SEQ);
	gre->type = ntohs(head[1]);
	gre->length = gre_length(gre->flags);
	if (length < gre->length)
		return GRE_MALFORMED;
	gre_read_words(gre, packet);
	gre_read_wccp(gre, packet, length);
	if (gre->flags & GRE_CSUM && checksum_fold(checksum_add(0, packet, length)) != 0xffff)
		return GRE_CHECKSUM;
	return GRE_GOOD;
}
