/* Which text a link-layer address has follows from its length alone. */
#include "netops/link_address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/ip.h"

bool link_address_from_bytes(struct link_address *ret, const void *bytes, size_t length)
{
	*ret = (struct link_address){ 0 };
	if (length > LINK_ADDRESS_SIZE)
		return false;
	ret->length = (uint32_t)length;
	memcpy(ret->bytes, bytes, length);
	return true;
}

bool link_address_equal(const struct link_address *a, const struct link_address *b)
{
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
}

static bool parse_pairs(struct link_address *ret, const char *text)
{
	*ret = (struct link_address){ 0 };
	while (ret->length < LINK_ADDRESS_SIZE && isxdigit((unsigned char)text[0]) &&
	       isxdigit((unsigned char)text[1])) {
		ret->bytes[ret->length++] = (uint8_t)strtoul(text, NULL, 16);
		if (!text[2])
			return true;
		if (text[2] != ':')
			break;
		text += 3;
	}
	return false;
}

bool link_address_parse(struct link_address *ret, const char *text)
{
	struct ip ip;

	if (parse_pairs(ret, text))
		return true;
	if (ip_parse(&ip, text))
		return link_address_from_bytes(ret, ip.bytes, ip_size(ip.family));
	*ret = (struct link_address){ 0 };
	return false;
}

void link_address_format(const struct link_address *address, char text[LINK_ADDRESS_TEXT_SIZE])
{
	char ip_text[IP_TEXT_SIZE];
	struct ip ip;

	text[0] = '\0';
	if (ip_from_bytes(&ip, address->bytes, address->length)) {
		ip_format(&ip, ip_text);
		memcpy(text, ip_text, strlen(ip_text) + 1);
		return;
	}
	for (uint32_t i = 0; i < address->length; i++)
		sprintf(text + 3 * i, "%02x:", address->bytes[i]);
	if (address->length)
		text[3 * address->length - 1] = '\0';
}
