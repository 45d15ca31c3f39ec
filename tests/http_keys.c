/*
 * URLs and bodies that name almost what is there: the answer is never about
 * something else, and nothing else is deleted.
 */
#include <string.h>

#include "tests/agent_under_test.h"

static const struct agent *agent;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINK "fifteen-bytes-1"

static const struct call scene[] = {
	{ .method = "POST", .target = "/namespaces", .body = "{'name':'@k'}" },
	{ .method = "POST",
	  .target = "/links",
	  .body = "{'namespace':'@k','name':'" LINK "','kind':'veth','peer':{'name':'v1'},"
		  "'addresses':['10.3.0.1/24','fd00::1/64']}" },
	{ .method = "POST",
	  .target = "/routes",
	  .body = "{'namespace':'@k','destination':'10.4.0.0/16','gateway':'10.3.0.2'}" },
	{ .method = "POST",
	  .target = "/routes",
	  .body = "{'namespace':'@k','destination':'2001:db8::1','gateway':'fd00::2'}" },
	{ .method = "POST",
	  .target = "/addresses",
	  .body = "{'namespace':'@k','link':'" LINK
		  "','address':'10.5.0.1','peer':'10.5.0.2'}" },
};

static const struct {
	long status;
	const char *target, *words;
} wrongs[] = {
	{ 400, "/routes/@k/254/10.4.0.0/16?device=" LINK "6", "device" },
	{ 400, "/routes/@k/254/10.4.0.0/16?device=", "device" },
	{ 404, "/routes/@k/254/2001:db8::1/1280", "prefix_length" },
	{ 404, "/routes/@k/4294967550/10.4.0.0/16", "table" },
	{ 404, "/routes/@k/0/10.4.0.0/16", "table" },
	{ 404, "/routes/@k/+254/10.4.0.0/16", "table" },
	{ 404, "/routes/@k/%20254/10.4.0.0/16", "table" },
	{ 404, "/routes/@k/254/10.4.0.1/16", "10.4.0.1" },
	{ 404, "/addresses/@k/" LINK "6/10.3.0.1/24", "link" },
	{ 404, "/addresses/@k/" LINK "/10.3.0.1/240", "prefix_length" },
	{ 404, "/addresses/@k/" LINK "/10.3.0.1/024", "prefix_length" },
	{ 400, "/addresses/@k/" LINK "/10.5.0.1/32?peer=10.5.0.2/24", "peer" },
	{ 404, "/addresses/@k/" LINK "/10.5.0.1/32?peer=10.5.0.3", "peer" },
	{ 404, "/links/@k/" LINK "6", LINK "6" },
	{ 404, "/tunnels/@k/" LINK "6", LINK "6" },
	{ 404, "/namespaces/@k6", "@k6" },
};

static void count_all(size_t counts[3])
{
	static const char *const targets[] = { "/links?namespace=@k", "/addresses?namespace=@k",
					       "/routes?namespace=@k&table=all" };

	for (int i = 0; i < 3; i++)
		counts[i] = json_object_array_length(
			EXPECT(agent, 200, "GET", targets[i], NULL)->json);
}

static void test_nothing_else_goes(void **state)
{
	static const char *const methods[] = { "GET", "DELETE" };
	size_t before[3], after[3];

	(void)state;
	count_all(before);
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		for (size_t m = 0; m < COUNT(methods); m++) {
			struct reply *reply = EXPECT(agent, wrongs[i].status, methods[m],
						     wrongs[i].target, NULL);

			if (!strstr(json_text(reply->json, "/detail"),
				    agent_text(wrongs[i].words)))
				fail_msg("%s: %s", wrongs[i].target, reply->body);
		}
	}
	count_all(after);
	assert_memory_equal(before, after, sizeof(before));
}

static void test_right_keys(void **state)
{
	static const char *const targets[] = {
		"/routes/@k/main/10.4.0.0/16?device=" LINK,
		"/routes/@k/254/2001:db8::1/128",
		"/addresses/@k/" LINK "/10.3.0.1/24",
		"/addresses/@k/" LINK "/10.5.0.1/32?peer=10.5.0.2",
		"/addresses/@k/" LINK "/10.5.0.1/32?peer=10.5.0.2/32",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++)
		EXPECT(agent, 200, "GET", targets[i], NULL);
}

/* What a new object needs and does not find has a pointer, everywhere. */
static void test_missing_namespace(void **state)
{
	static const struct {
		const char *target, *body;
	} posts[] = {
		{ "/addresses", "{'namespace':'@none','link':'v0','address':'10.0.0.1/24'}" },
		{ "/routes",
		  "{'namespace':'@none','destination':'default','gateway':'10.0.0.1'}" },
		{ "/probes", "{'namespace':'@none','destination':'10.0.0.1','count':1}" },
		{ "/links", "{'namespace':'@none','name':'d','kind':'dummy'}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(posts); i++) {
		struct reply *reply =
			EXPECT(agent, 409, "POST", posts[i].target, posts[i].body);

		assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/namespace");
		assert_string_equal(json_text(reply->json, "/errors/0/code"), "missing");
		assert_non_null(strstr(json_text(reply->json, "/errors/0/detail"),
				       agent_text("@none")));
	}
}

/* The kernel would cut at the colon and probe through lo. */
static void test_probe_device(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(
		agent, 409, "POST", "/probes",
		"{'namespace':'@k','destination':'127.0.0.1','device':'lo:1','count':1}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/device");
	EXPECT(agent, 422, "POST", "/probes",
	       "{'namespace':'@k','destination':'127.0.0.1','device':'" LINK "6','count':1}");
}

static int setup(void **state)
{
	if (agent_setup(state) < 0)
		return -1;
	agent = *state;
	for (size_t i = 0; i < COUNT(scene); i++)
		EXPECT_CALL(agent, 201, &scene[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_else_goes),
		cmocka_unit_test(test_right_keys),
		cmocka_unit_test(test_missing_namespace),
		cmocka_unit_test(test_probe_device),
	};

	return cmocka_run_group_tests_name("http_keys", tests, setup, agent_teardown);
}
