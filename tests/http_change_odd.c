/*
 * PUT and PATCH of what is legal and odd: what others made and nobody could ask
 * for, what must not be lost on the way, and nulls.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/change.h"

static const struct agent *agent;

#define VETH                                                                                    \
	"{'namespace':'@c','name':'v1','kind':'veth','addresses':['10.9.0.1/24','fd09::1/64']," \
	"'peer':{'namespace':'@d','name':'v2','alias':'pal','addresses':['10.9.0.2/24']}}"

static int make_all(void **state)
{
	if (agent_setup(state))
		return -1;
	agent = *state;
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@c'}");
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@d'}");
	EXPECT(agent, 201, "POST", "/links", VETH);
	return 0;
}

static void changes_hold(const struct change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		change_expect(agent, &changes[i]);
}
#define CHANGES_HOLD(changes) changes_hold(changes, sizeof(changes) / sizeof((changes)[0]))

static void run(const char *command)
{
	if (command_run(command))
		fail_msg("%s", agent_text(command));
}

/* The last IPv4 address of a link takes its routes along, and down its IPv6 addresses. */
static void a_change_of_addresses_keeps_the_rest(void **state)
{
	static const struct change changes[] = {
		{ "PUT", "/routes/@c/254/0.0.0.0/0", "{'gateway':'10.9.0.2'}", 201, NULL,
		  NULL },
		{ "PATCH", "/links/@c/v1", "{'addresses':['10.9.0.5/24','fd09::1/48']}", 200,
		  "ip -n @c route | grep -q default && ip -n @c addr show v1 | grep -q fd09::1/48 &&"
		  "! ip -n @c addr show v1 | grep -q '10.9.0.1/24\\|fd09::1/64'",
		  NULL },
		{ "PATCH", "/links/@c/v1", "{'addresses':['10.9.0.1/24','10.9.0.1/24']}", 409,
		  "ip -n @c route | grep -q default && ip -n @c addr show v1 | grep -q fd09::1/48",
		  NULL },
		{ "PATCH", "/links/@c/v1", "{'up':false}", 200,
		  "ip -n @c addr show v1 | grep -q fd09::1/48", NULL },
		{ "PATCH", "/links/@c/v1", "{'up':null}", 200,
		  "ip -n @c addr show v1 | grep -q ,UP.*", NULL },
		{ "PATCH", "/links/@c/v1", "{'mtu':1000}", 409,
		  "ip -n @c addr show v1 | grep -q 'mtu 1500' && ip -n @c addr show v1 | grep -q fd09::1/48",
		  NULL },
		{ "PATCH", "/links/@c/v1", "{'addresses':null}", 200,
		  "! ip -n @c addr show v1 | grep -q 'inet \\|fd09'", NULL },
		{ "PATCH", "/links/@c/v1", "{'addresses':['10.9.0.1/24','fd09::1/64']}", 200,
		  NULL, NULL },
	};

	(void)state;
	CHANGES_HOLD(changes);
}

static void a_null_of_the_other_end_is_heard(void **state)
{
	static const struct change changes[] = {
		{ "PATCH", "/links/@c/v1", "{'peer':{'alias':null,'addresses':null}}", 200,
		  "! ip -n @d addr show v2 | grep -q 'alias\\|10.9.0.2'", NULL },
		{ "PATCH", "/links/@c/v1", "{'peer':{'mtu':null}}", 409, NULL, "/peer/mtu" },
		{ "PATCH", "/links/@c/v1", "{'peer':null}", 409, NULL, "/peer" },
		{ "PATCH", "/links/@c/v1", "{'peer':{'addresses':['10.9.0.2/24']}}", 200,
		  "ip -n @d addr show v2 | grep -q 10.9.0.2", NULL },
	};

	(void)state;
	CHANGES_HOLD(changes);
}

static void what_the_other_end_says_of_the_first_is_so(void **state)
{
	static const struct change changes[] = {
		{ "PATCH", "/links/@d/v2", "{'peer':'v1'}", 422, NULL, "/peer" },
		{ "PATCH", "/links/@d/v2", "{'peer':{'name':'v9'}}", 422, NULL, "/peer/name" },
		{ "PATCH", "/links/@d/v2", "{'peer':{'mtu':1300}}", 422, NULL, "/peer/mtu" },
		{ "PATCH", "/links/@d/v2", "{'kind':'dummy'}", 422, NULL, "/kind" },
		{ "PATCH", "/links/@d/v2",
		  "{'kind':'veth','peer':{'namespace':'@c','name':'v1'},'alias':'second'}", 200,
		  "ip -n @d link show v2 | grep -q 'alias second'", NULL },
		{ "PATCH", "/links/@d/v2", "{'alias':null}", 200,
		  "! ip -n @d link show v2 | grep -q alias", NULL },
		{ "PATCH", "/links/@d/v2", "{'mtu':null}", 409, NULL, "/mtu" },
		{ "PATCH", "/links/@d/v2", "{'alias':'third'}", 200, NULL, NULL },
		{ "PATCH", "/links/@c/v1", "{'peer':{'alias':null}}", 200,
		  "! ip -n @d link show v2 | grep -q alias", NULL },
	};

	(void)state;
	CHANGES_HOLD(changes);
}

static void a_recreated_link_keeps_what_is_not_said(void **state)
{
	static const struct change changes[] = {
		{ "PATCH", "/links/@c/v1?recreate=true", "{'mac':null}", 200,
		  "ip -n @c addr show v1 | grep -q 10.9.0.1/24 && ip -n @d addr show v2 | grep -q 10.9.0.2/24",
		  NULL },
		{ "PUT", "/links/@c/v1?recreate=true", "{'kind':'veth','mac':null}", 422,
		  "ip -n @d addr show v2 | grep -q 10.9.0.2/24", "/peer" },
		{ "PUT", "/links/@c/b1", "{'kind':'bridge','members':['v1']}", 201, NULL,
		  NULL },
		{ "PUT", "/links/@c/b1?recreate=true", "{'kind':'bridge','mac':null}", 200,
		  "ip -n @c link show v1 | grep -q 'master b1'", NULL },
		{ "PATCH", "/links/@c/b1", "{'members':null}", 200,
		  "! ip -n @c link show v1 | grep -q master", NULL },
		{ "DELETE", "/links/@c/b1", NULL, 204, NULL, NULL },
	};

	(void)state;
	CHANGES_HOLD(changes);
}

static void what_cannot_be_made_is_not_deleted(void **state)
{
	static const struct change changes[] = {
		{ "PATCH", "/links/@c/t2?foreign=true&recreate=true", "{'mtu':null}", 409,
		  "ip -n @c link show t2 >/dev/null", NULL },
		{ "PUT", "/links/@c/t2?foreign=true&recreate=true", "{'kind':'bridge'}", 409,
		  "ip -n @c -d link show t2 | grep -q tun", NULL },
		{ "PATCH", "/links/@c/lo?foreign=true&recreate=true", "{'mtu':null}", 409, NULL,
		  NULL },
		{ "PATCH", "/links/@c/t2?foreign=true", "{'mtu':1400}", 200,
		  "ip -n @c link show t2 | grep -q 'mtu 1400'", NULL },
	};

	(void)state;
	if (command_run("ip -n @c tuntap add t2 mode tap 2>/dev/null")) {
		print_message("no tap devices here\n");
		skip();
	}
	CHANGES_HOLD(changes);
}

static pid_t namespace_without_a_name(void)
{
	int ends[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		close(ends[0]);
		if (unshare(CLONE_NEWNET) || write(ends[1], "", 1) != 1)
			_exit(1);
		close(ends[1]);
		pause();
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return pid;
}

static void the_other_end_may_be_where_nobody_sees_it(void **state)
{
	static const struct change changes[] = {
		{ "PATCH", "/links/@c/w1", "{'mtu':1300}", 409, NULL, NULL },
		{ "PATCH", "/links/@c/w1?foreign=true", "{'mtu':1300}", 200,
		  "ip -n @c link show w1 | grep -q 'mtu 1300'", NULL },
		{ "PATCH", "/links/@c/w1?foreign=true",
		  "{'peer':{'namespace':'@d','name':'w9'}}", 409, NULL, "/peer" },
		{ "PATCH", "/links/@c/w1?foreign=true&recreate=true", "{'mac':null}", 409,
		  "ip -n @c link show w1 >/dev/null", NULL },
		{ "DELETE", "/links/@c/w1?foreign=true", NULL, 204, NULL, NULL },
	};
	pid_t pid = namespace_without_a_name();
	char command[96];

	(void)state;
	run("ip -n @c link add w1 type veth peer name w2");
	snprintf(command, sizeof(command), "ip -n @c link set w2 netns %d", (int)pid);
	run(command);
	change_nothing(agent, "/links/@c/w1");
	CHANGES_HOLD(changes);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void bytes_of_an_alias_and_odd_names_stay(void **state)
{
	static const char *const held =
		"ip -n @c link show v1 | od -An -c | tr -d ' \\n' | grep -q 'aliasx377001'";
	const struct change changes[] = {
		{ "PATCH", "/links/@c/v1", "{'mtu':1400}", 200, held, NULL },
		{ "PATCH", "/links/@c/v1", "{'mtu':1500,'alias':'y'}", 200,
		  "ip -n @c link show v1 | grep -q 'alias y'", NULL },
		{ "PATCH", "/links/@c/_%C3%A9", "{'mtu':1400}", 409, NULL, NULL },
		{ "PATCH", "/links/@c/_%C3%A9?foreign=true", "{'mtu':1400}", 200,
		  "ip -n @c link show _\xc3\xa9 | grep -q 'mtu 1400'", NULL },
	};

	(void)state;
	run("ip -n @c link set v1 alias $(printf 'x\\377\\001')");
	change_nothing(agent, "/links/@c/v1");
	run(held);
	run("ip -n @c link add _\xc3\xa9 type veth peer name -f");
	CHANGES_HOLD(changes);
	run("ip -n @c link del _\xc3\xa9");
}

static void routes_of_nexthop_objects_change(void **state)
{
	static const struct change changes[] = {
		{ "PATCH", "/routes/@c/254/10.1.0.0/16", "{'mtu':1300}", 200,
		  "ip -n @c route | grep -q '10.1.0.0/16 nhid 5.*mtu 1300'", NULL },
		{ "PATCH", "/routes/@c/254/10.1.0.0/16", "{'nexthop_id':6}", 200,
		  "ip -n @c route | grep -q '10.1.0.0/16 nhid 6.*mtu 1300'", NULL },
		{ "PATCH", "/routes/@c/254/10.1.0.0/16", "{'gateway':'10.9.0.7'}", 422, NULL,
		  "/gateway" },
		{ "DELETE", "/routes/@c/254/10.1.0.0/16", NULL, 204, NULL, NULL },
	};

	(void)state;
	run("ip -n @c nexthop add id 5 via 10.9.0.2 dev v1 && ip -n @c nexthop add id 6 via 10.9.0.3 dev v1");
	EXPECT(agent, 201, "POST", "/routes",
	       "{'namespace':'@c','destination':'10.1.0.0/16','nexthop_id':5}");
	change_nothing(agent, "/routes/@c/254/10.1.0.0/16");
	CHANGES_HOLD(changes);
}

static void time_that_runs_is_not_in_the_tag(void **state)
{
	static const char *const urls[] = { "/addresses/@c/v1/10.21.0.1/24",
					    "/routes/@c/254/fd21::/32" };
	char tags[2][64];

	(void)state;
	EXPECT(agent, 201, "PUT", urls[0], "{'valid_lifetime_seconds':900}");
	EXPECT(agent, 201, "PUT", urls[1], "{'device':'v1','expires_seconds':900}");
	for (int i = 0; i < 2; i++)
		strcpy(tags[i], EXPECT(agent, 200, "GET", urls[i], NULL)->etag);
	sleep(2);
	for (int i = 0; i < 2; i++)
		assert_string_equal(tags[i], EXPECT(agent, 200, "GET", urls[i], NULL)->etag);
	EXPECT(agent, 204, "DELETE", urls[0], NULL);
	EXPECT(agent, 204, "DELETE", urls[1], NULL);
}

static void a_tunnel_keeps_its_underlay_and_says_what_is_fixed(void **state)
{
	static const struct change changes[] = {
		{ "PATCH", "/tunnels/@c/x1", "{'ttl':5}", 409, NULL, "/ttl" },
		{ "PATCH", "/tunnels/@c/x1?recreate=true", "{'ttl':5}", 200,
		  "ip -n @c -d link show x1 | grep -q 'ttl 5'", NULL },
		{ "PATCH", "/tunnels/@c/x1", "{'ttl':'inherit'}", 409, NULL, "/ttl" },
		/* v2 is another index here, or nothing at all */
		{ "PATCH", "/tunnels/@c/x1?recreate=true", "{'underlay_namespace':null}", 409,
		  "ip -n @c -d link show x1 | grep -q netns", "/device" },
		{ "DELETE", "/tunnels/@c/x1", NULL, 204, NULL, NULL },
	};

	(void)state;
	EXPECT(agent, 201, "POST", "/tunnels",
	       "{'namespace':'@c','name':'x1','kind':'vxlan','vni':7,'ttl':'inherit',"
	       "'remote':'10.9.0.1','underlay_namespace':'@d','device':'v2'}");
	CHANGES_HOLD(changes);
}

static int unmake_all(void **state)
{
	if (!agent)
		return -1;
	EXPECT(agent, 204, "DELETE", "/namespaces/@d", NULL);
	EXPECT(agent, 204, "DELETE", "/namespaces/@c", NULL);
	return agent_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_of_addresses_keeps_the_rest),
		cmocka_unit_test(a_null_of_the_other_end_is_heard),
		cmocka_unit_test(what_the_other_end_says_of_the_first_is_so),
		cmocka_unit_test(a_recreated_link_keeps_what_is_not_said),
		cmocka_unit_test(what_cannot_be_made_is_not_deleted),
		cmocka_unit_test(the_other_end_may_be_where_nobody_sees_it),
		cmocka_unit_test(bytes_of_an_alias_and_odd_names_stay),
		cmocka_unit_test(routes_of_nexthop_objects_change),
		cmocka_unit_test(time_that_runs_is_not_in_the_tag),
		cmocka_unit_test(a_tunnel_keeps_its_underlay_and_says_what_is_fixed),
	};

	return cmocka_run_group_tests(tests, make_all, unmake_all);
}
