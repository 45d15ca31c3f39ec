/*
 * Link-layer addresses of any length: six bytes on Ethernet, twenty on InfiniBand,
 * and on tunnels the outer address of four or sixteen. As texts these last are
 * IP addresses, all others are hexadecimal pairs with colons.
 */
#ifndef NETOPS_LINK_ADDRESS_H
#define NETOPS_LINK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LINK_ADDRESS_SIZE = 32, /* linux/netdevice.h: MAX_ADDR_LEN */
	LINK_ADDRESS_TEXT_SIZE = 3 * LINK_ADDRESS_SIZE + 1,
};

struct link_address {
	uint32_t length; /* in bytes; 0: none */
	uint8_t bytes[LINK_ADDRESS_SIZE];
};

/* False, *ret empty: it is longer than any. */
bool link_address_from_bytes(struct link_address *ret, const void *bytes, size_t length);
bool link_address_equal(const struct link_address *a, const struct link_address *b);
/* Pairs of digits alone are bytes, even where they could be read as IPv6. */
bool link_address_parse(struct link_address *ret, const char *text);
void link_address_format(const struct link_address *address, char text[LINK_ADDRESS_TEXT_SIZE]);

#endif
