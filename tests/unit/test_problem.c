/* Errors become statuses and documents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/problem.h"

/* problem.c needs this one of operations.c alone. */
void api_answer_free(struct api_answer *answer)
{
	buffer_free(&answer->body);
}

static void assert_body(struct api_answer *answer, const char *expected)
{
	buffer_append(&answer->body, "", 1);
	assert_string_equal(answer->content_type, PROBLEM_TYPE);
	assert_string_equal(answer->body.data, expected);
	api_answer_free(answer);
}

static void every_kind_has_its_status(void **state)
{
	static const int statuses[] = {
		[ERROR_TOO_LARGE] = 413,    [ERROR_NONE] = 500,	    [ERROR_MALFORMED] = 400,   [ERROR_INVALID] = 422,
		[ERROR_ABSENT] = 404,	    [ERROR_MISSING] = 409,     [ERROR_EXISTS] = 409,
		[ERROR_AMBIGUOUS] = 409,    [ERROR_REFUSED] = 409,     [ERROR_FIXED] = 409,
		[ERROR_PRECONDITION] = 412, [ERROR_UNSUPPORTED] = 501, [ERROR_BUSY] = 503,
		[ERROR_INTERNAL] = 500,	    [ERROR_KERNEL] = 500,
	};

	(void)state;
	for (int kind = ERROR_NONE; kind <= ERROR_INTERNAL; kind++) {
		struct error error;

		error_clear(&error);
		error.kind = (enum error_kind)kind;
		assert_int_equal(problem_status(&error), statuses[kind]);
	}
}

static void every_errno_has_its_status(void **state)
{
	static const int pairs[][2] = {
		{ EEXIST, 409 }, { EBUSY, 409 },  { ENODEV, 404 },	  { ENOENT, 404 },
		{ ESRCH, 404 },	 { EPERM, 403 },  { EACCES, 403 },	  { EINVAL, 422 },
		{ ERANGE, 422 }, { ENOMEM, 503 }, { ENOBUFS, 503 },	  { EOPNOTSUPP, 501 },
		{ EIO, 500 },	 { EFAULT, 500 }, { EADDRNOTAVAIL, 422 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct error error;

		error_clear(&error);
		error_errno(&error, pairs[i][0], "x");
		assert_int_equal(problem_status(&error), pairs[i][1]);
	}
}

static void wrong_members_are_listed(void **state)
{
	struct api_answer answer = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	error_member(&error, "/mtu", "range", "too small");
	problem_answer(&answer, &error, "", "/links");
	assert_int_equal(answer.status, 422);
	assert_body(
		&answer,
		"{\"type\":\"/problems/invalid\",\"title\":\"The request has wrong members\","
		"\"status\":422,\"detail\":\"/mtu: too small\",\"instance\":\"/links\","
		"\"errors\":[{\"pointer\":\"/mtu\",\"code\":\"range\","
		"\"detail\":\"too small\"}]}\n");
}

static void more_members_than_fit_are_counted(void **state)
{
	struct api_answer answer = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	for (int i = 0; i < 40; i++) {
		char pointer[16];

		snprintf(pointer, sizeof(pointer), "/%d", i);
		error_member(&error, pointer, "type", "wrong");
	}
	problem_answer(&answer, &error, "", "/links");
	buffer_append(&answer.body, "", 1);
	assert_non_null(
		strstr(answer.body.data, "40 members are wrong; these are the first 16"));
	api_answer_free(&answer);
}

static void the_kernel_and_the_object_in_the_way_are_named(void **state)
{
	struct api_answer answer = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	error_errno(&error, EEXIST, "cannot create the tunnel");
	strcpy(error.kernel, "it's there");
	strcpy(error.conflict, "/tunnels/ns1/tun1");
	problem_answer(&answer, &error, "/v1", NULL);
	assert_int_equal(answer.status, 409);
	assert_int_equal(answer.header_count, 0);
	assert_body(&answer,
		    "{\"type\":\"/problems/kernel\",\"title\":\"The kernel refused\","
		    "\"status\":409,\"detail\":\"cannot create the tunnel: File exists\","
		    "\"kernel\":{\"errno\":\"EEXIST\",\"number\":17,"
		    "\"message\":\"it's there\"},"
		    "\"conflict\":{\"self\":\"/v1/tunnels/ns1/tun1\"}}\n");
}

static void an_errno_without_a_name_has_words(void **state)
{
	struct api_answer answer = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	error_errno(&error, 524, "cannot create the tunnel");
	problem_answer(&answer, &error, "", NULL);
	assert_int_equal(answer.status, 501);
	assert_body(&answer,
		    "{\"type\":\"/problems/kernel\",\"title\":\"The kernel refused\","
		    "\"status\":501,"
		    "\"detail\":\"cannot create the tunnel: an error without a name\","
		    "\"kernel\":{\"number\":524,\"message\":\"an error without a name\"}}\n");
}

static void missing_rights_come_with_advice(void **state)
{
	struct api_answer answer = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	error_errno(&error, EPERM, "creating");
	problem_answer(&answer, &error, "", NULL);
	buffer_append(&answer.body, "", 1);
	assert_int_equal(answer.status, 403);
	assert_non_null(strstr(answer.body.data, "CAP_NET_ADMIN"));
	assert_non_null(strstr(answer.body.data, "\"message\":\"Operation not permitted\""));
	api_answer_free(&answer);
}

static void candidates_have_urls(void **state)
{
	struct api_answer answer = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	error_set(&error, ERROR_AMBIGUOUS, "12 routes fit");
	error.candidate_count = 12;
	for (int i = 0; i < ERROR_CANDIDATES; i++)
		snprintf(error.candidates[i], sizeof(error.candidates[i]), "/r/%d", i);
	problem_answer(&answer, &error, "/v1", NULL);
	buffer_append(&answer.body, "", 1);
	assert_non_null(strstr(answer.body.data, "\"candidates\":[{\"self\":\"/v1/r/0\"},"));
	assert_non_null(strstr(answer.body.data, "{\"self\":\"/v1/r/7\"}]}"));
	api_answer_free(&answer);
}

static void what_was_begun_is_dropped(void **state)
{
	struct api_answer answer = { .header_count = 2 };
	struct error error;

	(void)state;
	buffer_text(&answer.body, "[{\"half\":");
	error_clear(&error);
	error_set(&error, ERROR_BUSY, "later");
	problem_answer(&answer, &error, "", NULL);
	assert_int_equal(answer.status, 503);
	assert_int_equal(answer.header_count, 1);
	assert_string_equal(answer.headers[0].name, "Retry-After");
	assert_memory_equal(answer.body.data, "{\"type\":", 8);
	api_answer_free(&answer);
}

static void the_process_refuses_plainly(void **state)
{
	struct api_answer answer = { 0 };

	(void)state;
	api_refuse(&answer, 413, 7, "too \"long\"");
	assert_string_equal(answer.headers[0].value, "7");
	assert_body(&answer, "{\"type\":\"about:blank\",\"title\":\"Content Too Large\","
			     "\"status\":413,\"detail\":\"too \\\"long\\\"\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_status),
		cmocka_unit_test(every_errno_has_its_status),
		cmocka_unit_test(wrong_members_are_listed),
		cmocka_unit_test(more_members_than_fit_are_counted),
		cmocka_unit_test(the_kernel_and_the_object_in_the_way_are_named),
		cmocka_unit_test(an_errno_without_a_name_has_words),
		cmocka_unit_test(missing_rights_come_with_advice),
		cmocka_unit_test(candidates_have_urls),
		cmocka_unit_test(what_was_begun_is_dropped),
		cmocka_unit_test(the_process_refuses_plainly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
