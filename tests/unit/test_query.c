/* The values of query parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/operations.h"

static const struct row_word families[] = { { "ipv4", 4 }, { "ipv6", 6 }, { 0 } };

struct query_case {
	const char *value;
	bool number, word, named, address, prefix;
};

static void query_values_are_strict(void **state)
{
	static const struct query_case cases[] = {
		{ "7", true, false, true, false, false },
		{ "07", false, false, false, false, false },
		{ "-7", false, false, false, false, false },
		{ " 7", false, false, false, false, false },
		{ "", false, false, false, false, false },
		{ "101", false, false, false, false, false },
		{ "99999999999", false, false, false, false, false },
		{ "ipv4", false, true, true, false, false },
		{ "10.0.0.1", false, false, false, true, true },
		{ "10.0.0.0/8", false, false, false, false, true },
		{ "fe80::1", false, false, false, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct api_call call = { .query_count = 1,
					       .query_keys = { "key" },
					       .query_values = { cases[i].value } };
		const struct query_case *one = &cases[i];
		struct error error;
		uint32_t number;
		struct ip ip;

		error_clear(&error);
		assert_int_equal(query_number(&call, "key", 0, 100, &number, &error) == 0,
				 one->number);
		assert_int_equal(query_word(&call, "key", families, &number, &error) == 0,
				 one->word);
		assert_int_equal(query_named(&call, "key", families, 7, 100, &number, &error) ==
					 0,
				 one->named);
		assert_int_equal(query_address(&call, "key", &ip, &error) == 0, one->address);
		assert_int_equal(query_prefix(&call, "key", &ip, &error) == 0, one->prefix);
		assert_int_equal(query_number(&call, "other", 0, 0, &number, &error), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(query_values_are_strict) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
