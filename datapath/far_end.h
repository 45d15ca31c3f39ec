/* Where a packet goes whose tunnel has no remote address: the rules of net/ipv6/sit.c. */
#ifndef DATAPATH_FAR_END_H
#define DATAPATH_FAR_END_H

#include <stdbool.h>
#include <stdint.h>

#include "datapath/settings.h"

/* The IPv4 address in an address of an ISATAP interface (RFC 5214). */
bool far_end_isatap(const unsigned char *address, uint32_t *far_end);
/* In ::a.b.c.d. */
bool far_end_compatible(const unsigned char *address, uint32_t *far_end);
/* In an address of the 6rd prefix (RFC 5969), by default that of 6to4 (RFC 3056). */
bool far_end_6rd(const struct settings_6rd *six_rd, const unsigned char *address,
		 uint32_t *far_end);
/* Whether it may be the address of one host. */
bool far_end_is_host(uint32_t far_end);

#endif
