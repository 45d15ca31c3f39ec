/*
 * Tunnels in user space, by the API: each kind against whatever carries the other end, the
 * kernel where it has the kind, and each change of one while echoes pass. What user space
 * cannot do is refused by name, and what happens behind the agent's back is made good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/follow.h"
#include "tests/agent_under_test.h"

static struct agent *agent;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define POST(status, target, body) EXPECT(agent, status, "POST", target, body)
#define PATCH(status, target, body) EXPECT(agent, status, "PATCH", target, body)

/* ---- the scene: two namespaces and a veth ---- */

static void make_scene(void)
{
	static const struct wanted_object scene[] = {
		{ "/namespaces", "{'name':'@a'}" },
		{ "/namespaces", "{'name':'@b'}" },
		{ "/links",
		  "{'namespace':'@a','name':'u','kind':'veth',"
		  "'addresses':['192.0.2.1/24','192.0.2.11/24'],'peer':{'namespace':'@b',"
		  "'name':'u','addresses':['192.0.2.2/24','192.0.2.12/24']}}" },
		{ NULL, NULL },
	};

	follow_make(agent, scene);
}

static int unmake_scene(void **state)
{
	static const char *const names[] = { "/namespaces/@c", "/namespaces/@a",
					     "/namespaces/@b" };

	(void)state;
	EXPECT(agent, 200, "PUT", "/config", "{}");
	for (size_t i = 0; i < COUNT(names); i++)
		agent_call(agent, &(struct call){ .method = "DELETE", .target = names[i] });
	return 0;
}

static struct reply *read_tunnel(const char *target)
{
	return EXPECT(agent, 200, "GET", target, NULL);
}

static void expect_text(const char *target, const char *pointer, const char *wanted)
{
	struct reply *reply = read_tunnel(target);

	if (strcmp(json_text(reply->json, pointer), wanted) != 0)
		fail_msg("%s of %s is not \"%s\": %s", pointer, agent_text(target), wanted,
			 reply->body);
}

static int64_t number(const char *target, const char *pointer)
{
	return json_object_get_int64(json_at(read_tunnel(target)->json, pointer));
}

static int echoes(const char *namespace, const char *destination)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "{'namespace':'%s','destination':'%s','count':3,'interval_ms':20,"
		 "'timeout_ms':500}",
		 namespace, destination);
	return json_object_get_int(
		json_at(EXPECT(agent, 200, "POST", "/probes", body)->json, "/received"));
}

/* A pair's ends may be changed one after the other: whoever waits sees them agree. */
static void expect_echoes(const char *what, const char *there, const char *back)
{
	for (int i = 0; i < 20; i++) {
		if (echoes("@a", there) == 3 && (!back || echoes("@b", back) == 3))
			return;
	}
	fail_msg("%s: echoes are lost", what);
}

/* ---- each kind against the other end's carrier ---- */

struct pair {
	const char *name, *left, *right; /* members, beside namespace and name */
	const char *there, *back; /* inner addresses: of the right one, and of the left one */
	const char *route;	  /* in @a; or NULL */
	bool same_mtu;		  /* both ends are alike */
};

#define ENDS_LEFT "'local':'192.0.2.1','remote':'192.0.2.2'"
#define ENDS_RIGHT "'local':'192.0.2.2','remote':'192.0.2.1'"
#define FOUR_LEFT "'addresses':['10.9.0.1/24']"
#define FOUR_RIGHT "'addresses':['10.9.0.2/24']"
#define SIX_LEFT "'addresses':[{'address':'fd09::1/64','no_dad':true}]"
#define SIX_RIGHT "'addresses':[{'address':'fd09::2/64','no_dad':true}]"
#define ALIKE(options, inner) \
	options "," ENDS_LEFT "," inner##_LEFT, options "," ENDS_RIGHT "," inner##_RIGHT
#define INNER_FOUR "10.9.0.2", "10.9.0.1"
#define INNER_SIX "fd09::2", "fd09::1"

static const struct pair pairs[] = {
	{ "ipip", ALIKE("'kind':'ipip'", FOUR), INNER_FOUR, NULL, true },
	{ "ipip, ttl and tos", ALIKE("'kind':'ipip','ttl':33,'tos':16", FOUR), INNER_FOUR, NULL,
	  true },
	{ "ipip, tos inherited, may be cut",
	  ALIKE("'kind':'ipip','tos':'inherit','path_mtu_discovery':false", FOUR), INNER_FOUR,
	  NULL, true },
	{ "ipip by a device", ALIKE("'kind':'ipip','device':'u'", FOUR), INNER_FOUR, NULL,
	  true },
	{ "ipip with a mark", ALIKE("'kind':'ipip','fwmark':7", FOUR), INNER_FOUR, NULL, true },
	{ "gre", ALIKE("'kind':'gre'", FOUR), INNER_FOUR, NULL, true },
	{ "gre, IPv6 inside", ALIKE("'kind':'gre'", SIX), INNER_SIX, NULL, true },
	{ "gre, all options",
	  ALIKE("'kind':'gre','key':77,'input_checksum':true,'output_checksum':true,"
		"'input_sequence':true,'output_sequence':true",
		FOUR),
	  INNER_FOUR, NULL, true },
	{ "gre, a key each way",
	  "'kind':'gre','input_key':1,'output_key':2," ENDS_LEFT "," FOUR_LEFT,
	  "'kind':'gre','input_key':2,'output_key':1," ENDS_RIGHT "," FOUR_RIGHT, INNER_FOUR,
	  NULL, true },
	{ "gretap", ALIKE("'kind':'gretap'", FOUR), INNER_FOUR, NULL, true },
	{ "gretap, all options",
	  ALIKE("'kind':'gretap','key':77,'input_checksum':true,'output_checksum':true", FOUR),
	  INNER_FOUR, NULL, true },
	{ "sit", ALIKE("'kind':'sit'", SIX), INNER_SIX, NULL, true },
	{ "sit, mode ipip", ALIKE("'kind':'sit','mode':'ipip'", FOUR), INNER_FOUR, NULL, true },
	{ "sit, any mode", ALIKE("'kind':'sit','mode':'any'", FOUR), INNER_FOUR, NULL, true },
	{ "isatap",
	  "'kind':'isatap','local':'192.0.2.1','addresses':[{'address':'fd84::5efe:192.0.2.1/64','no_dad':true}]",
	  "'kind':'isatap','local':'192.0.2.2','addresses':[{'address':'fd84::5efe:192.0.2.2/64','no_dad':true}]",
	  "fd84::5efe:192.0.2.2", "fd84::5efe:192.0.2.1", NULL, true },
	{ "ipip of any far end",
	  "'kind':'ipip','local':'192.0.2.1','addresses':['10.9.0.1/32']",
	  "'kind':'ipip'," ENDS_RIGHT "," FOUR_RIGHT, INNER_FOUR,
	  "{'namespace':'@a','destination':'10.9.0.2/32','gateway':'192.0.2.2','device':'t','onlink':true}",
	  false },
	{ "gre of any far end", "'kind':'gre','local':'192.0.2.1','addresses':['10.9.0.1/32']",
	  "'kind':'gre'," ENDS_RIGHT "," FOUR_RIGHT, INNER_FOUR,
	  "{'namespace':'@a','destination':'10.9.0.2/32','gateway':'192.0.2.2','device':'t','onlink':true}",
	  false },
};

static void make_end(const char *namespace, const char *more, const char *members)
{
	char body[AGENT_TEXT_SIZE / 2];

	snprintf(body, sizeof(body), "{'namespace':'%s','name':'t',%s%s}", namespace, more,
		 members);
	POST(201, "/tunnels", body);
}

static void make_pair(const struct pair *pair)
{
	make_scene();
	make_end("@a", "'datapath':'userspace',", pair->left);
	make_end("@b", "", pair->right);
	if (pair->route)
		POST(201, "/routes", pair->route);
}

/* Link-local ones, which the kernel makes of the tunnel's own address. */
static int link_local_count(const char *target)
{
	struct json_object *addresses = json_at(read_tunnel(target)->json, "/status/addresses");
	int count = 0;

	for (size_t i = 0; addresses && i < json_object_array_length(addresses); i++)
		count +=
			!strncmp(json_text(json_object_array_get_idx(addresses, i), "/address"),
				 "fe80:", 5);
	return count;
}

static void a_pair_carries(void **state)
{
	const struct pair *pair = *state;

	make_pair(pair);
	expect_text("/tunnels/@a/t", "/status/datapath", "userspace");
	expect_text("/tunnels/@a/t", "/status/state", "applied");
	expect_text("/tunnels/@a/t", "/datapath", "userspace");
	print_message("%s: the other end is carried by the %s\n", pair->name,
		      json_text(read_tunnel("/tunnels/@b/t")->json, "/status/datapath"));
	expect_echoes(pair->name, pair->there, pair->back);
	if (pair->same_mtu)
		assert_int_equal(number("/tunnels/@a/t", "/mtu"),
				 number("/tunnels/@b/t", "/mtu"));
	assert_true(number("/tunnels/@a/t?statistics=true", "/status/statistics/rx/packets") >=
		    6);
	assert_true(number("/tunnels/@a/t?statistics=true", "/status/statistics/tx/bytes") > 0);
	assert_int_equal(
		number("/tunnels/@a/t?statistics=true", "/status/statistics/rx/errors"), 0);
	assert_int_equal(link_local_count("/tunnels/@a/t"), link_local_count("/tunnels/@b/t"));
}

/* ---- what the kernel would choose ---- */

/* Of net/ipv4/ip_tunnel.c, ip_gre.c and net/ipv6/sit.c, over 1,500 bytes. */
static const struct {
	const char *members;
	int mtu;
} mtus[] = {
	{ "'kind':'ipip'," ENDS_LEFT, 1480 },
	{ "'kind':'gre'," ENDS_LEFT, 1476 },
	{ "'kind':'gre','key':1," ENDS_LEFT, 1472 },
	{ "'kind':'gre','key':1,'output_checksum':true,'output_sequence':true," ENDS_LEFT,
	  1464 },
	{ "'kind':'gretap'," ENDS_LEFT, 1462 },
	{ "'kind':'sit'," ENDS_LEFT, 1480 },
	{ "'kind':'isatap','local':'192.0.2.1'", 1480 },
	{ "'kind':'ipip','mtu':1300," ENDS_LEFT, 1300 },
};

static void the_mtu_is_what_the_kernel_would_choose(void **state)
{
	(void)state;
	make_scene();
	for (size_t i = 0; i < COUNT(mtus); i++) {
		make_end("@a", "'datapath':'userspace',", mtus[i].members);
		assert_int_equal(number("/tunnels/@a/t", "/mtu"), mtus[i].mtu);
		EXPECT(agent, 204, "DELETE", "/tunnels/@a/t", NULL);
	}
}

/* ---- changes under traffic ---- */

/* By turns to the left and the right end; then echoes must pass again. */
static const struct {
	const char *left, *right;
	const char *pointer, *wanted; /* what the left one says then */
} changes[] = {
	{ "{'ttl':33}", "{'ttl':44}", "/ttl", "33" },
	{ "{'tos':16}", "{'tos':'inherit'}", "/tos", "16" },
	{ "{'tos':'inherit','ttl':'inherit'}", "{}", "/tos", "inherit" },
	{ "{'key':9}", "{'key':9}", "/key", "9" },
	{ "{'output_checksum':true}", "{'input_checksum':true}", "/output_checksum", "true" },
	{ "{'output_sequence':true}", "{'input_sequence':true}", "/output_sequence", "true" },
	{ "{'local':'192.0.2.11'}", "{'remote':'192.0.2.11'}", "/local", "192.0.2.11" },
	{ "{'remote':'192.0.2.12'}", "{'local':'192.0.2.12'}", "/remote", "192.0.2.12" },
	{ "{'device':'u'}", "{}", "/device", "u" },
	{ "{'device':null}", "{}", "/device", "" },
	{ "{'path_mtu_discovery':false,'ignore_df':true}", "{}", "/ignore_df", "true" },
	{ "{'mtu':1300}", "{}", "/mtu", "1300" },
	{ "{'fwmark':5}", "{}", "/fwmark", "5" },
	{ "{'key':null,'output_checksum':null,'output_sequence':null}",
	  "{'key':null,'input_checksum':null,'input_sequence':null}", "/ttl", "inherit" },
};

static void changes_are_made_while_it_carries(void **state)
{
	static const struct pair gre = { "gre", ALIKE("'kind':'gre'", FOUR), INNER_FOUR, NULL,
					 true };
	int64_t index;

	(void)state;
	make_pair(&gre);
	index = number("/tunnels/@a/t", "/status/ifindex");
	expect_echoes("at first", INNER_FOUR);
	for (size_t i = 0; i < COUNT(changes); i++) {
		PATCH(200, "/tunnels/@a/t", changes[i].left);
		PATCH(200, "/tunnels/@b/t", changes[i].right);
		expect_text("/tunnels/@a/t", changes[i].pointer, changes[i].wanted);
		expect_echoes(changes[i].left, INNER_FOUR);
	}
	assert_int_equal(number("/tunnels/@a/t", "/status/ifindex"), index);
	expect_text("/tunnels/@a/t", "/status/state", "applied");
}

/* The kernel knows nothing of it that could have changed: it is the agent's to tell. */
static void an_answer_is_right_only_until_it_changes(void **state)
{
	static const char *const targets[] = { "/tunnels/@a/t", "/tunnels?namespace=@a",
					       "/links?namespace=@a", "/links/@a/t" };
	char body[64], header[128];

	(void)state;
	make_scene();
	make_end("@a", "'datapath':'userspace',", "'kind':'gre'," ENDS_LEFT);
	for (size_t i = 0; i < 3 * COUNT(targets); i++) {
		const char *target = targets[i % COUNT(targets)];
		struct call call = { .method = "GET", .target = target };
		struct reply *reply = read_tunnel(target);

		snprintf(header, sizeof(header), "If-None-Match: %s", reply->etag);
		assert_true(reply->etag[0] != '\0');
		reply = agent_call_extra(agent, &call,
					 &(struct call_extra){ .header = header });
		assert_int_equal(reply->status, 304);
		snprintf(body, sizeof(body), "{'ttl':%zu}", i + 1);
		PATCH(200, "/tunnels/@a/t", body);
		reply = agent_call_extra(agent, &call,
					 &(struct call_extra){ .header = header });
		assert_int_equal(reply->status, 200);
		snprintf(body, sizeof(body), "\"ttl\":%zu,", i + 1);
		assert_non_null(strstr(reply->body, body));
	}
}

static void an_mtu_that_nobody_chose_follows(void **state)
{
	(void)state;
	make_scene();
	make_end("@a", "'datapath':'userspace',", "'kind':'gre'," ENDS_LEFT);
	PATCH(200, "/tunnels/@a/t", "{'key':1}");
	assert_int_equal(number("/tunnels/@a/t", "/mtu"), 1472);
}

static void routers_are_kept(void **state)
{
	(void)state;
	make_scene();
	make_end("@a", "'datapath':'userspace',",
		 "'kind':'isatap','local':'192.0.2.1','potential_routers':['192.0.2.2',"
		 "{'address':'192.0.2.12','default':true}]");
	expect_text("/tunnels/@a/t", "/potential_routers/0/address", "192.0.2.2");
	expect_text("/tunnels/@a/t", "/potential_routers/1/default", "true");
	PATCH(200, "/tunnels/@a/t", "{'potential_routers':['192.0.2.12']}");
	expect_text("/tunnels/@a/t", "/potential_routers/0/address", "192.0.2.12");
	assert_null(json_at(read_tunnel("/tunnels/@a/t")->json, "/potential_routers/1"));
}

/* ---- who carries it ---- */

static bool kernel_has(const char *kind)
{
	char pointer[64];

	for (int i = 0; i < 20; i++) {
		struct reply *reply = EXPECT(agent, 200, "GET", "/capabilities", NULL);

		snprintf(pointer, sizeof(pointer), "/kinds/%d/kind", i);
		if (strcmp(json_text(reply->json, pointer), kind) != 0)
			continue;
		snprintf(pointer, sizeof(pointer), "/kinds/%d/datapath", i);
		return !strcmp(json_text(reply->json, pointer), "kernel");
	}
	return false;
}

static void the_carrier_is_chosen_when_it_is_made(void **state)
{
	bool kernel = kernel_has("ipip");
	struct reply *reply;
	int64_t index;

	(void)state;
	make_scene();
	make_end("@a", "", "'kind':'ipip'," ENDS_LEFT);
	expect_text("/tunnels/@a/t", "/status/datapath", kernel ? "kernel" : "userspace");
	index = number("/tunnels/@a/t", "/status/ifindex");
	PATCH(200, "/tunnels/@a/t", "{'datapath':'auto'}");
	PATCH(200, "/tunnels/@a/t",
	      kernel ? "{'datapath':'kernel'}" : "{'datapath':'userspace'}");
	assert_int_equal(number("/tunnels/@a/t", "/status/ifindex"), index);
	reply = PATCH(409, "/tunnels/@a/t",
		      kernel ? "{'datapath':'userspace'}" : "{'datapath':'kernel'}");
	assert_string_equal(json_text(reply->json, "/type"), "/problems/fixed");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/datapath");
	assert_int_equal(number("/tunnels/@a/t", "/status/ifindex"), index);
	PATCH(kernel ? 200 : 501, "/tunnels/@a/t?recreate=true",
	      kernel ? "{'datapath':'userspace'}" : "{'datapath':'kernel'}");
	expect_text("/tunnels/@a/t", "/status/datapath", "userspace");
	expect_text("/tunnels/@a/t", "/status/state", "applied");
}

static void documents_say_it(void **state)
{
	static const char document[] =
		"{'tunnels':[{'namespace':'@a','name':'t','kind':'ipip','datapath':'userspace'," ENDS_LEFT
		"}]}";
	struct reply *reply;

	(void)state;
	make_scene();
	POST(200, "/config/apply", document);
	expect_text("/tunnels/@a/t", "/status/datapath", "userspace");
	reply = POST(200, "/config/apply?dry_run=true", document);
	assert_null(strstr(reply->body, "\"recreate\""));
	EXPECT(agent, 200, "PUT", "/config", "{}");
	EXPECT(agent, 404, "GET", "/tunnels/@a/t", NULL);
	POST(200, "/config/apply", document);
	reply = EXPECT(agent, 200, "GET", "/config", NULL);
	assert_non_null(strstr(reply->body, "\"datapath\":\"userspace\""));
}

/* ---- refusals ---- */

static const struct {
	const char *members;
	int status;
	const char *pointer, *detail;
} refusals[] = {
	{ "'kind':'ipip','external':true,'datapath':'userspace'", 422, "/external", NULL },
	{ "'kind':'gre','datapath':'userspace','encapsulation':{'type':'fou','destination_port':5555}," ENDS_LEFT,
	  422, "/encapsulation/type", NULL },
	{ "'kind':'ipip','datapath':'userspace','encapsulation':{'type':'gue','destination_port':5555}," ENDS_LEFT,
	  422, "/encapsulation/type", NULL },
	{ "'kind':'ipip','datapath':'userspace','mode':'mplsip'," ENDS_LEFT, 422, "/mode",
	  NULL },
	{ "'kind':'gre','datapath':'userspace','local':'192.0.2.1','remote':'239.1.1.1'", 422,
	  "/remote", NULL },
	{ "'kind':'ipip','datapath':'elsewhere'," ENDS_LEFT, 422, "/datapath", NULL },
	{ "'kind':'vti','datapath':'userspace','key':5," ENDS_LEFT, 501, NULL,
	  "kernel's alone" },
	{ "'kind':'vxlan','datapath':'userspace','vni':5," ENDS_LEFT, 501, NULL,
	  "kernel's alone" },
};

static void what_user_space_cannot_is_refused(void **state)
{
	char body[AGENT_TEXT_SIZE / 2];
	struct reply *reply;

	(void)state;
	make_scene();
	for (size_t i = 0; i < COUNT(refusals); i++) {
		snprintf(body, sizeof(body), "{'namespace':'@a','name':'t',%s}",
			 refusals[i].members);
		reply = POST(refusals[i].status, "/tunnels", body);
		if (refusals[i].pointer && strcmp(json_text(reply->json, "/errors/0/pointer"),
						  refusals[i].pointer) != 0)
			fail_msg("%s: %s", agent_text(body), reply->body);
		if (refusals[i].detail)
			assert_non_null(strstr(reply->body, refusals[i].detail));
		EXPECT(agent, 404, "GET", "/links/@a/t", NULL);
	}
	make_end("@a", "'datapath':'userspace',", "'kind':'ipip'," ENDS_LEFT);
	reply = PATCH(422, "/tunnels/@a/t",
		      "{'encapsulation':{'type':'fou','destination_port':5555}}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/encapsulation/type");
	expect_text("/tunnels/@a/t", "/status/state", "applied");
}

static void endpoints_are_taken_once(void **state)
{
	struct reply *reply;

	(void)state;
	make_scene();
	make_end("@a", "'datapath':'userspace',", "'kind':'ipip'," ENDS_LEFT);
	reply = POST(
		409, "/tunnels",
		"{'namespace':'@a','name':'again','kind':'ipip','datapath':'userspace'," ENDS_LEFT
		"}");
	assert_non_null(strstr(reply->body, agent_text("/tunnels/@a/t")));
	POST(201, "/tunnels",
	     "{'namespace':'@a','name':'other','kind':'gre','datapath':'userspace'," ENDS_LEFT
	     "}");
	reply = PATCH(409, "/tunnels/@a/other", "{'kind':'ipip'}");
	assert_string_equal(json_text(reply->json, "/type"), "/problems/fixed");
}

static void devices_of_others_are_left_alone(void **state)
{
	(void)state;
	make_scene();
	assert_int_equal(command_run("ip -n @a tuntap add dev foreign mode tun"), 0);
	expect_text("/links/@a/foreign", "/kind", "tun");
	expect_text("/links/@a/foreign", "/status/state", "foreign");
	POST(409, "/tunnels",
	     "{'namespace':'@a','name':'foreign','kind':'ipip','datapath':'userspace'," ENDS_LEFT
	     "}");
	assert_int_equal(command_run("ip -n @a tuntap show | grep -q '^foreign: tun'"), 0);
	assert_int_equal(command_run("ip -n @a -d link show foreign | grep -q 'tun type tun'"),
			 0);
}

/* ---- behind the agent's back ---- */

#define CARRIES "ip netns exec @a ping -c1 -W1 10.9.0.2 >/dev/null"

static void what_happens_to_it_is_made_good(void **state)
{
	static const struct pair ipip = { "ipip", ALIKE("'kind':'ipip'", FOUR), INNER_FOUR,
					  NULL, true };

	(void)state;
	make_pair(&ipip);
	UPSET(agent, "its device goes down", "ip -n @a link set dev t down", "/tunnels/@a/t",
	      "repaired", CARRIES " && ip -n @a addr show t | grep -q fe80:");
	UPSET(agent, "its device goes down and up",
	      "ip -n @a link set dev t down; ip -n @a link set dev t up", NULL, NULL,
	      CARRIES " && ip -n @a addr show t | grep -q fe80:");
	UPSET(agent, "its device is deleted", "ip -n @a link del dev t", "/tunnels/@a/t",
	      "repaired", CARRIES);
	UPSET(agent, "its mtu is altered", "ip -n @a link set dev t mtu 1400", NULL, NULL,
	      CARRIES);
	expect_text("/tunnels/@a/t", "/status/datapath", "userspace");
}

static double figure(const char *name)
{
	struct reply *reply = EXPECT(agent, 200, "GET", "/metrics", NULL);
	char start[128];
	const char *at;

	snprintf(start, sizeof(start), "\n%s ", agent_text(name));
	at = strstr(reply->body, start);
	return at ? strtod(at + strlen(start), NULL) : -1;
}

static void wait_for_figure(const char *name, double wanted)
{
	for (int i = 0; i < 200 && figure(name) != wanted; i++)
		usleep(20 * 1000);
	assert_true(figure(name) == wanted);
}

/* The outer packets live in @a, the device in @c. */
static void it_goes_with_the_namespace_of_its_outer_packets(void **state)
{
	(void)state;
	make_scene();
	POST(201, "/namespaces", "{'name':'@c'}");
	make_end("@c", "'datapath':'userspace','underlay_namespace':'@a',",
		 "'kind':'ipip'," ENDS_LEFT "," FOUR_LEFT);
	make_end("@b", "", "'kind':'ipip'," ENDS_RIGHT "," FOUR_RIGHT);
	expect_text("/tunnels/@c/t", "/underlay_namespace", agent_text("@a"));
	assert_int_equal(number("/tunnels/@c/t", "/mtu"), 1480);
	assert_int_equal(echoes("@c", "10.9.0.2"), 3);
	/* A veth lets nothing in while its other end is in the way of being deleted. */
	assert_int_equal(command_run("ip netns del @a"), 0);
	follow_until("ip -n @c link show t || ip -n @b link show u",
		     "the namespace of the outer packets is let go, and comes back");
	follow_until("ip netns exec @c ping -c1 -W1 10.9.0.2 >/dev/null",
		     "what was deleted comes back, and the tunnel with it");
	EXPECT(agent, 204, "DELETE", "/namespaces/@c", NULL);
	EXPECT(agent, 204, "DELETE", "/namespaces/@b", NULL);
	EXPECT(agent, 204, "DELETE", "/namespaces/@a", NULL);
	wait_for_figure("tunneld_datapath_tunnels", 0);
	wait_for_figure("tunneld_datapath_up", 0);
}

static void drops_are_counted(void **state)
{
	double unexpected = figure("tunneld_datapath_drops_total{reason='unexpected'}"),
	       recursion = figure("tunneld_datapath_drops_total{reason='recursion'}");

	(void)state;
	make_scene();
	make_end("@a", "'datapath':'userspace',",
		 "'kind':'gre','key':5," ENDS_LEFT "," FOUR_LEFT);
	make_end("@b", "'datapath':'userspace',",
		 "'kind':'gre','key':6," ENDS_RIGHT "," FOUR_RIGHT);
	POST(201, "/tunnels",
	     "{'namespace':'@a','name':'any','kind':'ipip','datapath':'userspace','local':'192.0.2.11',"
	     "'addresses':['10.7.0.1/24']}");
	assert_int_equal(echoes("@a", "10.9.0.2"), 0);
	assert_true(number("/tunnels/@b/t?statistics=true", "/status/statistics/rx/dropped") >=
		    3);
	assert_true(figure("tunneld_datapath_drops_total{reason='unexpected'}") >=
		    unexpected + 3);
	/* Without a gateway its far end would be behind itself. */
	assert_int_equal(echoes("@a", "10.7.0.9"), 0);
	usleep(50 * 1000);
	assert_true(number("/tunnels/@a/any?statistics=true",
			   "/status/statistics/tx/collisions") > 0);
	assert_true(number("/tunnels/@a/any?statistics=true", "/status/statistics/tx/errors") >
		    0);
	assert_true(figure("tunneld_datapath_drops_total{reason='recursion'}") > recursion);
	unexpected = figure("tunneld_datapath_drops_total{reason='unexpected'}");
	EXPECT(agent, 204, "DELETE", "/tunnels/@b/t", NULL);
	assert_true(figure("tunneld_datapath_drops_total{reason='unexpected'}") >= unexpected);
	assert_true(figure("tunneld_datapath_up") == 1);
	wait_for_figure("tunneld_datapath_tunnels", 2);
}

/* ---- without the program ---- */

static void without_the_program_the_reason_is_told(void **state)
{
	struct reply *reply;

	(void)state;
	make_scene();
	reply = POST(
		501, "/tunnels",
		"{'namespace':'@a','name':'t','kind':'ipip','datapath':'userspace'," ENDS_LEFT
		"}");
	assert_non_null(strstr(reply->body, "tunneld-datapath is not installed"));
	if (kernel_has("ipip"))
		return;
	reply = POST(501, "/tunnels",
		     "{'namespace':'@a','name':'t','kind':'ipip'," ENDS_LEFT "}");
	assert_non_null(strstr(reply->body, "CONFIG_NET_IPIP"));
	assert_non_null(strstr(reply->body, "tunneld-datapath is not installed"));
	reply = EXPECT(agent, 200, "GET", "/capabilities", NULL);
	assert_non_null(strstr(reply->body, "not in user space: "));
}

static int setup(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	*state = NULL;
	return result;
}

static int setup_without(void **state)
{
	int result = agent_setup_kernel_only(state);

	agent = *state;
	*state = NULL;
	return result;
}

static int teardown(void **state)
{
	*state = agent;
	return agent_teardown(state);
}

#define CASE(test) cmocka_unit_test_teardown(test, unmake_scene)

static int run_pairs(void)
{
	struct CMUnitTest tests[COUNT(pairs)];

	for (size_t i = 0; i < COUNT(pairs); i++)
		tests[i] = (struct CMUnitTest){ pairs[i].name, a_pair_carries, NULL,
						unmake_scene, (void *)(uintptr_t)&pairs[i] };
	return cmocka_run_group_tests_name("pairs", tests, setup, teardown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_mtu_is_what_the_kernel_would_choose),
		CASE(changes_are_made_while_it_carries),
		CASE(an_answer_is_right_only_until_it_changes),
		CASE(an_mtu_that_nobody_chose_follows),
		CASE(routers_are_kept),
		CASE(the_carrier_is_chosen_when_it_is_made),
		CASE(documents_say_it),
		CASE(what_user_space_cannot_is_refused),
		CASE(endpoints_are_taken_once),
		CASE(devices_of_others_are_left_alone),
		CASE(what_happens_to_it_is_made_good),
		CASE(it_goes_with_the_namespace_of_its_outer_packets),
		CASE(drops_are_counted),
	};
	const struct CMUnitTest without[] = { CASE(without_the_program_the_reason_is_told) };
	int failed = run_pairs();

	failed += cmocka_run_group_tests_name("datapath", tests, setup, teardown);
	return failed +
	       cmocka_run_group_tests_name("without", without, setup_without, teardown);
}
