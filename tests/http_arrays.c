/*
 * Arrays: all of them or nothing, in order, with pointers to the item that is
 * wrong; many at once, in a time that does not grow with the square.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netops/buffer.h"
#include "tests/agent_under_test.h"

static const struct agent *agent;

enum { MANY = 10000, SECONDS = 90 };

#define ROUTE(namespace, destination, more)                        \
	"{'namespace':'" namespace "','destination':'" destination \
				   "','gateway':'10.3.0.2'" more "}"
#define ADDRESS(namespace, address) \
	"{'namespace':'" namespace "','link':'v0','address':'" address "'}"

static size_t count_of(const char *target)
{
	return json_object_array_length(EXPECT(agent, 200, "GET", target, NULL)->json);
}

static size_t count_both(void)
{
	return count_of("/routes?table=all&namespace=@a") +
	       count_of("/addresses?namespace=@a") +
	       count_of("/routes?table=all&namespace=@b") + count_of("/addresses?namespace=@b");
}

/* In order, over two namespaces; each with its own self, and no Location. */
static void test_made_in_order(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(
		agent, 201, "POST", "/routes",
		"[" ROUTE("@a", "10.4.0.0/16", "") "," ROUTE("@b", "10.4.0.0/16", "") "," ROUTE(
			"@a", "10.5.0.0/16", ",'metric':7") "]");
	assert_int_equal(json_object_array_length(reply->json), 3);
	assert_string_equal(reply->location, "");
	assert_string_equal(json_text(reply->json, "/1/namespace"), agent_text("@b"));
	assert_string_equal(json_text(reply->json, "/1/device"), "v0");
	assert_string_equal(json_text(reply->json, "/2/self"),
			    agent_text("/routes/@a/254/10.5.0.0/16?metric=7&tos=0"));
	reply = EXPECT(agent, 201, "POST", "/addresses",
		       "[" ADDRESS("@b", "10.6.0.1/24") "," ADDRESS(
			       "@a", "fd06::1/64") "," ADDRESS("@a", "10.6.0.1/24") "]");
	assert_int_equal(json_object_array_length(reply->json), 3);
	assert_string_equal(json_text(reply->json, "/0/namespace"), agent_text("@b"));
	assert_string_equal(json_text(reply->json, "/1/address"), "fd06::1/64");
	assert_string_equal(json_text(reply->json, "/1/link"), "v0");
	assert_string_equal(json_text(reply->json, "/2/self"),
			    agent_text("/addresses/@a/v0/10.6.0.1/24"));
}

static void test_nothing_to_make(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 201, "POST", "/routes", "[]");
	assert_int_equal(json_object_array_length(reply->json), 0);
	reply = EXPECT(agent, 201, "POST", "/addresses", "[]");
	assert_int_equal(json_object_array_length(reply->json), 0);
}

static void test_minimal(void **state)
{
	const struct call call = { .method = "POST",
				   .target = "/routes",
				   .body = "[" ROUTE("@a", "10.7.0.0/16", "") "]" };
	struct reply *reply;

	(void)state;
	reply = agent_call_extra(agent, &call,
				 &(struct call_extra){ .header = "Prefer: return=minimal" });
	assert_int_equal(reply->status, 201);
	assert_int_equal(reply->length, 0);
	EXPECT(agent, 200, "GET", "/routes/@a/254/10.7.0.0/16", NULL);
}

struct wrong {
	long status;
	const char *target, *body, *pointers[2], *conflict;
};

/* Before the wrong one and behind it there are items that could be made. */
static const struct wrong wrongs[] = {
	{ 422,
	  "/routes",
	  "[" ROUTE("@a", "10.8.0.0/16",
		    "") ",{'namespace':'@a','gateway':'x'}," ROUTE("@a", "10.9.0.1/16", "") "]",
	  { "/1/destination", "/2/destination" },
	  NULL },
	{ 422, "/routes", "[" ROUTE("@a", "10.8.0.0/16", "") ",7]", { "/1" }, NULL },
	{ 422,
	  "/routes",
	  "[" ROUTE(
		  "@a", "10.8.0.0/16",
		  "") ","
		      "{'namespace':'@a','destination':'10.9.0.0/16','gateway':'192.0.2.1'}," ROUTE(
			      "@a", "10.10.0.0/16", "") "]",
	  { "/1/gateway" },
	  NULL },
	{ 422,
	  "/routes",
	  "[" ROUTE("@a", "10.8.0.0/16",
		    "") ",{'namespace':'@a','destination':'10.9.0.0/16','nexthops':["
			"{'gateway':'10.3.0.2'},{'gateway':'10.3.0.3','weight':257}]}]",
	  { "/1/nexthops/1/weight" },
	  NULL },
	{ 409,
	  "/routes",
	  "[" ROUTE("@a", "10.8.0.0/16", "") "," ROUTE("@b", "10.8.0.0/16", "") "," ROUTE(
		  "@a", "10.99.0.0/16", "") "]",
	  { "/2" },
	  "/routes/@a/254/10.99.0.0/16?metric=0&tos=0" },
	{ 409,
	  "/routes",
	  "[" ROUTE("@a", "10.8.0.0/16", "") "," ROUTE("@b", "10.8.0.0/16", "") "," ROUTE(
		  "@a", "10.8.0.0/16", "") "]",
	  { "/2" },
	  NULL },
	{ 409,
	  "/routes",
	  "[" ROUTE("@a", "10.8.0.0/16", "") "," ROUTE("@none", "10.8.0.0/16", "") "]",
	  { "/1/namespace" },
	  NULL },
	{ 422,
	  "/addresses",
	  "[" ADDRESS("@a", "10.8.0.1/24") ",{'namespace':'@a','address':'0.0.0.0'},null]",
	  { "/1/link", "/2" },
	  NULL },
	{ 422,
	  "/addresses",
	  "[" ADDRESS("@a", "10.8.0.1/24") "," ADDRESS("@a", "224.0.0.1") "]",
	  { "/1/address" },
	  NULL },
	{ 409,
	  "/addresses",
	  "[" ADDRESS("@a", "10.8.0.1/24") "," ADDRESS("@a", "10.8.0.2/24") "," ADDRESS(
		  "@b", "fd08::1/64") "," ADDRESS("@a", "10.3.0.1/24") "]",
	  { "/3" },
	  "/addresses/@a/v0/10.3.0.1/24" },
	{ 409,
	  "/addresses",
	  "[" ADDRESS("@a", "fd08::1/64") "," ADDRESS("@b", "fd08::1/64") "," ADDRESS(
		  "@a", "fd08::1/64") "]",
	  { "/2" },
	  NULL },
	{ 409,
	  "/addresses",
	  "[" ADDRESS("@a",
		      "10.8.0.1/24") ",{'namespace':'@a','link':'v7','address':'10.8.0.2'}]",
	  { "/1/link" },
	  NULL },
};

static bool points(struct json_object *problem, const char *pointer)
{
	struct json_object *errors = json_at(problem, "/errors");

	for (size_t i = 0; pointer && errors && i < json_object_array_length(errors); i++) {
		struct json_object *one = json_object_array_get_idx(errors, i);

		if (!strcmp(json_text(one, "/pointer"), pointer))
			return *json_text(one, "/code") && *json_text(one, "/detail");
	}
	return !pointer;
}

/* When the kernel has looked for their doubles, addresses of IPv6 get routes. */
static void wait_for_addresses(void)
{
	for (int i = 0; i < 100; i++) {
		if (!strstr(EXPECT(agent, 200, "GET", "/addresses", NULL)->body, "\"tentative\""))
			return;
		usleep(100 * 1000);
	}
	fail_msg("an address stays tentative");
}

static void test_all_or_nothing(void **state)
{
	size_t before;

	(void)state;
	wait_for_addresses();
	before = count_both();
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *wrong = &wrongs[i];
		struct reply *reply =
			EXPECT(agent, wrong->status, "POST", wrong->target, wrong->body);

		if (!points(reply->json, wrong->pointers[0]) ||
		    !points(reply->json, wrong->pointers[1]) ||
		    strcmp(json_text(reply->json, "/conflict/self"),
			   wrong->conflict ? agent_text(wrong->conflict) : ""))
			fail_msg("%s: %s", wrong->body, reply->body);
		assert_int_equal(count_both(), before);
	}
}

/* What was there before stays as it was, even what the kernel would take along. */
static void test_undo_spares_others(void **state)
{
	(void)state;
	assert_int_equal(command_run("ip -n @a addr add 10.20.0.1/24 dev v0"), 0);
	assert_int_equal(command_run("ip -n @a route add 10.21.0.0/16 via 10.20.0.9"), 0);
	EXPECT(agent, 409, "POST", "/addresses",
	       "[" ADDRESS("@a", "10.20.0.2/24") "," ADDRESS("@a", "10.20.0.3/24") "," ADDRESS(
		       "@a", "10.20.0.1/24") "]");
	EXPECT(agent, 200, "GET", "/addresses/@a/v0/10.20.0.1/24", NULL);
	EXPECT(agent, 404, "GET", "/addresses/@a/v0/10.20.0.2/24", NULL);
	EXPECT(agent, 200, "GET", "/routes/@a/254/10.21.0.0/16", NULL);
}

/* count routes, the last one with the number last. */
static void many_routes(struct buffer *body, unsigned int count, unsigned int last)
{
	for (unsigned int i = 0; i < count; i++) {
		unsigned int n = i + 1 < count ? i : last;

		buffer_format(body,
			      "%s{\"namespace\":\"%s\",\"destination\":\"20.%u.%u.%u\","
			      "\"gateway\":\"10.3.0.2\"}",
			      i ? "," : "[", agent_text("@a"), n >> 16, n >> 8 & 255, n & 255);
	}
	buffer_format(body, "]");
	buffer_append(body, "", 1);
	assert_false(body->failed);
}

static struct reply *post_many(unsigned int count, unsigned int last, double *ret_seconds)
{
	const struct call call = { .method = "POST", .target = "/routes" };
	struct buffer body = { 0 };
	struct timespec start, end;
	struct reply *reply;

	many_routes(&body, count, last);
	clock_gettime(CLOCK_MONOTONIC, &start);
	reply = agent_call_extra(agent, &call, &(struct call_extra){ .raw_body = body.data });
	clock_gettime(CLOCK_MONOTONIC, &end);
	*ret_seconds = (double)(end.tv_sec - start.tv_sec) +
		       (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	buffer_free(&body);
	return reply;
}

/* The halves of a long answer are one list, in the order of the request. */
static void assert_made(struct json_object *list, unsigned int index)
{
	struct json_object *one = json_object_array_get_idx(list, index);
	char destination[40];

	snprintf(destination, sizeof(destination), "20.%u.%u.%u/32", index >> 16,
		 index >> 8 & 255, index & 255);
	assert_string_equal(json_text(one, "/destination"), destination);
	assert_string_equal(json_text(one, "/status/state"), "applied");
	assert_string_equal(json_text(one, "/owner"), "default");
}

/* A read-back of the table for each would take minutes. */
static void test_many(void **state)
{
	size_t before = count_of("/routes?namespace=@a&protocol=116");
	double seconds;
	struct reply *reply;

	(void)state;
	reply = post_many(MANY, 3, &seconds); /* the last one is there twice: all go again */
	printf("%d routes and their undoing: %.2f s\n", MANY, seconds);
	assert_int_equal(reply->status, 409);
	assert_true(points(reply->json, "/9999"));
	assert_true(seconds < SECONDS);
	assert_int_equal(count_of("/routes?namespace=@a&protocol=116"), before);
	reply = post_many(MANY, MANY - 1, &seconds);
	printf("%d routes: %.2f s\n", MANY, seconds);
	assert_int_equal(reply->status, 201);
	assert_int_equal(json_object_array_length(reply->json), MANY);
	for (unsigned int i = 0; i < MANY; i++)
		assert_made(reply->json, i);
	assert_true(seconds < SECONDS);
	assert_int_equal(count_of("/routes?namespace=@a&protocol=116"), before + MANY);
}

/* Those of a long list are read in halves; what is wrong is told of both, in order. */
static void test_wrong_in_both_halves(void **state)
{
	static const unsigned int wrong[] = { 0, 7, 1499, 1500, 2999 };
	const struct call call = { .method = "POST", .target = "/routes" };
	struct buffer body = { 0 };
	struct reply *reply;
	size_t next = 0;

	(void)state;
	for (unsigned int i = 0; i < 3000; i++) {
		bool bad = next < 5 && i == wrong[next];

		buffer_format(&body,
			      "%s{\"namespace\":\"%s\",\"destination\":\"21.0.%u.%u\","
			      "\"gateway\":\"%s\"}",
			      i ? ",\n" : "[", agent_text("@a"), i >> 8, i & 255,
			      bad ? "x[,]" : "10.3.0.2");
		next += bad;
	}
	buffer_append(&body, "]", 2);
	assert_false(body.failed);
	reply = agent_call_extra(agent, &call, &(struct call_extra){ .raw_body = body.data });
	buffer_free(&body);
	assert_int_equal(reply->status, 422);
	assert_int_equal(json_object_array_length(json_at(reply->json, "/errors")), 5);
	for (size_t i = 0; i < 5; i++) {
		char place[32], pointer[32];

		snprintf(place, sizeof(place), "/errors/%zu/pointer", i);
		snprintf(pointer, sizeof(pointer), "/%u/gateway", wrong[i]);
		assert_string_equal(json_text(reply->json, place), pointer);
	}
}

/* The kernel refuses one of a long list late, when the others are made and stored: all go again. */
static void test_late_refusal(void **state)
{
	size_t before = count_of("/routes?namespace=@a&protocol=116");
	struct buffer body = { 0 };
	struct reply *reply;

	(void)state;
	assert_int_equal(command_run("ip -n @a route add 22.0.8.100 via 10.3.0.2 proto static"), 0);
	for (unsigned int pending = 0; pending < 2; pending++) {
		const struct call call = { .method = "POST",
					   .target = pending ? "/routes?pending=true" :
							       "/routes" };

		for (unsigned int i = 0; i < 2200; i++)
			buffer_format(&body,
				      "%s{\"namespace\":\"%s\",\"destination\":\"22.0.%u.%u\","
				      "\"gateway\":\"10.3.0.2\"}",
				      i ? "," : "[", agent_text("@a"), i >> 8, i & 255);
		buffer_append(&body, "]", 2);
		assert_false(body.failed);
		reply = agent_call_extra(agent, &call,
					 &(struct call_extra){ .raw_body = body.data });
		buffer_free(&body);
		assert_int_equal(reply->status, 409);
		assert_true(points(reply->json, "/2148"));
		assert_int_equal(count_of("/routes?namespace=@a&protocol=116"), before);
		assert_int_equal(count_of("/routes?namespace=@a&protocol=static"), 1);
		EXPECT(agent, 404, "GET", "/routes/@a/254/22.0.0.1", NULL);
	}
	assert_int_equal(command_run("ip -n @a route del 22.0.8.100"), 0);
}

static void test_too_many(void **state)
{
	double seconds;
	struct reply *reply;

	(void)state;
	reply = post_many(MANY + 1, 0, &seconds);
	assert_int_equal(reply->status, 422);
	assert_non_null(strstr(json_text(reply->json, "/detail"), "10000"));
	reply = post_many(60000, 0, &seconds);
	assert_int_equal(reply->status, 413);
}

static int setup(void **state)
{
	static const struct call scene[] = {
		{ .method = "POST", .target = "/namespaces", .body = "{'name':'@a'}" },
		{ .method = "POST", .target = "/namespaces", .body = "{'name':'@b'}" },
		{ .method = "POST",
		  .target = "/links",
		  .body = "{'namespace':'@a','name':'v0','kind':'veth','addresses':['10.3.0.1/24'],"
			  "'peer':{'namespace':'@b','name':'v0','addresses':['10.3.0.3/24']}}" },
		{ .method = "POST",
		  .target = "/routes",
		  .body = ROUTE("@a", "10.99.0.0/16", "") },
	};

	if (agent_setup(state) < 0)
		return -1;
	agent = *state;
	for (size_t i = 0; i < sizeof(scene) / sizeof(scene[0]); i++)
		EXPECT_CALL(agent, 201, &scene[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_in_order),
		cmocka_unit_test(test_nothing_to_make),
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_undo_spares_others),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_wrong_in_both_halves),
		cmocka_unit_test(test_late_refusal),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests_name("http_arrays", tests, setup, agent_teardown);
}
