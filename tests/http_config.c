/*
 * The configuration as one document: made whole or not at all, within one owner,
 * on trial, and undone by itself. Truth is what ip(8) says.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/agent_under_test.h"
#include "tests/trace.h"

static struct agent *agent;

/* The needed stands behind those who need it. */
#define ROUTES                                                                   \
	"'routes':[{'namespace':'@a','destination':'default','gateway':'10.9.0.2'}," \
	"{'namespace':'@a','destination':'10.70.0.0/16','device':'x1'}]"
#define TUNNELS(more)                                                                     \
	"'tunnels':[{'namespace':'@a','name':'x1','kind':'vxlan','vni':7,'port':4789,"    \
	"'local':'10.9.0.1','remote':'10.9.0.2','device':'v1'" more ",'addresses':['10.8.0.1/24']}]"
#define LINKS                                                                             \
	"'links':[{'namespace':'@a','name':'m1','kind':'macvlan','device':'v1','mode':'bridge','master':'b1'}," \
	"{'namespace':'@a','name':'b1','kind':'bridge'},"                                 \
	"{'namespace':'@a','name':'v1','kind':'veth','addresses':['10.9.0.1/24'],"        \
	"'peer':{'namespace':'@b','name':'v2','addresses':['10.9.0.2/24']}}]"
#define ADDRESSES "'addresses':[{'namespace':'@a','link':'v1','address':'10.77.0.1/24'}]"
#define NAMESPACES "'namespaces':[{'name':'@a'},{'name':'@b','forwarding':{'ipv4':true}}]"
#define DOCUMENT_WITH(more)                                                               \
	"{" ROUTES "," ADDRESSES "," TUNNELS(more) "," LINKS "," NAMESPACES "}"
#define DOCUMENT DOCUMENT_WITH("")

static bool holds(const char *command)
{
	return command_run(command) == 0;
}

#define ALL_THERE                                                                      \
	"ip -n @a route | grep -q 'default via 10.9.0.2 .*proto 116' &&"               \
	"ip -n @a route | grep -q '10.70.0.0/16 dev x1' &&"                            \
	"ip -n @a addr show v1 | grep -q 10.77.0.1/24 &&"                              \
	"ip -n @a link show m1 | grep -q 'master b1' &&"                               \
	"ip -n @a -d link show x1 | grep -q 'vxlan id 7 .*dev v1' &&"                  \
	"ip -n @b addr show v2 | grep -q 10.9.0.2/24"

static size_t plan_length(const struct reply *reply)
{
	struct json_object *plan = json_at(reply->json, "/plan");

	assert_non_null(plan);
	return json_object_array_length(plan);
}

/* Whether the actions of the plan are just these: "create /namespaces/@a" … in their order. */
static void expect_step(const struct reply *reply, unsigned int index, const char *action,
			const char *self)
{
	char pointer[48];

	snprintf(pointer, sizeof(pointer), "/plan/%u/action", index);
	assert_string_equal(json_text(reply->json, pointer), action);
	snprintf(pointer, sizeof(pointer), "/plan/%u/self", index);
	assert_string_equal(json_text(reply->json, pointer), agent_text(self));
}

static void everything_goes(void)
{
	EXPECT(agent, 200, "PUT", "/config", "{}");
	EXPECT(agent, 200, "PUT", "/config?owner=other", "{}");
	assert_int_equal(agent_count_namespaces(), 0);
}

static unsigned int changes_sent_by(const char *method, const char *target, const char *raw)
{
	const struct call call = { method, target, NULL, NULL, NULL };
	const struct call_extra extra = { .raw_body = raw };
	struct reply *reply;
	struct trace trace;
	unsigned int sent;

	trace_begin(&trace, agent->pid);
	reply = agent_call_extra(agent, &call, &extra);
	sent = trace_end(&trace);
	if (reply->status != 200)
		fail_msg("%s", reply->body);
	assert_int_equal(plan_length(reply), 0);
	return sent;
}

static void a_document_is_made_in_the_order_of_needs_and_then_nothing_is_sent(void **state)
{
	struct reply *reply;
	char *shown;

	(void)state;
	reply = EXPECT(agent, 200, "PUT", "/config", DOCUMENT);
	assert_int_equal(plan_length(reply), 9);
	expect_step(reply, 0, "create", "/namespaces/@a");
	expect_step(reply, 8, "create", "/routes/@a/254/0.0.0.0/0?metric=0&tos=0");
	assert_true(holds(ALL_THERE));
	assert_int_equal(changes_sent_by("PUT", "/config", agent_text(DOCUMENT)), 0);
	reply = EXPECT(agent, 200, "GET", "/config", NULL);
	assert_int_equal(json_object_array_length(json_at(reply->json, "/links")), 3);
	shown = strdup(reply->body);
	assert_int_equal(changes_sent_by("PUT", "/config", shown), 0);
	free(shown);
	everything_goes();
}

static void what_the_document_does_not_have_goes_but_not_what_others_own(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT);
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@a','name':'o1','kind':'bridge','owner':'other'}");
	reply = EXPECT(agent, 409, "PUT", "/config",
		       "{'links':[{'namespace':'@a','name':'o1','kind':'bridge'}]}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/links/0");
	assert_string_equal(json_text(reply->json, "/conflict/self"), agent_text("/links/@a/o1"));
	reply = EXPECT(agent, 422, "PUT", "/config?owner=web",
		       "{'links':[{'namespace':'@a','name':'o2','kind':'bridge','owner':'x'}]}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/links/0/owner");
	reply = EXPECT(agent, 200, "PUT", "/config", "{" TUNNELS("") "," LINKS "," NAMESPACES "}");
	assert_int_equal(plan_length(reply), 3);
	assert_true(holds("! ip -n @a route | grep -q 'proto 116' && ip -n @a link show o1 >/dev/null &&"
			  "! ip -n @a addr show v1 | grep -q 10.77"));
	EXPECT(agent, 200, "PUT", "/config?owner=other", "{}");
	assert_true(holds("! ip -n @a link show o1 2>/dev/null && ip -n @a link show b1 >/dev/null"));
	everything_goes();
}

static void what_stands_in_the_way_and_is_not_ours_is_a_conflict(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT);
	assert_true(holds("ip -n @a link add f1 type bridge"));
	reply = EXPECT(agent, 409, "POST", "/config/apply",
		       "{'links':[{'namespace':'@a','name':'f1','kind':'bridge','stp':true}]}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/links/0");
	assert_true(holds("ip -n @a -d link show f1 | grep -q 'stp_state 0'"));
	EXPECT(agent, 200, "POST", "/links/@a/f1/adopt", "{'labels':{'was':'foreign'}}");
	reply = EXPECT(agent, 200, "POST", "/config/apply",
		       "{'links':[{'namespace':'@a','name':'f1','kind':'bridge','stp':true}]}");
	expect_step(reply, 0, "change", "/links/@a/f1");
	assert_true(holds("ip -n @a -d link show f1 | grep -q 'stp_state 1'"));
	everything_goes();
}

static void apply_adds_and_alters_and_an_unknown_member_changes_nothing(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT);
	reply = EXPECT(agent, 200, "POST", "/config/apply", "{" TUNNELS(",'ttl':33") "}");
	assert_int_equal(plan_length(reply), 1);
	expect_step(reply, 0, "change", "/tunnels/@a/x1");
	assert_string_equal(json_text(reply->json, "/plan/0/members/0"), "ttl");
	assert_true(holds(ALL_THERE " && ip -n @a -d link show x1 | grep -q 'ttl 33'"));
	reply = EXPECT(agent, 422, "POST", "/config/apply",
		       "{" TUNNELS(",'ttl':44,'tll':1") ",'nets':[]}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/nets");
	assert_string_equal(json_text(reply->json, "/errors/1/pointer"), "/tunnels/0/tll");
	assert_true(holds(ALL_THERE " && ip -n @a -d link show x1 | grep -q 'ttl 33'"));
	reply = EXPECT(agent, 422, "POST", "/config/apply",
		       "{'namespaces':[{'name':'@c'},{'name':'@c'}]}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/namespaces/1");
	everything_goes();
}

static void a_failure_on_the_way_undoes_all_and_says_where(void **state)
{
	struct reply *reply;
	char *before;

	(void)state;
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT);
	before = strdup(EXPECT(agent, 200, "GET", "/config", NULL)->body);
	reply = EXPECT(agent, 422, "PUT", "/config",
		       "{'routes':[{'namespace':'@a','destination':'default','gateway':'192.0.2.1'}],"
		       TUNNELS(",'ttl':77") "," LINKS ",'namespaces':[{'name':'@a'},{'name':'@b'},{'name':'@n'}]}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/routes/0/gateway");
	assert_string_equal(json_text(reply->json, "/kernel/message"),
			    "Nexthop has invalid gateway");
	assert_true(plan_length(reply) > 4);
	assert_non_null(json_at(reply->json, "/failed_step"));
	assert_true(holds(ALL_THERE " && ! ip -n @a -d link show x1 | grep -q 'ttl 77' &&"
				    "! test -e /run/netns/@n &&"
				    "ip netns exec @b grep -q 1 /proc/sys/net/ipv4/ip_forward"));
	assert_string_equal(EXPECT(agent, 200, "GET", "/config", NULL)->body, before);
	free(before);
	everything_goes();
}

static void a_dry_run_plans_and_changes_nothing(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 200, "PUT", "/config?dry_run=true", DOCUMENT);
	assert_int_equal(plan_length(reply), 9);
	assert_int_equal(agent_count_namespaces(), 0);
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT);
	reply = EXPECT(agent, 200, "POST", "/config/apply?dry_run=true",
		       "{'tunnels':[{'namespace':'@a','name':'x1','kind':'vxlan','vni':8,'port':4789}]}");
	expect_step(reply, 0, "recreate", "/tunnels/@a/x1");
	assert_true(holds(ALL_THERE));
	EXPECT(agent, 400, "PUT", "/config?dry_run=perhaps", DOCUMENT);
	EXPECT(agent, 400, "PUT", "/config?dry_run=true&confirm_within=5", DOCUMENT);
	everything_goes();
}

/* The links that the new objects need are there, and foreign: they get stand-ins. */
static void a_dry_run_in_a_kernel_tells_its_verdict(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT);
	assert_true(holds("ip -n @a link add f1 type bridge && ip -n @a addr add 10.66.0.1/24 dev f1 &&"
			  "ip -n @a link set f1 up"));
	reply = EXPECT(agent, 200, "POST", "/config/apply?dry_run=kernel",
		       "{'tunnels':[{'namespace':'@a','name':'x2','kind':'vxlan','vni':9,'port':4789,'device':'f1','mtu':1400}],"
		       "'links':[{'namespace':'@a','name':'m2','kind':'macvlan','device':'x2','mode':'bridge'}],"
		       "'routes':[{'namespace':'@a','destination':'10.50.0.0/16','gateway':'10.66.0.9'},"
		       "{'namespace':'@a','destination':'10.51.0.0/16','gateway':'192.0.2.9'}]}");
	assert_int_equal(json_object_get_int(json_at(reply->json, "/refused")), 1);
	expect_step(reply, 0, "create", "/tunnels/@a/x2");
	assert_string_equal(json_text(reply->json, "/plan/0/verdict"), "accepted");
	assert_string_equal(json_text(reply->json, "/plan/2/verdict"), "accepted");
	assert_string_equal(json_text(reply->json, "/plan/3/verdict"), "refused");
	assert_string_equal(json_text(reply->json, "/plan/3/kernel/message"),
			    "Nexthop has invalid gateway");
	assert_true(holds("! ip -n @a link show x2 2>/dev/null && ! ls -a /run/netns | grep -q trial"));
	everything_goes();
}

static void expect_within(const char *command, double seconds)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

	for (int i = 0; i < seconds * 50; i++) {
		if (holds(command))
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("not so after %g s: %s", seconds, agent_text(command));
}

static void what_waits_is_pending_until_it_can_be_made(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 200, "PUT", "/config",
		       "{'tunnels':[{'namespace':'@w','name':'x1','kind':'vxlan','vni':7,'port':4789,'device':'d1'}]}");
	assert_string_equal(json_text(reply->json, "/plan/0/state"), "pending");
	assert_int_equal(json_object_get_int(json_at(reply->json, "/pending")), 1);
	assert_true(holds("ip netns add @w"));
	expect_within("test -e /run/netns/@w", 1);
	reply = EXPECT(agent, 200, "GET", "/tunnels/@w/x1", NULL);
	assert_string_equal(json_text(reply->json, "/status/state"), "pending");
	assert_true(holds("ip -n @w link add d1 type bridge"));
	expect_within("ip -n @w -d link show x1 2>/dev/null | grep -q 'dev d1'", 2);
	EXPECT(agent, 200, "PUT", "/config", "{}");
	assert_true(holds("ip netns del @w"));
}

#define TTL(number) "ip -n @a -d link show x1 | grep -q 'ttl " number "'"

#define STATE(spi)                                                                         \
	"{'spi':" spi                                                                      \
	",'encryption':{'algorithm':'cbc(aes)','key':'00112233445566778899aabbccddeeff'}," \
	"'authentication':{'algorithm':'hmac(sha1)','key':'00112233445566778899aabbccddeeff00112233'}}"

/* GET leaves them out, and what it shows can be put. */
static void secrets_that_are_not_said_are_those_that_are_stored(void **state)
{
	struct json_object *shown, *before, *after;
	struct reply *reply;

	(void)state;
	if (!agent_requires_all_kinds())
		skip();
	EXPECT(agent, 200, "PUT", "/config",
	       "{'namespaces':[{'name':'@a'}],'tunnels':[{'namespace':'@a','name':'y1','kind':'vti',"
	       "'local':'10.9.0.1','remote':'10.9.0.2','key':77,'ipsec':{'inbound':" STATE(
		       "300") ",'outbound':" STATE("301") "}}]}");
	before = agent_get(agent, "/config?secrets=true");
	shown = agent_get(agent, "/config");
	assert_null(strstr(json_object_to_json_string(shown), "00112233"));
	reply = agent_call_extra(
		agent, &(struct call){ .method = "PUT", .target = "/config" },
		&(struct call_extra){ json_object_to_json_string(shown), 0, NULL });
	assert_int_equal(reply->status, 200);
	assert_int_equal(plan_length(reply), 0);
	after = agent_get(agent, "/config?secrets=true");
	assert_true(json_object_equal(before, after));
	json_object_put(before);
	json_object_put(shown);
	json_object_put(after);
	everything_goes();
}

static void what_changes_nothing_waits_for_nothing(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 200, "PUT", "/config?confirm_within=60", "{}");
	assert_null(json_at(reply->json, "/confirm_within_seconds"));
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@a'}");
	everything_goes();
}

static void on_trial(const char *seconds)
{
	char target[64];

	EXPECT(agent, 200, "PUT", "/config", DOCUMENT_WITH(",'ttl':11"));
	snprintf(target, sizeof(target), "/config?confirm_within=%s", seconds);
	EXPECT(agent, 200, "PUT", target, DOCUMENT_WITH(",'ttl':22"));
	assert_true(holds(TTL("22")));
}

static void a_change_on_trial_keeps_others_out_until_it_is_confirmed(void **state)
{
	struct reply *reply;

	(void)state;
	on_trial("60");
	reply = EXPECT(agent, 409, "POST", "/namespaces", "{'name':'@n'}");
	assert_non_null(strstr(json_text(reply->json, "/detail"), " s: POST /config/confirm"));
	EXPECT(agent, 409, "PATCH", "/tunnels/@a/x1", "{'ttl':33}");
	EXPECT(agent, 409, "DELETE", "/tunnels/@a/x1", NULL);
	EXPECT(agent, 409, "PUT", "/config", "{}");
	EXPECT(agent, 200, "PUT", "/config?dry_run=true", "{}");
	EXPECT(agent, 204, "POST", "/config/confirm", NULL);
	EXPECT(agent, 409, "POST", "/config/confirm", NULL);
	EXPECT(agent, 409, "POST", "/config/rollback", NULL);
	assert_true(holds(TTL("22")));
	everything_goes();
}

static void a_change_on_trial_is_undone_by_request_or_by_itself(void **state)
{
	(void)state;
	on_trial("60");
	EXPECT(agent, 204, "POST", "/config/rollback", NULL);
	assert_true(holds(TTL("11") " && " ALL_THERE));
	on_trial("1");
	expect_within(TTL("11") " && " ALL_THERE, 3);
	EXPECT(agent, 409, "POST", "/config/rollback", NULL);
	everything_goes();
}

/* Also what only the trial made, and what it took away. Its time is enough for a start that is slow. */
static void a_change_on_trial_is_undone_though_the_agent_was_killed(void **state)
{
	struct timespec begun, now;

	(void)state;
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT_WITH(",'ttl':11"));
	clock_gettime(CLOCK_MONOTONIC, &begun);
	EXPECT(agent, 200, "PUT", "/config?confirm_within=10",
	       "{" TUNNELS(",'ttl':22") "," LINKS ",'namespaces':[{'name':'@a'},{'name':'@b'},{'name':'@n'}]}");
	sleep(1);
	(void)agent_stop(agent, SIGKILL);
	assert_int_equal(agent_again(agent), 0);
	assert_true(holds(TTL("22") " && test -e /run/netns/@n"));
	EXPECT(agent, 409, "DELETE", "/namespaces/@n", NULL);
	expect_within(TTL("11") " && " ALL_THERE " && ! test -e /run/netns/@n", 12);
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_in_range(now.tv_sec - begun.tv_sec, 9, 13);
	everything_goes();
}

static void killed_after_its_time_is_undone_at_the_next_start(void **state)
{
	(void)state;
	EXPECT(agent, 200, "PUT", "/config", DOCUMENT_WITH(",'ttl':11"));
	EXPECT(agent, 200, "PUT", "/config?confirm_within=1", DOCUMENT_WITH(",'ttl':22"));
	kill(agent->pid, SIGSTOP);
	sleep(2);
	(void)agent_stop(agent, SIGKILL);
	assert_int_equal(agent_again(agent), 0);
	expect_within(TTL("11"), 1);
	everything_goes();
}

static void the_history_says_what_changed_and_not_what_was_undone(void **state)
{
	struct reply *reply;

	(void)state;
	on_trial("60");
	EXPECT(agent, 204, "POST", "/config/rollback", NULL);
	EXPECT(agent, 200, "PATCH", "/tunnels/@a/x1", "{'ttl':44,'learning':false}");
	reply = EXPECT(agent, 200, "GET", "/tunnels/@a/x1/history", NULL);
	assert_string_equal(json_text(reply->json, "/0/action"), "changed");
	assert_string_equal(json_text(reply->json, "/0/members/0"), "ttl");
	assert_string_equal(json_text(reply->json, "/1/action"), "created");
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/x1", NULL);
	reply = EXPECT(agent, 200, "GET", "/tunnels/@a/x1/history", NULL);
	assert_string_equal(json_text(reply->json, "/0/action"), "deleted");
	EXPECT(agent, 404, "GET", "/tunnels/@a/never/history", NULL);
	everything_goes();
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
		cmocka_unit_test(
			a_document_is_made_in_the_order_of_needs_and_then_nothing_is_sent),
		cmocka_unit_test(what_the_document_does_not_have_goes_but_not_what_others_own),
		cmocka_unit_test(what_stands_in_the_way_and_is_not_ours_is_a_conflict),
		cmocka_unit_test(apply_adds_and_alters_and_an_unknown_member_changes_nothing),
		cmocka_unit_test(a_failure_on_the_way_undoes_all_and_says_where),
		cmocka_unit_test(a_dry_run_plans_and_changes_nothing),
		cmocka_unit_test(a_dry_run_in_a_kernel_tells_its_verdict),
		cmocka_unit_test(what_waits_is_pending_until_it_can_be_made),
		cmocka_unit_test(secrets_that_are_not_said_are_those_that_are_stored),
		cmocka_unit_test(what_changes_nothing_waits_for_nothing),
		cmocka_unit_test(a_change_on_trial_keeps_others_out_until_it_is_confirmed),
		cmocka_unit_test(a_change_on_trial_is_undone_by_request_or_by_itself),
		cmocka_unit_test(a_change_on_trial_is_undone_though_the_agent_was_killed),
		cmocka_unit_test(killed_after_its_time_is_undone_at_the_next_start),
		cmocka_unit_test(the_history_says_what_changed_and_not_what_was_undone),
	};

	return cmocka_run_group_tests(tests, setup, agent_teardown);
}
