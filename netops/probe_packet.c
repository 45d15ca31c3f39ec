/*
 * Echoes as bytes. Nothing read is believed: a packet counts only if sum,
 * identifier, sequence number, far end and payload are those of an echo of
 * this probe, and an error only if it quotes one.
 */
#include <arpa/inet.h>
#include <linux/if.h> /* before linux/icmp.h, which has the same otherwise */
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <string.h>

#include "netops/probe_private.h"

enum {
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	FRAGMENT_HEADER = 8,
	FRAGMENT_OFFSET = 0x1fff, /* RFC 791, in units of 8 bytes */
};

struct words {
	uint16_t family;
	uint8_t type;
	int code; /* -1: any */
	const char *text;
};

/* RFC 792, 1122, 1812; RFC 4443. */
static const struct words words[] = {
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_NET_UNREACH, "destination network unreachable" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, "destination host unreachable" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, "destination protocol unreachable" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, "destination port unreachable" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, "fragmentation needed" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_SR_FAILED, "source route failed" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_NET_UNKNOWN, "destination network unknown" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_HOST_UNKNOWN, "destination host unknown" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_HOST_ISOLATED, "source host isolated" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_NET_ANO, "destination network prohibited" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_HOST_ANO, "destination host prohibited" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_NET_UNR_TOS,
	  "destination network unreachable for this type of service" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_HOST_UNR_TOS,
	  "destination host unreachable for this type of service" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, "packet filtered" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_PREC_VIOLATION, "precedence violation" },
	{ AF_INET, ICMP_DEST_UNREACH, ICMP_PREC_CUTOFF, "precedence cutoff" },
	{ AF_INET, ICMP_DEST_UNREACH, -1, "destination unreachable" },
	{ AF_INET, ICMP_SOURCE_QUENCH, -1, "source quench" },
	{ AF_INET, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, "time to live exceeded" },
	{ AF_INET, ICMP_TIME_EXCEEDED, -1, "fragment reassembly time exceeded" },
	{ AF_INET, ICMP_PARAMETERPROB, -1, "parameter problem" },
	{ AF_INET6, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE, "no route to destination" },
	{ AF_INET6, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN,
	  "communication administratively prohibited" },
	{ AF_INET6, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_BEYONDSCOPE,
	  "beyond scope of source address" },
	{ AF_INET6, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR,
	  "destination address unreachable" },
	{ AF_INET6, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT,
	  "destination port unreachable" },
	{ AF_INET6, ICMP6_DST_UNREACH, 5, "source address failed policy" },
	{ AF_INET6, ICMP6_DST_UNREACH, 6, "reject route to destination" },
	{ AF_INET6, ICMP6_DST_UNREACH, -1, "destination unreachable" },
	{ AF_INET6, ICMP6_PACKET_TOO_BIG, -1, "packet too big" },
	{ AF_INET6, ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT, "hop limit exceeded" },
	{ AF_INET6, ICMP6_TIME_EXCEEDED, -1, "fragment reassembly time exceeded" },
	{ AF_INET6, ICMP6_PARAM_PROB, -1, "parameter problem" },
};

const char *probe_icmp_text(uint16_t family, uint32_t type, uint32_t code)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct words *row = &words[i];

		if (row->family == family && row->type == type &&
		    (row->code < 0 || (uint32_t)row->code == code))
			return row->text;
	}
	return NULL;
}

static uint16_t get16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static void put16(uint8_t *data, uint16_t value)
{
	data[0] = (uint8_t)(value >> 8);
	data[1] = (uint8_t)value;
}

uint16_t probe_sum(const uint8_t *data, size_t length)
{
	uint32_t sum = 0; /* up to 32767 words fit without a fold */

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += get16(data + i);
	if (length % 2)
		sum += (uint32_t)data[length - 1] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

/* The byte at this place of a payload. */
static uint8_t payload_byte(const struct probe_mark *mark, size_t place)
{
	return place < sizeof(mark->cookie) ? mark->cookie[place] : (uint8_t)place;
}

size_t probe_build(uint8_t *packet, uint16_t family, const struct probe_mark *mark,
		   uint32_t index, uint32_t size)
{
	size_t length = PROBE_HEADER + size;

	memset(packet, 0, PROBE_HEADER);
	packet[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	put16(packet + 4, mark->identifier);
	put16(packet + 6, (uint16_t)(mark->first + index));
	for (size_t i = 0; i < size; i++)
		packet[PROBE_HEADER + i] = payload_byte(mark, i);
	if (family == AF_INET)
		put16(packet + 2, probe_sum(packet, length));
	return length;
}

/* Identifier and sequence number of an echo; the index is how far from the first. */
static bool echo_ours(const struct probe_mark *mark, uint32_t count, const uint8_t *echo,
		      uint32_t *ret_index)
{
	uint16_t index = (uint16_t)(get16(echo + 6) - mark->first);

	*ret_index = index;
	return get16(echo + 4) == mark->identifier && index < count;
}

static bool payload_ours(const struct probe_mark *mark, const uint8_t *payload, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (payload[i] != payload_byte(mark, i))
			return false;
	}
	return true;
}

static void parse_reply(const struct probe_request *request, const struct probe_mark *mark,
			uint32_t count, const uint8_t *icmp, size_t length,
			struct probe_heard *ret)
{
	if (length != PROBE_HEADER + request->size_bytes || icmp[1] ||
	    !ip_equal(&ret->from, &request->destination) ||
	    !echo_ours(mark, count, icmp, &ret->index) ||
	    !payload_ours(mark, icmp + PROBE_HEADER, request->size_bytes))
		return;
	ret->kind = PROBE_REPLY;
}

/* The echo in a quoted IPv4 packet to this destination, or NULL. */
static const uint8_t *quoted_ip4(const struct ip *destination, const uint8_t *quote,
				 size_t length)
{
	size_t header = length >= IP4_HEADER ? 4u * (quote[0] & 15) : 0;

	if (header < IP4_HEADER || quote[0] >> 4 != 4 || length < header + PROBE_HEADER ||
	    quote[9] != IPPROTO_ICMP || get16(quote + 6) & FRAGMENT_OFFSET ||
	    memcmp(quote + 16, destination->bytes, 4) || quote[header] != ICMP_ECHO)
		return NULL;
	return quote + header;
}

/* The same for IPv6; large echoes have a fragment header in between (RFC 8200, 4.5). */
static const uint8_t *quoted_ip6(const struct ip *destination, const uint8_t *quote,
				 size_t length)
{
	size_t header = IP6_HEADER;
	uint8_t next;

	if (length < header + PROBE_HEADER || quote[0] >> 4 != 6 ||
	    memcmp(quote + 24, destination->bytes, 16))
		return NULL;
	next = quote[6];
	if (next == IPPROTO_FRAGMENT) {
		next = quote[header];
		if (get16(quote + header + 2) >> 3)
			return NULL;
		header += FRAGMENT_HEADER;
	}
	if (next != IPPROTO_ICMPV6 || length < header + PROBE_HEADER ||
	    quote[header] != ICMP6_ECHO_REQUEST)
		return NULL;
	return quote + header;
}

static uint32_t error_mtu(uint16_t family, const uint8_t *icmp)
{
	if (family == AF_INET && icmp[0] == ICMP_DEST_UNREACH && icmp[1] == ICMP_FRAG_NEEDED)
		return get16(icmp + 6);
	if (family == AF_INET6 && icmp[0] == ICMP6_PACKET_TOO_BIG)
		return (uint32_t)get16(icmp + 4) << 16 | get16(icmp + 6);
	return 0;
}

static void parse_error(const struct probe_request *request, const struct probe_mark *mark,
			uint32_t count, const uint8_t *icmp, size_t length,
			struct probe_heard *ret)
{
	const struct ip *destination = &request->destination;
	const char *text = probe_icmp_text(destination->family, icmp[0], icmp[1]);
	const uint8_t *echo;

	echo = destination->family == AF_INET ?
		       quoted_ip4(destination, icmp + PROBE_HEADER, length - PROBE_HEADER) :
		       quoted_ip6(destination, icmp + PROBE_HEADER, length - PROBE_HEADER);
	if (!text || !echo || !echo_ours(mark, count, echo, &ret->index))
		return;
	ret->kind = PROBE_ERROR;
	ret->icmp = (struct probe_icmp){ .heard = true,
					 .type = icmp[0],
					 .code = icmp[1],
					 .mtu = error_mtu(destination->family, icmp),
					 .from = ret->from };
	snprintf(ret->icmp.text, sizeof(ret->icmp.text), "%s", text);
}

/* Takes off an IPv4 header; false if there is none, or what follows is damaged. */
static bool strip_ip4(const uint8_t **packet, size_t *length, struct probe_heard *ret)
{
	size_t header = *length >= IP4_HEADER ? 4u * (**packet & 15) : 0;

	if (header < IP4_HEADER || *length < header + PROBE_HEADER)
		return false;
	ret->ttl = (*packet)[8];
	*packet += header;
	*length -= header;
	return !probe_sum(*packet, *length);
}

void probe_parse(const struct probe_request *request, const struct probe_mark *mark,
		 uint32_t count, const struct ip *from, const uint8_t *packet, size_t length,
		 struct probe_heard *ret)
{
	bool ip4 = request->destination.family == AF_INET;

	*ret = (struct probe_heard){ .kind = PROBE_FOREIGN, .from = *from };
	if (ip4 ? !strip_ip4(&packet, &length, ret) : length < PROBE_HEADER)
		return;
	if (packet[0] == (ip4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
		parse_reply(request, mark, count, packet, length, ret);
	else
		parse_error(request, mark, count, packet, length, ret);
}
