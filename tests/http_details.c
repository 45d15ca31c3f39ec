/*
 * iproute2 as the oracle of everything: each key that `ip -s -s -d -j link` has for
 * any link is looked up in a table, which says where we have it and why not, and the
 * values are the same. A key that no table knows fails the test. Beside that, what
 * counts there are, and the filters of lists.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tests/agent_under_test.h"
#include "tests/oracle.h"

static const struct agent *agent;

struct known {
	const char *theirs; /* a path of theirs; what ends in '*' is all that begins so */
	const char *ours;   /* a pointer, or NULL: we have not, and why is said */
	const char *why;
};

#define STATUS(theirs, ours)                  \
	{                                     \
		theirs, "/status/" ours, NULL \
	}
#define BRIDGE(theirs, ours)                                               \
	{                                                                  \
		"linkinfo/info_data/" theirs, "/status/bridge/" ours, NULL \
	}
#define PORT(theirs, ours)                                                     \
	{                                                                      \
		"linkinfo/info_slave_data/" theirs, "/status/port/" ours, NULL \
	}
#define SAME_PORT(name) PORT(name, name)
#define MULTICAST(theirs, ours) BRIDGE("mcast_" theirs, "multicast_" ours)

/* clang-format off */
static const struct known keys[] = {
	{ "ifname", "/name", NULL }, { "mtu", "/mtu", NULL }, { "master", "/master", NULL },
	{ "txqlen", "/tx_queue_length", NULL }, { "ifalias", "/alias", NULL },
	STATUS("ifindex", "ifindex"), STATUS("operstate", "operstate"), STATUS("group", "group"),
	STATUS("qdisc", "queueing"), STATUS("linkmode", "mode"), STATUS("link_type", "type"),
	STATUS("address", "address"), STATUS("broadcast", "broadcast"), STATUS("permaddr", "permanent_address"),
	STATUS("link", "link/name"), STATUS("link_index", "link/ifindex"), STATUS("link_netnsid", "link/nsid"),
	STATUS("promiscuity", "promiscuity"), STATUS("allmulti", "all_multicast"),
	STATUS("min_mtu", "minimum_mtu"), STATUS("max_mtu", "maximum_mtu"),
	STATUS("num_tx_queues", "tx_queues"), STATUS("num_rx_queues", "rx_queues"),
	STATUS("gso_max_size", "gso_maximum_bytes"), STATUS("gso_max_segs", "gso_maximum_segments"),
	STATUS("gso_ipv4_max_size", "gso_ipv4_maximum_bytes"), STATUS("gro_ipv4_max_size", "gro_ipv4_maximum_bytes"),
	STATUS("tso_max_size", "tso_maximum_bytes"), STATUS("tso_max_segs", "tso_maximum_segments"),
	STATUS("gro_max_size", "gro_maximum_bytes"),
	STATUS("inet6_addr_gen_mode", "ipv6_address_generation"), STATUS("altnames", "alternative_names"),
	STATUS("protodown", "protocol_down"), STATUS("parentbus", "parent_bus"), STATUS("parentdev", "parent_device"),
	STATUS("stats64/tx/carrier_changes", "carrier_changes"), STATUS("stats64/rx/nohandler", "statistics/rx/no_handler"),
	STATUS("stats64/rx/otherhost_dropped", "statistics/rx/other_host_dropped"),
	STATUS("linkinfo/info_slave_kind", "port/kind"),
	{ "flags", NULL, "compared one by one" },
	{ "link_pointtopoint", NULL, "POINTOPOINT is one of the flags" },
	{ "linkinfo/info_kind", NULL, "kind, compared by http_oracle" },

	/* A bridge. */
	BRIDGE("forward_delay", "forward_delay_cs"), BRIDGE("hello_time", "hello_time_cs"),
	BRIDGE("max_age", "max_age_cs"), BRIDGE("ageing_time", "ageing_time_cs"),
	{ "linkinfo/info_data/stp_state", "/stp", NULL }, { "linkinfo/info_data/priority", "/priority", NULL },
	{ "linkinfo/info_data/vlan_filtering", "/vlan_filtering", NULL },
	{ "linkinfo/info_data/mcast_snooping", "/multicast_snooping", NULL },
	BRIDGE("vlan_protocol", "vlan_protocol"), BRIDGE("vlan_default_pvid", "vlan_default_id"),
	BRIDGE("vlan_stats_enabled", "vlan_statistics"), BRIDGE("vlan_stats_per_port", "vlan_statistics_per_port"),
	BRIDGE("bridge_id", "bridge_id"), BRIDGE("root_id", "root_id"), BRIDGE("root_port", "root_port"),
	BRIDGE("root_path_cost", "root_path_cost"), BRIDGE("topology_change", "topology_change"),
	BRIDGE("topology_change_detected", "topology_change_detected"),
	{ "linkinfo/info_data/hello_timer", "/status/bridge/hello_timer_cs", "runs" },
	{ "linkinfo/info_data/tcn_timer", "/status/bridge/topology_change_notification_timer_cs", "runs" },
	{ "linkinfo/info_data/topology_change_timer", "/status/bridge/topology_change_timer_cs", "runs" },
	{ "linkinfo/info_data/gc_timer", "/status/bridge/garbage_collection_timer_cs", "runs" },
	BRIDGE("group_fwd_mask", "group_forward_mask"), BRIDGE("group_addr", "group_address"),
	{ "linkinfo/info_data/no_linklocal_learn", "/status/bridge/learn_link_local", "the other way round" },
	MULTICAST("vlan_snooping", "vlan_snooping"), MULTICAST("router", "router"),
	MULTICAST("query_use_ifaddr", "query_use_address"), MULTICAST("querier", "querier"),
	MULTICAST("hash_elasticity", "hash_elasticity"), MULTICAST("hash_max", "hash_maximum"),
	MULTICAST("last_member_cnt", "last_member_count"), MULTICAST("startup_query_cnt", "startup_query_count"),
	MULTICAST("last_member_intvl", "last_member_interval_cs"), MULTICAST("membership_intvl", "membership_interval_cs"),
	MULTICAST("querier_intvl", "querier_interval_cs"), MULTICAST("query_intvl", "query_interval_cs"),
	MULTICAST("query_response_intvl", "query_response_interval_cs"),
	MULTICAST("startup_query_intvl", "startup_query_interval_cs"), MULTICAST("stats_enabled", "statistics"),
	MULTICAST("igmp_version", "igmp_version"), MULTICAST("mld_version", "mld_version"),
	BRIDGE("nf_call_iptables", "call_iptables"), BRIDGE("nf_call_ip6tables", "call_ip6tables"),
	BRIDGE("nf_call_arptables", "call_arptables"),

	/* Its port. */
	SAME_PORT("state"), SAME_PORT("priority"), SAME_PORT("cost"), SAME_PORT("hairpin"), SAME_PORT("guard"),
	SAME_PORT("root_block"), PORT("fastleave", "fast_leave"), SAME_PORT("learning"), SAME_PORT("flood"),
	SAME_PORT("id"), PORT("no", "number"), SAME_PORT("designated_port"), SAME_PORT("designated_cost"),
	SAME_PORT("bridge_id"), SAME_PORT("root_id"),
	{ "linkinfo/info_slave_data/hold_timer", "/status/port/hold_timer_cs", "runs" },
	{ "linkinfo/info_slave_data/message_age_timer", "/status/port/message_age_timer_cs", "runs" },
	{ "linkinfo/info_slave_data/forward_delay_timer", "/status/port/forward_delay_timer_cs", "runs" },
	PORT("topology_change_ack", "topology_change_acknowledge"), PORT("config_pending", "configuration_pending"),
	SAME_PORT("proxy_arp"), SAME_PORT("proxy_arp_wifi"), SAME_PORT("multicast_router"),
	PORT("mcast_flood", "multicast_flood"), PORT("bcast_flood", "broadcast_flood"),
	PORT("mcast_to_unicast", "multicast_to_unicast"), PORT("neigh_suppress", "neighbor_suppress"),
	PORT("group_fwd_mask", "group_forward_mask"),
	{ "linkinfo/info_slave_data/group_fwd_mask_str", "/status/port/group_forward_mask", NULL },
	SAME_PORT("vlan_tunnel"), SAME_PORT("isolated"), SAME_PORT("locked"), PORT("mab", "mac_authentication_bypass"),
	PORT("mcast_n_groups", "multicast_groups"), PORT("mcast_max_groups", "multicast_groups_maximum"),

	/* Of other kinds what http_oracle does not compare. */
	{ "linkinfo/info_data/mode", "/mode", NULL },
	{ "linkinfo/info_data/protocol", NULL, "a vlan's; compared by design-experiment" },
	{ "linkinfo/info_data/flags*", NULL, "of a vlan and a macvlan: they cannot be asked for" },
	{ "linkinfo/info_data/bcqueuelen", NULL, "of a macvlan: it cannot be asked for" },
	{ "linkinfo/info_data/usedbcqueuelen", NULL, "of a macvlan: it cannot be asked for" },
	{ "linkinfo/info_data/bclim", NULL, "of a macvlan: it cannot be asked for" },
	{ "linkinfo/info_data/macaddr*", NULL, "of a macvlan of mode source, which is none of ours" },
	{ "linkinfo/info_data/type", NULL, "of tun, which is foreign" },
	{ "linkinfo/info_data/pi", NULL, "of tun" }, { "linkinfo/info_data/vnet_hdr", NULL, "of tun" },
	{ "linkinfo/info_data/multi_queue", NULL, "of tun" }, { "linkinfo/info_data/persist", NULL, "of tun" },
	{ "linkinfo/info_data/user", NULL, "of tun" }, { "linkinfo/info_data/group", NULL, "of tun" },
	{ "linkinfo/info_data/table", "/table", NULL }, { "linkinfo/info_data/id", NULL, "vni or id of a vlan" },
	{ "linkinfo/info_data/erspan_*", NULL, "of erspan, which is none of our kinds" },
	{ "linkinfo/info_data/link", NULL, "device, compared by http_oracle" },
	{ "linkinfo/info_data/udp_zero_csum6_*", NULL, "compared by http_oracle" },
	{ "linkinfo/info_data/ttl_inherit", NULL, "ttl" }, { "linkinfo/info_data/csum", NULL, "encapsulation" },
	{ "linkinfo/info_data/localbypass", NULL, "of kernels that are newer than the option" },
	{ "linkinfo/info_data/prefix*", NULL, "6rd, compared by http_oracle" },
	{ "linkinfo/info_data/relay_prefix*", NULL, "6rd, compared by http_oracle" },
	{ NULL, NULL, NULL },
};
/* clang-format on */

static const struct known *find_known(const char *path)
{
	const struct known *known = keys;

	for (; known->theirs; known++) {
		size_t length = strcspn(known->theirs, "*");

		if (known->theirs[length] ? !strncmp(known->theirs, path, length) :
					    !strcmp(known->theirs, path))
			return known;
	}
	return NULL;
}

/* The tables of http_oracle compare the options of tunnels. */
static bool oracle_has(const char *path)
{
	for (const struct oracle_field *field = oracle_links.fields; field->name; field++) {
		if (strstr(field->theirs, path))
			return true;
	}
	return false;
}

/* One spelling for both: small letters, 0 and 1, decimal, and the group's number. */
static void spell(const char *text, char ret[256])
{
	size_t i;

	snprintf(ret, 256, "%s", text);
	for (i = 0; ret[i]; i++)
		ret[i] = (char)tolower((unsigned char)ret[i]);
	if (!strcmp(ret, "true") || !strcmp(ret, "false"))
		strcpy(ret, *ret == 't' ? "1" : "0");
	else if (!strncmp(ret, "0x", 2))
		snprintf(ret, 256, "%lu", strtoul(text, NULL, 16));
}

struct comparing {
	struct json_object *ours;
	unsigned int compared, wrong;
	bool tell;
};

static void wrong(struct comparing *comparing, const char *path, const char *theirs,
		  const char *ours)
{
	comparing->wrong++;
	if (comparing->tell)
		fprintf(stderr, "%s: %s is %s with ip, and %s\n",
			json_text(comparing->ours, "/name"), path, theirs, ours);
}

static void compare_value(struct comparing *comparing, const char *path,
			  struct json_object *value)
{
	const char *theirs = json_object_get_string(value);
	const struct known *known = find_known(path);
	char pointer[160], one[256], other[256];

	if (!known && !strncmp(path, "stats64/", 8))
		snprintf(pointer, sizeof(pointer), "/status/statistics/%s", path + 8);
	else if (known && known->ours)
		snprintf(pointer, sizeof(pointer), "%s", known->ours);
	else {
		if (!known && !oracle_has(path))
			wrong(comparing, path, theirs ? theirs : "null", "nowhere");
		return;
	}
	comparing->compared++;
	if (!value)
		return;
	if (!json_at(comparing->ours, pointer)) {
		wrong(comparing, path, theirs, "absent");
		return;
	}
	spell(strcmp(path, "group") || strcmp(theirs, "default") ? theirs : "0", one);
	spell(json_text(comparing->ours, pointer), other);
	if (strcmp(one, other) && !(known && known->why))
		wrong(comparing, path, theirs, other);
}

/* Two are not flags of the kernel, but words of ip(8) on what it found. */
static void compare_flags(struct comparing *comparing, struct json_object *flags)
{
	const char *ours = json_text(comparing->ours, "/status/flags");

	for (size_t i = 0; i < json_object_array_length(flags); i++) {
		const char *flag = json_object_get_string(json_object_array_get_idx(flags, i));
		char quoted[40];

		snprintf(quoted, sizeof(quoted), "\"%s\"", flag);
		if (strcmp(flag, "NO-CARRIER") && strcmp(flag, "M-DOWN") &&
		    !strstr(ours, quoted))
			wrong(comparing, "flags", flag, ours);
	}
}

static void walk(struct comparing *comparing, const char *above, struct json_object *json)
{
	char path[128];

	json_object_object_foreach(json, name, value)
	{
		snprintf(path, sizeof(path), "%s%s%s", above, *above ? "/" : "", name);
		if (!strcmp(path, "flags"))
			compare_flags(comparing, value);
		else if (json_object_is_type(value, json_type_object))
			walk(comparing, path, value);
		else
			compare_value(comparing, path, value);
	}
}

static struct json_object *of_index(struct json_object *list, const char *index)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (!strcmp(json_text(one, "/status/ifindex"), index))
			return one;
	}
	return NULL;
}

static unsigned int differences(bool tell, unsigned int *compared)
{
	struct json_object *theirs = command_json("ip -n @d -s -s -d -j link"),
			   *ours = agent_get(agent, "/links?namespace=@d&statistics=true");
	struct comparing comparing = { .tell = tell };

	assert_non_null(theirs);
	assert_int_equal(json_object_array_length(theirs), json_object_array_length(ours));
	for (size_t i = 0; i < json_object_array_length(theirs); i++) {
		struct json_object *one = json_object_array_get_idx(theirs, i);

		comparing.ours = of_index(ours, json_text(one, "/ifindex"));
		assert_non_null(comparing.ours);
		walk(&comparing, "", one);
	}
	*compared = comparing.compared;
	json_object_put(theirs);
	json_object_put(ours);
	return comparing.wrong;
}

static void test_every_key_of_ip_is_somewhere(void **state)
{
	static const char *const scene[] = {
		"link add br0 type bridge vlan_filtering 1",
		"link add br0 type bridge",
		"link set br0 address 52:1a:5c:3a:cf:11",
		"link add v0 type veth peer name v1",
		"link set v0 master br0 group 7",
		"link property add dev v1 altname a-name altname another-name",
		"link set v1 alias 'an alias' up",
		"link set v0 up",
		"link set br0 up",
		"link add m0 link v1 type macvlan",
		"link add i0 type ifb",
		"link add d0 type dummy",
		"link add l0 link v1 type vlan id 5",
		"link add f0 type vrf table 9",
		"link add x0 type vxlan id 5 dstport 4789 remote 10.0.0.1 dev v1",
		"link add t0 type ipip local 10.0.0.1 remote 10.0.0.2",
		"link add g0 type gre local 10.0.0.1 remote 10.0.0.2 key 5",
		"link add s0 type sit local 10.0.0.1 remote 10.0.0.2",
		"link add k0 type vti local 10.0.0.1 remote 10.0.0.2 key 5",
		"tuntap add u0 mode tap",
		"address add 10.0.0.1/24 dev v1",
		"link add e0 type veth peer name e1 netns @e",
	};
	unsigned int compared = 0, result = 1;
	char command[256];

	(void)state;
	/* What this kernel does not have is not there, for both. */
	for (size_t i = 0; i < sizeof(scene) / sizeof(scene[0]); i++) {
		snprintf(command, sizeof(command), "ip -n @d %s 2>/dev/null", scene[i]);
		(void)command_run(command);
	}
	for (int i = 0; i < 20 && result; i++) {
		result = differences(i == 19, &compared);
		if (result)
			command_run("sleep 0.3");
	}
	assert_int_equal(result, 0);
	printf("%u values agree\n", compared);
	assert_true(compared > 200);
}

static void test_counters_only_where_asked_for_and_without_a_tag(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 200, "GET", "/links/@d/v0", NULL);
	assert_true(reply->etag[0]);
	assert_null(json_at(reply->json, "/status/statistics"));
	assert_null(json_at(reply->json, "/status/port/hold_timer_cs"));
	reply = EXPECT(agent, 200, "GET", "/links/@d/v0?statistics=true", NULL);
	assert_false(reply->etag[0]);
	assert_non_null(json_at(reply->json, "/status/statistics/tx/packets"));
	EXPECT(agent, 400, "GET", "/links/@d/v0?statistics=perhaps", NULL);
	EXPECT(agent, 400, "GET", "/links?statistics=1", NULL);
	reply = EXPECT(agent, 200, "GET", "/links?namespace=@d&name=v0&statistics=true", NULL);
	assert_non_null(json_at(reply->json, "/0/status/statistics/rx/bytes"));
}

/* The far end is named where its namespace has a name, and numbered where it has none. */
static void test_the_link_below_is_named(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 200, "GET", "/links/@d/e0", NULL);
	assert_string_equal(json_text(reply->json, "/status/link/name"), "e1");
	assert_string_equal(json_text(reply->json, "/status/link/namespace"), agent_text("@e"));
	assert_non_null(json_at(reply->json, "/status/link/nsid"));
	reply = EXPECT(agent, 200, "GET", "/links/@d/v0", NULL);
	assert_string_equal(json_text(reply->json, "/status/link/name"), "v1");
	assert_null(json_at(reply->json, "/status/link/nsid"));
}

static size_t count(const char *target)
{
	struct json_object *list = agent_get(agent, target);
	size_t result = json_object_array_length(list);

	json_object_put(list);
	return result;
}

static void test_filters_of_links_and_addresses(void **state)
{
	(void)state;
	assert_int_equal(count("/links?namespace=@d&master=br0"), 1);
	assert_int_equal(count("/links?namespace=@d&master=v1"), 0);
	assert_int_equal(count("/links?namespace=@d&master=nothing"), 0);
	assert_int_equal(count("/links?namespace=@d&kind=veth&up=true"), 2);
	assert_int_equal(count("/links?namespace=@d&kind=veth&up=false"), 1);
	assert_int_equal(count("/addresses?namespace=@d&address=10.0.0.1"), 1);
	assert_int_equal(count("/addresses?namespace=@d&address=10.0.0.9"), 0);
	assert_int_equal(count("/addresses?namespace=@d&scope=global&family=ipv4"), 1);
	assert_int_equal(count("/addresses?namespace=@d&scope=host&family=ipv4"), 1);
	EXPECT(agent, 400, "GET", "/links?up=yes", NULL);
	EXPECT(agent, 400, "GET", "/addresses?scope=wide", NULL);
	EXPECT(agent, 400, "GET", "/addresses?address=10.0.0.1/24", NULL);
	EXPECT(agent, 400, "GET", "/links?up=true&up=true", NULL);
}

static void test_namespaces_count(void **state)
{
	struct json_object *links = command_json("ip -n @d -j link"),
			   *rules = command_json("ip -n @d -j rule"),
			   *six = command_json("ip -n @d -6 -j rule");
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 200, "GET", "/namespaces/@d", NULL);
	assert_int_equal(json_object_get_int(json_at(reply->json, "/status/counts/links")),
			 json_object_array_length(links));
	assert_string_equal(json_text(reply->json, "/status/counts/kinds/veth"), "3");
	assert_int_equal(json_object_get_int(json_at(reply->json, "/status/counts/rules")),
			 json_object_array_length(rules) + json_object_array_length(six));
	json_object_put(links);
	json_object_put(rules);
	json_object_put(six);
}

static int setup(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	for (int i = 0; i < 2 && !result; i++)
		agent_call(agent,
			   &(struct call){ "POST", "/namespaces",
					   i ? "{'name':'@e'}" : "{'name':'@d'}", NULL, NULL });
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_of_ip_is_somewhere),
		cmocka_unit_test(test_counters_only_where_asked_for_and_without_a_tag),
		cmocka_unit_test(test_the_link_below_is_named),
		cmocka_unit_test(test_filters_of_links_and_addresses),
		cmocka_unit_test(test_namespaces_count),
	};

	return cmocka_run_group_tests_name("http_details", tests, setup, agent_teardown);
}
