/* Addresses by themselves: what is surely wrong with one, their texts, the message of every row. */
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "tests/unit/address_fixture.h"

static void assert_wrong(const struct address *address, const char *pointer, const char *code)
{
	struct error error;
	char whole[96];

	error_clear(&error);
	address_check(address, "/addresses/3", &error);
	if (!pointer) {
		if (error.member_count)
			fail_msg("%s: %s", error.members[0].pointer, error.members[0].detail);
		return;
	}
	snprintf(whole, sizeof(whole), "/addresses/3%s", pointer);
	assert_int_equal(error.kind, ERROR_INVALID);
	assert_string_equal(error.members[0].pointer, whole);
	assert_string_equal(error.members[0].code, code);
	assert_true(strlen(error.members[0].detail) > 10);
}

static void test_check_pair(void **state)
{
	static const struct {
		const char *address, *peer, *pointer, *code;
	} cases[] = {
		{ "10.0.0.1/24", NULL, NULL, NULL },
		{ "10.0.0.1", "10.0.0.2/32", NULL, NULL },
		{ "10.0.0.1", "10.9.0.2/24", NULL, NULL },
		{ "fd00::1/64", NULL, NULL, NULL },
		{ "fd00::1", "fd00::2", NULL, NULL },
		{ NULL, NULL, "/address", "required" },
		{ "0.0.0.0/24", NULL, "/address", "any" },
		{ "::/64", NULL, "/address", "any" },
		{ "224.0.0.1/24", NULL, "/address", "unicast" },
		{ "ff02::1/64", NULL, "/address", "unicast" },
		{ "255.255.255.255/32", NULL, "/address", "unicast" },
		{ "10.0.0.1/0", NULL, "/address", "range" },
		{ "127.0.0.2/8", NULL, "/address", "loopback" },
		{ "::1", NULL, "/address", "loopback" },
		{ "10.0.0.1", "fd00::1", "/peer", "family" },
		{ "10.0.0.1", "0.0.0.0", "/peer", "any" },
		{ "10.0.0.1", "224.0.0.1", "/peer", "unicast" },
		{ "10.0.0.1", "10.0.0.1", "/peer", "same" },
		{ "10.0.0.1/24", "10.0.0.2", "/address", "prefix" },
		{ "10.0.0.1", "10.0.0.2/0", "/peer", "range" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address address = address_of(cases[i].address, cases[i].peer);

		assert_wrong(&address, cases[i].pointer, cases[i].code);
	}
}

static void test_check_members(void **state)
{
	struct address fresh = address_of("10.0.0.1/24", NULL), address = fresh;
	struct address fresh6 = address_of("fd00::1/48", NULL);

	(void)state;
#define WRONG(from, member, value, code)                 \
	(address = (from), SET(&address, member, value), \
	 assert_wrong(&address, "/" #member, code))
	WRONG(fresh, scope, RT_SCOPE_NOWHERE, "range");
	WRONG(fresh6, scope, RT_SCOPE_LINK, "family");
	WRONG(fresh, valid_lifetime_seconds, 0, "range");
	WRONG(fresh, broadcast, ip_of("fd00::1"), "family");
	WRONG(fresh6, broadcast, ip_of("10.0.0.255"), "family");
	WRONG(fresh, no_dad, 1, "family");
	WRONG(fresh, home_address, 1, "family");
	WRONG(fresh6, manage_temporary_addresses, 1, "prefix");
	WRONG(fresh, auto_join, 1, "multicast");
#undef WRONG
	address = fresh;
	SET(&address, valid_lifetime_seconds, 10);
	SET(&address, preferred_lifetime_seconds, 11);
	assert_wrong(&address, "/preferred_lifetime_seconds", "range");
	address = fresh6;
	SET(&address, no_dad, 1);
	SET(&address, optimistic, 1);
	assert_wrong(&address, "/optimistic", "exclusive");
	address = address_of("239.0.0.1/32", NULL);
	SET(&address, auto_join, 1);
	assert_wrong(&address, NULL, NULL);
	address = fresh;
	SET(&address, no_dad, 0);
	assert_wrong(&address, NULL, NULL);
	address = address_of("127.0.0.2/8", NULL);
	strcpy(address.link.name, "lo");
	assert_wrong(&address, NULL, NULL);
}

static void test_check_label(void **state)
{
	struct address address = address_of("10.0.0.1/24", NULL);

	(void)state;
	GIVE(&address, label);
	strcpy(address.options.label, "v0:7");
	assert_wrong(&address, NULL, NULL);
	strcpy(address.options.label, "eth0");
	assert_wrong(&address, "/label", "prefix");
	address = address_of("fd00::1/64", NULL);
	GIVE(&address, label);
	strcpy(address.options.label, "v0:7");
	assert_wrong(&address, "/label", "family");
}

static void test_texts(void **state)
{
	struct address address = address_of("10.0.0.1/24", NULL);
	char url[ERROR_URL_SIZE], text[IP_TEXT_SIZE];

	(void)state;
	address_url(&address, url);
	assert_string_equal(url, "/addresses/ns1/v0/10.0.0.1/24");
	address_format(&address, text);
	assert_string_equal(text, "10.0.0.1/24");
	address = address_of("fd00::1", "fd00::2/64");
	strcpy(address.link.name, "a/b%d");
	address_url(&address, url);
	assert_string_equal(url, "/addresses/ns1/a%2Fb%25d/fd00::1/64?peer=fd00::2");
	address_format(&address, text);
	assert_string_equal(text, "fd00::1");
}

static void fill_row(const struct row *row, uint32_t salt, bool ipv6, void *options)
{
	if (row->type == ROW_PREFIX || row->type == ROW_ADDRESS)
		*(struct ip *)row_place(row, options) =
			ip_of(ipv6 ? "fd00::99/64" : "192.0.2.99/26");
	else if (row->type == ROW_TEXT)
		strcpy(row_place(row, options), "v0:label");
	else if (row->type == ROW_WORD)
		*(uint32_t *)row_place(row, options) = row->words[2].value;
	else if (row->type == ROW_BOOL)
		*(uint32_t *)row_place(row, options) = 1;
	else
		*(uint32_t *)row_place(row, options) = 1 + salt;
}

static void round_trip(const struct address *address)
{
	struct ifaddrmsg header = address_header(address);
	struct address again = { 0 };
	struct nl_msg *message;
	struct error error;

	error_clear(&error);
	message = netlink_message(RTM_NEWADDR, 0, &header, sizeof(header), &error);
	assert_non_null(message);
	assert_int_equal(address_put(message, address), 0);
	assert_true(address_parse(nlmsg_hdr(message), &again));
	for (const struct row *row = address_rows; row->name; row++) {
		if (!row_equal(row, &address->options, &address->given, &again.options,
			       &again.given))
			fail_msg("row %s", row->name);
	}
	nlmsg_free(message);
}

/* What a record has unsaid, its message says. */
static struct address said(const char *text)
{
	struct address address = address_of(text, NULL);

	SET(&address, scope, RT_SCOPE_UNIVERSE);
	return address;
}

static bool row_fits(const struct row *row, bool ipv6)
{
	return !ipv6 || row->attribute != IFA_BROADCAST;
}

static void test_round_trip(void **state)
{
	struct address all = said("10.0.0.1");
	uint32_t salt = 0;

	(void)state;
	for (const struct row *row = address_rows; row->name; row++) {
		for (int ipv6 = 0; ipv6 < 2; ipv6++) {
			struct address address = said(ipv6 ? "fd00::1" : "10.0.0.1");

			if (!row_fits(row, ipv6))
				continue;
			fill_row(row, salt++, ipv6, &address.options);
			give_at(&address.given, row->offset);
			/* One lifetime bounds the other, and is told as two. */
			if (row->attribute == IFA_CACHEINFO) {
				SET(&address, valid_lifetime_seconds, 500);
				SET(&address, preferred_lifetime_seconds, 400);
			}
			round_trip(&address);
		}
		if (row->attribute == IFA_LOCAL)
			continue;
		fill_row(row, salt++, false, &all.options);
		give_at(&all.given, row->offset);
	}
	round_trip(&all);
}

static void test_list(void **state)
{
	struct address_list list = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	for (uint32_t i = 0; i < 100; i++) {
		struct address address = { .flags = i };

		assert_int_equal(address_list_add(&list, &address, &error), 0);
	}
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(list.items[i].flags, i);
	address_list_free(&list);
	assert_int_equal(list.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_pair),  cmocka_unit_test(test_check_members),
		cmocka_unit_test(test_check_label), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests_name("addresses by themselves", tests, NULL, NULL);
}
