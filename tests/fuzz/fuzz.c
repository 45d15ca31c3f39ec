/* See fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/json_scan.h"
#include "api/problem.h"

void fuzz_check_json(struct buffer *text)
{
	struct error error;

	error_clear(&error);
	PROMISE(!text->failed, "there is memory");
	if (json_scan(text->data, text->length, SIZE_MAX, &error)) {
		fprintf(stderr, "%.*s\n", (int)text->length, text->data);
		fuzz_broken(__FILE__, __LINE__, error.detail);
	}
	buffer_free(text);
}

void fuzz_check_error(const struct error *error)
{
	struct api_answer answer = { 0 };

	problem_answer(&answer, error, "", "/");
	PROMISE(answer.status >= 400 && answer.status < 600, "a status for errors");
	fuzz_check_json(&answer.body);
}
