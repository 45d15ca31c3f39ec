/* What is refused as JSON and where; what getters complain about, with pointer and code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "api/json_items.h"
#include "api/json_reader.h"
#include "api/json_scan.h"

static struct json_object *tree_of(const char *text)
{
	struct json_object *tree;
	struct error error;

	error_clear(&error);
	if (json_read_body(text, strlen(text), JSON_TOP_OBJECT_OR_ARRAY, &tree, &error))
		fail_msg("%s: %s", text, error.detail);
	return tree;
}

static void assert_member(const struct error *error, unsigned int index, const char *pointer,
			  const char *code, const char *detail)
{
	assert_true(error->member_count > index);
	assert_int_equal(error->kind, ERROR_INVALID);
	assert_string_equal(error->members[index].pointer, pointer);
	assert_string_equal(error->members[index].code, code);
	assert_string_equal(error->members[index].detail, detail);
}

struct malformed {
	const char *body, *detail; /* a part of it */
};

static void malformed_bodies_are_refused(void **state)
{
	static const struct malformed cases[] = {
		{ "", "a body is needed" },
		{ " \n", "only space" },
		{ "{\"a\":1", "too early, at line 1, column 7" },
		{ "{\n  \"a\": 1,\n}", "line 3, column 1" },
		{ "{} {}", "column 4" },
		{ "{\"a\":1}x", "column 8" },
		{ "{'a':1}", "single quote" },
		{ "{a:1}", "line 1, column 2" },
		{ "{\"a\":NaN}", "line 1, column 6" },
		{ "{\"a\":-Infinity}", "line 1, column 7" },
		{ "{\"a\":True}", "line 1" },
		{ "{\"a\":-01}", "leading zero" },
		{ "{\"a\":01}", "line 1" },
		{ "{\"a\":1.}", "without digits" },
		{ "{\"a\":0x10}", "line 1" },
		{ "{\"a\":\"x\ny\"}", "control character" },
		{ "{\"a\":\"x", "line 1" },
		{ "{\"a\":\"x\\", "line 1" },
		{ "{\"a\":\"\\x\"}", "line 1" },
		{ "{\"a\":\"\xff\"}", "not UTF-8 at line 1, column 7, in /a" },
		{ "\xef\xbb\xbf{}", "byte order mark" },
		{ "{/* */}", "line 1" },
		{ "[1,]", "column 4" },
		{ "nul", "line 1" },
		{ "{\"a\\u0000\":1}", "a name with NUL" },
		{ "{\"a\":1,\"b\":{},\"a\":2}", "names the member \"a\" twice" },
		{ "[{\"a\":{\"b\":1,\"c\":[{\"b\":2}],\"b\":3}}]", "\"b\" twice" },
		{ "{\"a\":1,\"\\u0061\":2}", "the member \"\\u0061\" twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *tree;
		struct error error;

		error_clear(&error);
		assert_int_equal(json_read_body(cases[i].body, strlen(cases[i].body),
						JSON_TOP_OBJECT_OR_ARRAY, &tree, &error),
				 -1);
		assert_null(tree);
		if (error.kind != ERROR_MALFORMED || !strstr(error.detail, cases[i].detail))
			fail_msg("%s: %s", cases[i].body, error.detail);
	}
}

struct place {
	const char *body, *pointer, *code, *detail;
	enum error_kind kind;
};

/* Whatever is refused says where: a pointer for programs, line and column for people. */
static void refusals_name_the_place(void **state)
{
	static const struct place places[] = {
		{ "{\"a\":[1,{\"b/c\":\n 01}]}", "/a/1/b~1c", "syntax",
		  "the body is not JSON: a leading zero at line 2, column 2", ERROR_MALFORMED },
		{ "{\"a\":1,\"b\":{},\"a\":2}", "/a", "duplicate",
		  "an object of the body names the member \"a\" twice, at line 1, column 15",
		  ERROR_MALFORMED },
		{ "{\"a\":{\"b\":1,\"\\u0062\":2}}", "/a/b", "duplicate",
		  "an object of the body names the member \"\\u0062\" twice, at line 1, column 13",
		  ERROR_MALFORMED },
		{ "{\"mtu\":1e400}", "/mtu", "range",
		  "a number beyond what a double holds at line 1, column 8", ERROR_INVALID },
		{ "{\"mtu\":18446744073709551616}", "/mtu", "range",
		  "a whole number beyond 64 bits at line 1, column 8", ERROR_INVALID },
		{ "{\"mtu\":-9223372036854775809}", "/mtu", "range",
		  "a whole number beyond 64 bits at line 1, column 8", ERROR_INVALID },
		{ "{\"a\":{\"b\\u0000\":1}}", "/a/b", "format",
		  "the body has a name with NUL in it at line 1, column 8",
		  ERROR_MALFORMED },
		{ "{\"a\":\"\\ud800\\ud800\"}", "/a", "syntax",
		  "the body is not JSON: one half of a surrogate pair at line 1, column 7",
		  ERROR_MALFORMED },
		{ "{\"a\":\"\\udc00\"}", "/a", "syntax",
		  "the body is not JSON: one half of a surrogate pair at line 1, column 7",
		  ERROR_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct place *place = &places[i];
		struct json_object *tree;
		struct error error;

		error_clear(&error);
		assert_int_equal(json_read_body(place->body, strlen(place->body),
						JSON_TOP_OBJECT, &tree, &error),
				 -1);
		assert_int_equal(error.kind, place->kind);
		assert_int_equal(error.member_count, 1);
		assert_string_equal(error.members[0].pointer, place->pointer);
		assert_string_equal(error.members[0].code, place->code);
		assert_string_equal(error.members[0].detail, place->detail);
	}
}

static void nul_bytes_are_refused(void **state)
{
	static const char *const bodies[] = { "{}\0{}", "{\0}  ", "{\"\0\"}" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct json_object *tree;
		struct error error;

		error_clear(&error);
		assert_int_equal(json_read_body(bodies[i], 5, JSON_TOP_OBJECT, &tree, &error),
				 -1);
		assert_int_equal(error.kind, ERROR_MALFORMED);
	}
}

static void good_bodies_are_read(void **state)
{
	static const char *const bodies[] = {
		"{}",
		" \t\r\n{\"a\":[1,-1,0,1.5e3,true,false,null,\"\\\"{'N:\\\\\"]}\n",
		"{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
		"{\"\":1,\"a:b\":\"c:d\",\"Infinity\":\"\\u0000\"}",
		"[]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct json_object *tree CLEANUP_JSON = tree_of(bodies[i]);

		assert_non_null(tree);
	}
}

static void depth_is_bounded(void **state)
{
	char body[64];

	(void)state;
	for (size_t depth = 1; depth < 20; depth++) {
		struct json_object *tree;
		struct error error;
		int result;

		memset(body, '[', depth);
		body[depth] = '1';
		memset(body + depth + 1, ']', depth);
		error_clear(&error);
		result = json_read_body(body, 2 * depth + 1, JSON_TOP_OBJECT_OR_ARRAY, &tree,
					&error);
		assert_int_equal(result, depth <= JSON_DEPTH ? 0 : -1);
		json_free(&tree);
	}
}

static void the_top_is_checked(void **state)
{
	static const char *const bodies[] = { "[]", "1", "\"x\"", "null", "-1.5", "true" };

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct json_object *tree;
		struct error error;

		error_clear(&error);
		assert_int_equal(json_read_body(bodies[i], strlen(bodies[i]), JSON_TOP_OBJECT,
						&tree, &error),
				 -1);
		assert_int_equal(error.kind, ERROR_INVALID);
		assert_string_equal(error.members[0].code, "type");
		assert_string_equal(error.members[0].pointer, "");
	}
}

static void getters_give_values(void **state)
{
	struct json_object *tree CLEANUP_JSON =
		tree_of("{\"b\":true,\"n\":4294967295,\"t\":\"abc\",\"o\":{\"x\":1},"
			"\"l\":[7,null],\"z\":null,\"m\":-0}");
	struct json_place top, inner, item;
	struct error error;
	uint32_t number = 9;
	bool boolean = false;
	char text[4];

	(void)state;
	error_clear(&error);
	top = json_top_place(tree, "", &error);
	assert_int_equal(json_read_boolean(&top, "b", &boolean), 1);
	assert_true(boolean);
	assert_int_equal(json_read_number(&top, "n", 0, UINT32_MAX, &number), 1);
	assert_int_equal(number, UINT32_MAX);
	assert_int_equal(json_read_text(&top, "t", text, sizeof(text)), 1);
	assert_string_equal(text, "abc");
	assert_int_equal(json_read_object(&top, "o", &inner), 1);
	assert_string_equal(inner.pointer, "/o");
	assert_int_equal(json_read_number(&inner, "x", 1, 1, &number), 1);
	assert_int_equal(json_read_array(&top, "l", &inner), 1);
	assert_int_equal(json_count(&inner), 2);
	item = json_item(&inner, 0);
	assert_string_equal(item.pointer, "/l/0");
	assert_int_equal(json_value_number(&item, 7, 7, &number), 0);
	assert_int_equal(json_read_number(&top, "z", 0, 1, &number), 0);
	assert_int_equal(json_read_number(&top, "m", 0, 1, &number), 1);
	assert_int_equal(number, 0);
	number = 7;
	assert_int_equal(json_read_number(&top, "absent", 0, 1, &number), 0);
	assert_int_equal(number, 7);
	assert_int_equal(error_verdict(&error), 0);
}

static void getters_complain(void **state)
{
	struct json_object *tree CLEANUP_JSON =
		tree_of("{\"b\":1,\"n\":1.0,\"big\":70000,\"huge\":18446744073709551615,"
			"\"t\":\"abcd\",\"nul\":\"a\\u0000\",\"o\":[],\"l\":{}}");
	struct json_place top, place;
	struct error error;
	uint32_t number;
	bool boolean;
	char text[4];

	(void)state;
	error_clear(&error);
	top = json_top_place(tree, "/3", &error);
	assert_int_equal(json_read_boolean(&top, "b", &boolean), -1);
	assert_int_equal(json_read_number(&top, "n", 0, 9, &number), -1);
	assert_int_equal(json_read_number(&top, "big", 1, 65535, &number), -1);
	assert_int_equal(json_read_number(&top, "huge", 0, UINT32_MAX, &number), -1);
	assert_int_equal(json_read_text(&top, "t", text, sizeof(text)), -1);
	assert_int_equal(json_read_text(&top, "nul", text, sizeof(text)), -1);
	assert_int_equal(json_read_object(&top, "o", &place), -1);
	assert_int_equal(json_read_array(&top, "l", &place), -1);
	assert_false(json_need(&top, "namespace", &place));
	assert_int_equal(error.member_count, 9);
	assert_member(&error, 0, "/3/b", "type", "it must be true or false, not a number");
	assert_member(&error, 1, "/3/n", "type",
		      "it must be a whole number, not a number with a fraction or exponent");
	assert_member(&error, 2, "/3/big", "range", "it must be from 1 to 65535, not 70000");
	assert_member(&error, 3, "/3/huge", "range", "it must be from 0 to 4294967295, not 18446744073709551615");
	assert_member(&error, 4, "/3/t", "length", "it must have from 1 to 3 bytes, not 4");
	assert_member(&error, 5, "/3/nul", "format", "it must not hold NUL (\\u0000)");
	assert_member(&error, 6, "/3/o", "type", "it must be an object, not an array");
	assert_member(&error, 7, "/3/l", "type", "it must be an array, not an object");
	assert_member(&error, 8, "/3/namespace", "required", "\"namespace\" is needed here");
}

static void others_are_refused_by_name(void **state)
{
	static const char *const names[] = { "namespace", "name", "mtu", NULL };
	struct json_object *tree CLEANUP_JSON =
		tree_of("{\"name\":1,\"namespce\":1,\"a/b~c\":1,\"mtu\":null,\"quux\":2}");
	struct json_place top;
	struct error error;

	(void)state;
	error_clear(&error);
	top = json_top_place(tree, "", &error);
	assert_int_equal(json_refuse_others(&top, names), -1);
	assert_int_equal(error.member_count, 3);
	assert_member(&error, 0, "/namespce", "unknown",
		      "there is no member \"namespce\" here: did you mean \"namespace\"?");
	assert_member(&error, 1, "/a~1b~0c", "unknown", "there is no member \"a/b~c\" here");
	assert_member(&error, 2, "/quux", "unknown", "there is no member \"quux\" here");
}

static void long_names_are_cut_in_pointers(void **state)
{
	char body[400] = "{\"", name[300];
	struct json_object *tree CLEANUP_JSON = NULL;
	struct json_place top;
	struct error error;

	(void)state;
	memset(name, '/', 299);
	name[299] = '\0';
	strcat(strcat(body, name), "\":1}");
	tree = tree_of(body);
	error_clear(&error);
	top = json_top_place(tree, "", &error);
	assert_int_equal(json_refuse_others(&top, NULL), -1);
	assert_int_equal(strlen(error.members[0].pointer), 95);
}

/* One by one they are what they are in the tree of the whole. */
static void items_are_those_of_the_tree(void **state)
{
	static const char *const texts[] = {
		"[]",
		" \n[ \t]\r\n",
		"[1]",
		"[1,-2.5e3 , true,null,\"a\",[],{}]",
		"[{\"a\":[1,{\"b\":\"],[\"}]},\n {\"\\\"},{\":\"\\\\\"} , [[[\"[\"],2],3]]",
		"[\"\\\\\",\"\\\"\",\"\\u005d,\",\"\\ud83d\\ude00,[\"]",
		"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]],2]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json_object *tree CLEANUP_JSON = tree_of(texts[i]);
		struct json_items items CLEANUP_ITEMS = { 0 };
		struct error error;
		size_t count = json_object_array_length(tree);

		error_clear(&error);
		assert_true(json_items_are(texts[i], strlen(texts[i])));
		assert_int_equal(json_items_open(texts[i], strlen(texts[i]), &items, &error), 0);
		assert_int_equal(items.count, count);
		for (size_t j = 0; j < count; j++) {
			struct json_object *item CLEANUP_JSON = NULL;

			assert_int_equal(json_items_next(&items, &item, &error), 0);
			assert_true(json_object_equal(item, json_object_array_get_idx(tree, j)));
		}
	}
}

static void only_arrays_have_items(void **state)
{
	static const char *const texts[] = { "", " ", "{}", "1", "\"[\"", " {\"a\":[]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(json_items_are(texts[i], strlen(texts[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_those_of_the_tree),
		cmocka_unit_test(only_arrays_have_items),
		cmocka_unit_test(malformed_bodies_are_refused),
		cmocka_unit_test(refusals_name_the_place),
		cmocka_unit_test(nul_bytes_are_refused),
		cmocka_unit_test(good_bodies_are_read),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(the_top_is_checked),
		cmocka_unit_test(getters_give_values),
		cmocka_unit_test(getters_complain),
		cmocka_unit_test(others_are_refused_by_name),
		cmocka_unit_test(long_names_are_cut_in_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
