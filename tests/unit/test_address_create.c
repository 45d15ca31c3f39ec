/* Making addresses: what becomes of them, as ip-address(8) sees it, and what the kernel does not take. */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/address_fixture.h"

static void test_against_ip(void **state)
{
	const struct fixture *fixture = *state;
	unsigned int count;

	for (unsigned int i = 0; i < 200; i++) {
		struct address address = some_ipv4(fixture, i);

		create(fixture, &address);
		address = some_ipv6(fixture, i);
		create(fixture, &address);
	}
	run(fixture, "addr add 10.99.0.1/24 brd + dev v1 label v1:x");
	run(fixture, "addr add fe80::77/64 dev v1 nodad");
	run(fixture, "addr add 127.0.0.9/8 dev lo");
	count = compare_with_ip(fixture);
	print_message("%u addresses agree with ip addr\n", count);
	assert_true(count >= 400);
}

static void add_samples(const struct fixture *fixture, struct address_list *list)
{
	struct error error;

	error_clear(&error);
	for (unsigned int i = 0; i < 100; i++) {
		struct address ipv4 = some_ipv4(fixture, i), ipv6 = some_ipv6(fixture, i);

		assert_int_equal(address_list_add(list, &ipv4, &error), 0);
		assert_int_equal(address_list_add(list, &ipv6, &error), 0);
	}
}

static int make_list(const struct fixture *fixture, struct address_list *wanted,
		     struct address_list *made, size_t *failed, struct error *error)
{
	void **from = calloc(wanted->count, sizeof(*from)),
	     **to = calloc(wanted->count, sizeof(*to));
	int result;

	made->items = calloc(wanted->count, sizeof(*made->items));
	made->count = wanted->count;
	for (size_t i = 0; i < wanted->count; i++) {
		from[i] = &wanted->items[i];
		to[i] = &made->items[i];
	}
	result = address_create_many(fixture->netops, from, to, wanted->count, failed, error);
	free(from);
	free(to);
	return result;
}

/* Of all sorts, read back in order; and the same once more is refused and leaves all as it was. */
static void test_list_against_ip(void **state)
{
	const struct fixture *fixture = *state;
	struct address_list wanted CLEANUP_ADDRESS_LIST = { 0 };
	struct address_list made CLEANUP_ADDRESS_LIST = { 0 };
	struct error error;
	unsigned int count;
	size_t failed;

	add_samples(fixture, &wanted);
	error_clear(&error);
	if (make_list(fixture, &wanted, &made, &failed, &error))
		fail_msg("%s %s", error.detail, error.members[0].pointer);
	for (size_t i = 0; i < made.count; i++) {
		assert_true(address_same(&made.items[i], &wanted.items[i]));
		assert_true(address_is_ours(&made.items[i]));
		assert_string_equal(made.items[i].namespace, fixture->namespace);
		assert_int_equal(ADDRESS_GIVEN(&made.items[i], label),
				 ADDRESS_GIVEN(&wanted.items[i], label));
	}
	count = compare_with_ip(fixture);
	address_list_free(&made);
	wanted.items[0] = in_namespace(fixture, "10.222.0.1/24", NULL);
	assert_int_equal(make_list(fixture, &wanted, &made, &failed, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_int_equal(failed, 1);
	assert_int_equal(compare_with_ip(fixture), count);
}

static void refused(const struct fixture *fixture, const struct address *address,
		    enum error_kind kind, const char *pointer, const char *conflict)
{
	struct address made;
	struct error error;

	error_clear(&error);
	assert_int_equal(address_create(fixture->netops, address, &made, &error), -1);
	if (error.kind != kind ||
	    (pointer && (!error.member_count || strcmp(error.members[0].pointer, pointer))))
		fail_msg("%d %s (%s)", error.kind, error.detail, error.kernel);
	if (conflict && !strstr(error.conflict, conflict))
		fail_msg("conflict %s", error.conflict);
}

static void test_refusals(void **state)
{
	const struct fixture *fixture = *state;
	struct address address = in_namespace(fixture, "10.0.0.1/24", NULL);

	create(fixture, &address);
	refused(fixture, &address, ERROR_EXISTS, NULL, "/v0/10.0.0.1/24");
	address = in_namespace(fixture, "10.0.0.2/24", NULL);
	SET(&address, scope, RT_SCOPE_LINK);
	refused(fixture, &address, ERROR_INVALID, "/scope", NULL);
	address = in_namespace(fixture, "10.1.0.1", "10.1.1.1/24");
	create(fixture, &address);
	address = in_namespace(fixture, "10.1.0.1", "10.1.1.2/24");
	refused(fixture, &address, ERROR_EXISTS, NULL, "/v0/10.1.0.1/24?peer=10.1.1.1");
	address = in_namespace(fixture, "fd00::1/64", NULL);
	create(fixture, &address);
	address = in_namespace(fixture, "fd00::1/80", NULL);
	refused(fixture, &address, ERROR_EXISTS, NULL, "/v0/fd00::1/64");
	address = in_namespace(fixture, "10.7.0.1/24", NULL);
	strcpy(address.link.name, "v7");
	refused(fixture, &address, ERROR_MISSING, "/link", NULL);
	strcpy(address.namespace, "no-such-namespace");
	refused(fixture, &address, ERROR_MISSING, "/namespace", NULL);
}

static void test_ipv6_off(void **state)
{
	const struct fixture *fixture = *state;
	struct address address = in_namespace(fixture, "fd00::1/64", NULL);
	char command[256];

	snprintf(command, sizeof(command),
		 "ip netns exec %s sh -c 'echo 1 >/proc/sys/net/ipv6/conf/v0/disable_ipv6'",
		 fixture->namespace);
	assert_int_equal(system(command), 0);
	refused(fixture, &address, ERROR_REFUSED, NULL, NULL);
	run(fixture, "link set v1 mtu 1000");
	strcpy(address.link.name, "v1");
	refused(fixture, &address, ERROR_REFUSED, NULL, NULL);
}

static void test_mark(void **state)
{
	const struct fixture *fixture = *state;
	struct address address = in_namespace(fixture, "10.0.0.1/24", NULL);

	if (address_is_ours(&(struct address){ 0 }))
		fail();
	address = create(fixture, &address);
	assert_true(address_is_ours(&address));
	address = in_namespace(fixture, "fd00::1/64", NULL);
	address = create(fixture, &address);
	assert_true(address_is_ours(&address));
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, address_setup, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_KERNEL(test_against_ip), IN_KERNEL(test_list_against_ip),
		IN_KERNEL(test_refusals),   IN_KERNEL(test_ipv6_off),
		IN_KERNEL(test_mark),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("making addresses", tests, NULL, NULL);
}
