/*
 * Many at once: what is deleted by filters, what is deleted or made by requests
 * that come together, and what happens where one of many cannot be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/buffer.h"
#include "tests/agent_process.h"
#include "tests/agent_under_test.h"

enum { LINKS = 20, ROUTES = 10000, REFUSED = 7000 };

static struct agent *agent;

static int start(void **state)
{
	if (agent_setup(state))
		return -1;
	agent = *state;
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@a'}");
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@b'}");
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@a','name':'v0','kind':'veth','addresses':['10.3.0.1/24'],"
	       "'peer':{'namespace':'@b','name':'v1','addresses':['10.3.0.2/24']}}");
	return 0;
}

static void make_tunnels(const char *namespace)
{
	char body[256];

	for (int i = 0; i < LINKS; i++) {
		snprintf(body, sizeof(body),
			 "{'namespace':'%s','name':'x%d','kind':'vxlan','vni':%d,'port':4789,"
			 "'local':'10.3.0.1','remote':'10.3.0.9','addresses':['10.8.%d.1/24']}",
			 namespace, i, i + 1, i);
		EXPECT(agent, 201, "POST", "/tunnels", body);
	}
}

static int count_of(struct reply *reply, const char *member)
{
	return json_object_get_int(json_at(reply->json, member));
}

static void a_filter_is_needed(void **state)
{
	static const char *const collections[] = { "links", "tunnels",	  "addresses", "routes",
						   "rules", "namespaces", "neighbors" };
	char target[64];

	(void)state;
	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
		snprintf(target, sizeof(target), "/%s", collections[i]);
		EXPECT(agent, 400, "DELETE", target, NULL);
		snprintf(target, sizeof(target), "/%s?foreign=true", collections[i]);
		EXPECT(agent, 400, "DELETE", target, NULL);
		snprintf(target, sizeof(target), "/%s?owner=x&nothing=1", collections[i]);
		EXPECT(agent, 400, "DELETE", target, NULL);
		snprintf(target, sizeof(target), "/%s?owner=x&limit=1", collections[i]);
		EXPECT(agent, 400, "DELETE", target, NULL);
		snprintf(target, sizeof(target), "/%s?owner=nobody", collections[i]);
		assert_int_equal(
			count_of(EXPECT(agent, 200, "DELETE", target, NULL), "/deleted"), 0);
	}
}

/* Ours go with what is on them, in both namespaces; others' are kept until the client insists. */
static void links_by_filter(void **state)
{
	struct reply *reply;

	(void)state;
	make_tunnels("@a");
	make_tunnels("@b");
	assert_int_equal(
		command_run("ip -n @a link add f1 type vxlan id 999 dstport 4789 local "
			    "10.3.0.1 remote 10.3.0.9"),
		0);
	EXPECT(agent, 201, "POST", "/routes",
	       "{'namespace':'@a','destination':'10.99.0.0/16','device':'x3'}");
	EXPECT(agent, 201, "POST", "/addresses",
	       "{'namespace':'@a','link':'x4','address':'10.98.0.1/24'}");
	reply = EXPECT(agent, 200, "DELETE", "/tunnels?kind=vxlan", NULL);
	assert_int_equal(count_of(reply, "/deleted"), 2 * LINKS);
	assert_int_equal(count_of(reply, "/kept_count"), 1);
	assert_string_equal(json_text(reply->json, "/kept/0/self"),
			    agent_text("/tunnels/@a/f1"));
	assert_string_not_equal(json_text(reply->json, "/kept/0/reason"), "");
	assert_int_equal(
		command_run("ip -n @a link show f1 >/dev/null && ! ip -n @a link show x0 "
			    "2>/dev/null && ! ip -n @b link show x19 2>/dev/null"),
		0);
	EXPECT(agent, 404, "GET", "/tunnels/@a/x3", NULL);
	EXPECT(agent, 404, "GET", "/routes/@a/254/10.99.0.0/16", NULL);
	EXPECT(agent, 404, "GET", "/addresses/@a/x4/10.98.0.1/24", NULL);
	reply = EXPECT(agent, 200, "DELETE", "/links?name=f1&foreign=true", NULL);
	assert_int_equal(count_of(reply, "/deleted"), 1);
	assert_int_equal(command_run("ip -n @a link show f1 2>/dev/null"), 1);
	/* The kernel keeps lo, whoever insists. */
	reply = EXPECT(agent, 200, "DELETE", "/links?namespace=@a&name=lo&foreign=true", NULL);
	assert_int_equal(count_of(reply, "/deleted"), 0);
	assert_int_equal(count_of(reply, "/kept_count"), 1);
}

/* Somebody else's link has the number of the group that is to be deleted. */
static void the_group_of_the_deleted_is_not_trusted(void **state)
{
	struct reply *reply;

	(void)state;
	make_tunnels("@a");
	assert_int_equal(command_run("ip -n @a link add f2 group 1953853037 type bridge"), 0);
	reply = EXPECT(agent, 200, "DELETE", "/tunnels?namespace=@a", NULL);
	assert_int_equal(count_of(reply, "/deleted"), LINKS);
	assert_int_equal(
		command_run("ip -n @a link show f2 >/dev/null && ! ip -n @a link show x7 "
			    "2>/dev/null"),
		0);
	assert_int_equal(command_run("ip -n @a link del f2"), 0);
}

/* What waits for its namespace, and what is there, by the same filter. */
static void what_waits_is_deleted_too(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 201, "POST", "/routes?pending=true",
	       "{'namespace':'@later','destination':'10.97.0.0/16','gateway':'10.3.0.2','owner':'web'}");
	EXPECT(agent, 201, "POST", "/routes",
	       "{'namespace':'@a','destination':'10.97.0.0/16','gateway':'10.3.0.2','owner':'web'}");
	EXPECT(agent, 201, "POST", "/routes",
	       "{'namespace':'@a','destination':'10.96.0.0/16','gateway':'10.3.0.2'}");
	reply = EXPECT(agent, 200, "DELETE", "/routes?owner=web", NULL);
	assert_int_equal(count_of(reply, "/deleted"), 2);
	assert_int_equal(count_of(reply, "/kept_count"), 0);
	EXPECT(agent, 404, "GET", "/routes/@later/254/10.97.0.0/16", NULL);
	EXPECT(agent, 404, "GET", "/routes/@a/254/10.97.0.0/16", NULL);
	EXPECT(agent, 200, "GET", "/routes/@a/254/10.96.0.0/16", NULL);
	EXPECT(agent, 204, "DELETE", "/routes/@a/254/10.96.0.0/16", NULL);
}

/* Runs what the shell is told, of which each line is a status; returns how many are this one. */
static int count_statuses(const char *command, const char *status)
{
	char text[1024], line[32];
	int count = 0;
	FILE *pipe;

	snprintf(text, sizeof(text),
		 "call() { curl -s -o /dev/null -w '%%{http_code}\\n' "
		 "--unix-socket %s \"$@\"; }; %s; wait",
		 agent->socket, command);
	pipe = popen(text, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe))
		count += !strncmp(line, status, strlen(status));
	pclose(pipe);
	return count;
}

static void each_deletion_has_its_own_answer(void **state)
{
	static const char format[] = "for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 77; do "
				     "call -X DELETE http://localhost/tunnels/%s/x$i & done";
	char command[512];

	(void)state;
	make_tunnels("@a");
	snprintf(command, sizeof(command), format, agent_text("@a"));
	assert_int_equal(count_statuses(command, "204"), 16);
	/* By now there is none of them. */
	assert_int_equal(count_statuses(command, "404"), 17);
	assert_int_equal(command_run("ip -n @a link show x16 >/dev/null"), 0);
	/* Twice the same at once: one of them finds it. */
	snprintf(
		command, sizeof(command),
		"for i in 16 16 17 17 18 18; do call -X DELETE http://localhost/links/%s/x$i & done",
		agent_text("@a"));
	assert_int_equal(count_statuses(command, "204"), 3);
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/x19", NULL);
}

/* One of those that come together cannot be: the others are made. */
static void each_route_has_its_own_answer(void **state)
{
	char command[512];

	(void)state;
	snprintf(command, sizeof(command),
		 "for i in 0 1 2 3 4 5 6 7 8 9; do call -H Content-Type:application/json -d "
		 "'{\"namespace\":\"%s\",\"destination\":\"10.95.'$i'.0/24\",\"gateway\":\"'"
		 "$([ $i = 5 ] && echo 192.0.2.1 || echo 10.3.0.2)'\"}' "
		 "http://localhost/routes & done",
		 agent_text("@a"));
	assert_int_equal(count_statuses(command, "201"), 9);
	assert_int_equal(count_statuses(command, "409"), 9);
	assert_int_equal(count_of(EXPECT(agent, 200, "DELETE", "/routes?namespace=@a", NULL),
				  "/deleted"),
			 9);
}

/* refused: the place of the one whose gateway is not reached; 0: none. */
static void fill_routes(struct buffer *body, int refused)
{
	buffer_format(body, "[");
	for (int i = 0; i < ROUTES; i++)
		buffer_format(body,
			      "%s{\"namespace\":\"%s\",\"destination\":\"20.0.%d.%d/32\","
			      "\"gateway\":\"%s\"}",
			      i ? "," : "", agent_text("@a"), i >> 8, i & 255,
			      refused && i == refused ? "192.0.2.1" : "10.3.0.2");
	buffer_format(body, "]");
	assert_false(body->failed);
}

static void post_routes(int refused, long status)
{
	const struct call call = { .method = "POST", .target = "/routes" };
	struct buffer body = { 0 };
	struct call_extra extra = { .header = "Prefer: return=minimal" };
	struct reply *reply;

	fill_routes(&body, refused);
	extra.raw_body = body.data;
	extra.raw_length = body.length;
	reply = agent_call_extra(agent, &call, &extra);
	buffer_free(&body);
	if (reply->status != status)
		fail_msg("%ld %s", reply->status, reply->body);
	if (refused)
		assert_string_equal(json_text(reply->json, "/errors/0/pointer"),
				    "/7000/gateway");
}

/* A refusal in the middle leaves none; what they took in memory comes back. */
static void ten_thousand_or_none(void **state)
{
	long before = agent_resident_kib(agent), after;

	(void)state;
	post_routes(REFUSED, 422);
	assert_int_equal(command_run("ip -n @a route show proto 116 | grep -q ."), 1);
	for (int i = 0; i < 3; i++) {
		post_routes(0, 201);
		assert_int_equal(
			command_run("test $(ip -n @a route show proto 116 | wc -l) = 10000"),
			0);
		assert_int_equal(count_of(EXPECT(agent, 200, "DELETE",
						 "/routes?namespace=@a&protocol=116", NULL),
					  "/deleted"),
				 ROUTES);
		assert_int_equal(command_run("ip -n @a route show proto 116 | grep -q ."), 1);
	}
	/* It is given back once there is nothing else to do. */
	for (int i = 0; i < 50 && agent_resident_kib(agent) > before + 32 * 1024; i++)
		usleep(100 * 1000);
	after = agent_resident_kib(agent);
	printf("%ld KiB before, %ld after, %ld at most\n", before, after,
	       agent_peak_kib(agent));
#ifndef __SANITIZE_ADDRESS__ /* what is freed is kept there, to find who uses it */
	if (!getenv("TUNNELD_TRACED"))
		assert_true(after < before + 32 * 1024 &&
			    agent_peak_kib(agent) < before + 96 * 1024);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_is_needed),
		cmocka_unit_test(links_by_filter),
		cmocka_unit_test(the_group_of_the_deleted_is_not_trusted),
		cmocka_unit_test(what_waits_is_deleted_too),
		cmocka_unit_test(each_deletion_has_its_own_answer),
		cmocka_unit_test(each_route_has_its_own_answer),
		cmocka_unit_test(ten_thousand_or_none),
	};

	return cmocka_run_group_tests(tests, start, agent_teardown);
}
