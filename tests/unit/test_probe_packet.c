/* The bytes of probes: what replies and ICMP errors are taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/probe_private.h"
#include "tests/unit/probe_request.h"

static const struct probe_mark mark = { .identifier = 0xbeef,
					.first = 0xfffe,
					.cookie = { 1, 2, 3, 4, 5, 6, 7, 8 } };

static uint8_t built[PROBE_PACKET];

/* A reply as the kernel hands it over. Returns its length. */
static size_t reply_ip4(uint32_t index, uint32_t size)
{
	size_t length = probe_build(built + 20, AF_INET, &mark, index, size);
	uint16_t sum;

	memset(built, 0, 20);
	built[0] = 0x45;
	built[8] = 61;
	built[20] = 0;
	built[22] = built[23] = 0;
	sum = probe_sum(built + 20, length);
	built[22] = (uint8_t)(sum >> 8);
	built[23] = (uint8_t)sum;
	return 20 + length;
}

static struct probe_heard parse(const char *destination, const char *from, uint32_t size,
				const uint8_t *packet, size_t length)
{
	struct probe_request request = request_to(destination);
	uint8_t *exact =
		malloc(length ? length : 1); /* so that a sanitizer sees every step too far */
	struct probe_heard heard;
	struct ip sender;

	assert_non_null(exact);
	memcpy(exact, packet, length);
	assert_true(ip_parse(&sender, from));
	request.size_bytes = size;
	probe_parse(&request, &mark, 4, &sender, exact, length, &heard);
	free(exact);
	return heard;
}

static void test_reply(void **state)
{
	struct probe_heard heard;
	size_t length;

	(void)state;
	for (uint32_t size = 0; size < 40; size++) {
		length = reply_ip4(3, size);
		heard = parse("10.0.0.1", "10.0.0.1", size, built, length);
		assert_int_equal(heard.kind, PROBE_REPLY);
		assert_int_equal(heard.index, 3);
		assert_int_equal(heard.ttl, 61);
		assert_int_equal(parse("10.0.0.1", "10.0.0.2", size, built, length).kind,
				 PROBE_FOREIGN);
		assert_int_equal(parse("10.0.0.1", "10.0.0.1", size + 1, built, length).kind,
				 PROBE_FOREIGN);
		for (size_t i = 20; i < length; i++) {
			built[i] ^= 0x40;
			assert_int_equal(
				parse("10.0.0.1", "10.0.0.1", size, built, length).kind,
				PROBE_FOREIGN);
			built[i] ^= 0x40;
		}
		for (size_t cut = 0; cut < length; cut++)
			assert_int_equal(parse("10.0.0.1", "10.0.0.1", size, built, cut).kind,
					 PROBE_FOREIGN);
	}
	/* One that was never sent. */
	length = reply_ip4(4, 8);
	assert_int_equal(parse("10.0.0.1", "10.0.0.1", 8, built, length).kind, PROBE_FOREIGN);
}

/* An ICMP error about the echo with index 1, behind an IPv4 header. */
static size_t error_ip4(uint8_t type, uint8_t code, uint16_t fragment)
{
	static const uint8_t destination[] = { 10, 0, 0, 1 };
	uint8_t *icmp = built + 20, *quote = icmp + 8;
	uint16_t sum;

	memset(built, 0, 64);
	built[0] = quote[0] = 0x45;
	icmp[0] = type;
	icmp[1] = code;
	icmp[6] = 1300 >> 8;
	icmp[7] = 1300 & 255;
	quote[9] = IPPROTO_ICMP;
	quote[6] = (uint8_t)(fragment >> 8);
	quote[7] = (uint8_t)fragment;
	memcpy(quote + 16, destination, 4);
	(void)probe_build(quote + 20, AF_INET, &mark, 1, 0);
	sum = probe_sum(icmp, 8 + 20 + 8);
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)sum;
	return 20 + 8 + 20 + 8;
}

static void test_error_ip4(void **state)
{
	size_t length = error_ip4(3, 1, 0);
	struct probe_heard heard = parse("10.0.0.1", "10.9.9.9", 56, built, length);

	(void)state;
	assert_int_equal(heard.kind, PROBE_ERROR);
	assert_int_equal(heard.index, 1);
	assert_int_equal(heard.icmp.mtu, 0);
	assert_string_equal(heard.icmp.text, "destination host unreachable");
	assert_int_equal(heard.icmp.from.bytes[3], 9);
	for (size_t cut = 0; cut < length; cut++)
		assert_int_equal(parse("10.0.0.1", "10.9.9.9", 56, built, cut).kind,
				 PROBE_FOREIGN);
	assert_int_equal(parse("10.0.0.2", "10.9.9.9", 56, built, length).kind, PROBE_FOREIGN);

	length = error_ip4(3, 4, 0x2000);
	heard = parse("10.0.0.1", "10.9.9.9", 56, built, length);
	assert_int_equal(heard.kind, PROBE_ERROR);
	assert_int_equal(heard.icmp.mtu, 1300);
	/* A later fragment quotes no header; a redirect is no error. */
	assert_int_equal(
		parse("10.0.0.1", "10.9.9.9", 56, built, error_ip4(11, 1, 0x2001)).kind,
		PROBE_FOREIGN);
	assert_int_equal(parse("10.0.0.1", "10.9.9.9", 56, built, error_ip4(5, 1, 0)).kind,
			 PROBE_FOREIGN);
}

/* The same for IPv6, which comes without a header; may quote a first fragment. */
static size_t error_ip6(uint8_t type, uint8_t code, bool fragment)
{
	uint8_t *quote = built + 8, *behind = quote + 40;
	struct ip destination;

	assert_true(ip_parse(&destination, "fd00::1"));
	memset(built, 0, 128);
	built[0] = type;
	built[1] = code;
	built[6] = 1280 >> 8;
	quote[0] = 0x60;
	quote[6] = fragment ? IPPROTO_FRAGMENT : IPPROTO_ICMPV6;
	memcpy(quote + 24, destination.bytes, 16);
	if (fragment) {
		behind[0] = IPPROTO_ICMPV6;
		behind[3] = 1; /* more follow */
		behind += 8;
	}
	(void)probe_build(behind, AF_INET6, &mark, 2, 0);
	return (size_t)(behind + 8 - built);
}

static void test_error_ip6(void **state)
{
	size_t length;
	struct probe_heard heard;

	(void)state;
	for (int fragment = 0; fragment < 2; fragment++) {
		length = error_ip6(2, 0, fragment);
		heard = parse("fd00::1", "fd00::9", 56, built, length);
		assert_int_equal(heard.kind, PROBE_ERROR);
		assert_int_equal(heard.index, 2);
		assert_int_equal(heard.icmp.mtu, 1280);
		assert_string_equal(heard.icmp.text, "packet too big");
		for (size_t cut = 0; cut < length; cut++)
			assert_int_equal(parse("fd00::1", "fd00::9", 56, built, cut).kind,
					 PROBE_FOREIGN);
	}
	heard = parse("fd00::1", "fd00::9", 56, built, error_ip6(1, 3, false));
	assert_string_equal(heard.icmp.text, "destination address unreachable");
	assert_int_equal(parse("fd00::1", "fd00::9", 56, built, error_ip6(137, 0, false)).kind,
			 PROBE_FOREIGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_error_ip4),
		cmocka_unit_test(test_error_ip6),
	};

	return cmocka_run_group_tests_name("bytes of probes", tests, NULL, NULL);
}
