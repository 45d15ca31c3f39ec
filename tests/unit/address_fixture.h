/* Addresses for tests: records, a namespace with links, and what ip-address(8) says. */
#ifndef TESTS_UNIT_ADDRESS_FIXTURE_H
#define TESTS_UNIT_ADDRESS_FIXTURE_H

#include "netops/address_private.h"
#include "tests/unit/fixture.h"

#define GIVE(address, member) \
	give_at(&(address)->given, offsetof(struct address_options, member))
#define SET(address, member, value) ((address)->options.member = (value), GIVE(address, member))

/* On v0 of namespace "ns1", or the fixture's; NULL: not given. */
struct address address_of(const char *text, const char *peer);
struct address in_namespace(const struct fixture *fixture, const char *text, const char *peer);

/* A namespace with the veths v0 and v1, which are up. */
int address_setup(void **state);

/* Checks and makes it; what is made is what was asked for. */
struct address create(const struct fixture *fixture, const struct address *wanted);
/* The address of this number: each has other members. */
struct address some_ipv4(const struct fixture *fixture, unsigned int i);
struct address some_ipv6(const struct fixture *fixture, unsigned int i);

void dump(const struct fixture *fixture, address_record *record, void *context);
unsigned int count_all(const struct fixture *fixture);

/* All addresses of the namespace are what ip-address(8) says of them; returns how many. */
unsigned int compare_with_ip(const struct fixture *fixture);

#endif
