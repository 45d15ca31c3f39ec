/* What the datapath joins, whatever becomes of packets on their way; and what others have joined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "datapath/checksum.h"
#include "datapath/coalesce.h"
#include "datapath/gre.h"
#include "datapath/partial.h"
#include "datapath/segment.h"
#include "datapath/unwrap.h"

enum { HEADS = 40, SIZE = 1000, PIECES = 8, FLOWS = 2, WHOLE = HEADS + PIECES * SIZE };

static void put16(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static void seal(unsigned char *packet, uint8_t protocol, size_t length, unsigned field)
{
	uint64_t sum = checksum_pseudo(packet, protocol, (uint32_t)(length - 20));
	uint16_t checksum;

	memset(packet + 20 + field, 0, 2);
	checksum = checksum_finish(checksum_add(sum, packet + 20, length - 20));
	memcpy(packet + 20 + field, &checksum, 2);
	memset(packet + 10, 0, 2);
	checksum = checksum_finish(checksum_add(0, packet, 20));
	memcpy(packet + 10, &checksum, 2);
}

static void headers(unsigned char *packet, uint8_t protocol, size_t length, unsigned port)
{
	memset(packet, 0, HEADS);
	packet[0] = 0x45;
	put16(packet + 2, (unsigned)length);
	packet[8] = 64;
	packet[9] = protocol;
	memcpy(packet + 12, "\xc0\0\2\1\xc0\0\2\2", 8);
	put16(packet + 20, port);
}

/* The payload of a flow at a place. */
static unsigned char byte_of(unsigned flow, size_t place)
{
	return (unsigned char)(place * 7 + place / 256 + flow);
}

/* TCP; index: which piece of the flow it is. */
static void tcp(unsigned char *packet, unsigned flow, unsigned index, size_t payload)
{
	uint32_t sequence = htonl(index * SIZE);

	headers(packet, 6, HEADS + payload, flow);
	memcpy(packet + 24, &sequence, 4);
	packet[32] = 0x50;
	packet[33] = 0x10;
	for (size_t i = 0; i < payload; i++)
		packet[HEADS + i] = byte_of(flow, index * SIZE + i);
	seal(packet, 6, HEADS + payload, 16);
}

/* ---- what is written, held against what was sent ---- */

struct written {
	unsigned count;
	unsigned pieces[FLOWS][PIECES]; /* how often each came */
	unsigned order[PIECES];		/* of flow 0 */
	unsigned of_first;
};

static void note(struct written *written, unsigned flow, size_t place,
		 const unsigned char *data)
{
	unsigned index = (unsigned)(place / SIZE);

	assert_true(flow < FLOWS && index < PIECES);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(data[i], byte_of(flow, place + i));
	written->pieces[flow][index]++;
	if (!flow && written->of_first < PIECES)
		written->order[written->of_first++] = index;
}

static void take(void *context, const struct iovec *parts, unsigned count)
{
	struct written *written = context;
	static unsigned char whole[WHOLE];
	size_t length = 0;
	uint32_t sequence;

	for (unsigned i = 1; i < count; i++) {
		memcpy(whole + length, parts[i].iov_base, parts[i].iov_len);
		length += parts[i].iov_len;
	}
	written->count++;
	assert_int_equal(whole[2] << 8 | whole[3], length);
	assert_int_equal(checksum_fold(checksum_add(0, whole, 20)), 0xffff);
	memcpy(&sequence, whole + 24, 4);
	for (size_t at = HEADS; at < length; at += SIZE)
		note(written, whole[21], ntohl(sequence) + at - HEADS, whole + at);
}

/* Sends pieces of flows, as flow * PIECES + index. */
static struct written carried(const unsigned *pieces, unsigned count)
{
	static unsigned char packets[2 * PIECES][HEADS + SIZE];
	static struct coalesce coalesce;
	struct written written = { 0 };

	coalesce = (struct coalesce){ .write = take, .context = &written };
	for (unsigned i = 0; i < count; i++) {
		tcp(packets[i], pieces[i] / PIECES, pieces[i] % PIECES, SIZE);
		coalesce_add(&coalesce, packets[i], HEADS + SIZE, 0);
	}
	coalesce_flush(&coalesce);
	return written;
}

static void a_lost_segment_stays_lost(void **state)
{
	struct written written = carried((const unsigned[]){ 0, 1, 2, 4, 5, 7 }, 6);

	(void)state;
	assert_int_equal(written.count, 3);
	for (unsigned i = 0; i < PIECES; i++)
		assert_int_equal(written.pieces[0][i], i != 3 && i != 6);
}

static void a_flow_keeps_its_order(void **state)
{
	static const unsigned pieces[] = { 0, 2, 1, 3, 3, 4, 0 };
	struct written written = carried(pieces, 7);

	(void)state;
	assert_int_equal(written.of_first, 7);
	assert_memory_equal(written.order, pieces, sizeof(pieces));
}

static void flows_that_take_turns_are_joined(void **state)
{
	struct written written = carried((const unsigned[]){ 0, 8, 1, 9, 2, 10, 3, 11 }, 8);

	(void)state;
	assert_int_equal(written.count, 2);
	for (unsigned i = 0; i < 4; i++)
		assert_true(written.pieces[0][i] == 1 && written.pieces[1][i] == 1);
}

static void what_ends_a_flow_comes_behind_it(void **state)
{
	static unsigned char packets[4][HEADS + SIZE];
	static struct coalesce coalesce;
	struct written written = { 0 };

	(void)state;
	coalesce = (struct coalesce){ .write = take, .context = &written };
	for (unsigned i = 0; i < 4; i++)
		tcp(packets[i], 0, i, SIZE);
	packets[2][33] |= 1; /* FIN */
	seal(packets[2], 6, HEADS + SIZE, 16);
	for (unsigned i = 0; i < 4; i++)
		coalesce_add(&coalesce, packets[i], HEADS + SIZE, 0);
	coalesce_flush(&coalesce);
	assert_memory_equal(written.order, ((unsigned[]){ 0, 1, 2, 3 }), 4 * sizeof(unsigned));
	assert_int_equal(written.count, 3);
}

/* ---- datagrams ---- */

struct datagrams {
	unsigned count;
	size_t lengths[PIECES];
	uint16_t sizes[PIECES];
};

static void take_datagrams(void *context, const struct iovec *parts, unsigned count)
{
	struct datagrams *datagrams = context;
	const struct virtio_net_hdr *head = parts[0].iov_base;
	const unsigned char *packet = parts[1].iov_base;
	size_t length = 0;

	for (unsigned i = 1; i < count; i++)
		length += parts[i].iov_len;
	assert_int_equal(packet[2] << 8 | packet[3], length);
	assert_int_equal(packet[24] << 8 | packet[25], length - 20);
	assert_int_equal(head->gso_type, count > 2 ? VIRTIO_NET_HDR_GSO_UDP_L4 : 0);
	datagrams->sizes[datagrams->count] = head->gso_size;
	datagrams->lengths[datagrams->count++] = length;
}

static void udp(unsigned char *packet, unsigned port, size_t payload)
{
	headers(packet, 17, 28 + payload, port);
	put16(packet + 24, (unsigned)(8 + payload));
	memset(packet + 28, 0x5a, payload);
	seal(packet, 17, 28 + payload, 6);
}

/* Sends datagrams of these sizes; 0 ends them. One of 30 has no checksum. */
static struct datagrams sent_datagrams(const size_t *sizes, bool taken)
{
	static unsigned char packets[PIECES][200];
	static struct coalesce coalesce;
	struct datagrams datagrams = { 0 };

	coalesce = (struct coalesce){ .write = take_datagrams,
				      .context = &datagrams,
				      .datagrams = taken };
	for (unsigned i = 0; sizes[i]; i++) {
		udp(packets[i], 1, sizes[i]);
		if (sizes[i] == 30)
			memset(packets[i] + 26, 0, 2);
		coalesce_add(&coalesce, packets[i], 28 + sizes[i], 0);
	}
	coalesce_flush(&coalesce);
	return datagrams;
}

static void datagrams_of_one_size_are_joined(void **state)
{
	struct datagrams found =
		sent_datagrams((size_t[]){ 50, 50, 50, 20, 50, 50, 60, 0 }, true);

	(void)state;
	assert_int_equal(found.count, 3);
	assert_true(found.lengths[0] == 28 + 170 && found.sizes[0] == 50);
	assert_true(found.lengths[1] == 28 + 100 && found.sizes[1] == 50);
	assert_true(found.lengths[2] == 28 + 60 && !found.sizes[2]);
}

static void datagrams_without_checksum_stay_alone(void **state)
{
	(void)state;
	assert_int_equal(sent_datagrams((size_t[]){ 30, 30, 30, 0 }, true).count, 3);
	assert_int_equal(sent_datagrams((size_t[]){ 50, 50, 50, 0 }, false).count, 3);
}

/* ---- what others have joined, or not finished ---- */

static void begin_checksum(unsigned char *packet, uint8_t protocol, size_t length,
			   unsigned field)
{
	uint16_t begun =
		checksum_fold(checksum_pseudo(packet, protocol, (uint32_t)(length - 20)));

	memcpy(packet + 20 + field, &begun, 2);
}

static void joined_tcp_is_found(void **state)
{
	static unsigned char packet[WHOLE];
	struct virtio_net_hdr head;

	(void)state;
	tcp(packet, 0, 0, PIECES * SIZE);
	assert_false(partial_find(&head, packet, sizeof(packet), 0));
	begin_checksum(packet, 6, sizeof(packet), 16);
	assert_true(partial_find(&head, packet, sizeof(packet), 0));
	assert_int_equal(head.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(head.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	assert_int_equal(head.gso_size, 1280 - HEADS);
	assert_true(head.csum_start == 20 && head.csum_offset == 16 && head.hdr_len == HEADS);
	for (size_t i = 0; i < sizeof(packet); i++)
		assert_false(partial_find(&head, packet, i, 0));
	packet[36] ^= 1;
	assert_false(partial_find(&head, packet, sizeof(packet), 0));
}

static void an_unfinished_datagram_is_found(void **state)
{
	unsigned char packet[30];
	struct virtio_net_hdr head;

	(void)state;
	memset(packet, 0, sizeof(packet));
	memcpy(packet, "\x45\0\0\36\0\0\0\0\100\21\0\0\xc0\0\2\1\xc0\0\2\2\0\1\0\2\0\12", 26);
	begin_checksum(packet, 17, sizeof(packet), 6);
	assert_true(partial_find(&head, packet, sizeof(packet), 0));
	assert_int_equal(head.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	assert_true(head.csum_start == 20 && head.csum_offset == 6);
	seal(packet, 17, sizeof(packet), 6);
	assert_false(partial_find(&head, packet, sizeof(packet), 0));
	packet[6] = 0x20; /* a fragment has none of its own */
	begin_checksum(packet, 17, sizeof(packet), 6);
	assert_false(partial_find(&head, packet, sizeof(packet), 0));
}

static void gre_checksums_of_joined_packets_are_those_of_the_first(void **state)
{
	static unsigned char packet[20 + 8 + WHOLE];
	const struct settings settings = { .kind = SETTINGS_GRE, .input_flags = GRE_CSUM };
	struct unwrap_state memory = { 0 };
	struct unwrap result;

	(void)state;
	headers(packet, 47, sizeof(packet), 0);
	gre_put(packet + 20, GRE_CSUM, 0x0800, 0, 0);
	put16(packet + 24, 0x1234);
	tcp(packet + 28, 0, 0, PIECES * SIZE);
	assert_int_equal(unwrap(&result, &settings, &memory, packet, sizeof(packet)),
			 UNWRAP_CHECKSUM);
	begin_checksum(packet + 28, 6, WHOLE, 16);
	assert_int_equal(unwrap(&result, &settings, &memory, packet, sizeof(packet)),
			 UNWRAP_GOOD);
	assert_int_equal(result.length, WHOLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_segment_stays_lost),
		cmocka_unit_test(a_flow_keeps_its_order),
		cmocka_unit_test(flows_that_take_turns_are_joined),
		cmocka_unit_test(what_ends_a_flow_comes_behind_it),
		cmocka_unit_test(datagrams_of_one_size_are_joined),
		cmocka_unit_test(datagrams_without_checksum_stay_alone),
		cmocka_unit_test(joined_tcp_is_found),
		cmocka_unit_test(an_unfinished_datagram_is_found),
		cmocka_unit_test(gre_checksums_of_joined_packets_are_those_of_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
