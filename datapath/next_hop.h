/* Asks the kernel's routes and neighbours for whom a packet of a device is handed to. */
#ifndef DATAPATH_NEXT_HOP_H
#define DATAPATH_NEXT_HOP_H

#include <stdbool.h>
#include <stdint.h>

/* address: the packet's destination, 4 or 16 bytes by version; becomes the next hop's. False:
 * there is no such route by that device. */
bool next_hop(int netlink, uint32_t device, uint8_t version, unsigned char address[16]);
/* The IPv4 address that a neighbour of the device has as its link address. */
bool next_hop_neighbor(int netlink, uint32_t device, uint8_t version,
		       const unsigned char address[16], uint32_t *link_address);

#endif
