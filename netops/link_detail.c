/* The message of a link is walked by tables: nothing of it is kept in records. */
#include "netops/link_detail.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "netops/link_detail_private.h"
#include "netops/link_private.h"

enum {
	GSO_IPV4_MAX_SIZE = 63, /* linux/if_link.h of later kernels */
	GRO_IPV4_MAX_SIZE = 64,
	TEXT_SIZE = 256,
};

static const struct row_word link_modes[] = {
	{ "default", IF_LINK_MODE_DEFAULT },
	{ "dormant", IF_LINK_MODE_DORMANT },
	{ "testing", 2 },
	{ NULL, 0 },
};

static const struct row_word address_modes[] = {
	{ "eui64", IN6_ADDR_GEN_MODE_EUI64 },
	{ "none", IN6_ADDR_GEN_MODE_NONE },
	{ "stable_privacy", IN6_ADDR_GEN_MODE_STABLE_PRIVACY },
	{ "random", IN6_ADDR_GEN_MODE_RANDOM },
	{ NULL, 0 },
};

static const struct row_word xdp_modes[] = {
	{ "none", XDP_ATTACHED_NONE },	    { "driver", XDP_ATTACHED_DRV },
	{ "generic", XDP_ATTACHED_SKB },    { "hardware", XDP_ATTACHED_HW },
	{ "multiple", XDP_ATTACHED_MULTI }, { NULL, 0 },
};

/* if_arp.h, in the words of ip-link(8). */
static const struct row_word link_types[] = {
	{ "generic", ARPHRD_NETROM },
	{ "ether", ARPHRD_ETHER },
	{ "infiniband", ARPHRD_INFINIBAND },
	{ "slip", ARPHRD_SLIP },
	{ "can", 280 },
	{ "mctp", 290 },
	{ "rawip", 519 },
	{ "ppp", ARPHRD_PPP },
	{ "ipip", ARPHRD_TUNNEL },
	{ "tunnel6", ARPHRD_TUNNEL6 },
	{ "frad", ARPHRD_FRAD },
	{ "loopback", ARPHRD_LOOPBACK },
	{ "sit", ARPHRD_SIT },
	{ "gre", ARPHRD_IPGRE },
	{ "pimreg", ARPHRD_PIMREG },
	{ "ieee802.11", ARPHRD_IEEE80211 },
	{ "gre6", 823 },
	{ "netlink", 824 },
	{ "6lowpan", 825 },
	{ "vsockmon", 826 },
	{ "none", ARPHRD_NONE },
	{ "void", ARPHRD_VOID },
	{ NULL, 0 },
};

/* clang-format off */
static const struct detail_row link_rows_plain[] = {
	{ "address", IFLA_ADDRESS, .form = FORM_HARDWARE },
	{ "broadcast", IFLA_BROADCAST, .form = FORM_HARDWARE },
	{ "permanent_address", IFLA_PERM_ADDRESS, .form = FORM_HARDWARE },
	{ "alternative_names", IFLA_PROP_LIST, .form = FORM_NAMES },
	{ "mode", IFLA_LINKMODE, FORM_WORD, .words = link_modes },
	{ "queueing", IFLA_QDISC, .form = FORM_TEXT },
	{ "tx_queues", .attribute = IFLA_NUM_TX_QUEUES },
	{ "rx_queues", .attribute = IFLA_NUM_RX_QUEUES },
	{ "minimum_mtu", .attribute = IFLA_MIN_MTU },
	{ "maximum_mtu", .attribute = IFLA_MAX_MTU },
	{ "gso_maximum_bytes", .attribute = IFLA_GSO_MAX_SIZE },
	{ "gso_maximum_segments", .attribute = IFLA_GSO_MAX_SEGS },
	{ "gso_ipv4_maximum_bytes", .attribute = GSO_IPV4_MAX_SIZE },
	{ "tso_maximum_bytes", .attribute = IFLA_TSO_MAX_SIZE },
	{ "tso_maximum_segments", .attribute = IFLA_TSO_MAX_SEGS },
	{ "gro_maximum_bytes", .attribute = IFLA_GRO_MAX_SIZE },
	{ "gro_ipv4_maximum_bytes", .attribute = GRO_IPV4_MAX_SIZE },
	{ "promiscuity", .attribute = IFLA_PROMISCUITY },
	{ "all_multicast", .attribute = IFLA_ALLMULTI },
	{ "protocol_down", IFLA_PROTO_DOWN, .form = FORM_BOOL },
	{ "carrier_changes", .attribute = IFLA_CARRIER_CHANGES },
	{ "carrier_up_count", .attribute = IFLA_CARRIER_UP_COUNT },
	{ "carrier_down_count", .attribute = IFLA_CARRIER_DOWN_COUNT },
	{ "physical_port_name", IFLA_PHYS_PORT_NAME, .form = FORM_TEXT },
	{ "physical_port_id", IFLA_PHYS_PORT_ID, .form = FORM_HEX },
	{ "physical_switch_id", IFLA_PHYS_SWITCH_ID, .form = FORM_HEX },
	{ "parent_bus", IFLA_PARENT_DEV_BUS_NAME, .form = FORM_TEXT },
	{ "parent_device", IFLA_PARENT_DEV_NAME, .form = FORM_TEXT },
	{ 0 },
};

static const struct detail_row port_kind[] = { { "kind", IFLA_INFO_SLAVE_KIND, .form = FORM_TEXT }, { 0 } };
static const struct detail_row protocol_down[] = { { "protocol_down_reasons", .attribute = IFLA_PROTO_DOWN_REASON_VALUE }, { 0 } };
static const struct detail_row inet6[] = { { "ipv6_address_generation", IFLA_INET6_ADDR_GEN_MODE, FORM_WORD, .words = address_modes }, { 0 } };
static const struct detail_row xdp[] = {
	{ "mode", IFLA_XDP_ATTACHED, FORM_WORD, .words = xdp_modes },
	{ "program_id", .attribute = IFLA_XDP_PROG_ID },
	{ 0 },
};

static const struct detail_table tables[] = {
	{ NULL, NULL, false, { 0 }, .rows = link_rows_plain },
	{ NULL, NULL, false, { IFLA_PROTO_DOWN_REASON }, .rows = protocol_down },
	{ NULL, NULL, false, { IFLA_AF_SPEC, AF_INET6 }, .rows = inet6 },
	{ "xdp", NULL, false, { IFLA_XDP }, .rows = xdp, .needs = IFLA_XDP_PROG_ID },
	{ "bridge", "bridge", false, { IFLA_LINKINFO, IFLA_INFO_DATA }, .rows = link_detail_bridge },
	{ "port", NULL, true, { IFLA_LINKINFO }, .rows = port_kind },
	{ "port", "bridge", true, { IFLA_LINKINFO, IFLA_INFO_SLAVE_DATA }, .rows = link_detail_port },
};
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

struct counter { const char *group, *name; size_t offset; };
#define COUNTER(group, name, member) { group, name, offsetof(struct rtnl_link_stats64, member) }
static const struct counter counters[] = {
	COUNTER("rx", "packets", rx_packets),
	COUNTER("rx", "bytes", rx_bytes),
	COUNTER("rx", "errors", rx_errors),
	COUNTER("rx", "dropped", rx_dropped),
	COUNTER("rx", "multicast", multicast),
	COUNTER("rx", "length_errors", rx_length_errors),
	COUNTER("rx", "over_errors", rx_over_errors),
	COUNTER("rx", "crc_errors", rx_crc_errors),
	COUNTER("rx", "frame_errors", rx_frame_errors),
	COUNTER("rx", "fifo_errors", rx_fifo_errors),
	COUNTER("rx", "missed_errors", rx_missed_errors),
	COUNTER("rx", "compressed", rx_compressed),
	COUNTER("rx", "no_handler", rx_nohandler),
	COUNTER("rx", "other_host_dropped", rx_otherhost_dropped),
	COUNTER("tx", "packets", tx_packets),
	COUNTER("tx", "bytes", tx_bytes),
	COUNTER("tx", "errors", tx_errors),
	COUNTER("tx", "dropped", tx_dropped),
	COUNTER("tx", "collisions", collisions),
	COUNTER("tx", "aborted_errors", tx_aborted_errors),
	COUNTER("tx", "carrier_errors", tx_carrier_errors),
	COUNTER("tx", "fifo_errors", tx_fifo_errors),
	COUNTER("tx", "heartbeat_errors", tx_heartbeat_errors),
	COUNTER("tx", "window_errors", tx_window_errors),
	COUNTER("tx", "compressed", tx_compressed),
};
/* clang-format on */

static const struct nlattr *detail_find(const struct nlattr *start, int length, int type)
{
	return nla_find(start, length, type);
}

static const struct nlattr *message_find(const struct link *link, int type)
{
	const struct nlmsghdr *header = link->message;

	return header ? detail_find(nlmsg_attrdata(header, sizeof(struct ifinfomsg)),
				    nlmsg_attrlen(header, sizeof(struct ifinfomsg)), type) :
			NULL;
}

static const struct nlattr *nest_find(const struct nlattr *nest, int type)
{
	return nest ? detail_find(nla_data(nest), nla_len(nest), type) : NULL;
}

static const struct nlattr *row_find_attribute(const struct link *link,
					       const struct detail_table *table, int type)
{
	const struct nlattr *nest = NULL;

	if (!table->path[0])
		return message_find(link, type);
	nest = message_find(link, table->path[0]);
	for (int i = 1; table->path[i]; i++)
		nest = nest_find(nest, table->path[i]);
	return nest_find(nest, type);
}

static uint64_t detail_number(const struct nlattr *attribute)
{
	return nla_len(attribute) == 8 ? nla_get_u64(attribute) : netlink_number(attribute);
}

static void put_hex(const struct nlattr *attribute, const char *between, char text[TEXT_SIZE])
{
	const uint8_t *bytes = nla_data(attribute);
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < nla_len(attribute) && length + 4 < TEXT_SIZE; i++)
		length += (size_t)snprintf(text + length, TEXT_SIZE - length, "%s%02x",
					   i ? between : "", bytes[i]);
}

/* Tunnels of IPv4 and IPv6 have addresses of these. */
static void put_hardware(const struct link *link, const struct nlattr *attribute,
			 char text[TEXT_SIZE])
{
	int type = link->status.type, length = nla_len(attribute);

	if (length == 4 &&
	    (type == ARPHRD_TUNNEL || type == ARPHRD_SIT || type == ARPHRD_IPGRE))
		inet_ntop(AF_INET, nla_data(attribute), text, TEXT_SIZE);
	else if (length == 16 && (type == ARPHRD_TUNNEL6 || type == 823))
		inet_ntop(AF_INET6, nla_data(attribute), text, TEXT_SIZE);
	else
		put_hex(attribute, ":", text);
}

static void put_bridge_id(const struct nlattr *attribute, char text[TEXT_SIZE])
{
	const uint8_t *id = nla_data(attribute);

	text[0] = '\0';
	if (nla_len(attribute) == 8)
		snprintf(text, TEXT_SIZE, "%02x%02x.%02x:%02x:%02x:%02x:%02x:%02x", id[0],
			 id[1], id[2], id[3], id[4], id[5], id[6], id[7]);
}

static void tell_word(const struct row_word *words, uint32_t number, struct detail *detail,
		      char text[TEXT_SIZE])
{
	const char *word = words ? row_word_name(words, number) : NULL;

	detail->type = DETAIL_TEXT;
	snprintf(text, TEXT_SIZE, word ? "%s" : "%.0s%u", word ? word : "", number);
}

static void tell_names(const struct nlattr *nest, struct detail *detail, detail_told *told,
		       void *context)
{
	const struct nlattr *name;
	char text[TEXT_SIZE];
	int rest;

	detail->type = DETAIL_ITEM;
	detail->text = text;
	nla_for_each_nested(name, nest, rest)
	{
		if (nla_type(name) != IFLA_ALT_IFNAME)
			continue;
		netlink_text(name, text, sizeof(text));
		told(detail, context);
	}
	detail->text = NULL;
}

static void tell_row(const struct link *link, const struct detail_row *row,
		     const struct nlattr *attribute, struct detail *detail, detail_told *told,
		     void *context)
{
	char text[TEXT_SIZE] = "";

	detail->name = row->name;
	detail->type = DETAIL_TEXT;
	detail->text = text;
	switch (row->form) {
	case FORM_NUMBER:
	case FORM_BOOL:
		detail->type = row->form == FORM_BOOL ? DETAIL_BOOL : DETAIL_NUMBER;
		detail->number = detail_number(attribute);
		break;
	case FORM_BIT: /* of a struct br_boolopt_multi; bit 0: the first, which says "not" */
		detail->type = DETAIL_BOOL;
		detail->number = nla_len(attribute) < 4 ? 0 :
				 row->bit ? *(uint32_t *)nla_data(attribute) & row->bit :
					    !(*(uint32_t *)nla_data(attribute) & 1);
		break;
	case FORM_TEXT:
		netlink_text(attribute, text, sizeof(text));
		break;
	case FORM_BE16:
		tell_word(row->words, ntohs((uint16_t)netlink_number(attribute)), detail, text);
		break;
	case FORM_WORD:
		tell_word(row->words, netlink_number(attribute), detail, text);
		break;
	case FORM_HARDWARE:
		put_hardware(link, attribute, text);
		break;
	case FORM_HEX:
		put_hex(attribute, "", text);
		break;
	case FORM_BRIDGE_ID:
		put_bridge_id(attribute, text);
		break;
	case FORM_NAMES:
		tell_names(attribute, detail, told, context);
		return;
	}
	told(detail, context);
}

static bool table_fits(const struct link *link, const struct detail_table *table)
{
	static const struct detail_table slave = { .path = { IFLA_LINKINFO } };
	char kind[32];

	if (table->needs && !row_find_attribute(link, table, table->needs))
		return false;
	if (!table->kind)
		return true;
	if (!table->slave)
		return !strcmp(table->kind, link->kernel_kind);
	netlink_text(row_find_attribute(link, &slave, IFLA_INFO_SLAVE_KIND), kind,
		     sizeof(kind));
	return !strcmp(table->kind, kind);
}

void link_details(const struct link *link, bool running, detail_told *told, void *context)
{
	struct detail detail = { .name = "type" };
	const struct nlattr *attribute;
	char text[TEXT_SIZE];

	if (!link->message)
		return;
	tell_word(link_types, link->status.type, &detail, text);
	detail.text = text;
	told(&detail, context);
	for (int i = 0; i < TABLES; i++) {
		if (!table_fits(link, &tables[i]))
			continue;
		for (const struct detail_row *row = tables[i].rows; row->name; row++) {
			attribute = row_find_attribute(link, &tables[i], row->attribute);
			detail.group = tables[i].group;
			if (attribute && (running || !row->runs))
				tell_row(link, row, attribute, &detail, told, context);
		}
	}
}

void link_statistics(const struct link *link, detail_told *told, void *context)
{
	const struct nlattr *attribute = message_find(link, IFLA_STATS64);
	struct detail detail = { .type = DETAIL_NUMBER };

	for (size_t i = 0; attribute && i < sizeof(counters) / sizeof(counters[0]); i++) {
		/* Older kernels have fewer. */
		if (counters[i].offset + sizeof(uint64_t) > (size_t)nla_len(attribute))
			continue;
		detail.group = counters[i].group;
		detail.name = counters[i].name;
		memcpy(&detail.number, (const char *)nla_data(attribute) + counters[i].offset,
		       sizeof(detail.number));
		told(&detail, context);
	}
}
