/*
 * The tables of routes. What stands in the message's header, in RTA_VIA or in
 * RTA_CACHEINFO has no wire here: route_message.c and route_parse.c carry it.
 * The same holds for two kinds of metrics: scaled ones, and bits of a word.
 */
#include <linux/icmpv6.h>
#include <linux/lwtunnel.h>

#include "netops/address.h"
#include "netops/route_private.h"

const struct row_word route_table_words[] = {
	{ "main", RT_TABLE_MAIN },
	{ "local", RT_TABLE_LOCAL },
	{ "default", RT_TABLE_DEFAULT },
	{ NULL, 0 },
};

/* rtnetlink.h, and what ip-route(8) calls them. */
const struct row_word route_protocol_words[] = {
	{ "unspecified", RTPROT_UNSPEC },
	{ "redirect", RTPROT_REDIRECT },
	{ "kernel", RTPROT_KERNEL },
	{ "boot", RTPROT_BOOT },
	{ "static", RTPROT_STATIC },
	{ "gated", RTPROT_GATED },
	{ "ra", RTPROT_RA },
	{ "mrt", RTPROT_MRT },
	{ "zebra", RTPROT_ZEBRA },
	{ "bird", RTPROT_BIRD },
	{ "dnrouted", RTPROT_DNROUTED },
	{ "xorp", RTPROT_XORP },
	{ "ntk", RTPROT_NTK },
	{ "dhcp", RTPROT_DHCP },
	{ "mrouted", RTPROT_MROUTED },
	{ "keepalived", RTPROT_KEEPALIVED },
	{ "babel", RTPROT_BABEL },
	{ "openr", RTPROT_OPENR },
	{ "tunneld", OWNED_PROTOCOL },
	{ "bgp", RTPROT_BGP },
	{ "isis", RTPROT_ISIS },
	{ "ospf", RTPROT_OSPF },
	{ "rip", RTPROT_RIP },
	{ "eigrp", RTPROT_EIGRP },
	{ NULL, 0 },
};

const struct row_word route_type_words[] = {
	{ "unicast", RTN_UNICAST },
	{ "local", RTN_LOCAL },
	{ "broadcast", RTN_BROADCAST },
	{ "anycast", RTN_ANYCAST },
	{ "multicast", RTN_MULTICAST },
	{ "blackhole", RTN_BLACKHOLE },
	{ "unreachable", RTN_UNREACHABLE },
	{ "prohibit", RTN_PROHIBIT },
	{ "throw", RTN_THROW },
	{ "nat", RTN_NAT },
	{ NULL, 0 },
};

const struct row_word route_preference_words[] = {
	{ "low", ICMPV6_ROUTER_PREF_LOW },
	{ "medium", ICMPV6_ROUTER_PREF_MEDIUM },
	{ "high", ICMPV6_ROUTER_PREF_HIGH },
	{ NULL, 0 },
};

const struct row_word route_encapsulation_words[] = {
	{ "mpls", LWTUNNEL_ENCAP_MPLS },
	{ "ip", LWTUNNEL_ENCAP_IP },
	{ "ila", LWTUNNEL_ENCAP_ILA },
	{ "ip6", LWTUNNEL_ENCAP_IP6 },
	{ "seg6", LWTUNNEL_ENCAP_SEG6 },
	{ "bpf", LWTUNNEL_ENCAP_BPF },
	{ "seg6local", LWTUNNEL_ENCAP_SEG6_LOCAL },
	{ "rpl", LWTUNNEL_ENCAP_RPL },
	{ "ioam6", LWTUNNEL_ENCAP_IOAM6 },
	{ "xfrm", LWTUNNEL_ENCAP_XFRM },
	{ NULL, 0 },
};

const struct row_word route_flag_words[] = {
	{ "dead", RTNH_F_DEAD },
	{ "pervasive", RTNH_F_PERVASIVE },
	{ "offload", RTNH_F_OFFLOAD },
	{ "linkdown", RTNH_F_LINKDOWN },
	{ "unresolved", RTNH_F_UNRESOLVED },
	{ "trap", RTNH_F_TRAP },
	{ "notify", RTM_F_NOTIFY },
	{ "rt_offload", RTM_F_OFFLOAD },
	{ "rt_trap", RTM_F_TRAP },
	{ "rt_offload_failed", RTM_F_OFFLOAD_FAILED },
	{ NULL, 0 },
};

enum {
	HEAD_ROWS = 17,		  /* those before RTA_METRICS */
	MTU_MINIMUM = 68,	  /* RFC 791 */
	MTU_MAXIMUM = 65535 - 15, /* net/ipv4/metrics.c cuts there */
	MSS_MAXIMUM = 65535 - 40,
};

/* The one name that a destination can have. */
static const struct row_word destination_words[] = { { "default", 0 }, { NULL, 0 } };

/* clang-format off */
#define AT(member) .offset = ROUTE_AT(member)
#define LOCK(metric) .attribute = RTAX_LOCK, .bit = 1 << (metric), .flags = ROW_QUIET
#define FEATURE(number) .attribute = RTAX_FEATURES, .bit = (number), .flags = ROW_QUIET

const struct row route_rows[] = {
	{ "destination", ROW_PREFIX, WIRE_NONE, RTA_DST, AT(destination), .flags = ROW_REQUIRED | ROW_CREATE_ONLY, .words = destination_words },
	{ "source", ROW_PREFIX, WIRE_NONE, RTA_SRC, AT(source), .flags = ROW_CREATE_ONLY },
	{ "gateway", ROW_ADDRESS, WIRE_NONE, RTA_GATEWAY, RTA_VIA, AT(gateway) },
	{ "device", ROW_DEVICE, WIRE_U32, RTA_OIF, AT(device), .flags = ROW_KEEP },
	{ "table", ROW_NAMED, WIRE_U32, RTA_TABLE, AT(table), .flags = ROW_CREATE_ONLY, .minimum = 1, .maximum = UINT32_MAX, .words = route_table_words },
	{ "metric", ROW_NUMBER, WIRE_U32, RTA_PRIORITY, AT(metric), .flags = ROW_CREATE_ONLY, .maximum = UINT32_MAX },
	{ "type", ROW_WORD, WIRE_NONE, AT(type), .words = route_type_words },
	{ "scope", ROW_WORD, WIRE_NONE, AT(scope), .maximum = 255, .words = scope_words },
	{ "protocol", ROW_NAMED, WIRE_NONE, AT(protocol), .maximum = 255, .words = route_protocol_words },
	{ "preferred_source", ROW_ADDRESS, WIRE_IP, RTA_PREFSRC, RTA_PREFSRC, AT(preferred_source) },
	{ "tos", ROW_NUMBER, WIRE_NONE, AT(tos), .flags = ROW_CREATE_ONLY, .maximum = 255 },
	{ "onlink", ROW_BOOL, WIRE_NONE, AT(onlink), .flags = ROW_QUIET },
	{ "preference", ROW_WORD, WIRE_U8, RTA_PREF, AT(preference), .words = route_preference_words },
	{ "expires_seconds", ROW_NUMBER, WIRE_U32, RTA_EXPIRES, AT(expires_seconds), .flags = ROW_RUNS, .minimum = 1, .maximum = INT32_MAX / 1000 },
	{ "nexthop_id", ROW_NUMBER, WIRE_U32, RTA_NH_ID, AT(nexthop_id), .minimum = 1, .maximum = UINT32_MAX },
	{ "realm", ROW_NUMBER, WIRE_U32, RTA_FLOW, AT(realm), .flags = ROW_QUIET, .maximum = UINT32_MAX },
	{ "encapsulation/type", ROW_WORD, WIRE_NONE, RTA_ENCAP_TYPE, RTA_ENCAP, AT(encapsulation), .words = route_encapsulation_words },

	{ "mtu", ROW_NUMBER, WIRE_U32, RTAX_MTU, AT(mtu), .minimum = MTU_MINIMUM, .maximum = MTU_MAXIMUM },
	{ "mtu_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_MTU), AT(mtu_locked) },
	{ "advertised_mss_bytes", ROW_NUMBER, WIRE_U32, RTAX_ADVMSS, AT(advertised_mss_bytes), .minimum = 1, .maximum = MSS_MAXIMUM },
	{ "advertised_mss_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_ADVMSS), AT(advertised_mss_locked) },
	{ "window_bytes", ROW_NUMBER, WIRE_U32, RTAX_WINDOW, AT(window_bytes), .minimum = 1, .maximum = UINT32_MAX },
	{ "window_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_WINDOW), AT(window_locked) },
	{ "rtt_us", ROW_NUMBER, WIRE_NONE, RTAX_RTT, AT(rtt_us), .minimum = 125, .maximum = UINT32_MAX },
	{ "rtt_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_RTT), AT(rtt_locked) },
	{ "rtt_variance_us", ROW_NUMBER, WIRE_NONE, RTAX_RTTVAR, AT(rtt_variance_us), .minimum = 250, .maximum = UINT32_MAX },
	{ "rtt_variance_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_RTTVAR), AT(rtt_variance_locked) },
	{ "slow_start_threshold", ROW_NUMBER, WIRE_U32, RTAX_SSTHRESH, AT(slow_start_threshold), .minimum = 1, .maximum = UINT32_MAX },
	{ "slow_start_threshold_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_SSTHRESH), AT(slow_start_threshold_locked) },
	{ "congestion_window", ROW_NUMBER, WIRE_U32, RTAX_CWND, AT(congestion_window), .minimum = 1, .maximum = UINT32_MAX },
	{ "congestion_window_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_CWND), AT(congestion_window_locked) },
	{ "initial_congestion_window", ROW_NUMBER, WIRE_U32, RTAX_INITCWND, AT(initial_congestion_window), .minimum = 1, .maximum = UINT32_MAX },
	{ "initial_receive_window", ROW_NUMBER, WIRE_U32, RTAX_INITRWND, AT(initial_receive_window), .minimum = 1, .maximum = UINT32_MAX },
	{ "reordering", ROW_NUMBER, WIRE_U32, RTAX_REORDERING, AT(reordering), .minimum = 1, .maximum = UINT32_MAX },
	{ "hop_limit", ROW_NUMBER, WIRE_U32, RTAX_HOPLIMIT, AT(hop_limit), .minimum = 1, .maximum = 255 },
	{ "minimum_rto_ms", ROW_NUMBER, WIRE_U32, RTAX_RTO_MIN, AT(minimum_rto_ms), .minimum = 1, .maximum = UINT32_MAX },
	{ "minimum_rto_locked", ROW_BOOL, WIRE_NONE, LOCK(RTAX_RTO_MIN), AT(minimum_rto_locked) },
	{ "quick_ack", ROW_BOOL, WIRE_U32, RTAX_QUICKACK, AT(quick_ack), .flags = ROW_QUIET },
	{ "fast_open_no_cookie", ROW_BOOL, WIRE_U32, RTAX_FASTOPEN_NO_COOKIE, AT(fast_open_no_cookie), .flags = ROW_QUIET },
	{ "ecn", ROW_BOOL, WIRE_NONE, FEATURE(RTAX_FEATURE_ECN), AT(ecn) },
	{ "tcp_microsecond_timestamps", ROW_BOOL, WIRE_NONE, FEATURE(1 << 4), AT(tcp_microsecond_timestamps) },
	{ "congestion_control", ROW_TEXT, WIRE_TEXT, RTAX_CC_ALGO, AT(congestion_control), .maximum = 15 },
	{ 0 },
};

#undef AT
#define AT(member) .offset = NEXTHOP_AT(member)

const struct row route_nexthop_rows[] = {
	{ "gateway", ROW_ADDRESS, WIRE_NONE, RTA_GATEWAY, RTA_VIA, AT(gateway) },
	{ "device", ROW_DEVICE, WIRE_NONE, RTA_OIF, AT(device), .flags = ROW_KEEP },
	{ "weight", ROW_NUMBER, WIRE_NONE, AT(weight), .initial = 1, .minimum = 1, .maximum = 256 },
	{ "onlink", ROW_BOOL, WIRE_NONE, AT(onlink), .flags = ROW_QUIET },
	{ "realm", ROW_NUMBER, WIRE_U32, RTA_FLOW, AT(realm), .flags = ROW_QUIET, .maximum = UINT32_MAX },
	{ "encapsulation/type", ROW_WORD, WIRE_NONE, RTA_ENCAP_TYPE, RTA_ENCAP, AT(encapsulation), .words = route_encapsulation_words },
	{ 0 },
};
/* clang-format on */

const struct row *route_metric_rows(void)
{
	return &route_rows[HEAD_ROWS];
}
