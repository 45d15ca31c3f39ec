/*
 * Bodies that are not JSON, or too much of it, over HTTP: each is refused with
 * a problem document, and the agent lives on and has not grown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/agent_process.h"
#include "tests/agent_under_test.h"
#include "tests/json_suite.h"

static const struct agent *agent;

static const struct call namespaces = { .method = "POST", .target = "/namespaces" };

static struct reply *call_bytes(const struct call *call, const char *bytes, size_t length)
{
	return agent_call_extra(
		agent, call, &(struct call_extra){ .raw_body = bytes, .raw_length = length });
}

/* NULL, or what is missing in a refusal with this status. */
static const char *find_fault(const struct reply *reply, long status)
{
	if (reply->status != status)
		return "the status";
	if (strcmp(reply->content_type, "application/problem+json"))
		return "the content type";
	if (json_object_get_int(json_at(reply->json, "/status")) != status)
		return "member status";
	return *json_text(reply->json, "/detail") ? NULL : "member detail";
}

/* 422 also for what is JSON: no case is an object with a namespace's name. */
static long status_of(const struct json_case *one)
{
	return strcmp(one->verdict, "400") ? 422 : 400;
}

static void test_suite(void **state)
{
	size_t count, faults = 0;
	struct json_case *cases = json_suite_read(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct json_case *one = &cases[i];
		struct reply *reply = call_bytes(&namespaces, one->text, one->length);
		const char *fault = find_fault(reply, status_of(one));

		if (fault) {
			print_error("%s: %s: %ld %s\n", one->name, fault, reply->status,
				    reply->body ? reply->body : "");
			faults++;
		}
	}
	printf("proven: the %zu must-reject files of JSONTestSuite get a 400\n",
	       json_suite_count(cases, count, 'n'));
	assert_int_equal(json_suite_count(cases, count, 'n'), JSON_SUITE_N);
	assert_int_equal(faults, 0);
	json_suite_free(cases, count);
}

/* AddressSanitizer keeps what was freed for a while, and pads the rest. */
#ifdef __SANITIZE_ADDRESS__
enum { MEMORY_TIMES = 8 };
#else
enum { MEMORY_TIMES = 1 };
#endif

struct large {
	const char *target, *open, *piece, *close;
	size_t pieces;
	long status;
};

/* Names that have to be compared with all that there are. */
#define MISSPELT(letter)                                                           \
	"\"" letter "destinatio\":1,\"" letter "advertised_mss_byte\":1,\"" letter \
	"congestion_contro\":1,\"" letter "preferred_sourc\":1,\"" letter          \
	"initial_receive_windo\":1"

static const struct large large[] = {
	{ "/namespaces", "{\"a\":[", "{},", "{}]}", 349000, 413 },
	{ "/namespaces", "", "{\"a\":", "", 200000, 400 },
	{ "/namespaces", "{\"a\":\"", "x", "\"}", 1048000, 422 },
	{ "/namespaces", "{\"a\":\"", "x", "\"}", 1100000, 413 },
	{ "/namespaces", "{", "\"x\":1,", "\"y\":1}", 170000, 413 },
	{ "/routes", "[", "{},", "{}]", 1000000, 413 },
	{ "/routes", "[", "{" MISSPELT("a") "," MISSPELT("b") "," MISSPELT("c") "},", "7]",
	  9999, 422 },
	{ "/links", "{\"namespace\":\"n\",\"name\":\"v\",\"kind\":\"bridge\",\"members\":[",
	  "7,", "7]}", 120000, 422 },
	{ "/links", "{\"namespace\":\"n\",\"name\":\"v\",\"kind\":\"dummy\",\"addresses\":[",
	  "\"10.0.0.1\",", "7]}", 80000, 422 },
	{ "/links", "{\"namespace\":\"n\",\"name\":\"v\",\"kind\":\"dummy\",\"addresses\":[",
	  "{\"addres\":1},", "7]}", 12000, 422 },
	{ "/tunnels",
	  "{\"namespace\":\"n\",\"name\":\"v\",\"kind\":\"isatap\","
	  "\"potential_routers\":[",
	  "{\"addres\":1},", "7]}", 12000, 422 },
};

static char *large_body(const struct large *one, size_t *length)
{
	size_t piece = strlen(one->piece);
	char *body = malloc(strlen(one->open) + one->pieces * piece + strlen(one->close) + 1);
	char *end = stpcpy(body, one->open);

	for (size_t i = 0; i < one->pieces; i++)
		end = mempcpy(end, one->piece, piece);
	end = stpcpy(end, one->close);
	*length = (size_t)(end - body);
	return body;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 1 MiB of body, 16 of its tree, its records; without a bound the first would take 264 MiB. */
static void test_large(void **state)
{
	long before = agent_peak_kib(agent);

	(void)state;
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		const struct large *one = &large[i];
		struct call call = { .method = "POST", .target = one->target };
		double start = seconds();
		struct reply *reply;
		const char *fault;
		size_t length;
		char *body = large_body(one, &length);

		reply = call_bytes(&call, body, length);
		fault = find_fault(reply, one->status);
		free(body);
		if (fault)
			fail_msg("%s %s: %s: %ld %s", one->target, one->piece, fault,
				 reply->status, reply->body ? reply->body : "");
		printf("%s %s: %.3f s, peak %ld KiB\n", one->target, one->piece,
		       seconds() - start, agent_peak_kib(agent));
		assert_true(seconds() - start < 2);
	}
	assert_true(agent_peak_kib(agent) - before < MEMORY_TIMES * 64 * 1024);
	EXPECT(agent, 200, "GET", "/healthz", NULL);
}

static int connect_to_agent(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, agent->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* A body whose length nobody announced: the limit holds while it arrives. */
static void test_chunked(void **state)
{
	static const char head[] = "POST /namespaces HTTP/1.1\r\nHost: tunneld\r\n"
				   "Content-Type: application/json\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";
	static const char last[] = "0\r\n\r\n", size[] = "10000\r\n";
	static char chunk[sizeof(size) - 1 + 0x10000 + 2];
	char answer[64] = "";
	long before = agent_peak_kib(agent);
	int fd = connect_to_agent();

	(void)state;
	memset(mempcpy(chunk, size, sizeof(size) - 1), ' ', 0x10000);
	memcpy(chunk + sizeof(chunk) - 2, "\r\n", 2);
	assert_int_equal(write(fd, head, sizeof(head) - 1), sizeof(head) - 1);
	for (int i = 0; i < 30 * 16; i++)
		assert_int_equal(write(fd, chunk, sizeof(chunk)), sizeof(chunk));
	assert_int_equal(write(fd, last, sizeof(last) - 1), sizeof(last) - 1);
	assert_true(read(fd, answer, sizeof(answer) - 1) > 12);
	close(fd);
	assert_memory_equal(answer, "HTTP/1.1 413", 12);
	assert_true(agent_peak_kib(agent) - before < MEMORY_TIMES * 4 * 1024);
}

static char spaces[1000000];

/* Sends the first bytes of a body of a million spaces, and waits for the rest. */
static int begin_body(size_t size)
{
	static const char head[] = "POST /namespaces HTTP/1.1\r\nHost: tunneld\r\n"
				   "Content-Type: application/json\r\n"
				   "Content-Length: 1000000\r\n\r\n";
	int fd = connect_to_agent();

	memset(spaces, ' ', sizeof(spaces));
	assert_int_equal(write(fd, head, sizeof(head) - 1), sizeof(head) - 1);
	assert_int_equal(write(fd, spaces, size), size);
	return fd;
}

/* Sends the last byte; returns the answer's status. */
static int end_body(int fd)
{
	char answer[64] = "";

	assert_int_equal(write(fd, " ", 1), 1);
	assert_true(read(fd, answer, sizeof(answer) - 1) > 12);
	close(fd);
	return atoi(answer + strlen("HTTP/1.1 "));
}

/* Bodies that never end have a bound in common, and a small one finds room beside them. */
static void test_many(void **state)
{
	enum { MANY = 100 };
	struct call call = { .method = "POST", .target = "/namespaces" };
	long before = agent_peak_kib(agent), status = 0;
	int fds[MANY], refused = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		fds[i] = begin_body(999999);
	assert_int_equal(call_bytes(&call, "{}", 2)->status, 422);
	assert_true(agent_peak_kib(agent) - before < MEMORY_TIMES * 128 * 1024);
	for (int i = 0; i < MANY; i++)
		refused += end_body(fds[i]) == 503;
	assert_in_range(refused, 20, 60);
	/* The room is there again, as soon as the agent has seen them go. */
	for (int i = 0; i < 100 && status != 400; i++) {
		usleep(10000);
		status = call_bytes(&call, spaces, sizeof(spaces))->status;
	}
	assert_int_equal(status, 400);
}

static int setup(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_chunked),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("http_json", tests, setup, agent_teardown);
}
