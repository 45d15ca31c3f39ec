/*
 * Text is read by the C library; what it takes too lightly is refused here. It is
 * written here, as the library writes by printf, and a list has a million of them.
 */
#include "netops/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "netops/text.h"

size_t ip_size(uint16_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

uint16_t ip_bits(uint16_t family)
{
	return (uint16_t)(8 * ip_size(family));
}

bool ip_from_bytes(struct ip *ip, const void *bytes, size_t length)
{
	*ip = (struct ip){ .family = length == 4 ? AF_INET : AF_INET6 };
	if (length != 4 && length != 16)
		return false;
	ip->prefix_length = ip_bits(ip->family);
	memcpy(ip->bytes, bytes, length);
	return true;
}

bool ip_parse(struct ip *ip, const char *text)
{
	*ip = (struct ip){ .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	ip->prefix_length = ip_bits(ip->family);
	return inet_pton(ip->family, text, ip->bytes) == 1;
}

bool ip_parse_prefix(struct ip *ip, const char *text)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	uint32_t bits;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!ip_parse(ip, address))
		return false;
	if (!slash)
		return true;
	if (!text_number(slash + 1, 0, ip_bits(ip->family), &bits))
		return false;
	ip->prefix_length = (uint16_t)bits;
	return true;
}

/* Digits of a number below 1000; returns what follows them. */
static char *ip_put_small(char *text, unsigned int number)
{
	if (number >= 100)
		*text++ = (char)('0' + number / 100);
	if (number >= 10)
		*text++ = (char)('0' + number / 10 % 10);
	*text++ = (char)('0' + number % 10);
	return text;
}

static char *ip_put_quad(char *text, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		text = ip_put_small(text, bytes[i]);
		*text++ = '.';
	}
	return text - 1;
}

/* One of the eight groups: without leading zeros, in small letters. */
static char *ip_put_group(char *text, unsigned int group)
{
	static const char digits[] = "0123456789abcdef";

	if (group >= 0x1000)
		*text++ = digits[group >> 12];
	if (group >= 0x100)
		*text++ = digits[group >> 8 & 15];
	if (group >= 0x10)
		*text++ = digits[group >> 4 & 15];
	*text++ = digits[group & 15];
	return text;
}

struct ip_run {
	int start, length;
};

/* RFC 5952, 4.2: the longest run of zeros, the first of several; a single group is none. */
static struct ip_run ip_longest_run(const unsigned int groups[8])
{
	struct ip_run best = { -1, 1 };

	for (int i = 0, start = 0; i < 8; i++) {
		if (groups[i])
			start = i + 1;
		else if (i + 1 - start > best.length)
			best = (struct ip_run){ start, i + 1 - start };
	}
	return best;
}

/* As the C library says it, which has a dotted quad at the end of what holds an IPv4 address. */
static char *ip_put_groups(char *text, const uint8_t bytes[16])
{
	unsigned int groups[8];
	struct ip_run run;
	bool quad;

	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned int)bytes[2 * i] << 8 | bytes[2 * i + 1];
	run = ip_longest_run(groups);
	quad = !run.start && (run.length == 6 || (run.length == 5 && groups[5] == 0xffff));
	for (int i = 0; i < (quad ? 6 : 8); i++) {
		if (i == run.start)
			*text++ = ':';
		if (run.start >= 0 && i >= run.start && i < run.start + run.length)
			continue;
		if (i)
			*text++ = ':';
		text = ip_put_group(text, groups[i]);
	}
	if (run.start >= 0 && (quad || run.start + run.length == 8))
		*text++ = ':';
	return quad ? ip_put_quad(text, bytes + 12) : text;
}

size_t ip_put(const struct ip *ip, char text[IP_TEXT_SIZE])
{
	char *end = text;

	if (ip->family == AF_INET)
		end = ip_put_quad(text, ip->bytes);
	else if (ip->family == AF_INET6)
		end = ip_put_groups(text, ip->bytes);
	return (size_t)(end - text);
}

size_t ip_put_prefix(const struct ip *ip, char text[IP_TEXT_SIZE])
{
	char *end = text + ip_put(ip, text);

	*end++ = '/';
	return (size_t)(ip_put_small(end, ip->prefix_length) - text);
}

void ip_format(const struct ip *ip, char text[IP_TEXT_SIZE])
{
	text[ip_put(ip, text)] = '\0';
}

void ip_format_prefix(const struct ip *ip, char text[IP_TEXT_SIZE])
{
	text[ip_put_prefix(ip, text)] = '\0';
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, ip_size(a->family));
}

bool ip_prefix_equal(const struct ip *a, const struct ip *b)
{
	return ip_equal(a, b) && a->prefix_length == b->prefix_length;
}

bool ip_is_any(const struct ip *ip)
{
	static const uint8_t zero[16];

	return !memcmp(ip->bytes, zero, ip_size(ip->family));
}

bool ip_is_multicast(const struct ip *ip)
{
	return ip->family == AF_INET ? (ip->bytes[0] & 0xf0) == 0xe0 :
				       ip->family == AF_INET6 && ip->bytes[0] == 0xff;
}

bool ip_is_link_local(const struct ip *ip)
{
	if (ip->family == AF_INET)
		return ip->bytes[0] == 169 && ip->bytes[1] == 254;
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

bool ip_is_broadcast(const struct ip *ip)
{
	return ip->family == AF_INET && !memcmp(ip->bytes, "\xff\xff\xff\xff", 4);
}

bool ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (ip->family == AF_INET)
		return ip->bytes[0] == 127;
	return ip->family == AF_INET6 && !memcmp(ip->bytes, one, sizeof(one));
}

/* The bits of one byte that lie inside a prefix of the given length. */
static uint8_t ip_mask(size_t index, uint16_t prefix_length)
{
	int bits = (int)prefix_length - 8 * (int)index;

	return bits >= 8 ? 0xff : bits <= 0 ? 0 : (uint8_t)(0xff << (8 - bits));
}

bool ip_has_host_bits(const struct ip *ip)
{
	for (size_t i = 0; i < ip_size(ip->family); i++) {
		if (ip->bytes[i] & ~ip_mask(i, ip->prefix_length))
			return true;
	}
	return false;
}

struct ip ip_network(const struct ip *prefix)
{
	struct ip network = *prefix;

	for (size_t i = 0; i < ip_size(prefix->family); i++)
		network.bytes[i] &= ip_mask(i, prefix->prefix_length);
	return network;
}

bool ip_contains(const struct ip *network, const struct ip *address)
{
	if (network->family != address->family)
		return false;
	for (size_t i = 0; i < ip_size(network->family); i++) {
		if ((network->bytes[i] ^ address->bytes[i]) &
		    ip_mask(i, network->prefix_length))
			return false;
	}
	return true;
}
