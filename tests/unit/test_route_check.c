/* Routes by themselves: what is surely wrong with one, and their URLs. */
#include <stdio.h>

#include "tests/unit/route_fixture.h"

static void assert_wrong(struct route *route, const char *pointer, const char *code)
{
	struct error error;

	error_clear(&error);
	route_check(route, "/7", &error);
	if (!pointer) {
		if (error.member_count)
			print_message("%s: %s\n", error.members[0].pointer,
				      error.members[0].detail);
		assert_int_equal(error_verdict(&error), 0);
	} else {
		char whole[96];

		snprintf(whole, sizeof(whole), "/7%s", pointer);
		assert_int_equal(error.kind, ERROR_INVALID);
		assert_string_equal(error.members[0].pointer, whole);
		assert_string_equal(error.members[0].code, code);
		assert_true(strlen(error.members[0].detail) > 10);
	}
	route_clear(route);
}

static void test_check_single(void **state)
{
	static const struct {
		const char *destination, *gateway, *device, *pointer, *code;
	} cases[] = {
		{ "default", "10.0.0.1", NULL, NULL, NULL },
		{ "default", "fd00::1", NULL, NULL, NULL },
		{ "10.0.0.0/8", NULL, "v0", NULL, NULL },
		{ "10.0.0.0/8", "fe80::1", "v0", NULL, NULL },
		{ NULL, "10.0.0.1", NULL, "/destination", "required" },
		{ "10.0.0.1/8", "192.0.2.1", NULL, "/destination", "host_bits" },
		{ "2001:db8::1/32", "fd00::1", NULL, "/destination", "host_bits" },
		{ "10.0.0.0/8", NULL, NULL, "/gateway", "required" },
		{ "10.0.0.0/8", "0.0.0.0", NULL, "/gateway", "any" },
		{ "10.0.0.0/8", "224.0.0.1", NULL, "/gateway", "unicast" },
		{ "10.0.0.0/8", "255.255.255.255", NULL, "/gateway", "unicast" },
		{ "fd00::/8", "::", NULL, "/gateway", "any" },
		{ "fd00::/8", "ff02::1", NULL, "/gateway", "unicast" },
		{ "fd00::/8", "10.0.0.1", NULL, "/gateway", "family" },
		{ "fd00::/8", "fe80::1", NULL, "/device", "required" },
		{ "10.0.0.1", "10.0.0.1", NULL, "/gateway", "same" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct route route =
			route_of(cases[i].destination, cases[i].gateway, cases[i].device);

		assert_wrong(&route, cases[i].pointer, cases[i].code);
	}
}

static void test_check_members(void **state)
{
	struct route route = route_of("10.0.0.0/8", "192.0.2.1", NULL), fresh = route;
	struct route route6 = route_of("fd00::/8", "fd99::1", NULL), fresh6 = route6;

	(void)state;
#define WRONG(member, value, code) \
	(route = fresh, SET(&route, member, value), assert_wrong(&route, "/" #member, code))
#define WRONG6(member, value, code) \
	(route6 = fresh6, SET(&route6, member, value), assert_wrong(&route6, "/" #member, code))
	WRONG(table, 0, "range");
	WRONG(tos, 17, "range");
	WRONG(rtt_us, 3668, "range");
	WRONG(rtt_variance_us, 125, "range");
	WRONG(protocol, RTPROT_STATIC, "owned");
	WRONG(onlink, 1, "required");
	WRONG(preference, 1, "family");
	WRONG(expires_seconds, 60, "family");
	WRONG(source, ip_of("10.9.0.0/16"), "family");
	WRONG(preferred_source, ip_of("fd00::1"), "family");
	WRONG(preferred_source, ip_of("224.0.0.1"), "unicast");
	WRONG(scope, RT_SCOPE_NOWHERE, "range");
	WRONG6(metric, 0, "range");
	WRONG6(tos, 4, "family");
	WRONG6(scope, RT_SCOPE_LINK, "family");
	WRONG6(realm, 4, "family");
	route = fresh;
	SET(&route, nexthop_id, 5);
	assert_wrong(&route, "/gateway", "exclusive");
	route = fresh;
	SET(&route, preferred_source, ip_of("192.0.2.1"));
	assert_wrong(&route, "/gateway", "own");
	route = fresh;
	SET(&route, protocol, OWNED_PROTOCOL);
	assert_wrong(&route, NULL, NULL);
#undef WRONG
#undef WRONG6
}

static void test_check_types(void **state)
{
	struct route route;

	(void)state;
	for (int i = 0; i < 4; i++) {
		static const uint32_t types[] = { RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT,
						  RTN_THROW };

		route = route_of("10.0.0.0/8", NULL, NULL);
		SET(&route, type, types[i]);
		assert_wrong(&route, NULL, NULL);
		route = route_of("10.0.0.0/8", "10.0.0.1", NULL);
		SET(&route, type, types[i]);
		assert_wrong(&route, "/gateway", "exclusive");
		route = route_of("10.0.0.0/8", NULL, "lo");
		SET(&route, type, types[i]);
		assert_wrong(&route, "/device", "exclusive");
		route = route_of("fd00::/8", NULL, "lo");
		SET(&route, type, types[i]);
		assert_wrong(&route, NULL, NULL);
	}
}

static void test_check_nexthops(void **state)
{
	struct route route = route_of("10.0.0.0/8", NULL, NULL);

	(void)state;
	add_leg(&route, "10.0.0.1", NULL, 1);
	add_leg(&route, "10.0.0.2", "v0", 256);
	assert_wrong(&route, NULL, NULL);
	route = route_of("10.0.0.0/8", NULL, NULL);
	add_leg(&route, "10.0.0.1", NULL, 257);
	assert_wrong(&route, "/nexthops/0/weight", "range");
	route = route_of("10.0.0.0/8", NULL, NULL);
	add_leg(&route, "10.0.0.1", NULL, 1);
	add_leg(&route, NULL, NULL, 1);
	assert_wrong(&route, "/nexthops/1", "required");
	route = route_of("10.0.0.0/8", "10.0.0.3", NULL);
	add_leg(&route, "10.0.0.1", NULL, 1);
	assert_wrong(&route, "/gateway", "exclusive");
	route = route_of("default", NULL, NULL);
	route.options.destination.family = 0; /* not chosen yet */
	add_leg(&route, "fe80::1", NULL, 1);
	assert_int_equal(route.options.destination.family, AF_INET6);
	assert_wrong(&route, "/nexthops/0/device", "required");
	route = route_of("fd00::/8", NULL, NULL);
	add_leg(&route, NULL, "v0", 1);
	assert_wrong(&route, "/nexthops/0/gateway", "required");
}

/* One answer names all that is wrong, and the right network. */
static void test_check_all_at_once(void **state)
{
	struct route route = route_of("10.1.2.3/16", "224.0.0.1", NULL);
	struct error error;

	(void)state;
	SET(&route, tos, 3);
	SET(&route, table, 0);
	error_clear(&error);
	route_check(&route, "", &error);
	assert_int_equal(error.member_count, 4);
	assert_non_null(strstr(error.members[0].detail, "10.1.0.0/16"));
	assert_string_equal(error.members[1].pointer, "/gateway");
}

static void test_url(void **state)
{
	struct route route = route_of("default", "10.0.0.1", "v 0");
	char url[ERROR_URL_SIZE];

	(void)state;
	route_url(&route, url);
	assert_string_equal(url, "/routes/ns1/254/0.0.0.0/0?metric=0&tos=0");
	SET(&route, tos, 16);
	SET(&route, metric, 100);
	SET(&route, protocol, 4);
	route_url_full(&route, url);
	assert_string_equal(url, "/routes/ns1/254/0.0.0.0/0?metric=100&tos=16&gateway=10.0.0.1"
				 "&device=v%200&protocol=4&type=unicast");
	route = route_of("2001:db8::/32", "fd00::1", NULL);
	SET(&route, table, 7);
	SET(&route, source, ip_of("fd00::/64"));
	route_url(&route, url);
	assert_string_equal(url, "/routes/ns1/7/2001:db8::/32?metric=1024&source=fd00::/64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_single),	  cmocka_unit_test(test_check_members),
		cmocka_unit_test(test_check_types),	  cmocka_unit_test(test_check_nexthops),
		cmocka_unit_test(test_check_all_at_once), cmocka_unit_test(test_url),
	};

	return cmocka_run_group_tests_name("checks of routes", tests, NULL, NULL);
}
