/*
 * Objects that wait for what they need, objects that cannot be, and that nobody
 * else is held up by them.
 */
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

/* ---- what waits ---- */

static void is_pending(const char *url)
{
	struct json_object *object = agent_get(agent, url);

	assert_string_equal(json_text(object, "/status/state"), "pending");
	assert_true(json_text(object, "/status/reason")[0]);
	json_object_put(object);
}

/* Each with what it waits for not there: refused, unless it may wait. */
static void post_pending(const char *collection, const char *body, const char *url)
{
	bool gateway = strstr(body, "gateway") != NULL;
	char target[64];
	struct reply *reply;

	reply = agent_call(
		agent, &(struct call){ .method = "POST", .target = collection, .body = body });
	if (reply->status != (gateway ? 422 : 409) && reply->status != 409)
		fail_msg("%s: %ld %s", agent_text(body), reply->status, reply->body);
	snprintf(target, sizeof(target), "%s?pending=true", collection);
	reply = POST(201, target, body);
	if (strcmp(json_text(reply->json, "/status/state"), "retrying") || !gateway)
		is_pending(url);
}

static const struct {
	const char *collection, *body, *url;
} waiting[] = {
	{ "/links", VETH, "/links/@a/v1" },
	{ "/links", "{'namespace':'@a','name':'m1','kind':'macvlan','device':'v1'}",
	  "/links/@a/m1" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'x1','kind':'vxlan','vni':7,'port':4789,'local':'10.9.0.1','remote':'10.9.0.2','device':'v1'}",
	  "/tunnels/@a/x1" },
	{ "/addresses", "{'namespace':'@a','link':'v1','address':'10.77.0.1/24'}",
	  "/addresses/@a/v1/10.77.0.1/24" },
	{ "/routes", "{'namespace':'@a','destination':'10.70.0.0/16','device':'v1'}",
	  "/routes/@a/254/10.70.0.0/16" },
	{ "/routes", "{'namespace':'@a','destination':'default','gateway':'10.9.0.2'}",
	  "/routes/@a/254/0.0.0.0/0" },
};
enum { WAITING = sizeof(waiting) / sizeof(waiting[0]) };

#define ALL                                                                           \
	"ip -n @a addr show v1 | grep -q 10.77.0.1/24 && ip -n @a link show m1 && "   \
	"ip -n @a link show x1 && ip -n @a route | grep -q '10.70.0.0/16 dev v1' && " \
	"ip -n @a route | grep -q 'default via 10.9.0.2'"

static void expect_states(const char *state)
{
	for (int i = 0; i < WAITING; i++)
		follow_state(agent, waiting[i].url, state);
}

static void what_waits_is_applied_when_a_foreign_namespace_appears(void **state)
{
	(void)state;
	for (int i = 0; i < WAITING; i++)
		post_pending(waiting[i].collection, waiting[i].body, waiting[i].url);
	UPSET(agent, "its namespace appears", "ip netns add @a", "/tunnels/@a/x1", "applied",
	      ALL);
	expect_states("applied");
	UPSET(agent, "and goes", "ip netns del @a", "/tunnels/@a/x1", "pending", NULL);
	expect_states("pending");
	UPSET(agent, "and comes again", "ip netns add @a", "/tunnels/@a/x1", "applied", ALL);
	expect_states("applied");
	EXPECT(agent, 409, "DELETE", "/namespaces/@a", NULL);
	command_run("ip netns del @a");
	expect_states("pending");
	for (int i = WAITING - 1; i >= 0; i--)
		EXPECT(agent, 204, "DELETE", waiting[i].url, NULL);
	for (int i = WAITING - 1; i >= 0; i--)
		EXPECT(agent, 404, "GET", waiting[i].url, NULL);
}

static void what_waits_is_applied_when_a_foreign_link_appears(void **state)
{
	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	for (int i = 1; i < WAITING; i++)
		post_pending(waiting[i].collection, waiting[i].body, waiting[i].url);
	UPSET(agent, "its link appears",
	      "ip -n @a link add v1 type veth peer name v2 && ip -n @a link set v2 up && "
	      "ip -n @a addr add 10.9.0.1/24 dev v1 && ip -n @a link set v1 up",
	      "/tunnels/@a/x1", "applied", ALL);
	for (int i = 1; i < WAITING; i++)
		follow_state(agent, waiting[i].url, "applied");
	UPSET(agent, "its link goes", "ip -n @a link del v1", "/tunnels/@a/x1", "pending",
	      NULL);
	for (int i = 1; i < WAITING; i++)
		follow_state(agent, waiting[i].url, i == WAITING - 1 ? "retrying" : "pending");
}

static void what_waits_is_applied_when_the_agent_makes_what_it_needs(void **state)
{
	(void)state;
	for (int i = WAITING - 1; i > 0; i--)
		post_pending(waiting[i].collection, waiting[i].body, waiting[i].url);
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/links", VETH);
	follow_until(ALL, "applied");
	expect_states("applied");
	EXPECT(agent, 204, "DELETE", "/namespaces/@a", NULL);
	/* What may wait, waits; the link was made with its namespace. */
	EXPECT(agent, 404, "GET", "/links/@a/v1", NULL);
	for (int i = 1; i < WAITING; i++)
		follow_state(agent, waiting[i].url, "pending");
}

static void a_tunnel_waits_for_its_underlays_namespace(void **state)
{
	struct reply *reply;

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	assert_int_equal(command_run("ip netns add @c"), 0);
	reply = agent_call(
		agent,
		&(struct call){
			.method = "POST",
			.target = "/tunnels?pending=true",
			.body = "{'namespace':'@a','name':'q1','kind':'vxlan','vni':9,'port':4790,'remote':'10.9.0.1','underlay_namespace':'@c'}" });
	assert_int_equal(reply->status, 201);
	assert_string_equal(json_text(reply->json, "/status/state"), "applied");
	UPSET(agent, "the underlay's namespace goes", "ip netns del @c", "/tunnels/@a/q1",
	      "pending", NULL);
	is_pending("/tunnels/@a/q1");
	UPSET(agent, "the underlay's namespace comes again", "ip netns add @c",
	      "/tunnels/@a/q1", "applied", "ip -n @a -d link show q1 | grep -q 'id 9'");
	command_run("ip netns del @c");
}

static void a_veths_other_end_is_wanted_once(void **state)
{
	(void)state;
	POST(201, "/links?pending=true",
	     "{'namespace':'@a','name':'v1','kind':'veth','peer':{'name':'v2'}}");
	POST(409, "/links?pending=true",
	     "{'namespace':'@a','name':'w1','kind':'veth','peer':{'name':'v2'}}");
	POST(409, "/links?pending=true", "{'namespace':'@a','name':'v2','kind':'bridge'}");
	EXPECT(agent, 200, "PATCH", "/links/@a/v1", "{'mtu':1400}");
	assert_int_equal(command_run("ip netns add @a"), 0);
	follow_state(agent, "/links/@a/v2", "applied");
	assert_int_equal(command_run("ip netns del @a"), 0);
}

/* ---- what cannot be ---- */

static void one_that_cannot_be_holds_up_nobody(void **state)
{
	struct json_object *object;

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/links", VETH);
	POST(201, "/routes", "{'namespace':'@a','destination':'default','gateway':'10.9.0.2'}");
	POST(201, "/links", "{'namespace':'@a','name':'br1','kind':'bridge'}");
	POST(201, "/links", "{'namespace':'@a','name':'br2','kind':'bridge'}");
	UPSET(agent, "another's link in its place",
	      "ip -n @a link del br1; ip -n @a link add br1 type veth peer name z1; ip -n @a link del br2; true",
	      "/links/@a/br2", "repaired", "ip -n @a link show br2");
	/* Either was first. */
	if (!command_run("ip -n @a link show z1 2>/dev/null")) {
		follow_state(agent, "/links/@a/br1", "retrying");
		object = agent_get(agent, "/links/@a/br1");
		assert_non_null(strstr(json_text(object, "/status/reason"), "in its place"));
		json_object_put(object);
		assert_int_equal(command_run("ip -n @a link del br2"), 0);
		follow_until("ip -n @a link show br2", "repaired beside it");
		UPSET(agent, "it goes again", "ip -n @a link del br1", "/links/@a/br1",
		      "applied", "ip -n @a -d link show br1 | grep -q bridge");
	}
	UPSET(agent, "a gateway that is reached no more",
	      "ip -n @a link set v2 down; ip -n @a addr add 10.9.0.1/32 dev br1; ip -n @a addr del 10.9.0.1/24 dev v1; ip -n @a link del br2; true",
	      NULL, NULL, "ip -n @a link show br2 && ip -n @a route | grep -q default");
}

static void an_unreachable_gateway_is_retried_with_a_reason(void **state)
{
	struct json_object *object;

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	assert_int_equal(
		command_run(
			"ip -n @a link add f1 type veth peer name f2 && ip -n @a link set f2 up && "
			"ip -n @a addr add 10.5.0.1/24 dev f1 && ip -n @a link set f1 up"),
		0);
	POST(201, "/routes",
	     "{'namespace':'@a','destination':'10.50.0.0/16','gateway':'10.5.0.2'}");
	POST(201, "/links", "{'namespace':'@a','name':'br2','kind':'bridge'}");
	assert_int_equal(command_run("ip -n @a addr del 10.5.0.1/24 dev f1"), 0);
	follow_state(agent, "/routes/@a/254/10.50.0.0/16", "retrying");
	object = agent_get(agent, "/routes/@a/254/10.50.0.0/16");
	assert_true(json_text(object, "/status/reason")[0]);
	json_object_put(object);
	UPSET(agent, "beside it", "ip -n @a link del br2", "/links/@a/br2", "repaired",
	      "ip -n @a link show br2");
	sleep(3);
	UPSET(agent, "the gateway is reached again", "ip -n @a addr add 10.5.0.1/24 dev f1",
	      "/routes/@a/254/10.50.0.0/16", "applied",
	      "ip -n @a route | grep -q 10.50.0.0/16");
}

static void who_keeps_undoing_is_told_of(void **state)
{
	struct watch *watch;
	struct json_object *object;

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/links", "{'namespace':'@a','name':'br1','kind':'bridge'}");
	watch = watch_open(agent, "/events", "Accept: application/x-ndjson\r\n");
	for (int i = 0; i < 60 && !strstr(watch->text, "contested"); i++) {
		command_run("ip -n @a link del br1 2>/dev/null");
		watch_some(watch, 100);
	}
	assert_non_null(strstr(watch->text, "contested"));
	watch_close(watch);
	object = agent_get(agent, "/links/@a/br1");
	assert_true(json_object_get_boolean(json_at(object, "/status/contested")));
	json_object_put(object);
	/* And it comes back in spite of it, a little later. */
	for (int i = 0; i < 100 && command_run("ip -n @a link show br1 2>/dev/null"); i++)
		usleep(100 * 1000);
	assert_int_equal(command_run("ip -n @a link show br1"), 0);
}

/* ---- lists ---- */

static size_t count_of(const char *target)
{
	struct json_object *list = agent_get(agent, target);
	size_t count = json_object_array_length(list);

	json_object_put(list);
	return count;
}

static void lists_show_what_the_kernel_lacks(void **state)
{
	static const char *const queries[] = { "", "?state=pending", "?namespace=@a",
					       "?owner=default" };
	char target[64];

	(void)state;
	for (int i = 0; i < WAITING; i++)
		post_pending(waiting[i].collection, waiting[i].body, waiting[i].url);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		snprintf(target, sizeof(target), "/tunnels%s", queries[i]);
		assert_int_equal(count_of(target), 1);
		snprintf(target, sizeof(target), "/routes%s", queries[i]);
		assert_int_equal(count_of(target), 2);
	}
	assert_int_equal(count_of("/links?state=pending"), 3);
	assert_int_equal(count_of("/links?state=pending&kind=veth"), 1);
	assert_int_equal(count_of("/addresses?state=pending"), 1);
	assert_int_equal(count_of("/routes?state=pending&destination=default"), 1);
	assert_int_equal(count_of("/routes?state=pending&table=77"), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, agent_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_waits_is_applied_when_a_foreign_namespace_appears),
		CASE(what_waits_is_applied_when_a_foreign_link_appears),
		CASE(what_waits_is_applied_when_the_agent_makes_what_it_needs),
		CASE(a_tunnel_waits_for_its_underlays_namespace),
		CASE(a_veths_other_end_is_wanted_once),
		CASE(one_that_cannot_be_holds_up_nobody),
		CASE(an_unreachable_gateway_is_retried_with_a_reason),
		CASE(who_keeps_undoing_is_told_of),
		CASE(lists_show_what_the_kernel_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
