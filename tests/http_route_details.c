/* Routes that lists find by an address, and what routes wrap packets into. */
#include <stdio.h>
#include <string.h>

#include "tests/agent_under_test.h"

static const struct agent *agent;

static const char *best(const char *query)
{
	static char destination[64];
	char target[160];
	struct json_object *list;

	snprintf(target, sizeof(target), "/routes?namespace=@d&contains=%s", query);
	list = agent_get(agent, target);
	assert_true(json_object_array_length(list) < 2);
	snprintf(destination, sizeof(destination), "%s", json_text(list, "/0/destination"));
	json_object_put(list);
	return destination;
}

static void test_contains_is_the_longest_prefix(void **state)
{
	(void)state;
	command_run("ip -n @d route add 10.80.0.0/16 via 10.0.0.2");
	command_run("ip -n @d route add 10.80.1.0/24 via 10.0.0.2 metric 9");
	command_run("ip -n @d route add blackhole 10.80.2.0/24");
	command_run("ip -n @d route add 10.80.0.0/16 via 10.0.0.2 table 77");
	command_run("ip -n @d route add default via 10.0.0.2 table 77");
	assert_string_equal(best("10.80.1.7"), "10.80.1.0/24");
	assert_string_equal(best("10.80.1.7&table=main"), "10.80.1.0/24");
	assert_string_equal(best("10.80.1.7&table=77"), "10.80.0.0/16");
	assert_string_equal(best("10.81.1.7&table=77"), "0.0.0.0/0");
	assert_string_equal(best("10.80.3.7&table=all"), "10.80.0.0/16");
	assert_string_equal(best("10.80.2.7"), "10.80.2.0/24");
	assert_string_equal(best("10.80.2.7&type=unicast"), "");
	assert_string_equal(best("10.80.1.7&device=v1"), "10.80.1.0/24");
	assert_string_equal(best("10.80.1.7&device=v0"), "");
	assert_string_equal(best("10.99.1.7"), "");
	assert_string_equal(best("10.0.0.1&table=all"), "10.0.0.1/32");
	assert_string_equal(best("fd99::1"), "");
	EXPECT(agent, 400, "GET", "/routes?contains=10.0.0.0/8", NULL);
	EXPECT(agent, 400, "GET", "/routes?contains=10.0.0.1&destination=10.0.0.0/8", NULL);
}

/* Skipped where this kernel cannot wrap so. */
static void wraps(const char *route, const char *destination, const char *content)
{
	char text[512];
	struct json_object *list, *wanted = json_tokener_parse(agent_text(content));

	assert_non_null(wanted);
	snprintf(text, sizeof(text), "ip -n @d route add %s %s 2>/dev/null", destination,
		 route);
	if (command_run(text)) {
		printf("SKIP %s\n", route);
	} else {
		snprintf(text, sizeof(text), "/routes?namespace=@d&destination=%s",
			 destination);
		for (int i = 0; i < 2; i++) {
			list = agent_get(agent, i ? "/routes?namespace=@d&type=unicast" : text);
			while (i && strcmp(json_text(list, "/0/destination"), destination))
				json_object_array_del_idx(list, 0, 1);
			if (!json_object_equal(json_at(list, "/0/status/encapsulation"),
					       wanted))
				fail_msg("%s: %s", route,
					 json_text(list, "/0/status/encapsulation"));
			json_object_put(list);
		}
	}
	json_object_put(wanted);
}

static void test_what_routes_wrap_into_is_shown(void **state)
{
	struct json_object *list;

	(void)state;
	command_run("ip -n @d address add fd00::1/64 dev v1 nodad");
	wraps("encap ip id 5 src 10.0.0.1 dst 10.0.0.9 ttl 9 tos 4 key csum via 10.0.0.2",
	      "10.90.0.0/24",
	      "{'type':'ip','id':5,'source':'10.0.0.1','destination':'10.0.0.9','ttl':9,'tos':4,"
	      "'checksum':true,'key':true,'sequence':false}");
	wraps("encap ip6 id 6 src fd00::1 dst fd00::9 hoplimit 9 tc 4 via 10.0.0.2",
	      "10.90.1.0/24",
	      "{'type':'ip6','id':6,'source':'fd00::1','destination':'fd00::9','ttl':9,'tos':4,"
	      "'checksum':false,'key':false,'sequence':false}");
	wraps("encap mpls 100/200 ttl 4 via 10.0.0.2", "10.90.2.0/24",
	      "{'type':'mpls','labels':['100','200'],'ttl':4}");
	wraps("encap seg6 mode encap segs fd00::5,fd00::6 via fd00::2", "fd90::/64",
	      "{'type':'seg6','mode':'encap','segments':['fd00::5','fd00::6']}");
	wraps("encap seg6local action End.X nh6 fd00::7 dev v1", "fd91::1/128",
	      "{'type':'seg6local','action':'End.X','gateway6':'fd00::7'}");
	if (command_run(
		    "ip -n @d route add 10.90.5.0/24 nexthop encap ip id 3 dst 10.0.0.7 via "
		    "10.0.0.2 dev v1 nexthop via 10.0.0.3 dev v1 2>/dev/null"))
		return;
	list = agent_get(agent, "/routes?namespace=@d&destination=10.90.5.0/24");
	assert_string_equal(json_text(list, "/0/status/nexthops/0/encapsulation/id"), "3");
	assert_null(json_at(list, "/0/status/nexthops/1/encapsulation"));
	json_object_put(list);
}

static int setup(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	if (result)
		return result;
	agent_call(agent, &(struct call){ "POST", "/namespaces", "{'name':'@d'}", NULL, NULL });
	agent_call(agent, &(struct call){ "POST", "/links",
					  "{'namespace':'@d','name':'v1','kind':'veth',"
					  "'addresses':['10.0.0.1/24'],'peer':{'name':'v0'}}",
					  NULL, NULL });
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contains_is_the_longest_prefix),
		cmocka_unit_test(test_what_routes_wrap_into_is_shown),
	};

	return cmocka_run_group_tests_name("http_route_details", tests, setup, agent_teardown);
}
