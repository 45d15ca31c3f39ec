/*
 * The field holds the pseudo header's sum (CHECKSUM_PARTIAL). How long the segments were is told
 * nowhere. Whoever receives them does not mind, but where they are sent on, longer ones than the
 * sender's might not fit the path: they are cut as the shortest path of IPv6 allows, which fits
 * any but odd ones.
 */
#include "datapath/partial.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "datapath/checksum.h"

enum { PARTIAL_PACKET = 1280, PARTIAL_LEAST = 20 + 8, TCP_CWR = 0x80 };

/* Where things are, as in the virtio header. */
struct partial {
	const unsigned char *packet;
	size_t length, network, transport;
	uint8_t protocol;
};

static size_t get16(const unsigned char *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* The length that the IP header tells; 0: a fragment, or no such header. */
static size_t partial_network(struct partial *partial)
{
	const unsigned char *network = partial->packet + partial->network;
	size_t own = 4U * (network[0] & 15);

	if (network[0] >> 4 == 6) {
		partial->transport = partial->network + 40;
		partial->protocol = network[6];
		return 40 + get16(network + 4);
	}
	partial->transport = partial->network + own;
	partial->protocol = network[9];
	return network[0] >> 4 != 4 || own < 20 || network[6] & 0x3f || network[7] ?
		       0 :
		       get16(network + 2);
}

/* Where in the transport header the checksum is; 0: not known. */
static size_t partial_field(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	}
	return 0;
}

static bool partial_checksum(const struct partial *partial, size_t field)
{
	uint32_t length = (uint32_t)(partial->length - partial->transport);
	const unsigned char *transport = partial->packet + partial->transport;
	uint64_t sum =
		checksum_pseudo(partial->packet + partial->network, partial->protocol, length);
	uint16_t found;

	memcpy(&found, transport + field, 2);
	return found == checksum_fold(sum) &&
	       checksum_fold(checksum_add(sum, transport, length)) != 0xffff;
}

/* It is cut if it is too long for one. */
static void partial_cut(struct virtio_net_hdr *head, const struct partial *partial)
{
	const unsigned char *transport = partial->packet + partial->transport;
	size_t header = partial->transport + 4U * (transport[12] >> 4);
	size_t size = PARTIAL_PACKET - (header - partial->network);

	if (header < partial->transport + 20 || partial->length <= header + size)
		return;
	head->hdr_len = (uint16_t)header;
	head->gso_size = (uint16_t)size;
	head->gso_type = partial->packet[partial->network] >> 4 == 6 ?
				 VIRTIO_NET_HDR_GSO_TCPV6 :
				 VIRTIO_NET_HDR_GSO_TCPV4;
	if (transport[13] & TCP_CWR)
		head->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
}

bool partial_find(struct virtio_net_hdr *head, const unsigned char *packet, size_t length,
		  size_t network)
{
	struct partial partial = { .packet = packet, .length = length, .network = network };
	size_t field;

	if (length < network + PARTIAL_LEAST || partial_network(&partial) != length - network)
		return false;
	field = partial_field(partial.protocol);
	if (!field || length < partial.transport + field + 2 ||
	    !partial_checksum(&partial, field))
		return false;
	*head = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					 .gso_type = VIRTIO_NET_HDR_GSO_NONE,
					 .csum_start = (uint16_t)partial.transport,
					 .csum_offset = (uint16_t)field };
	if (partial.protocol == IPPROTO_TCP)
		partial_cut(head, &partial);
	return true;
}
