/* Reading and deleting: exactly the one that is meant, and nothing that goes along. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/address_fixture.h"

static int read_key(const struct fixture *fixture, const struct address *key,
		    struct error *error, struct address *ret)
{
	error_clear(error);
	return address_read(fixture->netops, key, ret, error);
}

static void test_read(void **state)
{
	const struct fixture *fixture = *state;
	struct address key = in_namespace(fixture, "10.0.0.1/32", NULL), found;
	struct error error;

	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	run(fixture, "addr add 10.0.0.1 peer 10.0.0.2 dev v0");
	assert_int_equal(read_key(fixture, &key, &error, &found), 0);
	assert_true(ADDRESS_GIVEN(&found, peer));
	run(fixture, "addr add 10.0.0.1 peer 10.0.0.3 dev v0");
	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_AMBIGUOUS);
	assert_int_equal(error.candidate_count, 2);
	assert_non_null(strstr(error.candidates[1], "/v0/10.0.0.1/32?peer=10.0.0.3"));
	SET(&key, peer, ip_of("10.0.0.3"));
	assert_int_equal(read_key(fixture, &key, &error, &found), 0);
	ungive_at(&key.given, offsetof(struct address_options, peer));
	run(fixture, "addr add 10.0.0.1/32 dev v0");
	assert_int_equal(read_key(fixture, &key, &error, &found), 0);
	assert_false(ADDRESS_GIVEN(&found, peer));
	strcpy(key.link.name, "v7");
	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	strcpy(key.namespace, "no-such-namespace");
	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
}

static unsigned int count_routes(const struct fixture *fixture)
{
	char command[128];
	unsigned int count = 0;
	FILE *pipe;
	int got;

	snprintf(command, sizeof(command), "ip -n %s route show table all", fixture->namespace);
	pipe = popen(command, "re");
	while ((got = fgetc(pipe)) != EOF)
		count += got == '\n';
	assert_int_equal(pclose(pipe), 0);
	return count;
}

/* A deletion takes exactly one, primary or not, and no route that others made. */
static void test_delete_one(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const texts[] = { "10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24",
					     "10.0.0.4/24", "10.0.1.1/24" };
	unsigned int before, routes;
	struct error error;

	for (int i = 0; i < 5; i++) {
		struct address address = in_namespace(fixture, texts[i], NULL);

		create(fixture, &address);
	}
	run(fixture, "route add 10.9.0.0/16 via 10.0.0.9");
	run(fixture, "route add 10.8.0.0/16 via 10.0.0.9 src 10.0.0.3");
	before = count_all(fixture);
	routes = count_routes(fixture);
	for (int i = 0; i < 2; i++) {
		struct address key = in_namespace(fixture, texts[i], NULL);

		error_clear(&error);
		if (address_delete(fixture->netops, &key, false, &error))
			fail_msg("%s %s", error.detail, error.kernel);
		assert_int_equal(count_all(fixture), --before);
		assert_int_equal(count_routes(fixture), --routes); /* its own one in "local" */
		assert_int_equal(address_delete(fixture->netops, &key, false, &error), -1);
		assert_int_equal(error.kind, ERROR_ABSENT);
	}
	compare_with_ip(fixture);
}

static void test_delete_restores_setting(void **state)
{
	const struct fixture *fixture = *state;
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct address one = in_namespace(fixture, "10.0.0.1/24", NULL);
	struct address two = in_namespace(fixture, "10.0.0.2/24", NULL);
	struct error error;
	bool promotes = true;

	one = create(fixture, &one);
	create(fixture, &two);
	error_clear(&error);
	assert_int_equal(address_delete(fixture->netops, &one, false, &error), 0);
	assert_int_equal(namespace_enter(fixture->netops, fixture->namespace, &socket, &error),
			 0);
	assert_int_equal(address_promotes(socket.netlink, one.link.index, &promotes, &error),
			 0);
	assert_false(promotes);
}

static void test_foreign(void **state)
{
	const struct fixture *fixture = *state;
	struct address key = in_namespace(fixture, "10.0.0.1/24", NULL);
	struct address key6 = in_namespace(fixture, "fd00::1/64", NULL);
	struct error error;

	run(fixture, "addr add 10.0.0.1/24 dev v0");
	run(fixture, "addr add fd00::1/64 dev v0");
	error_clear(&error);
	assert_int_equal(address_delete(fixture->netops, &key, false, &error), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
	assert_int_equal(address_delete(fixture->netops, &key6, false, &error), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
	error_clear(&error);
	assert_int_equal(address_delete(fixture->netops, &key, true, &error), 0);
	assert_int_equal(address_delete(fixture->netops, &key6, true, &error), 0);
}

/* Every address of ours goes by its own URL's key, alone. */
static void test_delete_all(void **state)
{
	const struct fixture *fixture = *state;
	unsigned int before;
	struct error error;

	for (unsigned int i = 0; i < 60; i++) {
		struct address address = some_ipv4(fixture, i);

		create(fixture, &address);
		address = some_ipv6(fixture, i);
		create(fixture, &address);
	}
	before = count_all(fixture);
	for (unsigned int i = 0; i < 60; i++) {
		struct address keys[] = { some_ipv4(fixture, i), some_ipv6(fixture, i) };

		for (int k = 0; k < 2; k++) {
			keys[k].options.address.prefix_length = address_prefix_length(&keys[k]);
			error_clear(&error);
			if (address_delete(fixture->netops, &keys[k], false, &error))
				fail_msg("%u: %s %s", i, error.detail, error.kernel);
			assert_int_equal(count_all(fixture), --before);
		}
	}
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, address_setup, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_KERNEL(test_read),
		IN_KERNEL(test_delete_one),
		IN_KERNEL(test_delete_restores_setting),
		IN_KERNEL(test_foreign),
		IN_KERNEL(test_delete_all),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("reading and deleting addresses", tests, NULL, NULL);
}
