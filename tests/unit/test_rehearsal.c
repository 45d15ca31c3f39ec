/*
 * Rehearsals on the real kernel: an equal document would send nothing, another
 * something, ip(8) sees no difference before and after, and then the real call
 * does what was rehearsed, with the same record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/kind.h"
#include "netops/link.h"
#include "netops/route.h"
#include "tests/unit/fixture.h"

enum { SNAPSHOT_SIZE = 256 * 1024, SETTLE_TRIES = 60, SETTLE_US = 50 * 1000 };

static struct {
	struct fixture *fixture;
	char other[48]; /* a second namespace */
	struct error error;
} scene;

/* ---- what there is ---- */

/* All that ip(8) tells of both namespaces, but for timers that run. */
static char *snapshot(void)
{
	char *text = calloc(1, SNAPSHOT_SIZE), command[1024];
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "exec 2>&1; for n in %s %s; do ip -n $n -d -j address;"
		 " ip -n $n -d -j route show table all; ip -n $n -6 -d -j route show table all;"
		 " ip -n $n tunnel prl dev i0 2>/dev/null; ip -n $n xfrm policy; ip -n $n xfrm state;"
		 " ip netns exec $n cat /proc/sys/net/ipv4/ip_forward"
		 " /proc/sys/net/ipv6/conf/all/forwarding;"
		 " done | sed 's/\"[a-z_]*_timer\":[^,]*,//g'",
		 scene.fixture->namespace, scene.other);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_true(fread(text, 1, SNAPSHOT_SIZE - 1, pipe) > 0);
	assert_int_equal(pclose(pipe), 0);
	return text;
}

/* A link that comes up does so by and by. */
static char *settled(void)
{
	char *before = snapshot();

	for (int i = 0; i < SETTLE_TRIES; i++) {
		char *now;
		bool same;

		usleep(SETTLE_US);
		now = snapshot();
		same = !strcmp(before, now);
		free(before);
		before = now;
		if (same)
			break;
	}
	return before;
}

static void assert_still(char *before)
{
	char *now = snapshot();
	size_t at = 0;

	while (now[at] && now[at] == before[at])
		at++;
	if (now[at] != before[at])
		fail_msg("before: %.200s\nnow: %.200s", before + at, now + at);
	free(now);
	free(before);
}

static void must(int result)
{
	const struct error *error = &scene.error;

	if (result)
		fail_msg("%s %s %s", error->detail,
			 error->member_count ? error->members[0].pointer : "",
			 error->member_count ? error->members[0].detail : "");
}

/* The call's own result; how many changes it withheld in *ret. */
#define REHEARSE(ret, call)                                       \
	({                                                        \
		int rehearse_result;                              \
		error_clear(&scene.error);                        \
		netops_rehearse(scene.fixture->netops, true);     \
		rehearse_result = (call);                         \
		netops_rehearse(scene.fixture->netops, false);    \
		*(ret) = netops_rehearsed(scene.fixture->netops); \
		rehearse_result;                                  \
	})

/* Link-local addresses would change for seconds, until duplicate detection is over. */
static void no_link_local(const char *namespace)
{
	char command[256];

	snprintf(
		command, sizeof(command),
		"ip netns exec %s sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/addr_gen_mode'",
		namespace);
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	struct namespace other = { .given_ipv4 = false };
	void *fixture;

	(void)state;
	if (fixture_open(&fixture, "rehearsal"))
		return -1;
	scene.fixture = fixture;
	error_clear(&scene.error);
	snprintf(other.name, sizeof(other.name), "%s-2", scene.fixture->namespace);
	memcpy(scene.other, other.name, sizeof(scene.other));
	must(namespace_create(scene.fixture->netops, &other, &scene.error));
	no_link_local(scene.fixture->namespace);
	no_link_local(scene.other);
	run(scene.fixture, "link add name d0 type bridge");
	run(scene.fixture, "link add name d1 type bridge");
	run(scene.fixture, "address add 192.0.2.1/24 dev d0");
	return 0;
}

static int teardown(void **state)
{
	void *fixture = scene.fixture;

	(void)state;
	error_clear(&scene.error);
	(void)namespace_delete(scene.fixture->netops, scene.other, &scene.error);
	return fixture_close(&fixture);
}

/* ---- documents ---- */

typedef void filler(struct link *link);

static void say(struct link *link, const char *name, uint32_t value)
{
	const struct row *row = link_row(link->kind, name);

	assert_non_null(row);
	*(uint32_t *)row_place(row, &link->options) = value;
	give_at(&link->given, row->offset);
}

static void say_ip(struct link *link, const char *name, const char *value)
{
	const struct row *row = link_row(link->kind, name);

	assert_non_null(row);
	assert_true(ip_parse(row_place(row, &link->options), value));
	give_at(&link->given, row->offset);
}

static void say_device(struct link *link, const char *name, const char *value)
{
	const struct row *row = link_row(link->kind, name);

	assert_non_null(row);
	*(struct device *)row_place(row, &link->options) = device_of(value);
	give_at(&link->given, row->offset);
}

static void say_addresses(struct link *link, const char *one, const char *two)
{
	struct address address = { .given = { { 0 } } };

	give_at(&address.given, offsetof(struct address_options, address));
	give_at(&address.given, offsetof(struct address_options, no_dad));
	address_list_free(&link->addresses);
	address.options.address = ip_of(one);
	address.options.no_dad = address.options.address.family == AF_INET6;
	must(address_list_add(&link->addresses, &address, &scene.error));
	address.options.address = ip_of(two);
	address.options.no_dad = address.options.address.family == AF_INET6;
	must(address_list_add(&link->addresses, &address, &scene.error));
	link->given_addresses = true;
}

static void say_members(struct link *link, const char *name)
{
	free(link->members);
	link->members = calloc(1, sizeof(*link->members));
	link->member_count = name ? 1 : 0;
	link->given_members = true;
	if (name)
		snprintf(link->members[0], sizeof(*link->members), "%s", name);
}

static void say_routers(struct link *link, const char *one, const char *two)
{
	link->potential_routers = calloc(2, sizeof(*link->potential_routers));
	link->potential_router_count = 2;
	link->given_potential_routers = true;
	assert_true(ip_parse(&link->potential_routers[0].address, one));
	assert_true(ip_parse(&link->potential_routers[1].address, two));
}

static void say_ipsec(struct link *link, uint8_t key)
{
	struct ipsec_direction direction = {
		.given = true,
		.given_spi = true,
		.spi = 0x1001,
		.encryption = { .given = true,
				.given_key = true,
				.key_length = 32,
				.name = "cbc(aes)" },
		.authentication = { .given = true,
				    .given_key = true,
				    .given_bits = true,
				    .key_length = 32,
				    .bits = 128,
				    .name = "hmac(sha256)" },
	};

	memset(direction.encryption.key, key, 32);
	memset(direction.authentication.key, key, 32);
	if (!link->ipsec)
		link->ipsec = calloc(1, sizeof(*link->ipsec));
	link->ipsec->outbound = direction;
	direction.spi = 0x1002;
	link->ipsec->inbound = direction;
}

static struct link document(const char *kind, const char *name, filler *fill)
{
	struct link link;

	link_init(&link);
	link.kind = kind_find(kind);
	assert_non_null(link.kind);
	snprintf(link.namespace, sizeof(link.namespace), "%s", scene.fixture->namespace);
	snprintf(link.name, sizeof(link.name), "%s", name);
	fill(&link);
	return link;
}

/* ---- links ---- */

struct sample {
	const char *kind, *name;
	filler *first, *then;
};

static int update(struct link *wanted, struct link *current, bool recreate)
{
	struct link ret CLEANUP_LINK = LINK_EMPTY;

	return link_update(scene.fixture->netops, current, wanted, recreate, &ret,
			   &scene.error);
}

/* As the API does it: what there is, whole, and what of it is kept. */
static struct link loaded(struct link *wanted)
{
	struct link current = LINK_EMPTY;

	error_clear(&scene.error);
	must(link_read_whole(scene.fixture->netops, wanted->namespace, wanted->name, &current,
			     &scene.error));
	must(link_inherit(wanted, &current, &scene.error));
	return current;
}

static void assert_equal_is_nothing(const struct sample *sample, filler *fill)
{
	struct link wanted CLEANUP_LINK = document(sample->kind, sample->name, fill);
	struct link current CLEANUP_LINK = loaded(&wanted);
	unsigned int count;

	must(REHEARSE(&count, update(&wanted, &current, false)));
	assert_int_equal(count, 0);
}

static void assert_different_is_withheld(const struct sample *sample)
{
	struct link wanted CLEANUP_LINK = document(sample->kind, sample->name, sample->then);
	struct link current CLEANUP_LINK = loaded(&wanted);
	char *before = settled();
	unsigned int count;

	must(REHEARSE(&count, update(&wanted, &current, false)));
	assert_int_not_equal(count, 0);
	assert_still(before);
	error_clear(&scene.error);
	must(update(&wanted, &current, false));
}

/* False where the kernel has no such kind. */
static bool make(const struct sample *sample)
{
	struct link wanted CLEANUP_LINK = document(sample->kind, sample->name, sample->first);
	struct link made CLEANUP_LINK = LINK_EMPTY;

	error_clear(&scene.error);
	if (!link_create(scene.fixture->netops, &wanted, &made, &scene.error))
		return true;
	if (scene.error.kind != ERROR_UNSUPPORTED || getenv("TUNNELD_REQUIRE_ALL_KINDS"))
		must(-1);
	print_message("skip, because this kernel has no %s: %s\n", sample->kind,
		      scene.error.detail);
	return false;
}

static void try_link(const struct sample *sample)
{
	if (!make(sample))
		skip();
	free(settled());
	assert_equal_is_nothing(sample, sample->first);
	assert_different_is_withheld(sample);
	assert_equal_is_nothing(sample, sample->then);
}

static void vxlan_first(struct link *link)
{
	say(link, "vni", 42);
	say(link, "port", 4789);
	say(link, "ttl", 9);
	say(link, "up", true);
	say(link, "mtu", 1400);
	say_ip(link, "local", "192.0.2.1");
	say_ip(link, "remote", "192.0.2.2");
	say_addresses(link, "10.0.0.1/24", "fd00::1/64");
}

static void vxlan_then(struct link *link)
{
	vxlan_first(link);
	say(link, "learning", false);
	say(link, "mtu", 1300);
	/* One goes, one comes, and one is made anew for its scope. */
	say_addresses(link, "10.0.0.1/24", "fd00::2/64");
	link->addresses.items[0].options.scope = RT_SCOPE_LINK;
	give_at(&link->addresses.items[0].given, offsetof(struct address_options, scope));
}

static void test_vxlan(void **state)
{
	const struct sample sample = { "vxlan", "x0", vxlan_first, vxlan_then };

	(void)state;
	try_link(&sample);
}

static void vxlan_down(struct link *link)
{
	vxlan_first(link);
	say(link, "up", false);
}

static void test_down(void **state)
{
	const struct sample sample = { "vxlan", "x0", vxlan_first, vxlan_down };

	(void)state;
	try_link(&sample);
}

static void veth_peer(struct link *link, uint32_t mtu, const char *address)
{
	if (!link->peer) {
		link->peer = calloc(1, sizeof(*link->peer));
		link_init(link->peer);
	}
	link->peer->kind = link->kind;
	snprintf(link->peer->namespace, sizeof(link->peer->namespace), "%s", scene.other);
	snprintf(link->peer->name, sizeof(link->peer->name), "v1");
	say(link->peer, "mtu", mtu);
	say(link->peer, "up", true);
	say(link, "up", true);
	say_addresses(link->peer, address, "fd00::2/64");
}

static void veth_first(struct link *link)
{
	veth_peer(link, 1500, "10.0.0.2/24");
}

/* Only the other end, in another namespace. */
static void veth_then(struct link *link)
{
	veth_peer(link, 1400, "10.0.0.3/24");
}

static void test_veth(void **state)
{
	const struct sample sample = { "veth", "v0", veth_first, veth_then };

	(void)state;
	try_link(&sample);
}

static void bridge_first(struct link *link)
{
	say(link, "priority", 8192);
	say_members(link, "w0");
}

static void bridge_then(struct link *link)
{
	say(link, "priority", 8192);
	say_members(link, "w1");
}

static void bridge_impossible(struct link *link)
{
	say(link, "priority", 4096);
	say_members(link, "nothing");
}

static void test_bridge_members(void **state)
{
	const struct sample sample = { "bridge", "b0", bridge_first, bridge_then };

	(void)state;
	run(scene.fixture, "link add name w0 type veth peer name w1");
	try_link(&sample);
}

/* The member is missed after the first step was counted: nothing is set back. */
static void test_a_failure_sets_nothing_back(void **state)
{
	const struct sample sample = { "bridge", "b0", bridge_first, bridge_impossible };
	struct link wanted CLEANUP_LINK = LINK_EMPTY, current CLEANUP_LINK = LINK_EMPTY;
	unsigned int count;
	char *before;

	(void)state;
	run(scene.fixture, "link add name w0 type veth peer name w1");
	assert_true(make(&sample));
	before = settled();
	wanted = document("bridge", "b0", bridge_impossible);
	current = loaded(&wanted);
	assert_int_equal(REHEARSE(&count, update(&wanted, &current, false)), -1);
	assert_int_equal(scene.error.kind, ERROR_MISSING);
	assert_int_equal(count, 2);
	assert_still(before);
}

static void macvlan_first(struct link *link)
{
	say_device(link, "device", "d0");
	say(link, "mode", MACVLAN_MODE_BRIDGE);
}

static void macvlan_then(struct link *link)
{
	macvlan_first(link);
	say(link, "mode", MACVLAN_MODE_PRIVATE);
	snprintf(link->options.alias, sizeof(link->options.alias), "uplink");
	give_at(&link->given, offsetof(struct link_options, alias));
	say_device(link, "master", "d1");
}

static void test_macvlan(void **state)
{
	const struct sample sample = { "macvlan", "m0", macvlan_first, macvlan_then };

	(void)state;
	try_link(&sample);
}

static void gre_first(struct link *link)
{
	say_ip(link, "local", "192.0.2.1");
	say_ip(link, "remote", "192.0.2.2");
	say(link, "ttl", 9);
	say(link, "up", true);
}

static void gre_then(struct link *link)
{
	gre_first(link);
	say(link, "ttl", 10);
}

static void test_gre(void **state)
{
	const struct sample sample = { "gre", "g0", gre_first, gre_then };

	(void)state;
	try_link(&sample);
}

static void isatap_first(struct link *link)
{
	say_ip(link, "local", "192.0.2.1");
	say_routers(link, "192.0.2.7", "192.0.2.8");
}

/* One goes, one is changed. */
static void isatap_then(struct link *link)
{
	say_ip(link, "local", "192.0.2.1");
	say_routers(link, "192.0.2.7", "192.0.2.9");
	link->potential_routers[0].is_default = true;
}

static void test_isatap(void **state)
{
	const struct sample sample = { "isatap", "i0", isatap_first, isatap_then };

	(void)state;
	try_link(&sample);
}

static void vti_first(struct link *link)
{
	say_ip(link, "local", "192.0.2.1");
	say_ip(link, "remote", "192.0.2.2");
	say(link, "input_key", 7);
	say(link, "output_key", 9);
	say_ipsec(link, 1);
}

static void vti_then(struct link *link)
{
	vti_first(link);
	say_ipsec(link, 2);
}

static void test_vti(void **state)
{
	const struct sample sample = { "vti", "t0", vti_first, vti_then };

	(void)state;
	try_link(&sample);
}

static void vxlan_fixed(struct link *link)
{
	vxlan_first(link);
	say(link, "vni", 43);
}

static void test_recreate_counts_as_false(void **state)
{
	const struct sample sample = { "vxlan", "x0", vxlan_first, vxlan_fixed };
	struct link wanted CLEANUP_LINK = LINK_EMPTY, current CLEANUP_LINK = LINK_EMPTY;
	unsigned int count;
	char *before;

	(void)state;
	assert_true(make(&sample));
	before = settled();
	wanted = document("vxlan", "x0", vxlan_fixed);
	current = loaded(&wanted);
	assert_int_equal(REHEARSE(&count, update(&wanted, &current, true)), -1);
	assert_int_equal(scene.error.kind, ERROR_FIXED);
	assert_string_equal(scene.error.members[0].pointer, "/vni");
	assert_int_equal(count, 0);
	assert_still(before);
	must((error_clear(&scene.error), update(&wanted, &current, true)));
}

/* ---- addresses, routes, namespaces ---- */

static int change_address(const struct address *current, const struct address *wanted,
			  bool recreate, struct address *ret)
{
	return address_update(scene.fixture->netops, current, wanted, recreate, ret,
			      &scene.error);
}

static void test_address(void **state)
{
	struct address wanted = { .given = { { 0 } } }, current, ret;
	unsigned int count;
	char *before;

	(void)state;
	memcpy(wanted.namespace, scene.fixture->namespace, sizeof(scene.fixture->namespace));
	wanted.link = device_of("d0");
	wanted.options.address = ip_of("10.1.0.1/24");
	give_at(&wanted.given, offsetof(struct address_options, address));
	must(address_create(scene.fixture->netops, &wanted, &current, &scene.error));
	before = settled();
	must(REHEARSE(&count, change_address(&current, &wanted, false, &ret)));
	assert_int_equal(count, 0);

	wanted.options.metric = 77;
	give_at(&wanted.given, offsetof(struct address_options, metric));
	must(REHEARSE(&count, change_address(&current, &wanted, false, &ret)));
	assert_int_equal(count, 1);
	assert_int_equal(ret.options.metric, 0);
	assert_still(before);
	must(change_address(&current, &wanted, false, &ret));
	assert_int_equal(ret.options.metric, 77);

	current = ret;
	before = settled();
	wanted.options.scope = RT_SCOPE_LINK;
	give_at(&wanted.given, offsetof(struct address_options, scope));
	assert_int_equal(REHEARSE(&count, change_address(&current, &wanted, true, &ret)), -1);
	assert_int_equal(scene.error.kind, ERROR_FIXED);
	assert_int_equal(count, 0);
	assert_still(before);
}

static int change_route(const struct route *current, const struct route *wanted, uint32_t *mtu)
{
	struct route ret CLEANUP_ROUTE = { .flags = 0 };
	int result = route_update(scene.fixture->netops, current, wanted, &ret, &scene.error);

	*mtu = ret.options.mtu;
	return result;
}

static void try_route(const char *destination)
{
	struct route wanted = { .flags = 0 }, current CLEANUP_ROUTE = { .flags = 0 };
	unsigned int count;
	uint32_t mtu;
	char *before;

	memcpy(wanted.namespace, scene.fixture->namespace, sizeof(scene.fixture->namespace));
	wanted.options.destination = ip_of(destination);
	give_at(&wanted.given, offsetof(struct route_options, destination));
	wanted.options.device = device_of("lo");
	give_at(&wanted.given, offsetof(struct route_options, device));
	must(route_create(scene.fixture->netops, &wanted, &current, &scene.error));
	before = settled();
	must(REHEARSE(&count, change_route(&current, &wanted, &mtu)));
	assert_int_equal(count, 0);

	wanted.options.mtu = 1300;
	give_at(&wanted.given, offsetof(struct route_options, mtu));
	must(REHEARSE(&count, change_route(&current, &wanted, &mtu)));
	assert_int_equal(count, 1);
	assert_int_equal(mtu, 0);
	assert_still(before);
	must(change_route(&current, &wanted, &mtu));
	assert_int_equal(mtu, 1300);
}

static void test_route(void **state)
{
	(void)state;
	try_route("198.51.100.0/24");
	try_route("fd01::/64");
}

static void test_namespace(void **state)
{
	struct netops *netops = scene.fixture->netops;
	struct namespace current, wanted, ret;
	unsigned int count;
	char *before = settled();

	(void)state;
	must(namespace_read(netops, scene.other, &current, &scene.error));
	wanted = current;
	must(REHEARSE(&count, namespace_change(netops, &current, &wanted, &scene.error)));
	assert_int_equal(count, 0);
	wanted.forwarding_ipv4 = !current.forwarding_ipv4;
	wanted.forwarding_ipv6 = !current.forwarding_ipv6;
	must(REHEARSE(&count, namespace_change(netops, &current, &wanted, &scene.error)));
	assert_int_equal(count, 2);
	assert_still(before);
	must(namespace_change(netops, &current, &wanted, &scene.error));
	must(namespace_read(netops, scene.other, &ret, &scene.error));
	assert_int_equal(ret.forwarding_ipv4, wanted.forwarding_ipv4);
	assert_int_equal(ret.forwarding_ipv6, wanted.forwarding_ipv6);
	/* Each rehearsal counts from 0, and nothing is counted after it. */
	assert_int_equal(netops_rehearsed(netops), 2);
	netops_rehearse(netops, true);
	assert_int_equal(netops_rehearsed(netops), 0);
	netops_rehearse(netops, false);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_vxlan),
		IN_SCENE(test_down),
		IN_SCENE(test_veth),
		IN_SCENE(test_bridge_members),
		IN_SCENE(test_a_failure_sets_nothing_back),
		IN_SCENE(test_macvlan),
		IN_SCENE(test_gre),
		IN_SCENE(test_isatap),
		IN_SCENE(test_vti),
		IN_SCENE(test_recreate_counts_as_false),
		IN_SCENE(test_address),
		IN_SCENE(test_route),
		IN_SCENE(test_namespace),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("rehearsal", tests, NULL, NULL);
}
