/* A table for each type; lists of addresses and labels have a form of their own. */
#include "netops/route_encapsulation.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <stdio.h>
#include <string.h>

#include "netops/ip.h"
#include "netops/netlink.h"
#include "netops/row.h"

enum encapsulation_form {
	FORM_NUMBER,
	FORM_BE64,
	FORM_WORD,
	FORM_ADDRESS,
	FORM_FLAG,     /* bit of a be16 word */
	FORM_LABELS,   /* of MPLS, the outermost first */
	FORM_SEGMENTS, /* of an IPv6 routing header behind skip bytes, the first to visit first */
	FORM_MODE,     /* the number before that header */
	FORM_PROGRAM,
	FORM_BYTES,
};

struct encapsulation_row {
	const char *name;
	uint16_t attribute;
	enum encapsulation_form form;
	uint16_t bit; /* of FORM_FLAG; of FORM_SEGMENTS: the bytes before the header */
	const struct row_word *words;
};

/* linux/seg6_iptunnel.h, linux/seg6_local.h: they do not go together with netinet/in.h. */
enum {
	SEG6_IPTUNNEL_SRH = 1,
	SEG6_LOCAL_ACTION = 1,
	SEG6_LOCAL_SRH,
	SEG6_LOCAL_TABLE,
	SEG6_LOCAL_NH4,
	SEG6_LOCAL_NH6,
	SEG6_LOCAL_IIF,
	SEG6_LOCAL_OIF,
	SEG6_LOCAL_BPF,
	SEG6_LOCAL_VRFTABLE,
	SEG6_LOCAL_FLAVORS = 11,
};

enum {
	TEXT_SIZE = 128,
	XFRM_IF_ID = 1, /* linux/lwtunnel.h of later kernels: LWT_XFRM_… */
	XFRM_LINK = 2,
	HEADER_SIZE = 8, /* linux/seg6.h: struct ipv6_sr_hdr without its segments */
};

static const struct row_word seg6_modes[] = {
	{ "inline", 0 },    { "encap", 1 },	  { "l2encap", 2 },
	{ "encap.red", 3 }, { "l2encap.red", 4 }, { NULL, 0 },
};

static const struct row_word seg6_actions[] = {
	{ "End", 1 },	  { "End.X", 2 },	   { "End.T", 3 },    { "End.DX2", 4 },
	{ "End.DX6", 5 }, { "End.DX4", 6 },	   { "End.DT6", 7 },  { "End.DT4", 8 },
	{ "End.B6", 9 },  { "End.B6.Encaps", 10 }, { "End.BM", 11 },  { "End.S", 12 },
	{ "End.AS", 13 }, { "End.AM", 14 },	   { "End.BPF", 15 }, { "End.DT46", 16 },
	{ NULL, 0 },
};

/* clang-format off */
static const struct encapsulation_row ip_rows[] = {
	{ "id", LWTUNNEL_IP_ID, .form = FORM_BE64 },
	{ "source", LWTUNNEL_IP_SRC, .form = FORM_ADDRESS },
	{ "destination", LWTUNNEL_IP_DST, .form = FORM_ADDRESS },
	{ "ttl", .attribute = LWTUNNEL_IP_TTL },
	{ "tos", .attribute = LWTUNNEL_IP_TOS },
	{ "checksum", LWTUNNEL_IP_FLAGS, FORM_FLAG, .bit = 1 },
	{ "key", LWTUNNEL_IP_FLAGS, FORM_FLAG, .bit = 4 },
	{ "sequence", LWTUNNEL_IP_FLAGS, FORM_FLAG, .bit = 8 },
	{ "options", LWTUNNEL_IP_OPTS, .form = FORM_BYTES },
	{ 0 },
};
static const struct encapsulation_row ip6_rows[] = {
	{ "id", LWTUNNEL_IP6_ID, .form = FORM_BE64 },
	{ "source", LWTUNNEL_IP6_SRC, .form = FORM_ADDRESS },
	{ "destination", LWTUNNEL_IP6_DST, .form = FORM_ADDRESS },
	{ "ttl", .attribute = LWTUNNEL_IP6_HOPLIMIT },
	{ "tos", .attribute = LWTUNNEL_IP6_TC },
	{ "checksum", LWTUNNEL_IP6_FLAGS, FORM_FLAG, .bit = 1 },
	{ "key", LWTUNNEL_IP6_FLAGS, FORM_FLAG, .bit = 4 },
	{ "sequence", LWTUNNEL_IP6_FLAGS, FORM_FLAG, .bit = 8 },
	{ "options", LWTUNNEL_IP6_OPTS, .form = FORM_BYTES },
	{ 0 },
};
static const struct encapsulation_row mpls_rows[] = {
	{ "labels", MPLS_IPTUNNEL_DST, .form = FORM_LABELS },
	{ "ttl", .attribute = MPLS_IPTUNNEL_TTL },
	{ 0 },
};
static const struct encapsulation_row seg6_rows[] = {
	{ "mode", SEG6_IPTUNNEL_SRH, FORM_MODE, .words = seg6_modes },
	{ "segments", SEG6_IPTUNNEL_SRH, FORM_SEGMENTS, .bit = 4 },
	{ 0 },
};
static const struct encapsulation_row seg6local_rows[] = {
	{ "action", SEG6_LOCAL_ACTION, FORM_WORD, .words = seg6_actions },
	{ "segments", SEG6_LOCAL_SRH, .form = FORM_SEGMENTS },
	{ "table", .attribute = SEG6_LOCAL_TABLE },
	{ "vrf_table", .attribute = SEG6_LOCAL_VRFTABLE },
	{ "gateway", SEG6_LOCAL_NH4, .form = FORM_ADDRESS },
	{ "gateway6", SEG6_LOCAL_NH6, .form = FORM_ADDRESS },
	{ "input_ifindex", .attribute = SEG6_LOCAL_IIF },
	{ "output_ifindex", .attribute = SEG6_LOCAL_OIF },
	{ "program", SEG6_LOCAL_BPF, .form = FORM_PROGRAM },
	{ "flavors", SEG6_LOCAL_FLAVORS, .form = FORM_BYTES },
	{ 0 },
};
static const struct encapsulation_row bpf_rows[] = {
	{ "input_program", LWT_BPF_IN, .form = FORM_PROGRAM },
	{ "output_program", LWT_BPF_OUT, .form = FORM_PROGRAM },
	{ "transmit_program", LWT_BPF_XMIT, .form = FORM_PROGRAM },
	{ "headroom", .attribute = LWT_BPF_XMIT_HEADROOM },
	{ 0 },
};
static const struct encapsulation_row ila_rows[] = {
	{ "locator", ILA_ATTR_LOCATOR, .form = FORM_BYTES },
	{ "checksum_mode", .attribute = ILA_ATTR_CSUM_MODE },
	{ "identifier_type", .attribute = ILA_ATTR_IDENT_TYPE },
	{ "hook", .attribute = ILA_ATTR_HOOK_TYPE },
	{ 0 },
};
static const struct encapsulation_row xfrm_rows[] = {
	{ "if_id", .attribute = XFRM_IF_ID },
	{ "ifindex", .attribute = XFRM_LINK },
	{ 0 },
};

static const struct encapsulation_row *const encapsulations[] = {
	[LWTUNNEL_ENCAP_MPLS] = mpls_rows,
	[LWTUNNEL_ENCAP_IP] = ip_rows,
	[LWTUNNEL_ENCAP_ILA] = ila_rows,
	[LWTUNNEL_ENCAP_IP6] = ip6_rows,
	[LWTUNNEL_ENCAP_SEG6] = seg6_rows,
	[LWTUNNEL_ENCAP_BPF] = bpf_rows,
	[LWTUNNEL_ENCAP_SEG6_LOCAL] = seg6local_rows,
	[LWTUNNEL_ENCAP_XFRM] = xfrm_rows,
};
/* clang-format on */

struct telling {
	struct detail detail;
	char text[TEXT_SIZE];
	detail_told *told;
	void *context;
};

static void tell(struct telling *telling, enum detail_type type)
{
	telling->detail.type = type;
	telling->detail.text = telling->text;
	telling->told(&telling->detail, telling->context);
}

static void tell_number(struct telling *telling, enum detail_type type, uint64_t number)
{
	telling->detail.number = number;
	tell(telling, type);
}

static void tell_address(struct telling *telling, const void *bytes, size_t length,
			 enum detail_type type)
{
	struct ip ip;

	if (!ip_from_bytes(&ip, bytes, length))
		return;
	ip_format(&ip, telling->text);
	tell(telling, type);
}

static void tell_labels(struct telling *telling, const struct nlattr *attribute)
{
	for (int i = 0; i + 4 <= nla_len(attribute); i += 4) {
		uint32_t label;

		memcpy(&label, (const char *)nla_data(attribute) + i, sizeof(label));
		snprintf(telling->text, TEXT_SIZE, "%u", ntohl(label) >> 12);
		tell(telling, DETAIL_ITEM);
	}
}

/* They stand in the header from the last to the first. */
static void tell_segments(struct telling *telling, const struct nlattr *attribute, int skip)
{
	const uint8_t *header = (const uint8_t *)nla_data(attribute) + skip;
	int length = nla_len(attribute) - skip;

	if (length < HEADER_SIZE || length < HEADER_SIZE + 16 * (header[4] + 1))
		return;
	for (int i = header[4]; i >= 0; i--)
		tell_address(telling, header + HEADER_SIZE + i * 16, 16, DETAIL_ITEM);
}

static void tell_word(struct telling *telling, const struct row_word *words, uint32_t number)
{
	const char *word = row_word_name(words, number);

	snprintf(telling->text, TEXT_SIZE, word ? "%s" : "%.0s%u", word ? word : "", number);
	tell(telling, DETAIL_TEXT);
}

static void tell_bytes(struct telling *telling, const struct nlattr *attribute)
{
	const uint8_t *bytes = nla_data(attribute);
	size_t length = 0;

	telling->text[0] = '\0';
	for (int i = 0; i < nla_len(attribute) && length + 3 < TEXT_SIZE; i++)
		length += (size_t)snprintf(telling->text + length, TEXT_SIZE - length, "%02x",
					   bytes[i]);
	tell(telling, DETAIL_TEXT);
}

static void tell_row(struct telling *telling, const struct encapsulation_row *row,
		     const struct nlattr *attribute)
{
	telling->detail.name = row->name;
	switch (row->form) {
	case FORM_NUMBER:
		tell_number(telling, DETAIL_NUMBER, netlink_number(attribute));
		break;
	case FORM_BE64:
		if (nla_len(attribute) == 8)
			tell_number(telling, DETAIL_NUMBER, be64toh(nla_get_u64(attribute)));
		break;
	case FORM_FLAG:
		tell_number(telling, DETAIL_BOOL,
			    ntohs((uint16_t)netlink_number(attribute)) & row->bit);
		break;
	case FORM_WORD:
		tell_word(telling, row->words, netlink_number(attribute));
		break;
	case FORM_MODE:
		if (nla_len(attribute) >= 4)
			tell_word(telling, row->words, *(uint32_t *)nla_data(attribute));
		break;
	case FORM_ADDRESS:
		tell_address(telling, nla_data(attribute), (size_t)nla_len(attribute),
			     DETAIL_TEXT);
		break;
	case FORM_LABELS:
		tell_labels(telling, attribute);
		break;
	case FORM_SEGMENTS:
		tell_segments(telling, attribute, row->bit);
		break;
	case FORM_PROGRAM: /* LWT_BPF_PROG_NAME, SEG6_LOCAL_BPF_PROG_NAME */
		netlink_text(nla_find(nla_data(attribute), nla_len(attribute), 2),
			     telling->text, TEXT_SIZE);
		tell(telling, DETAIL_TEXT);
		break;
	case FORM_BYTES:
		tell_bytes(telling, attribute);
		break;
	}
}

void route_encapsulation(uint32_t type, const struct nlattr *content, detail_told *told,
			 void *context)
{
	const struct encapsulation_row *row =
		type < sizeof(encapsulations) / sizeof(encapsulations[0]) ?
			encapsulations[type] :
			NULL;
	struct telling telling = { .told = told, .context = context };
	const struct nlattr *attribute;

	if (!content)
		return;
	if (!row) {
		telling.detail.name = "content";
		tell_bytes(&telling, content);
		return;
	}
	for (; row->name; row++) {
		attribute = nla_find(nla_data(content), nla_len(content), row->attribute);
		if (attribute)
			tell_row(&telling, row, attribute);
	}
}
