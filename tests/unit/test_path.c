/* Targets as they come on the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/path.h"

struct split {
	const char *target, *prefix;
	unsigned int count;
	const char *segments[4];
};

static void paths_are_split_and_decoded(void **state)
{
	static const struct split cases[] = {
		{ "/", "", 0, { 0 } },
		{ "/v1", "/v1", 0, { 0 } },
		{ "/v1/", "/v1", 0, { 0 } },
		{ "/v1?a=b", "/v1", 0, { 0 } },
		{ "/v1x", "", 1, { "v1x" } },
		{ "/tunnels", "", 1, { "tunnels" } },
		{ "/v1/tunnels/ns1/tun1", "/v1", 3, { "tunnels", "ns1", "tun1" } },
		{ "/tunnels/", "", 2, { "tunnels", "" } },
		{ "/a%20b/%C3%bc+%25%3f%26", "", 2, { "a b", "\xc3\xbc+%?&" } },
		{ "/%76%31/a", "", 2, { "v1", "a" } },
		{ "/addresses/ns/v/fe80::1/64", "", 0, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct api_call call;
		struct error error;

		error_clear(&error);
		assert_int_equal(path_parse(cases[i].target, &call, &error), 0);
		assert_string_equal(call.prefix, cases[i].prefix);
		if (!cases[i].count && cases[i].target[1] == 'a')
			continue;
		assert_int_equal(call.segment_count, cases[i].count);
		for (unsigned int j = 0; j < cases[i].count; j++)
			assert_string_equal(call.segments[j], cases[i].segments[j]);
	}
}

static void queries_are_split_and_decoded(void **state)
{
	struct api_call call;
	struct error error;

	(void)state;
	error_clear(&error);
	assert_int_equal(
		path_parse("/r?peer=10.0.0.1%2F32&a+b=c+d=e&flag&&empty=&%61=?", &call, &error),
		0);
	assert_int_equal(call.segment_count, 1);
	assert_int_equal(call.query_count, 5);
	assert_string_equal(call.query_keys[0], "peer");
	assert_string_equal(call.query_values[0], "10.0.0.1/32");
	assert_string_equal(call.query_keys[1], "a+b");
	assert_string_equal(call.query_values[1], "c+d=e");
	assert_string_equal(call.query_keys[2], "flag");
	assert_string_equal(call.query_values[2], "");
	assert_string_equal(call.query_values[3], "");
	assert_string_equal(call.query_keys[4], "a");
	assert_string_equal(call.query_values[4], "?");
}

static void bad_targets_are_refused(void **state)
{
	static const char *const targets[] = {
		"",
		"*",
		"tunnels",
		"/a%",
		"/a%2",
		"/a%zz",
		"/a%00b",
		"/a%2fb",
		"//",
		"//a",
		"/a//b",
		"/a//",
		"/v1//a",
		"/a\\b",
		"/a#b",
		"/a b",
		"/a\tb",
		"/\x7f",
		"/\xc3\xbc",
		"/a?b=\xc3\xbc",
		"/./a",
		"/a/..",
		"/%2e%2E",
		"/a?b=%",
		"/a?%0=b",
		"/a?b=%00",
		"/a?=b",
		"/a?b=1&b=2",
		"/a?b&%62",
		"/1/2/3/4/5/6/7/8/9",
		"/a?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct api_call call;
		struct error error;

		error_clear(&error);
		if (!path_parse(targets[i], &call, &error))
			fail_msg("%s was accepted", targets[i]);
		assert_int_equal(error.kind, ERROR_MALFORMED);
		assert_true(error.detail[0]);
	}
}

static void the_longest_target_fits(void **state)
{
	char target[PATH_TARGET_LIMIT + 1];
	struct api_call call;
	struct error error;

	(void)state;
	memset(target, 'x', sizeof(target));
	target[0] = '/';
	target[PATH_TARGET_LIMIT] = '\0';
	error_clear(&error);
	assert_int_equal(path_parse(target, &call, &error), 0);
	assert_int_equal(strlen(call.segments[0]), PATH_TARGET_LIMIT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_split_and_decoded),
		cmocka_unit_test(queries_are_split_and_decoded),
		cmocka_unit_test(bad_targets_are_refused),
		cmocka_unit_test(the_longest_target_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
