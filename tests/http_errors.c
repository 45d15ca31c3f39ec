/*
 * What clients are told when something is wrong: the status, the problem
 * document (RFC 9457), pointers to wrong members, the object in the way. And
 * that whatever failed has changed nothing.
 */
#include <stdio.h>
#include <string.h>

#include "tests/agent_under_test.h"

static const struct agent *agent;

struct wrong {
	struct call call;
	long status;
	const char *pointers[4]; /* each must be among errors[].pointer */
	const char *conflict;	 /* what /conflict/self or /conflict must be */
	const char *words;	 /* must occur in the answer's body */
};

#define POST(target, body) { "POST", target, body, NULL, NULL }
#define GET(target) { "GET", target, NULL, NULL, NULL }
#define DELETE(target) { "DELETE", target, NULL, NULL, NULL }
#define VETH "'namespace':'@e','kind':'veth',"
#define BRIDGE "'namespace':'@e','kind':'bridge',"
#define VXLAN "'namespace':'@e','kind':'vxlan',"

static const struct wrong absent[] = {
	{ GET("/nothing"), 404, { 0 }, NULL, NULL },
	{ GET("/namespaces/@none"), 404, { 0 }, NULL, "@none" },
	{ GET("/tunnels/@e/none"), 404, { 0 }, NULL, "none" },
	{ GET("/tunnels/@e/lo"), 404, { 0 }, NULL, NULL },
	{ GET("/links/@e/none"), 404, { 0 }, NULL, NULL },
	{ GET("/links/@none/lo"), 404, { 0 }, NULL, NULL },
	{ GET("/addresses/@e/lo/10.1.2.3/32"), 404, { 0 }, NULL, NULL },
	{ GET("/routes/@e/254/10.1.2.0/24"), 404, { 0 }, NULL, NULL },
	{ DELETE("/namespaces/@none"), 404, { 0 }, NULL, NULL },
	{ DELETE("/links/@e/none"), 404, { 0 }, NULL, NULL },
	{ DELETE("/tunnels/@e/none"), 404, { 0 }, NULL, NULL },
	{ DELETE("/routes/@e/254/10.1.2.0/24"), 404, { 0 }, NULL, NULL },
	{ DELETE("/addresses/@e/lo/10.1.2.3/32"), 404, { 0 }, NULL, NULL },
};

static const struct wrong unreadable[] = {
	{ POST("/namespaces", "{"), 400, { 0 }, NULL, NULL },
	{ POST("/namespaces", ""), 400, { 0 }, NULL, NULL },
	{ POST("/namespaces", "{'name':'@a'} x"), 400, { 0 }, NULL, NULL },
	{ GET("/links?colour=red"), 400, { 0 }, NULL, "colour" },
	{ GET("/tunnels?colour=red"), 400, { 0 }, NULL, "colour" },
	{ GET("/namespaces?colour=red"), 400, { 0 }, NULL, "colour" },
	{ GET("/routes?family=ipx"), 400, { 0 }, NULL, "family" },
	{ GET("/routes?table=green"), 400, { 0 }, NULL, "table" },
	{ { "POST", "/namespaces", "name=x", "application/x-www-form-urlencoded", NULL }, 415,
	  { 0 }, NULL, NULL },
	{ { "POST", "/tunnels", "{}", "text/plain", NULL }, 415, { 0 }, NULL, NULL },
};

static const struct wrong invalid[] = {
	{ POST("/namespaces", "{}"), 422, { "/name" }, NULL, NULL },
	{ POST("/namespaces", "{'name':'-f'}"), 422, { "/name" }, NULL, NULL },
	{ POST("/namespaces", "{'name':'host'}"), 422, { "/name" }, NULL, NULL },
	{ POST("/namespaces", "{'name':'@x','colour':1}"), 422, { "/colour" }, NULL, NULL },
	{ POST("/links", "{'name':'a','kind':'veth'}"), 422, { "/namespace" }, NULL, NULL },
	{ POST("/links", "{" VETH "'name':'a b','mtu':1,'colour':'red'}"), 422,
	  { "/name", "/mtu", "/colour" }, NULL, NULL },
	{ POST("/links", "{" VETH "'name':'a','peer':{'name':'b','colour':1}}"), 422,
	  { "/peer/colour" }, NULL, NULL },
	{ POST("/links", "{" VETH "'name':'a'}"), 422, { "/peer" }, NULL, NULL },
	{ POST("/links", "{'namespace':'@e','name':'a','kind':'toaster'}"), 422, { "/kind" },
	  NULL, NULL },
	{ POST("/links", "{" BRIDGE "'name':'a','members':['other','a']}"), 422, { "/members/1" },
	  NULL, "bridge to a bridge" },
	{ POST("/links", "{" BRIDGE "'name':'a','members':['lo']}"), 422, { "/members/0" }, NULL,
	  "lo" },
	{ POST("/links", "{" BRIDGE "'name':'a','master':'b1'}"), 422, { 0 }, NULL,
	  "bridge to a bridge" },
	{ POST("/tunnels", "{'namespace':'@e','name':'t','kind':'veth'}"), 422, { "/kind" }, NULL,
	  NULL },
	{ POST("/tunnels", "{" VXLAN "'name':'t'}"), 422, { "/vni" }, NULL, NULL },
	{ POST("/tunnels", "{" VXLAN "'name':'t','vni':16777216,'ttl':256,'port':'x'}"), 422,
	  { "/vni", "/ttl", "/port" }, NULL, NULL },
	{ POST("/tunnels", "{" VXLAN "'name':'t','vni':1,'local':'10.0.0.1','remote':'fd00::1'}"),
	  422, { "/remote" }, NULL, NULL },
	{ POST("/tunnels", "{'namespace':'@e','name':'t','kind':'ipip','local':'10.0.0.300',"
			   "'remote':'10.0.0.2','key':7}"),
	  422, { "/local", "/key" }, NULL, NULL },
	{ POST("/tunnels", "{'namespace':'@e','name':'t','kind':'isatap','remote':'10.0.0.2'}"),
	  422, { "/local", "/remote" }, NULL, NULL },
	{ POST("/tunnels", "{'namespace':'@e','name':'t','kind':'vti','local':'10.0.0.1',"
			   "'remote':'10.0.0.2','key':1,'ipsec':{'inbound':{'spi':1},"
			   "'outbound':{'spi':300}}}"),
	  422, { "/ipsec/inbound/spi" }, NULL, NULL },
	{ POST("/addresses", "{'namespace':'@e','link':'lo','address':'10.0.0.1/33'}"), 422,
	  { "/address" }, NULL, NULL },
	{ POST("/routes", "{'namespace':'@e','destination':'10.0.0.0/8','gateway':'x','metric':-1}"),
	  422, { "/gateway", "/metric" }, NULL, NULL },
	{ POST("/probes", "{'namespace':'@e','destination':'127.0.0.1','count':0,'size_bytes':-1}"),
	  422, { "/count", "/size_bytes" }, NULL, NULL },
};

static const struct wrong clashes[] = {
	{ POST("/namespaces", "{'name':'@e'}"), 409, { 0 }, "/namespaces/@e", NULL },
	{ POST("/links", "{" VETH "'name':'taken','peer':{'name':'free'}}"), 409, { 0 },
	  "/links/@e/taken", NULL },
	{ POST("/links", "{" VETH "'name':'free','peer':{'name':'taken'}}"), 409, { 0 },
	  "/links/@e/taken", NULL },
	{ POST("/links", "{'namespace':'@none','name':'a','kind':'veth','peer':{'name':'b'}}"), 409,
	  { 0 }, NULL, "@none" },
	{ POST("/tunnels", "{" VXLAN "'name':'taken','vni':9}"), 409, { 0 }, "/links/@e/taken",
	  NULL },
	{ POST("/tunnels", "{" VXLAN "'name':'x2','vni':7,'remote':'10.0.0.2'}"), 409, { 0 },
	  "/tunnels/@e/x1", NULL },
	{ POST("/tunnels", "{" VXLAN "'name':'x2','external':true,'port':4790}"), 409, { 0 },
	  "/tunnels/@e/x3", NULL },
	{ POST("/addresses", "{'namespace':'@e','link':'taken','address':'10.3.0.1/24'}"), 409,
	  { 0 }, "/addresses/@e/taken/10.3.0.1/24", NULL },
	{ POST("/addresses", "{'namespace':'@e','link':'none','address':'10.3.0.1/24'}"), 409,
	  { 0 }, NULL, "none" },
	{ POST("/routes", "{'namespace':'@e','destination':'10.4.0.0/16','gateway':'10.3.0.2'}"),
	  409, { 0 }, "/routes/@e/254/10.4.0.0/16", NULL },
	{ DELETE("/links/@e/lo"), 409, { 0 }, NULL, NULL },
};

/* What takes kinds that not every kernel has: 501 there. */
static const struct wrong tunnel_clashes[] = {
	{ POST("/tunnels", "{'namespace':'@e','name':'i2','kind':'ipip','local':'10.0.0.1',"
			   "'remote':'10.0.0.2'}"),
	  409, { 0 }, "/tunnels/@e/i1", NULL },
	{ POST("/tunnels", "{'namespace':'@e','name':'i2','kind':'ipip'}"), 409, { 0 },
	  "/tunnels/@e/tunl0", NULL },
	{ POST("/tunnels", "{'namespace':'@e','name':'g2','kind':'gre','external':true}"), 409,
	  { 0 }, "/tunnels/@e/g1", NULL },
	{ DELETE("/tunnels/@e/tunl0?foreign=true"), 409, { 0 }, NULL, "tunl0" },
};

static const struct call scene[] = {
	POST("/namespaces", "{'name':'@e'}"),
	POST("/links", "{" VETH "'name':'taken','addresses':['10.3.0.1/24'],"
		       "'peer':{'name':'other'}}"),
	POST("/links", "{" BRIDGE "'name':'b1'}"),
	POST("/tunnels", "{" VXLAN "'name':'x1','vni':7,'remote':'10.0.0.2'}"),
	POST("/tunnels", "{" VXLAN "'name':'x3','external':true,'port':4790}"),
	POST("/routes", "{'namespace':'@e','destination':'10.4.0.0/16','gateway':'10.3.0.2'}"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_pointer(struct json_object *problem, const char *pointer)
{
	struct json_object *errors = json_at(problem, "/errors");

	for (size_t i = 0; errors && i < json_object_array_length(errors); i++) {
		struct json_object *one = json_object_array_get_idx(errors, i);

		if (strcmp(json_text(one, "/pointer"), pointer) == 0)
			return *json_text(one, "/code") && *json_text(one, "/detail");
	}
	return false;
}

static bool names_conflict(struct json_object *problem, const char *url)
{
	struct json_object *conflict = json_at(problem, "/conflict");
	const char *text;

	if (!conflict)
		return false;
	text = json_object_is_type(conflict, json_type_object) ? json_text(conflict, "/self") :
								  json_object_get_string(conflict);
	/* A route's URL goes on with what narrows it: ?metric=0… */
	return strncmp(text, agent_text(url), strlen(agent_text(url))) == 0;
}

/* Says what is missing in a problem document; NULL: nothing. */
static const char *find_fault(const struct wrong *wrong, const struct reply *reply)
{
	for (int i = 0; i < 4 && wrong->pointers[i]; i++) {
		if (!has_pointer(reply->json, wrong->pointers[i]))
			return wrong->pointers[i];
	}
	if (strcmp(reply->content_type, "application/problem+json") != 0)
		return "the content type";
	if (json_object_get_int(json_at(reply->json, "/status")) != wrong->status)
		return "member status";
	if (!*json_text(reply->json, "/title") || !*json_text(reply->json, "/detail"))
		return "title or detail";
	if (wrong->conflict && !names_conflict(reply->json, wrong->conflict))
		return wrong->conflict;
	if (wrong->words && !strstr(reply->body, agent_text(wrong->words)))
		return wrong->words;
	return NULL;
}

/* True if the answer is as it should be; else tells. */
static bool try(const struct wrong *wrong)
{
	struct reply *reply = agent_call(agent, &wrong->call);
	const char *fault = reply->status == wrong->status ? find_fault(wrong, reply) :
							     "the status";

	if (fault)
		fprintf(stderr, "%s %s %s\n  should be %ld, and misses %s: %ld %s\n",
			wrong->call.method, agent_text(wrong->call.target),
			wrong->call.body ? agent_text(wrong->call.body) : "", wrong->status,
			agent_text(fault), reply->status, reply->body ? reply->body : "");
	return !fault;
}

static size_t count_links(void)
{
	struct reply *reply = EXPECT(agent, 200, "GET", "/links?namespace=@e", NULL);

	return json_object_array_length(reply->json);
}

/* All of a table, so that one run tells all that is wrong; and links stay as they were. */
static void try_all(const struct wrong *wrongs, size_t count)
{
	size_t before = count_links(), faults = 0;

	for (size_t i = 0; i < count; i++)
		faults += !try(&wrongs[i]);
	assert_int_equal(count_links(), before);
	assert_int_equal(agent_count_namespaces(), 1);
	assert_int_equal(faults, 0);
}

#define TEST_TABLE(table)                      \
	static void test_##table(void **state) \
	{                                      \
		(void)state;                   \
		try_all(table, COUNT(table));  \
	}
TEST_TABLE(absent)
TEST_TABLE(unreadable)
TEST_TABLE(invalid)
TEST_TABLE(clashes)

/* The status of POST /tunnels; a skip where the kernel lacks it. */
static void make_or_skip(const char *body)
{
	struct reply *reply = agent_call(agent, &(struct call)POST("/tunnels", body));

	if (reply->status == 501 && !agent_requires_all_kinds()) {
		printf("SKIP: %s\n", json_text(reply->json, "/detail"));
		skip();
	}
	if (reply->status != 201)
		fail_msg("%s: %ld %s", agent_text(body), reply->status, reply->body);
}

static void test_tunnel_clashes(void **state)
{
	(void)state;
	make_or_skip("{'namespace':'@e','name':'i1','kind':'ipip','local':'10.0.0.1',"
		     "'remote':'10.0.0.2'}");
	make_or_skip("{'namespace':'@e','name':'g1','kind':'gre','external':true}");
	try_all(tunnel_clashes, COUNT(tunnel_clashes));
}

static void test_method_not_allowed(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 405, "DELETE", "/healthz", NULL);
	assert_non_null(strstr(reply->allow, "GET"));
	reply = EXPECT(agent, 405, "BREW", "/tunnels", NULL);
	assert_non_null(strstr(reply->allow, "GET"));
	assert_non_null(strstr(reply->allow, "POST"));
	reply = EXPECT(agent, 405, "POST", "/links/@e/lo", "{}");
	assert_non_null(strstr(reply->allow, "DELETE"));
	assert_null(strstr(reply->allow, "POST"));
}

/* A kernel without the kind says 501 with a reason, and nothing is made. */
static void test_unsupported(void **state)
{
	static const char *const kinds[] = { "ipip", "gre", "sit", "vti" };
	char body[200];
	int lacking = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct reply *reply;

		snprintf(body, sizeof(body), "{'namespace':'@e','name':'u%s','kind':'%s',"
			 "'local':'10.9.0.1','remote':'10.9.0.2'}", kinds[i], kinds[i]);
		reply = agent_call(agent, &(struct call)POST("/tunnels", body));
		if (reply->status == 501)
			assert_true(++lacking > 0 && *json_text(reply->json, "/detail"));
		else
			assert_int_equal(reply->status, 201);
	}
	printf("%d of %zu kinds answer 501\n", lacking, COUNT(kinds));
}

/* The last address cannot be added (it is there already): the link must go again. */
static void test_half_way(void **state)
{
	struct reply *reply;

	(void)state;
	reply = agent_call(agent, &(struct call)POST(
		"/links", "{" VETH "'name':'half','addresses':['10.5.0.1/24','10.5.0.1/24'],"
			  "'peer':{'name':'way'}}"));
	assert_true(reply->status == 409 || reply->status == 422);
	EXPECT(agent, 404, "GET", "/links/@e/half", NULL);
	EXPECT(agent, 404, "GET", "/links/@e/way", NULL);
	reply = agent_call(agent, &(struct call)POST(
		"/tunnels", "{" VXLAN "'name':'half','vni':99,'addresses':['10.5.0.1/24',"
			    "{'address':'10.5.0.9/24','label':'other:1'}]}"));
	assert_true(reply->status == 409 || reply->status == 422);
	EXPECT(agent, 404, "GET", "/tunnels/@e/half", NULL);
}

static void test_foreign(void **state)
{
	(void)state;
	assert_int_equal(command_run("ip -n @e link add foreign type veth peer name stranger"), 0);
	EXPECT(agent, 409, "DELETE", "/links/@e/foreign", NULL);
	EXPECT(agent, 200, "GET", "/links/@e/foreign", NULL);
	EXPECT(agent, 204, "DELETE", "/links/@e/foreign?foreign=true", NULL);
	EXPECT(agent, 404, "GET", "/links/@e/foreign", NULL);
	EXPECT(agent, 404, "GET", "/links/@e/stranger", NULL);
}

static void test_shared_namespaces(void **state)
{
	(void)state;
	assert_int_equal(command_run("ip netns add @theirs"), 0);
	EXPECT(agent, 200, "GET", "/namespaces/@theirs", NULL);
	EXPECT(agent, 200, "GET", "/links/@theirs/lo", NULL);
	assert_int_equal(command_run("ip netns delete @theirs"), 0);
	EXPECT(agent, 404, "GET", "/namespaces/@theirs", NULL);
	EXPECT(agent, 404, "GET", "/links/@theirs/lo", NULL);
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@ours'}");
	assert_int_equal(command_run("ip netns exec @ours true"), 0);
	EXPECT(agent, 204, "DELETE", "/namespaces/@ours", NULL);
	assert_int_not_equal(command_run("ip netns exec @ours true 2>/dev/null"), 0);
}

static void test_token(void **state)
{
	struct call call = GET("/namespaces");

	(void)state;
	call.token = "";
	EXPECT_CALL(agent, 401, &call);
	call.token = "wrong";
	EXPECT_CALL(agent, 401, &call);
	call.token = agent->token;
	EXPECT_CALL(agent, 200, &call);
}

static int setup(void **state)
{
	if (agent_setup_tcp(state) < 0)
		return -1;
	agent = *state;
	for (size_t i = 0; i < COUNT(scene); i++) {
		struct reply *reply = agent_call(agent, &scene[i]);

		if (reply->status != 201) {
			fprintf(stderr, "%s: %ld %s\n", agent_text(scene[i].body), reply->status,
				reply->body ? reply->body : "");
			return -1;
		}
	}
	return 0;
}

/* Some tests make tunnels and need not mind the others. */
static int clean(void **state)
{
	static const char *const urls[] = { "/tunnels/@e/i1", "/tunnels/@e/g1", "/tunnels/@e/uipip",
					    "/tunnels/@e/ugre", "/tunnels/@e/usit",
					    "/tunnels/@e/uvti" };

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++)
		agent_call(agent, &(struct call)DELETE(urls[i]));
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_absent), TEST(test_unreadable), TEST(test_invalid), TEST(test_clashes),
		TEST(test_tunnel_clashes), TEST(test_method_not_allowed), TEST(test_unsupported),
		TEST(test_half_way), TEST(test_foreign), TEST(test_shared_namespaces),
		TEST(test_token),
	};

	return cmocka_run_group_tests_name("http_errors", tests, setup, agent_teardown);
}
