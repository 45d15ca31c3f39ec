/* Records of routes, a namespace for them, and counting. */
#include "tests/unit/route_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

/* NULL: not given. */
struct route route_of(const char *destination, const char *gateway, const char *device)
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

void add_leg(struct route *route, const char *gateway, const char *device, uint32_t weight)
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

struct route in_namespace(const struct fixture *fixture, const char *destination,
			  const char *gateway, const char *device)
{
	struct route route = route_of(destination, gateway, device);

	snprintf(route.namespace, sizeof(route.namespace), "%s", fixture->namespace);
	return route;
}

static bool is_linkdown(const struct fixture *fixture, const char *family)
{
	struct json_object *routes = run_json(fixture, family, "route show");
	bool found = strstr(json_object_to_json_string(routes), "\"linkdown\"") != NULL;

	json_object_put(routes);
	return found;
}

/* The kernel notes on each route by and by that its link has a carrier. */
static void wait_for_carrier(const struct fixture *fixture)
{
	for (int i = 0; i < 250; i++) {
		if (!is_linkdown(fixture, "-4") && !is_linkdown(fixture, "-6"))
			return;
		usleep(20000);
	}
	fail_msg("the links have no carrier");
}

int route_setup(void **state)
{
	const struct fixture *fixture;

	if (fixture_open(state, "route"))
		return -1;
	fixture = *state;
	run(fixture, "link add v0 type veth peer name v1");
	run(fixture, "link add w0 type veth peer name w1");
	/* Their link-local addresses would become usable, and routes, at any time. */
	for (int i = 0; i < 4; i++)
		run(fixture, "link set %s addrgenmode none",
		    (const char *const[]){ "v0", "v1", "w0", "w1" }[i]);
	run(fixture, "link set lo up");
	run(fixture, "addr add 10.0.0.1/16 dev v0");
	run(fixture, "addr add 10.5.0.1/24 dev w0");
	run(fixture, "addr add fd00::1/64 dev v0 nodad");
	run(fixture, "addr add fd05::1/64 dev w0 nodad");
	for (int i = 0; i < 4; i++)
		run(fixture, "link set %s up",
		    (const char *const[]){ "v0", "v1", "w0", "w1" }[i]);
	wait_for_carrier(fixture);
	return 0;
}

void create(const struct fixture *fixture, struct route *wanted, struct route *ret)
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

void dump(const struct fixture *fixture, const struct route_filter *filter,
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

static int count_one(const struct route *route, void *context, struct error *error)
{
	(void)route;
	(void)error;
	((struct lines *)context)->count++;
	return 0;
}

unsigned int count_of(const struct fixture *fixture, const struct route_filter *filter)
{
	struct lines lines = { 0 };

	dump(fixture, filter, count_one, &lines);
	return lines.count;
}

unsigned int ours_count(const struct fixture *fixture)
{
	return count_of(fixture, &(struct route_filter){ .with_protocol = true,
							 .protocol = OWNED_PROTOCOL });
}
