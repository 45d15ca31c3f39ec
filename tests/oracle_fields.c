/* The fields of links, tunnels, addresses and routes in both tongues. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle.h"

static const char *text_of(struct json_object *value)
{
	return value ? json_object_get_string(value) : "";
}

static void as_text(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	snprintf(ret, ORACLE_FIELD_SIZE, "%s", text_of(value));
}

static void as_lower(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	as_text(value, ret);
	for (; *ret; ret++)
		*ret = (char)tolower((unsigned char)*ret);
}

/* Decimal, 0x…, a word for 0 or 1 (tos inherit), or nothing for 0. */
static void as_number(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	const char *text = text_of(value);
	bool one = !strcmp(text, "true");

	snprintf(ret, ORACLE_FIELD_SIZE, "%lu", one ? 1UL : strtoul(text, NULL, 0));
}

/* tos: "inherit" is the number 1. */
static void as_tos(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	as_number(value, ret);
	if (!strcmp(text_of(value), "inherit"))
		strcpy(ret, "1");
}

/* A key is dotted in ip(8), and a number with us; nothing is 0. */
static void as_key(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	unsigned int a, b, c, d;

	if (sscanf(text_of(value), "%u.%u.%u.%u", &a, &b, &c, &d) == 4)
		snprintf(ret, ORACLE_FIELD_SIZE, "%u", a << 24 | b << 16 | c << 8 | d);
	else
		as_number(value, ret);
}

static void as_address(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	as_text(value, ret);
	if (!strcmp(ret, "any") || !strcmp(ret, "0.0.0.0") || !strcmp(ret, "::"))
		*ret = '\0';
}

static void as_up(struct json_object *flags, char ret[ORACLE_FIELD_SIZE])
{
	strcpy(ret, strstr(text_of(flags), "\"UP\"") ? "true" : "false");
}

void oracle_kind(struct json_object *data, char ret[ORACLE_FIELD_SIZE])
{
	as_text(data, ret);
	if (!strcmp(ret, "isatap"))
		strcpy(ret, "sit");
}

/* A destination: hosts get their length, default its prefix. */
static void as_prefix(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	as_text(value, ret);
	if (!strcmp(ret, "default") || !strcmp(ret, "0.0.0.0/0") || !strcmp(ret, "::/0"))
		strcpy(ret, "default");
	else if (*ret && !strchr(ret, '/'))
		strcat(ret, strchr(ret, ':') ? "/128" : "/32");
}

/* The words that we use for the numbers of ip -N. */
static void as_type(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	static const char *const words[] = { "unspec", "unicast", "local", "broadcast", "anycast",
					     "multicast", "blackhole", "unreachable", "prohibit" };
	unsigned long number = strtoul(text_of(value), NULL, 10);

	snprintf(ret, ORACLE_FIELD_SIZE, "%s", number < 9 ? words[number] : "?");
}

static void as_without_length(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	as_text(value, ret);
	ret[strcspn(ret, "/")] = '\0';
}

/* In what only has a word when it is set: is that word there? */
static void as_onlink(struct json_object *flags, char ret[ORACLE_FIELD_SIZE])
{
	const char *text = text_of(flags);

	strcpy(ret, strstr(text, "onlink") || !strcmp(text, "true") ? "1" : "0");
}

static void as_ecn(struct json_object *metrics, char ret[ORACLE_FIELD_SIZE])
{
	strcpy(ret, strstr(text_of(metrics), "\"ecn\"") ? "1" : "0");
}

/* Presence is all that ip(8) says of some flags of vxlan. */
static void as_gbp(struct json_object *data, char ret[ORACLE_FIELD_SIZE])
{
	strcpy(ret, strstr(text_of(data), "\"gbp\"") ? "1" : "0");
}

static void as_gpe(struct json_object *data, char ret[ORACLE_FIELD_SIZE])
{
	strcpy(ret, strstr(text_of(data), "\"gpe\"") ? "1" : "0");
}

static void as_isatap(struct json_object *kind, char ret[ORACLE_FIELD_SIZE])
{
	strcpy(ret, strcmp(text_of(kind), "isatap") ? "0" : "1");
}

/* isatap is ip6ip and nothing else, so it has no such member. */
static void as_mode(struct json_object *mode, char ret[ORACLE_FIELD_SIZE])
{
	snprintf(ret, ORACLE_FIELD_SIZE, "%s", mode ? text_of(mode) : "ip6ip");
}

/* "none" is what ip(8) says nothing of. */
static void as_encapsulation(struct json_object *type, char ret[ORACLE_FIELD_SIZE])
{
	as_text(type, ret);
	if (!strcmp(ret, "none"))
		*ret = '\0';
}

/* RT_SCOPE_…: numbers for both. */
static void as_scope(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	static const struct {
		const char *word, *number;
	} words[] = { { "global", "0" }, { "site", "200" }, { "link", "253" }, { "host", "254" },
		      { "nowhere", "255" } };

	as_text(value, ret);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(ret, words[i].word))
			strcpy(ret, words[i].number);
	}
}

/* A word in our list of flags, or a member that is true with ip(8). */
static void has_word(struct json_object *value, const char *word, char ret[ORACLE_FIELD_SIZE])
{
	const char *text = text_of(value);

	strcpy(ret, strstr(text, word) || !strcmp(text, "true") ? "1" : "0");
}

#define WORD_FORM(name, word)                                                           \
	static void name(struct json_object *value, char ret[ORACLE_FIELD_SIZE])        \
	{                                                                               \
		has_word(value, "\"" word "\"", ret);                                   \
	}
WORD_FORM(as_deprecated, "deprecated")
WORD_FORM(as_tentative, "tentative")
WORD_FORM(as_secondary, "secondary")
WORD_FORM(as_dad_failed, "dad_failed")
WORD_FORM(as_stable_privacy, "stable_privacy")
WORD_FORM(as_permanent, "permanent")

static void as_not_dynamic(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	strcpy(ret, value ? "0" : "1");
}

static void as_family(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	const char *text = text_of(value);

	strcpy(ret, strchr(text, ':') || !strcmp(text, "inet6") ? "inet6" : "inet");
}

/* In one order; onlink is a member of its own with us. */
static void as_route_flags(struct json_object *flags, char ret[ORACLE_FIELD_SIZE])
{
	static const char *const words[] = { "\"dead\"",    "\"pervasive\"",  "\"offload\"",
					     "\"trap\"",    "\"notify\"",     "\"linkdown\"",
					     "\"unresolved\"", "\"rt_offload\"", "\"rt_trap\"",
					     "\"rt_offload_failed\"" };

	*ret = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(text_of(flags), words[i]))
			strcat(ret, words[i]);
	}
}

static void as_length(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	const char *slash = strchr(text_of(value), '/');

	snprintf(ret, ORACLE_FIELD_SIZE, "%s", slash ? slash + 1 : "");
}

/* Seconds that are left; nothing, or all ones, is for ever. */
static void as_lifetime(struct json_object *value, char ret[ORACLE_FIELD_SIZE])
{
	snprintf(ret, ORACLE_FIELD_SIZE, "%s", value ? text_of(value) : "4294967295");
}

static void as_milliseconds(struct json_object *us, char ret[ORACLE_FIELD_SIZE])
{
	snprintf(ret, ORACLE_FIELD_SIZE, "%lu", strtoul(text_of(us), NULL, 10) / 1000);
}

static void as_realm(struct json_object *flow, char ret[ORACLE_FIELD_SIZE])
{
	struct json_object *from = json_object_object_get(flow, "from");
	struct json_object *to = json_object_object_get(flow, "to");

	snprintf(ret, ORACLE_FIELD_SIZE, "%lu",
		 strtoul(text_of(from), NULL, 10) << 16 | strtoul(text_of(to), NULL, 10));
}

static struct json_object *first_of(struct json_object *json, const char *one, const char *other)
{
	struct json_object *value = json_object_object_get(json, one);

	return value ? value : json_object_object_get(json, other);
}

/* Gateway, device, weight and onlink of each, in the order of the kernel. */
static void as_hops(struct json_object *hops, char ret[ORACLE_FIELD_SIZE])
{
	size_t length = 0;

	*ret = '\0';
	for (size_t i = 0; hops && i < json_object_array_length(hops); i++) {
		struct json_object *hop = json_object_array_get_idx(hops, i);
		struct json_object *via = json_object_object_get(hop, "via");
		char onlink[ORACLE_FIELD_SIZE];

		as_onlink(first_of(hop, "onlink", "flags"), onlink);
		length += (size_t)snprintf(
			ret + length, ORACLE_FIELD_SIZE - length, "[%s %s %s %s]",
			text_of(via ? json_object_object_get(via, "host") :
				      json_object_object_get(hop, "gateway")),
			text_of(first_of(hop, "device", "dev")),
			text_of(json_object_object_get(hop, "weight")), onlink);
		if (length >= ORACLE_FIELD_SIZE)
			break;
	}
}

/* As ip-tunnel(8) shows them behind one another: pdr is a default router. */
static void as_routers(struct json_object *routers, char ret[ORACLE_FIELD_SIZE])
{
	size_t length = 0;

	*ret = '\0';
	for (size_t i = 0; routers && i < json_object_array_length(routers); i++) {
		struct json_object *router = json_object_array_get_idx(routers, i);
		bool is_default = json_object_get_boolean(
			json_object_object_get(router, "default"));

		length += (size_t)snprintf(ret + length, ORACLE_FIELD_SIZE - length, " %s %s",
					   is_default ? "pdr" : "pr",
					   text_of(json_object_object_get(router, "address")));
		if (length >= ORACLE_FIELD_SIZE)
			break;
	}
}

#define DATA "/linkinfo/info_data/"
#define UNLIKE(name, kinds, ours, theirs, our_form, their_form) \
	{ name, kinds, ours, theirs, our_form, their_form, false }
#define SAME(name, form, ours, theirs) { name, NULL, ours, theirs, form, form, false }
#define NEAR(name, form, ours, theirs) { name, NULL, ours, theirs, form, form, true }
#define OF(kinds, name, form, ours, theirs) { name, kinds, ours, DATA theirs, form, form, false }
#define METRIC(name, ours) SAME(name, as_number, "/" ours, "/metrics/0/" name)
#define FLAG(ours, theirs) SAME(theirs, as_number, "/" ours, "/" theirs)
#define CARRIED " ipip gre gretap sit "
#define IPV4 " ipip gre gretap sit vti "
#define OUTER " ipip gre gretap sit vxlan "

static const struct oracle_field link_fields[] = {
	SAME("name", as_text, "/name", "/ifname"),
	UNLIKE("kind", " ipip gre gretap sit vti vxlan veth bridge ", "/kind", "/linkinfo/info_kind", oracle_kind, oracle_kind),
	SAME("ifindex", as_text, "/status/ifindex", "/ifindex"),
	SAME("mtu", as_text, "/mtu", "/mtu"),
	SAME("operstate", as_lower, "/status/operstate", "/operstate"),
	SAME("alias", as_text, "/alias", "/ifalias"),
	UNLIKE("up", NULL, "/up", "/flags", as_text, as_up),
	UNLIKE("mac", " veth vxlan gretap bridge ", "/mac", "/address", as_text, as_text),
	OF(IPV4, "local", as_address, "/local", "local"),
	OF(IPV4, "remote", as_address, "/remote", "remote"),
	OF(" ipip gre gretap sit ", "ttl", as_number, "/ttl", "ttl"),
	OF(" vxlan ", "ttl", as_number, "/ttl", "ttl"),
	OF(OUTER, "tos", as_tos, "/tos", "tos"),
	OF(IPV4, "fwmark", as_number, "/fwmark", "fwmark"),
	OF(" ipip gre gretap sit ", "pmtudisc", as_number, "/path_mtu_discovery", "pmtudisc"),
	OF(" gre gretap ", "ignore_df", as_number, "/ignore_df", "ignore_df"),
	UNLIKE("ikey", " gre gretap vti ", "/input_key|/key", DATA "ikey", as_key, as_key),
	UNLIKE("okey", " gre gretap vti ", "/output_key|/key", DATA "okey", as_key, as_key),
	OF(" gre gretap ", "icsum", as_number, "/input_checksum", "icsum"),
	OF(" gre gretap ", "ocsum", as_number, "/output_checksum", "ocsum"),
	OF(" gre gretap ", "iseq", as_number, "/input_sequence", "iseq"),
	OF(" gre gretap ", "oseq", as_number, "/output_sequence", "oseq"),
	OF(" vxlan ", "vni", as_number, "/vni", "id"),
	UNLIKE("remote", " vxlan ", "/remote", DATA "remote|" DATA "remote6", as_address, as_address),
	UNLIKE("local", " vxlan ", "/local", DATA "local|" DATA "local6", as_address, as_address),
	OF(" vxlan ", "port", as_number, "/port", "port"),
	OF(" vxlan ", "low", as_number, "/source_port_range/low", "port_range/low"),
	OF(" vxlan ", "high", as_number, "/source_port_range/high", "port_range/high"),
	OF(" vxlan ", "df", as_text, "/df", "df"),
	OF(" vxlan ", "label", as_number, "/flow_label", "label"),
	OF(" vxlan ", "learning", as_number, "/learning", "learning"),
	OF(" vxlan ", "ageing", as_number, "/ageing_seconds", "ageing"),
	OF(" vxlan ", "limit", as_number, "/address_limit", "limit"),
	OF(" vxlan ", "proxy", as_number, "/proxy", "proxy"),
	OF(" vxlan ", "rsc", as_number, "/route_short_circuit", "rsc"),
	OF(" vxlan ", "l2miss", as_number, "/l2_miss", "l2miss"),
	OF(" vxlan ", "l3miss", as_number, "/l3_miss", "l3miss"),
	OF(" vxlan ", "udp_csum", as_number, "/udp_checksum", "udp_csum"),
	OF(" vxlan ", "zero6tx", as_number, "/udp6_zero_checksum_tx", "udp_zero_csum6_tx"),
	OF(" vxlan ", "zero6rx", as_number, "/udp6_zero_checksum_rx", "udp_zero_csum6_rx"),
	OF(" vxlan ", "remcsum_tx", as_number, "/remote_checksum_tx", "remcsum_tx"),
	OF(" vxlan ", "remcsum_rx", as_number, "/remote_checksum_rx", "remcsum_rx"),
	UNLIKE("gbp", " vxlan ", "/gbp", "/linkinfo/info_data", as_number, as_gbp),
	UNLIKE("gpe", " vxlan ", "/gpe", "/linkinfo/info_data", as_number, as_gpe),
	OF(" vxlan gre gretap ipip ", "external", as_number, "/external", "external"),
	OF(" vxlan ", "vnifilter", as_number, "/vni_filter", "vnifilter"),
	OF(OUTER "vti ", "device", as_text, "/device", "link"),
	SAME("master", as_text, "/master", "/master"),
	SAME("queue", as_number, "/tx_queue_length", "/txqlen"),
	UNLIKE("isatap", " sit ", "/kind", DATA "isatap", as_isatap, as_number),
	OF(" ipip sit ", "mode", as_mode, "/mode", "proto"),
	/* FOU, GUE and 6rd: what ip(8) shows on kernels that have them on tunnels. */
	OF(CARRIED, "encap", as_encapsulation, "/encapsulation/type", "encap/type"),
	OF(CARRIED, "sport", as_number, "/encapsulation/source_port", "encap/sport"),
	OF(CARRIED, "dport", as_number, "/encapsulation/destination_port", "encap/dport"),
	OF(CARRIED, "csum", as_number, "/encapsulation/checksum", "encap/csum"),
	OF(CARRIED, "csum6", as_number, "/encapsulation/checksum6", "encap/csum6"),
	OF(CARRIED, "remcsum", as_number, "/encapsulation/remote_checksum", "encap/remcsum"),
	UNLIKE("6rd", " sit ", "/6rd/prefix", DATA "prefix", as_without_length, as_text),
	UNLIKE("6rd length", " sit ", "/6rd/prefix", DATA "prefixlen", as_length, as_text),
	UNLIKE("relay", " sit ", "/6rd/relay_prefix", DATA "relay_prefix", as_without_length, as_text),
	UNLIKE("relay length", " sit ", "/6rd/relay_prefix", DATA "relay_prefixlen", as_length, as_text),
	OF(" bridge ", "priority", as_number, "/priority", "priority"),
	OF(" bridge ", "filtering", as_number, "/vlan_filtering", "vlan_filtering"),
	OF(" bridge ", "snooping", as_number, "/multicast_snooping", "mcast_snooping"),
	{ 0 },
};

static const struct oracle_field address_fields[] = {
	SAME("link", as_text, "/link", "/ifname"),
	UNLIKE("address", NULL, "/address", "/local", as_without_length, as_text),
	UNLIKE("peer", NULL, "/peer", "/address", as_without_length, as_text),
	UNLIKE("length", NULL, "/peer|/address", "/prefixlen", as_length, as_text),
	SAME("scope", as_scope, "/scope", "/scope"),
	SAME("broadcast", as_text, "/broadcast", "/broadcast"),
	SAME("label", as_text, "/label", "/label"),
	UNLIKE("family", NULL, "/address", "/family", as_family, as_family),
	UNLIKE("deprecated", NULL, "/status/flags", "/deprecated", as_deprecated, as_deprecated),
	UNLIKE("tentative", NULL, "/status/flags", "/tentative", as_tentative, as_tentative),
	UNLIKE("secondary", NULL, "/status/flags", "/secondary|/temporary", as_secondary, as_secondary),
	UNLIKE("dadfailed", NULL, "/status/flags", "/dadfailed", as_dad_failed, as_dad_failed),
	UNLIKE("stable", NULL, "/status/flags", "/stable-privacy", as_stable_privacy, as_stable_privacy),
	UNLIKE("permanent", NULL, "/status/flags", "/dynamic", as_permanent, as_not_dynamic),
	FLAG("metric", "metric"),
	FLAG("no_prefix_route", "noprefixroute"),
	FLAG("no_dad", "nodad"),
	FLAG("home_address", "home"),
	FLAG("manage_temporary_addresses", "mngtmpaddr"),
	FLAG("auto_join", "autojoin"),
	NEAR("valid", as_lifetime, "/valid_lifetime_seconds", "/valid_life_time"),
	NEAR("preferred", as_lifetime, "/preferred_lifetime_seconds", "/preferred_life_time"),
	{ 0 },
};

static const struct oracle_field route_fields[] = {
	SAME("destination", as_prefix, "/destination", "/dst"),
	SAME("from", as_text, "/source", "/from"),
	SAME("gateway", as_text, "/gateway", "/gateway|/via/host"),
	SAME("device", as_text, "/device", "/dev"),
	SAME("table", as_number, "/table", "/table"),
	SAME("metric", as_number, "/metric", "/metric"),
	SAME("protocol", as_number, "/protocol", "/protocol"),
	UNLIKE("type", NULL, "/type", "/type", as_text, as_type),
	SAME("source", as_text, "/preferred_source", "/prefsrc"),
	SAME("scope", as_scope, "/scope", "/scope"),
	SAME("tos", as_number, "/tos", "/tos"),
	UNLIKE("onlink", NULL, "/onlink", "/flags", as_onlink, as_onlink),
	UNLIKE("flags", NULL, "/status/flags", "/flags", as_route_flags, as_route_flags),
	SAME("preference", as_text, "/preference", "/pref"),
	SAME("nhid", as_number, "/nexthop_id", "/nhid"),
	UNLIKE("realm", NULL, "/realm", "/flow", as_number, as_realm),
	SAME("hops", as_hops, "/nexthops", "/nexthops"),
	METRIC("mtu", "mtu"),
	METRIC("advmss", "advertised_mss_bytes"),
	METRIC("window", "window_bytes"),
	UNLIKE("rtt", NULL, "/rtt_us", "/metrics/0/rtt", as_milliseconds, as_number),
	UNLIKE("rttvar", NULL, "/rtt_variance_us", "/metrics/0/rttvar", as_milliseconds, as_number),
	METRIC("ssthresh", "slow_start_threshold"),
	METRIC("cwnd", "congestion_window"),
	METRIC("initcwnd", "initial_congestion_window"),
	METRIC("initrwnd", "initial_receive_window"),
	METRIC("reordering", "reordering"),
	METRIC("hoplimit", "hop_limit"),
	METRIC("rto_min", "minimum_rto_ms"),
	METRIC("quickack", "quick_ack"),
	METRIC("fastopen_no_cookie", "fast_open_no_cookie"),
	UNLIKE("ecn", NULL, "/ecn", "/metrics/0", as_number, as_ecn),
	SAME("congestion", as_text, "/congestion_control", "/metrics/0/congestion"),
	NEAR("expires", as_number, "/expires_seconds", "/expires"),
	{ 0 },
};

static const struct oracle_field router_fields[] = {
	SAME("name", as_text, "/name", "/name"),
	UNLIKE("routers", NULL, "/potential_routers", "/routers", as_routers, as_text),
	{ 0 },
};

const struct oracle_table oracle_links = { link_fields, NULL, NULL },
	oracle_tunnels = { link_fields, NULL, " ipip gre gretap sit vti vxlan " },
	oracle_addresses = { address_fields, "/addr_info", NULL },
	oracle_routes = { route_fields, NULL, NULL },
	oracle_routers = { router_fields, NULL, NULL };
