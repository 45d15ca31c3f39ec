/*
 * Whose an object is: owners and labels, what is somebody else's and never
 * touched, and what goes with another.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/follow.h"

static const struct agent *agent;

static int start(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	return result;
}

#define POST(status, target, body) EXPECT(agent, status, "POST", target, body)
#define VETH \
	"{'namespace':'@a','name':'v1','kind':'veth','addresses':['10.9.0.1/24'],'peer':{'name':'v2'}}"

/* ---- whose it is ---- */

static size_t count_of(const char *target)
{
	struct json_object *list = agent_get(agent, target);
	size_t count = json_object_array_length(list);

	json_object_put(list);
	return count;
}

static void owner_and_labels_are_kept_and_filtered(void **state)
{
	struct json_object *object;

	(void)state;
	POST(201, "/namespaces",
	     "{'name':'@a','owner':'one','labels':{'site':'x','rack':'7'}}");
	POST(201, "/namespaces", "{'name':'@b','owner':'two','labels':{'site':'y'}}");
	POST(201, "/links",
	     "{'namespace':'@a','name':'br1','kind':'bridge','owner':'one','labels':{'site':'x'}}");
	POST(201, "/links", "{'namespace':'@a','name':'br2','kind':'bridge'}");
	POST(201, "/addresses",
	     "{'namespace':'@a','link':'br1','address':'10.1.0.1/24','owner':'one','labels':{'k':''}}");
	POST(201, "/routes",
	     "{'namespace':'@a','destination':'10.2.0.0/16','device':'br1','owner':'two'}");
	object = agent_get(agent, "/namespaces/@a");
	assert_string_equal(json_text(object, "/owner"), "one");
	assert_string_equal(json_text(object, "/labels/rack"), "7");
	json_object_put(object);
	object = agent_get(agent, "/links/@a/br2");
	assert_string_equal(json_text(object, "/owner"), "default");
	json_object_put(object);
	assert_int_equal(count_of("/namespaces?owner=one"), 1);
	assert_int_equal(count_of("/namespaces?label=site"), 2);
	assert_int_equal(count_of("/namespaces?label=site=y"), 1);
	assert_int_equal(count_of("/namespaces?label=rack=8"), 0);
	assert_int_equal(count_of("/links?owner=one"), 1);
	assert_int_equal(count_of("/links?label=site=x"), 1);
	assert_int_equal(count_of("/addresses?label=k"), 1);
	assert_int_equal(count_of("/addresses?owner=one"), 1);
	assert_int_equal(count_of("/routes?owner=two"), 1);
	assert_int_equal(count_of("/links?namespace=@a&state=applied"), 2);
	assert_int_equal(count_of("/links?namespace=@a&state=foreign"), 1); /* lo */
	EXPECT(agent, 200, "PATCH", "/links/@a/br1",
	       "{'labels':{'site':null,'new':'1'},'owner':'two'}");
	assert_int_equal(count_of("/links?label=site"), 0);
	assert_int_equal(count_of("/links?label=new=1"), 1);
	assert_int_equal(count_of("/links?owner=two"), 1);
	EXPECT(agent, 400, "GET", "/links?state=odd", NULL);
}

/* ---- what is somebody else's ---- */

static void foreign_objects_are_left_alone(void **state)
{
	static const char *const urls[][2] = {
		{ "/links/@f/br1", "{'mtu':1400}" },
		{ "/addresses/@f/br1/10.1.0.1/24", "{'no_prefix_route':true}" },
		{ "/routes/@f/254/10.2.0.0/16", "{'mtu':1400}" },
		{ "/namespaces/@f", "{'forwarding':{'ipv4':true}}" },
	};
	struct json_object *object;
	char target[128];

	(void)state;
	assert_int_equal(
		command_run(
			"ip netns add @f && ip -n @f link add br1 type bridge && ip -n @f link set br1 up && "
			"ip -n @f addr add 10.1.0.1/24 dev br1 && ip -n @f route add 10.2.0.0/16 dev br1"),
		0);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		object = agent_get(agent, urls[i][0]);
		assert_string_equal(json_text(object, "/status/state"), "foreign");
		json_object_put(object);
		EXPECT(agent, 409, "PATCH", urls[i][0], urls[i][1]);
		EXPECT(agent, 409, "DELETE", urls[i][0], NULL);
	}
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		snprintf(target, sizeof(target), "%s?foreign=true", urls[i][0]);
		/* An address cannot be changed so: it would be made anew, by us. */
		EXPECT(agent, i == 1 ? 409 : 200, "PATCH", target, urls[i][1]);
		object = agent_get(agent, urls[i][0]);
		assert_string_equal(json_text(object, "/status/state"), "foreign");
		json_object_put(object);
	}
	EXPECT(agent, 204, "DELETE", "/routes/@f/254/10.2.0.0/16?foreign=true", NULL);
	EXPECT(agent, 204, "DELETE", "/addresses/@f/br1/10.1.0.1/24?foreign=true", NULL);
	EXPECT(agent, 204, "DELETE", "/links/@f/br1?foreign=true", NULL);
	EXPECT(agent, 204, "DELETE", "/namespaces/@f?foreign=true", NULL);
	assert_int_equal(agent_count_namespaces(), 0);
}

/* What was ours is gone, and another has its place: neither changed nor removed. */
static void what_took_the_place_of_ours_is_left_alone(void **state)
{
	static const char *const patches[][2] = {
		{ "/links/@a/br1", "{'mtu':1400}" },
		{ "/routes/@a/254/10.2.0.0/16", "{'mtu':1400}" },
	};

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/links", "{'namespace':'@a','name':'br0','kind':'bridge'}");
	for (int i = 0; i < 2; i++) {
		POST(201, "/links", "{'namespace':'@a','name':'br1','kind':'bridge'}");
		POST(201, "/routes",
		     "{'namespace':'@a','destination':'10.2.0.0/16','device':'br0'}");
		kill(agent->pid, SIGSTOP); /* it would be faster */
		assert_int_equal(
			command_run(
				"ip -n @a link del br1 && ip -n @a link add br1 type bridge && "
				"ip -n @a route del 10.2.0.0/16 && "
				"ip -n @a route add 10.2.0.0/16 dev br0 proto static"),
			0);
		kill(agent->pid, SIGCONT);
		follow_state(agent, patches[0][0], "retrying");
		for (int j = 0; j < 2 && i; j++)
			EXPECT(agent, 409, "PATCH", patches[j][0], patches[j][1]);
		for (int j = 0; j < 2; j++)
			EXPECT(agent, 204, "DELETE", patches[j][0], NULL);
		assert_int_equal(
			command_run("ip -n @a link show br1 | grep -q 'mtu 1500' && "
				    "ip -n @a route | grep -q '10.2.0.0/16.*proto static'"),
			0);
		assert_int_equal(
			command_run("ip -n @a link del br1; ip -n @a route del 10.2.0.0/16"),
			0);
	}
}

/* ---- what goes with another ---- */

static void a_namespace_takes_along_what_was_made_in_it(void **state)
{
	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/namespaces", "{'name':'@b'}");
	POST(201, "/links", VETH);
	POST(201, "/links",
	     "{'namespace':'@b','name':'w1','kind':'veth','peer':{'namespace':'@a','name':'w2'}}");
	POST(201, "/links", "{'namespace':'@b','name':'br1','kind':'bridge'}");
	POST(201, "/addresses", "{'namespace':'@a','link':'v1','address':'10.77.0.1/24'}");
	POST(201, "/routes", "{'namespace':'@a','destination':'10.70.0.0/16','device':'v1'}");
	EXPECT(agent, 204, "DELETE", "/namespaces/@a", NULL);
	EXPECT(agent, 404, "GET", "/links/@a/v1", NULL);
	EXPECT(agent, 404, "GET", "/addresses/@a/v1/10.77.0.1/24", NULL);
	EXPECT(agent, 404, "GET", "/routes/@a/254/10.70.0.0/16", NULL);
	EXPECT(agent, 404, "GET", "/links/@b/w1", NULL);
	EXPECT(agent, 200, "GET", "/links/@b/br1", NULL);
	POST(201, "/namespaces", "{'name':'@a'}");
	sleep(1);
	assert_int_equal(count_of("/links?namespace=@a"), 1);
	assert_int_equal(count_of("/routes?namespace=@a&protocol=116"), 0);
}

static void a_link_takes_along_what_runs_over_it(void **state)
{
	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/links", VETH);
	POST(201, "/links",
	     "{'namespace':'@a','name':'m1','kind':'macvlan','device':'v1','addresses':['10.8.0.1/24']}");
	POST(201, "/addresses", "{'namespace':'@a','link':'m1','address':'10.77.0.1/24'}");
	POST(201, "/routes", "{'namespace':'@a','destination':'10.70.0.0/16','device':'m1'}");
	POST(201, "/routes",
	     "{'namespace':'@a','destination':'10.71.0.0/16','gateway':'10.8.0.2'}");
	EXPECT(agent, 204, "DELETE", "/links/@a/v1", NULL);
	EXPECT(agent, 404, "GET", "/links/@a/m1", NULL);
	EXPECT(agent, 404, "GET", "/addresses/@a/m1/10.77.0.1/24", NULL);
	EXPECT(agent, 404, "GET", "/routes/@a/254/10.70.0.0/16", NULL);
	EXPECT(agent, 404, "GET", "/routes/@a/254/10.71.0.0/16", NULL);
}

/* Nothing is asked for by it that was not before. */
static void what_was_read_is_put(const char *url)
{
	struct json_object *object = agent_get(agent, url);
	struct json_object *before = agent_get(agent, "/config"), *after;

	agent_call_extra(agent, &(struct call){ .method = "PUT", .target = url },
			 &(struct call_extra){ json_object_to_json_string(object), 0, NULL });
	after = agent_get(agent, "/config");
	assert_true(json_object_equal(before, after));
	json_object_put(object);
	json_object_put(before);
	json_object_put(after);
}

static void a_veths_other_end_is_changed_by_its_own_url(void **state)
{
	struct json_object *object;

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/links", VETH);
	EXPECT(agent, 200, "PATCH", "/links/@a/v2", "{'mtu':1333,'addresses':['10.9.0.2/24']}");
	follow_until(
		"ip -n @a addr show v2 | grep -q 'mtu 1333' && ip -n @a addr show v2 | grep -q 10.9.0.2/24",
		"patched");
	object = agent_get(agent, "/links/@a/v2");
	assert_string_equal(json_text(object, "/status/state"), "applied");
	json_object_put(object);
	what_was_read_is_put("/links/@a/v2");
	UPSET(agent, "it stays so", "ip -n @a link set v2 mtu 1500", "/links/@a/v1", "repaired",
	      "ip -n @a addr show v2 | grep -q 'mtu 1333'");
	EXPECT(agent, 204, "DELETE", "/links/@a/v2", NULL);
	EXPECT(agent, 404, "GET", "/links/@a/v1", NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, agent_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(owner_and_labels_are_kept_and_filtered),
		CASE(foreign_objects_are_left_alone),
		CASE(what_took_the_place_of_ours_is_left_alone),
		CASE(a_namespace_takes_along_what_was_made_in_it),
		CASE(a_link_takes_along_what_runs_over_it),
		CASE(a_veths_other_end_is_changed_by_its_own_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
