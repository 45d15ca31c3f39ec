/*
 * Conditional and kept answers: a list has a tag as long as nothing in it runs by
 * itself, a 304 asks the kernel nothing, and no answer is older than what ip(8) was
 * told to be done. Events seen in the kernel go on from a list's tag.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/watch.h"

enum { ROUNDS = 600, HAMMERS = 3 };

static const struct agent *agent;

static void must(const char *command)
{
	if (command_run(command))
		fail_msg("failed: %s", agent_text(command));
}

/* Their own IPv6 addresses come of age a second or two after they are up. */
static void wait_for_addresses(const char *namespace)
{
	char command[256];

	snprintf(
		command, sizeof(command),
		"for i in $(seq 50); do ip -n %s address show tentative | grep -q . || exit 0; "
		"sleep 0.1; done; exit 1",
		namespace);
	must(command);
}

static int scene_setup(void **state)
{
	if (watch_setup(state))
		return -1;
	agent = *state;
	must("ip netns add @a && ip netns add @b && ip -n @a link set lo up && "
	     "ip -n @b link set lo up && "
	     "ip -n @a link add v0 type veth peer name v1 netns @b && "
	     "ip -n @a link set v0 up && ip -n @b link set v1 up && "
	     "ip -n @a address add 192.0.2.1/24 dev v0 && "
	     "ip -n @a route add 198.51.100.0/24 via 192.0.2.9");
	wait_for_addresses("@a");
	wait_for_addresses("@b");
	return 0;
}

static int scene_teardown(void **state)
{
	(void)command_run("ip netns del @a; ip netns del @b");
	return watch_teardown(state);
}

/* ---- asking ---- */

/* The tag of a list is in a buffer that is used again, "" where there is none. */
static const char *tag_of(const char *target)
{
	static char tag[64];

	snprintf(tag, sizeof(tag), "%s", EXPECT(agent, 200, "GET", target, NULL)->etag);
	return tag;
}

static const struct reply *ask_unless(const char *target, const char *tags)
{
	char header[512];

	snprintf(header, sizeof(header), "If-None-Match: %s", tags);
	return agent_call_extra(agent, &(struct call){ .method = "GET", .target = target },
				&(struct call_extra){ .header = header });
}

static void expect_unless(long status, const char *target, const char *tags)
{
	const struct reply *reply = ask_unless(target, tags);

	if (reply->status != status)
		fail_msg("%s unless %s: %ld and not %ld", target, tags, reply->status, status);
}

/* A tag that has come to rest: what follows from the last change was told. */
static const char *calm_tag_of(const char *target)
{
	static char tag[64];

	for (int i = 0; i < 50; i++) {
		snprintf(tag, sizeof(tag), "%s", tag_of(target));
		usleep(30000);
		if (ask_unless(target, tag)->status == 304)
			return tag;
	}
	fail_msg("%s has no rest: %s, %ld", target, tag, ask_unless(target, tag)->status);
	return tag;
}

/* All that was asked of the kernel. */
static double requests(void)
{
	const struct reply *reply = EXPECT(agent, 200, "GET", "/metrics", NULL);
	double sum = 0;

	for (const char *at = reply->body;
	     (at = strstr(at, "\ntunneld_netlink_requests_total{")); at++) {
		const char *value = strchr(at, '}');

		sum += value ? strtod(value + 1, NULL) : 0;
	}
	return sum;
}

/* ---- tags ---- */

static const char *const lists[] = {
	"/links?namespace=@a",	"/tunnels?namespace=@a",
	"/addresses",		"/routes",
	"/rules?namespace=@a",	"/namespaces",
	"/routes?namespace=@a", "/v1/routes?namespace=@a&table=all"
};

static void lists_have_tags(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *tag = calm_tag_of(lists[i]);

		assert_memory_equal(tag, "W/\"", 3);
		expect_unless(304, lists[i], tag);
		expect_unless(304, lists[i], tag + 2); /* compared weakly */
		expect_unless(200, lists[i], "W/\"12-1\"");
	}
}

/* RFC 9110, 13.1.2. */
static void conditions_are_understood(void **state)
{
	const char *const target = "/routes?namespace=@a";
	const struct reply *reply;
	char tags[256];

	(void)state;
	snprintf(tags, sizeof(tags), "\"x\", W/\"y\" , %s", calm_tag_of(target));
	expect_unless(304, target, tags);
	expect_unless(304, target, "*");
	expect_unless(304, "/neighbors?namespace=@a", "*");
	expect_unless(200, target, "\"*\"");
	/* What is wrong stays wrong, whatever the tag. */
	expect_unless(400, "/routes?namespace=@a&family=ipv5", calm_tag_of(target));
	expect_unless(400, "/routes?no=1", calm_tag_of(target));
	reply = ask_unless(target, calm_tag_of(target));
	assert_int_equal(reply->length, 0);
	assert_memory_equal(reply->etag, "W/\"", 3);
	/* HEAD is as GET. */
	reply = agent_call_extra(agent, &(struct call){ .method = "HEAD", .target = target },
				 &(struct call_extra){ .header = "If-None-Match: *" });
	assert_int_equal(reply->status, 304);
}

static void what_runs_has_no_tag(void **state)
{
	static const char *const targets[] = { "/links?namespace=@a&statistics=true",
					       "/neighbors?namespace=@a",
					       "/addresses?namespace=@a", "/links?namespace=@a",
					       "/routes?namespace=@a&table=all" };

	(void)state;
	must("ip -n @a link add w0 type bridge && ip -n @a link set w0 up && "
	     "ip -n @a address add fd00::7/64 dev w0 valid_lft 1000 preferred_lft 900 nodad && "
	     "ip -n @a -6 route add fd07::/64 dev w0 expires 1000");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		assert_string_equal(tag_of(targets[i]), "");
	must("ip -n @a link del w0");
	assert_string_not_equal(calm_tag_of("/addresses?namespace=@a"), "");
}

/* True unless something has happened meanwhile. */
static bool is_not_asked(const char *target)
{
	const double before = requests();
	char tag[64];

	snprintf(tag, sizeof(tag), "%s", calm_tag_of(target));
	for (int i = 0; i < 10; i++) {
		if (ask_unless(target, tag)->status != 304)
			return false;
		EXPECT(agent, 200, "GET", target, NULL);
	}
	return requests() == before;
}

/* Neither for a 304 nor for an answer that was kept. */
static void the_kernel_is_not_asked(void **state)
{
	const char *const object = "/links/@a/v0";

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		int tries = 10;

		while (tries && !is_not_asked(lists[i]))
			tries--;
		if (!tries)
			fail_msg("%s asks the kernel", lists[i]);
	}
	for (int tries = 10;; tries--) {
		double before;

		EXPECT(agent, 200, "GET", object, NULL);
		before = requests();
		EXPECT(agent, 200, "GET", object, NULL);
		if (requests() == before)
			break;
		assert_int_not_equal(tries, 0);
	}
}

/* What happens elsewhere is no reason to read again. */
static void tags_are_narrow(void **state)
{
	char here[64], rules[64], all[64];

	(void)state;
	snprintf(here, sizeof(here), "%s", calm_tag_of("/routes?namespace=@a"));
	snprintf(rules, sizeof(rules), "%s", calm_tag_of("/rules?namespace=@a"));
	snprintf(all, sizeof(all), "%s", calm_tag_of("/routes"));
	must("ip -n @b route add blackhole 203.0.113.0/24");
	expect_unless(304, "/routes?namespace=@a", here);
	expect_unless(200, "/routes", all);
	must("ip -n @a route add blackhole 203.0.113.0/24");
	expect_unless(200, "/routes?namespace=@a", here);
	expect_unless(304, "/rules?namespace=@a", rules);
	must("ip -n @a route del blackhole 203.0.113.0/24");
}

/* By the agent itself, too; also what fails half way. */
static void own_changes_count(void **state)
{
	char tag[64];

	(void)state;
	snprintf(tag, sizeof(tag), "%s", calm_tag_of("/routes?namespace=@a"));
	EXPECT(agent, 201, "POST", "/routes",
	       "{'namespace':'@a','destination':'203.0.113.0/24','gateway':'192.0.2.9'}");
	expect_unless(200, "/routes?namespace=@a", tag);
	snprintf(tag, sizeof(tag), "%s", calm_tag_of("/routes?namespace=@a"));
	EXPECT(agent, 409, "POST", "/routes",
	       "[{'namespace':'@a','destination':'203.0.114.0/24','gateway':'192.0.2.9'},"
	       "{'namespace':'@a','destination':'198.51.100.0/24','gateway':'192.0.2.9'}]");
	EXPECT(agent, 204, "DELETE", "/routes/@a/254/203.0.113.0/24", NULL);
	expect_unless(200, "/routes?namespace=@a", tag);
	assert_null(strstr(EXPECT(agent, 200, "GET", "/routes?namespace=@a", NULL)->body,
			   "203.0.11"));
}

/* ---- ghosts ---- */

static const char *const changes[] = {
	"ip -n @a link set v0 down",
	"ip -n @a link set v0 up",
	"ip -n @b link set v1 down",
	"ip -n @b link set v1 up",
	"ip -n @a link set v0 mtu 1400",
	"ip -n @a link set v0 mtu 1500",
	"ip -n @b link set v1 alias hello",
	"ip -n @b link set v1 alias ''",
	"ip -n @b link set v1 name v7",
	"ip -n @b link set v7 name v1",
	"ip -n @a address add 192.0.2.2/24 dev v0",
	"ip -n @a address del 192.0.2.1/24 dev v0",
	"ip -n @a address add 192.0.2.1/24 dev v0",
	"ip -n @a address flush dev v0",
	"ip -n @a route add 198.51.100.0/24 via 192.0.2.9",
	"ip -n @a route replace 198.51.100.0/24 via 192.0.2.8",
	"ip -n @a route del 198.51.100.0/24",
	"ip -n @a route add 198.51.101.0/24 dev lo src 192.0.2.1",
	"ip -n @a route add blackhole 203.0.113.0/24",
	"ip -n @a route del blackhole 203.0.113.0/24",
	"ip -n @a rule add pref 7 table 7",
	"ip -n @a rule del pref 7",
	"ip -n @a link add x0 type bridge",
	"ip -n @a link del x0",
	"ip netns add @c",
	"ip netns del @c",
	"ip -n @a link add z0 type veth peer name z1",
	"ip -n @a link set z1 name z2",
	"ip -n @a link set z2 name z1",
	"ip -n @a link set z1 up; ip -n @a link set z0 up",
	"ip -n @a link set z0 down",
	"ip -n @a link set z0 master m0",
	"ip -n @a link set z0 nomaster",
	"ip -n @a link set z0 netns @b",
	"ip -n @b link set z0 netns @a",
	"ip -n @a link del z1",
	"ip -n @a link add m0 up type bridge",
	"ip -n @a link set m0 name m1",
	"ip -n @a link set m1 name m0",
	"ip -n @a link del m0",
	"ip -n @a link add u0 type vxlan id 7 dev m0 remote 192.0.2.9 dstport 4789",
	"ip -n @a link set u0 up",
	"ip -n @a address add 192.0.4.1/24 dev u0",
	"ip -n @a link set u0 mtu 1300",
	"ip -n @a link del u0",
	"ip -n @a link property add dev m0 altname other",
	"ip -n @a link property del dev m0 altname other",
};

static const char *const shown[] = { "/links?namespace=@a",
				     "/links",
				     "/addresses?namespace=@a",
				     "/routes?namespace=@a",
				     "/routes?table=all",
				     "/rules",
				     "/namespaces",
				     "/links/@a/v0",
				     "/links?namespace=@b",
				     "/links/@b/v1",
				     "/links/@a/z0",
				     "/links/@a/z1",
				     "/links/@a/m0",
				     "/links/@a/other",
				     "/links/@a/u0" };
enum {
	CHANGES = sizeof(changes) / sizeof(changes[0]),
	SHOWN = sizeof(shown) / sizeof(shown[0])
};

static volatile bool hammering;
static char hammered[SHOWN][256]; /* agent_text() is for one thread */

/* Asks for everything all the time, by hand: the library's connection is not for threads. */
static void *hammer(void *context)
{
	struct raw *raw = raw_connect(agent);
	unsigned int seed = (unsigned int)(uintptr_t)context;
	char request[256];

	while (hammering) {
		snprintf(request, sizeof(request),
			 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
			 hammered[(size_t)rand_r(&seed) % SHOWN]);
		raw_say(raw, request);
		(void)raw_ends(raw, 5);
		raw_close(raw);
		raw = raw_connect(agent);
	}
	raw_close(raw);
	return NULL;
}

/* With If-Match nothing is kept and nothing compared: what the kernel says now. */
static char *truth_of(const char *target)
{
	const struct reply *reply =
		agent_call_extra(agent, &(struct call){ .method = "GET", .target = target },
				 &(struct call_extra){ .header = "If-Match: *" });

	return strdup(reply->status == 200 ? reply->body : "none");
}

struct memory {
	char tag[64], *body;
};

/* It must be what the kernel says before and after, if that is the same. */
static void look(const char *change, const char *target, struct memory *memory)
{
	char *before = truth_of(target), *after;
	const bool has = memory->tag[0] == 'W';
	const struct reply *reply = ask_unless(target, has ? memory->tag : "\"none\"");
	char *now = strdup(reply->status == 304 ? memory->body :
			   reply->status == 200 ? reply->body :
						  "none");
	char tag[64];

	snprintf(tag, sizeof(tag), "%s", reply->status == 200 ? reply->etag : memory->tag);
	after = truth_of(target);
	if (!strcmp(before, after) && strcmp(before, now) != 0)
		fail_msg("after %s %s was\n%s and is\n%s", change, target, now, before);
	free(before);
	free(after);
	free(memory->body);
	memory->body = now;
	memcpy(memory->tag, tag, sizeof(tag));
}

static void no_answer_is_a_ghost(void **state)
{
	static struct memory memories[SHOWN];
	pthread_t threads[HAMMERS];
	unsigned int seed = 1;

	(void)state;
	for (size_t i = 0; i < SHOWN; i++)
		snprintf(hammered[i], sizeof(hammered[i]), "%s", agent_text(shown[i]));
	hammering = true;
	for (uintptr_t i = 0; i < HAMMERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, (void *)(i + 1)), 0);
	for (int i = 0; i < ROUNDS; i++) {
		const char *change = changes[(size_t)rand_r(&seed) % CHANGES];
		size_t target = (size_t)rand_r(&seed) % SHOWN;
		char quiet[256];

		snprintf(quiet, sizeof(quiet), "%s 2>/dev/null", change);
		(void)command_run(quiet);
		look(change, shown[target], &memories[target]);
	}
	hammering = false;
	for (int i = 0; i < HAMMERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < SHOWN; i++)
		free(memories[i].body);
	(void)command_run("ip netns del @c 2>/dev/null");
}

/* ---- events ---- */

/* From a list's tag on: what came in between, and nothing that was before. */
static void a_tag_is_a_place(void **state)
{
	char target[256], tag[64];
	struct watch *watch;

	(void)state;
	must("ip -n @a link set v0 up; ip -n @a rule add pref 8 table 8");
	snprintf(tag, sizeof(tag), "%s", calm_tag_of("/rules?namespace=@a"));
	must("ip -n @a rule add pref 9 table 9");
	snprintf(target, sizeof(target), "/events?kind=rule&since=W/%%22%.*s%%22",
		 (int)strcspn(tag + 3, "\""), tag + 3);
	watch = watch_open(agent, target, "Accept: application/x-ndjson\r\n");
	watch_expect(watch, "/ipv4/9\"");
	assert_null(strstr(watch->text, "/ipv4/8\""));
	assert_null(strstr(watch->text, "gap"));
	watch_close(watch);
	must("ip -n @a rule del pref 8; ip -n @a rule del pref 9");
}

static void foreign_events_have_facets(void **state)
{
	struct watch *all = watch_open(agent, agent_text("/events?namespace=@a"),
				       "Accept: application/x-ndjson\r\n");
	struct watch *some = watch_open(agent, "/events?table=77&protocol=static&family=ipv4",
					"Accept: application/x-ndjson\r\n");
	struct watch *named = watch_open(agent, "/events?name=y0&type=changed",
					 "Accept: application/x-ndjson\r\n");

	(void)state;
	must("ip -n @a link add y0 type bridge && ip -n @a link set y0 up && "
	     "ip -n @a link set y0 mtu 1400 && "
	     "ip -n @a address add 192.0.3.1/24 dev y0 && "
	     "ip -n @a route add 198.51.102.0/24 dev y0 table 77 proto static && "
	     "ip -n @a route add 198.51.103.0/24 dev y0 table 78 proto static && "
	     "ip -n @a link del y0");
	watch_expect(all, "\"deleted\"");
	watch_expect(
		all,
		agent_text("/links/@a/y0\",'kind':'link','namespace':'@a','device':'y0'}"));
	assert_non_null(strstr(all->text, "\"device\":\"y0\",\"members\":[\"mtu\"]"));
	assert_non_null(strstr(all->text, "\"type\":\"invalidated\""));
	watch_expect(some, "198.51.102.0/24");
	assert_non_null(strstr(some->text, "\"device\":\"y0\",\"family\":\"ipv4\",\"table\":77,"
					   "\"protocol\":4}"));
	watch_expect(named, "[\"mtu\"]");
	watch_some(some, 100);
	assert_null(strstr(some->text, "198.51.103.0"));
	assert_null(strstr(named->text, "created"));
	watch_close(all);
	watch_close(some);
	watch_close(named);
	EXPECT(agent, 400, "GET", "/events?family=ipv5", NULL);
	EXPECT(agent, 400, "GET", "/events?table=none", NULL);
	EXPECT(agent, 400, "GET", "/events?protocol=256", NULL);
	EXPECT(agent, 400, "GET", "/events?metric=1", NULL);
}

/* What the agent does is told once: by the intent, not by the kernel's echo. */
static void own_doing_is_told_once(void **state)
{
	struct watch *watch = watch_open(agent, agent_text("/events?namespace=@b&kind=link"),
					 "Accept: application/x-ndjson\r\n");
	unsigned int told = 0;

	(void)state;
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@b','name':'z0','kind':'bridge','mtu':1400}");
	EXPECT(agent, 204, "DELETE", "/links/@b/z0", NULL);
	watch_expect(watch, "\"deleted\"");
	watch_some(watch, 200);
	for (const char *at = watch->text; (at = strstr(at, "/z0\"")); at++)
		told++;
	if (told != 2) /* created and deleted, each once */
		fail_msg("%s", watch->text);
	watch_close(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_have_tags),
		cmocka_unit_test(conditions_are_understood),
		cmocka_unit_test(what_runs_has_no_tag),
		cmocka_unit_test(the_kernel_is_not_asked),
		cmocka_unit_test(tags_are_narrow),
		cmocka_unit_test(own_changes_count),
		cmocka_unit_test(a_tag_is_a_place),
		cmocka_unit_test(foreign_events_have_facets),
		cmocka_unit_test(own_doing_is_told_once),
		cmocka_unit_test(no_answer_is_a_ghost),
	};

	return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
