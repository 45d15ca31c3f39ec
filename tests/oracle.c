/* The fields of links, tunnels, addresses and routes in both tongues, and the comparison. */
#include "tests/oracle.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_SIZE = 2048, LINES = 4096 };

struct lines {
	char *items[LINES];
	size_t count;
};

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

static void as_kind(struct json_object *data, char ret[ORACLE_FIELD_SIZE])
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

#define DATA "/linkinfo/info_data/"
#define SAME(name, form, ours, theirs) { name, NULL, ours, theirs, form, form }
#define OF(kinds, name, form, ours, theirs) { name, kinds, ours, DATA theirs, form, form }
#define IPV4 " ipip gre sit vti "
#define OUTER " ipip gre sit vxlan "

static const struct oracle_field link_fields[] = {
	SAME("name", as_text, "/name", "/ifname"),
	{ "kind", " ipip gre sit vti vxlan veth bridge ", "/kind", "/linkinfo/info_kind", as_kind, as_kind },
	SAME("ifindex", as_text, "/status/ifindex", "/ifindex"),
	SAME("mtu", as_text, "/mtu", "/mtu"),
	SAME("operstate", as_lower, "/status/operstate", "/operstate"),
	SAME("alias", as_text, "/alias", "/ifalias"),
	{ "up", NULL, "/up", "/flags", as_text, as_up },
	{ "mac", " veth vxlan bridge ", "/mac", "/address", as_text, as_text },
	OF(IPV4, "local", as_address, "/local", "local"),
	OF(IPV4, "remote", as_address, "/remote", "remote"),
	OF(" ipip gre sit ", "ttl", as_number, "/ttl", "ttl"),
	OF(" vxlan ", "ttl", as_number, "/ttl", "ttl"),
	OF(OUTER, "tos", as_tos, "/tos", "tos"),
	OF(IPV4, "fwmark", as_number, "/fwmark", "fwmark"),
	OF(" ipip gre sit ", "pmtudisc", as_number, "/path_mtu_discovery", "pmtudisc"),
	OF(" gre ", "ignore_df", as_number, "/ignore_df", "ignore_df"),
	{ "ikey", " gre vti ", "/input_key|/key", DATA "ikey", as_key, as_key },
	{ "okey", " gre vti ", "/output_key|/key", DATA "okey", as_key, as_key },
	OF(" gre ", "icsum", as_number, "/input_checksum", "icsum"),
	OF(" gre ", "ocsum", as_number, "/output_checksum", "ocsum"),
	OF(" gre ", "iseq", as_number, "/input_sequence", "iseq"),
	OF(" gre ", "oseq", as_number, "/output_sequence", "oseq"),
	OF(" vxlan ", "vni", as_number, "/vni", "id"),
	{ "remote", " vxlan ", "/remote", DATA "remote|" DATA "remote6", as_address, as_address },
	{ "local", " vxlan ", "/local", DATA "local|" DATA "local6", as_address, as_address },
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
	OF(" bridge ", "priority", as_number, "/priority", "priority"),
	OF(" bridge ", "filtering", as_number, "/vlan_filtering", "vlan_filtering"),
	OF(" bridge ", "snooping", as_number, "/multicast_snooping", "mcast_snooping"),
	{ 0 },
};

static const struct oracle_field address_fields[] = {
	SAME("link", as_text, "/link", "/ifname"),
	{ "address", NULL, "/address", "/local", as_without_length, as_text },
	{ "peer", NULL, "/peer", "/address", as_without_length, as_text },
	SAME("scope", as_text, "/scope", "/scope"),
	{ 0 },
};

static const struct oracle_field route_fields[] = {
	SAME("destination", as_prefix, "/destination", "/dst"),
	SAME("gateway", as_text, "/gateway", "/gateway"),
	SAME("device", as_text, "/device", "/dev"),
	SAME("table", as_number, "/table", "/table"),
	SAME("metric", as_number, "/metric", "/metric"),
	SAME("protocol", as_number, "/protocol", "/protocol"),
	{ "type", NULL, "/type", "/type", as_text, as_type },
	SAME("source", as_text, "/preferred_source", "/prefsrc"),
	SAME("mtu", as_number, "/mtu", "/metrics/0/mtu"),
	SAME("hop 0", as_text, "/nexthops/0/gateway", "/nexthops/0/gateway"),
	SAME("hop 1", as_text, "/nexthops/1/gateway", "/nexthops/1/gateway"),
	SAME("weight", as_number, "/nexthops/1/weight", "/nexthops/1/weight"),
	{ 0 },
};

const struct oracle_table oracle_links = { link_fields, NULL, NULL },
	oracle_tunnels = { link_fields, NULL, " ipip gre sit vti vxlan " },
	oracle_addresses = { address_fields, "/addr_info", NULL },
	oracle_routes = { route_fields, NULL, NULL };

/* The first of the alternatives that is there. */
static struct json_object *value_at(struct json_object *json, const char *pointers)
{
	struct json_object *value = NULL;
	char pointer[96];

	for (; *pointers && !value; pointers += strspn(pointers, "|")) {
		size_t length = strcspn(pointers, "|");

		snprintf(pointer, sizeof(pointer), "%.*s", (int)length, pointers);
		if (json_pointer_get(json, pointer, &value))
			value = NULL;
		pointers += length;
	}
	return value;
}

static bool is_of(const char *kinds, const char *kind)
{
	char word[ORACLE_FIELD_SIZE + 2];

	snprintf(word, sizeof(word), " %s ", kind);
	return !kinds || (*kind && strstr(kinds, word));
}

static void add_line(struct lines *lines, struct json_object *json,
		     const struct oracle_table *table, bool ours)
{
	char line[LINE_SIZE] = "", value[ORACLE_FIELD_SIZE], kind[ORACLE_FIELD_SIZE];
	size_t length = 0;

	as_kind(value_at(json, ours ? "/kind" : "/linkinfo/info_kind"), kind);
	if (lines->count == LINES || (!ours && !is_of(table->only_kinds, kind)))
		return;
	for (const struct oracle_field *field = table->fields; field->name; field++) {
		if (!is_of(field->kinds, kind))
			continue;
		(ours ? field->our_form : field->their_form)(
			value_at(json, ours ? field->ours : field->theirs), value);
		length += (size_t)snprintf(line + length, LINE_SIZE - length, "%s=%s ",
					   field->name, value);
		if (length >= LINE_SIZE)
			break;
	}
	lines->items[lines->count++] = strdup(line);
}

/* Their addresses stand below their links: each gets its link's name. */
static void add_inner(struct lines *lines, struct json_object *json,
		      const struct oracle_table *table)
{
	struct json_object *inner = value_at(json, table->inner);

	for (size_t i = 0; inner && i < json_object_array_length(inner); i++) {
		struct json_object *one = json_object_array_get_idx(inner, i);

		json_object_object_add(one, "ifname",
				       json_object_get(value_at(json, "/ifname")));
		add_line(lines, one, table, false);
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void collect(struct lines *lines, struct json_object *list,
		    const struct oracle_table *table, bool ours)
{
	lines->count = 0;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (!ours && table->inner)
			add_inner(lines, one, table);
		else
			add_line(lines, one, table, ours);
	}
	qsort(lines->items, lines->count, sizeof(*lines->items), compare_lines);
}

/* Walks both sorted lists; the number of lines that only one of them has. */
static size_t differences(const struct lines *a, const struct lines *b, bool tell)
{
	size_t i = 0, j = 0, count = 0;

	while (i < a->count || j < b->count) {
		int order = i == a->count ? 1 : j == b->count ? -1 :
			    strcmp(a->items[i], b->items[j]);

		if (order && tell && count < 20)
			fprintf(stderr, "%s: %s\n", order < 0 ? "tunneld" : "ip     ",
				order < 0 ? a->items[i] : b->items[j]);
		count += order != 0;
		i += order <= 0;
		j += order >= 0;
	}
	return count;
}

static void free_lines(struct lines *lines)
{
	while (lines->count)
		free(lines->items[--lines->count]);
}

int oracle_compare(struct json_object *ours, struct json_object *theirs,
		   const struct oracle_table *table, bool tell)
{
	static struct lines a, b;
	size_t count;

	collect(&a, ours, table, true);
	collect(&b, theirs, table, false);
	count = differences(&a, &b, tell);
	if (count == 0)
		printf("%zu objects agree\n", a.count);
	free_lines(&a);
	free_lines(&b);
	return count ? -1 : 0;
}
