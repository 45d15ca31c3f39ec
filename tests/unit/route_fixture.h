/* Routes for tests: records, routes of all sorts in a namespace, and counting them. */
#ifndef TESTS_UNIT_ROUTE_FIXTURE_H
#define TESTS_UNIT_ROUTE_FIXTURE_H

#include "netops/route_private.h"
#include "tests/unit/fixture.h"

#define GIVE(route, member) give_at(&(route)->given, ROUTE_AT(member))
#define SET(route, member, value) ((route)->options.member = (value), GIVE(route, member))
#define SET_LEG(leg, member, value) \
	((leg)->options.member = (value), give_at(&(leg)->given, NEXTHOP_AT(member)))

/* In namespace "ns1", or the fixture's; NULL: not given. */
struct route route_of(const char *destination, const char *gateway, const char *device);
struct route in_namespace(const struct fixture *fixture, const char *destination,
			  const char *gateway, const char *device);
void add_leg(struct route *route, const char *gateway, const char *device, uint32_t weight);

/*
 * A namespace with v0 (10.0.0.1/16, fd00::1/64) and w0 (10.5.0.1/24,
 * fd05::1/64), both up, veths to v1 and w1.
 */
int route_setup(void **state);

/* Checks and makes it; what is made has all that was asked for. ret is the caller's to clear. */
void create(const struct fixture *fixture, struct route *wanted, struct route *ret);
/* The route of this number: each has another sort of next hop, type, metrics. */
void make_ipv4(const struct fixture *fixture, unsigned int i);
void make_ipv6(const struct fixture *fixture, unsigned int i);
/* Made by others: several with one destination, appended ones, nexthop objects. */
void make_foreign(const struct fixture *fixture);

void dump(const struct fixture *fixture, const struct route_filter *filter,
	  route_record *record, void *context);
unsigned int count_of(const struct fixture *fixture, const struct route_filter *filter);
unsigned int ours_count(const struct fixture *fixture);

/* All routes of the namespace are what ip-route(8) says of them; returns how many. */
unsigned int compare_with_ip(const struct fixture *fixture);

#endif
