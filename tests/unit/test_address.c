/*
 * Addresses: checks, URLs and the message of every row by themselves; then, in
 * a namespace of their own, a few hundred addresses of all sorts against what
 * ip-address(8) says of them, and deletions that must take nothing along.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <json-c/json.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/address_private.h"

enum { LINE = 512, LINES = 2048 };

struct fixture {
	struct netops *netops;
	char namespace[32];
};

/* ---- building records ---- */

#define GIVE(address, member) \
	give_at(&(address)->given, offsetof(struct address_options, member))
#define SET(address, member, value) ((address)->options.member = (value), GIVE(address, member))

static struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse_prefix(&ip, text));
	return ip;
}

/* NULL: not given. */
static struct address address_of(const char *text, const char *peer)
{
	struct address address = { .namespace = "ns1", .link = { 0, "v0" } };

	if (text)
		SET(&address, address, ip_of(text));
	if (peer)
		SET(&address, peer, ip_of(peer));
	return address;
}

static struct address in_namespace(const struct fixture *fixture, const char *text,
				   const char *peer)
{
	struct address address = address_of(text, peer);

	snprintf(address.namespace, sizeof(address.namespace), "%s", fixture->namespace);
	return address;
}

/* ---- records by themselves ---- */

static void assert_wrong(const struct address *address, const char *pointer, const char *code)
{
	struct error error;
	char whole[96];

	error_clear(&error);
	address_check(address, "/addresses/3", &error);
	if (!pointer) {
		if (error.member_count)
			fail_msg("%s: %s", error.members[0].pointer, error.members[0].detail);
		return;
	}
	snprintf(whole, sizeof(whole), "/addresses/3%s", pointer);
	assert_int_equal(error.kind, ERROR_INVALID);
	assert_string_equal(error.members[0].pointer, whole);
	assert_string_equal(error.members[0].code, code);
	assert_true(strlen(error.members[0].detail) > 10);
}

static void test_check_pair(void **state)
{
	static const struct {
		const char *address, *peer, *pointer, *code;
	} cases[] = {
		{ "10.0.0.1/24", NULL, NULL, NULL },
		{ "10.0.0.1", "10.0.0.2/32", NULL, NULL },
		{ "10.0.0.1", "10.9.0.2/24", NULL, NULL },
		{ "fd00::1/64", NULL, NULL, NULL },
		{ "fd00::1", "fd00::2", NULL, NULL },
		{ NULL, NULL, "/address", "required" },
		{ "0.0.0.0/24", NULL, "/address", "any" },
		{ "::/64", NULL, "/address", "any" },
		{ "224.0.0.1/24", NULL, "/address", "unicast" },
		{ "ff02::1/64", NULL, "/address", "unicast" },
		{ "255.255.255.255/32", NULL, "/address", "unicast" },
		{ "10.0.0.1/0", NULL, "/address", "range" },
		{ "127.0.0.2/8", NULL, "/address", "loopback" },
		{ "::1", NULL, "/address", "loopback" },
		{ "10.0.0.1", "fd00::1", "/peer", "family" },
		{ "10.0.0.1", "0.0.0.0", "/peer", "any" },
		{ "10.0.0.1", "224.0.0.1", "/peer", "unicast" },
		{ "10.0.0.1", "10.0.0.1", "/peer", "same" },
		{ "10.0.0.1/24", "10.0.0.2", "/address", "prefix" },
		{ "10.0.0.1", "10.0.0.2/0", "/peer", "range" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address address = address_of(cases[i].address, cases[i].peer);

		assert_wrong(&address, cases[i].pointer, cases[i].code);
	}
}

static void test_check_members(void **state)
{
	struct address fresh = address_of("10.0.0.1/24", NULL), address = fresh;
	struct address fresh6 = address_of("fd00::1/48", NULL);

	(void)state;
#define WRONG(from, member, value, code)                 \
	(address = (from), SET(&address, member, value), \
	 assert_wrong(&address, "/" #member, code))
	WRONG(fresh, scope, RT_SCOPE_NOWHERE, "range");
	WRONG(fresh6, scope, RT_SCOPE_LINK, "family");
	WRONG(fresh, valid_lifetime_seconds, 0, "range");
	WRONG(fresh, broadcast, ip_of("fd00::1"), "family");
	WRONG(fresh6, broadcast, ip_of("10.0.0.255"), "family");
	WRONG(fresh, no_dad, 1, "family");
	WRONG(fresh, home_address, 1, "family");
	WRONG(fresh6, manage_temporary_addresses, 1, "prefix");
	WRONG(fresh, auto_join, 1, "multicast");
#undef WRONG
	address = fresh;
	SET(&address, valid_lifetime_seconds, 10);
	SET(&address, preferred_lifetime_seconds, 11);
	assert_wrong(&address, "/preferred_lifetime_seconds", "range");
	address = fresh6;
	SET(&address, no_dad, 1);
	SET(&address, optimistic, 1);
	assert_wrong(&address, "/optimistic", "exclusive");
	address = address_of("239.0.0.1/32", NULL);
	SET(&address, auto_join, 1);
	assert_wrong(&address, NULL, NULL);
	address = fresh;
	SET(&address, no_dad, 0);
	assert_wrong(&address, NULL, NULL);
	address = address_of("127.0.0.2/8", NULL);
	strcpy(address.link.name, "lo");
	assert_wrong(&address, NULL, NULL);
}

static void test_check_label(void **state)
{
	struct address address = address_of("10.0.0.1/24", NULL);

	(void)state;
	GIVE(&address, label);
	strcpy(address.options.label, "v0:7");
	assert_wrong(&address, NULL, NULL);
	strcpy(address.options.label, "eth0");
	assert_wrong(&address, "/label", "prefix");
	address = address_of("fd00::1/64", NULL);
	GIVE(&address, label);
	strcpy(address.options.label, "v0:7");
	assert_wrong(&address, "/label", "family");
}

static void test_texts(void **state)
{
	struct address address = address_of("10.0.0.1/24", NULL);
	char url[ERROR_URL_SIZE], text[IP_TEXT_SIZE];

	(void)state;
	address_url(&address, url);
	assert_string_equal(url, "/addresses/ns1/v0/10.0.0.1/24");
	address_format(&address, text);
	assert_string_equal(text, "10.0.0.1/24");
	address = address_of("fd00::1", "fd00::2/64");
	strcpy(address.link.name, "a/b%d");
	address_url(&address, url);
	assert_string_equal(url, "/addresses/ns1/a%2Fb%25d/fd00::1/64?peer=fd00::2");
	address_format(&address, text);
	assert_string_equal(text, "fd00::1");
}

static void fill_row(const struct row *row, uint32_t salt, bool ipv6, void *options)
{
	if (row->type == ROW_PREFIX || row->type == ROW_ADDRESS)
		*(struct ip *)row_place(row, options) =
			ip_of(ipv6 ? "fd00::99/64" : "192.0.2.99/26");
	else if (row->type == ROW_TEXT)
		strcpy(row_place(row, options), "v0:label");
	else if (row->type == ROW_WORD)
		*(uint32_t *)row_place(row, options) = row->words[2].value;
	else if (row->type == ROW_BOOL)
		*(uint32_t *)row_place(row, options) = 1;
	else
		*(uint32_t *)row_place(row, options) = 1 + salt;
}

static void round_trip(const struct address *address)
{
	struct ifaddrmsg header = address_header(address);
	struct address again = { 0 };
	struct nl_msg *message;
	struct error error;

	error_clear(&error);
	message = netlink_message(RTM_NEWADDR, 0, &header, sizeof(header), &error);
	assert_non_null(message);
	assert_int_equal(address_put(message, address), 0);
	assert_true(address_parse(nlmsg_hdr(message), &again));
	for (const struct row *row = address_rows; row->name; row++) {
		if (!row_equal(row, &address->options, &address->given, &again.options,
			       &again.given))
			fail_msg("row %s", row->name);
	}
	nlmsg_free(message);
}

/* What a record has unsaid, its message says. */
static struct address said(const char *text)
{
	struct address address = address_of(text, NULL);

	SET(&address, scope, RT_SCOPE_UNIVERSE);
	return address;
}

static bool row_fits(const struct row *row, bool ipv6)
{
	return !ipv6 || row->attribute != IFA_BROADCAST;
}

static void test_round_trip(void **state)
{
	struct address all = said("10.0.0.1");
	uint32_t salt = 0;

	(void)state;
	for (const struct row *row = address_rows; row->name; row++) {
		for (int ipv6 = 0; ipv6 < 2; ipv6++) {
			struct address address = said(ipv6 ? "fd00::1" : "10.0.0.1");

			if (!row_fits(row, ipv6))
				continue;
			fill_row(row, salt++, ipv6, &address.options);
			give_at(&address.given, row->offset);
			/* One lifetime bounds the other, and is told as two. */
			if (row->attribute == IFA_CACHEINFO) {
				SET(&address, valid_lifetime_seconds, 500);
				SET(&address, preferred_lifetime_seconds, 400);
			}
			round_trip(&address);
		}
		if (row->attribute == IFA_LOCAL)
			continue;
		fill_row(row, salt++, false, &all.options);
		give_at(&all.given, row->offset);
	}
	round_trip(&all);
}

static void test_list(void **state)
{
	struct address_list list = { 0 };
	struct error error;

	(void)state;
	error_clear(&error);
	for (uint32_t i = 0; i < 100; i++) {
		struct address address = { .flags = i };

		assert_int_equal(address_list_add(&list, &address, &error), 0);
	}
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(list.items[i].flags, i);
	address_list_free(&list);
	assert_int_equal(list.count, 0);
}

/* ---- against the kernel ---- */

static int run_quietly(const struct fixture *fixture, const char *format, va_list arguments)
{
	char command[512], whole[640];

	vsnprintf(command, sizeof(command), format, arguments);
	snprintf(whole, sizeof(whole), "ip -n %s %s", fixture->namespace, command);
	return system(whole);
}

static void run(const struct fixture *fixture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void run(const struct fixture *fixture, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	assert_int_equal(run_quietly(fixture, format, arguments), 0);
	va_end(arguments);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct namespace namespace = { 0 };
	struct error error;

	error_clear(&error);
	snprintf(fixture->namespace, sizeof(fixture->namespace), "test-address-%d", getpid());
	strcpy(namespace.name, fixture->namespace);
	*state = fixture;
	if (netops_open(&fixture->netops, &error) ||
	    namespace_create(fixture->netops, &namespace, &error)) {
		print_message("%s\n", error.detail);
		return -1;
	}
	run(fixture, "link add v0 type veth peer name v1");
	run(fixture, "link set v0 up");
	run(fixture, "link set v1 up");
	run(fixture, "link set lo up");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	struct error error;

	error_clear(&error);
	if (namespace_delete(fixture->netops, fixture->namespace, &error))
		print_message("%s\n", error.detail);
	netops_close(fixture->netops);
	free(fixture);
	return 0;
}

static struct address create(const struct fixture *fixture, const struct address *wanted)
{
	struct address made;
	struct error error;

	error_clear(&error);
	address_check(wanted, "", &error);
	if (error_verdict(&error) || address_create(fixture->netops, wanted, &made, &error))
		fail_msg("%s %s %s", error.detail, error.kernel,
			 error.member_count ? error.members[0].detail : "");
	assert_true(address_same(wanted, &made));
	assert_string_equal(made.link.name, wanted->link.name);
	return made;
}

/*
 * ---- one line of text for an address: ours, and that of ip-address(8) ----
 *
 * The protocol is left out: not every ip-address(8) knows it.
 */

struct lines {
	char (*items)[LINE];
	unsigned int count;
};

static void append(char *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char *line, const char *format, ...)
{
	size_t length = strlen(line);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line + length, LINE - length, format, arguments);
	va_end(arguments);
}

/* ip-address(8) has other words for some. */
static const struct {
	const char *name;
	uint32_t bit;
} flags[] = {
	{ "noprefixroute", IFA_F_NOPREFIXROUTE },
	{ "nodad", IFA_F_NODAD },
	{ "home", IFA_F_HOMEADDRESS },
	{ "mngtmpaddr", IFA_F_MANAGETEMPADDR },
	{ "autojoin", IFA_F_MCAUTOJOIN },
	{ "deprecated", IFA_F_DEPRECATED },
};
enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

static int line_of_ours(const struct address *address, void *context, struct error *error)
{
	const struct address_options *options = &address->options;
	bool ipv6 = options->address.family == AF_INET6;
	bool peer = ADDRESS_GIVEN(address, peer);
	struct lines *lines = context;
	char *line = lines->items[lines->count++], text[IP_TEXT_SIZE];

	(void)error;
	assert_true(lines->count < LINES);
	ip_format(&options->address, text);
	snprintf(line, LINE, "%s %s/%u scope=%s ", address->link.name, text,
		 address_prefix_length(address), row_word_name(scope_words, options->scope));
	ip_format(&options->peer, text);
	append(line, "peer=%s ", peer ? text : "-");
	ip_format(&options->broadcast, text);
	append(line, "broadcast=%s ", ADDRESS_GIVEN(address, broadcast) ? text : "-");
	append(line, "label=%s ",
	       ipv6			     ? "-" :
	       ADDRESS_GIVEN(address, label) ? options->label :
					       address->link.name);
	append(line, "metric=%u ", ADDRESS_GIVEN(address, metric) ? options->metric : 0);
	append(line, "valid=%d preferred=%d ", ADDRESS_GIVEN(address, valid_lifetime_seconds),
	       ADDRESS_GIVEN(address, preferred_lifetime_seconds));
	if (address->flags & IFA_F_SECONDARY)
		append(line, "secondary ");
	for (int i = 0; i < FLAGS; i++) {
		if (address->flags & flags[i].bit)
			append(line, "%s ", flags[i].name);
	}
	return 0;
}

static const char *member(struct json_object *object, const char *name, const char *otherwise)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ? json_object_get_string(value) :
								 otherwise;
}

static bool limited(struct json_object *object, const char *name)
{
	return strtoul(member(object, name, "4294967295"), NULL, 10) != UINT32_MAX;
}

static void line_of_ip(const char *link, struct json_object *object, char *line)
{
	bool ipv6 = !strcmp(member(object, "family", ""), "inet6");

	snprintf(line, LINE, "%s %s/%s scope=%s ", link, member(object, "local", "?"),
		 member(object, "prefixlen", "?"), member(object, "scope", "?"));
	append(line, "peer=%s ", member(object, "address", "-"));
	append(line, "broadcast=%s ", member(object, "broadcast", "-"));
	append(line, "label=%s ", ipv6 ? "-" : member(object, "label", "-"));
	append(line, "metric=%s ", member(object, "metric", "0"));
	append(line, "valid=%d preferred=%d ", limited(object, "valid_life_time"),
	       limited(object, "preferred_life_time"));
	if (!strcmp(member(object, "secondary", ""), "true"))
		append(line, "secondary ");
	for (int i = 0; i < FLAGS; i++) {
		if (!strcmp(member(object, flags[i].name, ""), "true"))
			append(line, "%s ", flags[i].name);
	}
}

static void lines_of_link(struct json_object *link, struct lines *lines)
{
	struct json_object *addresses;

	if (!json_object_object_get_ex(link, "addr_info", &addresses))
		return;
	for (size_t i = 0; i < json_object_array_length(addresses); i++) {
		assert_true(lines->count < LINES);
		line_of_ip(member(link, "ifname", "?"), json_object_array_get_idx(addresses, i),
			   lines->items[lines->count++]);
	}
}

static void lines_of_ip(const struct fixture *fixture, struct lines *lines)
{
	struct json_object *links;
	char command[128];
	FILE *pipe;

	snprintf(command, sizeof(command), "ip -d -j -n %s addr", fixture->namespace);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	links = json_object_from_fd(fileno(pipe));
	assert_non_null(links);
	for (size_t i = 0; i < json_object_array_length(links); i++)
		lines_of_link(json_object_array_get_idx(links, i), lines);
	json_object_put(links);
	assert_int_equal(pclose(pipe), 0);
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void lines_restart(void *context)
{
	((struct lines *)context)->count = 0;
}

static void dump(const struct fixture *fixture, address_record *record, void *context)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error error;

	error_clear(&error);
	if (namespace_enter(fixture->netops, fixture->namespace, &socket, &error) ||
	    address_dump(socket.netlink, fixture->namespace, 0, 0, record, lines_restart,
			 context, &error))
		fail_msg("%s", error.detail);
}

static unsigned int compare_with_ip(const struct fixture *fixture)
{
	struct lines ours = { .items = calloc(LINES, LINE) };
	struct lines theirs = { .items = calloc(LINES, LINE) };
	unsigned int count;

	dump(fixture, line_of_ours, &ours);
	lines_of_ip(fixture, &theirs);
	qsort(ours.items, ours.count, LINE, line_compare);
	qsort(theirs.items, theirs.count, LINE, line_compare);
	for (unsigned int i = 0; i < ours.count && i < theirs.count; i++)
		assert_string_equal(ours.items[i], theirs.items[i]);
	assert_int_equal(ours.count, theirs.count);
	count = ours.count;
	free(ours.items);
	free(theirs.items);
	return count;
}

static struct address some_ipv4(const struct fixture *fixture, unsigned int i)
{
	char text[IP_TEXT_SIZE], peer[IP_TEXT_SIZE];
	struct address address;

	snprintf(text, sizeof(text), "10.%u.%u.%u%s", i / 30, i % 7, 1 + i % 200,
		 i % 4 ? "/24" : "");
	snprintf(peer, sizeof(peer), "172.16.%u.%u/%u", i / 30, i % 200, 24 + i % 9);
	address = in_namespace(fixture, text, i % 4 ? NULL : peer);
	if (i % 5 == 0) {
		snprintf(address.options.label, sizeof(address.options.label), "v0:%u", i);
		GIVE(&address, label);
	}
	if (i % 3 == 0)
		SET(&address, metric, 100 + i);
	if (i % 6 == 0)
		SET(&address, no_prefix_route, 1);
	if (i % 7 == 0)
		SET(&address, scope, RT_SCOPE_LINK);
	if (i % 8 == 1)
		SET(&address, broadcast, ip_of("10.0.0.255"));
	if (i % 9 == 0)
		SET(&address, valid_lifetime_seconds, 5000);
	if (i % 10 == 0)
		SET(&address, preferred_lifetime_seconds, 0);
	return address;
}

static struct address some_ipv6(const struct fixture *fixture, unsigned int i)
{
	char text[IP_TEXT_SIZE], peer[IP_TEXT_SIZE];
	struct address address;

	snprintf(text, sizeof(text), "fd00:%x::%x%s", i % 7, 1 + i, i % 4 ? "/64" : "");
	snprintf(peer, sizeof(peer), "fd99:%x::1/%u", i, 64 + i % 60);
	address = in_namespace(fixture, text, i % 4 ? NULL : peer);
	SET(&address, no_dad, 1);
	if (i % 3 == 0)
		SET(&address, metric, 100 + i);
	if (i % 5 == 0)
		SET(&address, home_address, 1);
	if (i % 6 == 1)
		SET(&address, no_prefix_route, 1);
	if (i % 9 == 0)
		SET(&address, valid_lifetime_seconds, 5000);
	if (i % 10 == 0)
		SET(&address, preferred_lifetime_seconds, 0);
	return address;
}

static void test_against_ip(void **state)
{
	const struct fixture *fixture = *state;
	unsigned int count;

	for (unsigned int i = 0; i < 200; i++) {
		struct address address = some_ipv4(fixture, i);

		create(fixture, &address);
		address = some_ipv6(fixture, i);
		create(fixture, &address);
	}
	run(fixture, "addr add 10.99.0.1/24 brd + dev v1 label v1:x");
	run(fixture, "addr add fe80::77/64 dev v1 nodad");
	run(fixture, "addr add 127.0.0.9/8 dev lo");
	count = compare_with_ip(fixture);
	print_message("%u addresses agree with ip addr\n", count);
	assert_true(count >= 400);
}

/* ---- reading and deleting ---- */

static int read_key(const struct fixture *fixture, const struct address *key,
		    struct error *error, struct address *ret)
{
	error_clear(error);
	return address_read(fixture->netops, key, ret, error);
}

static void test_read(void **state)
{
	const struct fixture *fixture = *state;
	struct address key = in_namespace(fixture, "10.0.0.1/32", NULL), found;
	struct error error;

	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	run(fixture, "addr add 10.0.0.1 peer 10.0.0.2 dev v0");
	assert_int_equal(read_key(fixture, &key, &error, &found), 0);
	assert_true(ADDRESS_GIVEN(&found, peer));
	run(fixture, "addr add 10.0.0.1 peer 10.0.0.3 dev v0");
	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_AMBIGUOUS);
	assert_int_equal(error.candidate_count, 2);
	assert_non_null(strstr(error.candidates[1], "/v0/10.0.0.1/32?peer=10.0.0.3"));
	SET(&key, peer, ip_of("10.0.0.3"));
	assert_int_equal(read_key(fixture, &key, &error, &found), 0);
	ungive_at(&key.given, offsetof(struct address_options, peer));
	run(fixture, "addr add 10.0.0.1/32 dev v0");
	assert_int_equal(read_key(fixture, &key, &error, &found), 0);
	assert_false(ADDRESS_GIVEN(&found, peer));
	strcpy(key.link.name, "v7");
	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	strcpy(key.namespace, "no-such-namespace");
	assert_int_equal(read_key(fixture, &key, &error, &found), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
}

static int count_one(const struct address *address, void *context, struct error *error)
{
	(void)address;
	(void)error;
	((struct lines *)context)->count++;
	return 0;
}

static unsigned int count_all(const struct fixture *fixture)
{
	struct lines lines = { 0 };

	dump(fixture, count_one, &lines);
	return lines.count;
}

static unsigned int count_routes(const struct fixture *fixture)
{
	char command[128];
	unsigned int count = 0;
	FILE *pipe;
	int got;

	snprintf(command, sizeof(command), "ip -n %s route show table all", fixture->namespace);
	pipe = popen(command, "re");
	while ((got = fgetc(pipe)) != EOF)
		count += got == '\n';
	assert_int_equal(pclose(pipe), 0);
	return count;
}

/* A deletion takes exactly one, primary or not, and no route that others made. */
static void test_delete_one(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const texts[] = { "10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24",
					     "10.0.0.4/24", "10.0.1.1/24" };
	unsigned int before, routes;
	struct error error;

	for (int i = 0; i < 5; i++) {
		struct address address = in_namespace(fixture, texts[i], NULL);

		create(fixture, &address);
	}
	run(fixture, "route add 10.9.0.0/16 via 10.0.0.9");
	run(fixture, "route add 10.8.0.0/16 via 10.0.0.9 src 10.0.0.3");
	before = count_all(fixture);
	routes = count_routes(fixture);
	for (int i = 0; i < 2; i++) {
		struct address key = in_namespace(fixture, texts[i], NULL);

		error_clear(&error);
		if (address_delete(fixture->netops, &key, false, &error))
			fail_msg("%s %s", error.detail, error.kernel);
		assert_int_equal(count_all(fixture), --before);
		assert_int_equal(count_routes(fixture), --routes); /* its own one in "local" */
		assert_int_equal(address_delete(fixture->netops, &key, false, &error), -1);
		assert_int_equal(error.kind, ERROR_ABSENT);
	}
	compare_with_ip(fixture);
}

static void test_delete_restores_setting(void **state)
{
	const struct fixture *fixture = *state;
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct address one = in_namespace(fixture, "10.0.0.1/24", NULL);
	struct address two = in_namespace(fixture, "10.0.0.2/24", NULL);
	struct error error;
	bool promotes = true;

	one = create(fixture, &one);
	create(fixture, &two);
	error_clear(&error);
	assert_int_equal(address_delete(fixture->netops, &one, false, &error), 0);
	assert_int_equal(namespace_enter(fixture->netops, fixture->namespace, &socket, &error),
			 0);
	assert_int_equal(address_promotes(socket.netlink, one.link.index, &promotes, &error),
			 0);
	assert_false(promotes);
}

static void test_foreign(void **state)
{
	const struct fixture *fixture = *state;
	struct address key = in_namespace(fixture, "10.0.0.1/24", NULL);
	struct address key6 = in_namespace(fixture, "fd00::1/64", NULL);
	struct error error;

	run(fixture, "addr add 10.0.0.1/24 dev v0");
	run(fixture, "addr add fd00::1/64 dev v0");
	error_clear(&error);
	assert_int_equal(address_delete(fixture->netops, &key, false, &error), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
	assert_int_equal(address_delete(fixture->netops, &key6, false, &error), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
	error_clear(&error);
	assert_int_equal(address_delete(fixture->netops, &key, true, &error), 0);
	assert_int_equal(address_delete(fixture->netops, &key6, true, &error), 0);
}

/* Every address of ours goes by its own URL's key, alone. */
static void test_delete_all(void **state)
{
	const struct fixture *fixture = *state;
	unsigned int before;
	struct error error;

	for (unsigned int i = 0; i < 60; i++) {
		struct address address = some_ipv4(fixture, i);

		create(fixture, &address);
		address = some_ipv6(fixture, i);
		create(fixture, &address);
	}
	before = count_all(fixture);
	for (unsigned int i = 0; i < 60; i++) {
		struct address keys[] = { some_ipv4(fixture, i), some_ipv6(fixture, i) };

		for (int k = 0; k < 2; k++) {
			keys[k].options.address.prefix_length = address_prefix_length(&keys[k]);
			error_clear(&error);
			if (address_delete(fixture->netops, &keys[k], false, &error))
				fail_msg("%u: %s %s", i, error.detail, error.kernel);
			assert_int_equal(count_all(fixture), --before);
		}
	}
}

/* ---- what the kernel does not take ---- */

static void refused(const struct fixture *fixture, const struct address *address,
		    enum error_kind kind, const char *pointer, const char *conflict)
{
	struct address made;
	struct error error;

	error_clear(&error);
	assert_int_equal(address_create(fixture->netops, address, &made, &error), -1);
	if (error.kind != kind ||
	    (pointer && (!error.member_count || strcmp(error.members[0].pointer, pointer))))
		fail_msg("%d %s (%s)", error.kind, error.detail, error.kernel);
	if (conflict && !strstr(error.conflict, conflict))
		fail_msg("conflict %s", error.conflict);
}

static void test_refusals(void **state)
{
	const struct fixture *fixture = *state;
	struct address address = in_namespace(fixture, "10.0.0.1/24", NULL);

	create(fixture, &address);
	refused(fixture, &address, ERROR_EXISTS, NULL, "/v0/10.0.0.1/24");
	address = in_namespace(fixture, "10.0.0.2/24", NULL);
	SET(&address, scope, RT_SCOPE_LINK);
	refused(fixture, &address, ERROR_INVALID, "/scope", NULL);
	address = in_namespace(fixture, "10.1.0.1", "10.1.1.1/24");
	create(fixture, &address);
	address = in_namespace(fixture, "10.1.0.1", "10.1.1.2/24");
	refused(fixture, &address, ERROR_EXISTS, NULL, "/v0/10.1.0.1/24?peer=10.1.1.1");
	address = in_namespace(fixture, "fd00::1/64", NULL);
	create(fixture, &address);
	address = in_namespace(fixture, "fd00::1/80", NULL);
	refused(fixture, &address, ERROR_EXISTS, NULL, "/v0/fd00::1/64");
	address = in_namespace(fixture, "10.7.0.1/24", NULL);
	strcpy(address.link.name, "v7");
	refused(fixture, &address, ERROR_MISSING, "/link", NULL);
	strcpy(address.namespace, "no-such-namespace");
	refused(fixture, &address, ERROR_MISSING, NULL, NULL);
}

static void test_ipv6_off(void **state)
{
	const struct fixture *fixture = *state;
	struct address address = in_namespace(fixture, "fd00::1/64", NULL);
	char command[256];

	snprintf(command, sizeof(command),
		 "ip netns exec %s sh -c 'echo 1 >/proc/sys/net/ipv6/conf/v0/disable_ipv6'",
		 fixture->namespace);
	assert_int_equal(system(command), 0);
	refused(fixture, &address, ERROR_REFUSED, NULL, NULL);
	run(fixture, "link set v1 mtu 1000");
	strcpy(address.link.name, "v1");
	refused(fixture, &address, ERROR_REFUSED, NULL, NULL);
}

static void test_mark(void **state)
{
	const struct fixture *fixture = *state;
	struct address address = in_namespace(fixture, "10.0.0.1/24", NULL);

	if (address_is_ours(&(struct address){ 0 }))
		fail();
	address = create(fixture, &address);
	assert_true(address_is_ours(&address));
	address = in_namespace(fixture, "fd00::1/64", NULL);
	address = create(fixture, &address);
	assert_true(address_is_ours(&address));
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest pure[] = {
		cmocka_unit_test(test_check_pair),  cmocka_unit_test(test_check_members),
		cmocka_unit_test(test_check_label), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_list),
	};
	const struct CMUnitTest kernel[] = {
		IN_KERNEL(test_against_ip), IN_KERNEL(test_read),
		IN_KERNEL(test_delete_one), IN_KERNEL(test_delete_restores_setting),
		IN_KERNEL(test_foreign),    IN_KERNEL(test_delete_all),
		IN_KERNEL(test_refusals),   IN_KERNEL(test_ipv6_off),
		IN_KERNEL(test_mark),
	};
	int failed = cmocka_run_group_tests_name("addresses", pure, NULL, NULL);

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return failed;
	}
	return failed +
	       cmocka_run_group_tests_name("addresses in the kernel", kernel, NULL, NULL);
}
