/*
 * The JSON gate and json-c behind it. What is accepted is JSON to json-c, too,
 * its tree stays within the bound, and written out and read again it is the same.
 */
#include <json-c/json.h>
#include <string.h>

#include "api/json_reader.h"
#include "api/json_scan.h"
#include "tests/fuzz/fuzz.h"

static void read_again(struct json_object *tree)
{
	size_t length;
	const char *text =
		json_object_to_json_string_length(tree, JSON_C_TO_STRING_PLAIN, &length);
	struct json_object *again CLEANUP_JSON = NULL;
	struct error error;

	error_clear(&error);
	PROMISE(!json_read_body(text, length, JSON_TOP_OBJECT_OR_ARRAY, &again, &error),
		"what was read can be read again");
	PROMISE(json_object_equal(tree, again), "it comes back equal");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *tree CLEANUP_JSON = NULL;
	struct error error;

	error_clear(&error);
	if (!json_read_body((const char *)data, size, JSON_TOP_OBJECT_OR_ARRAY, &tree,
			    &error)) {
		PROMISE(tree, "a tree");
		read_again(tree);
		return 0;
	}
	PROMISE(!tree, "no tree");
	PROMISE(error.kind == ERROR_MALFORMED || error.kind == ERROR_INVALID ||
			error.kind == ERROR_TOO_LARGE,
		"json-c agrees");
	fuzz_check_error(&error);
	return 0;
}
