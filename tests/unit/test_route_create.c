/* Making routes: what becomes of them, as ip-route(8) sees it, and what the kernel does not take. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/route_fixture.h"

static void test_against_ip(void **state)
{
	const struct fixture *fixture = *state;
	unsigned int count;

	for (unsigned int i = 0; i < 300; i++)
		make_ipv4(fixture, i);
	for (unsigned int i = 0; i < 200; i++)
		make_ipv6(fixture, i);
	make_foreign(fixture);
	count = compare_with_ip(fixture);
	print_message("%u routes agree with ip route\n", count);
	assert_true(count > 500);
	run(fixture, "link set w1 down"); /* linkdown */
	assert_true(compare_with_ip(fixture) > 500);
}

static void refused(const struct fixture *fixture, struct route *route, enum error_kind kind,
		    const char *pointer)
{
	struct route made CLEANUP_ROUTE = { 0 };
	struct error error;

	error_clear(&error);
	assert_int_equal(route_create(fixture->netops, route, &made, &error), -1);
	if (error.kind != kind ||
	    (pointer && (!error.member_count || strcmp(error.members[0].pointer, pointer))))
		fail_msg("%d %s (%s) %s", error.kind, error.detail, error.kernel,
			 error.member_count ? error.members[0].pointer : "no member");
	route_clear(route);
}

static void test_refusals(void **state)
{
	const struct fixture *fixture = *state;
	static const struct {
		const char *destination, *gateway, *device;
		enum error_kind kind;
		const char *pointer;
	} cases[] = {
		{ "40.0.0.0/24", "192.0.2.1", NULL, ERROR_INVALID, "/gateway" },
		{ "40.0.0.0/24", "192.0.2.1", "v0", ERROR_INVALID, "/gateway" },
		{ "40.0.0.0/24", "10.0.0.1", NULL, ERROR_INVALID, "/gateway" },
		{ "40.0.0.0/24", NULL, "nothing", ERROR_MISSING, "/device" },
		{ "40.0.0.0/24", NULL, "d0", ERROR_INVALID, "/device" },
		{ "2001:dba::/32", "fd77::1", NULL, ERROR_INVALID, "/gateway" },
		{ "2001:dba::/32", "fd00::1", NULL, ERROR_INVALID, "/gateway" },
		{ "2001:dba::/32", NULL, "d0", ERROR_INVALID, "/device" },
	};
	struct route route;

	run(fixture, "link add d0 type veth peer name d1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		route = in_namespace(fixture, cases[i].destination, cases[i].gateway,
				     cases[i].device);
		refused(fixture, &route, cases[i].kind, cases[i].pointer);
	}
	route = in_namespace(fixture, "40.0.0.0/24", "10.0.0.2", NULL);
	SET(&route, preferred_source, ip_of("10.99.0.1"));
	refused(fixture, &route, ERROR_INVALID, "/preferred_source");
	route = in_namespace(fixture, "2001:dba::/32", "fd00::2", NULL);
	SET(&route, preferred_source, ip_of("fd99::1"));
	refused(fixture, &route, ERROR_INVALID, "/preferred_source");
	route = in_namespace(fixture, "40.0.0.0/24", NULL, NULL);
	add_leg(&route, "10.0.0.2", NULL, 1);
	add_leg(&route, "192.0.2.1", NULL, 1);
	refused(fixture, &route, ERROR_INVALID, "/nexthops");
	route = in_namespace(fixture, "40.0.0.0/24", NULL, NULL);
	add_leg(&route, "10.0.0.2", NULL, 1);
	add_leg(&route, "10.0.0.3", "nothing", 1);
	refused(fixture, &route, ERROR_MISSING, "/nexthops/1/device");
	route = in_namespace(fixture, "40.0.0.0/24", "10.0.0.2", NULL);
	SET(&route, nexthop_id, 77);
	refused(fixture, &route, ERROR_INVALID, "/nexthop_id");
	route = route_of("40.0.0.0/24", "10.0.0.2", NULL);
	strcpy(route.namespace, "no-such-namespace");
	refused(fixture, &route, ERROR_MISSING, "/namespace");
	assert_int_equal(ours_count(fixture), 0);
}

static void exists(const struct fixture *fixture, struct route *route, const char *url)
{
	struct route made CLEANUP_ROUTE = { 0 };
	struct error error;
	char whole[ERROR_URL_SIZE];

	error_clear(&error);
	assert_int_equal(route_create(fixture->netops, route, &made, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	snprintf(whole, sizeof(whole), "/routes/%s/%s", fixture->namespace, url);
	assert_string_equal(error.conflict, whole);
}

static void test_exists(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "30.0.0.0/24", "10.0.0.77", NULL);

	make_foreign(fixture);
	exists(fixture, &route, "254/30.0.0.0/24?metric=0&tos=0");
	SET(&route, metric, 5);
	exists(fixture, &route, "254/30.0.0.0/24?metric=5&tos=0");
	SET(&route, table, 1000);
	SET(&route, metric, 0);
	exists(fixture, &route, "1000/30.0.0.0/24?metric=0&tos=0");
	route = in_namespace(fixture, "2001:db9::/32", "fd00::77", NULL);
	exists(fixture, &route, "254/2001:db9::/32?metric=1024");
	SET(&route, metric, 6);
	exists(fixture, &route, "254/2001:db9::/32?metric=6");
}

/* The locks do not show in ip-route(8)'s JSON; what is made says them. */
static void test_locks(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "40.0.0.0/24", "10.0.0.2", NULL);
	struct route made CLEANUP_ROUTE = { 0 };

	for (const struct row *row = route_metric_rows(); row->name; row++) {
		if (row->attribute != RTAX_LOCK || row->wire != WIRE_NONE)
			continue;
		*(uint32_t *)row_place(row, &route.options) = 1;
		give_at(&route.given, row->offset);
	}
	create(fixture, &route, &made);
}

static void test_expiry(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "2001:dba::/32", "fd00::2", NULL);
	struct route made CLEANUP_ROUTE = { 0 };

	SET(&route, expires_seconds, 600);
	create(fixture, &route, &made);
	assert_in_range(made.options.expires_seconds, 570, 600);
}

static void test_source(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "2001:dba::/32", "fd00::2", NULL);
	struct route made CLEANUP_ROUTE = { 0 };
	struct error error;

	SET(&route, source, ip_of("fd00:1::/64"));
	error_clear(&error);
	if (route_create(fixture->netops, &route, &made, &error)) {
		print_message("skip, because this kernel has no IPv6 routes by source: %s\n",
			      error.kernel);
		return;
	}
	assert_true(ip_prefix_equal(&made.options.source, &route.options.source));
	compare_with_ip(fixture);
	assert_int_equal(route_delete(fixture->netops, &made, false, &error), 0);
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, route_setup, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_KERNEL(test_against_ip), IN_KERNEL(test_refusals), IN_KERNEL(test_exists),
		IN_KERNEL(test_locks),	    IN_KERNEL(test_expiry),   IN_KERNEL(test_source),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("making routes", tests, NULL, NULL);
}
