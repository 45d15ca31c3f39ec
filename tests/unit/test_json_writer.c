/* The writer's text is compared byte by byte. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/json_writer.h"

static void assert_text(struct buffer *buffer, const char *expected)
{
	buffer_append(buffer, "", 1);
	assert_false(buffer->failed);
	assert_string_equal(buffer->data, expected);
	buffer_free(buffer);
}

static void commas_come_by_themselves(void **state)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;

	(void)state;
	json_writer_start(&writer, &buffer);
	json_write_object(&writer);
	json_member_number(&writer, "a", 1);
	json_member_array(&writer, "b");
	json_write_array_end(&writer);
	json_member_array(&writer, "c");
	json_write_number(&writer, 1);
	json_write_string(&writer, "x");
	json_write_boolean(&writer, true);
	json_write_null(&writer);
	json_write_object(&writer);
	json_write_object_end(&writer);
	json_write_integer(&writer, -3);
	json_write_decimal(&writer, 0.5, 2);
	json_write_array_end(&writer);
	json_member_object(&writer, "d");
	json_member_null(&writer, "e");
	json_member_boolean(&writer, "f", false);
	json_write_object_end(&writer);
	json_member_string(&writer, "g", "h");
	json_write_object_end(&writer);
	assert_text(&buffer, "{\"a\":1,\"b\":[],\"c\":[1,\"x\",true,null,{},-3,0.50],"
			     "\"d\":{\"e\":null,\"f\":false},\"g\":\"h\"}");
}

static void lines_are_texts_of_their_own(void **state)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;

	(void)state;
	json_writer_start(&writer, &buffer);
	for (int i = 0; i < 2; i++) {
		json_write_object(&writer);
		json_member_integer(&writer, "i", i);
		json_write_object_end(&writer);
		json_write_line_end(&writer);
	}
	assert_text(&buffer, "{\"i\":0}\n{\"i\":1}\n");
}

static void numbers_have_all_their_digits(void **state)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;

	(void)state;
	json_writer_start(&writer, &buffer);
	json_write_array(&writer);
	json_write_number(&writer, 0);
	json_write_number(&writer, UINT64_MAX);
	json_write_integer(&writer, INT64_MIN);
	json_write_integer(&writer, INT64_MAX);
	json_write_decimal(&writer, 0.0305, 3);
	json_write_decimal(&writer, -2, 0);
	json_write_decimal(&writer, (double)NAN, 3);
	json_write_decimal(&writer, (double)INFINITY, 3);
	json_write_array_end(&writer);
	assert_text(&buffer, "[0,18446744073709551615,-9223372036854775808,"
			     "9223372036854775807,0.030,-2,null,null]");
}

struct string_case {
	const char *bytes, *expected;
};

static void strings_are_escaped(void **state)
{
	static const struct string_case cases[] = {
		{ "", "\"\"" },
		{ "v1", "\"v1\"" },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
		{ "\b\t\n\f\r\x01\x1f\x7f", "\"\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\"" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
		  "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"" },
		/* not UTF-8: alone, cut off, overlong, a surrogate, beyond the end */
		{ "a\xff", "\"a\xef\xbf\xbd\"" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc0\x80x", "\"\xef\xbf\xbd\xef\xbf\xbdx\"" },
		{ "\xe0\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer buffer = { 0 };
		struct json_writer writer;

		json_writer_start(&writer, &buffer);
		json_write_string(&writer, cases[i].bytes);
		assert_text(&buffer, cases[i].expected);
	}
}

/* Both sides of the piece that short strings are put together in. */
static void strings_of_any_length_are_whole(void **state)
{
	char text[300], expected[400];

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		struct buffer buffer = { 0 };
		struct json_writer writer;

		memset(text, 'x', length);
		text[length] = '\0';
		json_writer_start(&writer, &buffer);
		json_write_object(&writer);
		json_member_string(&writer, "a", "b");
		json_member_string(&writer, text, text);
		json_write_object_end(&writer);
		strcpy(expected, "{\"a\":\"b\",\"");
		assert_int_equal(buffer.length, 9 + 6 + 2 * length);
		assert_memory_equal(buffer.data, expected, 10);
		assert_memory_equal(buffer.data + buffer.length - 2, "\"}", 2);
		buffer_free(&buffer);
	}
}

static void bytes_may_hold_nul(void **state)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;

	(void)state;
	json_writer_start(&writer, &buffer);
	json_write_object(&writer);
	json_write_name_bytes(&writer, "abc", 1);
	json_write_bytes(&writer, "\0x", 2);
	json_write_object_end(&writer);
	assert_text(&buffer, "{\"a\":\"\\u0000x\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_come_by_themselves),
		cmocka_unit_test(lines_are_texts_of_their_own),
		cmocka_unit_test(numbers_have_all_their_digits),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(strings_of_any_length_are_whole),
		cmocka_unit_test(bytes_may_hold_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
