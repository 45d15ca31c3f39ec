/* Merge patch: the cases of RFC 7396, appendix A, that are objects, and some of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "api/json_merge.h"

static const struct {
	const char *target, *patch, *result;
} cases[] = {
	{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
	{ "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
	{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
	{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
	{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
	{ "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
	{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
	  "{\"a\":{\"b\":\"d\"}}" },
	{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
	{ "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
	{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
	{ "{\"a\":1}", "{\"a\":{\"b\":2,\"c\":null}}", "{\"a\":{\"b\":2}}" },
	{ "{\"a\":[null]}", "{}", "{\"a\":[null]}" },
	{ "{\"a\":1}", "{\"a\":[null]}", "{\"a\":[null]}" },
};

static void merges_as_the_rfc_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *target = json_tokener_parse(cases[i].target);
		struct json_object *patch = json_tokener_parse(cases[i].patch);

		assert_int_equal(json_merge(target, patch), 0);
		assert_string_equal(
			json_object_to_json_string_ext(target, JSON_C_TO_STRING_PLAIN),
			cases[i].result);
		assert_string_equal(
			json_object_to_json_string_ext(patch, JSON_C_TO_STRING_PLAIN),
			cases[i].patch);
		json_object_put(target);
		json_object_put(patch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_as_the_rfc_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
