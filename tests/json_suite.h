/* The cases of JSONTestSuite, from tests/data/json-test-suite. */
#ifndef TESTS_JSON_SUITE_H
#define TESTS_JSON_SUITE_H

#include <stddef.h>

struct json_case {
	char name[96];
	char verdict[8]; /* "pass", "400", "422" */
	char *text;	 /* malloc()ed; may hold any bytes */
	size_t length;
};

enum { JSON_SUITE_N = 188, JSON_SUITE_Y = 95, JSON_SUITE_I = 35 };

/* The caller frees with json_suite_free(); NULL: the file cannot be read. */
struct json_case *json_suite_read(size_t *count);
void json_suite_free(struct json_case *cases, size_t count);
/* How many have a name that begins with this letter. */
size_t json_suite_count(const struct json_case *cases, size_t count, char letter);

#endif
