/* Texts go into their fields whole or not at all; numbers are written in one way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "netops/text.h"

static void test_copy(void **state)
{
	char field[8];

	(void)state;
	assert_true(text_copy(field, sizeof(field), ""));
	assert_string_equal(field, "");
	assert_true(text_copy(field, sizeof(field), "1234567"));
	assert_string_equal(field, "1234567");
	assert_false(text_copy(field, sizeof(field), "12345678"));
	assert_string_equal(field, "");
	assert_false(text_copy(field, sizeof(field), "a text that is much longer"));
	assert_string_equal(field, "");
}

static void test_number(void **state)
{
	static const char *const none[] = { "",	    " 1",	  "1 ",		 "+1",
					    "-1",   "01",	  "00",		 "0x1",
					    "1e3",  "4294967296", "1.0",	 "\t1",
					    "254a", "١",	  "99999999999", "1\n" };
	uint32_t number = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		if (text_number(none[i], 0, UINT32_MAX, &number))
			fail_msg("\"%s\" is %u", none[i], number);
	}
	assert_false(text_number("0", 1, 10, &number));
	assert_false(text_number("11", 1, 10, &number));
	assert_int_equal(number, 7);
	assert_true(text_number("0", 0, 10, &number) && number == 0);
	assert_true(text_number("10", 1, 10, &number) && number == 10);
	assert_true(text_number("4294967295", 0, UINT32_MAX, &number) && number == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests_name("texts", tests, NULL, NULL);
}
