/* Joined is what the kernel's own receive offload would join: same headers, next number, and a
 * right checksum, since that of the whole is then taken for right. */
#include "datapath/coalesce.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "datapath/checksum.h"
#include "datapath/partial.h"
#include "datapath/segment.h"

enum { TCP_FLAG_PSH = 8, TCP_FLAG_ACK = 16, COALESCE_MAX = 65535 };

/* A packet as it lies in memory. */
struct coalesce_packet {
	unsigned char *packet;
	size_t network, transport, header, length;
	uint8_t protocol;
	uint32_t sequence; /* 0: it has none */
};

static uint16_t get16(const unsigned char *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(unsigned char *at, size_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static bool coalesce_right(const struct coalesce_packet *one)
{
	uint32_t length = (uint32_t)(one->length - one->transport);
	uint64_t sum = checksum_pseudo(one->packet + one->network, one->protocol, length);

	return checksum_fold(checksum_add(sum, one->packet + one->transport, length)) == 0xffff;
}

/* Its IP header is plain, and the packet as long as that says. */
static bool coalesce_plain(struct coalesce_packet *one)
{
	const unsigned char *network = one->packet + one->network;
	size_t length = one->length - one->network;

	if (network[0] == 0x45) {
		one->transport = one->network + 20;
		one->protocol = network[9];
		return !(network[6] & 0x3f) && !network[7] && get16(network + 2) == length &&
		       checksum_fold(checksum_add(0, network, 20)) == 0xffff;
	}
	one->transport = one->network + 40;
	one->protocol = network[6];
	return length >= 48 && network[0] >> 4 == 6 && get16(network + 4) == length - 40U;
}

static bool coalesce_read_tcp(struct coalesce_packet *one)
{
	const unsigned char *transport = one->packet + one->transport;

	if (one->length < one->transport + 20)
		return false;
	one->header = one->transport + 4U * (transport[12] >> 4);
	memcpy(&one->sequence, transport + 4, 4);
	one->sequence = ntohl(one->sequence);
	return one->header >= one->transport + 20 && one->header < one->length;
}

/* Without a checksum there is nothing to hold it against. */
static bool coalesce_read_udp(struct coalesce_packet *one)
{
	const unsigned char *transport = one->packet + one->transport;

	one->header = one->transport + 8;
	return one->header < one->length &&
	       get16(transport + 4) == one->length - one->transport && get16(transport + 6);
}

/* Whether it is one that may be joined to others. */
static bool coalesce_read(struct coalesce_packet *one, bool datagrams)
{
	if (one->length < one->network + 28 || !coalesce_plain(one))
		return false;
	if (one->protocol == IPPROTO_TCP)
		return coalesce_read_tcp(one);
	return datagrams && one->protocol == IPPROTO_UDP && coalesce_read_udp(one);
}

/* The packet and the group have the same ends. */
static bool coalesce_same_flow(const struct coalesce_group *group,
			       const struct coalesce_packet *one)
{
	const unsigned char *a = group->packet, *b = one->packet;
	size_t addresses = one->transport - one->network == 20 ? 12 : 8;

	return group->protocol == one->protocol && group->network == one->network &&
	       group->transport == one->transport &&
	       !memcmp(a + one->network + addresses, b + one->network + addresses,
		       one->transport - one->network - addresses + 4);
}

/* All else that has to be equal: link, traffic class, lifetime. */
static bool coalesce_same_network(const unsigned char *a, const unsigned char *b,
				  const struct coalesce_packet *one)
{
	const unsigned char *x = a + one->network, *y = b + one->network;

	if (memcmp(a, b, one->network) || x[0] != y[0] || x[1] != y[1])
		return false;
	return x[0] >> 4 == 4 ? x[6] == y[6] && x[8] == y[8] :
				!memcmp(x + 2, y + 2, 2) && x[7] == y[7];
}

/* Of TCP acknowledgement, flags, window and options too. */
static bool coalesce_same_headers(const unsigned char *a, const unsigned char *b,
				  const struct coalesce_packet *one)
{
	size_t at = one->transport;

	if (!coalesce_same_network(a, b, one))
		return false;
	return one->protocol == IPPROTO_UDP ||
	       (!memcmp(a + at + 8, b + at + 8, 5) &&
		!((a[at + 13] ^ b[at + 13]) & ~TCP_FLAG_PSH) &&
		!memcmp(a + at + 14, b + at + 14, 2) &&
		!memcmp(a + at + 18, b + at + 18, one->header - at - 18));
}

static bool coalesce_joins(const struct coalesce_group *group,
			   const struct coalesce_packet *one)
{
	size_t payload = one->length - one->header;

	return !group->closed && group->header == one->header && one->sequence == group->next &&
	       payload <= group->size && group->count + 1 < COALESCE_PARTS &&
	       group->length + payload <= COALESCE_MAX &&
	       coalesce_same_headers(group->packet, one->packet, one) && coalesce_right(one);
}

static void coalesce_join(struct coalesce_group *group, const struct coalesce_packet *one)
{
	size_t payload = one->length - one->header;

	group->parts[group->count++] = (struct iovec){ one->packet + one->header, payload };
	group->length += payload;
	group->closed = payload < group->size;
	if (one->protocol == IPPROTO_UDP)
		return;
	group->next += (uint32_t)payload;
	group->closed |= one->packet[one->transport + 13] != TCP_FLAG_ACK;
	group->packet[group->transport + 13] |= one->packet[one->transport + 13];
}

static struct virtio_net_hdr coalesce_head(const struct coalesce_group *group)
{
	bool udp = group->protocol == IPPROTO_UDP;
	bool six = group->packet[group->network] >> 4 == 6;

	return (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = udp ? VIRTIO_NET_HDR_GSO_UDP_L4 :
			    six ? VIRTIO_NET_HDR_GSO_TCPV6 :
				  VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)group->header,
		.gso_size = (uint16_t)group->size,
		.csum_start = (uint16_t)group->transport,
		.csum_offset = udp ? 6 : 16,
	};
}

/* The headers of the whole; the checksum is the pseudo header's, as for a device. */
static void coalesce_seal(struct coalesce_group *group)
{
	unsigned char *network = group->packet + group->network;
	unsigned char *transport = group->packet + group->transport;
	bool six = network[0] >> 4 == 6;
	uint32_t length = (uint32_t)(group->length - group->transport);
	uint16_t checksum;

	group->head = coalesce_head(group);
	put16(network + (six ? 4 : 2), group->length - group->network - (six ? 40 : 0));
	if (!six) {
		memset(network + 10, 0, 2);
		checksum = checksum_finish(checksum_add(0, network, 20));
		memcpy(network + 10, &checksum, 2);
	}
	if (group->protocol == IPPROTO_UDP)
		put16(transport + 4, length);
	checksum = checksum_fold(checksum_pseudo(network, group->protocol, length));
	memcpy(transport + group->head.csum_offset, &checksum, 2);
}

static void coalesce_write(struct coalesce *coalesce, struct coalesce_group *group)
{
	if (group->count > 2)
		coalesce_seal(group);
	group->parts[0] = (struct iovec){ &group->head, sizeof(group->head) };
	coalesce->write(coalesce->context, group->parts, group->count);
}

static void coalesce_begin(struct coalesce_group *group, const struct coalesce_packet *one)
{
	bool udp = one->protocol == IPPROTO_UDP;

	group->packet = one->packet;
	group->protocol = one->protocol;
	group->network = one->network;
	group->transport = one->transport;
	group->header = one->header;
	group->size = one->length - one->header;
	group->length = one->length;
	group->next = udp ? 0 : one->sequence + (uint32_t)group->size;
	/* Only plain data may be followed, and only if its own checksum is right. */
	group->closed = (!udp && one->packet[one->transport + 13] != TCP_FLAG_ACK) ||
			!coalesce_right(one);
	group->head = (struct virtio_net_hdr){ 0 };
	group->count = 2;
	group->parts[1] = (struct iovec){ one->packet, one->length };
}

static struct coalesce_group *coalesce_find(struct coalesce *coalesce,
					    const struct coalesce_packet *one)
{
	for (unsigned i = 0; i < coalesce->count; i++)
		if (coalesce_same_flow(&coalesce->groups[i], one))
			return &coalesce->groups[i];
	return NULL;
}

/* It keeps its place behind all that came before it. */
static void coalesce_pass(struct coalesce *coalesce, unsigned char *packet, size_t length,
			  struct virtio_net_hdr *head)
{
	struct iovec parts[2] = { { head, sizeof(*head) }, { packet, length } };

	if (coalesce->count)
		coalesce_flush(coalesce);
	coalesce->write(coalesce->context, parts, 2);
}

void coalesce_add(struct coalesce *coalesce, unsigned char *packet, size_t length,
		  size_t network)
{
	struct coalesce_packet one = { .packet = packet, .length = length, .network = network };
	struct virtio_net_hdr head = { 0 };
	struct coalesce_group *group;

	if (partial_find(&head, packet, length, network) ||
	    !coalesce_read(&one, coalesce->datagrams)) {
		coalesce_pass(coalesce, packet, length, &head);
		return;
	}
	group = coalesce_find(coalesce, &one);
	if (group && coalesce_joins(group, &one)) {
		coalesce_join(group, &one);
		return;
	}
	if (group) {
		coalesce_write(coalesce, group);
	} else {
		if (coalesce->count == COALESCE_GROUPS)
			coalesce_flush(coalesce);
		group = &coalesce->groups[coalesce->count++];
	}
	coalesce_begin(group, &one);
}

void coalesce_flush(struct coalesce *coalesce)
{
	for (unsigned i = 0; i < coalesce->count; i++)
		coalesce_write(coalesce, &coalesce->groups[i]);
	coalesce->count = 0;
}
