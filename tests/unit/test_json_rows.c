/* Every type of row, in both directions; groups, shorthands, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/json_rows.h"

struct sample {
	uint32_t boolean, number, free_number, ttl, ttl2, tos, key, word, named;
	struct ip address, prefix, destination;
	struct device device;
	struct mac mac;
	struct link_address link_address;
	uint32_t type, port;
	uint32_t input_key, output_key;
	uint32_t low;
	char text[8];
};

#define AT(member) .offset = offsetof(struct sample, member)

static const struct row_word words[] = { { "none", 0 }, { "fou", 1 }, { "gue", 2 }, { 0 } };
static const struct row_word tables[] = { { "main", 254 }, { "local", 255 }, { 0 } };
static const struct row_word destinations[] = { { "default", 0 }, { 0 } };

static const struct row rows[] = {
	{ "boolean", ROW_BOOL, AT(boolean) },
	{ "number", ROW_NUMBER, AT(number), .minimum = 68, .maximum = 65535 },
	{ "free_number", ROW_NUMBER, AT(free_number) },
	{ "ttl", ROW_TTL, WIRE_U8, AT(ttl), .maximum = 255 },
	{ "ttl2", ROW_TTL, WIRE_U8_OR_FLAG, AT(ttl2), .maximum = 255 },
	{ "tos", ROW_TOS, WIRE_U8, AT(tos), .maximum = 255 },
	{ "key", ROW_KEY, AT(key) },
	{ "word", ROW_WORD, AT(word), .words = words },
	{ "named", ROW_NAMED, AT(named), .words = tables },
	{ "address", ROW_ADDRESS, AT(address) },
	{ "prefix", ROW_PREFIX, AT(prefix) },
	{ "destination", ROW_PREFIX, AT(destination), .words = destinations },
	{ "device", ROW_DEVICE, AT(device) },
	{ "mac", ROW_MAC, AT(mac) },
	{ "link_address", ROW_LINK_ADDRESS, AT(link_address) },
	{ "encapsulation/type", ROW_WORD, AT(type), .words = words },
	{ "encapsulation/port", ROW_NUMBER, AT(port), .minimum = 1, .maximum = 65535 },
	{ "range/low", ROW_NUMBER, AT(low), .maximum = 65535 },
	{ "keys", ROW_KEY, AT(input_key), .twin = offsetof(struct sample, output_key),
	  .flags = ROW_SHORTHAND },
	{ "input_key", ROW_KEY, AT(input_key) },
	{ "output_key", ROW_KEY, AT(output_key) },
	{ "text", ROW_TEXT, AT(text), .maximum = 7 },
	{ 0 },
};

static struct json_object *tree_of(const char *text)
{
	struct json_object *tree;
	struct error error;

	error_clear(&error);
	if (json_read_body(text, strlen(text), JSON_TOP_OBJECT, &tree, &error))
		fail_msg("%s: %s", text, error.detail);
	return tree;
}

static int read_text(const char *text, struct sample *sample, struct given *given,
		     struct error *error)
{
	static const struct row *const all[] = { rows, NULL };
	static const char *const more[] = { "namespace", "status", NULL };
	struct json_object *tree CLEANUP_JSON = tree_of(text);
	struct json_place top = json_top_place(tree, "", error);

	*sample = (struct sample){ 0 };
	*given = (struct given){ 0 };
	error_clear(error);
	json_rows_unknown(&top, all, more);
	json_rows_read(&top, rows, sample, given);
	return error_verdict(error);
}

static void assert_written(const struct sample *sample, const struct given *given,
			   const char *expected)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;

	json_writer_start(&writer, &buffer);
	json_write_object(&writer);
	json_rows_write(&writer, rows, sample, given);
	json_write_object_end(&writer);
	buffer_append(&buffer, "", 1);
	assert_string_equal(buffer.data, expected);
	buffer_free(&buffer);
}

struct round {
	const char *in, *out; /* out NULL: the same */
};

static void what_is_read_is_written(void **state)
{
	static const struct round cases[] = {
		{ "{}", NULL },
		{ "{\"boolean\":true}", NULL },
		{ "{\"boolean\":false}", NULL },
		{ "{\"number\":68}", NULL },
		{ "{\"number\":65535}", NULL },
		{ "{\"number\":null,\"encapsulation\":null}", "{}" },
		{ "{\"free_number\":4294967295}", NULL },
		{ "{\"free_number\":0}", NULL },
		{ "{\"ttl\":64}", NULL },
		{ "{\"ttl\":\"inherit\"}", NULL },
		{ "{\"ttl\":0}", "{\"ttl\":\"inherit\"}" },
		{ "{\"ttl2\":0}", NULL },
		{ "{\"ttl2\":\"inherit\"}", NULL },
		{ "{\"tos\":\"inherit\"}", NULL },
		{ "{\"tos\":1}", "{\"tos\":\"inherit\"}" },
		{ "{\"tos\":0}", NULL },
		{ "{\"tos\":16}", NULL },
		{ "{\"key\":77}", NULL },
		{ "{\"key\":\"77\"}", "{\"key\":77}" },
		{ "{\"key\":\"0.0.0.77\"}", "{\"key\":77}" },
		{ "{\"key\":\"255.255.255.255\"}", "{\"key\":4294967295}" },
		{ "{\"key\":\"4294967295\"}", "{\"key\":4294967295}" },
		{ "{\"word\":\"gue\"}", NULL },
		{ "{\"named\":7}", NULL },
		{ "{\"named\":\"main\"}", "{\"named\":254}" },
		{ "{\"address\":\"10.0.0.1\"}", NULL },
		{ "{\"address\":\"0.0.0.0\"}", NULL },
		{ "{\"address\":\"::\"}", NULL },
		{ "{\"address\":\"2001:DB8:0::1\"}", "{\"address\":\"2001:db8::1\"}" },
		{ "{\"prefix\":\"10.0.0.0/8\"}", NULL },
		{ "{\"prefix\":\"10.0.0.1\"}", "{\"prefix\":\"10.0.0.1/32\"}" },
		{ "{\"destination\":\"default\"}", NULL },
		{ "{\"destination\":\"::/0\"}", NULL },
		{ "{\"device\":\"v1\"}", NULL },
		{ "{\"link_address\":\"02:00:5E\"}", "{\"link_address\":\"02:00:5e\"}" },
		{ "{\"link_address\":\"FD00::1\"}", "{\"link_address\":\"fd00::1\"}" },
		{ "{\"mac\":\"02:00:5E:00:53:01\"}", "{\"mac\":\"02:00:5e:00:53:01\"}" },
		{ "{\"encapsulation\":{}}", "{}" },
		{ "{\"encapsulation\":{\"type\":\"fou\",\"port\":5555}}", NULL },
		{ "{\"encapsulation\":{\"port\":5555},\"range\":{\"low\":1},\"text\":\"x\"}",
		  NULL },
		{ "{\"keys\":5}", NULL },
		{ "{\"input_key\":5,\"output_key\":5}", "{\"keys\":5}" },
		{ "{\"input_key\":5,\"output_key\":6}", NULL },
		{ "{\"output_key\":6}", NULL },
		{ "{\"keys\":5,\"input_key\":null}", "{\"keys\":5}" },
		{ "{\"text\":\"\"}", NULL },
		{ "{\"text\":\"1234567\"}", NULL },
		{ "{\"namespace\":\"x\",\"status\":{\"any\":1}}", "{}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample sample;
		struct given given;
		struct error error;

		if (read_text(cases[i].in, &sample, &given, &error))
			fail_msg("%s: %s", cases[i].in, error.members[0].detail);
		assert_written(&sample, &given, cases[i].out ? cases[i].out : cases[i].in);
	}
}

struct refusal {
	const char *body, *pointer, *code, *detail; /* a part of detail */
};

static void what_is_wrong_is_named(void **state)
{
	static const struct refusal cases[] = {
		{ "{\"boolean\":1}", "/boolean", "type", "true or false, not a number" },
		{ "{\"boolean\":\"true\"}", "/boolean", "type", "not a string" },
		{ "{\"number\":67}", "/number", "range", "from 68 to 65535, not 67" },
		{ "{\"number\":65536}", "/number", "range", "not 65536" },
		{ "{\"number\":-1}", "/number", "range", "not -1" },
		{ "{\"number\":68.0}", "/number", "type", "whole" },
		{ "{\"number\":\"68\"}", "/number", "type", "not a string" },
		{ "{\"ttl\":256}", "/ttl", "range", "255" },
		{ "{\"ttl\":\"Inherit\"}", "/ttl", "word", "\"inherit\" or a number" },
		{ "{\"tos\":\"1\"}", "/tos", "word", "\"inherit\"" },
		{ "{\"key\":\"\"}", "/key", "format", "0.0.0.77" },
		{ "{\"key\":\" 7\"}", "/key", "format", "0.0.0.77" },
		{ "{\"key\":\"4294967296\"}", "/key", "format", "4294967295" },
		{ "{\"key\":\"0.0.77\"}", "/key", "format", "0.0.0.77" },
		{ "{\"key\":\"::1\"}", "/key", "format", "0.0.0.77" },
		{ "{\"key\":4294967296}", "/key", "range", "4294967295" },
		{ "{\"key\":[]}", "/key", "type", "an array" },
		{ "{\"word\":\"x\"}", "/word", "word", "one of none, fou, gue" },
		{ "{\"word\":\"fuo\"}", "/word", "word", "did you mean \"fou\"?" },
		{ "{\"word\":\"nona\"}", "/word", "word", "did you mean \"none\"?" },
		{ "{\"word\":1}", "/word", "type", "a string, not a number" },
		{ "{\"named\":\"x\"}", "/named", "word", "a number or one of main, local" },
		{ "{\"address\":\"10.0.0.1/24\"}", "/address", "format", "without a prefix" },
		{ "{\"address\":\"10.0.0.01\"}", "/address", "format", "\"10.0.0.01\"" },
		{ "{\"address\":\"default\"}", "/address", "format", "IP address" },
		{ "{\"prefix\":\"default\"}", "/prefix", "format", "IP prefix" },
		{ "{\"prefix\":\"10.0.0.0/33\"}", "/prefix", "format", "IP prefix" },
		{ "{\"device\":\"\"}", "/device", "length", "from 1 to 15" },
		{ "{\"device\":\"1234567890123456\"}", "/device", "length", "not 16" },
		{ "{\"device\":3}", "/device", "type", "a string" },
		{ "{\"link_address\":\"02-00\"}", "/link_address", "format", "on a tunnel" },
		{ "{\"mac\":\"02-00-5e-00-53-01\"}", "/mac", "format", "02:00:5e" },
		{ "{\"mac\":\"02:00:5e:00:53:01:02\"}", "/mac", "format", "MAC" },
		{ "{\"mac\":\"02:00\"}", "/mac", "format", "MAC" },
		{ "{\"mac\":\"\"}", "/mac", "format", "MAC" },
		{ "{\"encapsulation\":1}", "/encapsulation", "type", "an object" },
		{ "{\"encapsulation\":{\"port\":0}}", "/encapsulation/port", "range", "1" },
		{ "{\"encapsulation\":{\"prot\":1}}", "/encapsulation/prot", "unknown",
		  "here" },
		{ "{\"encapsulation\":{\"types\":1}}", "/encapsulation/types", "unknown",
		  "did you mean \"type\"?" },
		{ "{\"encapsulation\":{\"low\":1}}", "/encapsulation/low", "unknown", "low" },
		{ "{\"port\":1}", "/port", "unknown", "\"port\"" },
		{ "{\"encapsulation/port\":1}", "/encapsulation~1port", "unknown", "" },
		{ "{\"encapsulatoin\":{}}", "/encapsulatoin", "unknown", "\"encapsulation\"?" },
		{ "{\"keys\":5,\"input_key\":5}", "/input_key", "conflict", "\"keys\" says" },
		{ "{\"output_key\":6,\"keys\":5}", "/output_key", "conflict", "\"keys\" says" },
		{ "{\"text\":\"12345678\"}", "/text", "length", "from 0 to 7 bytes, not 8" },
		{ "{\"text\":\"a\\u0000\"}", "/text", "format", "NUL" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample sample;
		struct given given;
		struct error error;

		if (!read_text(cases[i].body, &sample, &given, &error))
			fail_msg("%s was accepted", cases[i].body);
		if (error.member_count != 1 ||
		    strcmp(error.members[0].pointer, cases[i].pointer) ||
		    strcmp(error.members[0].code, cases[i].code) ||
		    !strstr(error.members[0].detail, cases[i].detail))
			fail_msg("%s: %u, %s, %s, %s", cases[i].body, error.member_count,
				 error.members[0].pointer, error.members[0].code,
				 error.members[0].detail);
	}
}

static void all_that_is_wrong_is_named_at_once(void **state)
{
	struct sample sample;
	struct given given;
	struct error error;

	(void)state;
	assert_int_equal(read_text("{\"boolean\":1,\"ttl\":64,\"mac\":\"x\",\"nmuber\":1,"
				   "\"encapsulation\":{\"type\":2,\"port\":0}}",
				   &sample, &given, &error),
			 -1);
	assert_int_equal(error.member_count, 5);
	assert_true(given_at(&given, offsetof(struct sample, ttl)));
	assert_false(given_at(&given, offsetof(struct sample, mac)));
}

static void what_the_kernel_has_is_written(void **state)
{
	struct sample sample = { .word = 9, .device = { .index = 7 } };
	struct given given = { 0 };

	(void)state;
	give_at(&given, offsetof(struct sample, word));
	give_at(&given, offsetof(struct sample, device));
	assert_written(&sample, &given, "{\"word\":9,\"device\":\"if7\"}");
}

static void single_values_are_written(void **state)
{
	const struct sample sample = { .tos = 1 };
	struct buffer buffer = { 0 };
	struct json_writer writer;

	(void)state;
	json_writer_start(&writer, &buffer);
	json_row_write_value(&writer, row_find(rows, "tos"), &sample);
	assert_int_equal(buffer.length, 9);
	assert_memory_equal(buffer.data, "\"inherit\"", 9);
	buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(all_that_is_wrong_is_named_at_once),
		cmocka_unit_test(what_the_kernel_has_is_written),
		cmocka_unit_test(single_values_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
