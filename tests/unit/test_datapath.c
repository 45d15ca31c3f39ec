/* The datapath's pure functions against bytes that were taken from RFCs and from the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "datapath/checksum.h"
#include "datapath/coalesce.h"
#include "datapath/ecn.h"
#include "datapath/far_end.h"
#include "datapath/fragment.h"
#include "datapath/gre.h"
#include "datapath/info.h"
#include "datapath/segment.h"
#include "datapath/unwrap.h"

static void checksum_of_rfc_1071(void **state)
{
	static const unsigned char data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal(ntohs(checksum_fold(checksum_add(0, data, 8))), 0xddf2);
	for (size_t cut = 0; cut <= 8; cut += 2)
		assert_int_equal(checksum_fold(checksum_add(checksum_add(0, data, cut),
							    data + cut, 8 - cut)),
				 checksum_fold(checksum_add(0, data, 8)));
}

static void ecn_as_rfc_6040(void **state)
{
	uint8_t result;

	(void)state;
	assert_int_equal(ecn_wrap(0x10, 3), 0x12);
	assert_int_equal(ecn_wrap(0, 1), 1);
	assert_false(ecn_unwrap(3, 0, &result));
	assert_true(ecn_unwrap(3, 0x12, &result) && result == 0x13);
	assert_true(ecn_unwrap(1, 2, &result) && result == 1);
	assert_true(ecn_unwrap(2, 0x40, &result) && result == 0x40);
}

static void gre_is_read_as_it_was_put(void **state)
{
	unsigned char packet[64] = { 0 };
	struct gre gre;
	size_t length;

	(void)state;
	for (unsigned bits = 0; bits < 8; bits++) {
		uint16_t flags =
			(uint16_t)((bits & 1 ? GRE_CSUM : 0) | (bits & 2 ? GRE_KEY : 0) |
				   (bits & 4 ? GRE_SEQ : 0));

		memset(packet, 0x5a, sizeof(packet));
		length = gre_put(packet, flags, 0x0800, htonl(7), 99);
		assert_int_equal(length, gre_length(flags));
		if (flags & GRE_CSUM)
			gre_seal(packet, flags, checksum_add(0, packet + length, 30));
		assert_int_equal(gre_read(&gre, packet, length + 30), GRE_GOOD);
		assert_int_equal(gre.type, 0x0800);
		assert_int_equal(gre.key, flags & GRE_KEY ? htonl(7) : 0);
		assert_int_equal(gre.sequence, flags & GRE_SEQ ? 99 : 0);
		assert_int_equal(gre_read(&gre, packet, length - 1), GRE_MALFORMED);
		packet[length + 3] ^= 1;
		assert_int_equal(gre_read(&gre, packet, length + 30),
				 flags & GRE_CSUM ? GRE_CHECKSUM : GRE_GOOD);
	}
}

static void far_ends_of_addresses(void **state)
{
	struct settings_6rd six = { .prefix_length = 16 };
	unsigned char address[16];
	uint32_t far;

	(void)state;
	inet_pton(AF_INET6, "2002::", &six.prefix);
	inet_pton(AF_INET6, "2002:c000:0201::5", address);
	assert_true(far_end_6rd(&six, address, &far) && far == inet_addr("192.0.2.1"));
	inet_pton(AF_INET6, "fe80::200:5efe:192.0.2.7", address);
	assert_true(far_end_isatap(address, &far) && far == inet_addr("192.0.2.7"));
	assert_false(far_end_compatible(address, &far));
	inet_pton(AF_INET6, "::192.0.2.9", address);
	assert_true(far_end_compatible(address, &far) && far == inet_addr("192.0.2.9"));
}

static void info_is_put_as_it_was_read(void **state)
{
	struct settings settings = { .kind = SETTINGS_GRE,
				     .discover = true,
				     .input_flags = GRE_KEY },
			again;
	unsigned char info[1024];
	const char *why;
	size_t length;

	(void)state;
	settings.input_key = htonl(5);
	settings.ttl = 9;
	settings.local = inet_addr("192.0.2.1");
	length = info_put(&settings, info, sizeof(info));
	assert_true(length);
	assert_int_equal(info_read(&again, NULL, info, length, &why), 0);
	assert_memory_equal(&again, &settings, sizeof(again));
	for (size_t i = 0; i < length; i++)
		(void)info_read(&again, NULL, info, i, &why);
}

/* ---- a TCP packet, cut and joined ---- */

enum { HEADS = 40, PAYLOAD = 5000, SIZE = 1000 };

static void tcp_packet(unsigned char *packet, struct virtio_net_hdr *head)
{
	memset(packet, 0, HEADS);
	packet[0] = 0x45;
	packet[2] = (HEADS + PAYLOAD) >> 8;
	packet[3] = (HEADS + PAYLOAD) & 255;
	packet[8] = 64;
	packet[9] = 6;
	memcpy(packet + 12, "\xc0\0\2\1\xc0\0\2\2", 8);
	packet[32] = 0x50;
	packet[33] = 0x10;
	for (int i = 0; i < PAYLOAD; i++)
		packet[HEADS + i] = (unsigned char)(i * 7 + i / 256);
	*head = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					 .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
					 .gso_size = SIZE,
					 .csum_start = 20,
					 .csum_offset = 16 };
}

struct written {
	unsigned char data[8192];
	size_t length;
	unsigned count;
};

static void keep(void *context, const struct iovec *parts, unsigned count)
{
	struct written *written = context;

	written->length = 0;
	written->count++;
	for (unsigned i = 1; i < count; i++) {
		memcpy(written->data + written->length, parts[i].iov_base, parts[i].iov_len);
		written->length += parts[i].iov_len;
	}
}

/* The whole, and the five packets of it, each in one piece. */
static void cut_up(unsigned char packet[HEADS + PAYLOAD], unsigned char cut[5][HEADS + SIZE])
{
	struct virtio_net_hdr head;
	struct segments segments;

	tcp_packet(packet, &head);
	assert_true(segments_begin(&segments, &head, packet, HEADS + PAYLOAD, 0));
	assert_int_equal(segments.count, 5);
	for (unsigned i = 0; i < 5; i++) {
		struct segment one = segments_make(&segments, i, cut[i]);

		memcpy(cut[i] + HEADS, one.payload, one.length);
	}
}

static void segments_are_joined_again(void **state)
{
	static unsigned char packet[HEADS + PAYLOAD], cut[5][HEADS + SIZE];
	static struct written written;
	static struct coalesce coalesce = { .write = keep, .context = &written };

	(void)state;
	cut_up(packet, cut);
	for (unsigned i = 0; i < 5; i++) {
		uint64_t sum = checksum_pseudo(cut[i], 6, 20 + SIZE);

		assert_int_equal(checksum_fold(checksum_add(0, cut[i], 20)), 0xffff);
		assert_int_equal(checksum_fold(checksum_add(sum, cut[i] + 20, 20 + SIZE)),
				 0xffff);
		coalesce_add(&coalesce, cut[i], HEADS + SIZE, 0);
	}
	coalesce_flush(&coalesce);
	assert_int_equal(written.count, 1);
	assert_int_equal(written.length, sizeof(packet));
	assert_memory_equal(written.data + HEADS, packet + HEADS, PAYLOAD);
}

static void a_wrong_checksum_is_not_joined(void **state)
{
	static unsigned char packet[HEADS + PAYLOAD], cut[5][HEADS + SIZE];
	static struct written written;
	static struct coalesce coalesce = { .write = keep, .context = &written };

	(void)state;
	cut_up(packet, cut);
	for (unsigned i = 0; i < 5; i++) {
		cut[i][HEADS + 9] ^= i == 2;
		coalesce_add(&coalesce, cut[i], HEADS + SIZE, 0);
	}
	coalesce_flush(&coalesce);
	assert_int_equal(written.count, 3);
}

static void fragments_are_all_of_it(void **state)
{
	static unsigned char packet[HEADS + PAYLOAD];
	struct virtio_net_hdr unused;
	struct fragment fragment = { 0 };
	unsigned char head[96];
	struct inner inner;
	size_t total = 0;

	(void)state;
	tcp_packet(packet, &unused);
	assert_true(inner_read(&inner, packet, sizeof(packet), false));
	while (fragment_next(&fragment, packet, &inner, 1280, head)) {
		assert_true(fragment.header + fragment.length <= 1280);
		assert_ptr_equal(fragment.payload, packet + 20 + total);
		assert_int_equal(((head[6] & 31) << 8 | head[7]) * 8, total);
		assert_int_equal(checksum_fold(checksum_add(0, head, 20)), 0xffff);
		total += fragment.length;
		assert_int_equal(!!(head[6] & 0x20), total < sizeof(packet) - 20);
	}
	assert_int_equal(total, sizeof(packet) - 20);
}

static void strangers_are_not_let_in(void **state)
{
	static const struct settings settings = { .kind = SETTINGS_IPIP, .mode = 4 };
	struct settings known = settings;
	struct unwrap_state memory = { 0 };
	unsigned char packet[60] = { 0x45, 0, 0, 40, 0,	  0, 0, 0, 64,	 4, 0, 0,
				     192,  0, 2, 1,  192, 0, 2, 2, 0x45, 0, 0, 20 };
	struct unwrap result;

	(void)state;
	assert_int_equal(unwrap(&result, &known, &memory, packet, 40), UNWRAP_GOOD);
	assert_int_equal(result.length, 20);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(unwrap(&result, &known, &memory, packet, i), UNWRAP_MALFORMED);
	known.remote = inet_addr("192.0.2.3");
	assert_int_equal(unwrap(&result, &known, &memory, packet, 40), UNWRAP_UNEXPECTED);
	known.remote = 0;
	packet[1] = 3;
	assert_int_equal(unwrap(&result, &known, &memory, packet, 40), UNWRAP_ECN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_of_rfc_1071),
		cmocka_unit_test(ecn_as_rfc_6040),
		cmocka_unit_test(gre_is_read_as_it_was_put),
		cmocka_unit_test(far_ends_of_addresses),
		cmocka_unit_test(info_is_put_as_it_was_read),
		cmocka_unit_test(segments_are_joined_again),
		cmocka_unit_test(a_wrong_checksum_is_not_joined),
		cmocka_unit_test(fragments_are_all_of_it),
		cmocka_unit_test(strangers_are_not_let_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
