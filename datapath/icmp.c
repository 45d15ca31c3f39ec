/* Two families, one shape: header, eight bytes, as much of the packet as is allowed. */
#include "datapath/icmp.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "datapath/checksum.h"

enum { ICMP_4_MAX = 576, ICMP_6_MAX = 1280 };

static void icmp_put16(unsigned char *at, size_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

/* Nobody is told of errors, of later fragments, of what was for many or from nobody. */
static bool icmp_allowed_4(const unsigned char *network, size_t length)
{
	size_t header = 4U * (network[0] & 15);

	if ((network[6] & 0x1f) || network[7] || network[16] >= 224 || network[12] >= 224 ||
	    !network[12])
		return false;
	if (network[9] != IPPROTO_ICMP)
		return true;
	return length > header &&
	       (network[header] == ICMP_ECHO || network[header] == ICMP_ECHOREPLY ||
		network[header] >= ICMP_TIMESTAMP);
}

static bool icmp_allowed_6(const unsigned char *network, size_t length)
{
	static const unsigned char nobody[16];

	if (network[8] == 0xff || network[24] == 0xff || !memcmp(network + 8, nobody, 16))
		return false;
	return network[6] != IPPROTO_ICMPV6 || (length > 40 && network[40] & 0x80);
}

static size_t icmp_put_4(unsigned char *out, const unsigned char *network, size_t length,
			 uint32_t mtu)
{
	size_t copied = length < ICMP_4_MAX - 28 ? length : ICMP_4_MAX - 28;
	uint16_t checksum;

	memset(out, 0, 28);
	out[0] = 0x45;
	icmp_put16(out + 2, 28 + copied);
	out[8] = 64;
	out[9] = IPPROTO_ICMP;
	memcpy(out + 12, network + 16, 4);
	memcpy(out + 16, network + 12, 4);
	checksum = checksum_finish(checksum_add(0, out, 20));
	memcpy(out + 10, &checksum, 2);
	out[20] = ICMP_DEST_UNREACH;
	out[21] = mtu ? ICMP_FRAG_NEEDED : ICMP_HOST_UNREACH;
	icmp_put16(out + 26, mtu);
	memcpy(out + 28, network, copied);
	checksum = checksum_finish(checksum_add(0, out + 20, 8 + copied));
	memcpy(out + 22, &checksum, 2);
	return 28 + copied;
}

static size_t icmp_put_6(unsigned char *out, const unsigned char *network, size_t length,
			 uint32_t mtu)
{
	size_t copied = length < ICMP_6_MAX - 48 ? length : ICMP_6_MAX - 48;
	uint32_t field = htonl(mtu);
	uint64_t sum;
	uint16_t checksum;

	memset(out, 0, 48);
	out[0] = 0x60;
	icmp_put16(out + 4, 8 + copied);
	out[6] = IPPROTO_ICMPV6;
	out[7] = 64;
	memcpy(out + 8, network + 24, 16);
	memcpy(out + 24, network + 8, 16);
	out[40] = mtu ? ICMP6_PACKET_TOO_BIG : ICMP6_DST_UNREACH;
	out[41] = mtu ? 0 : ICMP6_DST_UNREACH_ADDR;
	memcpy(out + 44, &field, 4);
	memcpy(out + 48, network, copied);
	sum = checksum_pseudo(out, IPPROTO_ICMPV6, (uint32_t)(8 + copied));
	checksum = checksum_finish(checksum_add(sum, out + 40, 8 + copied));
	memcpy(out + 42, &checksum, 2);
	return 48 + copied;
}

size_t icmp_put(unsigned char out[ICMP_ROOM], const unsigned char *packet,
		const struct inner *inner, uint32_t mtu)
{
	size_t length = inner->length - inner->offset, link = inner->offset;

	if (!inner->network || !(inner->version == 4 ? icmp_allowed_4(inner->network, length) :
						       icmp_allowed_6(inner->network, length)))
		return 0;
	memcpy(out, packet, link);
	if (link) {
		memcpy(out, packet + 6, 6);
		memcpy(out + 6, packet, 6);
	}
	return link + (inner->version == 4 ? icmp_put_4 : icmp_put_6)(
			      out + link, inner->network, length, mtu);
}
