/*
 * What somebody else put in the place of ours is his: it is not changed, deleted
 * or brought back, whoever asks; and what becomes ours by adoption is as it was.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/follow.h"

static struct agent *agent;

static int start(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	return result;
}

static void run(const char *command)
{
	if (command_run(command))
		fail_msg("%s", agent_text(command));
}

/* What is done meanwhile, the agent finds only afterwards. */
static void behind_its_back(const char *command)
{
	kill(agent->pid, SIGSTOP);
	run(command);
	kill(agent->pid, SIGCONT);
}

#define BRIDGE "{'namespace':'@f','name':'b1','kind':'bridge','mtu':1400}"
#define REPLACED                                                                   \
	"ip -n @f link del b1 && ip -n @f link add b9 type bridge && ip -n @f link add b1 mtu 1300 type bridge"
#define UNTOUCHED "ip -n @f link show b1 | grep -q 'mtu 1300 .*group default'"

static void the_first_object_of_a_namespace_is_watched(void **state)
{
	(void)state;
	run("ip netns add @f");
	sleep(1);
	EXPECT(agent, 201, "POST", "/links", BRIDGE);
	follow_upset(agent, &(struct upset){ "the first one is deleted", "ip -n @f link del b1",
					     "/links/@f/b1", "repaired",
					     "ip -n @f link show b1 | grep -q 'mtu 1400'", NULL });
}

static void what_stands_in_the_place_of_ours_is_not_changed_or_deleted(void **state)
{
	(void)state;
	run("ip netns add @f");
	EXPECT(agent, 201, "POST", "/links", BRIDGE);
	behind_its_back(REPLACED);
	follow_state(agent, "/links/@f/b1", "retrying");
	EXPECT(agent, 409, "PATCH", "/links/@f/b1", "{'mtu':1500}");
	EXPECT(agent, 409, "POST", "/config/apply",
	       "{'links':[{'namespace':'@f','name':'b1','kind':'bridge','mtu':1500}]}");
	EXPECT(agent, 204, "DELETE", "/links/@f/b1", NULL);
	run(UNTOUCHED);
	follow_state(agent, "/links/@f/b1", "foreign");
}

static void in_another_namespace_of_the_name_nothing_is_ours_by_its_index(void **state)
{
	(void)state;
	run("ip netns add @f");
	EXPECT(agent, 201, "POST", "/links", BRIDGE);
	sleep(1);
	behind_its_back("ip netns del @f && ip netns add @f && "
			"ip -n @f link add b1 mtu 1300 type bridge");
	follow_state(agent, "/links/@f/b1", "retrying");
	run(UNTOUCHED);
}

static void undoing_leaves_what_came_meanwhile(void **state)
{
	(void)state;
	run("ip netns add @f");
	EXPECT(agent, 201, "POST", "/links", BRIDGE);
	EXPECT(agent, 200, "PUT", "/config?confirm_within=60", "{}");
	run("ip -n @f link add b1 mtu 1300 type bridge");
	EXPECT(agent, 204, "POST", "/config/rollback", NULL);
	run(UNTOUCHED);
	follow_state(agent, "/links/@f/b1", "retrying");
}

static void undoing_takes_away_what_was_not_there_before(void **state)
{
	(void)state;
	run("ip netns add @f");
	EXPECT(agent, 201, "POST", "/links", BRIDGE);
	EXPECT(agent, 200, "POST", "/config/apply?confirm_within=60",
	       "{'links':[{'namespace':'@f','name':'b1','kind':'bridge','mtu':1400,'alias':'x'}]}");
	run("ip -n @f link show b1 | grep -q alias");
	EXPECT(agent, 204, "POST", "/config/rollback", NULL);
	run("! ip -n @f link show b1 | grep -q alias");
}

/* Who follows the events has the same picture afterwards. */
static void undoing_is_told(void **state)
{
	struct watch *watch = watch_open(agent, "/events", "");
	const char *place;

	(void)state;
	run("ip netns add @f");
	EXPECT(agent, 422, "PUT", "/config",
	       "{'links':[{'namespace':'@f','name':'b1','kind':'bridge'}],'routes':[{'namespace':"
	       "'@f','destination':'10.2.0.0/16','device':'b1','preferred_source':'9.9.9.9'}]}");
	place = watch_expect(watch, agent_text("'type':'created'"));
	assert_non_null(place);
	place = watch_expect(watch, agent_text("'type':'deleted'"));
	assert_non_null(place);
	watch_close(watch);
}

/* Also the addresses that it has: they carry no mark, and are wanted from now on. */
static void a_link_with_addresses_is_adopted(void **state)
{
	(void)state;
	run("ip netns add @f && ip -n @f link add b1 type bridge && ip -n @f link set b1 up && "
	    "ip -n @f addr add 10.1.0.1/24 dev b1");
	EXPECT(agent, 200, "POST", "/links/@f/b1/adopt", "{}");
	sleep(1);
	follow_upset(agent, &(struct upset){ "its address is deleted",
					     "ip -n @f addr del 10.1.0.1/24 dev b1",
					     "/links/@f/b1", "repaired",
					     "ip -n @f addr show b1 | grep -q 10.1.0.1/24", NULL });
	EXPECT(agent, 200, "PATCH", "/links/@f/b1", "{'mtu':1400}");
}

static void what_is_on_a_link_that_the_kernel_keeps_stays_wanted(void **state)
{
	(void)state;
	run("ip netns add @f && ip -n @f link set lo up");
	EXPECT(agent, 201, "POST", "/addresses",
	       "{'namespace':'@f','link':'lo','address':'10.1.0.1/32'}");
	EXPECT(agent, 409, "DELETE", "/links/@f/lo?foreign=true", NULL);
	follow_state(agent, "/addresses/@f/lo/10.1.0.1/32", "applied");
	run("ip -n @f addr del 10.1.0.1/32 dev lo");
	follow_until("ip -n @f addr show lo | grep -q 10.1.0.1/32", "repaired");
}

static void host_is_given_up_by_a_configuration_and_stays(void **state)
{
	struct json_object *host;
	char body[160];

	(void)state;
	host = agent_get(agent, "/namespaces/host");
	snprintf(body, sizeof(body), "{'namespaces':[{'name':'host','forwarding':%s}]}",
		 json_object_to_json_string(json_at(host, "/forwarding")));
	EXPECT(agent, 200, "PUT", "/config", body);
	EXPECT(agent, 409, "DELETE", "/namespaces/host", NULL);
	EXPECT(agent, 200, "PUT", "/config", "{}");
	EXPECT(agent, 409, "DELETE", "/namespaces/host", NULL);
	json_object_put(host);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, agent_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_first_object_of_a_namespace_is_watched),
		CASE(what_stands_in_the_place_of_ours_is_not_changed_or_deleted),
		CASE(in_another_namespace_of_the_name_nothing_is_ours_by_its_index),
		CASE(undoing_leaves_what_came_meanwhile),
		CASE(undoing_takes_away_what_was_not_there_before),
		CASE(undoing_is_told),
		CASE(a_link_with_addresses_is_adopted),
		CASE(what_is_on_a_link_that_the_kernel_keeps_stays_wanted),
		CASE(host_is_given_up_by_a_configuration_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
