/*
 * The routes of one prefix: whatever was done to the table, a question for one
 * prefix has the answer that a dump of all has, whether a look-up answers it or not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "netops/hash_set.h"
#include "netops/route_index.h"
#include "netops/route_match.h"
#include "tests/unit/route_fixture.h"

static const char *const prefixes[] = {
	"0.0.0.0/0",	 "10.0.0.0/16",	   "10.0.0.1/32",  "30.0.0.0/24", "30.0.0.0/25",
	"30.0.0.128/25", "30.0.0.255/32",  "30.0.1.0/24",  "99.0.0.0/8",  "224.0.0.0/4",
	"::/0",		 "fd00::/64",	   "fd30::/48",	   "fd30::/64",	  "fd30::1/128",
	"ff00::/8",	 "127.0.0.1/32",   "fd99::/16",	   "fe80::/64",
};
enum { PREFIXES = sizeof(prefixes) / sizeof(prefixes[0]) };
static const uint32_t tables[] = { 254, 255, 100, 1000 };
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

struct wanted {
	struct route_filter filter;
	struct lines lines;
};

static void add_line(const struct route *route, struct lines *lines)
{
	char url[ERROR_URL_SIZE];

	route_url_full(route, url);
	append(lines_next(lines), "%s %u %zu", url, route->options.mtu, route->nexthop_count);
}

static int told(const struct route *route, void *context, struct error *error)
{
	(void)error;
	add_line(route, context);
	return 0;
}

static int told_of_all(const struct route *route, void *context, struct error *error)
{
	struct wanted *wanted = context;

	(void)error;
	if (route->options.table == wanted->filter.table &&
	    ip_prefix_equal(&route->options.destination, &wanted->filter.destination))
		add_line(route, &wanted->lines);
	return 0;
}

static struct route_index_key key_of(const struct fixture *fixture, uint16_t family,
				     uint32_t table)
{
	return (struct route_index_key){ fixture->namespace, family, table };
}

static enum route_index_answer ask(const struct fixture *fixture, const char *prefix,
				   uint32_t table)
{
	struct ip ip = ip_of(prefix);
	struct route_index_key key = key_of(fixture, ip.family, table);

	return route_index_ask(fixture->netops, &key, &ip);
}

/* The answer to a question for the prefix; how many routes. */
static unsigned int compare(const struct fixture *fixture, const char *prefix, uint32_t table)
{
	const struct route_filter all = { .table = table };
	struct wanted wanted = { { .destination = ip_of(prefix), .table = table },
				 lines_new() };
	struct lines lines = lines_new();

	dump(fixture, &wanted.filter, told, &lines);
	dump(fixture, &all, told_of_all, &wanted);
	return lines_agree(&lines, &wanted.lines);
}

static void compare_all(const struct fixture *fixture)
{
	for (unsigned int i = 0; i < PREFIXES; i++) {
		for (unsigned int table = 0; table < TABLES; table++)
			compare(fixture, prefixes[i], tables[table]);
	}
}

/* As if the tables were large. */
static void want_all(const struct fixture *fixture)
{
	for (unsigned int i = 0; i < TABLES; i++) {
		struct route_index_key key = key_of(fixture, AF_INET, tables[i]);

		route_index_want(fixture->netops, &key, 0);
		key.family = AF_INET6;
		route_index_want(fixture->netops, &key, 0);
	}
}

/* What the answers are made of. */
static void test_index_knows_none_one_and_several(void **state)
{
	const struct fixture *fixture = *state;

	run(fixture, "route add 30.0.0.0/24 via 10.0.0.2");
	run(fixture, "route add 30.0.1.0/24 via 10.0.0.2 metric 1");
	run(fixture, "route add 30.0.1.0/24 via 10.0.0.2 metric 2");
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_UNKNOWN);
	want_all(fixture);
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_WANTED);
	assert_int_equal(compare(fixture, "30.0.0.0/24", 254), 1);
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_ONE);
	assert_int_equal(ask(fixture, "30.0.1.0/24", 254), ROUTE_INDEX_SEVERAL);
	assert_int_equal(ask(fixture, "30.0.2.0/24", 254), ROUTE_INDEX_NONE);
	assert_int_equal(compare(fixture, "30.0.1.0/24", 254), 2);

	/* What is added: the first one is one, the second is a doubt, which a dump settles. */
	run(fixture, "route add 30.0.2.0/24 via 10.0.0.2");
	assert_int_equal(ask(fixture, "30.0.2.0/24", 254), ROUTE_INDEX_ONE);
	run(fixture, "route add 30.0.2.0/24 via 10.0.0.2 tos 8");
	assert_int_equal(ask(fixture, "30.0.2.0/24", 254), ROUTE_INDEX_WANTED);
	assert_int_equal(compare(fixture, "30.0.2.0/24", 254), 2);
	assert_int_equal(ask(fixture, "30.0.2.0/24", 254), ROUTE_INDEX_SEVERAL);
	/* What replaces is no more than before. */
	run(fixture, "route replace 30.0.0.0/24 via 10.0.0.3");
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_ONE);
	run(fixture, "route del 30.0.0.0/24");
	assert_int_equal(compare(fixture, "30.0.0.0/24", 254), 0);
}

/* What a look-up cannot show is dumped: covered, discarding, not ruled, several legs. */
static void test_what_is_not_looked_up(void **state)
{
	const struct fixture *fixture = *state;

	run(fixture, "route add 30.0.0.0/24 via 10.0.0.2");
	run(fixture, "route add 30.0.0.0/32 via 10.0.0.3");
	run(fixture, "route add 30.0.0.255/32 via 10.0.0.3");
	run(fixture, "route add blackhole 30.0.1.0/24");
	run(fixture, "route add 99.0.0.0/8 via 10.0.0.2 tos 8");
	run(fixture, "route add 30.0.0.0/24 via 10.0.0.2 table 100");
	run(fixture, "route add default via 10.0.0.2 table 1000");
	run(fixture, "rule add table 1000 priority 10 to 192.0.2.0/24");
	run(fixture, "route add default via 10.0.0.9");
	run(fixture, "-6 route add fd30::/48 nexthop via fd00::2 nexthop via fd00::3");
	run(fixture, "-6 route add unreachable fd30::/64");
	run(fixture, "-6 route add fd99::/16 via fd00::2 expires 1000");
	want_all(fixture);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(compare(fixture, "30.0.0.0/24", 254), 1);
		assert_int_equal(compare(fixture, "30.0.1.0/24", 254), 1);
		assert_int_equal(compare(fixture, "99.0.0.0/8", 254), 1);
		assert_int_equal(compare(fixture, "0.0.0.0/0", 254), 1);
		assert_int_equal(compare(fixture, "0.0.0.0/0", 1000), 1);
		assert_int_equal(compare(fixture, "30.0.0.0/24", 100), 1);
		assert_int_equal(compare(fixture, "fd30::/48", 254), 1);
		assert_int_equal(compare(fixture, "fd30::/64", 254), 1);
		assert_int_equal(compare(fixture, "fd99::/16", 254), 1);
		compare_all(fixture);
	}
	assert_int_equal(ask(fixture, "0.0.0.0/0", 1000), ROUTE_INDEX_ONE);
	/* The kernel takes these routes along and says nothing. */
	run(fixture, "link set v0 down");
	compare_all(fixture);
	run(fixture, "link set v0 up");
	compare_all(fixture);
}

/* More happens than the socket holds: then it is as if nothing had been known. */
static void test_overrun(void **state)
{
	const struct fixture *fixture = *state;
	char path[] = "/tmp/test-route-match-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	want_all(fixture);
	compare(fixture, "30.0.0.0/24", 254);
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_NONE);
	for (int i = 0; i < 20000; i++)
		fprintf(file, "route add 31.%d.%d.0/24 via 10.0.0.2\n", i >> 8, i & 255);
	fprintf(file, "route add 30.0.0.0/24 via 10.0.0.2\n");
	fclose(file);
	run(fixture, "-batch %s", path);
	unlink(path);
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_WANTED);
	/* Made again as it is now; it may be too full, then the next dump makes room. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(compare(fixture, "30.0.0.0/24", 254), 1);
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_ONE);
}

/* Whatever others do. */
static void test_random_changes(void **state)
{
	static const char *const hops[] = { "via 10.0.0.2", "via 10.5.0.2 dev w0", "dev v0",
					    "via 10.0.0.3 metric 7", "dev w0 tos 8" };
	static const char *const verbs[] = { "add", "append", "replace", "del" };
	const struct fixture *fixture = *state;
	struct ip ip;

	srand(1);
	want_all(fixture);
	for (int i = 0; i < 150; i++) {
		const char *prefix = prefixes[3 + rand() % 5], *hop = hops[rand() % 5];
		const char *verb = verbs[rand() % 4];
		uint32_t table = tables[rand() % 2 ? 0 : 2];

		run(fixture, "route %s %s %s table %u 2>/dev/null || true", verb, prefix, hop,
		    table);
		ip = ip_of(prefix);
		assert_int_equal(ip.family, AF_INET);
		compare(fixture, prefix, table);
		compare(fixture, prefixes[3 + rand() % 5], table);
	}
}

/* The sockets of the indexes keep no deleted namespace, and another of its name is another. */
static void test_namespace_goes(void **state)
{
	struct fixture *fixture = *state;
	struct error error;

	run(fixture, "route add 30.0.0.0/24 via 10.0.0.2");
	want_all(fixture);
	compare(fixture, "30.0.0.0/24", 254);
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_ONE);
	error_clear(&error);
	assert_int_equal(namespace_delete(fixture->netops, fixture->namespace, &error), 0);
	assert_int_equal(ask(fixture, "30.0.0.0/24", 254), ROUTE_INDEX_UNKNOWN);
}

/* Yes for all that was put in; no for nearly all that was not. */
static void test_hashes(void **state)
{
	struct hash_filter filter = { 0 };
	struct hash_set set = { 0 };
	unsigned int wrong = 0;

	(void)state;
	assert_false(hash_filter_has(&filter, 1));
	assert_true(hash_filter_open(&filter, 10000));
	for (uint32_t i = 0; i < 10000; i++) {
		uint64_t hash = hash_of(&i, sizeof(i), 0);

		assert_false(hash_set_has(&set, hash));
		assert_true(hash_set_add(&set, hash));
		assert_true(hash_set_add(&set, hash));
		hash_filter_add(&filter, hash);
	}
	assert_int_equal(set.count, 10000);
	for (uint32_t i = 0; i < 20000; i++) {
		uint64_t hash = hash_of(&i, sizeof(i), 0);

		assert_int_equal(hash_set_has(&set, hash), i < 10000);
		assert_true(i >= 10000 || hash_filter_has(&filter, hash));
		wrong += i >= 10000 && hash_filter_has(&filter, hash);
	}
	assert_in_range(wrong, 0, 1000);
	hash_set_free(&set);
	hash_filter_free(&filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes),
		cmocka_unit_test_setup_teardown(test_index_knows_none_one_and_several,
						route_setup, fixture_close),
		cmocka_unit_test_setup_teardown(test_what_is_not_looked_up, route_setup,
						fixture_close),
		cmocka_unit_test_setup_teardown(test_overrun, route_setup, fixture_close),
		cmocka_unit_test_setup_teardown(test_random_changes, route_setup,
						fixture_close),
		cmocka_unit_test_setup_teardown(test_namespace_goes, route_setup,
						fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
