/*
 * One row per attribute: which kinds know it, and where it stands in the settings. What the rows
 * cannot say is in info_complete().
 */
#include "datapath/info.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum {
	INFO_IPIP = 1 << SETTINGS_IPIP,
	INFO_SIT = 1 << SETTINGS_SIT,
	INFO_GRE = 1 << SETTINGS_GRE | 1 << SETTINGS_GRETAP,
	INFO_TUNNEL = INFO_IPIP | INFO_SIT,
};

struct info_row {
	uint16_t kinds, type, size, place;
};

#define PLACE(member) sizeof(((struct settings *)0)->member), offsetof(struct settings, member)

static const struct info_row info_rows[] = {
	{ INFO_TUNNEL, IFLA_IPTUN_LINK, PLACE(link) },
	{ INFO_TUNNEL, IFLA_IPTUN_LOCAL, PLACE(local) },
	{ INFO_TUNNEL, IFLA_IPTUN_REMOTE, PLACE(remote) },
	{ INFO_TUNNEL, IFLA_IPTUN_TTL, PLACE(ttl) },
	{ INFO_TUNNEL, IFLA_IPTUN_TOS, PLACE(tos) },
	{ INFO_TUNNEL, IFLA_IPTUN_PMTUDISC, PLACE(discover) },
	{ INFO_TUNNEL, IFLA_IPTUN_PROTO, PLACE(mode) },
	{ INFO_TUNNEL, IFLA_IPTUN_FWMARK, PLACE(fwmark) },
	{ INFO_SIT, IFLA_IPTUN_FLAGS, PLACE(sit_flags) },
	{ INFO_SIT, IFLA_IPTUN_6RD_PREFIX, PLACE(six_rd.prefix) },
	{ INFO_SIT, IFLA_IPTUN_6RD_RELAY_PREFIX, PLACE(six_rd.relay_prefix) },
	{ INFO_SIT, IFLA_IPTUN_6RD_PREFIXLEN, PLACE(six_rd.prefix_length) },
	{ INFO_SIT, IFLA_IPTUN_6RD_RELAY_PREFIXLEN, PLACE(six_rd.relay_prefix_length) },
	{ INFO_TUNNEL, IFLA_IPTUN_ENCAP_TYPE, PLACE(encapsulation) },
	{ INFO_TUNNEL, IFLA_IPTUN_ENCAP_SPORT, PLACE(encapsulation_source) },
	{ INFO_TUNNEL, IFLA_IPTUN_ENCAP_DPORT, PLACE(encapsulation_destination) },
	{ INFO_TUNNEL, IFLA_IPTUN_ENCAP_FLAGS, PLACE(encapsulation_flags) },
	{ INFO_GRE, IFLA_GRE_LINK, PLACE(link) },
	{ INFO_GRE, IFLA_GRE_IFLAGS, PLACE(input_flags) },
	{ INFO_GRE, IFLA_GRE_OFLAGS, PLACE(output_flags) },
	{ INFO_GRE, IFLA_GRE_IKEY, PLACE(input_key) },
	{ INFO_GRE, IFLA_GRE_OKEY, PLACE(output_key) },
	{ INFO_GRE, IFLA_GRE_LOCAL, PLACE(local) },
	{ INFO_GRE, IFLA_GRE_REMOTE, PLACE(remote) },
	{ INFO_GRE, IFLA_GRE_TTL, PLACE(ttl) },
	{ INFO_GRE, IFLA_GRE_TOS, PLACE(tos) },
	{ INFO_GRE, IFLA_GRE_PMTUDISC, PLACE(discover) },
	{ INFO_GRE, IFLA_GRE_FWMARK, PLACE(fwmark) },
	{ INFO_GRE, IFLA_GRE_ENCAP_TYPE, PLACE(encapsulation) },
	{ INFO_GRE, IFLA_GRE_ENCAP_SPORT, PLACE(encapsulation_source) },
	{ INFO_GRE, IFLA_GRE_ENCAP_DPORT, PLACE(encapsulation_destination) },
	{ INFO_GRE, IFLA_GRE_ENCAP_FLAGS, PLACE(encapsulation_flags) },
	{ INFO_GRE, IFLA_GRE_IGNORE_DF, PLACE(ignore_df) },
};
enum { INFO_ROW_COUNT = sizeof(info_rows) / sizeof(*info_rows) };

static const char *const info_names[] = { "ipip", "sit", "gre", "gretap" };

/* ---- reading ---- */

struct info_bytes {
	const unsigned char *at;
	size_t length;
};

/* The next attribute: false at the end, or where one is broken. */
static bool info_next(struct info_bytes *rest, uint16_t *type, struct info_bytes *value)
{
	struct nlattr head;
	size_t whole;

	if (rest->length < sizeof(head))
		return false;
	memcpy(&head, rest->at, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > rest->length)
		return false;
	*type = head.nla_type & NLA_TYPE_MASK;
	*value = (struct info_bytes){ rest->at + sizeof(head), head.nla_len - sizeof(head) };
	whole = NLA_ALIGN(head.nla_len);
	whole = whole < rest->length ? whole : rest->length;
	*rest = (struct info_bytes){ rest->at + whole, rest->length - whole };
	return true;
}

static bool info_find(struct info_bytes rest, uint16_t wanted, struct info_bytes *value)
{
	uint16_t type;

	while (info_next(&rest, &type, value))
		if (type == wanted)
			return true;
	return false;
}

static bool info_kind(struct info_bytes name, enum settings_kind *kind)
{
	for (size_t i = 0; i < sizeof(info_names) / sizeof(*info_names); i++) {
		size_t length = strlen(info_names[i]);

		if (name.length < length || memcmp(name.at, info_names[i], length) ||
		    (name.length > length && name.at[length]))
			continue;
		*kind = (enum settings_kind)i;
		return true;
	}
	return false;
}

/* As the kernel's for a new one, and what a change keeps. */
static void info_defaults(struct settings *settings, const struct settings *before)
{
	static const uint8_t modes[] = { IPPROTO_IPIP, IPPROTO_IPV6, 0, 0 };
	enum settings_kind kind = settings->kind;

	*settings = (struct settings){ .kind = kind, .discover = true, .mode = modes[kind] };
	if (kind == SETTINGS_SIT) {
		settings->ttl = 64;
		settings->six_rd.prefix.s6_addr[0] = 0x20;
		settings->six_rd.prefix.s6_addr[1] = 0x02;
		settings->six_rd.prefix_length = 16;
	}
	if (!before)
		return;
	settings->fwmark = before->fwmark;
	settings->sit_flags = before->sit_flags;
	settings->six_rd = before->six_rd;
	settings->mode = before->mode;
}

static const struct info_row *info_row_of(enum settings_kind kind, uint16_t type)
{
	for (size_t i = 0; i < INFO_ROW_COUNT; i++)
		if (info_rows[i].type == type && info_rows[i].kinds & 1 << kind)
			return &info_rows[i];
	return NULL;
}

static int info_read_data(struct settings *settings, struct info_bytes data, const char **why)
{
	uint16_t refused = settings_is_gre(settings) ? IFLA_GRE_COLLECT_METADATA :
						       IFLA_IPTUN_COLLECT_METADATA;
	struct info_bytes value;
	uint16_t type;

	while (info_next(&data, &type, &value)) {
		const struct info_row *row = info_row_of(settings->kind, type);

		if (type == refused) {
			*why = "`external` needs the kernel's own tunnel";
			return EOPNOTSUPP;
		}
		if (!row)
			continue;
		if (value.length < row->size) {
			*why = "an attribute is too short";
			return ERANGE;
		}
		if (row->size == sizeof(bool) &&
		    row->place == offsetof(struct settings, discover))
			settings->discover = value.at[0];
		else if (row->place == offsetof(struct settings, ignore_df))
			settings->ignore_df = value.at[0];
		else
			memcpy((char *)settings + row->place, value.at, row->size);
	}
	return 0;
}

/* Which inner protocols a mode of the kind may be. */
static int info_check_mode(const struct settings *settings, const char **why)
{
	uint8_t mode = settings->mode;
	bool known = settings_is_gre(settings) || !mode || mode == IPPROTO_IPIP ||
		     (settings->kind == SETTINGS_SIT && mode == IPPROTO_IPV6);

	if (known)
		return 0;
	*why = "this inner protocol";
	return mode == IPPROTO_MPLS ? EOPNOTSUPP : EINVAL;
}

static int info_check_gre(const struct settings *settings, const char **why)
{
	if (!settings_is_gre(settings))
		return 0;
	if ((settings->input_flags | settings->output_flags) & (GRE_VERSION | GRE_ROUTING)) {
		*why = "these flags of GRE";
		return EINVAL;
	}
	if (settings->ignore_df && settings->discover) {
		*why = "ignore-df needs nopmtudisc";
		return EINVAL;
	}
	return 0;
}

static int info_check_6rd(const struct settings *settings, const char **why)
{
	const struct settings_6rd *six = &settings->six_rd;

	if (six->relay_prefix_length <= 32 &&
	    six->prefix_length + (32 - six->relay_prefix_length) <= 64)
		return 0;
	*why = "these lengths of 6rd's prefixes";
	return settings->kind == SETTINGS_SIT ? EINVAL : 0;
}

static int info_check_change(const struct settings *settings, const struct settings *before,
			     const char **why)
{
	if (!before)
		return 0;
	*why = "this cannot be changed";
	if (settings->kind != before->kind || !settings->remote != !before->remote)
		return EINVAL;
	return 0;
}

static int info_complete(struct settings *settings, const struct settings *before,
			 const char **why)
{
	int result;

	if (settings->encapsulation) {
		*why = "an encapsulation in UDP needs the kernel's own tunnel";
		return EOPNOTSUPP;
	}
	if (IN_MULTICAST(ntohl(settings->remote))) {
		*why = "a multicast far end needs the kernel's own tunnel";
		return EOPNOTSUPP;
	}
	if (!settings_is_gre(settings) && settings->ttl)
		settings->discover = true;
	if (!(settings->input_flags & GRE_KEY))
		settings->input_key = 0;
	if (!(settings->output_flags & GRE_KEY))
		settings->output_key = 0;
	if (before && !settings_is_gre(settings))
		settings->mode = before->mode;
	(void)((result = info_check_mode(settings, why)) ||
	       (result = info_check_gre(settings, why)) ||
	       (result = info_check_6rd(settings, why)) ||
	       (result = info_check_change(settings, before, why)));
	return result;
}

int info_read(struct settings *settings, const struct settings *before, const void *info,
	      size_t length, const char **why)
{
	struct info_bytes all = { info, length }, kind, data;
	int result;

	*settings = (struct settings){ 0 };
	*why = "this kind is unknown";
	if (!info_find(all, IFLA_INFO_KIND, &kind) || !info_kind(kind, &settings->kind))
		return EOPNOTSUPP;
	info_defaults(settings, before && before->kind == settings->kind ? before : NULL);
	result = info_find(all, IFLA_INFO_DATA, &data) ? info_read_data(settings, data, why) :
							 0;
	return result ? result : info_complete(settings, before, why);
}

/* ---- putting ---- */

struct info_room {
	unsigned char *at;
	size_t size, length;
};

/* Where the value goes; NULL: no room. */
static unsigned char *info_attribute(struct info_room *room, uint16_t type, size_t length)
{
	struct nlattr head = { (uint16_t)(sizeof(head) + length), type };
	unsigned char *at = room->at + room->length;

	if (room->size - room->length < (size_t)NLA_ALIGN(head.nla_len)) {
		room->size = room->length;
		return NULL;
	}
	memset(at, 0, NLA_ALIGN(head.nla_len));
	memcpy(at, &head, sizeof(head));
	room->length += NLA_ALIGN(head.nla_len);
	return at + sizeof(head);
}

size_t info_put(const struct settings *settings, void *info, size_t size)
{
	struct info_room room = { info, size, 0 };
	const char *name = info_names[settings->kind];
	unsigned char *value = info_attribute(&room, IFLA_INFO_KIND, strlen(name) + 1);
	unsigned char *data = info_attribute(&room, IFLA_INFO_DATA, 0);
	struct nlattr head = { 0, IFLA_INFO_DATA };

	if (!value || !data)
		return 0;
	memcpy(value, name, strlen(name));
	for (size_t i = 0; i < INFO_ROW_COUNT; i++) {
		const struct info_row *row = &info_rows[i];

		if (!(row->kinds & 1 << settings->kind))
			continue;
		value = info_attribute(&room, row->type, row->size);
		if (!value)
			return 0;
		memcpy(value, (const char *)settings + row->place, row->size);
	}
	head.nla_len = (uint16_t)(room.at + room.length - (data - sizeof(head)));
	memcpy(data - sizeof(head), &head, sizeof(head));
	return room.length;
}
