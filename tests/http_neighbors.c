/*
 * Neighbours over HTTP: what ip(8) says of them field by field, what stands in the
 * way, what the kernel takes and what is refused before, and that they stay as they
 * are wanted.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

#define POST(status, target, body) EXPECT(agent, status, "POST", target, body)
#define IP "ip -n @a "
#define MAC "02:00:5e:00:53:"
#define AT(address, more) "{'namespace':'@a','link':'v1','address':'" address "'" more "}"

static void make_scene(void)
{
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/links",
	     "{'namespace':'@a','name':'v1','kind':'veth','addresses':['10.0.0.1/24',"
	     "{'address':'fd00::1/64','no_dad':true}],'peer':{'namespace':'@a','name':'v2'}}");
}

/* ---- the oracle ---- */

static const char *const wanted[] = {
	AT("10.0.0.10", ",'mac':'" MAC "10'"),
	AT("10.0.0.11", ",'mac':'" MAC "11','nud':'noarp'"),
	AT("10.0.0.12", ",'mac':'" MAC "12','router':true,'external_learn':true"),
	AT("10.0.0.13", ",'mac':'" MAC "13','nud':'stale','external_learn':true"),
	AT("10.0.0.14", ",'managed':true"),
	AT("10.0.0.10", ",'proxy':true"),
	AT("fd00::10", ",'mac':'" MAC "AA','router':true"),
	AT("fd00::11", ",'mac':'" MAC "11','nud':'reachable','external_learn':true"),
	AT("fd00::12", ",'proxy':true,'router':true"),
};
enum { WANTED = sizeof(wanted) / sizeof(wanted[0]) };

static const char *const foreign = IP
	"neigh add 10.0.0.50 lladdr " MAC "50 dev v1 nud permanent && " IP
	"neigh add 10.0.0.51 lladdr " MAC "51 dev v1 nud reachable proto bird && " IP
	"neigh add 10.0.0.52 lladdr " MAC "52 dev v2 nud noarp && " IP
	"neigh add proxy 10.0.0.53 dev v1 && " IP "neigh add fd00::54 lladdr " MAC
	"54 dev v1 nud stale extern_learn router";

static void make_all(void)
{
	make_scene();
	for (int i = 0; i < WANTED; i++)
		POST(201, "/neighbors", wanted[i]);
	assert_int_equal(command_run(foreign), 0);
}

static const char *theirs_of(struct json_object *theirs, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(theirs, name, &value))
		return "";
	return value ? json_object_get_string(value) : "true";
}

/* Its state is an array of one word, in capitals. */
static void state_of(struct json_object *theirs, char ret[32])
{
	struct json_object *list;
	const char *word = "";

	if (json_object_object_get_ex(theirs, "state", &list) &&
	    json_object_array_length(list) == 1)
		word = json_object_get_string(json_object_array_get_idx(list, 0));
	for (; *word; word++)
		*ret++ = (char)(*word | 0x20);
	*ret = '\0';
}

/* A field of ours, and where ip -N -d -s -j has it. */
static const struct {
	const char *pointer, *name, *otherwise;
} fields[] = {
	{ "/link", "dev", "" },
	{ "/mac", "lladdr", "" },
	{ "/router", "router", "" },
	{ "/proxy", "proxy", "" },
	{ "/external_learn", "extern_learn", "" },
	{ "/managed", "managed", "" },
	{ "/protocol", "protocol", "0" },
};

static void agree(const char *name, const char *ours, const char *theirs,
		  struct json_object *object)
{
	if (strcmp(ours, theirs))
		fail_msg("%s: %s, ip says %s: %s", name, ours, theirs,
			 json_object_to_json_string(object));
}

/* Seconds there; the two looks are a moment apart. */
static void ages_agree(struct json_object *ours, struct json_object *theirs)
{
	static const char *const names[] = { "used", "confirmed", "updated" };
	char pointer[48];

	for (int i = 0; i < 3; i++) {
		long seconds = atol(theirs_of(theirs, names[i])), age;

		snprintf(pointer, sizeof(pointer), "/status/statistics/%s_ms", names[i]);
		age = atol(json_text(ours, pointer)) / 1000;
		if (age < seconds - 5 || age > seconds + 5)
			fail_msg("%s: %ld s, ip says %ld", names[i], age, seconds);
	}
}

static void neighbors_agree(struct json_object *ours, struct json_object *theirs)
{
	char state[32];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *said = theirs_of(theirs, fields[i].name);

		agree(fields[i].pointer, json_text(ours, fields[i].pointer),
		      *said ? said : fields[i].otherwise, ours);
	}
	/* The kernel may be a step further at the second look. */
	state_of(theirs, state);
	if (!strcmp(json_text(ours, "/managed"), "true") && strcmp(state, "noarp"))
		snprintf(state, sizeof(state), "%s", json_text(ours, "/nud"));
	agree("nud", json_text(ours, "/nud"), state, ours);
	agree("status/nud", json_text(ours, "/status/nud"), state, ours);
	assert_int_equal(strstr(json_text(ours, "/status/flags"), "offloaded") != NULL,
			 json_object_object_get_ex(theirs, "offload", NULL));
	if (json_at(ours, "/status/statistics"))
		ages_agree(ours, theirs);
}

static struct json_object *find_theirs(struct json_object *theirs, struct json_object *one)
{
	for (size_t i = 0; i < json_object_array_length(theirs); i++) {
		struct json_object *other = json_object_array_get_idx(theirs, i);

		if (!strcmp(theirs_of(other, "dst"), json_text(one, "/address")) &&
		    !strcmp(theirs_of(other, "dev"), json_text(one, "/link")))
			return other;
	}
	fail_msg("ip does not show %s", json_text(one, "/self"));
	return NULL;
}

/* 0: the lists are not equally long, for the kernel makes some by itself meanwhile. */
static size_t lists_agree(const char *target, const char *command)
{
	struct json_object *ours = agent_get(agent, agent_text(target));
	struct json_object *theirs = command_json(command);
	size_t count = json_object_array_length(ours);

	assert_non_null(theirs);
	if (count != json_object_array_length(theirs))
		count = 0;
	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(ours, i);

		neighbors_agree(one, find_theirs(theirs, one));
	}
	json_object_put(ours);
	json_object_put(theirs);
	return count;
}

static size_t settled_lists_agree(const char *target, const char *command)
{
	size_t count = 0;

	for (int i = 0; i < 20 && !count; i++) {
		usleep(i ? 300 * 1000 : 0);
		count = lists_agree(target, command);
	}
	return count;
}

static void ip_says_the_same_in_all_fields(void **state)
{
	(void)state;
	make_all();
	/* A state that goes on by itself would do so between two looks: time for the probes. */
	usleep(4000 * 1000);
	assert_in_range(
		settled_lists_agree("/neighbors?namespace=@a&statistics=true&proxy=false",
				    "ip -n @a -N -d -s -j neigh show nud all"),
		11, 50);
	assert_int_equal(settled_lists_agree("/neighbors?namespace=@a&proxy=true",
					     "ip -n @a -N -d -j neigh show proxy"),
			 3);
	assert_int_equal(settled_lists_agree("/neighbors?namespace=@a&nud=permanent",
					     "ip -n @a -N -d -j neigh show nud permanent | jq "
					     "'map(select(.state==[\\'PERMANENT\\']))'"),
			 4);
}

static size_t count_of(const char *query)
{
	char target[256];
	struct json_object *all;
	size_t count;

	snprintf(target, sizeof(target), "/neighbors?namespace=@a&%s", query);
	all = agent_get(agent, agent_text(target));
	count = json_object_array_length(all);
	json_object_put(all);
	return count;
}

static void filters_go_to_the_kernel(void **state)
{
	(void)state;
	make_all();
	POST(201, "/links", "{'namespace':'@a','name':'br1','kind':'bridge','up':false}");
	assert_int_equal(command_run(IP "link set v2 master br1"), 0);
	assert_int_equal(count_of("protocol=tunneld"), WANTED);
	assert_int_equal(count_of("protocol=tunneld&family=ipv6"), 3);
	assert_int_equal(count_of("protocol=tunneld&link=v1"), WANTED);
	assert_int_equal(count_of("protocol=tunneld&link=v2"), 0);
	assert_int_equal(count_of("link=nosuch"), 0);
	assert_int_equal(count_of("master=nosuch"), 0);
	assert_int_equal(count_of("master=br1&family=ipv4"), 1);
	assert_int_equal(count_of("proxy=true"), 3);
	assert_int_equal(count_of("proxy=true&protocol=tunneld"), 2);
	assert_int_equal(count_of("nud=noarp&link=v2&family=ipv4"), 1);
	assert_int_equal(count_of("state=applied"), WANTED);
	assert_int_equal(count_of("state=foreign&link=v1&family=ipv4"), 3);
	assert_int_equal(count_of("owner=default"), WANTED);
	EXPECT(agent, 400, "GET", "/neighbors?nud=nosuch", NULL);
	EXPECT(agent, 400, "GET", "/neighbors?proxy=maybe", NULL);
	EXPECT(agent, 400, "GET", "/neighbors?statistics=maybe", NULL);
	EXPECT(agent, 400, "GET", "/neighbors?link=sixteen-letters-", NULL);
	EXPECT(agent, 400, "GET", "/neighbors?family=bridge", NULL);
}

/* ---- what a GET shows can be sent back ---- */

static void what_is_shown_is_taken_and_changes_nothing(void **state)
{
	struct json_object *all;

	(void)state;
	make_all();
	all = agent_get(agent, agent_text("/neighbors?namespace=@a&protocol=tunneld"));
	assert_int_equal(json_object_array_length(all), WANTED);
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *one = json_object_array_get_idx(all, i);
		struct reply *reply = EXPECT(agent, 200, "PUT", json_text(one, "/self"),
					     json_object_to_json_string(one));

		assert_string_equal(json_text(reply->json, "/status/revision"),
				    json_text(one, "/status/revision"));
	}
	json_object_put(all);
}

static void statistics_are_shown_where_they_are_asked_for(void **state)
{
	struct reply *reply;

	(void)state;
	make_scene();
	POST(201, "/neighbors", wanted[0]);
	reply = EXPECT(agent, 200, "GET", "/neighbors/@a/v1/10.0.0.10", NULL);
	assert_null(json_at(reply->json, "/status/statistics"));
	assert_true(reply->etag[0]);
	reply = EXPECT(agent, 200, "GET", "/neighbors/@a/v1/10.0.0.10?statistics=true", NULL);
	assert_non_null(json_at(reply->json, "/status/statistics/references"));
	assert_false(reply->etag[0]);
	EXPECT(agent, 400, "GET", "/neighbors/@a/v1/10.0.0.10?statistics=maybe", NULL);
}

/* ---- what can be changed ---- */

static void all_members_change_in_place(void **state)
{
	(void)state;
	make_scene();
	POST(201, "/neighbors", wanted[0]);
	EXPECT(agent, 200, "PATCH", "/neighbors/@a/v1/10.0.0.10",
	       "{'mac':'" MAC "99','router':true,'external_learn':true,'labels':{'a':'b'}}");
	assert_int_equal(
		command_run(IP
			    "neigh show 10.0.0.10 | grep -q '53:99 extern_learn router PERMA"
			    "NENT proto 116\\|53:99 router extern_learn PERMANENT proto 116'"),
		0);
	EXPECT(agent, 200, "PATCH", "/neighbors/@a/v1/10.0.0.10",
	       "{'router':null,'external_learn':false,'nud':'noarp'}");
	assert_int_equal(
		command_run(IP "neigh show nud noarp | grep -q '53:99 NOARP proto 116'"), 0);
	EXPECT(agent, 200, "PATCH", "/neighbors/@a/v1/10.0.0.10",
	       "{'mac':null,'nud':null,'managed':true}");
	assert_int_equal(command_run(IP "neigh show 10.0.0.10 | grep -q 'managed INCOMPLETE'"),
			 0);
	EXPECT(agent, 422, "PATCH", "/neighbors/@a/v1/10.0.0.10", "{'mac':'" MAC "99'}");
	EXPECT(agent, 422, "PATCH", "/neighbors/@a/v1/10.0.0.10", "{'managed':false}");
	EXPECT(agent, 200, "PUT", "/neighbors/@a/v1/10.0.0.10", "{'mac':'" MAC "10'}");
	assert_int_equal(
		command_run(IP "neigh show 10.0.0.10 | grep -q '53:10 PERMANENT proto 116'"),
		0);
	EXPECT(agent, 422, "PATCH", "/neighbors/@a/v1/10.0.0.10", "{'proxy':true,'mac':null}");
	EXPECT(agent, 422, "PATCH", "/neighbors/@a/v1/10.0.0.10", "{'address':'10.0.0.11'}");
	EXPECT(agent, 422, "PATCH", "/neighbors/@a/v1/10.0.0.10", "{'link':'v2'}");
}

static void a_proxy_and_a_neighbour_of_one_address_are_two(void **state)
{
	(void)state;
	make_scene();
	EXPECT(agent, 201, "PUT", "/neighbors/@a/v1/10.0.0.10", "{'mac':'" MAC "10'}");
	EXPECT(agent, 404, "GET", "/neighbors/@a/v1/10.0.0.10?proxy=true", NULL);
	EXPECT(agent, 201, "PUT", "/neighbors/@a/v1/10.0.0.10?proxy=true", "{}");
	POST(409, "/neighbors", AT("10.0.0.10", ",'proxy':true"));
	EXPECT(agent, 200, "PATCH", "/neighbors/@a/v1/10.0.0.10?proxy=true", "{'router':true}");
	EXPECT(agent, 422, "PUT", "/neighbors/@a/v1/10.0.0.10?proxy=true", "{'proxy':false}");
	EXPECT(agent, 422, "PUT", "/neighbors/@a/v1/10.0.0.10", "{'proxy':true}");
	EXPECT(agent, 204, "DELETE", "/neighbors/@a/v1/10.0.0.10", NULL);
	EXPECT(agent, 404, "GET", "/neighbors/@a/v1/10.0.0.10", NULL);
	EXPECT(agent, 200, "GET", "/neighbors/@a/v1/10.0.0.10?proxy=true", NULL);
	EXPECT(agent, 204, "DELETE", "/neighbors/@a/v1/10.0.0.10?proxy=true", NULL);
	assert_int_equal(command_run(IP "neigh show proxy | grep -q ."), 1);
}

/* ---- what is wrong ---- */

static const struct {
	const char *body, *pointer, *code;
} wrongs[] = {
	{ AT("10.0.0.300", ",'mac':'" MAC "10'"), "/address", "format" },
	{ AT("10.0.0.3/32", ",'mac':'" MAC "10'"), "/address", "format" },
	{ AT("0.0.0.0", ",'mac':'" MAC "10'"), "/address", "range" },
	{ AT("::", ",'mac':'" MAC "10'"), "/address", "range" },
	{ "{'namespace':'@a','link':'v1','mac':'" MAC "10'}", "/address", "required" },
	{ "{'namespace':'@a','address':'10.0.0.3'}", "/link", "required" },
	{ "{'link':'v1','address':'10.0.0.3'}", "/namespace", "required" },
	{ AT("10.0.0.3", ""), "/mac", "required" },
	{ AT("10.0.0.3", ",'mac':'02:00:5e'"), "/mac", "length" },
	{ AT("10.0.0.3", ",'mac':'" MAC "10:11'"), "/mac", "length" },
	{ AT("10.0.0.3", ",'mac':'10.0.0.9'"), "/mac", "length" },
	{ AT("10.0.0.3", ",'mac':'fd00::9'"), "/mac", "length" },
	{ AT("10.0.0.3", ",'mac':'02-00-5e-00-53-10'"), "/mac", "format" },
	{ AT("10.0.0.3", ",'mac':''"), "/mac", "format" },
	{ AT("10.0.0.3", ",'mac':7"), "/mac", "type" },
	{ AT("10.0.0.3", ",'mac':'" MAC "10','nud':'stale'"), "/nud", "range" },
	{ AT("10.0.0.3", ",'mac':'" MAC "10','nud':'failed'"), "/nud", "range" },
	{ AT("10.0.0.3", ",'mac':'" MAC "10','nud':'permanant'"), "/nud", "word" },
	{ AT("10.0.0.3", ",'mac':'" MAC "10','nud':128"), "/nud", "type" },
	{ AT("10.0.0.3", ",'managed':true,'nud':'permanent'"), "/nud", "exclusive" },
	{ AT("10.0.0.3", ",'managed':true,'nud':'stale'"), "/nud", "exclusive" },
	{ AT("10.0.0.3", ",'managed':true,'mac':'" MAC "10'"), "/mac", "exclusive" },
	{ AT("10.0.0.3", ",'proxy':true,'mac':'" MAC "10'"), "/mac", "exclusive" },
	{ AT("10.0.0.3", ",'proxy':true,'nud':'permanent'"), "/nud", "exclusive" },
	{ AT("10.0.0.3", ",'proxy':true,'managed':true"), "/managed", "exclusive" },
	{ AT("10.0.0.3", ",'proxy':true,'external_learn':true"), "/external_learn",
	  "exclusive" },
	{ AT("10.0.0.3", ",'mac':'" MAC "10','protocol':4"), "/protocol", "owned" },
	{ AT("10.0.0.3", ",'mac':'" MAC "10','rooter':true"), "/rooter", "unknown" },
};

static void each_wrong_member_is_named(void **state)
{
	(void)state;
	make_scene();
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct reply *reply = POST(422, "/neighbors", wrongs[i].body);

		if (strcmp(json_text(reply->json, "/errors/0/pointer"), wrongs[i].pointer) ||
		    strcmp(json_text(reply->json, "/errors/0/code"), wrongs[i].code))
			fail_msg("%s: %s", wrongs[i].body, reply->body);
	}
	assert_int_equal(command_run(IP "neigh show nud all | grep -q 'proto 116'"), 1);
}

static void what_is_missing_is_named(void **state)
{
	struct reply *reply;

	(void)state;
	make_scene();
	reply = POST(409, "/neighbors",
		     "{'namespace':'@z','link':'v1','address':'10.0.0.3','mac':'" MAC "10'}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/namespace");
	reply = POST(409, "/neighbors",
		     "{'namespace':'@a','link':'v9','address':'10.0.0.3','mac':'" MAC "10'}");
	assert_string_equal(json_text(reply->json, "/errors/0/pointer"), "/link");
	reply = POST(409, "/neighbors",
		     "{'namespace':'@a','link':'lo','address':'10.0.0.3','mac':'" MAC "10'}");
	assert_non_null(strstr(reply->body, "loopback"));
	EXPECT(agent, 404, "GET", "/neighbors/@z/v1/10.0.0.3", NULL);
	EXPECT(agent, 404, "GET", "/neighbors/@a/v9/10.0.0.3", NULL);
	EXPECT(agent, 404, "GET", "/neighbors/@a/v1/10.0.0.3", NULL);
	EXPECT(agent, 404, "GET", "/neighbors/@a/v1/10.0.0.300", NULL);
	EXPECT(agent, 404, "DELETE", "/neighbors/@a/v1/10.0.0.3", NULL);
	EXPECT(agent, 404, "PATCH", "/neighbors/@a/v1/10.0.0.3", "{'router':true}");
	assert_int_equal(command_run(IP "link set v2 mtu 1000"), 0);
	reply = POST(409, "/neighbors",
		     "{'namespace':'@a','link':'v2','address':'fd00::3','mac':'" MAC "10'}");
	assert_non_null(strstr(reply->body, "1280"));
}

static void what_is_in_the_way_is_named(void **state)
{
	struct reply *reply;

	(void)state;
	make_all();
	reply = POST(409, "/neighbors", wanted[0]);
	assert_string_equal(json_text(reply->json, "/conflict/self"),
			    agent_text("/neighbors/@a/v1/10.0.0.10"));
	reply = POST(409, "/neighbors", AT("10.0.0.50", ",'mac':'" MAC "10'"));
	assert_string_equal(json_text(reply->json, "/conflict/self"),
			    agent_text("/neighbors/@a/v1/10.0.0.50"));
	reply = POST(409, "/neighbors", AT("10.0.0.53", ",'proxy':true"));
	assert_string_equal(json_text(reply->json, "/conflict/self"),
			    agent_text("/neighbors/@a/v1/10.0.0.53?proxy=true"));
	POST(409, "/neighbors",
	     "{'namespace':'@a','link':'v2','address':'10.0.0.52','mac':'" MAC "10'}");
	POST(409, "/neighbors", AT("fd00::54", ",'mac':'" MAC "10'"));
	EXPECT(agent, 409, "PATCH", "/neighbors/@a/v1/10.0.0.50", "{'router':true}");
	EXPECT(agent, 409, "DELETE", "/neighbors/@a/v1/10.0.0.50", NULL);
	EXPECT(agent, 200, "PATCH", "/neighbors/@a/v1/10.0.0.50?foreign=true",
	       "{'mac':'" MAC "60'}");
	assert_int_equal(command_run(IP "neigh show 10.0.0.50 | grep -q '53:60 PERMANENT *$'"),
			 0);
	follow_state(agent, "/neighbors/@a/v1/10.0.0.50", "foreign");
	EXPECT(agent, 204, "DELETE", "/neighbors/@a/v1/10.0.0.50?foreign=true", NULL);
	EXPECT(agent, 204, "DELETE", "/neighbors/@a/v1/10.0.0.53?proxy=true&foreign=true",
	       NULL);
	EXPECT(agent, 404, "GET", "/neighbors/@a/v1/10.0.0.50", NULL);
}

/* What the kernel learned by itself is nobody's. */
static void what_is_learned_gives_way(void **state)
{
	(void)state;
	make_all();
	EXPECT(agent, 409, "DELETE", "/neighbors/@a/v1/10.0.0.51", NULL);
	POST(201, "/neighbors", AT("10.0.0.51", ",'mac':'" MAC "61'"));
	assert_int_equal(
		command_run(IP "neigh show 10.0.0.51 | grep -q '53:61 PERMANENT proto 116'"),
		0);
	assert_int_equal(
		command_run(IP "neigh add 10.0.0.55 lladdr " MAC "55 dev v1 nud stale && " IP
			       "neigh add 10.0.0.56 lladdr " MAC "56 dev v1 nud reachable"),
		0);
	EXPECT(agent, 404, "PATCH", "/neighbors/@a/v1/10.0.0.55", "{'router':true}");
	EXPECT(agent, 201, "PUT", "/neighbors/@a/v1/10.0.0.55", "{'mac':'" MAC "65'}");
	EXPECT(agent, 204, "DELETE", "/neighbors/@a/v1/10.0.0.56?foreign=true", NULL);
	EXPECT(agent, 404, "GET", "/neighbors/@a/v1/10.0.0.56", NULL);
}

static void an_array_is_made_whole_or_not_at_all(void **state)
{
	struct reply *reply;

	(void)state;
	make_scene();
	reply = POST(409, "/neighbors",
		     "[" AT("10.0.0.3", ",'mac':'" MAC "10'") "," AT("10.0.0.3",
								     ",'mac':'" MAC "11'") "]");
	assert_non_null(strstr(reply->body, "/1"));
	reply = POST(422, "/neighbors",
		     "[" AT("10.0.0.3", ",'mac':'" MAC "10'") "," AT("10.0.0.4",
								     ",'mac':'02:00'") "]");
	assert_non_null(strstr(reply->body, "\"/1/mac\""));
	reply = POST(
		409, "/neighbors",
		"[" AT("10.0.0.3",
		       ",'mac':'" MAC
		       "10'") ",{'namespace':'@a','link':'v9','address':'10.0.0.4','mac':'" MAC
			      "10'}]");
	assert_non_null(strstr(reply->body, "\"/1/link\""));
	assert_int_equal(command_run(IP "neigh show nud all | grep -q 'proto 116'"), 1);
	POST(201, "/neighbors",
	     "[" AT("10.0.0.3", ",'mac':'" MAC "10'") "," AT("10.0.0.3", ",'proxy':true") "]");
}

/* ---- tunnels ---- */

/* Sent to the others of a multipoint tunnel: the outer address is the link-layer one. */
static void on_a_tunnel_it_is_the_outer_address(void **state)
{
	struct reply *reply;

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	reply = agent_call(
		agent,
		&(struct call){ "POST", "/tunnels",
				"{'namespace':'@a','name':'g1','kind':'gre','local':'10.9.0.1',"
				"'key':5,'addresses':['10.8.0.1/24']}",
				NULL, NULL });
	if (reply->status == 501 && !agent_requires_all_kinds()) {
		print_message("SKIP gre: %s\n", json_text(reply->json, "/detail"));
		return;
	}
	assert_int_equal(reply->status, 201);
	if (!strcmp(json_text(reply->json, "/status/datapath"), "userspace")) {
		/* A TUN device is point-to-point, whatever is carried by it. */
		reply = POST(
			409, "/neighbors",
			"{'namespace':'@a','link':'g1','address':'10.8.0.2','mac':'10.9.0.9'}");
		assert_non_null(strstr(reply->body, "point-to-point"));
		return;
	}
	POST(201, "/tunnels",
	     "{'namespace':'@a','name':'i1','kind':'ipip','local':'10.9.0.1','remote':'10.9.0.2'}");
	reply = POST(201, "/neighbors",
		     "{'namespace':'@a','link':'g1','address':'10.8.0.2','mac':'10.9.0.9'}");
	assert_string_equal(json_text(reply->json, "/mac"), "10.9.0.9");
	assert_int_equal(command_run(IP "neigh show | grep -q '10.8.0.2 dev g1 lladdr 10.9.0.9 "
					"PERMANENT proto 116'"),
			 0);
	POST(422, "/neighbors",
	     "{'namespace':'@a','link':'g1','address':'10.8.0.3','mac':'" MAC "10'}");
	reply = POST(409, "/neighbors",
		     "{'namespace':'@a','link':'i1','address':'10.8.0.3','mac':'10.9.0.9'}");
	assert_non_null(strstr(reply->body, "point-to-point"));
	/* Where traffic comes first, the kernel takes the tunnel's own address for it. */
	follow_upset(
		agent,
		&(struct upset){ "its tunnel goes down and up, and traffic comes first",
				 IP "link set g1 down && " IP "link set g1 up; "
				    "ip netns exec @a ping -c1 -W1 10.8.0.2 >/dev/null; true",
				 "/neighbors/@a/g1/10.8.0.2", "repaired",
				 IP "neigh show | grep -q '10.8.0.2 dev g1 lladdr 10.9.0.9'",
				 NULL });
}

/* ---- what is wanted stays ---- */

#define HOLDS                                                                                 \
	IP "neigh show | grep -q '10.0.0.10 dev v1 lladdr " MAC "10 PERMANENT proto 116' && " \
	   "ip -n @a neigh show nud noarp | grep -q '10.0.0.11 .*" MAC "11 NOARP' && "        \
	   "ip -n @a neigh show proxy | grep -q '10.0.0.10 .*proxy' && "                      \
	   "ip -n @a neigh show | grep -q 'fd00::10 .*" MAC "aa router PERMANENT'"

static void upset(const char *name, const char *command, const char *event)
{
	follow_upset(agent, &(struct upset){ name, command,
					     event ? "/neighbors/@a/v1/10.0.0.10" : NULL, event,
					     HOLDS, NULL });
}

static void make_few(void)
{
	make_scene();
	for (int i = 0; i < WANTED; i++)
		POST(201, "/neighbors", wanted[i]);
	assert_int_equal(command_run(HOLDS), 0);
}

static void what_is_removed_comes_back(void **state)
{
	(void)state;
	make_few();
	upset("a neighbour is removed", IP "neigh del 10.0.0.10 dev v1", "repaired");
	upset("its MAC is altered", IP "neigh replace 10.0.0.10 lladdr " MAC "77 dev v1",
	      "repaired");
	upset("its state is altered",
	      IP "neigh replace 10.0.0.10 lladdr " MAC "10 dev v1 nud stale", "repaired");
	upset("all are flushed", IP "neigh flush dev v1 nud all", "repaired");
}

static void what_goes_with_its_link_comes_back(void **state)
{
	(void)state;
	make_few();
	upset("the link goes down", IP "link set v1 down", "repaired");
	upset("the link goes down and up", IP "link set v1 down && " IP "link set v1 up",
	      "repaired");
	upset("the carrier goes", IP "link set v2 down && sleep 0.2 && " IP "link set v2 up",
	      NULL);
	upset("the link gets another MAC", IP "link set v1 address 02:00:5e:00:53:fe",
	      "repaired");
	upset("the link is deleted", IP "link del v1", "repaired");
	upset("ARP is switched off and on",
	      IP "link set v1 arp off && " IP "link set v1 arp on", "repaired");
}

/* The kernel tells nobody of them: a proxy is found to be gone when something else happens. */
static void a_proxy_comes_back_with_the_next_look(void **state)
{
	(void)state;
	make_few();
	upset("a proxy is removed",
	      IP "neigh del proxy 10.0.0.10 dev v1 && " IP "link set v2 mtu 1499", NULL);
}

static void what_others_set_in_its_place_is_theirs(void **state)
{
	(void)state;
	make_few();
	assert_int_equal(command_run(IP "neigh replace 10.0.0.10 lladdr " MAC
					"77 dev v1 proto bird && " IP "link set v2 mtu 1499"),
			 0);
	follow_state(agent, "/neighbors/@a/v1/10.0.0.10", "retrying");
	EXPECT(agent, 409, "PATCH", "/neighbors/@a/v1/10.0.0.10", "{'mac':'" MAC "78'}");
	EXPECT(agent, 204, "DELETE", "/neighbors/@a/v1/10.0.0.10", NULL);
	follow_state(agent, "/neighbors/@a/v1/10.0.0.10", "foreign");
	assert_int_equal(command_run(IP "neigh show | grep -q '10.0.0.10 .*53:77'"), 0);
}

static void it_goes_with_its_link_and_waits_for_one(void **state)
{
	(void)state;
	make_few();
	EXPECT(agent, 204, "DELETE", "/links/@a/v1", NULL);
	assert_int_equal(count_of("owner=default"), 0);
	POST(409, "/neighbors", wanted[0]);
	POST(201, "/neighbors?pending=true", wanted[0]);
	follow_state(agent, "/neighbors/@a/v1/10.0.0.10", "pending");
	assert_int_equal(count_of("state=pending"), 1);
	assert_int_equal(
		count_of("state=pending&link=v1&family=ipv4&proxy=false&nud=permanent"), 1);
	assert_int_equal(count_of("state=pending&link=v2"), 0);
	assert_int_equal(count_of("state=pending&proxy=true"), 0);
	POST(201, "/links",
	     "{'namespace':'@a','name':'v1','kind':'veth','peer':{'namespace':'@a','name':'v2'}}");
	follow_until(IP "neigh show | grep -q '10.0.0.10 .*53:10 PERMANENT'", "applied");
	EXPECT(agent, 204, "DELETE", "/namespaces/@a", NULL);
	follow_state(agent, "/neighbors/@a/v1/10.0.0.10", "pending");
}

static void it_outlives_a_restart_and_a_lost_store(void **state)
{
	char path[128];

	(void)state;
	make_few();
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	assert_int_equal(command_run(IP "neigh flush dev v1 nud all"), 0);
	assert_int_equal(agent_again(agent), 0);
	follow_until(HOLDS, "after a restart");
	assert_int_equal(agent_stop(agent, SIGTERM), 0);
	snprintf(path, sizeof(path), "rm %s/tunneld.db*", agent->folder);
	assert_int_equal(command_run(path), 0);
	assert_int_equal(agent_again(agent), 0);
	assert_int_equal(count_of("state=applied&owner=default"), WANTED);
	EXPECT(agent, 200, "GET", "/neighbors/@a/v1/10.0.0.10?proxy=true", NULL);
	assert_int_equal(command_run(HOLDS), 0);
}

/* ---- the configuration ---- */

static void a_configuration_has_neighbours(void **state)
{
	static const char *const links =
		"{'namespaces':[{'name':'@a'}],'links':[{'namespace':'@a','name':'b1','kind':"
		"'bridge'}]%s}";
	struct json_object *config;
	char body[1024];

	(void)state;
	snprintf(body, sizeof(body), links,
		 ",'neighbors':[{'namespace':'@a','link':'b1','address':'10.0.0.9','mac':"
		 "'02:00:5e:00:53:09'},{'namespace':'@a','link':'b1','address':'10.0.0.9',"
		 "'proxy':true}]");
	EXPECT(agent, 200, "PUT", "/config?owner=x", body);
	assert_int_equal(command_run(IP "neigh show | grep -q '10.0.0.9 .*53:09 PERMANENT'"),
			 0);
	config = agent_get(agent, "/config?owner=x");
	assert_int_equal(json_object_array_length(json_at(config, "/neighbors")), 2);
	EXPECT(agent, 200, "PUT", "/config?owner=x", json_object_to_json_string(config));
	json_object_put(config);
	/* Who says nothing of them has none. */
	snprintf(body, sizeof(body), links, "");
	EXPECT(agent, 200, "POST", "/config/apply?owner=x", body);
	assert_int_equal(command_run(IP "neigh show proxy | grep -q 10.0.0.9"), 0);
	EXPECT(agent, 200, "PUT", "/config?owner=x", body);
	assert_int_equal(command_run(IP "neigh show nud all | grep -q 'proto 116'"), 1);
	EXPECT(agent, 200, "PUT", "/config?owner=x", "{}");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, agent_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ip_says_the_same_in_all_fields),
		CASE(filters_go_to_the_kernel),
		CASE(what_is_shown_is_taken_and_changes_nothing),
		CASE(statistics_are_shown_where_they_are_asked_for),
		CASE(all_members_change_in_place),
		CASE(a_proxy_and_a_neighbour_of_one_address_are_two),
		CASE(each_wrong_member_is_named),
		CASE(what_is_missing_is_named),
		CASE(what_is_in_the_way_is_named),
		CASE(what_is_learned_gives_way),
		CASE(an_array_is_made_whole_or_not_at_all),
		CASE(on_a_tunnel_it_is_the_outer_address),
		CASE(what_is_removed_comes_back),
		CASE(what_goes_with_its_link_comes_back),
		CASE(a_proxy_comes_back_with_the_next_look),
		CASE(what_others_set_in_its_place_is_theirs),
		CASE(it_goes_with_its_link_and_waits_for_one),
		CASE(it_outlives_a_restart_and_a_lost_store),
		CASE(a_configuration_has_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
