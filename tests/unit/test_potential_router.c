/* Potential routers: the check, and the list of a real isatap device. Needs sit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/namespace.h"
#include "netops/potential_router.h"

enum { MANY = 300, NAME_SIZE = 32 };

struct fixture {
	struct netops *netops;
	char name[NAME_SIZE];
	bool has_sit;
};

static struct potential_router router(const char *address, bool is_default)
{
	struct potential_router made = { .is_default = is_default };

	assert_true(ip_parse(&made.address, address));
	return made;
}

static void test_check(void **state)
{
	static const struct {
		const char *address, *code;
	} wrongs[] = {
		{ "0.0.0.0", "range" },		{ "224.0.0.1", "range" },
		{ "255.255.255.255", "range" }, { "127.0.0.1", "range" },
		{ "fd00::1", "family" },
	};
	struct potential_router good = router("192.0.2.1", true), none = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	assert_int_equal(potential_router_check(&good, "/potential_routers/0", &error), 0);
	assert_int_equal(potential_router_check(&none, "/potential_routers/0", &error), -1);
	assert_string_equal(error.members[0].code, "required");
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct potential_router wrong = router(wrongs[i].address, false);

		error_clear(&error);
		assert_int_equal(potential_router_check(&wrong, "/potential_routers/3", &error),
				 -1);
		assert_string_equal(error.members[0].pointer, "/potential_routers/3/address");
		assert_string_equal(error.members[0].code, wrongs[i].code);
	}
}

/* ---- in the kernel ---- */

static bool command(const struct fixture *fixture, const char *arguments)
{
	char line[256];

	snprintf(line, sizeof(line), "exec 2>/dev/null; ip -n %s %s", fixture->name, arguments);
	return !system(line);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct namespace wanted = { 0 };
	struct error error;

	error_clear(&error);
	snprintf(fixture->name, NAME_SIZE, "test-prl-%d", getpid());
	memcpy(wanted.name, fixture->name, NAME_SIZE);
	assert_int_equal(netops_open(&fixture->netops, &error), 0);
	assert_int_equal(namespace_create(fixture->netops, &wanted, &error), 0);
	fixture->has_sit = command(
		fixture, "link add name is0 type sit mode ip6ip isatap local 192.0.2.100");
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	struct error error;

	error_clear(&error);
	(void)namespace_delete(fixture->netops, fixture->name, &error);
	netops_close(fixture->netops);
	free(fixture);
	return 0;
}

static void need_sit(const struct fixture *fixture)
{
	if (fixture->has_sit)
		return;
	print_message("skip, because this kernel has no sit devices\n");
	skip();
}

static size_t list(struct fixture *fixture, struct potential_router **ret)
{
	size_t count = SIZE_MAX;
	struct error error;

	error_clear(&error);
	if (potential_router_list(fixture->netops, fixture->name, "is0", ret, &count, &error))
		fail_msg("%s", error.detail);
	return count;
}

static int add(struct fixture *fixture, const char *device,
	       const struct potential_router *router, struct error *error)
{
	error_clear(error);
	return potential_router_add(fixture->netops, fixture->name, device, router, error);
}

static void test_add_change_remove(void **state)
{
	struct fixture *fixture = *state;
	struct potential_router one = router("192.0.2.1", true), *all = NULL;
	struct error error;

	need_sit(fixture);
	assert_int_equal(list(fixture, &all), 0);
	assert_null(all);
	assert_int_equal(add(fixture, "is0", &one, &error), 0);
	assert_int_equal(add(fixture, "is0", &one, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_true(command(fixture, "tunnel show is0 | grep -q 'pdr 192.0.2.1'"));

	one.is_default = false;
	error_clear(&error);
	assert_int_equal(
		potential_router_change(fixture->netops, fixture->name, "is0", &one, &error),
		0);
	assert_int_equal(list(fixture, &all), 1);
	assert_true(ip_equal(&all[0].address, &one.address) && !all[0].is_default);
	free(all);

	assert_int_equal(potential_router_remove(fixture->netops, fixture->name, "is0",
						 &one.address, &error),
			 0);
	assert_int_equal(potential_router_remove(fixture->netops, fixture->name, "is0",
						 &one.address, &error),
			 -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	error_clear(&error);
	assert_int_equal(
		potential_router_change(fixture->netops, fixture->name, "is0", &one, &error),
		-1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	assert_int_equal(list(fixture, &all), 0);
}

/* More than one read's worth, and a length that fills the room exactly. */
static void test_many(void **state)
{
	struct fixture *fixture = *state;
	struct potential_router *all = NULL;
	bool seen[MANY] = { false };
	struct error error;

	need_sit(fixture);
	for (int i = 0; i < MANY; i++) {
		struct potential_router one = router("10.1.0.0", i % 2);

		one.address.bytes[2] = (uint8_t)(i / 250);
		one.address.bytes[3] = (uint8_t)(i % 250 + 1);
		assert_int_equal(add(fixture, "is0", &one, &error), 0);
		if (i + 1 != 64 && i + 1 != MANY)
			continue;
		assert_int_equal(list(fixture, &all), i + 1);
		for (int j = 0; j <= i; j++) {
			int number =
				all[j].address.bytes[2] * 250 + all[j].address.bytes[3] - 1;

			assert_int_equal(all[j].is_default, number % 2);
			seen[number] = true;
		}
		free(all);
	}
	for (int i = 0; i < MANY; i++)
		assert_true(seen[i]);
}

static void test_wrong_places(void **state)
{
	struct fixture *fixture = *state;
	struct potential_router one = router("192.0.2.1", true), any = router("0.0.0.0", false);
	struct error error;

	assert_int_equal(add(fixture, "nothing", &one, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	assert_int_equal(add(fixture, "a-name-that-no-link-can-have", &one, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	assert_int_equal(add(fixture, "lo", &one, &error), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
	error_clear(&error);
	assert_int_equal(
		potential_router_add(fixture->netops, "test-nowhere", "is0", &one, &error), -1);
	assert_int_equal(error.kind, ERROR_MISSING);

	need_sit(fixture);
	assert_int_equal(add(fixture, "is0", &one, &error), 0);
	/* Which would empty the list. */
	error_clear(&error);
	assert_int_equal(potential_router_remove(fixture->netops, fixture->name, "is0",
						 &any.address, &error),
			 -1);
	assert_int_equal(error.kind, ERROR_INVALID);
	if (command(fixture, "link show sit0 >/dev/null")) {
		assert_int_equal(add(fixture, "sit0", &one, &error), -1);
		assert_int_equal(error.kind, ERROR_REFUSED);
	}
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest pure[] = { cmocka_unit_test(test_check) };
	const struct CMUnitTest kernel[] = {
		IN_KERNEL(test_add_change_remove),
		IN_KERNEL(test_many),
		IN_KERNEL(test_wrong_places),
	};
	int failed = cmocka_run_group_tests_name("potential_router", pure, NULL, NULL);

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return failed;
	}
	return failed + cmocka_run_group_tests_name("potential_router in the kernel", kernel,
						    NULL, NULL);
}
