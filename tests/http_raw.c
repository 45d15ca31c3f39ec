/*
 * A catalogue of requests that are wrong: each gets a problem document of the
 * right status and nothing behind it, and none reaches a handler: all of them
 * would make a namespace if they were understood in some lenient way. What is
 * right up to the limit is taken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/raw.h"

static const struct agent *agent;

static const char *name(void)
{
	static char text[16];

	snprintf(text, sizeof(text), "raw-%07ld", (long)getpid() % 10000000);
	return text;
}

static bool is_made(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/%s", name());
	return access(path, F_OK) == 0;
}

/* The bytes of a request, for the caller to free. */
static char *build(const struct raw_request *request, size_t *ret_length)
{
	size_t after = strlen(request->after);
	char *bytes = malloc(request->before_length + request->fill + after + 1), *at;

	assert_non_null(bytes);
	*ret_length = request->before_length + request->fill + after;
	memcpy(bytes, request->before, request->before_length);
	memset(bytes + request->before_length, 'x', request->fill);
	memcpy(bytes + request->before_length + request->fill, request->after, after + 1);
	while ((at = memmem(bytes, *ret_length, "raw-#######", 11)))
		memcpy(at, name(), 11);
	return bytes;
}

/* Whole, and then nothing more; the answer comes though the body may be in the way. */
static const char *try(struct raw *raw, const struct raw_request *request)
{
	const struct raw_answer *answer;
	const char *fault;
	size_t length;
	char *bytes = build(request, &length);

	raw_send(raw, bytes, length);
	shutdown(raw->fd, SHUT_WR);
	free(bytes);
	answer = raw_receive(raw, false);
	fault = raw_problem_fault(answer, request->status);
	if (!fault && request->status == 405 && !raw_header(answer, "Allow"))
		fault = "Allow";
	if (fault)
		fprintf(stderr, "%s: %s%s", fault, answer->head, answer->body);
	if (!fault && !raw_ends(raw, 5))
		fault = "the end of the connection";
	return !fault && is_made() ? "nothing, and it was made" : fault;
}

static void each_is_refused(struct raw *(*connect)(const struct agent *agent))
{
	int count = 0, faults = 0;

	for (const struct raw_request *request = raw_requests; request->status; request++) {
		struct raw *raw = connect(agent);
		const char *fault = try(raw, request);

		if (fault)
			fprintf(stderr, "%s should be %d, and misses %s\n", request->name,
				request->status, fault);
		faults += !!fault;
		count++;
		raw_close(raw);
	}
	printf("proven: %d wrong requests get a problem document, and reach no handler\n",
	       count);
	assert_true(count >= 60);
	assert_int_equal(faults, 0);
}

static void wrong_requests_are_refused(void **state)
{
	(void)state;
	each_is_refused(raw_connect);
}

#define BODY "{\"name\":\"raw-#######\"}"
#define DELETE "DELETE /namespaces/raw-####### HTTP/1.1\r\nHost: tunneld\r\n\r\n"
#define R(status, name, bytes)                                \
	{                                                     \
		status, name, bytes, sizeof(bytes) - 1, 0, "" \
	}
#define FILL(status, name, before, count, after)                       \
	{                                                              \
		status, name, before, sizeof(before) - 1, count, after \
	}

/* The catalogue's neighbours that are right: without them it would prove nothing. */
static const struct raw_request good[] = {
	R(201, "as it should be",
	  "POST /namespaces HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 22\r\n\r\n" BODY),
	R(201, "an empty line first",
	  "\r\nPOST /namespaces HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 22\r\n\r\n" BODY),
	R(201, "chunks with extensions and trailers",
	  "POST /namespaces HTTP/1.1\r\nHost: tunneld\r\nTransfer-Encoding: Chunked\r\n\r\n"
	  "1;a=\"b c\";d\r\n{\r\n015\r\n\"name\":\"raw-#######\"}\r\n000;x\r\nA: b\r\nC:\r\n\r\n"),
	R(201, "an absolute target and a page of ours",
	  "POST http://localhost/v1/namespaces HTTP/1.1\r\nHost: tunneld:8080\r\n"
	  "Origin: http://tunneld:8080\r\nReferer: http://tunneld:8080/page\r\n"
	  "Content-Length: 22\r\n\r\n" BODY),
	R(201, "HTTP/1.0",
	  "POST /namespaces HTTP/1.0\r\nHost: [::1]:80\r\n"
	  "Content-Length: 22\r\n\r\n" BODY),
	R(201, "spaces and a tab before values",
	  "POST /namespaces HTTP/1.1\r\nHost: \t tunneld\r\nContent-Length: \t 22\r\n\r\n" BODY),
	R(201, "spaces and a tab before chunked",
	  "POST /namespaces HTTP/1.1\r\nHost: tunneld\r\nTransfer-Encoding: \t chunked\r\n\r\n"
	  "16\r\n" BODY "\r\n0\r\n\r\n"),
	R(201, "odd but right",
	  "POST /%6eamespaces?& HTTP/1.1\r\nhOST:tunneld\t \r\nContent-Length:022\r\n"
	  "A: \xc3\xbc\r\nUpgrade: h2c\r\nTE: gzip\r\nB:\r\n\r\n" BODY),
	FILL(201, "fields of 8192 bytes",
	     "POST /namespaces HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 22\r\nA: ", 8152,
	     "\r\n\r\n" BODY),
	{ 0 },
};

static void right_requests_are_taken(void **state)
{
	const struct raw_request delete = R(204, "delete", DELETE);

	(void)state;
	for (const struct raw_request *request = good; request->status; request++) {
		struct raw *raw = raw_connect(agent);
		const struct raw_answer *answer;
		size_t length;
		char *bytes = build(request, &length);

		raw_send(raw, bytes, length);
		free(bytes);
		answer = raw_receive(raw, false);
		if (answer->fault || answer->status != request->status || !is_made())
			fail_msg("%s: %d %s", request->name, answer->status, answer->body);
		raw_close(raw);
		raw = raw_connect(agent);
		bytes = build(&delete, &length);
		raw_send(raw, bytes, length);
		free(bytes);
		assert_int_equal(raw_receive(raw, false)->status, 204);
		assert_false(is_made());
		raw_close(raw);
	}
}

/* 1 MiB of white space and an object: all of it is read, and none of it is too much. */
static void the_longest_body_is_taken(void **state)
{
	static const struct raw_request longest = FILL(
		422, "the longest body",
		"POST /namespaces HTTP/1.1\r\nHost: tunneld\r\nContent-Length: 1048576\r\n\r\n"
		"{\"name\":\"",
		1048565, "\"}");
	struct raw *raw = raw_connect(agent);
	size_t length;
	char *bytes = build(&longest, &length);

	(void)state;
	raw_send(raw, bytes, length);
	assert_null(raw_problem_fault(raw_receive(raw, false), 422));
	raw_close(raw);
	free(bytes);
}

static void targets_of_4096_bytes_are_taken(void **state)
{
	static const struct raw_request longest = FILL(404, "the longest target", "GET /", 4095,
						       " HTTP/1.1\r\nHost: tunneld\r\n\r\n");
	struct raw *raw = raw_connect(agent);
	size_t length;
	char *bytes = build(&longest, &length);

	(void)state;
	raw_send(raw, bytes, length);
	assert_null(raw_problem_fault(raw_receive(raw, false), 404));
	raw_close(raw);
	free(bytes);
}

static void expect_answer(const char *request, int status, const char *allow, bool head)
{
	struct raw *raw = raw_connect(agent);
	const struct raw_answer *answer;

	raw_say(raw, request);
	answer = raw_receive(raw, head);
	if (answer->fault || answer->status != status)
		fail_msg("%s: %d %s", request, answer->status, answer->fault);
	if (allow)
		assert_non_null(strstr(raw_header(answer, "Allow"), allow));
	assert_true(raw_ends(raw, 5));
	raw_close(raw);
}

#define REQUEST(line) line " HTTP/1.1\r\nHost: tunneld\r\nConnection: close\r\n\r\n"

static void options_and_head_are_answered(void **state)
{
	(void)state;
	expect_answer(REQUEST("OPTIONS /namespaces"), 204, "GET, HEAD, POST, DELETE, OPTIONS", false);
	expect_answer(REQUEST("OPTIONS /v1/healthz"), 204, "GET, HEAD, OPTIONS", false);
	expect_answer(REQUEST("OPTIONS *"), 204, "GET, HEAD, POST, ", false);
	expect_answer(REQUEST("OPTIONS *"), 204, ", OPTIONS", false);
	expect_answer(REQUEST("OPTIONS /none"), 404, NULL, false);
	expect_answer(REQUEST("TRACE /healthz"), 405, "GET, HEAD, OPTIONS", false);
	expect_answer(REQUEST("HEAD /healthz"), 200, NULL, true);
	expect_answer(REQUEST("HEAD /openapi.yaml"), 200, NULL, true);
	expect_answer(REQUEST("HEAD /none"), 404, NULL, true);
	expect_answer(REQUEST("HEAD /%00"), 400, NULL, true);
	expect_answer("HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, NULL, true);
}

/* The same headers, and the length of what GET would send. */
static void head_is_get_without_a_body(void **state)
{
	char heads[2][4096], *date;
	struct raw *raw = raw_connect(agent);

	(void)state;
	raw_say(raw, "GET /version HTTP/1.1\r\nHost: tunneld\r\n\r\n");
	strcpy(heads[0], raw_receive(raw, false)->head);
	raw_say(raw, "HEAD /version HTTP/1.1\r\nHost: tunneld\r\n\r\n");
	strcpy(heads[1], raw_receive(raw, true)->head);
	for (int i = 0; i < 2; i++) {
		date = strstr(heads[i], "Date: ");
		assert_non_null(date);
		memset(date, 'x', strcspn(date, "\r"));
	}
	assert_string_equal(heads[0], heads[1]);
	raw_close(raw);
}

/* RFC 9110, 8.6: it has the length of the 200, or none; and no body follows. */
static void a_304_tells_no_other_length(void **state)
{
	static const char get[] = "GET /namespaces/host HTTP/1.1\r\nHost: tunneld\r\n";
	struct raw *raw = raw_connect(agent);
	const struct raw_answer *answer;
	char length[32];

	(void)state;
	raw_say(raw, get);
	raw_say(raw, "\r\n");
	snprintf(length, sizeof(length), "%s",
		 raw_header(raw_receive(raw, false), "Content-Length"));
	raw_say(raw, get);
	raw_say(raw, "If-None-Match: *\r\n\r\n");
	answer = raw_receive(raw, true);
	assert_int_equal(answer->status, 304);
	if (raw_header(answer, "Content-Length"))
		assert_string_equal(raw_header(answer, "Content-Length"), length);
	raw_say(raw, get);
	raw_say(raw, "\r\n");
	assert_int_equal(raw_receive(raw, false)->status, 200);
	raw_close(raw);
}

/* Cookies are text like any other, whatever their quotes. */
static void cookies_are_not_read(void **state)
{
	struct raw *raw = raw_connect(agent);

	(void)state;
	raw_say(raw, "GET /healthz HTTP/1.1\r\nHost: tunneld\r\nCookie: a=\"\r\n\r\n");
	assert_int_equal(raw_receive(raw, false)->status, 200);
	raw_close(raw);
}

static int setup(void **state)
{
	int result = agent_setup_tcp(state);

	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_requests_are_taken),
		cmocka_unit_test(wrong_requests_are_refused),
		cmocka_unit_test(the_longest_body_is_taken),
		cmocka_unit_test(targets_of_4096_bytes_are_taken),
		cmocka_unit_test(options_and_head_are_answered),
		cmocka_unit_test(head_is_get_without_a_body),
		cmocka_unit_test(a_304_tells_no_other_length),
		cmocka_unit_test(cookies_are_not_read),
	};

	return cmocka_run_group_tests(tests, setup, agent_teardown);
}
