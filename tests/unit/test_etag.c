/* Entity tags, and the lists of them in If-Match and If-None-Match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "api/etag.h"

#define TAG "\"0123\""

static const struct {
	const char *header;
	bool strong, weak;
} lists[] = {
	{ "*", true, true },
	{ TAG, true, true },
	{ " " TAG, true, true },
	{ "W/" TAG, false, true },
	{ "\"x\", " TAG, true, true },
	{ "\"x\"," TAG ",\"y\"", true, true },
	{ "\"a,b\", W/" TAG, false, true },
	{ "\"x\"", false, false },
	{ "\"012\"", false, false },
	{ "\"01234\"", false, false },
	{ "0123", false, false },
	{ "\"0123", false, false },
	{ "", false, false },
	{ ",,, ,", false, false },
	{ "W/", false, false },
};

static void lists_name_tags(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_int_equal(etag_listed(lists[i].header, TAG, false), lists[i].strong);
		assert_int_equal(etag_listed(lists[i].header, TAG, true), lists[i].weak);
	}
}

static void equal_bytes_have_equal_tags(void **state)
{
	char one[ETAG_SIZE], same[ETAG_SIZE], other[ETAG_SIZE];

	(void)state;
	etag_make("{\"ttl\":1}", 9, one);
	etag_make("{\"ttl\":1}", 9, same);
	etag_make("{\"ttl\":2}", 9, other);
	assert_string_equal(one, same);
	assert_string_not_equal(one, other);
	assert_int_equal(strlen(one), 18);
	assert_true(one[0] == '"' && one[17] == '"');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_name_tags),
		cmocka_unit_test(equal_bytes_have_equal_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
