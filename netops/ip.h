/*
 * Addresses and prefixes of both families as plain values, and their text forms
 * (RFC 4291, RFC 5952; CIDR).
 */
#ifndef NETOPS_IP_H
#define NETOPS_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IP_TEXT_SIZE = 64 }; /* holds any prefix or address with its NUL */

struct ip {
	uint16_t family; /* AF_INET, AF_INET6; 0 = no address */
	uint16_t prefix_length;
	uint8_t bytes[16];
};

/* 4 or 16; 0 without a family. */
size_t ip_size(uint16_t family);
/* 32 or 128. */
uint16_t ip_bits(uint16_t family);

/* From the bytes of an attribute, host prefix. False if length fits no family. */
bool ip_from_bytes(struct ip *ip, const void *bytes, size_t length);

/* Strict: dotted quads without leading zeros, RFC 4291 text. No zone, no length. */
bool ip_parse(struct ip *ip, const char *text);
/* With "/N"; without one it is a host's. Bits behind the length are kept. */
bool ip_parse_prefix(struct ip *ip, const char *text);

/* "10.0.0.1" */
void ip_format(const struct ip *ip, char text[IP_TEXT_SIZE]);
/* "10.0.0.1/24" */
void ip_format_prefix(const struct ip *ip, char text[IP_TEXT_SIZE]);

/* The same without a NUL behind it; returns the length. */
size_t ip_put(const struct ip *ip, char text[IP_TEXT_SIZE]);
size_t ip_put_prefix(const struct ip *ip, char text[IP_TEXT_SIZE]);

bool ip_equal(const struct ip *a, const struct ip *b);	      /* address alone */
bool ip_prefix_equal(const struct ip *a, const struct ip *b); /* and length */
bool ip_is_any(const struct ip *ip);			      /* 0.0.0.0, :: or no address */
bool ip_is_multicast(const struct ip *ip);		      /* 224/4, ff00::/8 */
bool ip_is_link_local(const struct ip *ip);		      /* 169.254/16, fe80::/10 */
bool ip_is_broadcast(const struct ip *ip);		      /* 255.255.255.255 */
bool ip_is_loopback(const struct ip *ip);		      /* 127/8, ::1 */
bool ip_has_host_bits(const struct ip *ip); /* set bits behind prefix_length */
/* The prefix with these bits cleared. */
struct ip ip_network(const struct ip *prefix);
/* True if network's prefix holds address. */
bool ip_contains(const struct ip *network, const struct ip *address);

#endif
