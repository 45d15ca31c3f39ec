/* Lengths are held against what there is; what the headers claim is left to whom they reach. */
#include "datapath/inner.h"

#include <linux/if_ether.h>
#include <stdbool.h>

static bool inner_read_4(struct inner *inner, const unsigned char *at, size_t length)
{
	if (length < 20 || (at[0] & 15) < 5 || length < 4U * (at[0] & 15))
		return false;
	inner->tos = at[1];
	inner->ttl = at[8];
	inner->protocol = at[9];
	inner->whole = at[6] & 0x40;
	return true;
}

static bool inner_read_6(struct inner *inner, const unsigned char *at, size_t length)
{
	if (length < 40)
		return false;
	inner->tos = (uint8_t)(at[0] << 4 | at[1] >> 4);
	inner->ttl = at[7];
	inner->protocol = at[6];
	return true;
}

static bool inner_read_network(struct inner *inner, const unsigned char *at, size_t length)
{
	if (!length)
		return false;
	inner->network = at;
	inner->version = at[0] >> 4;
	if (inner->version == 4)
		return inner_read_4(inner, at, length);
	return inner->version == 6 && inner_read_6(inner, at, length);
}

/* Whether a frame that says it carries IP has room for its header, as the kernel wants it. */
static bool inner_has_room(uint16_t type, size_t length)
{
	return type == ETH_P_IP ? length >= 20 : type != ETH_P_IPV6 || length >= 40;
}

/* A frame of something else is carried as well; of what its header says no more is asked. */
static bool inner_read_ethernet(struct inner *inner, const unsigned char *frame, size_t length)
{
	size_t offset = INNER_ETHERNET_LENGTH;
	uint16_t type;

	if (length < offset)
		return false;
	type = (uint16_t)(frame[12] << 8 | frame[13]);
	if (!inner_has_room(type, length - offset))
		return false;
	if (type == ETH_P_8021Q && length >= offset + 4) {
		type = (uint16_t)(frame[16] << 8 | frame[17]);
		offset += 4;
	}
	inner->type = ETH_P_TEB;
	inner->offset = offset;
	if ((type != ETH_P_IP && type != ETH_P_IPV6) ||
	    !inner_read_network(inner, frame + offset, length - offset)) {
		inner->network = NULL;
		inner->version = 0;
	}
	return true;
}

bool inner_read(struct inner *inner, const unsigned char *packet, size_t length, bool ethernet)
{
	*inner = (struct inner){ .length = length };
	if (ethernet)
		return inner_read_ethernet(inner, packet, length);
	if (!inner_read_network(inner, packet, length))
		return false;
	inner->type = inner->version == 4 ? ETH_P_IP : ETH_P_IPV6;
	return true;
}
