/*
 * Routes: checks, URLs and the message of every row by themselves; then, in a
 * namespace of their own, a few hundred routes of all sorts against what
 * ip-route(8) says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <json-c/json.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/route_private.h"

enum { LINE = 1024, LINES = 4096 };

struct fixture {
	struct netops *netops;
	char namespace[32];
};

/* ---- building records ---- */

#define GIVE(route, member) give_at(&(route)->given, ROUTE_AT(member))
#define SET(route, member, value) ((route)->options.member = (value), GIVE(route, member))
#define SET_LEG(leg, member, value) \
	((leg)->options.member = (value), give_at(&(leg)->given, NEXTHOP_AT(member)))

static struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse_prefix(&ip, text));
	return ip;
}

static struct device device_of(const char *name)
{
	struct device device = { 0 };

	snprintf(device.name, sizeof(device.name), "%s", name);
	return device;
}

/* NULL: not given. */
static struct route route_of(const char *destination, const char *gateway, const char *device)
{
	struct route route = { 0 };

	snprintf(route.namespace, sizeof(route.namespace), "ns1");
	if (destination) {
		assert_true(route_parse_destination(destination, &route.options.destination));
		GIVE(&route, destination);
	}
	if (gateway)
		SET(&route, gateway, ip_of(gateway));
	if (device)
		SET(&route, device, device_of(device));
	route_choose_family(&route);
	return route;
}

static void add_leg(struct route *route, const char *gateway, const char *device,
		    uint32_t weight)
{
	struct route_nexthop leg = { 0 };
	struct error error;

	error_clear(&error);
	if (gateway)
		SET_LEG(&leg, gateway, ip_of(gateway));
	if (device)
		SET_LEG(&leg, device, device_of(device));
	if (weight)
		SET_LEG(&leg, weight, weight);
	assert_int_equal(route_add_nexthop(route, &leg, &error), 0);
	route_choose_family(route);
}

static struct route in_namespace(const struct fixture *fixture, const char *destination,
				 const char *gateway, const char *device)
{
	struct route route = route_of(destination, gateway, device);

	snprintf(route.namespace, sizeof(route.namespace), "%s", fixture->namespace);
	return route;
}

/* ---- records by themselves ---- */

static void assert_wrong(struct route *route, const char *pointer, const char *code)
{
	struct error error;

	error_clear(&error);
	route_check(route, "/7", &error);
	if (!pointer) {
		if (error.member_count)
			print_message("%s: %s\n", error.members[0].pointer,
				      error.members[0].detail);
		assert_int_equal(error_verdict(&error), 0);
	} else {
		char whole[96];

		snprintf(whole, sizeof(whole), "/7%s", pointer);
		assert_int_equal(error.kind, ERROR_INVALID);
		assert_string_equal(error.members[0].pointer, whole);
		assert_string_equal(error.members[0].code, code);
		assert_true(strlen(error.members[0].detail) > 10);
	}
	route_clear(route);
}

static void test_check_single(void **state)
{
	static const struct {
		const char *destination, *gateway, *device, *pointer, *code;
	} cases[] = {
		{ "default", "10.0.0.1", NULL, NULL, NULL },
		{ "default", "fd00::1", NULL, NULL, NULL },
		{ "10.0.0.0/8", NULL, "v0", NULL, NULL },
		{ "10.0.0.0/8", "fe80::1", "v0", NULL, NULL },
		{ NULL, "10.0.0.1", NULL, "/destination", "required" },
		{ "10.0.0.1/8", "192.0.2.1", NULL, "/destination", "host_bits" },
		{ "2001:db8::1/32", "fd00::1", NULL, "/destination", "host_bits" },
		{ "10.0.0.0/8", NULL, NULL, "/gateway", "required" },
		{ "10.0.0.0/8", "0.0.0.0", NULL, "/gateway", "any" },
		{ "10.0.0.0/8", "224.0.0.1", NULL, "/gateway", "unicast" },
		{ "10.0.0.0/8", "255.255.255.255", NULL, "/gateway", "unicast" },
		{ "fd00::/8", "::", NULL, "/gateway", "any" },
		{ "fd00::/8", "ff02::1", NULL, "/gateway", "unicast" },
		{ "fd00::/8", "10.0.0.1", NULL, "/gateway", "family" },
		{ "fd00::/8", "fe80::1", NULL, "/device", "required" },
		{ "10.0.0.1", "10.0.0.1", NULL, "/gateway", "same" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct route route =
			route_of(cases[i].destination, cases[i].gateway, cases[i].device);

		assert_wrong(&route, cases[i].pointer, cases[i].code);
	}
}

static void test_check_members(void **state)
{
	struct route route = route_of("10.0.0.0/8", "192.0.2.1", NULL), fresh = route;
	struct route route6 = route_of("fd00::/8", "fd99::1", NULL), fresh6 = route6;

	(void)state;
#define WRONG(member, value, code) \
	(route = fresh, SET(&route, member, value), assert_wrong(&route, "/" #member, code))
#define WRONG6(member, value, code) \
	(route6 = fresh6, SET(&route6, member, value), assert_wrong(&route6, "/" #member, code))
	WRONG(table, 0, "range");
	WRONG(tos, 17, "range");
	WRONG(protocol, RTPROT_STATIC, "owned");
	WRONG(onlink, 1, "required");
	WRONG(preference, 1, "family");
	WRONG(expires_seconds, 60, "family");
	WRONG(source, ip_of("10.9.0.0/16"), "family");
	WRONG(preferred_source, ip_of("fd00::1"), "family");
	WRONG(preferred_source, ip_of("224.0.0.1"), "unicast");
	WRONG(scope, RT_SCOPE_NOWHERE, "range");
	WRONG6(metric, 0, "range");
	WRONG6(tos, 4, "family");
	WRONG6(scope, RT_SCOPE_LINK, "family");
	WRONG6(realm, 4, "family");
	route = fresh;
	SET(&route, nexthop_id, 5);
	assert_wrong(&route, "/gateway", "exclusive");
	route = fresh;
	SET(&route, preferred_source, ip_of("192.0.2.1"));
	assert_wrong(&route, "/gateway", "own");
	route = fresh;
	SET(&route, protocol, OWNED_PROTOCOL);
	assert_wrong(&route, NULL, NULL);
#undef WRONG
#undef WRONG6
}

static void test_check_types(void **state)
{
	struct route route;

	(void)state;
	for (int i = 0; i < 4; i++) {
		static const uint32_t types[] = { RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT,
						  RTN_THROW };

		route = route_of("10.0.0.0/8", NULL, NULL);
		SET(&route, type, types[i]);
		assert_wrong(&route, NULL, NULL);
		route = route_of("10.0.0.0/8", "10.0.0.1", NULL);
		SET(&route, type, types[i]);
		assert_wrong(&route, "/gateway", "exclusive");
		route = route_of("10.0.0.0/8", NULL, "lo");
		SET(&route, type, types[i]);
		assert_wrong(&route, "/device", "exclusive");
		route = route_of("fd00::/8", NULL, "lo");
		SET(&route, type, types[i]);
		assert_wrong(&route, NULL, NULL);
	}
}

static void test_check_nexthops(void **state)
{
	struct route route = route_of("10.0.0.0/8", NULL, NULL);

	(void)state;
	add_leg(&route, "10.0.0.1", NULL, 1);
	add_leg(&route, "10.0.0.2", "v0", 256);
	assert_wrong(&route, NULL, NULL);
	route = route_of("10.0.0.0/8", NULL, NULL);
	add_leg(&route, "10.0.0.1", NULL, 257);
	assert_wrong(&route, "/nexthops/0/weight", "range");
	route = route_of("10.0.0.0/8", NULL, NULL);
	add_leg(&route, "10.0.0.1", NULL, 1);
	add_leg(&route, NULL, NULL, 1);
	assert_wrong(&route, "/nexthops/1", "required");
	route = route_of("10.0.0.0/8", "10.0.0.3", NULL);
	add_leg(&route, "10.0.0.1", NULL, 1);
	assert_wrong(&route, "/gateway", "exclusive");
	route = route_of("default", NULL, NULL);
	route.options.destination.family = 0; /* not chosen yet */
	add_leg(&route, "fe80::1", NULL, 1);
	assert_int_equal(route.options.destination.family, AF_INET6);
	assert_wrong(&route, "/nexthops/0/device", "required");
	route = route_of("fd00::/8", NULL, NULL);
	add_leg(&route, NULL, "v0", 1);
	assert_wrong(&route, "/nexthops/0/gateway", "required");
}

/* One answer names all that is wrong, and the right network. */
static void test_check_all_at_once(void **state)
{
	struct route route = route_of("10.1.2.3/16", "224.0.0.1", NULL);
	struct error error;

	(void)state;
	SET(&route, tos, 3);
	SET(&route, table, 0);
	error_clear(&error);
	route_check(&route, "", &error);
	assert_int_equal(error.member_count, 4);
	assert_non_null(strstr(error.members[0].detail, "10.1.0.0/16"));
	assert_string_equal(error.members[1].pointer, "/gateway");
}

static void test_url(void **state)
{
	struct route route = route_of("default", "10.0.0.1", "v 0");
	char url[ERROR_URL_SIZE];

	(void)state;
	route_url(&route, url);
	assert_string_equal(url, "/routes/ns1/254/0.0.0.0/0?metric=0&tos=0");
	SET(&route, tos, 16);
	SET(&route, metric, 100);
	SET(&route, protocol, 4);
	route_url_full(&route, url);
	assert_string_equal(url, "/routes/ns1/254/0.0.0.0/0?metric=100&tos=16&gateway=10.0.0.1"
				 "&device=v%200&protocol=4&type=unicast");
	route = route_of("2001:db8::/32", "fd00::1", NULL);
	SET(&route, table, 7);
	SET(&route, source, ip_of("fd00::/64"));
	route_url(&route, url);
	assert_string_equal(url, "/routes/ns1/7/2001:db8::/32?metric=1024&source=fd00::/64");
}

/* A value that the row allows and that no other row has. */
static void fill_row(const struct row *row, uint32_t salt, bool ipv6, void *options)
{
	uint32_t number = row->minimum + 1 + salt;

	switch (row->type) {
	case ROW_BOOL:
		*(uint32_t *)row_place(row, options) = 1;
		break;
	case ROW_WORD:
		*(uint32_t *)row_place(row, options) = row->words[1].value;
		break;
	case ROW_ADDRESS:
		*(struct ip *)row_place(row, options) = ip_of(ipv6 ? "fd00::9" : "192.0.2.9");
		break;
	case ROW_PREFIX:
		*(struct ip *)row_place(row, options) =
			ip_of(ipv6 ? "2001:db8::/33" : "10.128.0.0/9");
		break;
	case ROW_DEVICE:
		*(struct device *)row_place(row, options) = (struct device){ .index = number };
		break;
	case ROW_TEXT:
		strcpy(row_place(row, options), "reno");
		break;
	case ROW_NUMBER:
	case ROW_TTL:
	case ROW_TOS:
	case ROW_KEY:
	case ROW_NAMED:
		if (strstr(row->name, "_us"))
			number = 1000 * number;
		*(uint32_t *)row_place(row, options) = number;
		break;
	case ROW_MAC:
		fail();
	}
}

/* Expiry and encapsulation are told in other words than they are asked for. */
static bool row_one_way(const struct row *row)
{
	return row->attribute == RTA_EXPIRES || row->attribute == RTA_ENCAP_TYPE;
}

static void assert_rows_equal(const struct row *rows, const void *a,
			      const struct given *given_a, const void *b,
			      const struct given *given_b)
{
	for (const struct row *row = rows; row->name; row++) {
		if (!row_equal(row, a, given_a, b, given_b))
			print_message("row %s\n", row->name);
		assert_true(row_equal(row, a, given_a, b, given_b));
	}
}

/* What a record of IPv4 has unsaid, its message says. */
static void say_all(struct route *route)
{
	route_complete(route);
	if (route->options.destination.family == AF_INET6)
		return;
	GIVE(route, metric);
	GIVE(route, tos);
}

/* Record to message to record. */
static void round_trip(const struct route *route)
{
	struct route_reader reader = { 0 };
	struct error error;
	struct nl_msg *message;

	error_clear(&error);
	message = route_message(RTM_NEWROUTE, 0, route, &error);
	assert_non_null(message);
	assert_int_equal(route_parse(nlmsg_hdr(message), &reader, &error), 1);
	assert_rows_equal(route_rows, &route->options, &route->given, &reader.route.options,
			  &reader.route.given);
	assert_int_equal(reader.route.nexthop_count, route->nexthop_count);
	for (size_t i = 0; i < route->nexthop_count; i++)
		assert_rows_equal(route_nexthop_rows, &route->nexthops[i].options,
				  &route->nexthops[i].given, &reader.legs[i].options,
				  &reader.legs[i].given);
	free(reader.legs);
	nlmsg_free(message);
}

static void test_round_trip_rows(void **state)
{
	uint32_t salt = 0;

	(void)state;
	for (const struct row *row = route_rows; row->name; row++) {
		for (int ipv6 = 0; ipv6 < 2; ipv6++) {
			struct route route =
				route_of(ipv6 ? "fd12::/16" : "10.0.0.0/8", NULL, NULL);

			if (row_one_way(row) || (ipv6 && row->offset == ROUTE_AT(tos)))
				continue;
			say_all(&route);
			fill_row(row, salt++, ipv6, &route.options);
			give_at(&route.given, row->offset);
			round_trip(&route);
		}
	}
}

static void test_round_trip_all(void **state)
{
	struct route route = route_of("10.0.0.0/8", "fe80::1", NULL);
	uint32_t salt = 100;

	(void)state;
	say_all(&route);
	for (const struct row *row = route_rows; row->name; row++) {
		if (row_one_way(row) || row->attribute == RTA_NH_ID ||
		    row->offset == ROUTE_AT(gateway) || row->offset == ROUTE_AT(source))
			continue;
		fill_row(row, salt++, false, &route.options);
		give_at(&route.given, row->offset);
	}
	round_trip(&route);
}

static void test_round_trip_legs(void **state)
{
	struct route route = route_of("10.0.0.0/8", NULL, NULL);

	(void)state;
	say_all(&route);
	for (int i = 0; i < ROUTE_NEXTHOPS; i++) {
		char gateway[IP_TEXT_SIZE];
		struct route_nexthop *leg;

		snprintf(gateway, sizeof(gateway), i % 3 ? "10.0.%d.1" : "fe80::%d", i % 256);
		add_leg(&route, gateway, "v", 1 + (uint32_t)i % 256);
		leg = &route.nexthops[i];
		leg->options.device.index = 3 + (uint32_t)i;
		if (i % 2)
			SET_LEG(leg, onlink, 1);
		if (i % 5 == 0)
			SET_LEG(leg, realm, 77);
	}
	round_trip(&route);
	route_clear(&route);
}

static void test_metric_rows(void **state)
{
	(void)state;
	assert_string_equal(route_metric_rows()->name, "mtu");
}

/* ---- against the kernel ---- */

static void run(const struct fixture *fixture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void run(const struct fixture *fixture, const char *format, ...)
{
	char command[512], whole[640];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	snprintf(whole, sizeof(whole), "ip -n %s %s", fixture->namespace, command);
	if (system(whole))
		fail_msg("%s", whole);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct namespace namespace = { 0 };
	struct error error;

	error_clear(&error);
	snprintf(fixture->namespace, sizeof(fixture->namespace), "test-route-%d", getpid());
	strcpy(namespace.name, fixture->namespace);
	*state = fixture;
	if (netops_open(&fixture->netops, &error) ||
	    namespace_create(fixture->netops, &namespace, &error)) {
		print_message("%s\n", error.detail);
		return -1;
	}
	run(fixture, "link add v0 type veth peer name v1");
	run(fixture, "link add w0 type veth peer name w1");
	run(fixture, "link set lo up");
	run(fixture, "addr add 10.0.0.1/16 dev v0");
	run(fixture, "addr add 10.5.0.1/24 dev w0");
	run(fixture, "addr add fd00::1/64 dev v0 nodad");
	run(fixture, "addr add fd05::1/64 dev w0 nodad");
	for (int i = 0; i < 4; i++)
		run(fixture, "link set %s up",
		    (const char *const[]){ "v0", "v1", "w0", "w1" }[i]);
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

static void create(const struct fixture *fixture, struct route *wanted, struct route *ret)
{
	struct error error;

	error_clear(&error);
	route_check(wanted, "", &error);
	if (error_verdict(&error) || route_create(fixture->netops, wanted, ret, &error))
		fail_msg("%s %s %s", error.detail, error.kernel,
			 error.member_count ? error.members[0].detail : "");
	for (const struct row *row = route_rows; row->name; row++) {
		if (!route_given(wanted, row->offset) || row->offset == ROUTE_AT(device))
			continue;
		if (!row_equal(row, &wanted->options, &wanted->given, &ret->options,
			       &ret->given))
			fail_msg("asked for another %s", row->name);
	}
	assert_true(route_is_ours(ret));
	assert_int_equal(ret->nexthop_count, wanted->nexthop_count);
}

/* ---- one line of text for a route: ours, and that of ip-route(8) ---- */

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

static void append_ip(char *line, const char *name, const struct ip *ip, bool given)
{
	char text[IP_TEXT_SIZE];

	if (!given)
		return;
	ip_format(ip, text);
	append(line, "%s=%s ", name, text);
}

static void append_number(char *line, const char *name, uint32_t number, bool given)
{
	if (given)
		append(line, "%s=%u ", name, number);
}

static void append_flags(char *line, uint32_t flags)
{
	if (flags & RTNH_F_ONLINK)
		append(line, "onlink ");
	if (flags & RTNH_F_LINKDOWN)
		append(line, "linkdown ");
	if (flags & RTNH_F_DEAD)
		append(line, "dead ");
}

#define NUMBER(line, text, route, member) \
	append_number(line, text, (route)->options.member, ROUTE_GIVEN(route, member))

static void append_metrics(char *line, const struct route *route)
{
	NUMBER(line, "mtu", route, mtu);
	NUMBER(line, "window", route, window_bytes);
	append_number(line, "rtt", route->options.rtt_us / 1000, ROUTE_GIVEN(route, rtt_us));
	append_number(line, "rttvar", route->options.rtt_variance_us / 1000,
		      ROUTE_GIVEN(route, rtt_variance_us));
	NUMBER(line, "ssthresh", route, slow_start_threshold);
	NUMBER(line, "cwnd", route, congestion_window);
	NUMBER(line, "advmss", route, advertised_mss_bytes);
	NUMBER(line, "reordering", route, reordering);
	NUMBER(line, "hoplimit", route, hop_limit);
	NUMBER(line, "initcwnd", route, initial_congestion_window);
	NUMBER(line, "rto_min", route, minimum_rto_ms);
	NUMBER(line, "initrwnd", route, initial_receive_window);
	NUMBER(line, "quickack", route, quick_ack);
	NUMBER(line, "fastopen_no_cookie", route, fast_open_no_cookie);
	if (ROUTE_GIVEN(route, ecn))
		append(line, "ecn ");
	if (ROUTE_GIVEN(route, congestion_control))
		append(line, "congestion=%s ", route->options.congestion_control);
}

static int line_of_ours(const struct route *route, void *context, struct error *error)
{
	const struct route_options *options = &route->options;
	struct lines *lines = context;
	char *line = lines->items[lines->count++], text[IP_TEXT_SIZE];

	(void)error;
	assert_true(lines->count < LINES);
	line[0] = '\0';
	ip_format_prefix(&options->destination, text);
	append(line, "%s type=%u table=%u protocol=%u scope=%u ", text, options->type,
	       options->table, options->protocol, options->scope);
	if (ROUTE_GIVEN(route, source)) {
		ip_format_prefix(&options->source, text);
		append(line, "from=%s ", text);
	}
	append_ip(line, "gateway", &options->gateway, ROUTE_GIVEN(route, gateway));
	if (ROUTE_GIVEN(route, device))
		append(line, "dev=%s ", options->device.name);
	append_ip(line, "prefsrc", &options->preferred_source,
		  ROUTE_GIVEN(route, preferred_source));
	append_number(line, "metric", options->metric,
		      options->metric || options->destination.family == AF_INET6);
	append_number(line, "tos", options->tos, options->tos != 0);
	NUMBER(line, "nhid", route, nexthop_id);
	if (ROUTE_GIVEN(route, preference))
		append(line, "pref=%s ",
		       row_word_name(route_preference_words, options->preference));
	if (ROUTE_GIVEN(route, expires_seconds))
		append(line, "expires ");
	if (ROUTE_GIVEN(route, encapsulation))
		append(line, "encap=%s ",
		       row_word_name(route_encapsulation_words, options->encapsulation));
	append_flags(line, route->flags);
	append_metrics(line, route);
	for (size_t i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *leg = &route->nexthops[i];

		append(line, "[ ");
		append_ip(line, "gateway", &leg->options.gateway, NEXTHOP_GIVEN(leg, gateway));
		append(line, "dev=%s weight=%u ", leg->options.device.name,
		       leg->options.weight);
		append_flags(line, leg->flags);
		append(line, "] ");
	}
	return 0;
}

static const char *member(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ? json_object_get_string(value) :
								 NULL;
}

static void append_text(char *line, const char *text, struct json_object *object,
			const char *name)
{
	const char *value = member(object, name);

	if (value)
		append(line, "%s=%s ", text, value);
}

static void append_gateway(char *line, struct json_object *object)
{
	struct json_object *via;

	append_text(line, "gateway", object, "gateway");
	if (json_object_object_get_ex(object, "via", &via))
		append_text(line, "gateway", via, "host");
}

static void append_json_flags(char *line, struct json_object *object)
{
	static const char *const names[] = { "onlink", "linkdown", "dead" };
	struct json_object *flags;

	if (!json_object_object_get_ex(object, "flags", &flags))
		return;
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		for (size_t i = 0; i < json_object_array_length(flags); i++) {
			if (!strcmp(json_object_get_string(json_object_array_get_idx(flags, i)),
				    names[n]))
				append(line, "%s ", names[n]);
		}
	}
}

static void append_json_metrics(char *line, struct json_object *object)
{
	static const char *const names[] = {
		"mtu",	    "window",
		"rtt",	    "rttvar",
		"ssthresh", "cwnd",
		"advmss",   "reordering",
		"hoplimit", "initcwnd",
		"rto_min",  "initrwnd",
		"quickack", "fastopen_no_cookie",
	};
	struct json_object *array, *metrics, *ecn;

	if (!json_object_object_get_ex(object, "metrics", &array))
		return;
	metrics = json_object_array_get_idx(array, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		append_text(line, names[i], metrics, names[i]);
	if (json_object_object_get_ex(metrics, "ecn", &ecn))
		append(line, "ecn ");
	append_text(line, "congestion", metrics, "congestion");
}

static void append_destination(char *line, const char *text, bool ipv6)
{
	struct ip ip;
	char whole[IP_TEXT_SIZE];

	if (!strcmp(text, "default"))
		text = ipv6 ? "::/0" : "0.0.0.0/0";
	ip = ip_of(text);
	ip_format_prefix(&ip, whole);
	append(line, "%s ", whole);
}

static void append_legs(char *line, struct json_object *object)
{
	struct json_object *legs;

	if (!json_object_object_get_ex(object, "nexthops", &legs))
		return;
	for (size_t i = 0; i < json_object_array_length(legs); i++) {
		struct json_object *leg = json_object_array_get_idx(legs, i);

		append(line, "[ ");
		append_gateway(line, leg);
		append_text(line, "dev", leg, "dev");
		append_text(line, "weight", leg, "weight");
		append_json_flags(line, leg);
		append(line, "] ");
	}
}

static void line_of_ip(struct json_object *object, bool ipv6, char *line)
{
	const char *tos = member(object, "tos"), *from = member(object, "from");
	struct ip source;
	char text[IP_TEXT_SIZE];

	line[0] = '\0';
	append_destination(line, member(object, "dst"), ipv6);
	append_text(line, "type", object, "type");
	append_text(line, "table", object, "table");
	append_text(line, "protocol", object, "protocol");
	append_text(line, "scope", object, "scope");
	if (from) {
		source = ip_of(from);
		ip_format_prefix(&source, text);
		append(line, "from=%s ", text);
	}
	append_gateway(line, object);
	append_text(line, "dev", object, "dev");
	append_text(line, "prefsrc", object, "prefsrc");
	append_text(line, "metric", object, "metric");
	if (tos)
		append(line, "tos=%lu ", strtoul(tos, NULL, 0));
	append_text(line, "nhid", object, "nhid");
	append_text(line, "pref", object, "pref");
	if (member(object, "expires"))
		append(line, "expires ");
	append_text(line, "encap", object, "encap");
	append_json_flags(line, object);
	append_json_metrics(line, object);
	append_legs(line, object);
}

static void lines_of_ip(const struct fixture *fixture, int family, struct lines *lines)
{
	struct json_object *routes;
	char command[256];
	FILE *pipe;

	snprintf(command, sizeof(command), "ip -%d -N -d -j -n %s route show table all", family,
		 fixture->namespace);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	routes = json_object_from_fd(fileno(pipe));
	assert_non_null(routes);
	for (size_t i = 0; i < json_object_array_length(routes); i++) {
		assert_true(lines->count < LINES);
		line_of_ip(json_object_array_get_idx(routes, i), family == 6,
			   lines->items[lines->count++]);
	}
	json_object_put(routes);
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

static void dump(const struct fixture *fixture, const struct route_filter *filter,
		 route_record *record, void *context)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error error;

	error_clear(&error);
	if (namespace_enter(fixture->netops, fixture->namespace, &socket, &error) ||
	    route_dump(socket.netlink, fixture->namespace, filter, record, lines_restart,
		       context, &error))
		fail_msg("%s", error.detail);
}

/* Returns how many there are. */
static unsigned int compare_with_ip(const struct fixture *fixture)
{
	struct lines ours = { .items = calloc(LINES, LINE) };
	struct lines theirs = { .items = calloc(LINES, LINE) };
	unsigned int count;

	dump(fixture, &(struct route_filter){ 0 }, line_of_ours, &ours);
	lines_of_ip(fixture, 4, &theirs);
	lines_of_ip(fixture, 6, &theirs);
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

/* ---- a few hundred routes of all sorts ---- */

static void some_metrics(struct route *route, unsigned int i)
{
	if (i % 2)
		SET(route, mtu, 1280 + i % 200);
	if (i % 3 == 0)
		SET(route, advertised_mss_bytes, 1000 + i % 300);
	if (i % 5 == 0) {
		SET(route, rtt_us, 125 * (8 + 8 * (i % 50)));
		SET(route, rtt_variance_us, 250 * (4 + 4 * (i % 50)));
	}
	if (i % 7 == 0) {
		SET(route, mtu, 1400 + i % 100);
		SET(route, mtu_locked, 1);
		SET(route, minimum_rto_ms, 50 + i % 100);
		SET(route, minimum_rto_locked, 1);
	}
	if (i % 11 == 0) {
		SET(route, ecn, 1);
		SET(route, quick_ack, 1);
		SET(route, hop_limit, 1 + i % 255);
		SET(route, initial_congestion_window, 10 + i % 20);
		SET(route, initial_receive_window, 10 + i % 20);
		SET(route, window_bytes, 8192 + i);
	}
	if (i % 13 == 0) {
		SET(route, slow_start_threshold, 20 + i % 30);
		SET(route, congestion_window, 30 + i % 30);
		SET(route, reordering, 5 + i % 5);
		SET(route, fast_open_no_cookie, 1);
		strcpy(route->options.congestion_control, "reno");
		GIVE(route, congestion_control);
	}
}

static void make_ipv4(const struct fixture *fixture, unsigned int i)
{
	static const uint32_t discarding[] = { RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT,
					       RTN_THROW };
	struct route made CLEANUP_ROUTE = { 0 }, route CLEANUP_ROUTE = { 0 };
	char destination[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE], other[IP_TEXT_SIZE];

	snprintf(destination, sizeof(destination), "20.%u.%u.0/%u", i / 256, i % 256, 24);
	snprintf(gateway, sizeof(gateway), "10.0.%u.%u", i % 200, 2 + i % 250);
	snprintf(other, sizeof(other), "10.5.0.%u", 2 + i % 250);
	route = in_namespace(fixture, destination, NULL, NULL);
	switch (i % 8) {
	case 0:
		SET(&route, type, discarding[i / 8 % 4]);
		break;
	case 1:
		add_leg(&route, gateway, NULL, 1 + i % 256);
		add_leg(&route, other, "w0", 1);
		add_leg(&route, i % 16 == 1 ? "fe80::7" : "10.0.250.250", "v0", 256);
		break;
	case 2:
		SET(&route, gateway, ip_of("fe80::5"));
		SET(&route, device, device_of("w0"));
		break;
	case 3:
		SET(&route, gateway, ip_of("192.0.2.77"));
		SET(&route, device, device_of("v0"));
		SET(&route, onlink, 1);
		break;
	case 4:
		SET(&route, device, device_of("v0"));
		break;
	case 5:
		SET(&route, gateway, ip_of(gateway));
		SET(&route, preferred_source, ip_of("10.5.0.1"));
		SET(&route, tos, 4 * (i % 60));
		break;
	default:
		SET(&route, gateway, ip_of(gateway));
		break;
	}
	if (i % 3 == 0)
		SET(&route, metric, i);
	if (i % 4 == 3)
		SET(&route, table, 100 + i % 5 * 1000);
	some_metrics(&route, i);
	create(fixture, &route, &made);
}

static void make_ipv6(const struct fixture *fixture, unsigned int i)
{
	struct route made CLEANUP_ROUTE = { 0 }, route CLEANUP_ROUTE = { 0 };
	char destination[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE];

	snprintf(destination, sizeof(destination), "2001:db8:%x::/48", i);
	snprintf(gateway, sizeof(gateway), "fd00::%x", 2 + i);
	route = in_namespace(fixture, destination, NULL, NULL);
	switch (i % 7) {
	case 0:
		SET(&route, type, i % 2 ? RTN_UNREACHABLE : RTN_BLACKHOLE);
		break;
	case 1:
		add_leg(&route, gateway, NULL, 1 + i % 256);
		add_leg(&route, "fd05::2", "w0", 1);
		add_leg(&route, "fe80::2", "v0", 7);
		break;
	case 2:
		SET(&route, gateway, ip_of(gateway));
		SET(&route, expires_seconds, 1000 + i);
		break;
	case 3:
		SET(&route, gateway, ip_of("fe80::9"));
		SET(&route, device, device_of("w0"));
		SET(&route, preference, i % 2 ? 1 : 3);
		break;
	case 4:
		SET(&route, device, device_of("v0"));
		SET(&route, preferred_source, ip_of("fd00::1"));
		break;
	default:
		SET(&route, gateway, ip_of(gateway));
		break;
	}
	if (i % 3 == 0)
		SET(&route, metric, 1 + i);
	if (i % 4 == 3)
		SET(&route, table, 100 + i % 5 * 1000);
	some_metrics(&route, i);
	create(fixture, &route, &made);
}

/* Made by others: several with one destination, appended ones, encapsulations, nexthop objects. */
static void make_foreign(const struct fixture *fixture)
{
	static const char *const always[] = {
		"route add 30.0.0.0/24 via 10.0.0.2",
		"route add 30.0.0.0/24 via 10.0.0.3 metric 5",
		"route add 30.0.0.0/24 via 10.0.0.3 metric 6 tos 0x10",
		"route add 30.0.0.0/24 via 10.0.0.3 tos 0x20",
		"route append 30.0.0.0/24 via 10.0.0.4",
		"route add 30.0.0.0/24 via 10.0.0.4 table 1000",
		"route add 30.0.1.0/24 via 10.0.0.4 proto bird",
		"route add 30.0.2.0/24 via 10.0.0.4 dev v0 realm 5/7",
		"-6 route add 2001:db9::/32 via fd00::2",
		"-6 route append 2001:db9::/32 via fd00::3",
		"-6 route add 2001:db9::/32 via fd00::3 metric 5",
		"-6 route add 2001:db9::/32 dev w0 metric 6 proto ra",
		"route add broadcast 30.0.3.255 dev v0 table local",
		"route add local 30.0.4.0/24 dev lo",
		"nexthop add id 7 via 10.0.0.9 dev v0",
		"route add 30.0.5.0/24 nhid 7",
		"nexthop add id 8 via 10.0.0.8 dev v0",
		"nexthop add id 9 group 7/8,3",
		"route add 30.0.6.0/24 nhid 9",
	};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		char quiet[160];

		/* Realms and nexthop objects are not in every kernel. */
		snprintf(quiet, sizeof(quiet), "ip -n %s %s 2>&1", fixture->namespace,
			 always[i]);
		if (system(quiet))
			print_message("skip, because this kernel does not take: %s\n",
				      always[i]);
	}
}

static void test_against_ip(void **state)
{
	const struct fixture *fixture = *state;
	unsigned int count;

	for (unsigned int i = 0; i < 300; i++)
		make_ipv4(fixture, i);
	for (unsigned int i = 0; i < 200; i++)
		make_ipv6(fixture, i);
	make_foreign(fixture);
	count = compare_with_ip(fixture);
	print_message("%u routes agree with ip route\n", count);
	assert_true(count > 500);
	run(fixture, "link set w1 down"); /* linkdown */
	assert_true(compare_with_ip(fixture) > 500);
}

/* ---- finding and deleting ---- */

static int count_one(const struct route *route, void *context, struct error *error)
{
	(void)route;
	(void)error;
	((struct lines *)context)->count++;
	return 0;
}

static unsigned int count_of(const struct fixture *fixture, const struct route_filter *filter)
{
	struct lines lines = { 0 };

	dump(fixture, filter, count_one, &lines);
	return lines.count;
}

/* A key as api/ makes it out of a URL of ours. */
static struct route key_of_url(const char *url)
{
	char namespace[64], address[64], query[256] = "", *name, *rest = query;
	unsigned int table, length;
	struct route key;

	assert_true(sscanf(url, "/routes/%63[^/]/%u/%63[^/]/%u?%255s", namespace, &table,
			   address, &length, query) >= 4);
	key = route_of(address, NULL, NULL);
	key.options.destination.prefix_length = (uint16_t)length;
	SET(&key, table, table);
	strcpy(key.namespace, namespace);
	while ((name = strsep(&rest, "&")) && *name) {
		char *value = strchr(name, '=');

		*value++ = '\0';
		if (!strcmp(name, "metric"))
			SET(&key, metric, (uint32_t)strtoul(value, NULL, 10));
		else if (!strcmp(name, "tos"))
			SET(&key, tos, (uint32_t)strtoul(value, NULL, 10));
		else if (!strcmp(name, "protocol"))
			SET(&key, protocol, (uint32_t)strtoul(value, NULL, 10));
		else if (!strcmp(name, "gateway"))
			SET(&key, gateway, ip_of(value));
		else if (!strcmp(name, "device"))
			SET(&key, device, device_of(value));
		else
			assert_true(row_word_value(route_type_words, value, &key.options.type));
	}
	return key;
}

static int find(const struct fixture *fixture, const struct route *key, struct route *ret,
		struct error *error)
{
	error_clear(error);
	return route_find(fixture->netops, key, ret, error);
}

static void test_find(void **state)
{
	const struct fixture *fixture = *state;
	struct route key = in_namespace(fixture, "30.0.0.0/24", NULL, NULL);
	struct error error, second;
	struct route found CLEANUP_ROUTE = { 0 };

	SET(&key, table, 254);
	assert_int_equal(find(fixture, &key, &found, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
	make_foreign(fixture);
	assert_int_equal(find(fixture, &key, &found, &error), -1);
	assert_int_equal(error.kind, ERROR_AMBIGUOUS);
	assert_int_equal(error.candidate_count, 5);
	for (unsigned int i = 0; i < error.candidate_count; i++) {
		struct route one = key_of_url(error.candidates[i]);

		if (find(fixture, &one, &found, &second))
			fail_msg("%s: %s", error.candidates[i], second.detail);
		route_clear(&found);
	}
	SET(&key, metric, 5);
	assert_int_equal(find(fixture, &key, &found, &error), 0);
	assert_string_equal(found.options.device.name, "v0");
	strcpy(key.namespace, "no-such-namespace");
	route_clear(&found);
	assert_int_equal(find(fixture, &key, &found, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
}

static void delete_refused(const struct fixture *fixture, const struct route *key)
{
	struct error error;

	error_clear(&error);
	assert_int_equal(route_delete(fixture->netops, key, false, &error), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
}

/* Each goes alone, whatever shares its key; the count says so. */
static void test_delete_each(void **state)
{
	const struct fixture *fixture = *state;
	const struct route_filter all = { 0 };
	struct route_filter foreign = { .destination = ip_of("30.0.0.0/24"), .table = 254 };
	struct error error, listed;
	unsigned int before;

	make_foreign(fixture);
	before = count_of(fixture, &all);
	for (unsigned int left = count_of(fixture, &foreign); left; left--) {
		struct route key = in_namespace(fixture, "30.0.0.0/24", NULL, NULL);
		struct route found CLEANUP_ROUTE = { 0 };

		SET(&key, table, 254);
		if (left > 1) {
			assert_int_equal(find(fixture, &key, &found, &listed), -1);
			assert_int_equal(listed.candidate_count, left);
			key = key_of_url(listed.candidates[left / 2]);
		}
		delete_refused(fixture, &key);
		error_clear(&error);
		if (route_delete(fixture->netops, &key, true, &error))
			fail_msg("%s %s", error.detail, error.kernel);
		assert_int_equal(count_of(fixture, &all), --before);
	}
	assert_int_equal(count_of(fixture, &foreign), 0);
}

static unsigned int ours_count(const struct fixture *fixture)
{
	return count_of(fixture, &(struct route_filter){ .with_protocol = true,
							 .protocol = OWNED_PROTOCOL });
}

struct urls {
	char (*items)[ERROR_URL_SIZE];
	unsigned int count;
};

static int take_url(const struct route *route, void *context, struct error *error)
{
	struct urls *urls = context;

	(void)error;
	route_url(route, urls->items[urls->count++]);
	return 0;
}

/* Every route of ours is found by its own URL, and goes by it, alone. */
static void test_delete_all_ours(void **state)
{
	const struct fixture *fixture = *state;
	const struct route_filter ours = { .with_protocol = true, .protocol = OWNED_PROTOCOL };
	struct urls urls = { .items = calloc(LINES, ERROR_URL_SIZE) };
	struct error error;

	for (unsigned int i = 0; i < 120; i++)
		make_ipv4(fixture, i);
	for (unsigned int i = 0; i < 80; i++)
		make_ipv6(fixture, i);
	dump(fixture, &ours, take_url, &urls);
	assert_int_equal(urls.count, 200);
	for (unsigned int i = 0; i < urls.count; i++) {
		struct route key = key_of_url(urls.items[i]);

		error_clear(&error);
		if (route_delete(fixture->netops, &key, false, &error))
			fail_msg("%s: %s %s", urls.items[i], error.detail, error.kernel);
		assert_int_equal(ours_count(fixture), urls.count - i - 1);
	}
	free(urls.items);
}

static void test_filters(void **state)
{
	const struct fixture *fixture = *state;

	for (unsigned int i = 0; i < 160; i++)
		make_ipv4(fixture, i);
	for (unsigned int i = 0; i < 70; i++)
		make_ipv6(fixture, i);
#define COUNT(...) count_of(fixture, &(struct route_filter){ __VA_ARGS__ })
	assert_int_equal(ours_count(fixture), 230);
	assert_int_equal(COUNT(.family = AF_INET) + COUNT(.family = AF_INET6), COUNT(0));
	assert_int_equal(COUNT(.type = RTN_PROHIBIT), 5);
	assert_int_equal(COUNT(.table = 4711), 0);
	assert_int_equal(COUNT(.table = 4711, .family = AF_INET), 0);
	assert_int_equal(COUNT(.table = 4711, .family = AF_INET6), 0);
	assert_int_equal(COUNT(.table = 1100), 8 + 3);
	assert_int_equal(COUNT(.device = "no-such-link"), 0);
	assert_int_equal(COUNT(.device = "a-name-that-is-much-too-long"), 0);
	assert_true(COUNT(.device = "w0") > 20);
	assert_int_equal(COUNT(.gateway = ip_of("fe80::5")), 20);
	assert_int_equal(COUNT(.gateway = ip_of("fd05::2")), 10);
	assert_int_equal(COUNT(.destination = ip_of("20.0.3.0/24")), 1);
	assert_int_equal(COUNT(.destination = ip_of("20.0.3.0/25")), 0);
	assert_int_equal(COUNT(.with_default = true), 0);
	run(fixture, "route add default via 10.0.0.2");
	run(fixture, "-6 route add default via fd00::2");
	assert_int_equal(COUNT(.with_default = true), 2);
	assert_int_equal(COUNT(.with_default = true, .family = AF_INET6), 1);
	assert_int_equal(COUNT(.destination = ip_of("0.0.0.0/0")), 1);
#undef COUNT
}

/* ---- what the kernel does not take ---- */

static void refused(const struct fixture *fixture, struct route *route, enum error_kind kind,
		    const char *pointer)
{
	struct route made CLEANUP_ROUTE = { 0 };
	struct error error;

	error_clear(&error);
	assert_int_equal(route_create(fixture->netops, route, &made, &error), -1);
	if (error.kind != kind ||
	    (pointer && (!error.member_count || strcmp(error.members[0].pointer, pointer))))
		fail_msg("%d %s (%s) %s", error.kind, error.detail, error.kernel,
			 error.member_count ? error.members[0].pointer : "no member");
	route_clear(route);
}

static void test_refusals(void **state)
{
	const struct fixture *fixture = *state;
	static const struct {
		const char *destination, *gateway, *device;
		enum error_kind kind;
		const char *pointer;
	} cases[] = {
		{ "40.0.0.0/24", "192.0.2.1", NULL, ERROR_INVALID, "/gateway" },
		{ "40.0.0.0/24", "192.0.2.1", "v0", ERROR_INVALID, "/gateway" },
		{ "40.0.0.0/24", "10.0.0.1", NULL, ERROR_INVALID, "/gateway" },
		{ "40.0.0.0/24", NULL, "nothing", ERROR_MISSING, "/device" },
		{ "40.0.0.0/24", NULL, "d0", ERROR_INVALID, "/device" },
		{ "2001:dba::/32", "fd77::1", NULL, ERROR_INVALID, "/gateway" },
		{ "2001:dba::/32", "fd00::1", NULL, ERROR_INVALID, "/gateway" },
		{ "2001:dba::/32", NULL, "d0", ERROR_INVALID, "/device" },
	};
	struct route route;

	run(fixture, "link add d0 type veth peer name d1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		route = in_namespace(fixture, cases[i].destination, cases[i].gateway,
				     cases[i].device);
		refused(fixture, &route, cases[i].kind, cases[i].pointer);
	}
	route = in_namespace(fixture, "40.0.0.0/24", "10.0.0.2", NULL);
	SET(&route, preferred_source, ip_of("10.99.0.1"));
	refused(fixture, &route, ERROR_INVALID, "/preferred_source");
	route = in_namespace(fixture, "2001:dba::/32", "fd00::2", NULL);
	SET(&route, preferred_source, ip_of("fd99::1"));
	refused(fixture, &route, ERROR_INVALID, "/preferred_source");
	route = in_namespace(fixture, "40.0.0.0/24", NULL, NULL);
	add_leg(&route, "10.0.0.2", NULL, 1);
	add_leg(&route, "192.0.2.1", NULL, 1);
	refused(fixture, &route, ERROR_INVALID, "/nexthops");
	route = in_namespace(fixture, "40.0.0.0/24", NULL, NULL);
	add_leg(&route, "10.0.0.2", NULL, 1);
	add_leg(&route, "10.0.0.3", "nothing", 1);
	refused(fixture, &route, ERROR_MISSING, "/nexthops/1/device");
	route = in_namespace(fixture, "40.0.0.0/24", "10.0.0.2", NULL);
	SET(&route, nexthop_id, 77);
	refused(fixture, &route, ERROR_INVALID, "/nexthop_id");
	route = route_of("40.0.0.0/24", "10.0.0.2", NULL);
	strcpy(route.namespace, "no-such-namespace");
	refused(fixture, &route, ERROR_MISSING, NULL);
	assert_int_equal(ours_count(fixture), 0);
}

static void exists(const struct fixture *fixture, struct route *route, const char *url)
{
	struct route made CLEANUP_ROUTE = { 0 };
	struct error error;
	char whole[ERROR_URL_SIZE];

	error_clear(&error);
	assert_int_equal(route_create(fixture->netops, route, &made, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	snprintf(whole, sizeof(whole), "/routes/%s/%s", fixture->namespace, url);
	assert_string_equal(error.conflict, whole);
}

static void test_exists(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "30.0.0.0/24", "10.0.0.77", NULL);

	make_foreign(fixture);
	exists(fixture, &route, "254/30.0.0.0/24?metric=0&tos=0");
	SET(&route, metric, 5);
	exists(fixture, &route, "254/30.0.0.0/24?metric=5&tos=0");
	SET(&route, table, 1000);
	SET(&route, metric, 0);
	exists(fixture, &route, "1000/30.0.0.0/24?metric=0&tos=0");
	route = in_namespace(fixture, "2001:db9::/32", "fd00::77", NULL);
	exists(fixture, &route, "254/2001:db9::/32?metric=1024");
	SET(&route, metric, 6);
	exists(fixture, &route, "254/2001:db9::/32?metric=6");
}

/* The locks do not show in ip-route(8)'s JSON; what is made says them. */
static void test_locks(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "40.0.0.0/24", "10.0.0.2", NULL);
	struct route made CLEANUP_ROUTE = { 0 };

	for (const struct row *row = route_metric_rows(); row->name; row++) {
		if (row->attribute != RTAX_LOCK || row->wire != WIRE_NONE)
			continue;
		*(uint32_t *)row_place(row, &route.options) = 1;
		give_at(&route.given, row->offset);
	}
	create(fixture, &route, &made);
}

static void test_expiry(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "2001:dba::/32", "fd00::2", NULL);
	struct route made CLEANUP_ROUTE = { 0 };

	SET(&route, expires_seconds, 600);
	create(fixture, &route, &made);
	assert_int_equal(made.options.expires_seconds, 600);
}

static void test_source(void **state)
{
	const struct fixture *fixture = *state;
	struct route route = in_namespace(fixture, "2001:dba::/32", "fd00::2", NULL);
	struct route made CLEANUP_ROUTE = { 0 };
	struct error error;

	SET(&route, source, ip_of("fd00:1::/64"));
	error_clear(&error);
	if (route_create(fixture->netops, &route, &made, &error)) {
		print_message("skip, because this kernel has no IPv6 routes by source: %s\n",
			      error.kernel);
		return;
	}
	assert_true(ip_prefix_equal(&made.options.source, &route.options.source));
	compare_with_ip(fixture);
	assert_int_equal(route_delete(fixture->netops, &made, false, &error), 0);
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest pure[] = {
		cmocka_unit_test(test_check_single),	  cmocka_unit_test(test_check_members),
		cmocka_unit_test(test_check_types),	  cmocka_unit_test(test_check_nexthops),
		cmocka_unit_test(test_check_all_at_once), cmocka_unit_test(test_url),
		cmocka_unit_test(test_round_trip_rows),	  cmocka_unit_test(test_round_trip_all),
		cmocka_unit_test(test_round_trip_legs),	  cmocka_unit_test(test_metric_rows),
	};
	const struct CMUnitTest kernel[] = {
		IN_KERNEL(test_against_ip),  IN_KERNEL(test_find),
		IN_KERNEL(test_delete_each), IN_KERNEL(test_delete_all_ours),
		IN_KERNEL(test_filters),     IN_KERNEL(test_refusals),
		IN_KERNEL(test_exists),	     IN_KERNEL(test_locks),
		IN_KERNEL(test_expiry),	     IN_KERNEL(test_source),
	};
	int failed = cmocka_run_group_tests_name("routes", pure, NULL, NULL);

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return failed;
	}
	return failed + cmocka_run_group_tests_name("routes in the kernel", kernel, NULL, NULL);
}
