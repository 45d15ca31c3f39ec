/*
 * A rule as a record: its rows, its identity as a URL, the values it has unsaid.
 * What stands in the message's header, and the pairs of ranges, have no wire
 * here: rule_message.c carries them.
 */
#include "netops/rule.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "netops/route.h"
#include "netops/rule_private.h"
#include "netops/url.h"

const struct row_word rule_family_words[] = {
	{ "ipv4", AF_INET },
	{ "ipv6", AF_INET6 },
	{ NULL, 0 },
};

const struct row_word rule_action_words[] = {
	{ "lookup", FR_ACT_TO_TBL },
	{ "goto", FR_ACT_GOTO },
	{ "nop", FR_ACT_NOP },
	{ "blackhole", FR_ACT_BLACKHOLE },
	{ "unreachable", FR_ACT_UNREACHABLE },
	{ "prohibit", FR_ACT_PROHIBIT },
	{ NULL, 0 },
};

const struct row_word rule_flag_words[] = {
	{ "permanent", FIB_RULE_PERMANENT },
	{ "unresolved", FIB_RULE_UNRESOLVED },
	{ "input_device_absent", FIB_RULE_IIF_DETACHED },
	{ "output_device_absent", FIB_RULE_OIF_DETACHED },
	{ "other_conditions", RULE_OTHER_CONDITIONS },
	{ NULL, 0 },
};

static const struct row_word ip_protocol_words[] = {
	{ "icmp", IPPROTO_ICMP }, { "tcp", IPPROTO_TCP },	{ "udp", IPPROTO_UDP },
	{ "gre", IPPROTO_GRE },	  { "esp", IPPROTO_ESP },	{ "ah", IPPROTO_AH },
	{ "sctp", IPPROTO_SCTP }, { "icmpv6", IPPROTO_ICMPV6 }, { NULL, 0 },
};

enum {
	PORT_MAXIMUM =
		UINT16_MAX - 1, /* net/core/fib_rules.c takes no range that ends at 65535 */
	NUMBER_MAXIMUM = UINT32_MAX - 1 /* -1 says "none" to the kernel */
};

/* clang-format off */
#define AT(member) .offset = RULE_AT(member)
#define PORT .flags = 0, .minimum = 1, .maximum = PORT_MAXIMUM

const struct row rule_rows[] = {
	{ "family", ROW_WORD, WIRE_NONE, AT(family), .flags = ROW_CREATE_ONLY, .words = rule_family_words },
	{ "priority", ROW_NUMBER, WIRE_U32, FRA_PRIORITY, AT(priority), .flags = ROW_REQUIRED | ROW_CREATE_ONLY, .maximum = UINT32_MAX },
	{ "not", ROW_BOOL, WIRE_NONE, AT(invert), .flags = ROW_QUIET },
	{ "source", ROW_PREFIX, WIRE_NONE, FRA_SRC, AT(source) },
	{ "destination", ROW_PREFIX, WIRE_NONE, FRA_DST, AT(destination) },
	{ "tos", ROW_NUMBER, WIRE_NONE, AT(tos), .flags = ROW_QUIET, .maximum = 255 },
	{ "input_device", ROW_TEXT, WIRE_TEXT, FRA_IIFNAME, AT(input_device), .minimum = 1, .maximum = IFNAMSIZ - 1 },
	{ "output_device", ROW_TEXT, WIRE_TEXT, FRA_OIFNAME, AT(output_device), .minimum = 1, .maximum = IFNAMSIZ - 1 },
	{ "mark", ROW_NUMBER, WIRE_U32, FRA_FWMARK, AT(mark), .maximum = UINT32_MAX },
	{ "mark_mask", ROW_NUMBER, WIRE_U32, FRA_FWMASK, AT(mark_mask), .minimum = 1, .maximum = UINT32_MAX },
	{ "ip_protocol", ROW_NAMED, WIRE_U8, FRA_IP_PROTO, AT(ip_protocol), .minimum = 1, .maximum = 255, .words = ip_protocol_words },
	{ "source_port_range/low", ROW_NUMBER, WIRE_NONE, FRA_SPORT_RANGE, AT(source_port_low), PORT },
	{ "source_port_range/high", ROW_NUMBER, WIRE_NONE, FRA_SPORT_RANGE, AT(source_port_high), PORT },
	{ "destination_port_range/low", ROW_NUMBER, WIRE_NONE, FRA_DPORT_RANGE, AT(destination_port_low), PORT },
	{ "destination_port_range/high", ROW_NUMBER, WIRE_NONE, FRA_DPORT_RANGE, AT(destination_port_high), PORT },
	{ "uid_range/low", ROW_NUMBER, WIRE_NONE, FRA_UID_RANGE, AT(uid_low), .maximum = NUMBER_MAXIMUM },
	{ "uid_range/high", ROW_NUMBER, WIRE_NONE, FRA_UID_RANGE, AT(uid_high), .maximum = NUMBER_MAXIMUM },
	{ "l3mdev", ROW_BOOL, WIRE_U8, FRA_L3MDEV, AT(l3mdev), .flags = ROW_QUIET },
	{ "action", ROW_WORD, WIRE_NONE, AT(action), .words = rule_action_words },
	{ "table", ROW_NAMED, WIRE_U32, FRA_TABLE, AT(table), .flags = ROW_QUIET, .minimum = 1, .maximum = UINT32_MAX, .words = route_table_words },
	{ "goto_priority", ROW_NUMBER, WIRE_U32, FRA_GOTO, AT(goto_priority), .flags = ROW_QUIET, .minimum = 1, .maximum = UINT32_MAX },
	{ "suppress_prefix_length", ROW_NUMBER, WIRE_U32, FRA_SUPPRESS_PREFIXLEN, AT(suppress_prefix_length), .initial = UINT32_MAX, .maximum = 128 },
	{ "suppress_device_group", ROW_NUMBER, WIRE_U32, FRA_SUPPRESS_IFGROUP, AT(suppress_device_group), .initial = UINT32_MAX, .maximum = NUMBER_MAXIMUM },
	{ "realm", ROW_NUMBER, WIRE_U32, FRA_FLOW, AT(realm), .flags = ROW_QUIET, .maximum = UINT32_MAX },
	{ "protocol", ROW_NAMED, WIRE_U8, FRA_PROTOCOL, AT(protocol), .maximum = 255, .words = route_protocol_words },
	{ 0 },
};
/* clang-format on */

const size_t rule_narrowing[] = {
	RULE_AT(source), RULE_AT(destination), RULE_AT(mark),	      RULE_AT(table),
	RULE_AT(action), RULE_AT(protocol),    RULE_AT(input_device), 0,
};

void rule_list_free(struct rule_list *list)
{
	free(list->items);
	*list = (struct rule_list){ 0 };
}

int rule_list_add(struct rule_list *list, const struct rule *rule, struct error *error)
{
	struct rule *items = list->items;

	/* The room grows at each power of two. */
	if (!(list->count & (list->count - 1)))
		items = reallocarray(items, list->count ? 2 * list->count : 1, sizeof(*items));
	if (!items)
		return error_errno(error, ENOMEM, "collecting rules");
	list->items = items;
	items[list->count++] = *rule;
	return 0;
}

bool rule_is_ours(const struct rule *rule)
{
	return rule->options.protocol == OWNED_PROTOCOL;
}

void rule_choose_family(struct rule *rule)
{
	struct rule_options *options = &rule->options;

	if (RULE_GIVEN(rule, family))
		return;
	options->family = AF_INET;
	if (RULE_GIVEN(rule, source))
		options->family = options->source.family;
	else if (RULE_GIVEN(rule, destination))
		options->family = options->destination.family;
	give_at(&rule->given, RULE_AT(family));
}

/* What a new rule has without them. */
static void rule_give(struct rule *rule, size_t offset, uint32_t value)
{
	if (given_at(&rule->given, offset))
		return;
	*(uint32_t *)((char *)&rule->options + offset) = value;
	give_at(&rule->given, offset);
}

/* A condition that all packets fit is none, and nothing to be sent. */
static void rule_drop_empty(struct rule *rule)
{
	for (const struct row *row = rule_rows; row->name; row++) {
		const struct ip *ip = row_value(row, &rule->options);

		if (row->type == ROW_PREFIX ?
			    !ip->prefix_length :
			    (row->flags & ROW_QUIET) && !row_number(row, &rule->options))
			ungive_at(&rule->given, row->offset);
	}
}

void rule_complete(struct rule *rule)
{
	rule_choose_family(rule);
	rule_drop_empty(rule);
	if (RULE_GIVEN(rule, mark))
		rule_give(rule, RULE_AT(mark_mask), UINT32_MAX);
	rule_give(rule, RULE_AT(action), FR_ACT_TO_TBL);
	if (rule->options.action == FR_ACT_TO_TBL && !RULE_GIVEN(rule, l3mdev))
		rule_give(rule, RULE_AT(table), RT_TABLE_MAIN);
	rule_give(rule, RULE_AT(protocol), OWNED_PROTOCOL);
}

bool rule_row_same(const struct row *row, const struct rule *a, const struct rule *b)
{
	const struct ip *one = row_value(row, &a->options),
			*other = row_value(row, &b->options);
	bool none, none_either;

	if (row->type != ROW_PREFIX)
		return row_settled(row, &a->options, &a->given, &b->options, &b->given);
	none = !given_at(&a->given, row->offset) || !one->prefix_length;
	none_either = !given_at(&b->given, row->offset) || !other->prefix_length;
	return none || none_either ? none == none_either : ip_prefix_equal(one, other);
}

bool rule_settled(const struct rule *wanted, const struct rule *current)
{
	for (const struct row *row = rule_rows; row->name; row++) {
		if (!rule_row_same(row, wanted, current))
			return false;
	}
	return true;
}

void rule_url(const struct rule *rule, char ret[ERROR_URL_SIZE])
{
	ret[0] = '\0';
	url_format(ret, "/rules/");
	url_escape(ret, rule->namespace);
	url_format(ret, "/%s/%u", rule->options.family == AF_INET6 ? "ipv6" : "ipv4",
		   rule->options.priority);
}

static void url_range(char url[ERROR_URL_SIZE], const char *name, const struct ip *prefix,
		      bool given, uint32_t family)
{
	struct ip any = { .family = (uint16_t)family };
	char text[IP_TEXT_SIZE];

	ip_format_prefix(given ? prefix : &any, text);
	url_format(url, "%s=%s", name, text);
}

void rule_url_full(const struct rule *rule, char ret[ERROR_URL_SIZE])
{
	const struct rule_options *options = &rule->options;
	const char *action = row_word_name(rule_action_words, options->action);

	rule_url(rule, ret);
	url_range(ret, "?source", &options->source, RULE_GIVEN(rule, source), options->family);
	url_range(ret, "&destination", &options->destination, RULE_GIVEN(rule, destination),
		  options->family);
	url_format(ret, "&mark=%u&table=%u&protocol=%u",
		   RULE_GIVEN(rule, mark) ? options->mark : 0,
		   RULE_GIVEN(rule, table) ? options->table : 0, options->protocol);
	if (action)
		url_format(ret, "&action=%s", action);
	if (RULE_GIVEN(rule, input_device)) {
		url_format(ret, "&input_device=");
		url_escape(ret, options->input_device);
	}
}
