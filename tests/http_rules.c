/*
 * Rules over HTTP: what ip(8) says of them field by field, what stands in the way,
 * and that they stay as they are wanted.
 */
#include <stdio.h>
#include <stdlib.h>
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

/* ---- the oracle ---- */

static const char *const wanted[] = {
	"'priority':10,'source':'10.0.0.0/8','destination':'10.1.0.1','table':300",
	"'priority':11,'not':true,'tos':16,'mark':5,'mark_mask':240,'table':'main'",
	"'priority':12,'input_device':'a','output_device':'lo','ip_protocol':'udp'",
	"'priority':13,'source_port_range':{'low':5,'high':5},'destination_port_range':{'low':6,'high':9}",
	"'priority':14,'uid_range':{'low':0,'high':4},'suppress_prefix_length':0,'suppress_device_group':7",
	"'priority':15,'action':'goto','goto_priority':16",
	"'priority':16,'action':'blackhole','mark':0,'mark_mask':255",
	"'priority':17,'action':'unreachable'",
	"'priority':18,'action':'prohibit','source':'0.0.0.0/0'",
	"'priority':19,'action':'nop'",
	"'priority':20,'family':'ipv6','mark':4294967295,'tos':64",
	"'priority':21,'source':'fd00::/8','destination':'fd01::1','table':4294967295",
	"'priority':4294967295,'destination':'::/0','suppress_prefix_length':128",
};

static const char *const foreign =
	"ip -n @a rule add pref 30 from 10.3.0.0/16 fwmark 7 table 9 && "
	"ip -n @a rule add pref 30 from 10.4.0.0/16 iif lo table 9 proto 4 && "
	"ip -n @a rule add pref 31 tun_id 9 blackhole && "
	"ip -n @a -6 rule add pref 32 not from fd03::/16 goto 40";

/* A field of ours, and where ip -N -d -j has it. */
static const struct field {
	const char *pointer, *name, *otherwise;
} fields[] = {
	{ "/priority", "priority", "" },
	{ "/tos", "tos", "" },
	{ "/mark", "fwmark", "0" },
	{ "/mark_mask", "fwmask", "4294967295" },
	{ "/input_device", "iif", "" },
	{ "/output_device", "oif", "" },
	{ "/uid_range/low", "uid_start", "" },
	{ "/uid_range/high", "uid_end", "" },
	{ "/table", "table", "" },
	{ "/goto_priority", "goto", "" },
	{ "/suppress_prefix_length", "suppress_prefixlen", "" },
	{ "/suppress_device_group", "suppress_ifgroup", "" },
	{ "/protocol", "protocol", "" },
};

static void as_number(const char *text, const char *otherwise, char ret[64])
{
	char *end;
	unsigned long number = strtoul(text, &end, 0);

	snprintf(ret, 64, "%s", *text ? text : otherwise);
	if (*text && !*end)
		snprintf(ret, 64, "%lu", number);
}

static const char *theirs_of(struct json_object *theirs, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(theirs, name, &value) && value ?
		       json_object_get_string(value) :
		       "";
}

static void agree(const char *name, const char *ours, const char *theirs,
		  struct json_object *object)
{
	if (strcmp(ours, theirs))
		fail_msg("%s: %s, ip says %s: %s", name, ours, theirs,
			 json_object_to_json_string(object));
}

static void prefixes_agree(struct json_object *ours, struct json_object *theirs,
			   const char *name, const char *address, const char *length)
{
	bool ipv6 = !strcmp(json_text(ours, "/family"), "ipv6");
	const char *said = theirs_of(theirs, address);
	const char *bits = theirs_of(theirs, length);
	char text[96] = "";

	if (*said && strcmp(said, "all"))
		snprintf(text, sizeof(text), "%s/%s", said, *bits ? bits : ipv6 ? "128" : "32");
	agree(name, json_text(ours, name), text, ours);
}

/* One port is one number there. */
static void ports_agree(struct json_object *ours, struct json_object *theirs, const char *group,
			const char *name)
{
	static const char *const ends[][2] = { { "low", "start" }, { "high", "end" } };
	char pointer[64], other[32];

	for (int i = 0; i < 2; i++) {
		snprintf(pointer, sizeof(pointer), "/%s/%s", group, ends[i][0]);
		snprintf(other, sizeof(other), "%s_%s", name, ends[i][1]);
		agree(pointer, json_text(ours, pointer),
		      *theirs_of(theirs, name) ? theirs_of(theirs, name) :
						 theirs_of(theirs, other),
		      ours);
	}
}

static void actions_agree(struct json_object *ours, struct json_object *theirs)
{
	static const char *const words[] = { "",	"", "",		 "",
					     "",	"", "blackhole", "unreachable",
					     "prohibit" };
	const char *action = theirs_of(theirs, "action");

	if (*action)
		action = words[strtoul(action, NULL, 10) % 9];
	else if (json_object_object_get_ex(theirs, "nop", NULL))
		action = "nop";
	else
		action = *theirs_of(theirs, "goto") ? "goto" : "lookup";
	agree("action", json_text(ours, "/action"), action, ours);
	agree("not", json_text(ours, "/not"),
	      json_object_object_get_ex(theirs, "not", NULL) ? "true" : "", ours);
	assert_int_equal(strstr(json_text(ours, "/status/flags"), "unresolved") != NULL,
			 json_object_object_get_ex(theirs, "unresolved", NULL));
	assert_int_equal(strstr(json_text(ours, "/status/flags"), "other_conditions") != NULL,
			 json_object_object_get_ex(theirs, "tun_id", NULL));
	if (*theirs_of(theirs, "ipproto"))
		agree("ip_protocol", json_text(ours, "/ip_protocol"), "17", ours);
}

static void rules_agree(struct json_object *ours, struct json_object *theirs)
{
	char one[64], other[64];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		as_number(json_text(ours, fields[i].pointer), fields[i].otherwise, one);
		as_number(theirs_of(theirs, fields[i].name), fields[i].otherwise, other);
		agree(fields[i].pointer, one, other, ours);
	}
	prefixes_agree(ours, theirs, "/source", "src", "srclen");
	prefixes_agree(ours, theirs, "/destination", "dst", "dstlen");
	ports_agree(ours, theirs, "source_port_range", "sport");
	ports_agree(ours, theirs, "destination_port_range", "dport");
	actions_agree(ours, theirs);
}

static size_t family_agrees(const char *target, const char *command)
{
	struct json_object *ours = agent_get(agent, agent_text(target));
	struct json_object *theirs = command_json(command);
	size_t count = json_object_array_length(ours);

	assert_non_null(theirs);
	assert_int_equal(count, json_object_array_length(theirs));
	for (size_t i = 0; i < count; i++)
		rules_agree(json_object_array_get_idx(ours, i),
			    json_object_array_get_idx(theirs, i));
	json_object_put(ours);
	json_object_put(theirs);
	return count;
}

static void make_all(void)
{
	char body[512];

	POST(201, "/namespaces", "{'name':'@a'}");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		snprintf(body, sizeof(body), "{'namespace':'@a',%s}", wanted[i]);
		POST(201, "/rules", body);
	}
	assert_int_equal(command_run(foreign), 0);
}

static void ip_says_the_same_in_all_fields(void **state)
{
	(void)state;
	make_all();
	assert_int_equal(family_agrees("/rules?namespace=@a&family=ipv4",
				       "ip -N -d -j -4 -n @a rule show"),
			 16);
	assert_int_equal(family_agrees("/rules?namespace=@a&family=ipv6",
				       "ip -N -d -j -6 -n @a rule show"),
			 6);
}

/* ---- what a GET shows can be sent back ---- */

static void what_is_shown_is_taken_and_changes_nothing(void **state)
{
	struct json_object *all, *again;

	(void)state;
	make_all();
	all = agent_get(agent, agent_text("/rules?namespace=@a&protocol=tunneld"));
	assert_int_equal(json_object_array_length(all), sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *one = json_object_array_get_idx(all, i);

		EXPECT(agent, 200, "PUT", json_text(one, "/self"),
		       json_object_to_json_string(one));
	}
	again = agent_get(agent, agent_text("/rules?namespace=@a&protocol=tunneld"));
	assert_true(json_object_equal(all, again));
	json_object_put(all);
	json_object_put(again);
}

/* ---- what is in the way ---- */

static void what_is_in_the_way_is_named(void **state)
{
	struct reply *reply;

	(void)state;
	make_all();
	reply = POST(409, "/rules", "{'namespace':'@a','priority':10,'table':7}");
	assert_string_equal(json_text(reply->json, "/conflict/self"),
			    agent_text("/rules/@a/ipv4/10"));
	reply = POST(409, "/rules", "{'namespace':'@a','priority':32766,'table':7}");
	assert_string_equal(json_text(reply->json, "/conflict/self"),
			    agent_text("/rules/@a/ipv4/32766"));
	reply = EXPECT(agent, 409, "GET", "/rules/@a/ipv4/30", NULL);
	assert_string_equal(
		json_text(reply->json, "/candidates/1/self"),
		agent_text("/rules/@a/ipv4/30?source=10.4.0.0/16&destination=0.0.0.0/0"
			   "&mark=0&table=9&protocol=4&action=lookup&input_device=lo"));
	EXPECT(agent, 200, "GET", "/rules/@a/ipv4/30?protocol=4", NULL);
	EXPECT(agent, 200, "GET", "/rules/@a/ipv4/30?mark=7", NULL);
	EXPECT(agent, 404, "GET", "/rules/@a/ipv4/30?mark=8", NULL);
	EXPECT(agent, 409, "DELETE", "/rules/@a/ipv4/30?mark=7", NULL);
	EXPECT(agent, 204, "DELETE", "/rules/@a/ipv4/30?mark=7&foreign=true", NULL);
	EXPECT(agent, 200, "GET", "/rules/@a/ipv4/30", NULL);
	EXPECT(agent, 409, "PATCH", "/rules/@a/ipv4/31?foreign=true",
	       "{'table':8,'action':'lookup'}");
	EXPECT(agent, 404, "GET", "/rules/@a/ipv5/10", NULL);
	EXPECT(agent, 404, "GET", "/rules/@a/ipv4/010", NULL);
}

static void an_array_is_made_whole_or_not_at_all(void **state)
{
	struct reply *reply;

	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	reply = POST(
		409, "/rules",
		"[{'namespace':'@a','priority':5},{'namespace':'@a','priority':5,'table':7}]");
	assert_non_null(strstr(reply->body, "/1"));
	reply = POST(422, "/rules",
		     "[{'namespace':'@a','priority':5},{'namespace':'@a','priority':6,'tos':3,"
		     "'uid_range':{'low':1}}]");
	assert_non_null(strstr(reply->body, "\"/1/uid_range/high\""));
	assert_int_equal(command_run("ip -n @a rule show | grep -q '^5:'"), 1);
	POST(201, "/rules",
	     "[{'namespace':'@a','priority':5},{'namespace':'@a','priority':5,'family':'ipv6'}]");
}

/* ---- what is wanted stays ---- */

static void upset(const char *name, const char *command, const char *event, const char *holds)
{
	follow_upset(agent, &(struct upset){ name, command, event ? "/rules/@a/ipv4/100" : NULL,
					     event, holds, NULL });
}

#define HOLDS "ip -n @a rule show | grep -q '^100:.*from 10.1.0.0/16 lookup 100'"

static void what_is_removed_comes_back(void **state)
{
	(void)state;
	assert_int_equal(command_run("ip netns add @a"), 0);
	POST(201, "/rules",
	     "{'namespace':'@a','priority':100,'source':'10.1.0.0/16','table':100}");
	upset("a rule is removed", "ip -n @a rule del pref 100", "repaired", HOLDS);
	upset("a rule is exchanged",
	      "ip -n @a rule add pref 100 from 10.2.0.0/16 lookup 100 proto 116 && "
	      "ip -n @a rule del pref 100 from 10.1.0.0/16",
	      NULL, HOLDS " && ! ip -n @a rule show | grep -q 10.2.0.0");
	upset("all rules go", "ip -n @a rule flush", "repaired", HOLDS);
	upset("its namespace goes", "ip netns del @a", "pending", NULL);
	upset("and comes again", "ip netns add @a", "applied", HOLDS);
	EXPECT(agent, 204, "DELETE", "/rules/@a/ipv4/100", NULL);
	usleep(300 * 1000);
	assert_int_equal(command_run(HOLDS), 1);
	command_run("ip netns del @a");
}

static void what_others_put_in_its_place_is_theirs(void **state)
{
	(void)state;
	POST(201, "/namespaces", "{'name':'@a'}");
	POST(201, "/rules",
	     "{'namespace':'@a','priority':100,'source':'10.1.0.0/16','table':100}");
	assert_int_equal(command_run("ip -n @a rule add pref 100 from 10.7.0.0/16 table 7 && "
				     "ip -n @a rule del pref 100 from 10.1.0.0/16"),
			 0);
	follow_state(agent, "/rules/@a/ipv4/100", "retrying");
	EXPECT(agent, 409, "PATCH", "/rules/@a/ipv4/100", "{'table':8}");
	EXPECT(agent, 409, "POST", "/config/apply",
	       "{'rules':[{'namespace':'@a','priority':100,'table':9}]}");
	EXPECT(agent, 204, "DELETE", "/rules/@a/ipv4/100", NULL);
	follow_state(agent, "/rules/@a/ipv4/100", "foreign");
	assert_int_equal(
		command_run("ip -n @a rule show | grep -q '^100:.*10.7.0.0/16 lookup 7'"), 0);
}

static void what_waits_comes_with_its_namespace(void **state)
{
	(void)state;
	POST(409, "/rules",
	     "{'namespace':'@a','priority':100,'source':'10.1.0.0/16','table':100}");
	POST(201, "/rules?pending=true",
	     "{'namespace':'@a','priority':100,'source':'10.1.0.0/16','table':100}");
	follow_state(agent, "/rules/@a/ipv4/100", "pending");
	POST(201, "/namespaces", "{'name':'@a'}");
	follow_until(HOLDS, "applied");
	EXPECT(agent, 204, "DELETE", "/namespaces/@a", NULL);
	follow_state(agent, "/rules/@a/ipv4/100", "pending");
}

/* ---- the configuration ---- */

static void a_configuration_has_rules(void **state)
{
	struct json_object *config;

	(void)state;
	EXPECT(agent, 200, "PUT", "/config?owner=x",
	       "{'namespaces':[{'name':'@a'}],"
	       "'rules':[{'namespace':'@a','priority':100,'source':'10.1.0.0/16','table':100},"
	       "{'namespace':'@a','priority':101,'table':7}]}");
	assert_int_equal(command_run(HOLDS), 0);
	config = agent_get(agent, "/config?owner=x");
	assert_int_equal(json_object_array_length(json_at(config, "/rules")), 2);
	json_object_put(config);
	EXPECT(agent, 200, "PUT", "/config?owner=x",
	       "{'namespaces':[{'name':'@a'}],"
	       "'rules':[{'namespace':'@a','priority':101,'table':8}]}");
	assert_int_equal(command_run(HOLDS), 1);
	assert_int_equal(command_run("ip -n @a rule show | grep -q '^101:.*lookup 8'"), 0);
	EXPECT(agent, 200, "PUT", "/config?owner=x", "{}");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, agent_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ip_says_the_same_in_all_fields),
		CASE(what_is_shown_is_taken_and_changes_nothing),
		CASE(what_is_in_the_way_is_named),
		CASE(an_array_is_made_whole_or_not_at_all),
		CASE(what_is_removed_comes_back),
		CASE(what_others_put_in_its_place_is_theirs),
		CASE(what_waits_comes_with_its_namespace),
		CASE(a_configuration_has_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
