/*
 * iproute2 as the oracle: some hundreds of generated objects with ever other
 * options, and then everything that GET /links, /tunnels, /addresses and
 * /routes?table=all say is held, field by field, against what ip(8) says inside
 * the namespace. Each object also shows what was asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/agent_under_test.h"
#include "tests/oracle.h"

/* A # is the object's number, 10 to 99. Options are taken by the bits of a hash. */
struct generator {
	const char *kind, *collection, *base;
	const char *options[12];
};

static const struct generator generators[] = {
	{ "veth",
	  "/links",
	  "'name':'v#','peer':{'namespace':'@o','name':'p#'}",
	  { "'mtu':14#", "'mac':'02:00:00:00:01:#'", "'up':false",
	    "'alias':'north <é> & \\\\ #'", "'tx_queue_length':#",
	    "'addresses':['10.7.#.1/24','fd07:#::1/64']" } },
	{ "bridge",
	  "/links",
	  "'name':'b#'",
	  { "'mtu':14#", "'mac':'02:00:00:00:02:#'", "'vlan_filtering':true", "'priority':81#",
	    "'multicast_snooping':false", "'up':false",
	    "'addresses':['10.8.#.1/24',{'address':'10.8.#.5','peer':'10.18.#.0/24'}]" } },
	{ "vxlan",
	  "/tunnels",
	  "'name':'x#','vni':#,'remote':'10.9.0.#'",
	  { "'local':'10.9.1.1'", "'port':47#", "'ttl':#", "'tos':16", "'df':'set'",
	    "'learning':false", "'ageing_seconds':#", "'address_limit':9", "'proxy':true",
	    "'route_short_circuit':true", "'udp_checksum':false",
	    "'source_port_range':{'low':1000,'high':20#}" } },
	{ "vxlan",
	  "/tunnels",
	  "'name':'y#','vni':1#,'remote':'fd09::#'",
	  { "'local':'fd09:1::1'", "'port':48#", "'ttl':#", "'tos':'inherit'", "'flow_label':#",
	    "'learning':false", "'l2_miss':true", "'l3_miss':true", "'mac':'02:00:00:00:03:#'",
	    "'udp6_zero_checksum_tx':true", "'up':false", "'addresses':['fd08:#::1/64']" } },
	{ "vxlan",
	  "/tunnels",
	  "'name':'z#','vni':2#,'port':46#",
	  { "'remote_checksum_tx':true", "'remote_checksum_rx':true", "'gbp':true",
	    "'udp6_zero_checksum_rx':true", "'device':'lo'", "'ttl':'inherit'",
	    "'df':'inherit'" } },
	{ "vxlan",
	  "/tunnels",
	  "'name':'e#','external':true,'port':45#",
	  { "'gpe':true,'learning':false", "'vni_filter':true", "'tx_queue_length':#",
	    "'up':false" } },
	{ "ipip",
	  "/tunnels",
	  "'name':'i#','local':'10.5.0.1','remote':'10.5.1.#'",
	  { "'ttl':#", "'device':'lo'", "'tos':16", "'fwmark':#", "'mode':'any'", "'mtu':13#",
	    "'up':false", "'addresses':[{'address':'10.25.0.#','peer':'10.25.1.#'}]" } },
	{ "gre",
	  "/tunnels",
	  "'name':'g#','local':'10.5.0.1','remote':'10.5.2.#'",
	  { "'ttl':#", "'tos':'inherit'", "'input_key':#", "'output_key':77",
	    "'input_checksum':true", "'output_checksum':true", "'input_sequence':true",
	    "'output_sequence':true", "'fwmark':#", "'up':false" } },
	{ "gre",
	  "/tunnels",
	  "'name':'G#','local':'10.5.0.1','remote':'10.5.3.#','key':#",
	  { "'path_mtu_discovery':false,'ignore_df':true", "'output_checksum':true",
	    "'addresses':['10.26.#.1/24','fd26:#::1/64']", "'mtu':13#" } },
	{ "sit",
	  "/tunnels",
	  "'name':'s#','local':'10.5.0.1','remote':'10.5.4.#'",
	  { "'ttl':#", "'tos':16", "'fwmark':#", "'mode':'any'", "'mtu':13#",
	    "'addresses':['fd27:#::1/64']", "'device':'lo'",
	    "'6rd':{'prefix':'2001:db8::/32','relay_prefix':'10.#.0.0/16'}" } },
	{ "isatap",
	  "/tunnels",
	  "'name':'t#','local':'10.5.5.#'",
	  { "'ttl':#", "'tos':16", "'addresses':['fd28:#::5efe:10.5.5.#/64']",
	    "'potential_routers':['10.6.0.#',{'address':'10.6.1.#','default':true},'10.6.2.#']" } },
	{ "vti",
	  "/tunnels",
	  "'name':'w#','local':'10.5.0.1','remote':'10.5.6.#','input_key':#",
	  { "'output_key':5", "'fwmark':#", "'mtu':13#", "'addresses':['10.27.#.1/24']" } },
};

/* Routes over the first veth, which is made for them. */
static const char *const routes[] = {
	"'destination':'10.60.#.0/24','gateway':'10.59.0.2'",
	"'destination':'10.61.#.0/24','device':'r1','metric':#,'table':100",
	"'destination':'10.62.#.0/24','type':'blackhole'",
	"'destination':'10.63.#.0/24','gateway':'10.59.0.#','mtu':13#,'preferred_source':'10.59.0.1'",
	"'destination':'10.64.#.0/24','nexthops':[{'gateway':'10.59.0.3','weight':2},"
	"{'gateway':'10.59.0.4','weight':3}]",
	"'destination':'fd60:#::/32','gateway':'fd59::2','metric':#",
	"'destination':'fd61::#/128','device':'r1','table':1#",
	"'destination':'fd62::#/128','type':'unreachable'",
	"'destination':'10.65.#.0/24','gateway':'10.59.0.2','mtu':1#00,'mtu_locked':true,"
	"'advertised_mss_bytes':1#,'window_bytes':4#,'rtt_us':#000,'rtt_variance_us':5#000,"
	"'slow_start_threshold':#,'congestion_window':1#,'initial_congestion_window':#,"
	"'initial_receive_window':2#,'reordering':#,'hop_limit':#,'minimum_rto_ms':#,"
	"'quick_ack':true,'fast_open_no_cookie':true,'ecn':true,'congestion_control':'cubic','realm':#",
	"'destination':'10.66.#.0/24','device':'r1','scope':'site','tos':16,'metric':#",
	"'destination':'10.67.#.0/24','nexthops':[{'gateway':'10.59.0.3','weight':#},{'device':'r1'},"
	"{'gateway':'10.99.0.#','device':'r1','onlink':true,'weight':2#}]",
	"'destination':'10.68.#.0/24','gateway':'fd59::#','device':'r1'",
	"'destination':'fd63:#::/32','gateway':'fd59::2','preference':'high','expires_seconds':9#,"
	"'mtu':13#,'hop_limit':#",
	"'destination':'fd64:#::/32','nexthops':[{'gateway':'fd59::#','weight':#},"
	"{'gateway':'fd59::1#','weight':2}]",
	"'destination':'fd66:#::/32','source':'fd59::/64','device':'r1'",
	"'destination':'fd65:#::/32','gateway':'fd99::9','device':'r1','onlink':true,"
	"'preferred_source':'fd59::1'",
};

/* Addresses of the same veth: each with ever other members. */
static const char *const addresses[] = {
	"'address':'10.71.#.1/24','broadcast':'10.71.#.255','label':'r1:#'",
	"'address':'10.72.#.1/24','scope':'link','valid_lifetime_seconds':9#,"
	"'preferred_lifetime_seconds':#",
	"'address':'10.73.#.1','peer':'10.74.#.0/24','scope':'site','metric':#",
	"'address':'10.75.#.1/24','no_prefix_route':true,'valid_lifetime_seconds':8#",
	"'address':'ff05::#/128','auto_join':true",
	"'address':'fd71:#::1/64','no_dad':true,'valid_lifetime_seconds':9#,"
	"'preferred_lifetime_seconds':0,'metric':#",
	"'address':'fd72:#::1/64','manage_temporary_addresses':true,'no_prefix_route':true",
	"'address':'fd73::#','peer':'fd74::#','home_address':true,'no_dad':true",
};

/* What the API does not make, and shows all the same: numbers that have no word. */
static const char *const foreign[] = {
	"address add 10.81.#.1/24 broadcast + dev r1 scope 100",
	"route add 10.82.#.0/24 dev r1 scope 1#",
	"route add 10.83.#.0/24 dev r1 protocol 2# table 3# realm 1/#",
	"nexthop add id # via 10.59.0.# dev r1",
	"route add 10.84.#.0/24 nhid #",
};

enum { FIRST = 10, LAST = 45 };

static const struct agent *agent;

/* Adds text with each # replaced by the number. */
static void add_text(char *body, const char *text, unsigned int number)
{
	size_t length = strlen(body);

	for (; *text; text++) {
		if (*text == '#')
			length += (size_t)sprintf(body + length, "%u", number);
		else
			body[length++] = *text;
	}
	body[length] = '\0';
}

static void generate(const struct generator *generator, unsigned int number, char *body)
{
	uint32_t bits = number * 2654435761u >> 12;

	sprintf(body, "{'namespace':'@o','kind':'%s',", generator->kind);
	add_text(body, generator->base, number);
	for (int i = 0; i < 12 && generator->options[i]; i++) {
		if (!(bits >> i & 1))
			continue;
		add_text(body, ",", 0);
		add_text(body, generator->options[i], number);
	}
	add_text(body, "}", 0);
}

/* Are all single values that were asked for in the answer? */
static bool shows(struct json_object *got, struct json_object *asked)
{
	json_object_object_foreach(asked, name, value)
	{
		struct json_object *other = json_object_object_get(got, name);

		if (!json_object_is_type(value, json_type_array) && strcmp(name, "peer") != 0 &&
		    !json_object_equal(value, other)) {
			fprintf(stderr, "%s was asked to be %s and is %s\n", name,
				json_object_get_string(value), json_object_get_string(other));
			return false;
		}
	}
	return true;
}

/* False: the kernel lacks the kind, which is told once. */
static bool make(const struct generator *generator, unsigned int number)
{
	char body[AGENT_TEXT_SIZE / 2];
	struct json_object *asked;
	struct reply *reply;

	generate(generator, number, body);
	reply = agent_call(agent,
			   &(struct call){ "POST", generator->collection, body, NULL, NULL });
	if (reply->status == 501 && !agent_requires_all_kinds()) {
		printf("SKIP %s: %s\n", generator->kind, json_text(reply->json, "/detail"));
		return false;
	}
	asked = json_tokener_parse(agent_text(body));
	if (reply->status != 201 || !asked || !shows(reply->json, asked))
		fail_msg("POST %s: %ld %s", agent_text(body), reply->status, reply->body);
	json_object_put(asked);
	return true;
}

static void test_make_links(void **state)
{
	unsigned int made = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(generators) / sizeof(generators[0]); i++) {
		for (unsigned int n = FIRST; n < LAST && make(&generators[i], n); n++)
			made++;
	}
	printf("%u links made\n", made);
	assert_true(made >= 100);
}

static void make_all(const char *collection, const char *const *bodies, size_t count)
{
	const char *link = strcmp(collection, "/addresses") ? "" : "'link':'r1',";
	char body[AGENT_TEXT_SIZE / 2];

	for (size_t i = 0; i < count; i++) {
		for (unsigned int n = FIRST; n < LAST; n++) {
			sprintf(body, "{'namespace':'@o',%s", link);
			add_text(body, bodies[i], n);
			add_text(body, "}", 0);
			EXPECT(agent, 201, "POST", collection, body);
		}
	}
}

static void test_make_routes(void **state)
{
	(void)state;
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@o','name':'r1','kind':'veth','addresses':['10.59.0.1/24',"
	       "{'address':'fd59::1/64','no_dad':true}],'peer':{'namespace':'@o','name':'r2'}}");
	make_all("/routes", routes, sizeof(routes) / sizeof(routes[0]));
}

static void test_make_addresses(void **state)
{
	(void)state;
	make_all("/addresses", addresses, sizeof(addresses) / sizeof(addresses[0]));
}

static void test_make_foreign(void **state)
{
	FILE *batch = popen(agent_text("ip -n @o -batch -"), "we");
	char line[256];

	(void)state;
	assert_non_null(batch);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		for (unsigned int n = FIRST; n < LAST; n++) {
			*line = '\0';
			add_text(line, foreign[i], n);
			fprintf(batch, "%s\n", line);
		}
	}
	assert_int_equal(pclose(batch), 0);
}

/* DAD and carriers take a moment: until both agree, or it is told where they do not. */
static void compare(const char *target, const char *command, const struct oracle_table *table)
{
	int result = -1;

	for (int i = 0; i < 20 && result != 0; i++) {
		struct json_object *theirs = command_json(command),
				   *ours = agent_get(agent, target);

		assert_non_null(theirs);
		assert_true(json_object_array_length(ours) || !agent_requires_all_kinds());
		result = oracle_compare(ours, theirs, table, i == 19);
		json_object_put(theirs);
		json_object_put(ours);
		if (result != 0)
			command_run("sleep 0.3");
	}
	assert_int_equal(result, 0);
}

static void test_links(void **state)
{
	(void)state;
	compare("/links?namespace=@o", "ip -n @o -d -j link", &oracle_links);
}

static void test_tunnels(void **state)
{
	(void)state;
	compare("/tunnels?namespace=@o", "ip -n @o -d -j link", &oracle_tunnels);
}

/* Every key of theirs has a field that compares it; nh_info is what ip(8) asks of the nexthop object. */
static unsigned int unknown_keys(struct json_object *one, const struct oracle_table *table)
{
	unsigned int unknown = 0;

	json_object_object_foreach(one, name, value)
	{
		const struct oracle_field *field = table->fields;
		char pointer[64];

		(void)value;
		if (!strcmp(name, "nh_info"))
			continue;
		snprintf(pointer, sizeof(pointer), "/%s", name);
		while (field->name && strcmp(field->name, name) &&
		       !strstr(field->theirs, pointer))
			field++;
		if (!field->name)
			fprintf(stderr, "%s of ip is compared with nothing\n", name);
		unknown += !field->name;
	}
	return unknown;
}

static void expect_known(const char *command, const struct oracle_table *table,
			 const char *inner)
{
	struct json_object *theirs = command_json(command), *list;
	unsigned int unknown = 0;

	assert_non_null(theirs);
	for (size_t i = 0; i < json_object_array_length(theirs); i++) {
		struct json_object *one = json_object_array_get_idx(theirs, i);

		list = inner ? json_at(one, inner) : NULL;
		if (!inner)
			unknown += unknown_keys(one, table);
		for (size_t j = 0; list && j < json_object_array_length(list); j++)
			unknown += unknown_keys(json_object_array_get_idx(list, j), table);
	}
	json_object_put(theirs);
	assert_int_equal(unknown, 0);
}

static void test_no_field_of_ip_is_left_out(void **state)
{
	(void)state;
	expect_known("ip -n @o -N -d -j addr", &oracle_addresses, "/addr_info");
	expect_known("ip -n @o -N -d -j route show table all", &oracle_routes, NULL);
	expect_known("ip -n @o -N -d -j route show table all", &oracle_routes, "/metrics");
}

static void test_addresses(void **state)
{
	(void)state;
	compare("/addresses?namespace=@o", "ip -n @o -N -d -j addr", &oracle_addresses);
}

static void test_routes(void **state)
{
	(void)state;
	compare("/routes?namespace=@o&table=all", "ip -n @o -N -d -j route show table all",
		&oracle_routes);
}

/* The kernel may do it in a worker: it need not be so at once, but soon. */
static bool comes(const char *command)
{
	const struct timespec step = { .tv_nsec = 20 * 1000 * 1000 };

	for (int i = 0; i < 100; i++) {
		if (!command_run(command))
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

/*
 * The kernel adds the route to an address's peer, and forgets it where a link
 * comes up after it got an IPv6 address: on both ends, however often.
 */
static void test_peer_routes(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		EXPECT(agent, 201, "POST", "/links",
		       "{'namespace':'@o','name':'l6','kind':'veth','addresses':[{'address':"
		       "'fd51::1','peer':'fd52::1','no_dad':true}],'peer':{'name':'m6',"
		       "'addresses':[{'address':'fd53::1','peer':'fd54::1','no_dad':true}]}}");
		assert_true(comes("ip -n @o -6 route show fd52::1 | grep -q 'dev l6'"));
		assert_true(comes("ip -n @o -6 route show fd54::1 | grep -q 'dev m6'"));
		EXPECT(agent, 204, "DELETE", "/links/@o/l6", NULL);
	}
}

/* ip-tunnel(8) writes no JSON here: a line of each isatap link becomes an object. */
static void test_potential_routers(void **state)
{
	(void)state;
	compare("/tunnels?namespace=@o&kind=isatap",
		"ip -n @o tunnel show | sed -n 's/^\\(.*\\): ipv6.ip remote any local [0-9.]*"
		"\\(\\( pd\\?r [0-9.]*\\)*\\) .*/{\\'name\\':\\'\\1\\',\\'routers\\':\\'\\2\\'}/p'"
		" | jq -s .",
		&oracle_routers);
}

static int setup(void **state)
{
	int result = agent_setup_kernel_only(state);

	agent = *state;
	if (result == 0)
		agent_call(agent, &(struct call){ "POST", "/namespaces", "{'name':'@o'}", NULL,
						  NULL });
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make_links),
		cmocka_unit_test(test_make_routes),
		cmocka_unit_test(test_make_addresses),
		cmocka_unit_test(test_make_foreign),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_no_field_of_ip_is_left_out),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_potential_routers),
		cmocka_unit_test(test_peer_routes),
	};

	return cmocka_run_group_tests_name("http_oracle", tests, setup, agent_teardown);
}
