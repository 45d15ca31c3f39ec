/*
 * The agent's end and its next start: what is right is not touched, what is gone
 * comes back, a store that cannot be trusted is said so, and one that is lost is
 * filled from the marks in the kernel.
 */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/follow.h"
#include "tests/trace.h"

static struct agent *agent;
static char output[8192];

#define STATE(spi)                                                                         \
	"{'spi':" spi                                                                      \
	",'encryption':{'algorithm':'cbc(aes)','key':'00112233445566778899aabbccddeeff'}," \
	"'authentication':{'algorithm':'hmac(sha1)','key':'00112233445566778899aabbccddeeff00112233'}}"

static const struct wanted_object scene[] = {
	{ "/namespaces", "{'name':'@a','forwarding':{'ipv4':true}}" },
	{ "/namespaces", "{'name':'@b'}" },
	{ "/links",
	  "{'namespace':'@a','name':'v1','kind':'veth','addresses':['10.9.0.1/24','fd09::1/64'],"
	  "'peer':{'namespace':'@b','name':'v2','mtu':1450,'addresses':['10.9.0.2/24']}}" },
	{ "/links", "{'namespace':'@a','name':'br1','kind':'bridge'}" },
	{ "/links",
	  "{'namespace':'@a','name':'p1','kind':'veth','master':'br1','peer':{'namespace':'@a','name':'p2'}}" },
	{ "/links",
	  "{'namespace':'host','name':'hb1','kind':'bridge','addresses':['10.5.0.1/24']}" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'x1','kind':'vxlan','vni':7,'port':4789,'local':'10.9.0.1',"
	  "'remote':'10.9.0.2','device':'v1','addresses':['10.8.0.1/24']}" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'t1','kind':'ipip','local':'10.9.0.1','remote':'10.9.0.2',"
	  "'addresses':[{'address':'10.6.0.1','peer':'10.6.0.2'}]}" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'y1','kind':'vti','local':'10.9.0.1','remote':'10.9.0.2',"
	  "'key':77,'ipsec':{'inbound':" STATE("300") ",'outbound':" STATE("301") "}}" },
	{ "/addresses", "{'namespace':'@a','link':'br1','address':'10.77.0.1/24'}" },
	{ "/routes", "{'namespace':'@a','destination':'default','gateway':'10.9.0.2'}" },
	{ "/routes", "{'namespace':'@a','destination':'fd70::/32','gateway':'fd09::2'}" },
	{ "/routes",
	  "{'namespace':'@a','destination':'10.71.0.0/16','device':'x1','table':77}" },
	{ "/routes", "{'namespace':'host','destination':'10.55.0.0/16','gateway':'10.5.0.2'}" },
	{ "/rules",
	  "{'namespace':'@a','priority':77,'not':true,'source':'10.71.0.0/16','table':77}" },
	{ "/rules",
	  "{'namespace':'@a','priority':78,'family':'ipv6','action':'goto','goto_priority':32766}" },
	{ "/neighbors",
	  "{'namespace':'@a','link':'v1','address':'10.9.0.9','mac':'02:00:5e:00:53:09'}" },
	{ "/neighbors", "{'namespace':'@a','link':'br1','address':'fd77::9','proxy':true}" },
	{ "/links?pending=true", "{'namespace':'@z','name':'br9','kind':'bridge'}" },
	{ NULL, NULL },
};

#define ALL                                                                                                  \
	"ip -n @b addr show v2 | grep -q 10.9.0.2/24 && ip -n @a route | grep -q 'default via 10.9.0.2' && " \
	"ip -n @a -6 route | grep -q fd70::/32 && ip -n @a route show table 77 | grep -q 'dev x1' && "       \
	"ip -n @a addr show br1 | grep -q 10.77.0.1/24 && ip -n @a link show p1 | grep -q 'master br1' && "  \
	"ip -n @a rule show | grep -q '^77:.not from 10.71.0.0/16 lookup 77 proto' && "                       \
	"ip -n @a -6 rule show | grep -q '^78:.*goto 32766 proto' && "                                       \
	"ip -n @a neigh | grep -q '10.9.0.9 dev v1 lladdr 02:00:5e:00:53:09 PERMANENT proto 116' && "        \
	"ip -n @a neigh show proxy | grep -q 'fd77::9 dev br1' && "                                          \
	"ip route | grep -q '10.55.0.0/16 via 10.5.0.2'"

static int start(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	return result;
}

static int end(void **state)
{
	int result = agent_teardown(state);

	command_run("ip link del hb1 2>/dev/null");
	return result;
}

static void make(void)
{
	follow_make(agent, scene);
	assert_int_equal(command_run(ALL), 0);
}

static void again(void)
{
	if (agent_again(agent))
		fail_msg("the agent does not start again");
}

static void forget_all(void)
{
	assert_int_equal(command_run("ip link del hb1; ip netns del @a; ip netns del @b"), 0);
	usleep(200 * 1000); /* links go with their namespace a moment later */
}

/* ---- what is right ---- */

static void trace_start(int (*run)(struct agent *agent))
{
	const char *real = getenv("TUNNELD") ? getenv("TUNNELD") : "./tunneld";
	char path[96], before[4096], command[sizeof(before) + 512];

	snprintf(before, sizeof(before), "%s", real);
	snprintf(path, sizeof(path), "%s/traced", agent->folder);
	/* LeakSanitizer cannot work in a process that is traced. */
	snprintf(
		command, sizeof(command),
		"printf '#!/bin/sh\\nexport ASAN_OPTIONS=detect_leaks=0\\nexec strace -D -f -e trace=sendto,sendmsg -o %s/trace %s \"$@\"\\n' "
		">%s && chmod +x %s",
		agent->folder, before, path, path);
	assert_int_equal(system(command), 0);
	setenv("TUNNELD", path, 1);
	if (run(agent))
		fail_msg("the agent does not start under strace");
	setenv("TUNNELD", before, 1);
}

static void a_restart_changes_nothing(void **state)
{
	char path[96];
	FILE *log;

	(void)state;
	make();
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	assert_int_equal(command_run(ALL), 0);
	trace_start(agent_again);
	assert_int_equal(command_run(ALL), 0);
	follow_state(agent, "/links/@z/br9", "pending");
	follow_state(agent, "/tunnels/@a/x1", "applied");
	usleep(300 * 1000);
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	snprintf(path, sizeof(path), "%s/trace", agent->folder);
	usleep(100 * 1000); /* the tracer ends last */
	log = fopen(path, "re");
	assert_non_null(log);
	assert_int_equal(trace_count(log), 0);
	fclose(log);
	again();
}

static void after_a_kill_everything_is_known(void **state)
{
	struct json_object *before, *after;

	(void)state;
	make();
	before = agent_get(agent, "/tunnels/@a/x1");
	agent_stop(agent, SIGKILL);
	again();
	after = agent_get(agent, "/tunnels/@a/x1");
	json_object_object_del(before, "status");
	json_object_object_del(after, "status");
	assert_true(json_object_equal(before, after));
	json_object_put(before);
	json_object_put(after);
	assert_int_equal(command_run(ALL), 0);
}

/* ---- what is gone ---- */

static void after_a_reboot_everything_is_back_in_one_pass(void **state)
{
	(void)state;
	make();
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	forget_all();
	again();
	/* It answers when the first pass is over. */
	assert_int_equal(command_run(ALL), 0);
	assert_int_equal(
		command_run("ip netns exec @a sysctl -n net.ipv4.ip_forward | grep -q 1"), 0);
	follow_state(agent, "/links/@z/br9", "pending");
	EXPECT(agent, 200, "GET", "/namespaces/@a", NULL);
	EXPECT(agent, 200, "PATCH", "/namespaces/@a", "{'labels':{'a':'b'}}");
}

static void what_was_altered_meanwhile_is_right_again(void **state)
{
	(void)state;
	make();
	agent_stop(agent, SIGKILL);
	assert_int_equal(
		command_run(
			"ip -n @a link del x1; ip -n @b link set v2 mtu 1400; ip -n @a route flush proto 116; "
			"ip -n @a link set p1 nomaster; ip link del hb1"),
		0);
	again();
	assert_int_equal(command_run(ALL " && ip -n @b link show v2 | grep -q 'mtu 1450'"), 0);
}

/* ---- two at once ---- */

static void a_second_agent_is_refused(void **state)
{
	(void)state;
	assert_int_equal(agent_once(agent, "", output, sizeof(output)), 1);
	assert_non_null(strstr(output, "another tunneld uses"));
	assert_int_equal(agent_once(agent, "--flush", output, sizeof(output)), 1);
	assert_non_null(strstr(output, "another tunneld uses"));
	assert_int_equal(agent_once(agent, "--check-store", output, sizeof(output)), 0);
	EXPECT(agent, 200, "GET", "/healthz", NULL);
}

/* ---- the store ---- */

static void sql(const char *statement)
{
	char path[96];
	sqlite3 *database;

	snprintf(path, sizeof(path), "%s/tunneld.db", agent->folder);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
}

/* In the folder of the store. */
static void in_folder(const char *command)
{
	char text[512];

	snprintf(text, sizeof(text), "cd %s && { %s; } >/dev/null 2>&1", agent->folder,
		 command);
	if (system(text))
		fail_msg("%s", text);
}

static void is_refused(const char *what, const char *words)
{
	int status = agent_once(agent, "", output, sizeof(output));

	if (status != 1 || !strstr(output, words))
		fail_msg("%s: status %d: %s", what, status, output);
	/* Nothing was lost by trying. */
	assert_int_equal(command_run(ALL), 0);
}

static const struct {
	const char *name, *command, *words;
} damages[] = {
	{ "cut in a page", "truncate -s 5000 tunneld.db", "damaged" },
	{ "cut in the header", "truncate -s 60 tunneld.db", "damaged" },
	{ "garbage at the beginning",
	  "head -c 4096 /dev/urandom | dd of=tunneld.db conv=notrunc", "damaged" },
	{ "garbage in the middle",
	  "head -c 12000 /dev/urandom | dd of=tunneld.db conv=notrunc bs=1 seek=4096",
	  "damaged" },
	{ "a text",
	  "echo 'this is no database, but a text that is long enough for a header of a hundred bytes or so; it really is' >tunneld.db",
	  "damaged" },
	{ "read-only", "mount --bind . . && mount -o remount,ro,bind .", "ead-only" },
	{ "a folder in its place", "rm tunneld.db && mkdir tunneld.db", "tunneld.db" },
};

static void a_store_that_cannot_be_trusted_is_an_error(void **state)
{
	(void)state;
	make();
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	in_folder("cp tunneld.db good.db");
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		in_folder(damages[i].command);
		is_refused(damages[i].name, damages[i].words);
		in_folder(
			"cd / && umount \"$OLDPWD\"; cd \"$OLDPWD\" && rm -rf tunneld.db*; cp good.db tunneld.db");
	}
	sql("PRAGMA user_version=99");
	is_refused("a newer one", "newer tunneld");
	in_folder("rm -rf tunneld.db*");
	sql("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
	is_refused("a foreign one", "is not a store of tunneld");
	in_folder("rm -rf tunneld.db*; cp good.db tunneld.db");
	sql("UPDATE objects SET type='odd' WHERE type='route'");
	is_refused("an unknown type", "unknown type");
	in_folder("rm -rf tunneld.db*; cp good.db tunneld.db");
	assert_int_equal(agent_once(agent, "--check-store", output, sizeof(output)), 0);
	again();
	follow_state(agent, "/tunnels/@a/x1", "applied");
}

static void a_lost_store_is_filled_from_the_marks(void **state)
{
	(void)state;
	make();
	assert_int_equal(
		command_run(
			"ip -n @a link add f1 type bridge && ip -n @a route add 10.99.0.0/16 via 10.9.0.2"),
		0);
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	in_folder("rm -f tunneld.db*");
	again();
	assert_int_equal(command_run(ALL), 0);
	for (int i = 0; i < 2; i++) {
		follow_state(agent, "/links/@a/v1", "applied");
		follow_state(agent, "/links/@b/v2", "applied");
		follow_state(agent, "/tunnels/@a/x1", "applied");
		follow_state(agent, "/routes/@a/254/0.0.0.0/0", "applied");
		follow_state(agent, "/routes/@a/77/10.71.0.0/16", "applied");
		follow_state(agent, "/namespaces/@a", "foreign");
		follow_state(agent, "/links/@a/f1", "foreign");
		follow_state(agent, "/routes/@a/254/10.99.0.0/16", "foreign");
		agent_stop(agent, SIGKILL);
		again();
	}
	follow_upset(agent,
		     &(struct upset){ "a veth that was taken over", "ip -n @b link del v2",
				      "/links/@", "repaired", ALL, NULL });
	if (follow_has("vti"))
		follow_upset(agent,
			     &(struct upset){
				     "a vti that was taken over", "ip -n @a link del y1",
				     "/tunnels/@a/y1", "repaired",
				     "ip -n @a xfrm state | grep -q 'spi 0x0000012c'", NULL });
}

static void a_store_that_was_not_filled_is_filled_at_the_next_start(void **state)
{
	(void)state;
	make();
	(void)agent_stop(agent, SIGKILL);
	sql("DELETE FROM objects; DELETE FROM settings"); /* died right after it was made */
	again();
	follow_state(agent, "/links/@a/v1", "applied");
	EXPECT(agent, 204, "DELETE", "/links/@a/v1", NULL);
	(void)agent_stop(agent, SIGKILL);
	again();
	EXPECT(agent, 404, "GET", "/links/@a/v1", NULL);
}

/* The next change, which can be written, does not make the failed one stand. */
static void what_the_store_could_not_undo_is_undone_before_the_next_change(void **state)
{
	(void)state;
	sql("CREATE TRIGGER broken BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'no'); END");
	EXPECT(agent, 500, "POST", "/routes",
	       "{'namespace':'host','destination':'10.98.1.0/24','gateway':'10.98.2.1'}");
	EXPECT(agent, 500, "POST", "/namespaces", "{'name':'@b'}");
	sql("DROP TRIGGER broken");
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@b'}");
	(void)agent_stop(agent, SIGKILL);
	again();
	EXPECT(agent, 404, "GET", "/routes/host/254/10.98.1.0/24", NULL);
	follow_state(agent, "/namespaces/@b", "applied");
}

/* What is not safe is not told to be; and a start takes it for what was under way. */
static void what_is_not_safe_is_undone_by_the_next_start(void **state)
{
	(void)state;
	sql("CREATE TRIGGER broken BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'no'); END");
	EXPECT(agent, 503, "POST", "/namespaces", "{'name':'@a'}");
	(void)agent_stop(agent, SIGKILL);
	sql("DROP TRIGGER broken");
	again();
	EXPECT(agent, 404, "GET", "/namespaces/@a", NULL);
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@a'}");
}

static void flush_removes_ours_and_only_ours(void **state)
{
	(void)state;
	make();
	assert_int_equal(
		command_run(
			"ip netns add @f && ip -n @a link add f1 type bridge && ip -n @f link add f1 type bridge && "
			"ip link add hf1 type bridge && ip route add blackhole 10.98.0.0/16"),
		0);
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	if (agent_once(agent, "--flush", output, sizeof(output)))
		fail_msg("%s", output);
	assert_non_null(strstr(output, ", 0 kept"));
	assert_int_equal(agent_count_namespaces(), 1);
	assert_int_equal(
		command_run(
			"ip -n @f link show f1 && ip link show hf1 && ip route | grep -q 10.98.0.0/16 && "
			"! ip link show hb1 2>/dev/null && ! ip route | grep -q 10.55"),
		0);
	again();
	EXPECT(agent, 404, "GET", "/links/@a/v1", NULL);
	EXPECT(agent, 404, "GET", "/links/@z/br9", NULL);
	command_run("ip netns del @f; ip link del hf1; ip route del blackhole 10.98.0.0/16");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_restart_changes_nothing),
		CASE(after_a_kill_everything_is_known),
		CASE(after_a_reboot_everything_is_back_in_one_pass),
		CASE(what_was_altered_meanwhile_is_right_again),
		CASE(a_second_agent_is_refused),
		CASE(a_store_that_cannot_be_trusted_is_an_error),
		CASE(a_lost_store_is_filled_from_the_marks),
		CASE(a_store_that_was_not_filled_is_filled_at_the_next_start),
		CASE(what_the_store_could_not_undo_is_undone_before_the_next_change),
		CASE(what_is_not_safe_is_undone_by_the_next_start),
		CASE(flush_removes_ours_and_only_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
