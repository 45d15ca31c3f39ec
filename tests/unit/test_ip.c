/* The texts of addresses are those of the C library, whatever the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/ip.h"

static void assert_as_library(const struct ip *ip)
{
	char ours[IP_TEXT_SIZE], theirs[IP_TEXT_SIZE + 8], prefix[IP_TEXT_SIZE];

	assert_non_null(inet_ntop(ip->family, ip->bytes, theirs, sizeof(theirs)));
	ip_format(ip, ours);
	assert_string_equal(ours, theirs);
	assert_int_equal(ip_put(ip, ours), strlen(theirs));
	snprintf(theirs + strlen(theirs), 8, "/%u", ip->prefix_length);
	ip_format_prefix(ip, prefix);
	assert_string_equal(prefix, theirs);
	assert_int_equal(ip_put_prefix(ip, prefix), strlen(theirs));
}

static void every_byte_of_ipv4(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 256 * 4; i++) {
		struct ip ip = { AF_INET, (uint16_t)(i % 33), { 1, 10, 100, 255 } };

		ip.bytes[i / 256] = (uint8_t)i;
		assert_as_library(&ip);
	}
}

/* Which of the groups are zero, and how long the others are: all there is to get wrong. */
static void every_run_of_zeros(void **state)
{
	static const uint16_t values[] = { 1, 0x12, 0x123, 0xffff, 0xabcd };

	(void)state;
	for (unsigned int zeros = 0; zeros < 256; zeros++) {
		for (unsigned int i = 0; i < 5 * 5; i++) {
			struct ip ip = { AF_INET6, (uint16_t)(zeros % 129), { 0 } };

			for (unsigned int group = 0; group < 8; group++) {
				uint16_t value = values[(group % 2 ? i / 5 : i) % 5];

				value = zeros >> group & 1 ? 0 : htons(value);
				memcpy(ip.bytes + 2 * group, &value, sizeof(value));
			}
			assert_as_library(&ip);
		}
	}
}

/* Zero bytes are made likely, so that all sorts of runs come. */
static void any_bytes(void **state)
{
	unsigned int seed = 20;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		struct ip ip = { AF_INET6, (uint16_t)(i % 129), { 0 } };

		for (int j = 0; j < 16; j++)
			ip.bytes[j] = rand_r(&seed) % 3 ? 0 : (uint8_t)rand_r(&seed);
		assert_as_library(&ip);
	}
}

static void no_address_has_no_text(void **state)
{
	char text[IP_TEXT_SIZE] = "x";

	(void)state;
	ip_format(&(struct ip){ 0 }, text);
	assert_string_equal(text, "");
	ip_format_prefix(&(struct ip){ 0 }, text);
	assert_string_equal(text, "/0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_ipv4),
		cmocka_unit_test(every_run_of_zeros),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(no_address_has_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
