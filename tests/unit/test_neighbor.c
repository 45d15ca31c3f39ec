/* Neighbours: link-layer addresses, rows out and back, checks, and what the kernel makes of them. */
#include "netops/neighbor.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <unistd.h>

#include "netops/neighbor_private.h"
#include "netops/reading.h"
#include "tests/unit/fixture.h"

#define GIVE(neighbor, member) give_at(&(neighbor)->given, NEIGHBOR_AT(member))
#define SET(neighbor, member, value) \
	((neighbor)->options.member = (value), GIVE(neighbor, member))

static struct link_address mac_of(const char *text)
{
	struct link_address address;

	assert_true(link_address_parse(&address, text));
	return address;
}

static struct neighbor neighbor_of(const char *address, const char *mac)
{
	struct neighbor neighbor = { .namespace = "ns1", .link = { .index = 7, .name = "v1" } };

	SET(&neighbor, address, ip_of(address));
	if (mac)
		SET(&neighbor, mac, mac_of(mac));
	return neighbor;
}

/* ---- link-layer addresses ---- */

static void test_link_addresses(void **state)
{
	static const struct {
		const char *text, *again; /* again NULL: it is none */
		uint32_t length;
	} cases[] = {
		{ "02:00:5E:00:53:01", "02:00:5e:00:53:01", 6 },
		{ "02", "02", 1 },
		{ "10.0.0.1", "10.0.0.1", 4 },
		{ "0a:00:00:01", "10.0.0.1", 4 },
		{ "fd00::1", "fd00::1", 16 },
		{ "00:01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19",
		  "00:01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19", 20 },
		{ "01:02:03:04:05:06:07:08", "01:02:03:04:05:06:07:08", 8 },
		{ "00:01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19:20:21:22:23:24:25:"
		  "26:27:28:29:30:31",
		  "00:01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19:20:21:22:23:24:25:"
		  "26:27:28:29:30:31",
		  32 },
		{ "", NULL, 0 },
		{ "02:", NULL, 0 },
		{ "02:0", NULL, 0 },
		{ "2:00", NULL, 0 },
		{ "02-00", NULL, 0 },
		{ "02:00 ", NULL, 0 },
		{ "0x:00", NULL, 0 },
		{ "10.0.0.1/32", NULL, 0 },
		{ "00:01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19:20:21:22:23:24:25:"
		  "26:27:28:29:30:31:32",
		  NULL, 0 },
	};
	char text[LINK_ADDRESS_TEXT_SIZE];
	struct link_address address;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is_one = link_address_parse(&address, cases[i].text);

		if (is_one != (cases[i].again != NULL))
			fail_msg("\"%s\"", cases[i].text);
		assert_int_equal(address.length, cases[i].length);
		link_address_format(&address, text);
		assert_string_equal(text, is_one ? cases[i].again : "");
	}
	assert_false(link_address_from_bytes(&address, text, LINK_ADDRESS_SIZE + 1));
	assert_int_equal(address.length, 0);
}

/* ---- rows ---- */

static void round_trip(struct neighbor *neighbor)
{
	struct neighbor back = { .flags = 0 };
	struct nl_msg *message;
	struct error error;

	error_clear(&error);
	neighbor_complete(neighbor);
	message = neighbor_message(RTM_NEWNEIGH, 0, neighbor, &error);
	assert_non_null(message);
	assert_true(neighbor_parse(nlmsg_hdr(message), &back));
	assert_int_equal(back.link.index, neighbor->link.index);
	for (const struct row *row = neighbor_rows; row->name; row++) {
		if (!row_equal(row, &neighbor->options, &neighbor->given, &back.options,
			       &back.given))
			fail_msg("%s does not come back", row->name);
	}
	nlmsg_free(message);
}

static void test_rows_come_back(void **state)
{
	struct neighbor all = neighbor_of("10.0.0.1", "02:00:00:00:00:09");
	struct neighbor tunnel = neighbor_of("fd00::1", "10.9.0.9");
	struct neighbor proxy = neighbor_of("fd00::1", NULL);

	(void)state;
	SET(&all, router, 1);
	SET(&all, external_learn, 1);
	round_trip(&all);
	SET(&tunnel, nud, NUD_NOARP);
	round_trip(&tunnel);
	SET(&proxy, proxy, 1);
	SET(&proxy, router, 1);
	round_trip(&proxy);
}

/* Whatever the kernel calls several states at once is shown as the one that it goes by. */
static void test_states_are_one_word(void **state)
{
	struct neighbor neighbor = neighbor_of("10.0.0.1", "02:00:00:00:00:09");
	struct neighbor back = { .flags = 0 };
	struct nl_msg *message;
	struct error error;

	(void)state;
	error_clear(&error);
	neighbor_complete(&neighbor);
	message = neighbor_message(RTM_NEWNEIGH, 0, &neighbor, &error);
	((struct ndmsg *)nlmsg_data(nlmsg_hdr(message)))->ndm_state = NUD_STALE | NUD_PERMANENT;
	assert_true(neighbor_parse(nlmsg_hdr(message), &back));
	assert_int_equal(back.options.nud, NUD_PERMANENT);
	((struct ndmsg *)nlmsg_data(nlmsg_hdr(message)))->ndm_state = 0;
	assert_true(neighbor_parse(nlmsg_hdr(message), &back));
	assert_int_equal(back.options.nud, NUD_NONE);
	((struct ndmsg *)nlmsg_data(nlmsg_hdr(message)))->ndm_family = AF_BRIDGE;
	assert_false(neighbor_parse(nlmsg_hdr(message), &back));
	nlmsg_free(message);
}

/* ---- identity ---- */

static void test_url(void **state)
{
	struct neighbor neighbor = neighbor_of("fd00::1", NULL);
	char url[ERROR_URL_SIZE];

	(void)state;
	strcpy(neighbor.link.name, "a b");
	neighbor_url(&neighbor, url);
	assert_string_equal(url, "/neighbors/ns1/a%20b/fd00::1");
	SET(&neighbor, proxy, 1);
	neighbor_url(&neighbor, url);
	assert_string_equal(url, "/neighbors/ns1/a%20b/fd00::1?proxy=true");
}

static void test_settled(void **state)
{
	struct neighbor wanted = neighbor_of("10.0.0.1", "02:00:00:00:00:09"), current, managed;

	(void)state;
	current = wanted;
	neighbor_complete(&current);
	assert_true(neighbor_settled(&wanted, &current));
	assert_true(neighbor_is_ours(&current));
	current.options.nud = NUD_STALE;
	assert_false(neighbor_settled(&wanted, &current));
	/* Where the kernel decides, its state and what it found do not count; whose it is does. */
	managed = neighbor_of("10.0.0.1", NULL);
	SET(&managed, managed, 1);
	assert_false(neighbor_settled(&managed, &current));
	SET(&current, managed, 1);
	assert_true(neighbor_settled(&managed, &current));
	current.options.nud = NUD_FAILED;
	assert_true(neighbor_is_ours(&current));
	SET(&wanted, external_learn, 1);
	SET(&wanted, nud, NUD_REACHABLE);
	current = wanted;
	SET(&current, protocol, OWNED_PROTOCOL);
	current.options.nud = NUD_FAILED;
	current.options.mac.bytes[0] = 6;
	assert_true(neighbor_settled(&wanted, &current));
	/* What is left of one that was removed while it was in use. */
	current.options.external_learn = 0;
	assert_false(neighbor_is_ours(&current));
}

/* ---- what is wrong ---- */

static void expect_wrong(const struct neighbor *neighbor, const char *pointer, const char *code)
{
	struct error error;

	error_clear(&error);
	neighbor_check(neighbor, "/3", &error);
	if (error.member_count != 1 || strcmp(error.members[0].pointer, pointer) ||
	    strcmp(error.members[0].code, code))
		fail_msg("%u wrong: %s %s", error.member_count, error.members[0].pointer,
			 error.members[0].code);
}

#define WRONG(pointer, code, ...)                                         \
	do {                                                              \
		struct neighbor neighbor = neighbor_of("10.0.0.1", NULL); \
		__VA_ARGS__;                                              \
		expect_wrong(&neighbor, pointer, code);                   \
	} while (0)

static void test_wrong(void **state)
{
	(void)state;
	WRONG("/3/address", "required", ungive_at(&neighbor.given, NEIGHBOR_AT(address)));
	WRONG("/3/address", "range", SET(&neighbor, address, ip_of("::")));
	WRONG("/3/nud", "range", SET(&neighbor, nud, NUD_STALE));
	WRONG("/3/nud", "range", SET(&neighbor, nud, NUD_NONE));
	WRONG("/3/nud", "exclusive", SET(&neighbor, managed, 1);
	      SET(&neighbor, nud, NUD_PERMANENT));
	WRONG("/3/mac", "exclusive", SET(&neighbor, managed, 1);
	      SET(&neighbor, mac, mac_of("02:00:00:00:00:09")));
	WRONG("/3/mac", "exclusive", SET(&neighbor, proxy, 1);
	      SET(&neighbor, mac, mac_of("02:00:00:00:00:09")));
	WRONG("/3/nud", "exclusive", SET(&neighbor, proxy, 1); SET(&neighbor, nud, NUD_NOARP));
	WRONG("/3/managed", "exclusive", SET(&neighbor, proxy, 1); SET(&neighbor, managed, 1));
	WRONG("/3/external_learn", "exclusive", SET(&neighbor, proxy, 1);
	      SET(&neighbor, external_learn, 1));
	WRONG("/3/protocol", "owned", SET(&neighbor, protocol, 4));
}

static void test_wrong_for_its_link(void **state)
{
	static const struct {
		const char *mac, *own;
		uint32_t flags;
		enum error_kind kind;
		const char *words;
	} cases[] = {
		{ "02:00:00:00:00:09", "02:00:00:00:00:01", 0, ERROR_NONE, "" },
		{ "02:00:00:00:00", "02:00:00:00:00:01", 0, ERROR_INVALID, "6 bytes" },
		{ NULL, "02:00:00:00:00:01", 0, ERROR_INVALID, "needs" },
		{ "02:00:00:00:00:09", "10.0.0.1", 0, ERROR_INVALID, "as an IPv4 address" },
		{ "10.0.0.9", "fd00::1", 0, ERROR_INVALID, "as an IPv6 address" },
		{ "10.0.0.9", "10.0.0.1", 0, ERROR_NONE, "" },
		{ "10.0.0.9", "10.0.0.1", IFF_POINTOPOINT, ERROR_REFUSED, "point-to-point" },
		{ NULL, NULL, IFF_LOOPBACK, ERROR_REFUSED, "loopback" },
		{ NULL, NULL, 0, ERROR_NONE, "" },
		{ "10.0.0.9", NULL, 0, ERROR_INVALID, "leave it out" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct neighbor neighbor = neighbor_of("10.0.0.1", cases[i].mac);
		struct neighbor_link link = { .flags = cases[i].flags };
		struct error error;

		error_clear(&error);
		if (cases[i].own)
			link.own = mac_of(cases[i].own);
		(void)neighbor_check_link(&neighbor, &link, &error);
		assert_int_equal(error.kind, cases[i].kind);
		assert_non_null(
			strstr(error.member_count ? error.members[0].detail : error.detail,
			       cases[i].words));
	}
}

static void test_refusals_are_explained(void **state)
{
	static const struct {
		int number;
		const char *kernel;
		enum error_kind kind;
		const char *words;
	} cases[] = {
		{ ENOBUFS, "", ERROR_BUSY, "net.ipv4.neigh.default.gc_thresh3" },
		{ ENODEV, "", ERROR_MISSING, "is gone" },
		{ EAFNOSUPPORT, "", ERROR_UNSUPPORTED, "family" },
		{ EINVAL, "", ERROR_REFUSED, "MTU" },
		{ EINVAL, "IPv6 is disabled on this device", ERROR_REFUSED, "switched off" },
		{ EINVAL, "Invalid link address", ERROR_INVALID, "Invalid link address" },
		{ EINVAL, "another reason", ERROR_KERNEL, "" },
		{ EPERM, "", ERROR_KERNEL, "" },
	};
	struct neighbor neighbor = neighbor_of("10.0.0.1", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error error;

		error_clear(&error);
		error.kind = ERROR_KERNEL;
		error.number = cases[i].number;
		strcpy(error.kernel, cases[i].kernel);
		assert_int_equal(neighbor_explain(&neighbor, &error), -1);
		assert_int_equal(error.kind, cases[i].kind);
		assert_non_null(
			strstr(error.member_count ? error.members[0].detail : error.detail,
			       cases[i].words));
	}
}

/* ---- the kernel ---- */

static int setup(void **state)
{
	return fixture_open(state, "neighbor");
}

static struct neighbor on_veth(const struct fixture *fixture, const char *address,
			       const char *mac)
{
	struct neighbor neighbor = neighbor_of(address, mac);

	snprintf(neighbor.namespace, sizeof(neighbor.namespace), "%s", fixture->namespace);
	return neighbor;
}

static void make_veth(const struct fixture *fixture)
{
	run(fixture, "link add v1 address 02:00:00:00:00:01 type veth peer name v2");
	run(fixture, "link set v1 up");
	run(fixture, "link set v2 up");
}

static void create(const struct fixture *fixture, const struct neighbor *wanted,
		   struct neighbor *ret)
{
	struct error error;

	error_clear(&error);
	if (neighbor_create(fixture->netops, wanted, ret, &error))
		fail_msg("%s %s", error.detail, error.members[0].detail);
}

/* Entries that nobody set are replaced: also those that look as if somebody had. */
static void test_the_kernels_own_give_way(void **state)
{
	static const char *const theirs[] = {
		"lladdr 02:00:00:00:00:07 nud stale",
		"lladdr 02:00:00:00:00:07 nud reachable",
		"nud incomplete",
		"lladdr 02:00:00:00:00:01 nud noarp",
		"lladdr ff:ff:ff:ff:ff:ff nud noarp",
	};
	const struct fixture *fixture = *state;
	struct neighbor wanted, made;

	make_veth(fixture);
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		char address[16];

		snprintf(address, sizeof(address), "10.0.0.%zu", i + 2);
		run(fixture, "neigh add %s dev v1 %s", address, theirs[i]);
		wanted = on_veth(fixture, address, "02:00:00:00:00:09");
		create(fixture, &wanted, &made);
		assert_int_equal(made.options.nud, NUD_PERMANENT);
		assert_true(link_address_equal(&made.options.mac, &wanted.options.mac));
	}
}

static void test_what_was_set_stays(void **state)
{
	static const char *const theirs[] = {
		"lladdr 02:00:00:00:00:07 nud permanent",
		"lladdr 02:00:00:00:00:07 nud noarp",
		"lladdr 02:00:00:00:00:07 nud stale extern_learn",
		"managed",
		"lladdr 02:00:00:00:00:07 nud permanent proto 116",
	};
	const struct fixture *fixture = *state;

	make_veth(fixture);
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		struct neighbor wanted, made;
		struct error error;
		char address[16];

		error_clear(&error);
		snprintf(address, sizeof(address), "10.0.0.%zu", i + 2);
		run(fixture, "neigh add %s dev v1 %s", address, theirs[i]);
		wanted = on_veth(fixture, address, "02:00:00:00:00:09");
		assert_int_equal(neighbor_create(fixture->netops, &wanted, &made, &error), -1);
		assert_int_equal(error.kind, ERROR_EXISTS);
		assert_non_null(strstr(error.conflict, address));
		error_clear(&error);
		assert_int_equal(neighbor_find_set(fixture->netops, &wanted, &made, &error), 0);
	}
}

static int make_list(const struct fixture *fixture, struct neighbor_list *wanted,
		     struct neighbor_list *made, size_t *failed, struct error *error)
{
	void *from[3], *to[3];

	assert_in_range(wanted->count, 1, 3);
	for (size_t i = 0; i < wanted->count; i++)
		assert_int_equal(neighbor_list_add(made, &wanted->items[i], error), 0);
	for (size_t i = 0; i < wanted->count; i++) {
		from[i] = &wanted->items[i];
		to[i] = &made->items[i];
	}
	return neighbor_create_many(fixture->netops, from, to, wanted->count, failed, error);
}

static void test_a_list_is_made_whole_or_not_at_all(void **state)
{
	const struct fixture *fixture = *state;
	struct neighbor_list wanted CLEANUP_NEIGHBOR_LIST = { 0 };
	struct neighbor_list made CLEANUP_NEIGHBOR_LIST = { 0 };
	struct neighbor one = on_veth(fixture, "10.0.0.2", "02:00:00:00:00:09");
	struct error error;
	size_t failed;

	error_clear(&error);
	make_veth(fixture);
	assert_int_equal(neighbor_list_add(&wanted, &one, &error), 0);
	one.options.address = ip_of("10.0.0.3");
	assert_int_equal(neighbor_list_add(&wanted, &one, &error), 0);
	assert_int_equal(neighbor_list_add(&wanted, &one, &error), 0);
	assert_int_equal(make_list(fixture, &wanted, &made, &failed, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_int_equal(failed, 2);
	assert_string_equal(error.conflict, "");
	neighbor_list_free(&made);
	error_clear(&error);
	assert_int_equal(neighbor_list_ours(fixture->netops, fixture->namespace, &made, &error),
			 0);
	assert_int_equal(made.count, 0);
	wanted.count = 2;
	assert_int_equal(make_list(fixture, &wanted, &made, &failed, &error), 0);
	assert_true(ip_equal(&made.items[1].options.address, &wanted.items[1].options.address));
	wanted.count = 3; /* freed as it was made */
}

/* Both tables one after the other, narrowed by the kernel. */
static size_t count_read(const struct fixture *fixture, const struct neighbor_filter *filter)
{
	struct reading *reading;
	struct error error;
	const void *one;
	size_t count = 0;

	error_clear(&error);
	assert_int_equal(
		neighbor_reading(fixture->netops, fixture->namespace, filter, &reading, &error),
		0);
	while (reading_next(reading, &one, &error) > 0)
		count++;
	assert_int_equal(error.kind, ERROR_NONE);
	assert_int_equal(reading_again(reading, &error), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(reading_next(reading, &one, &error), 1);
	reading_free(reading);
	return count;
}

static void test_readings(void **state)
{
	const struct fixture *fixture = *state;

	make_veth(fixture);
	run(fixture, "link add br1 type bridge");
	run(fixture, "link set v2 master br1");
	run(fixture, "neigh add 10.0.0.2 dev v1 lladdr 02:00:00:00:00:07 nud permanent");
	run(fixture, "neigh add 10.0.0.3 dev v2 lladdr 02:00:00:00:00:07 nud permanent");
	run(fixture, "neigh add proxy 10.0.0.2 dev v1");
	run(fixture, "neigh add proxy fd00::2 dev v1");
	assert_int_equal(count_read(fixture, &(struct neighbor_filter){ .family = AF_INET }),
			 3);
	assert_int_equal(
		count_read(fixture, &(struct neighbor_filter){ .tables = NEIGHBOR_PROXIES }),
		2);
	assert_int_equal(
		count_read(fixture, &(struct neighbor_filter){ .family = AF_INET,
							       .tables = NEIGHBOR_NO_PROXIES,
							       .link = "v1" }),
		1);
	assert_int_equal(count_read(fixture, &(struct neighbor_filter){ .family = AF_INET,
									.master = "br1" }),
			 1);
	assert_int_equal(count_read(fixture, &(struct neighbor_filter){ .link = "v9" }), 0);
}

static void test_a_reading_of_nothing_is_nobodys(void **state)
{
	const struct fixture *fixture = *state;
	struct reading *reading = NULL;
	struct error error;

	error_clear(&error);
	assert_int_equal(neighbor_reading(fixture->netops, "no-such-namespace",
					  &(struct neighbor_filter){ .family = 0 }, &reading,
					  &error),
			 -1);
	assert_int_equal(error.kind, ERROR_MISSING);
	assert_null(reading);
}

/* Nothing is sent where nothing differs; what cannot become managed in place is made anew. */
static void test_update(void **state)
{
	const struct fixture *fixture = *state;
	struct neighbor wanted = on_veth(fixture, "10.0.0.2", "02:00:00:00:00:09"), made, now;
	struct neighbor managed = on_veth(fixture, "10.0.0.2", NULL);
	unsigned int before;
	struct error error;

	error_clear(&error);
	make_veth(fixture);
	run(fixture, "address add 10.0.0.1/24 dev v1");
	SET(&wanted, nud, NUD_NOARP);
	create(fixture, &wanted, &made);
	before = netops_changes(fixture->netops);
	assert_int_equal(neighbor_update(fixture->netops, &made, &wanted, &now, &error), 0);
	assert_int_equal(netops_changes(fixture->netops), before);
	SET(&managed, managed, 1);
	assert_int_equal(neighbor_update(fixture->netops, &made, &managed, &now, &error), 0);
	assert_int_equal(now.options.nud & NEIGHBOR_STAYS, 0);
	assert_int_equal(neighbor_delete_known(fixture->netops, &now, &error), 0);
	assert_int_equal(neighbor_find(fixture->netops, &now, &made, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
}

#define KERNEL(test) cmocka_unit_test_setup_teardown(test, setup, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_addresses),
		cmocka_unit_test(test_rows_come_back),
		cmocka_unit_test(test_states_are_one_word),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_wrong_for_its_link),
		cmocka_unit_test(test_refusals_are_explained),
		KERNEL(test_the_kernels_own_give_way),
		KERNEL(test_what_was_set_stays),
		KERNEL(test_a_list_is_made_whole_or_not_at_all),
		KERNEL(test_readings),
		KERNEL(test_a_reading_of_nothing_is_nobodys),
		KERNEL(test_update),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("neighbors", tests, NULL, NULL);
}
