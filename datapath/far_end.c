/* See far_end.h. */
#include "datapath/far_end.h"

#include <arpa/inet.h>
#include <string.h>

bool far_end_isatap(const unsigned char *address, uint32_t *far_end)
{
	static const unsigned char mark[] = { 0, 0, 0x5e, 0xfe };

	memcpy(far_end, address + 12, 4);
	return (address[8] & ~2) == mark[0] && !memcmp(address + 9, mark + 1, 3) &&
	       address[0] != 0xff;
}

bool far_end_compatible(const unsigned char *address, uint32_t *far_end)
{
	static const unsigned char zero[12];

	memcpy(far_end, address + 12, 4);
	/* Not :: and ::1, which say something else. */
	return !memcmp(address, zero, 12) && ntohl(*far_end) > 1;
}

static bool far_end_prefix_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8;

	return !memcmp(a, b, bits / 8) &&
	       (!rest || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0);
}

bool far_end_6rd(const struct settings_6rd *six_rd, const unsigned char *address,
		 uint32_t *far_end)
{
	unsigned bits = 32U - six_rd->relay_prefix_length;
	uint64_t upper = 0;
	uint32_t suffix = 0;

	if (!far_end_prefix_equal(address, six_rd->prefix.s6_addr, six_rd->prefix_length))
		return false;
	for (int i = 0; i < 8; i++)
		upper = upper << 8 | address[i];
	if (bits)
		suffix = (uint32_t)((upper << six_rd->prefix_length) >> (64 - bits));
	*far_end = six_rd->relay_prefix | htonl(suffix);
	return true;
}

bool far_end_is_host(uint32_t far_end)
{
	return far_end && !IN_MULTICAST(ntohl(far_end)) && far_end != INADDR_BROADCAST;
}
