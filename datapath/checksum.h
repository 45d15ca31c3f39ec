/*
 * The Internet's checksum (RFC 1071) as a sum that is folded at the end. Pieces are added in
 * the order in which they lie; all but the last have an even length.
 */
#ifndef DATAPATH_CHECKSUM_H
#define DATAPATH_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t checksum_add(uint64_t sum, const void *data, size_t length);
/* What stands in a header, in network order: the complement of the folded sum. */
uint16_t checksum_finish(uint64_t sum);
/* 0xffff in a checksum over data that holds a right one. */
uint16_t checksum_fold(uint64_t sum);
/* The pseudo header of TCP and UDP; network is the IPv4 or IPv6 header. */
uint64_t checksum_pseudo(const unsigned char *network, uint8_t protocol, uint32_t length);

#endif
