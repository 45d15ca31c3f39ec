/* Records of addresses, a namespace for them, and counting. */
#include "tests/unit/address_fixture.h"

#include <linux/rtnetlink.h>
#include <stdio.h>

struct address address_of(const char *text, const char *peer)
{
	struct address address = { .namespace = "ns1", .link = { 0, "v0" } };

	if (text)
		SET(&address, address, ip_of(text));
	if (peer)
		SET(&address, peer, ip_of(peer));
	return address;
}

struct address in_namespace(const struct fixture *fixture, const char *text, const char *peer)
{
	struct address address = address_of(text, peer);

	snprintf(address.namespace, sizeof(address.namespace), "%s", fixture->namespace);
	return address;
}

int address_setup(void **state)
{
	const struct fixture *fixture;

	if (fixture_open(state, "address"))
		return -1;
	fixture = *state;
	run(fixture, "link add v0 type veth peer name v1");
	run(fixture, "link set v0 up");
	run(fixture, "link set v1 up");
	run(fixture, "link set lo up");
	return 0;
}

struct address create(const struct fixture *fixture, const struct address *wanted)
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

struct address some_ipv4(const struct fixture *fixture, unsigned int i)
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

struct address some_ipv6(const struct fixture *fixture, unsigned int i)
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

void dump(const struct fixture *fixture, address_record *record, void *context)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct error error;

	error_clear(&error);
	if (namespace_enter(fixture->netops, fixture->namespace, &socket, &error) ||
	    address_dump(socket.netlink, fixture->namespace, 0, 0, record, lines_restart,
			 context, &error))
		fail_msg("%s", error.detail);
}

static int count_one(const struct address *address, void *context, struct error *error)
{
	(void)address;
	(void)error;
	((struct lines *)context)->count++;
	return 0;
}

unsigned int count_all(const struct fixture *fixture)
{
	struct lines lines = { 0 };

	dump(fixture, count_one, &lines);
	return lines.count;
}
