/*
 * Keys out of URLs: what stands there is read whole, or the answer is that there
 * is no such object (path) or that the parameter is wrong (query).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/key.h"
#include "api/operations.h"
#include "api/path.h"

#define LONG_LINK "sixteen-bytes-16" /* one more than a name of a link has */

static const struct api_operation address_operation = {
	.path = "/addresses/{namespace}/{link}/{address}/{prefix_length}"
};
static const struct api_operation route_operation = {
	.path = "/routes/{namespace}/{table}/{address}/{prefix_length}"
};
static const struct api_operation rule_operation = {
	.path = "/rules/{namespace}/{family}/{priority}"
};

static const struct api_operation neighbor_operation = {
	.path = "/neighbors/{namespace}/{link}/{address}"
};

static void parse(struct api_call *call, const char *target,
		  const struct api_operation *operation)
{
	struct error error;

	error_clear(&error);
	*call = (struct api_call){ .operation = operation };
	assert_int_equal(path_parse(target, call, &error), 0);
}

static int read_address(const char *target, struct address *ret, struct error *error)
{
	struct api_call call;

	parse(&call, target, &address_operation);
	error_clear(error);
	return key_read_address(&call, ret, error);
}

static int read_route(const char *target, struct route *ret, struct error *error)
{
	struct api_call call;

	parse(&call, target, &route_operation);
	error_clear(error);
	return key_read_route(&call, ret, error);
}

static int read_rule(const char *target, struct rule *ret, struct error *error)
{
	struct api_call call;

	parse(&call, target, &rule_operation);
	error_clear(error);
	return key_read_rule(&call, ret, error);
}

static int read_neighbor(const char *target, struct neighbor *ret, struct error *error)
{
	struct api_call call;

	parse(&call, target, &neighbor_operation);
	error_clear(error);
	return key_read_neighbor(&call, ret, error);
}

struct wrong {
	const char *target;
	enum error_kind kind;
	const char *words; /* in the detail */
};

static void assert_error(const struct wrong *wrong, int result, const struct error *error)
{
	if (!result || error->kind != wrong->kind || !strstr(error->detail, wrong->words))
		fail_msg("%s: %d, %d %s", wrong->target, result, error->kind, error->detail);
}

static void test_wrong_addresses(void **state)
{
	static const struct wrong wrongs[] = {
		{ "/addresses/ns1/v0/10.0.0.1/330", ERROR_ABSENT, "prefix_length" },
		{ "/addresses/ns1/v0/10.0.0.1/3200", ERROR_ABSENT, "prefix_length" },
		{ "/addresses/ns1/v0/fd00::1/1280", ERROR_ABSENT, "prefix_length" },
		{ "/addresses/ns1/v0/10.0.0.1/024", ERROR_ABSENT, "prefix_length" },
		{ "/addresses/ns1/v0/10.0.0.1/%2024", ERROR_ABSENT, "prefix_length" },
		{ "/addresses/ns1/v0/10.0.0.1/+24", ERROR_ABSENT, "prefix_length" },
		{ "/addresses/ns1/v0/10.0.0.1/24%20", ERROR_ABSENT, "prefix_length" },
		{ "/addresses/ns1/v0/10.0.0.300/24", ERROR_ABSENT, "address" },
		{ "/addresses/ns1/v0/0000:0000:0000:0000:0000:ffff:255.255.255.2555/128",
		  ERROR_ABSENT, "address" },
		{ "/addresses/ns1/v0/fe80::1%25v0/64", ERROR_ABSENT, "address" },
		{ "/addresses/ns1/" LONG_LINK "/10.0.0.1/24", ERROR_ABSENT, "link" },
		{ "/addresses/ns1/v0/10.0.0.1/24?peer=", ERROR_MALFORMED, "peer" },
		{ "/addresses/ns1/v0/10.0.0.1/24?peer=10.0.0.2/240", ERROR_MALFORMED, "peer" },
		{ "/addresses/ns1/v0/10.0.0.1/24?peer=10.0.0.2/32", ERROR_MALFORMED, "peer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct address key;
		struct error error;

		assert_error(&wrongs[i], read_address(wrongs[i].target, &key, &error), &error);
	}
}

static void test_wrong_routes(void **state)
{
#define TO(table, query) "/routes/ns1/" table "/10.0.0.0/8" query
	static const struct wrong wrongs[] = {
		{ TO("0", ""), ERROR_ABSENT, "table" },
		{ TO("4294967550", ""), ERROR_ABSENT, "table" }, /* 254 in 32 bits */
		{ TO("+254", ""), ERROR_ABSENT, "table" },
		{ TO("-1", ""), ERROR_ABSENT, "table" },
		{ TO("%20254", ""), ERROR_ABSENT, "table" },
		{ TO("254%20", ""), ERROR_ABSENT, "table" },
		{ TO("0254", ""), ERROR_ABSENT, "table" },
		{ TO("mainx", ""), ERROR_ABSENT, "table" },
		{ "/routes/ns1/254/10.0.0.0/80", ERROR_ABSENT, "prefix_length" },
		{ "/routes/ns1/254/2001:db8::1/1280", ERROR_ABSENT, "prefix_length" },
		{ "/routes/ns1/254/default/0", ERROR_ABSENT, "address" },
		{ TO("254", "?device=" LONG_LINK), ERROR_MALFORMED, "device" },
		{ TO("254", "?device="), ERROR_MALFORMED, "device" },
		{ TO("254", "?metric=+1"), ERROR_MALFORMED, "metric" },
		{ TO("254", "?metric=4294967296"), ERROR_MALFORMED, "metric" },
		{ TO("254", "?tos=256"), ERROR_MALFORMED, "tos" },
		{ TO("254", "?gateway=10.0.0.1/32"), ERROR_MALFORMED, "gateway" },
		{ TO("254", "?source=fd00::/1280"), ERROR_MALFORMED, "source" },
		{ TO("254", "?protocol=372"), ERROR_MALFORMED, "protocol" }, /* 116 in 8 bits */
		{ TO("254", "?type=unicastx"), ERROR_MALFORMED, "type" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct route key;
		struct error error;

		assert_error(&wrongs[i], read_route(wrongs[i].target, &key, &error), &error);
	}
}

static void test_rules(void **state)
{
	static const struct wrong wrongs[] = {
		{ "/rules/ns1/ipv5/100", ERROR_ABSENT, "family" },
		{ "/rules/ns1/ipv4/0100", ERROR_ABSENT, "priority" },
		{ "/rules/ns1/ipv4/-1", ERROR_ABSENT, "priority" },
		{ "/rules/ns1/ipv4/4294967296", ERROR_ABSENT, "priority" },
		{ "/rules/ns1/ipv4/1?mark=4294967296", ERROR_MALFORMED, "mark" },
		{ "/rules/ns1/ipv4/1?source=10.0.0.0/33", ERROR_MALFORMED, "source" },
		{ "/rules/ns1/ipv4/1?action=lookupx", ERROR_MALFORMED, "action" },
		{ "/rules/ns1/ipv4/1?protocol=372", ERROR_MALFORMED, "protocol" },
		{ "/rules/ns1/ipv4/1?input_device=" LONG_LINK, ERROR_MALFORMED,
		  "input_device" },
	};
	struct error error;
	struct rule key;

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		assert_error(&wrongs[i], read_rule(wrongs[i].target, &key, &error), &error);
	assert_int_equal(
		read_rule("/rules/a%20b/ipv6/4294967295?table=local&mark=0", &key, &error), 0);
	assert_string_equal(key.namespace, "a b");
	assert_int_equal(key.options.family, AF_INET6);
	assert_int_equal(key.options.priority, UINT32_MAX);
	assert_int_equal(key.options.table, 255);
	assert_true(RULE_GIVEN(&key, mark) && !RULE_GIVEN(&key, source));
}

static void test_neighbors(void **state)
{
	static const struct wrong wrongs[] = {
		{ "/neighbors/ns1/v1/10.0.0.300", ERROR_ABSENT, "address" },
		{ "/neighbors/ns1/v1/10.0.0.3?proxy=maybe", ERROR_MALFORMED, "proxy" },
		{ "/neighbors/ns1/" LONG_LINK "/10.0.0.3", ERROR_ABSENT, "link" },
	};
	struct neighbor key;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		assert_error(&wrongs[i], read_neighbor(wrongs[i].target, &key, &error), &error);
	assert_int_equal(read_neighbor("/neighbors/ns1/a%20b/fd00::1?proxy=true", &key, &error),
			 0);
	assert_string_equal(key.link.name, "a b");
	assert_true(NEIGHBOR_GIVEN(&key, proxy) && key.options.proxy);
	assert_int_equal(read_neighbor("/neighbors/ns1/v1/10.0.0.3?proxy=false", &key, &error),
			 0);
	assert_false(NEIGHBOR_GIVEN(&key, proxy));
}

/* The longest name that a file has is read whole; one more byte names nothing. */
static void test_long_namespace(void **state)
{
	char name[NAMESPACE_NAME_SIZE + 1], target[400];
	struct route key;
	struct error error;

	(void)state;
	for (size_t length = NAMESPACE_NAME_SIZE - 1; length <= NAMESPACE_NAME_SIZE; length++) {
		memset(name, 'n', length);
		name[length] = '\0';
		snprintf(target, sizeof(target), "/routes/%s/254/10.0.0.0/8", name);
		if (length < NAMESPACE_NAME_SIZE) {
			assert_int_equal(read_route(target, &key, &error), 0);
			assert_string_equal(key.namespace, name);
		} else {
			assert_int_equal(read_route(target, &key, &error), -1);
			assert_int_equal(error.kind, ERROR_ABSENT);
		}
	}
}

static void test_right_ones(void **state)
{
	struct address address;
	struct route route;
	struct error error;

	(void)state;
	assert_int_equal(read_address("/addresses/ns1/fifteen-bytes-1/fd00::1/128?peer=fd00::2",
				      &address, &error),
			 0);
	assert_string_equal(address.link.name, "fifteen-bytes-1");
	assert_int_equal(address.options.address.prefix_length, 128);
	assert_true(ADDRESS_GIVEN(&address, peer));
	assert_int_equal(
		read_route("/routes/a%20b/main/10.0.0.0/8?device=fifteen-bytes-1&tos=0", &route,
			   &error),
		0);
	assert_string_equal(route.namespace, "a b");
	assert_string_equal(route.options.device.name, "fifteen-bytes-1");
	assert_int_equal(route.options.table, 254);
	assert_true(ROUTE_GIVEN(&route, tos) && ROUTE_GIVEN(&route, device));
	assert_false(ROUTE_GIVEN(&route, metric) || ROUTE_GIVEN(&route, gateway));
	assert_int_equal(read_route("/routes/ns1/4294967295/::/0", &route, &error), 0);
	assert_int_equal(route.options.table, UINT32_MAX);
}

/* Even a URL of the longest names, each byte escaped, leads back to its object. */
static void test_longest_urls(void **state)
{
	char url[ERROR_URL_SIZE];
	struct address address = { .link = { 0, "%%%%%%%%%%%%%%%" } }, key;
	struct error error;

	(void)state;
	memset(address.namespace, '%', sizeof(address.namespace) - 1);
	assert_true(ip_parse_prefix(&address.options.address, "fd00:aaaa:bbbb:cccc:dddd::1"));
	assert_true(ip_parse_prefix(&address.options.peer, "fd00:aaaa:bbbb:cccc:dddd::2/127"));
	give_at(&address.given, offsetof(struct address_options, address));
	give_at(&address.given, offsetof(struct address_options, peer));
	address_url(&address, url);
	assert_int_equal(read_address(url, &key, &error), 0);
	assert_string_equal(key.namespace, address.namespace);
	assert_string_equal(key.link.name, address.link.name);
	assert_true(ip_equal(&key.options.peer, &address.options.peer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_addresses), cmocka_unit_test(test_wrong_routes),
		cmocka_unit_test(test_long_namespace),	cmocka_unit_test(test_right_ones),
		cmocka_unit_test(test_longest_urls),	cmocka_unit_test(test_rules),
		cmocka_unit_test(test_neighbors),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
