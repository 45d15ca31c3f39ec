/* Words of 32 bits into 64: no carry is lost below 16 GB, and the loop needs none. */
#include "datapath/checksum.h"

#include <arpa/inet.h>
#include <string.h>

static uint64_t checksum_words(const unsigned char *at, size_t words)
{
	uint64_t low = 0, high = 0;

	for (size_t i = 0; i < words; i++) {
		uint64_t word;

		memcpy(&word, at + 8 * i, 8);
		low += (uint32_t)word;
		high += word >> 32;
	}
	return low + high;
}

uint64_t checksum_add(uint64_t sum, const void *data, size_t length)
{
	const unsigned char *at = data;
	unsigned char rest[8] = { 0 };

	sum += checksum_words(at, length / 8);
	memcpy(rest, at + length / 8 * 8, length % 8);
	return sum + checksum_words(rest, 1);
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint16_t checksum_finish(uint64_t sum)
{
	return (uint16_t)~checksum_fold(sum);
}

uint64_t checksum_pseudo(const unsigned char *network, uint8_t protocol, uint32_t length)
{
	int six = network[0] >> 4 == 6;
	uint64_t sum = six ? checksum_add(0, network + 8, 32) :
			     checksum_add(0, network + 12, 8);

	return sum + htons(protocol) + htonl(length);
}
