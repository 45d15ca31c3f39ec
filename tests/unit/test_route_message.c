/* From record to message to record: every row, all of them, many next hops. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/route_fixture.h"

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
	case ROW_LINK_ADDRESS:
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip_rows),
		cmocka_unit_test(test_round_trip_all),
		cmocka_unit_test(test_round_trip_legs),
		cmocka_unit_test(test_metric_rows),
	};

	return cmocka_run_group_tests_name("messages of routes", tests, NULL, NULL);
}
