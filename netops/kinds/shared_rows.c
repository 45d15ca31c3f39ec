/* Rows that belong to more than one kind. */
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include "netops/kind.h"

/* linux/if_tunnel.h: enum tunnel_encap_types */
const struct row_word encapsulation_words[] = {
	{ "none", TUNNEL_ENCAP_NONE },
	{ "fou", TUNNEL_ENCAP_FOU },
	{ "gue", TUNNEL_ENCAP_GUE },
	{ NULL, 0 },
};

/* clang-format off */
const struct row iptun_rows[] = {
	{ "local", ROW_ADDRESS, WIRE_IP, IFLA_IPTUN_LOCAL, LINK_ROW(local), .flags = ROW_IDENTITY },
	{ "remote", ROW_ADDRESS, WIRE_IP, IFLA_IPTUN_REMOTE, LINK_ROW(remote), .flags = ROW_IDENTITY },
	{ "tos", ROW_TOS, WIRE_U8, IFLA_IPTUN_TOS, LINK_ROW(tos), .maximum = 255 },
	{ "path_mtu_discovery", ROW_BOOL, WIRE_U8, IFLA_IPTUN_PMTUDISC, LINK_ROW(path_mtu_discovery), .initial = 1 },
	{ "device", ROW_DEVICE, WIRE_U32, IFLA_IPTUN_LINK, LINK_ROW(device), .flags = ROW_IDENTITY | ROW_UNDERLAY },
	{ "fwmark", ROW_NUMBER, WIRE_U32, IFLA_IPTUN_FWMARK, LINK_ROW(fwmark), .maximum = UINT32_MAX },
	{ "encapsulation/type", ROW_WORD, WIRE_U16, IFLA_IPTUN_ENCAP_TYPE, LINK_ROW(encapsulation_type), .flags = ROW_QUIET, .words = encapsulation_words },
	{ "encapsulation/source_port", ROW_NUMBER, WIRE_BE16, IFLA_IPTUN_ENCAP_SPORT, LINK_ROW(encapsulation_source_port), .flags = ROW_QUIET, .maximum = 65535 },
	{ "encapsulation/destination_port", ROW_NUMBER, WIRE_BE16, IFLA_IPTUN_ENCAP_DPORT, LINK_ROW(encapsulation_destination_port), .flags = ROW_QUIET, .minimum = 1, .maximum = 65535 },
	{ "encapsulation/checksum", ROW_BOOL, WIRE_BIT16, IFLA_IPTUN_ENCAP_FLAGS, .bit = TUNNEL_ENCAP_FLAG_CSUM, LINK_ROW(encapsulation_checksum), .flags = ROW_QUIET },
	{ "encapsulation/checksum6", ROW_BOOL, WIRE_BIT16, IFLA_IPTUN_ENCAP_FLAGS, .bit = TUNNEL_ENCAP_FLAG_CSUM6, LINK_ROW(encapsulation_checksum6), .flags = ROW_QUIET },
	{ "encapsulation/remote_checksum", ROW_BOOL, WIRE_BIT16, IFLA_IPTUN_ENCAP_FLAGS, .bit = TUNNEL_ENCAP_FLAG_REMCSUM, LINK_ROW(encapsulation_remote_checksum), .flags = ROW_QUIET },
	{ 0 },
};

const struct row lower_rows[] = {
	{ "device", ROW_DEVICE, WIRE_U32, IFLA_LINK, LINK_ROW(device), .flags = ROW_REQUIRED | ROW_CREATE_ONLY | ROW_IDENTITY | ROW_UNDERLAY },
	{ 0 },
};
/* clang-format on */
