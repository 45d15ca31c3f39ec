/* Joined is what the kernel's own receive offload would join: same headers, next number, and a
 * right checksum, since that of the whole is then taken for right. */
#include "datapath/coalesce.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "datapath/checksum.h"

enum { TCP_FLAG_PSH = 8, TCP_FLAG_ACK = 16, COALESCE_MAX = 65535 };

/* A TCP packet as it lies in memory. */
struct coalesce_tcp {
	unsigned char *packet;
	size_t network, transport, header, length;
	uint32_t sequence;
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

static bool coalesce_right(const struct coalesce_tcp *tcp)
{
	uint32_t length = (uint32_t)(tcp->length - tcp->transport);
	uint64_t sum = checksum_pseudo(tcp->packet + tcp->network, IPPROTO_TCP, length);

	return checksum_fold(checksum_add(sum, tcp->packet + tcp->transport, length)) == 0xffff;
}

/* Its IP header is plain, and the packet as long as that says. */
static bool coalesce_plain(struct coalesce_tcp *tcp)
{
	const unsigned char *network = tcp->packet + tcp->network;
	size_t length = tcp->length - tcp->network;

	if (length >= 40 && network[0] == 0x45) {
		tcp->transport = tcp->network + 20;
		return network[9] == IPPROTO_TCP && !(network[6] & 0x3f) && !network[7] &&
		       get16(network + 2) == length &&
		       checksum_fold(checksum_add(0, network, 20)) == 0xffff;
	}
	tcp->transport = tcp->network + 40;
	return length >= 60 && network[0] >> 4 == 6 && network[6] == IPPROTO_TCP &&
	       get16(network + 4) == length - 40U;
}

/* Whether it is a segment that may be joined to others. */
static bool coalesce_read(struct coalesce_tcp *tcp, unsigned char *packet, size_t length,
			  size_t network)
{
	const unsigned char *transport;

	*tcp = (struct coalesce_tcp){ .packet = packet, .network = network, .length = length };
	if (length < network + 40 || !coalesce_plain(tcp))
		return false;
	transport = packet + tcp->transport;
	tcp->header = tcp->transport + 4U * (transport[12] >> 4);
	memcpy(&tcp->sequence, transport + 4, 4);
	tcp->sequence = ntohl(tcp->sequence);
	return tcp->header >= tcp->transport + 20 && tcp->header < length;
}

/* The packet and the group have the same ends. */
static bool coalesce_same_flow(const struct coalesce_group *group,
			       const struct coalesce_tcp *tcp)
{
	const unsigned char *a = group->packet, *b = tcp->packet;
	size_t addresses = tcp->transport - tcp->network == 20 ? 12 : 8;

	return group->network == tcp->network && group->transport == tcp->transport &&
	       !memcmp(a + tcp->network + addresses, b + tcp->network + addresses,
		       tcp->transport - tcp->network - addresses + 4);
}

/* All else that has to be equal: link, traffic class, lifetime, acknowledgement, options. */
static bool coalesce_same_headers(const unsigned char *a, const unsigned char *b,
				  const struct coalesce_tcp *tcp)
{
	const unsigned char *x = a + tcp->network, *y = b + tcp->network;
	size_t at = tcp->transport;

	if (memcmp(a, b, tcp->network) || x[0] != y[0] || x[1] != y[1])
		return false;
	if (x[0] >> 4 == 4 ? x[6] != y[6] || x[8] != y[8] :
			     memcmp(x + 2, y + 2, 2) || x[7] != y[7])
		return false;
	return !memcmp(a + at + 8, b + at + 8, 5) &&
	       !((a[at + 13] ^ b[at + 13]) & ~TCP_FLAG_PSH) &&
	       !memcmp(a + at + 14, b + at + 14, 2) &&
	       !memcmp(a + at + 18, b + at + 18, tcp->header - at - 18);
}

static bool coalesce_joins(const struct coalesce_group *group, const struct coalesce_tcp *tcp)
{
	size_t payload = tcp->length - tcp->header;

	return !group->closed && group->header == tcp->header && tcp->sequence == group->next &&
	       payload <= group->size && group->count + 1 < COALESCE_PARTS &&
	       group->length + payload <= COALESCE_MAX &&
	       coalesce_same_headers(group->packet, tcp->packet, tcp) && coalesce_right(tcp);
}

static void coalesce_join(struct coalesce_group *group, const struct coalesce_tcp *tcp)
{
	size_t payload = tcp->length - tcp->header;
	unsigned char flags = tcp->packet[tcp->transport + 13];

	group->parts[group->count++] = (struct iovec){ tcp->packet + tcp->header, payload };
	group->length += payload;
	group->next += (uint32_t)payload;
	group->closed = payload < group->size || flags & TCP_FLAG_PSH;
	group->packet[group->transport + 13] |= flags;
}

/* The headers of the whole; the checksum is the pseudo header's, as for a device. */
static void coalesce_seal(struct coalesce_group *group)
{
	unsigned char *network = group->packet + group->network;
	bool six = network[0] >> 4 == 6;
	uint32_t length = (uint32_t)(group->length - group->transport);
	uint16_t checksum;

	group->head = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = six ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)group->header,
		.gso_size = (uint16_t)group->size,
		.csum_start = (uint16_t)group->transport,
		.csum_offset = 16,
	};
	put16(network + (six ? 4 : 2), group->length - group->network - (six ? 40 : 0));
	if (!six) {
		memset(network + 10, 0, 2);
		checksum = checksum_finish(checksum_add(0, network, 20));
		memcpy(network + 10, &checksum, 2);
	}
	checksum = checksum_fold(checksum_pseudo(network, IPPROTO_TCP, length));
	memcpy(group->packet + group->transport + 16, &checksum, 2);
}

static void coalesce_write(struct coalesce *coalesce, struct coalesce_group *group)
{
	if (group->count > 2)
		coalesce_seal(group);
	group->parts[0] = (struct iovec){ &group->head, sizeof(group->head) };
	coalesce->write(coalesce->context, group->parts, group->count);
}

static void coalesce_begin(struct coalesce_group *group, const struct coalesce_tcp *tcp)
{
	unsigned char flags = tcp->packet[tcp->transport + 13];

	group->packet = tcp->packet;
	group->network = tcp->network;
	group->transport = tcp->transport;
	group->header = tcp->header;
	group->size = tcp->length - tcp->header;
	group->length = tcp->length;
	group->next = tcp->sequence + (uint32_t)group->size;
	/* Only plain data may be followed, and only if its own checksum is right. */
	group->closed = flags != TCP_FLAG_ACK || !coalesce_right(tcp);
	group->head = (struct virtio_net_hdr){ 0 };
	group->count = 2;
	group->parts[1] = (struct iovec){ tcp->packet, tcp->length };
}

static struct coalesce_group *coalesce_find(struct coalesce *coalesce,
					    const struct coalesce_tcp *tcp)
{
	for (unsigned i = 0; i < coalesce->count; i++)
		if (coalesce_same_flow(&coalesce->groups[i], tcp))
			return &coalesce->groups[i];
	return NULL;
}

/* It keeps its place behind all that came before it. */
void coalesce_pass(struct coalesce *coalesce, unsigned char *packet, size_t length,
		   const struct virtio_net_hdr *head)
{
	struct iovec parts[2] = { { (void *)head, sizeof(*head) }, { packet, length } };

	if (coalesce->count)
		coalesce_flush(coalesce);
	coalesce->write(coalesce->context, parts, 2);
}

void coalesce_add(struct coalesce *coalesce, unsigned char *packet, size_t length,
		  size_t network)
{
	struct coalesce_group *group;
	struct coalesce_tcp tcp;

	if (!coalesce_read(&tcp, packet, length, network)) {
		coalesce_pass(coalesce, packet, length, &(struct virtio_net_hdr){ 0 });
		return;
	}
	group = coalesce_find(coalesce, &tcp);
	if (group && coalesce_joins(group, &tcp)) {
		coalesce_join(group, &tcp);
		return;
	}
	if (group) {
		coalesce_write(coalesce, group);
	} else {
		if (coalesce->count == COALESCE_GROUPS)
			coalesce_flush(coalesce);
		group = &coalesce->groups[coalesce->count++];
	}
	coalesce_begin(group, &tcp);
}

void coalesce_flush(struct coalesce *coalesce)
{
	for (unsigned i = 0; i < coalesce->count; i++)
		coalesce_write(coalesce, &coalesce->groups[i]);
	coalesce->count = 0;
}
