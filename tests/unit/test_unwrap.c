/* What a tunnel of each kind takes of what arrives, and which descriptions of one it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <errno.h>
#include <cmocka.h>
#include <linux/if_link.h>
#include <linux/netlink.h>

#include "datapath/far_end.h"
#include "datapath/info.h"
#include "datapath/unwrap.h"

/* ---- packets ---- */

struct outer {
	unsigned char data[256];
	size_t length;
};

static void put(struct outer *outer, const void *data, size_t length)
{
	if (length)
		memcpy(outer->data + outer->length, data, length);
	outer->length += length;
}

/* From 192.0.2.2 to 192.0.2.1. */
static struct outer begin(uint8_t protocol)
{
	static const unsigned char head[20] = { 0x45, 0, 0,   0, 0, 0, 0,   0, 64, 0,
						0,    0, 192, 0, 2, 2, 192, 0, 2,  1 };
	struct outer outer = { .length = 0 };

	put(&outer, head, sizeof(head));
	outer.data[9] = protocol;
	return outer;
}

static void put_ipv4(struct outer *outer)
{
	static const unsigned char packet[28] = { 0x45, 0, 0,  28, 0, 0, 0,  0, 64, 17,
						  0,	0, 10, 9,  0, 2, 10, 9, 0,  1 };

	put(outer, packet, sizeof(packet));
}

static void put_ipv6(struct outer *outer, const char *source)
{
	unsigned char packet[48] = { 0x60, 0, 0, 0, 0, 8, 17, 64 };

	inet_pton(AF_INET6, source, packet + 8);
	inet_pton(AF_INET6, "fd09::1", packet + 24);
	put(outer, packet, sizeof(packet));
}

static enum unwrap_verdict judge(struct outer outer, const struct settings *settings,
				 struct unwrap_state *state)
{
	struct unwrap result;

	outer.data[2] = (unsigned char)(outer.length >> 8);
	outer.data[3] = (unsigned char)outer.length;
	return unwrap(&result, settings, state, outer.data, outer.length);
}

static enum unwrap_verdict judge_once(struct outer outer, const struct settings *settings)
{
	struct unwrap_state state = { 0 };

	return judge(outer, settings, &state);
}

static struct outer gre(uint16_t flags, uint16_t type, const void *words, size_t length)
{
	struct outer outer = begin(IPPROTO_GRE);
	uint16_t head[2] = { htons(flags), htons(type) };

	put(&outer, head, sizeof(head));
	put(&outer, words, length);
	return outer;
}

static struct outer gre_ipv4(uint16_t flags, const void *words, size_t length)
{
	struct outer outer = gre(flags, 0x0800, words, length);

	put_ipv4(&outer);
	return outer;
}

/* ---- unwrapping ---- */

static void bits_of_gre_that_nobody_knows(void **state)
{
	static const struct settings settings = { .kind = SETTINGS_GRE };

	(void)state;
	assert_int_equal(judge_once(gre_ipv4(0, NULL, 0), &settings), UNWRAP_GOOD);
	for (unsigned bit = 0; bit < 7; bit++)
		assert_int_equal(judge_once(gre_ipv4((uint16_t)(1 << bit), NULL, 0), &settings),
				 UNWRAP_MALFORMED);
	assert_int_equal(judge_once(gre_ipv4(0x4000, NULL, 0), &settings), UNWRAP_MALFORMED);
	assert_int_equal(judge_once(gre_ipv4(0x0080, NULL, 0), &settings), UNWRAP_GOOD);
}

static void keys_checksums_and_numbers(void **state)
{
	static const struct settings keyed = { .kind = SETTINGS_GRE,
					       .input_flags = GRE_KEY,
					       .input_key = 0x07000000 };
	static const struct settings summed = { .kind = SETTINGS_GRE, .input_flags = GRE_CSUM };
	static const struct settings numbered = { .kind = SETTINGS_GRE,
						  .input_flags = GRE_SEQ };
	static const unsigned char seven[4] = { 0, 0, 0, 7 }, six[4] = { 0, 0, 0, 6 };
	static const unsigned char none[4], wrong[4] = { 1 };
	struct unwrap_state memory = { 0 };

	(void)state;
	assert_int_equal(judge_once(gre_ipv4(0x2000, seven, 4), &keyed), UNWRAP_GOOD);
	assert_int_equal(judge_once(gre_ipv4(0x2000, six, 4), &keyed), UNWRAP_UNEXPECTED);
	assert_int_equal(judge_once(gre_ipv4(0, NULL, 0), &keyed), UNWRAP_UNEXPECTED);
	assert_int_equal(judge_once(gre_ipv4(0x8000, none, 4), &summed), UNWRAP_GOOD);
	assert_int_equal(judge_once(gre_ipv4(0x8000, wrong, 4), &summed), UNWRAP_CHECKSUM);
	assert_int_equal(judge_once(gre_ipv4(0, NULL, 0), &summed), UNWRAP_CHECKSUM);
	assert_int_equal(judge(gre_ipv4(0x1000, seven, 4), &numbered, &memory), UNWRAP_GOOD);
	assert_int_equal(judge(gre_ipv4(0x1000, six, 4), &numbered, &memory), UNWRAP_SEQUENCE);
	assert_int_equal(judge(gre_ipv4(0, NULL, 0), &numbered, &memory), UNWRAP_SEQUENCE);
}

/* As long as what its type says has to be. */
static void frames_that_are_cut(void **state)
{
	static const struct settings settings = { .kind = SETTINGS_GRETAP };
	unsigned char frame[14 + 40] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6 };
	static const struct {
		uint16_t type;
		size_t least;
	} sorts[] = { { 0x0806, 14 }, { 0x0800, 34 }, { 0x86dd, 54 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
		frame[12] = (unsigned char)(sorts[i].type >> 8);
		frame[13] = (unsigned char)sorts[i].type;
		for (size_t length = 0; length <= sizeof(frame); length++)
			assert_int_equal(judge_once(gre(0, 0x6558, frame, length), &settings),
					 length < sorts[i].least ? UNWRAP_MALFORMED :
								   UNWRAP_GOOD);
	}
}

static enum unwrap_verdict judge_ipv6(const struct settings *settings, const char *source,
				      const uint32_t *router)
{
	struct outer outer = begin(IPPROTO_IPV6);
	struct unwrap_state memory = { .routers = router, .router_count = !!router };

	put_ipv6(&outer, source);
	return judge(outer, settings, &memory);
}

static void who_may_send_to_sit_and_isatap(void **state)
{
	static const struct settings isatap = { .kind = SETTINGS_SIT,
						.mode = 41,
						.sit_flags = 1 };
	struct settings any = { .kind = SETTINGS_SIT,
				.mode = 41,
				.six_rd = { .prefix_length = 16 } };
	uint32_t router = inet_addr("192.0.2.2");

	(void)state;
	inet_pton(AF_INET6, "2002::", &any.six_rd.prefix);
	assert_int_equal(judge_ipv6(&any, "2002:c000:0202::9", NULL), UNWRAP_GOOD);
	assert_int_equal(judge_ipv6(&any, "2002:c000:0203::9", NULL), UNWRAP_UNEXPECTED);
	assert_int_equal(judge_ipv6(&any, "fd08::9", NULL), UNWRAP_GOOD);
	assert_int_equal(judge_ipv6(&isatap, "fe80::5efe:192.0.2.2", NULL), UNWRAP_GOOD);
	assert_int_equal(judge_ipv6(&isatap, "fe80::5efe:192.0.2.3", NULL), UNWRAP_UNEXPECTED);
	assert_int_equal(judge_ipv6(&isatap, "fd08::9", NULL), UNWRAP_UNEXPECTED);
	assert_int_equal(judge_ipv6(&isatap, "fd08::9", &router), UNWRAP_GOOD);
}

static void modes_of_sit(void **state)
{
	static const struct {
		uint8_t mode, protocol;
		enum unwrap_verdict verdict;
	} rows[] = { { 41, 41, UNWRAP_GOOD }, { 41, 4, UNWRAP_UNEXPECTED },
		     { 4, 4, UNWRAP_GOOD },   { 4, 41, UNWRAP_UNEXPECTED },
		     { 0, 4, UNWRAP_GOOD },   { 0, 41, UNWRAP_GOOD } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct settings settings = { .kind = SETTINGS_SIT,
					     .mode = rows[i].mode,
					     .remote = inet_addr("192.0.2.2") };
		struct outer outer = begin(rows[i].protocol);

		if (rows[i].protocol == IPPROTO_IPIP)
			put_ipv4(&outer);
		else
			put_ipv6(&outer, "fd09::2");
		assert_int_equal(judge_once(outer, &settings), rows[i].verdict);
	}
}

static void far_ends_are_hosts(void **state)
{
	(void)state;
	assert_true(far_end_is_host(inet_addr("192.0.2.1")));
	assert_true(far_end_is_host(inet_addr("240.0.0.1")));
	assert_false(far_end_is_host(inet_addr("224.0.0.9")));
	assert_false(far_end_is_host(inet_addr("0.0.0.0")));
	assert_false(far_end_is_host(INADDR_BROADCAST));
}

/* ---- descriptions ---- */

struct description {
	_Alignas(4) unsigned char data[256];
	size_t length;
};

static void attribute(struct description *to, uint16_t type, const void *value, size_t length)
{
	struct nlattr head = { (uint16_t)(sizeof(head) + length), type };

	memcpy(to->data + to->length, &head, sizeof(head));
	if (length)
		memcpy(to->data + to->length + sizeof(head), value, length);
	to->length += NLA_ALIGN(head.nla_len);
}

static int described(const char *kind, uint16_t type, const void *value, size_t length,
		     const struct settings *before, struct settings *settings)
{
	struct description whole = { .length = 0 }, inside = { .length = 0 };
	const char *why = NULL;
	int result;

	if (type)
		attribute(&inside, type, value, length);
	attribute(&whole, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	attribute(&whole, IFLA_INFO_DATA, inside.data, inside.length);
	result = info_read(settings, before, whole.data, whole.length, &why);
	assert_true(!result || why);
	return result;
}

static void descriptions_that_are_refused(void **state)
{
	static const unsigned char group[4] = { 224, 0, 0, 9 }, one[4] = { 1 },
				   routing[2] = { 0x40 };
	static const unsigned char mpls = 137, six = 41, long_prefix[2] = { 120 };
	static const struct {
		const char *kind;
		uint16_t type;
		const void *value;
		size_t length;
		int result;
	} rows[] = {
		{ "vti", 0, NULL, 0, EOPNOTSUPP },
		{ "ipip", IFLA_IPTUN_COLLECT_METADATA, NULL, 0, EOPNOTSUPP },
		{ "gre", IFLA_GRE_COLLECT_METADATA, NULL, 0, EOPNOTSUPP },
		{ "ipip", IFLA_IPTUN_ENCAP_TYPE, one, 2, EOPNOTSUPP },
		{ "gre", IFLA_GRE_ENCAP_TYPE, one, 2, EOPNOTSUPP },
		{ "gre", IFLA_GRE_REMOTE, group, 4, EOPNOTSUPP },
		{ "gre", IFLA_GRE_REMOTE, group, 3, ERANGE },
		{ "gre", IFLA_GRE_IFLAGS, routing, 2, EINVAL },
		{ "gretap", IFLA_GRE_IGNORE_DF, one, 1, EINVAL },
		{ "ipip", IFLA_IPTUN_PROTO, &mpls, 1, EOPNOTSUPP },
		{ "ipip", IFLA_IPTUN_PROTO, &six, 1, EINVAL },
		{ "sit", IFLA_IPTUN_6RD_PREFIXLEN, long_prefix, 2, EINVAL },
		{ "sit", IFLA_IPTUN_PROTO, &six, 1, 0 },
		{ "ipip", 99, one, 4, 0 },
	};
	struct settings settings;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(described(rows[i].kind, rows[i].type, rows[i].value,
					   rows[i].length, NULL, &settings),
				 rows[i].result);
}

static void changes_that_are_refused(void **state)
{
	static const unsigned char far[4] = { 192, 0, 2, 2 };
	struct settings any, to_one, ignored;

	(void)state;
	assert_int_equal(described("ipip", 0, NULL, 0, NULL, &any), 0);
	assert_int_equal(described("ipip", IFLA_IPTUN_REMOTE, far, 4, NULL, &to_one), 0);
	assert_int_equal(described("ipip", IFLA_IPTUN_REMOTE, far, 4, &any, &ignored), EINVAL);
	assert_int_equal(described("ipip", 0, NULL, 0, &to_one, &ignored), EINVAL);
	assert_int_equal(described("sit", IFLA_IPTUN_REMOTE, far, 4, &to_one, &ignored),
			 EINVAL);
	assert_int_equal(described("ipip", IFLA_IPTUN_REMOTE, far, 4, &to_one, &ignored), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_of_gre_that_nobody_knows),
		cmocka_unit_test(keys_checksums_and_numbers),
		cmocka_unit_test(frames_that_are_cut),
		cmocka_unit_test(who_may_send_to_sit_and_isatap),
		cmocka_unit_test(modes_of_sit),
		cmocka_unit_test(far_ends_are_hosts),
		cmocka_unit_test(descriptions_that_are_refused),
		cmocka_unit_test(changes_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
