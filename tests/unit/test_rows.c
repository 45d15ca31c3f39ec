/*
 * Rows against netlink, without a kernel: every row of every kind survives the
 * way out and back, and the wires that are easily got wrong are compared byte
 * by byte with what net/ipv4 and net/ipv6 read.
 */
#include <linux/if_tunnel.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "netops/kind.h"

enum { MAX = 255 };

static void set_value(const struct row *row, struct link *link)
{
	void *place = row_place(row, &link->options);

	switch (row->type) {
	case ROW_BOOL:
		*(uint32_t *)place = 1;
		break;
	case ROW_NUMBER:
	case ROW_NAMED:
		*(uint32_t *)place = row->maximum;
		break;
	case ROW_TTL:
	case ROW_TOS:
		*(uint32_t *)place = 200;
		break;
	case ROW_KEY:
		*(uint32_t *)place = 0x01020304;
		break;
	case ROW_WORD:
		*(uint32_t *)place = row->words[1].value;
		break;
	case ROW_ADDRESS:
		assert_true(ip_parse(place, "192.0.2.77"));
		break;
	case ROW_PREFIX:
		assert_true(ip_parse_prefix(place, "198.51.100.0/24"));
		break;
	case ROW_DEVICE:
		((struct device *)place)->index = 7;
		break;
	case ROW_MAC:
		memcpy(place, "\x02\x00\x00\x00\x00\x09", 6);
		break;
	case ROW_LINK_ADDRESS:
		assert_true(link_address_parse(place, "02:00:00:00:00:09"));
		break;
	case ROW_TEXT:
		strcpy(place, "text");
		break;
	}
	give_at(&link->given, row->offset);
}

static void parse(struct nl_msg *message, const struct row *rows, struct link *ret)
{
	struct nlattr *attributes[MAX + 1];

	link_init(ret);
	assert_int_equal(nlmsg_parse(nlmsg_hdr(message), 0, attributes, MAX, NULL), 0);
	rows_parse(rows, attributes, MAX, &ret->options, &ret->given);
}

/* One row alone, so that no other one can hide what it loses. */
static void round_trip(const struct row *rows, const struct row *row)
{
	struct nl_msg *message = nlmsg_alloc();
	struct link before, after;

	link_init(&before);
	set_value(row, &before);
	assert_int_equal(rows_put(message, rows, &before.options, &before.given), 0);
	parse(message, rows, &after);
	if (!row_equal(row, &before.options, &before.given, &after.options, &after.given))
		fail_msg("%s does not come back", row->name);
	nlmsg_free(message);
}

static void test_every_row_comes_back(void **state)
{
	const struct row *rows;

	(void)state;
	for (const struct kind *const *kind = kinds; *kind; kind++) {
		for (unsigned int i = 0; (rows = link_table(*kind, i)); i++) {
			for (const struct row *row = rows; row->name; row++) {
				if (row->wire != WIRE_NONE)
					round_trip(rows, row);
			}
		}
	}
}

static void expect_attribute(struct nl_msg *message, int type, const char *bytes, int length)
{
	struct nlattr *attribute = nlmsg_find_attr(nlmsg_hdr(message), 0, type);

	assert_non_null(attribute);
	assert_int_equal(nla_len(attribute), length);
	assert_memory_equal(nla_data(attribute), bytes, (size_t)length);
}

/* Ports travel in network order; type and flags in host order (little-endian here). */
static void test_encapsulation_bytes(void **state)
{
	struct nl_msg *message = nlmsg_alloc();
	struct link link;

	(void)state;
	link_init(&link);
	link.options.encapsulation_type = TUNNEL_ENCAP_GUE;
	link.options.encapsulation_source_port = 0x1234;
	link.options.encapsulation_destination_port = 0x5678;
	link.options.encapsulation_checksum = 1;
	link.options.encapsulation_remote_checksum = 1;
	give_at(&link.given, offsetof(struct link_options, encapsulation_type));
	give_at(&link.given, offsetof(struct link_options, encapsulation_source_port));
	give_at(&link.given, offsetof(struct link_options, encapsulation_destination_port));
	give_at(&link.given, offsetof(struct link_options, encapsulation_checksum));
	give_at(&link.given, offsetof(struct link_options, encapsulation_remote_checksum));
	assert_int_equal(rows_put(message, iptun_rows, &link.options, &link.given), 0);
	expect_attribute(message, IFLA_IPTUN_ENCAP_TYPE, "\x02\x00", 2);
	expect_attribute(message, IFLA_IPTUN_ENCAP_FLAGS, "\x05\x00", 2);
	expect_attribute(message, IFLA_IPTUN_ENCAP_SPORT, "\x12\x34", 2);
	expect_attribute(message, IFLA_IPTUN_ENCAP_DPORT, "\x56\x78", 2);
	nlmsg_free(message);
}

static void test_sixrd_bytes(void **state)
{
	const struct row *rows = kind_find("sit")->tables[1];
	struct nl_msg *message = nlmsg_alloc();
	struct link link;

	(void)state;
	link_init(&link);
	assert_true(ip_parse_prefix(&link.options.sixrd_prefix, "2001:db8::/32"));
	assert_true(ip_parse_prefix(&link.options.sixrd_relay_prefix, "10.0.0.0/8"));
	give_at(&link.given, offsetof(struct link_options, sixrd_prefix));
	give_at(&link.given, offsetof(struct link_options, sixrd_relay_prefix));
	assert_int_equal(rows_put(message, rows, &link.options, &link.given), 0);
	expect_attribute(message, IFLA_IPTUN_6RD_PREFIX, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0",
			 16);
	expect_attribute(message, IFLA_IPTUN_6RD_PREFIXLEN, "\x20\x00", 2);
	expect_attribute(message, IFLA_IPTUN_6RD_RELAY_PREFIX, "\x0a\0\0\0", 4);
	expect_attribute(message, IFLA_IPTUN_6RD_RELAY_PREFIXLEN, "\x08\x00", 2);
	nlmsg_free(message);
}

/* linux/if_tunnel.h: GRE_CSUM, GRE_KEY, GRE_SEQ are the top bits in network order. */
static void test_gre_bytes(void **state)
{
	const struct row *rows = kind_find("gre")->tables[0];
	struct nl_msg *message = nlmsg_alloc();
	struct link link;

	(void)state;
	link_init(&link);
	link.options.input_key = 0x01020304;
	link.options.input_checksum = link.options.output_sequence = 1;
	give_at(&link.given, offsetof(struct link_options, input_key));
	give_at(&link.given, offsetof(struct link_options, input_checksum));
	give_at(&link.given, offsetof(struct link_options, output_sequence));
	assert_int_equal(rows_put(message, rows, &link.options, &link.given), 0);
	expect_attribute(message, IFLA_GRE_IFLAGS, "\xa0\x00", 2);
	expect_attribute(message, IFLA_GRE_OFLAGS, "\x10\x00", 2);
	expect_attribute(message, IFLA_GRE_IKEY, "\x01\x02\x03\x04", 4);
	nlmsg_free(message);
}

/* The flag of isatap is in host order, whatever the header says. */
static void test_isatap_bytes(void **state)
{
	const struct kind *kind = kind_find("isatap");
	struct nl_msg *message = nlmsg_alloc();
	struct nlattr *attributes[MAX + 1];
	struct error error;
	struct link link;

	(void)state;
	link_init(&link);
	error_clear(&error);
	assert_int_equal(kind->put(message, &link, &error), 0);
	expect_attribute(message, IFLA_IPTUN_FLAGS, "\x01\x00", 2);
	assert_int_equal(nlmsg_parse(nlmsg_hdr(message), 0, attributes, MAX, NULL), 0);
	assert_ptr_equal(kind_of("sit", attributes, MAX), kind);
	nlmsg_free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_comes_back),
		cmocka_unit_test(test_encapsulation_bytes),
		cmocka_unit_test(test_sixrd_bytes),
		cmocka_unit_test(test_gre_bytes),
		cmocka_unit_test(test_isatap_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
