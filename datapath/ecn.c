/* The kernel's own two rules: what was met outside is told inside, or the packet goes. */
#include "datapath/ecn.h"

#include <string.h>

#include "datapath/checksum.h"

enum { ECN_NONE, ECN_ECT_1, ECN_ECT_0, ECN_CE, ECN_MASK = 3 };

uint8_t ecn_wrap(uint8_t tos, uint8_t inner)
{
	uint8_t bits = (inner & ECN_MASK) == ECN_CE ? ECN_ECT_0 : inner & ECN_MASK;

	return (uint8_t)((tos & ~ECN_MASK) | bits);
}

bool ecn_unwrap(uint8_t outer, uint8_t inner, uint8_t *result)
{
	*result = inner;
	if ((inner & ECN_MASK) == ECN_NONE)
		return (outer & ECN_MASK) != ECN_CE;
	if ((outer & ECN_MASK) == ECN_CE)
		*result = inner | ECN_CE;
	else if ((outer & ECN_MASK) == ECN_ECT_1 && (inner & ECN_MASK) == ECN_ECT_0)
		*result = (uint8_t)((inner & ~ECN_MASK) | ECN_ECT_1);
	return true;
}

static void ecn_set_4(unsigned char *network, uint8_t tos)
{
	uint16_t before, after, checksum;

	memcpy(&before, network, 2);
	network[1] = tos;
	memcpy(&after, network, 2);
	memcpy(&checksum, network + 10, 2);
	/* RFC 1624 */
	checksum = checksum_finish((uint64_t)(uint16_t)~checksum + (uint16_t)~before + after);
	memcpy(network + 10, &checksum, 2);
}

void ecn_set(unsigned char *network, uint8_t tos)
{
	if (network[0] >> 4 == 4) {
		ecn_set_4(network, tos);
		return;
	}
	network[0] = (unsigned char)((network[0] & 0xf0) | tos >> 4);
	network[1] = (unsigned char)((network[1] & 0x0f) | tos << 4);
}
