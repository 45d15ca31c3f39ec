/* Finding, filtering and deleting: exactly the one that is meant. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/route_fixture.h"

/* A key as api/ makes it out of a URL of ours. */
static struct route key_of_url(const char *url)
{
	char namespace[64], address[64], query[256] = "", *name, *rest = query;
	unsigned int table, length;
	struct route key;

	assert_true(sscanf(url, "/routes/%63[^/]/%u/%63[^/]/%u?%255s", namespace, &table,
			   address, &length, query) >= 4);
	key = route_of(address, NULL, NULL);
	key.options.destination.prefix_length = (uint16_t)length;
	SET(&key, table, table);
	strcpy(key.namespace, namespace);
	while ((name = strsep(&rest, "&")) && *name) {
		char *value = strchr(name, '=');

		*value++ = '\0';
		if (!strcmp(name, "metric"))
			SET(&key, metric, (uint32_t)strtoul(value, NULL, 10));
		else if (!strcmp(name, "tos"))
			SET(&key, tos, (uint32_t)strtoul(value, NULL, 10));
		else if (!strcmp(name, "protocol"))
			SET(&key, protocol, (uint32_t)strtoul(value, NULL, 10));
		else if (!strcmp(name, "gateway"))
			SET(&key, gateway, ip_of(value));
		else if (!strcmp(name, "device"))
			SET(&key, device, device_of(value));
		else
			assert_true(row_word_value(route_type_words, value, &key.options.type));
	}
	return key;
}

static int find(const struct fixture *fixture, const struct route *key, struct route *ret,
		struct error *error)
{
	error_clear(error);
	return route_find(fixture->netops, key, ret, error);
}

static void test_find(void **state)
{
	const struct fixture *fixture = *state;
	struct route key = in_namespace(fixture, "30.0.0.0/24", NULL, NULL);
	struct error error, second;
	struct route found CLEANUP_ROUTE = { 0 };

	SET(&key, table, 254);
	assert_int_equal(find(fixture, &key, &found, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	make_foreign(fixture);
	assert_int_equal(find(fixture, &key, &found, &error), -1);
	assert_int_equal(error.kind, ERROR_AMBIGUOUS);
	assert_int_equal(error.candidate_count, 5);
	for (unsigned int i = 0; i < error.candidate_count; i++) {
		struct route one = key_of_url(error.candidates[i]);

		if (find(fixture, &one, &found, &second))
			fail_msg("%s: %s", error.candidates[i], second.detail);
		route_clear(&found);
	}
	SET(&key, metric, 5);
	assert_int_equal(find(fixture, &key, &found, &error), 0);
	assert_string_equal(found.options.device.name, "v0");
	strcpy(key.namespace, "no-such-namespace");
	route_clear(&found);
	assert_int_equal(find(fixture, &key, &found, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
}

static void delete_refused(const struct fixture *fixture, const struct route *key)
{
	struct error error;

	error_clear(&error);
	assert_int_equal(route_delete(fixture->netops, key, false, &error), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
}

/* Each goes alone, whatever shares its key; the count says so. */
static void test_delete_each(void **state)
{
	const struct fixture *fixture = *state;
	const struct route_filter all = { 0 };
	struct route_filter foreign = { .destination = ip_of("30.0.0.0/24"), .table = 254 };
	struct error error, listed;
	unsigned int before;

	make_foreign(fixture);
	before = count_of(fixture, &all);
	for (unsigned int left = count_of(fixture, &foreign); left; left--) {
		struct route key = in_namespace(fixture, "30.0.0.0/24", NULL, NULL);
		struct route found CLEANUP_ROUTE = { 0 };

		SET(&key, table, 254);
		if (left > 1) {
			assert_int_equal(find(fixture, &key, &found, &listed), -1);
			assert_int_equal(listed.candidate_count, left);
			key = key_of_url(listed.candidates[left / 2]);
		}
		delete_refused(fixture, &key);
		error_clear(&error);
		if (route_delete(fixture->netops, &key, true, &error))
			fail_msg("%s %s", error.detail, error.kernel);
		assert_int_equal(count_of(fixture, &all), --before);
	}
	assert_int_equal(count_of(fixture, &foreign), 0);
}

struct urls {
	char (*items)[ERROR_URL_SIZE];
	unsigned int count;
};

static int take_url(const struct route *route, void *context, struct error *error)
{
	struct urls *urls = context;

	(void)error;
	route_url(route, urls->items[urls->count++]);
	return 0;
}

/* Every route of ours is found by its own URL, and goes by it, alone. */
static void test_delete_all_ours(void **state)
{
	const struct fixture *fixture = *state;
	const struct route_filter ours = { .with_protocol = true, .protocol = OWNED_PROTOCOL };
	struct urls urls = { .items = calloc(LINES, ERROR_URL_SIZE) };
	struct error error;

	for (unsigned int i = 0; i < 120; i++)
		make_ipv4(fixture, i);
	for (unsigned int i = 0; i < 80; i++)
		make_ipv6(fixture, i);
	dump(fixture, &ours, take_url, &urls);
	assert_int_equal(urls.count, 200);
	for (unsigned int i = 0; i < urls.count; i++) {
		struct route key = key_of_url(urls.items[i]);

		error_clear(&error);
		if (route_delete(fixture->netops, &key, false, &error))
			fail_msg("%s: %s %s", urls.items[i], error.detail, error.kernel);
		assert_int_equal(ours_count(fixture), urls.count - i - 1);
	}
	free(urls.items);
}

static void test_filters(void **state)
{
	const struct fixture *fixture = *state;

	for (unsigned int i = 0; i < 160; i++)
		make_ipv4(fixture, i);
	for (unsigned int i = 0; i < 70; i++)
		make_ipv6(fixture, i);
#define COUNT(...) count_of(fixture, &(struct route_filter){ __VA_ARGS__ })
	assert_int_equal(ours_count(fixture), 230);
	assert_int_equal(COUNT(.family = AF_INET) + COUNT(.family = AF_INET6), COUNT(0));
	assert_int_equal(COUNT(.type = RTN_PROHIBIT), 5);
	assert_int_equal(COUNT(.table = 4711), 0);
	assert_int_equal(COUNT(.table = 4711, .family = AF_INET), 0);
	assert_int_equal(COUNT(.table = 4711, .family = AF_INET6), 0);
	assert_int_equal(COUNT(.table = 1100), 8 + 3);
	assert_int_equal(COUNT(.device = "no-such-link"), 0);
	assert_int_equal(COUNT(.device = "a-name-that-is-much-too-long"), 0);
	assert_true(COUNT(.device = "w0") > 20);
	assert_int_equal(COUNT(.gateway = ip_of("fe80::5")), 20);
	assert_int_equal(COUNT(.gateway = ip_of("fd05::2")), 10);
	assert_int_equal(COUNT(.destination = ip_of("20.0.3.0/24")), 1);
	assert_int_equal(COUNT(.destination = ip_of("20.0.3.0/25")), 0);
	assert_int_equal(COUNT(.with_default = true), 0);
	run(fixture, "route add default via 10.0.0.2");
	run(fixture, "-6 route add default via fd00::2");
	assert_int_equal(COUNT(.with_default = true), 2);
	assert_int_equal(COUNT(.with_default = true, .family = AF_INET6), 1);
	assert_int_equal(COUNT(.destination = ip_of("0.0.0.0/0")), 1);
#undef COUNT
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, route_setup, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_KERNEL(test_find),
		IN_KERNEL(test_delete_each),
		IN_KERNEL(test_delete_all_ours),
		IN_KERNEL(test_filters),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("finding and deleting routes", tests, NULL, NULL);
}
