/*
 * The gate in front of json-c: JSONTestSuite case by case, and bodies that are
 * small to send and dear to hold or to look through.
 */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "api/json_reader.h"
#include "api/json_scan.h"
#include "netops/buffer.h"
#include "tests/json_suite.h"

enum { MIB = 1 << 20 };

static const char *verdict_of(const struct json_case *one)
{
	struct error error;

	error_clear(&error);
	if (!json_scan(one->text, one->length, JSON_MEMORY_OBJECT, &error))
		return "pass";
	return error.kind == ERROR_MALFORMED ? "400" :
	       error.kind == ERROR_INVALID   ? "422" :
					       "another error";
}

/* What passes must be JSON to json-c, too. */
static bool tree_comes(const struct json_case *one)
{
	struct json_object *tree CLEANUP_JSON = NULL;
	struct error error;

	error_clear(&error);
	return !json_read_body(one->text, one->length, JSON_TOP_OBJECT, &tree, &error) ||
	       (error.kind == ERROR_INVALID && !strcmp(error.members[0].code, "type"));
}

static void suite_gets_its_verdicts(void **state)
{
	size_t count, faults = 0;
	struct json_case *cases = json_suite_read(&count);

	(void)state;
	assert_non_null(cases);
	for (size_t i = 0; i < count; i++) {
		const char *verdict = verdict_of(&cases[i]);

		if (strcmp(verdict, cases[i].verdict) ||
		    (!strcmp(verdict, "pass") && !tree_comes(&cases[i]))) {
			print_error("%s: %s\n", cases[i].name, verdict);
			faults++;
		}
		assert_true(cases[i].name[0] != 'n' || !strcmp(cases[i].verdict, "400"));
	}
	assert_int_equal(json_suite_count(cases, count, 'n'), JSON_SUITE_N);
	assert_int_equal(json_suite_count(cases, count, 'y'), JSON_SUITE_Y);
	assert_int_equal(json_suite_count(cases, count, 'i'), JSON_SUITE_I);
	assert_int_equal(faults, 0);
	json_suite_free(cases, count);
}

/* A body of many pieces with commas between; after not NULL: a number that counts, and this. */
struct dear {
	const char *open, *piece, *after, *close;
	size_t length;
	enum error_kind kind; /* ERROR_NONE: it is read */
};

#define TEXT_40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct dear dear[] = {
	{ "{\"a\":[", "{}", NULL, "]}", MIB, ERROR_TOO_LARGE },
	{ "{\"a\":[", "[]", NULL, "]}", MIB, ERROR_TOO_LARGE },
	{ "{\"a\":[", "\"\"", NULL, "]}", MIB, ERROR_TOO_LARGE },
	{ "{\"a\":[", "1", NULL, "]}", MIB, ERROR_TOO_LARGE },
	{ "{\"a\":[", "1e5", NULL, "]}", MIB, ERROR_TOO_LARGE },
	{ "{\"a\":[", "null", NULL, "]}", MIB, ERROR_TOO_LARGE },
	{ "{\"a\":[", "{\"a\":{\"b\":{}}}", NULL, "]}", MIB, ERROR_TOO_LARGE },
	{ "{", "\"", "\":1", "}", MIB, ERROR_TOO_LARGE },
	{ "{", "\"\":1", NULL, "}", MIB, ERROR_TOO_LARGE },
	{ "{", "\"\":1", NULL, "}", 4096, ERROR_MALFORMED },
	{ "{\"a\":[", "{\"", "\":1,\"b\":2,\"b\":3}", "]}", MIB, ERROR_MALFORMED },
	{ "{", "\"" TEXT_40, "\":1", "}", 40000, ERROR_NONE },
	{ "{\"a\":[", "\"" TEXT_40, "\"", "]}", MIB, ERROR_NONE },
	{ "{\"a\":[", "{\"", "\":1,\"b\":\"" TEXT_40 "\"}", "]}", MIB / 2, ERROR_NONE },
	{ "{\"a\":\"", "\\ud83d\\ude00", NULL, "\"}", MIB, ERROR_NONE },
	{ "{\"a\":\"\\", "\\", NULL, "\"}", MIB, ERROR_MALFORMED },
};

static void body_of(const struct dear *one, struct buffer *body)
{
	buffer_text(body, one->open);
	for (size_t i = 0; body->length < one->length; i++) {
		buffer_text(body, i ? "," : "");
		buffer_text(body, one->piece);
		if (one->after)
			buffer_format(body, "%zu%s", i, one->after);
	}
	buffer_text(body, one->close);
}

static size_t heap_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static double seconds_of_cpu(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Measured: 0.03 s at most; a check that is quadratic takes minutes. */
static void one_dear_body(const struct dear *one)
{
	struct json_object *tree CLEANUP_JSON = NULL;
	struct buffer body = { 0 };
	struct error error;
	size_t before;
	double start;

	body_of(one, &body);
	error_clear(&error);
	before = heap_in_use();
	start = seconds_of_cpu();
	(void)json_read_body(body.data, body.length, JSON_TOP_OBJECT, &tree, &error);
	if (error.kind != one->kind)
		fail_msg("%.40s: %d %s", body.data, error.kind, error.detail);
	assert_true(seconds_of_cpu() - start < 2);
	assert_true(heap_in_use() - before < JSON_MEMORY_OBJECT);
	buffer_free(&body);
}

static void dear_bodies_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++)
		one_dear_body(&dear[i]);
}

/* The estimate is held against what json-c takes, where it is nearest to it. */
static void memory_is_estimated_from_above(void **state)
{
	static const char *const pieces[] = { "{}",	      "[]",	     "1",
					      "1.5",	      "\"\"",	     "true",
					      "{\"a\":null}", "{\"a\":[[]]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct dear one = { "[", pieces[i], NULL, "]", 20000, ERROR_NONE };
		struct json_object *tree CLEANUP_JSON = NULL;
		size_t before, taken;
		struct buffer body = { 0 };
		struct error error;

		body_of(&one, &body);
		error_clear(&error);
		before = heap_in_use();
		assert_int_equal(json_read_body(body.data, body.length,
						JSON_TOP_OBJECT_OR_ARRAY, &tree, &error),
				 0);
		taken = heap_in_use() - before;
		assert_int_equal(json_scan(body.data, body.length, taken, &error), -1);
		assert_int_equal(error.kind, ERROR_TOO_LARGE);
		buffer_free(&body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suite_gets_its_verdicts),
		cmocka_unit_test(dear_bodies_are_bounded),
		cmocka_unit_test(memory_is_estimated_from_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
