/*
 * Links in the real kernel, where something fails that hardly ever does: calls
 * are replaced at link time (--wrap), each by one that fails when it is told to,
 * and a kind of our own watches its hooks. What failed must leave nothing, and
 * must touch nothing that is not its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/kind.h"
#include "netops/link_private.h"

enum { NAME_SIZE = 32 };

static struct {
	struct netops *netops;
	char name[NAME_SIZE], other[NAME_SIZE]; /* namespaces */
} fixture;

/* ---- what fails, and what was called ---- */

static struct {
	int index_calls, index_fails_at, index_zero_at; /* link_index_of(); 0: never */
	enum error_kind addresses, ipsec, identifier;	/* what fails; ERROR_NONE: nothing */
	enum error_kind finish, remove;
	int removed;
	bool replace; /* the namespace, while a link in it is read */
} plan;

static int refuse(enum error_kind kind, struct error *error)
{
	if (kind == ERROR_KERNEL)
		return error_errno(error, ENODEV, "planned");
	return error_set(error, kind, "planned");
}

/* The kind that is said, once. */
static int fail_once(enum error_kind *kind, struct error *error)
{
	enum error_kind now = *kind;

	*kind = ERROR_NONE;
	return refuse(now, error);
}

int __real_link_index_of(struct netlink *netlink, const char *name, uint32_t *ret,
			 struct error *error);
int __wrap_link_index_of(struct netlink *netlink, const char *name, uint32_t *ret,
			 struct error *error);
int __wrap_link_index_of(struct netlink *netlink, const char *name, uint32_t *ret,
			 struct error *error)
{
	plan.index_calls++;
	*ret = 0;
	if (plan.index_calls == plan.index_fails_at)
		return error_errno(error, ENOBUFS, "planned");
	if (plan.index_calls == plan.index_zero_at)
		return 0;
	return __real_link_index_of(netlink, name, ret, error);
}

int __real_address_list_read(struct netlink *netlink, const char *namespace,
			     uint32_t link_index, struct address_list *ret,
			     struct error *error);
int __wrap_address_list_read(struct netlink *netlink, const char *namespace,
			     uint32_t link_index, struct address_list *ret,
			     struct error *error);
int __wrap_address_list_read(struct netlink *netlink, const char *namespace,
			     uint32_t link_index, struct address_list *ret,
			     struct error *error)
{
	*ret = (struct address_list){ 0 };
	if (plan.addresses)
		return fail_once(&plan.addresses, error);
	return __real_address_list_read(netlink, namespace, link_index, ret, error);
}

int __wrap_ipsec_read(struct netops *netops, const char *namespace,
		      const struct ipsec_path *path, struct ipsec *ret, bool *found,
		      struct error *error);
int __wrap_ipsec_read(struct netops *netops, const char *namespace,
		      const struct ipsec_path *path, struct ipsec *ret, bool *found,
		      struct error *error)
{
	(void)netops;
	(void)namespace;
	(void)path;
	(void)ret;
	*found = !plan.ipsec;
	return plan.ipsec ? fail_once(&plan.ipsec, error) : 0;
}

int __real_namespace_name_of_id(struct netops *netops, struct netlink *netlink, int32_t id,
				char ret[NAMESPACE_NAME_SIZE], struct error *error);
int __wrap_namespace_name_of_id(struct netops *netops, struct netlink *netlink, int32_t id,
				char ret[NAMESPACE_NAME_SIZE], struct error *error);
int __wrap_namespace_name_of_id(struct netops *netops, struct netlink *netlink, int32_t id,
				char ret[NAMESPACE_NAME_SIZE], struct error *error)
{
	if (plan.identifier)
		return refuse(plan.identifier, error);
	return __real_namespace_name_of_id(netops, netlink, id, ret, error);
}

static int command(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int command(const char *format, ...)
{
	va_list arguments;
	char line[256] = "exec 2>/dev/null >/dev/null; ";
	size_t length = strlen(line);

	va_start(arguments, format);
	vsnprintf(line + length, sizeof(line) - length, format, arguments);
	va_end(arguments);
	return system(line);
}

static int watched_finish(const struct link_call *call, const struct link *wanted,
			  struct error *error)
{
	(void)call;
	(void)wanted;
	return plan.finish ? refuse(plan.finish, error) : 0;
}

/* When it is told to, another namespace takes the name, with links of the same names and indexes. */
static int watched_read(const struct link_call *call, struct link *link, struct error *error)
{
	(void)call;
	(void)error;
	if (plan.replace) {
		plan.replace = false;
		assert_int_equal(command("ip netns delete %s", link->namespace), 0);
		assert_int_equal(command("ip netns add %s", link->namespace), 0);
		assert_int_equal(command("ip -n %s link add name %s index %u type bridge",
					 link->namespace, link->name, link->status.index), 0);
	}
	return 0;
}

static int watched_remove(const struct link_call *call, const struct link *link,
			  struct error *error)
{
	(void)call;
	(void)link;
	plan.removed++;
	return plan.remove ? refuse(plan.remove, error) : 0;
}

/* A bridge, as every kernel has it. */
static const struct kind watched = {
	.name = "bridge",
	.netlink_name = "bridge",
	.ethernet = true,
	.finish = watched_finish,
	.read = watched_read,
	.remove = watched_remove,
};

const struct kind *__real_kind_of(const char *netlink_name, struct nlattr *const *data,
				  unsigned int max);
const struct kind *__wrap_kind_of(const char *netlink_name, struct nlattr *const *data,
				  unsigned int max);
const struct kind *__wrap_kind_of(const char *netlink_name, struct nlattr *const *data,
				  unsigned int max)
{
	return strcmp(netlink_name, "bridge") ? __real_kind_of(netlink_name, data, max) :
						&watched;
}

/* ---- the tests ---- */

static bool is_there(const char *namespace, const char *name)
{
	return !command("ip -n %s link show dev %s", namespace, name);
}

static void wanted_init(struct link *link, const struct kind *kind, const char *name)
{
	link_init(link);
	link->kind = kind;
	snprintf(link->namespace, sizeof(link->namespace), "%s", fixture.name);
	snprintf(link->name, sizeof(link->name), "%s", name);
}

static int create(struct link *wanted, struct error *error)
{
	struct link actual CLEANUP_LINK;

	error_clear(error);
	link_init(&actual);
	return link_create(fixture.netops, wanted, &actual, error);
}

/* The same address twice: the kernel takes the link, and refuses the second. */
static void give_addresses(struct link *link)
{
	struct address address = { 0 };
	struct error error;

	error_clear(&error);
	assert_true(ip_parse_prefix(&address.options.address, "10.9.0.1/24"));
	give_at(&address.given, offsetof(struct address_options, address));
	for (int i = 0; i < 2; i++)
		assert_int_equal(address_list_add(&link->addresses, &address, &error), 0);
}

static void test_create_reads_back(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	wanted_init(&wanted, &watched, "w");
	if (create(&wanted, &error))
		fail_msg("%s", error.detail);
	assert_true(is_there(fixture.name, "w"));
	assert_int_equal(plan.removed, 0);
}

/* What it could not make may be there already, and somebody else's. */
static void test_refused_finish_removes_nothing(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	plan.finish = ERROR_EXISTS;
	wanted_init(&wanted, &watched, "w");
	assert_int_equal(create(&wanted, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_int_equal(plan.removed, 0);
	assert_false(is_there(fixture.name, "w"));
}

static void test_failure_after_finish_removes(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	wanted_init(&wanted, &watched, "w");
	give_addresses(&wanted);
	assert_int_equal(create(&wanted, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_int_equal(plan.removed, 1);
	assert_false(is_there(fixture.name, "w"));
}

static void test_unknown_index_leaves_nothing(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	plan.index_fails_at = 1;
	wanted_init(&wanted, &watched, "w");
	assert_int_equal(create(&wanted, &error), -1);
	assert_int_equal(error.number, ENOBUFS);
	assert_int_equal(plan.removed, 0);
	assert_false(is_there(fixture.name, "w"));
}

static void test_unreadable_leaves_nothing(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	plan.addresses = ERROR_INTERNAL;
	wanted_init(&wanted, &watched, "w");
	assert_int_equal(create(&wanted, &error), -1);
	assert_int_equal(error.kind, ERROR_INTERNAL);
	assert_int_equal(plan.removed, 1);
	assert_false(is_there(fixture.name, "w"));
}

/* 404 would be said of what the client wants to make. */
static void test_taken_away_is_busy(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	plan.addresses = ERROR_KERNEL;
	wanted_init(&wanted, &watched, "w");
	assert_int_equal(create(&wanted, &error), -1);
	assert_int_equal(error.kind, ERROR_BUSY);
	assert_int_equal(error.number, 0);
}

static void give_peer(struct link *link, const char *namespace)
{
	link->peer = calloc(1, sizeof(*link->peer));
	wanted_init(link->peer, link->kind, "far");
	snprintf(link->peer->namespace, sizeof(link->peer->namespace), "%s", namespace);
	link->peer->options.up = 1;
}

/* The other end's index 0 is no link to set up. */
static void test_lost_peer_is_busy(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	plan.index_zero_at = 2;
	wanted_init(&wanted, kind_find("veth"), "near");
	give_peer(&wanted, fixture.other);
	assert_int_equal(create(&wanted, &error), -1);
	assert_int_equal(error.kind, ERROR_BUSY);
	assert_false(is_there(fixture.name, "near"));
	assert_false(is_there(fixture.other, "far"));
}

static int count_link(struct link *link, void *context, struct error *error)
{
	(void)error;
	(void)link;
	++*(int *)context;
	return 0;
}

/* Links of a namespace: lo, near, and w behind it. */
static int list(const struct link_filter *filter, struct error *error)
{
	int count = 0;

	error_clear(error);
	return link_list(fixture.netops, fixture.name, filter, count_link, &count, error) ?
		       -1 : count;
}

static void test_list_leaves_out_what_vanished(void **state)
{
	static const enum error_kind gone[] = { ERROR_MISSING, ERROR_ABSENT, ERROR_KERNEL };
	struct link wanted CLEANUP_LINK, bridge CLEANUP_LINK;
	const struct link_filter all = { 0 };
	struct error error;

	(void)state;
	wanted_init(&wanted, kind_find("veth"), "near");
	give_peer(&wanted, fixture.other);
	assert_int_equal(create(&wanted, &error), 0);
	wanted_init(&bridge, &watched, "w");
	assert_int_equal(create(&bridge, &error), 0);
	assert_int_equal(list(&all, &error), 3);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		plan.identifier = gone[i];
		assert_int_equal(list(&all, &error), 2);
		assert_int_equal(error.kind, ERROR_NONE);
	}
	plan.identifier = ERROR_INTERNAL;
	assert_int_equal(list(&all, &error), -1);
}

/* The kernel filters by kind; a word that it does not know fits nothing all the same. */
static void test_list_by_kind(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	wanted_init(&wanted, &watched, "w");
	assert_int_equal(create(&wanted, &error), 0);
	assert_int_equal(list(&(struct link_filter){ .kind = "bridge" }, &error), 1);
	assert_int_equal(list(&(struct link_filter){ .kind = "bridge", .bare = true }, &error), 1);
	assert_int_equal(list(&(struct link_filter){ .kind = "veth" }, &error), 0);
	assert_int_equal(list(&(struct link_filter){ .kind = "toaster" }, &error), 0);
}

/* Without XFRM a tunnel has no IPsec, and can be seen. */
static void test_vti_without_xfrm(void **state)
{
	static const enum error_kind none[] = { ERROR_UNSUPPORTED, ERROR_MISSING };
	const struct kind *vti = kind_find("vti");
	struct link_call call = { .netops = fixture.netops };
	struct link link CLEANUP_LINK;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		error_clear(&error);
		wanted_init(&link, vti, "v");
		plan.ipsec = none[i];
		assert_int_equal(vti->read(&call, &link, &error), 0);
		assert_int_equal(error.kind, ERROR_NONE);
		assert_null(link.ipsec);
	}
}

/* What is in the tunnel's own namespace says nothing of one below that has no name. */
static void test_vti_over_nameless_underlay(void **state)
{
	const struct kind *vti = kind_find("vti");
	struct link_call call = { .netops = fixture.netops };
	struct link link CLEANUP_LINK;
	struct error error;

	(void)state;
	error_clear(&error);
	wanted_init(&link, vti, "v");
	assert_int_equal(vti->read(&call, &link, &error), 0);
	assert_non_null(link.ipsec);
	link.status.lower_elsewhere = true;
	assert_null(link_underlay(&link));
	assert_int_equal(vti->read(&call, &link, &error), 0);
	assert_null(link.ipsec);
}

static int delete(struct error *error)
{
	error_clear(error);
	return link_delete(fixture.netops, fixture.name, "w", false, true, error);
}

static void test_delete_minds_no_vanished_rest(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	wanted_init(&wanted, &watched, "w");
	assert_int_equal(create(&wanted, &error), 0);
	plan.remove = ERROR_MISSING;
	assert_int_equal(delete(&error), 0);
	assert_int_equal(plan.removed, 1);
	assert_int_equal(create(&wanted, &error), 0);
	plan.remove = ERROR_INTERNAL;
	assert_int_equal(delete(&error), -1);
	assert_false(is_there(fixture.name, "w"));
}

static void test_delete_stays_in_its_namespace(void **state)
{
	struct link wanted CLEANUP_LINK;
	struct error error;

	(void)state;
	wanted_init(&wanted, &watched, "w");
	assert_int_equal(create(&wanted, &error), 0);
	plan.replace = true;
	(void)delete(&error);
	assert_false(plan.replace);
	assert_true(is_there(fixture.name, "w"));
}

static void make_namespace(char name[NAME_SIZE], const char *prefix)
{
	struct namespace wanted = { 0 };
	struct error error;

	error_clear(&error);
	snprintf(name, NAME_SIZE, "%s-%d", prefix, getpid());
	memcpy(wanted.name, name, NAME_SIZE);
	if (namespace_create(fixture.netops, &wanted, &error))
		fail_msg("%s", error.detail);
}

static int setup(void **state)
{
	struct error error;

	(void)state;
	memset(&plan, 0, sizeof(plan));
	error_clear(&error);
	assert_int_equal(netops_open(&fixture.netops, &error), 0);
	make_namespace(fixture.name, "test-link");
	make_namespace(fixture.other, "test-link-far");
	return 0;
}

static int teardown(void **state)
{
	struct error error;

	(void)state;
	error_clear(&error);
	(void)namespace_delete(fixture.netops, fixture.name, &error);
	(void)namespace_delete(fixture.netops, fixture.other, &error);
	netops_close(fixture.netops);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create_reads_back),
		TEST(test_refused_finish_removes_nothing),
		TEST(test_failure_after_finish_removes),
		TEST(test_unknown_index_leaves_nothing),
		TEST(test_unreadable_leaves_nothing),
		TEST(test_taken_away_is_busy),
		TEST(test_lost_peer_is_busy),
		TEST(test_list_leaves_out_what_vanished),
		TEST(test_list_by_kind),
		TEST(test_vti_without_xfrm),
		TEST(test_vti_over_nameless_underlay),
		TEST(test_delete_minds_no_vanished_rest),
		TEST(test_delete_stays_in_its_namespace),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
