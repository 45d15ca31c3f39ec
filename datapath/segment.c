/* As the kernel's tcp_gso_segment() and udp_gso_segment() cut. */
#include "datapath/segment.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "datapath/checksum.h"

enum { TCP_FIN = 1, TCP_PSH = 8, TCP_CWR = 0x80 };

static uint16_t get16(const unsigned char *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(unsigned char *at, size_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static uint8_t segments_protocol(uint8_t type)
{
	switch (type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return IPPROTO_TCP;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return IPPROTO_UDP;
	}
	return 0;
}

static bool segments_find_header(struct segments *segments)
{
	const unsigned char *transport = segments->packet + segments->transport;
	size_t fixed = segments->packet[segments->network] >> 4 == 6 ? 40 : 20;
	size_t own = 8;

	if (segments->transport < segments->network + fixed ||
	    segments->length < segments->transport + 20)
		return false;
	if (segments->protocol == IPPROTO_TCP)
		own = (size_t)(transport[12] >> 4) * 4;
	segments->header = segments->transport + own;
	return own >= 8 && (segments->protocol == IPPROTO_UDP || own >= 20) &&
	       segments->header <= SEGMENT_HEADER_MAX && segments->header < segments->length;
}

bool segments_begin(struct segments *segments, const struct virtio_net_hdr *head,
		    const unsigned char *packet, size_t length, size_t network)
{
	*segments = (struct segments){ .packet = packet,
				       .length = length,
				       .network = network,
				       .transport = head->csum_start,
				       .size = head->gso_size,
				       .protocol = segments_protocol(head->gso_type) };
	if (!segments->protocol || !segments->size || length < network + 20 ||
	    !(head->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || !segments_find_header(segments))
		return false;
	segments->pseudo = checksum_pseudo(packet + network, segments->protocol, 0);
	length -= segments->header;
	segments->count = (unsigned)((length + segments->size - 1) / segments->size);
	return true;
}

static void segments_put_network(const struct segments *segments, unsigned index,
				 unsigned char *network, size_t length)
{
	uint16_t checksum;

	if (network[0] >> 4 == 6) {
		put16(network + 4, length - 40);
		return;
	}
	put16(network + 2, length);
	put16(network + 4, (size_t)get16(network + 4) + index);
	memset(network + 10, 0, 2);
	checksum = checksum_finish(
		checksum_add(0, network, segments->transport - segments->network));
	memcpy(network + 10, &checksum, 2);
}

static void segments_put_tcp(const struct segments *segments, unsigned index,
			     unsigned char *transport)
{
	uint32_t sequence;

	memcpy(&sequence, transport + 4, 4);
	sequence = htonl(ntohl(sequence) + index * (uint32_t)segments->size);
	memcpy(transport + 4, &sequence, 4);
	if (index)
		transport[13] &= (unsigned char)~TCP_CWR;
	if (index + 1 < segments->count)
		transport[13] &= (unsigned char)~(TCP_FIN | TCP_PSH);
}

static void segments_seal(const struct segments *segments, unsigned char *transport,
			  const struct segment *segment)
{
	size_t own = segments->header - segments->transport;
	unsigned char *at = transport + (segments->protocol == IPPROTO_TCP ? 16 : 6);
	uint64_t sum = segments->pseudo + htonl((uint32_t)(own + segment->length));
	uint16_t checksum;

	memset(at, 0, 2);
	sum = checksum_add(sum, transport, own);
	checksum = checksum_finish(checksum_add(sum, segment->payload, segment->length));
	if (!checksum && segments->protocol == IPPROTO_UDP)
		checksum = 0xffff;
	memcpy(at, &checksum, 2);
}

struct segment segments_make(const struct segments *segments, unsigned index,
			     unsigned char *header)
{
	size_t begin = segments->header + index * segments->size;
	size_t rest = segments->length - begin;
	struct segment segment = { segments->packet + begin,
				   rest < segments->size ? rest : segments->size };
	unsigned char *transport = header + segments->transport;

	memcpy(header, segments->packet, segments->header);
	segments_put_network(segments, index, header + segments->network,
			     segments->header - segments->network + segment.length);
	if (segments->protocol == IPPROTO_TCP)
		segments_put_tcp(segments, index, transport);
	else
		put16(transport + 4, 8 + segment.length);
	segments_seal(segments, transport, &segment);
	return segment;
}

bool segment_complete(const struct virtio_net_hdr *head, unsigned char *packet, size_t length)
{
	size_t start = head->csum_start, at = start + head->csum_offset;
	uint16_t checksum;

	if (at + 2 > length)
		return false;
	checksum = checksum_finish(checksum_add(0, packet + start, length - start));
	if (!checksum)
		checksum = 0xffff;
	memcpy(packet + at, &checksum, 2);
	return true;
}
