/* Explicit congestion notification through a tunnel (RFC 6040), as the kernel does it. */
#ifndef DATAPATH_ECN_H
#define DATAPATH_ECN_H

#include <stdbool.h>
#include <stdint.h>

/* The outer byte: tos with the bits for what is inside. */
uint8_t ecn_wrap(uint8_t tos, uint8_t inner);
/* False: to be dropped, since congestion was met by a packet that cannot say so. */
bool ecn_unwrap(uint8_t outer, uint8_t inner, uint8_t *result);
/* Puts it into the IPv4 (with its checksum) or IPv6 header. */
void ecn_set(unsigned char *network, uint8_t tos);

#endif
