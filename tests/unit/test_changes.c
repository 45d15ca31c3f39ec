/*
 * What ip(8) does in a namespace that is watched, and what of it is told: each kind
 * made, changed and removed, what the kernel does without a word, what is our own
 * doing, and what follows when messages were lost. setsockopt() is replaced at link
 * time, so that a buffer can be small enough to be overrun.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "intent/changes.h"
#include "intent/events.h"
#include "intent/names.h"
#include "tests/unit/command.h"
#include "tests/unit/fixture.h"

enum { PATIENCE_MS = 20000, MANY = 3000, SMALL_BUFFER = 4096, TEXT_SIZE = 256 * 1024 };

static int buffer_size; /* 0: as asked for */

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	if (level == SOL_SOCKET && option == SO_RCVBUFFORCE && buffer_size)
		return __real_setsockopt(fd, level, option, &buffer_size, sizeof(buffer_size));
	return __real_setsockopt(fd, level, option, value, size);
}

/* ---- a scene, and what was told in it ---- */

struct scene {
	struct fixture *fixture;
	struct events *events;
	struct changes *changes;
	struct changes_watcher watcher;
	bool watches;
	char other[32]; /* a second namespace, which may come and go */
	uint64_t place;
	char text[TEXT_SIZE]; /* a line for each event since told() was called last */
};

static const char *const type_names[EVENT_TYPES] = {
	[EVENT_CREATED] = "created",
	[EVENT_CHANGED] = "changed",
	[EVENT_DELETED] = "deleted",
	[EVENT_INVALIDATED] = "invalidated",
};

static void note(const struct event *event, void *context)
{
	struct scene *scene = context;
	size_t length = strlen(scene->text);

	snprintf(scene->text + length, sizeof(scene->text) - length,
		 "%s %s %s dev=%s family=%d members=%s\n", type_names[event->type],
		 *event->kind ? event->kind : "all", event->object, event->device,
		 event->family == AF_INET6 ? 6 :
		 event->family		   ? 4 :
					     0,
		 event->members);
}

static void hear(struct scene *scene)
{
	uint64_t place;

	(void)changes_hear(scene->changes);
	if (changes_untended(scene->changes))
		changes_tend(scene->changes);
	while (events_read(scene->events, scene->place, 1000, note, scene, &place) &&
	       place != scene->place)
		scene->place = place;
}

/* Is this a part of what was told? @ stands for the namespace. */
static bool was_told(struct scene *scene, const char *line)
{
	const char *at = strchr(line, '@');
	char wanted[512];

	if (at)
		snprintf(wanted, sizeof(wanted), "%.*s%s%s", (int)(at - line), line,
			 scene->fixture->namespace, at + 1);
	return strstr(scene->text, at ? wanted : line) != NULL;
}

static void expect(struct scene *scene, const char *line)
{
	for (int i = 0; i < PATIENCE_MS / 10 && !was_told(scene, line); i++) {
		usleep(i ? 10000 : 0);
		hear(scene);
	}
	if (!was_told(scene, line))
		fail_msg("not told: %s, but\n%s", line, scene->text);
}

static void forget(struct scene *scene)
{
	usleep(30000);
	hear(scene);
	scene->text[0] = '\0';
}

/* ip(8) in the namespace, and what is told of it. */
static void expect_of(struct scene *scene, const char *what, const char *line)
{
	forget(scene);
	run(scene->fixture, "%s", what);
	expect(scene, line);
}

static void watch(struct scene *scene, unsigned int classes)
{
	scene->watcher.classes = classes;
	snprintf(scene->watcher.namespace, sizeof(scene->watcher.namespace), "%s",
		 scene->fixture->namespace);
	changes_watch(scene->changes, &scene->watcher);
	scene->watches = true;
	scene->place = events_last(scene->events);
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct error error;
	void *fixture;

	error_clear(&error);
	buffer_size = 0;
	*state = scene;
	if (fixture_open(&fixture, "changes"))
		return -1;
	scene->fixture = fixture;
	snprintf(scene->other, sizeof(scene->other), "test-chg2-%d", getpid());
	return events_open(EVENTS_CAPACITY, &scene->events, &error) ||
	       changes_open(scene->fixture->netops, scene->events, &scene->changes, &error);
}

static int teardown(void **state)
{
	struct scene *scene = *state;
	void *fixture = scene->fixture;
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/%s", scene->other);
	if (scene->watches)
		changes_leave(scene->changes, &scene->watcher);
	changes_close(scene->changes);
	events_close(scene->events);
	if (!access(path, F_OK))
		command("ip netns del %s", scene->other);
	(void)fixture_close(&fixture);
	free(scene);
	return 0;
}

/* ---- what is told ---- */

static void test_links(void **state)
{
	struct scene *scene = *state;

	watch(scene, EVENTS_OF_ALL);
	expect_of(scene, "link add name b0 type bridge", "created link /links/@/b0 dev=b0");
	expect_of(scene, "link set dev b0 mtu 1400",
		  "changed link /links/@/b0 dev=b0 family=0 "
		  "members=mtu\n");
	expect_of(scene, "link set dev b0 up",
		  "changed link /links/@/b0 dev=b0 family=0 members=up");
	expect_of(scene, "link set dev b0 alias hello", "members=alias\n");
	expect_of(scene, "link property add dev b0 altname b1",
		  "members=status.alternative_names\n");
	run(scene->fixture, "link set dev b0 down"); /* older kernels want it so */
	run(scene->fixture, "link set dev b0 name b7");
	expect(scene, "deleted link /links/@/b0 ");
	expect(scene, "created link /links/@/b7 dev=b7");
	expect(scene, "invalidated address  dev=b7");
	expect_of(scene, "link del dev b7", "deleted link /links/@/b7 dev=b7");
	expect_of(scene, "link add name x0 type vxlan id 7 dstport 4789 local 127.0.0.1",
		  "created tunnel /tunnels/@/x0 dev=x0");
}

static void test_addresses(void **state)
{
	struct scene *scene = *state;

	watch(scene, EVENTS_OF_ADDRESSES);
	run(scene->fixture, "link set dev lo up");
	expect_of(scene, "address add 192.0.2.1/24 dev lo",
		  "created address /addresses/@/lo/192.0.2.1/24 dev=lo family=4");
	expect_of(scene, "address change 192.0.2.1/24 dev lo metric 7",
		  "changed address /addresses/@/lo/192.0.2.1/24 ");
	expect_of(scene, "address del 192.0.2.1/24 dev lo",
		  "deleted address /addresses/@/lo/192.0.2.1/24 ");
	expect_of(scene, "address add fd00::1/64 dev lo",
		  "created address /addresses/@/lo/fd00::1/64 dev=lo family=6");
	assert_false(was_told(scene, "route")); /* nobody wants to hear of them */
}

static void test_routes(void **state)
{
	struct scene *scene = *state;

	run(scene->fixture, "link set dev lo up");
	watch(scene, EVENTS_OF_ROUTES);
	for (int i = 0; i < 2; i++) {
		const char *prefix = i ? "fd01::/64" : "198.51.100.0/24";
		char line[128];

		forget(scene);
		run(scene->fixture, "route add %s dev lo metric 7 proto bird", prefix);
		snprintf(line, sizeof(line), "created route /routes/@/254/%s?metric=7", prefix);
		expect(scene, line);
		run(scene->fixture, "route replace %s dev lo metric 7 proto 99", prefix);
		memcpy(line, "changed", 7);
		expect(scene, line);
		run(scene->fixture, "route del %s dev lo metric 7", prefix);
		memcpy(line, "deleted", 7);
		expect(scene, line);
	}
}

static void test_rules_neighbors_settings(void **state)
{
	struct scene *scene = *state;

	run(scene->fixture, "link add name b0 type bridge");
	run(scene->fixture, "link set dev b0 up");
	watch(scene, EVENTS_OF_ALL);
	expect_of(scene, "rule add pref 7 table 7",
		  "created rule /rules/@/ipv4/7 dev= family=4");
	expect_of(scene, "rule del pref 7", "deleted rule /rules/@/ipv4/7 ");
	expect_of(scene, "neigh add 192.0.2.9 lladdr 02:00:00:00:00:01 dev b0",
		  "created neighbor /neighbors/@/b0/192.0.2.9 dev=b0 family=4");
	expect_of(scene, "neigh del 192.0.2.9 dev b0",
		  "deleted neighbor /neighbors/@/b0/192.0.2.9 ");
	forget(scene);
	command("ip netns exec %s sysctl -qw net.ipv4.ip_forward=1", scene->fixture->namespace);
	expect(scene, "changed namespace /namespaces/@ dev= family=0 members=forwarding.ipv4");
}

/* What the kernel takes along without a word, and what it changes so. */
static void test_silence_is_told(void **state)
{
	struct scene *scene = *state;

	run(scene->fixture, "link add name b0 type bridge");
	run(scene->fixture, "link add name v0 type veth peer name v1");
	run(scene->fixture, "link set dev b0 up");
	run(scene->fixture, "link set dev v0 up");
	run(scene->fixture, "link set dev v1 up");
	run(scene->fixture, "address add 192.0.2.1/24 dev b0");
	watch(scene, EVENTS_OF_ALL);
	expect_of(scene, "address del 192.0.2.1/24 dev b0",
		  "invalidated route  dev=b0 family=4");
	/* Or elsewhere, where it was a preferred source. */
	expect(scene, "invalidated route  dev= family=4");
	expect_of(scene, "nexthop add id 7 dev v0", "invalidated route  dev= family=6");
	run(scene->fixture, "link set dev v1 down");
	expect(scene, "invalidated route  dev=v1 family=4");
	expect(scene, "invalidated route  dev=v0 family=4"); /* it lost its carrier */
	expect(scene, "invalidated neighbor  dev=v1");
	expect_of(scene, "link del dev b0", "invalidated route  dev=b0 family=6");
}

static void test_namespaces(void **state)
{
	struct scene *scene = *state;
	char line[128];

	scene->watcher.classes = EVENTS_OF_ALL;
	changes_watch(scene->changes, &scene->watcher);
	scene->watches = true;
	scene->place = events_last(scene->events);
	command("ip netns add %s", scene->other);
	command("ip -n %s link add name b0 type bridge", scene->other);
	snprintf(line, sizeof(line), "created namespace /namespaces/%s ", scene->other);
	expect(scene, line);
	expect(scene, "invalidated all ");
	forget(scene);
	command("ip -n %s link set dev b0 up", scene->other);
	snprintf(line, sizeof(line), "changed link /links/%s/b0 ", scene->other);
	expect(scene, line);
	command("ip netns del %s", scene->other);
	snprintf(line, sizeof(line), "deleted namespace /namespaces/%s ", scene->other);
	expect(scene, line);
}

/* What is ours to tell is not told a second time, unless we did nothing. */
static void test_own_doing(void **state)
{
	struct scene *scene = *state;
	const char *namespace = scene->fixture->namespace;
	char url[128];

	watch(scene, EVENTS_OF_LINKS);
	snprintf(url, sizeof(url), "/links/%s/b0", namespace);
	run(scene->fixture, "link add name b0 type bridge");
	expect(scene, "created link /links/@/b0 ");
	forget(scene);
	changes_own(scene->changes, url);
	run(scene->fixture, "link set dev b0 mtu 1400");
	changes_own_end(scene->changes);
	/* netops has changed nothing, so that was another. */
	expect(scene, "changed link /links/@/b0 ");
	forget(scene);
	changes_doom(scene->changes, url);
	run(scene->fixture, "link del dev b0");
	changes_doom_end(scene->changes);
	hear(scene);
	assert_false(was_told(scene, "deleted link /links/@/b0"));
}

static void test_overrun(void **state)
{
	struct scene *scene = *state;
	char path[] = "/tmp/test-changes-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	const struct versions_scope links = { .classes = EVENTS_OF_LINKS,
					      .namespace = scene->fixture->namespace };
	uint64_t version;

	run(scene->fixture, "link set dev lo up");
	buffer_size = SMALL_BUFFER;
	watch(scene, EVENTS_OF_ALL);
	forget(scene);
	assert_non_null(file);
	fprintf(file, "link add name b0 type bridge\n");
	for (int i = 0; i < MANY; i++)
		fprintf(file, "route add 10.77.%d.%d/32 dev lo\n", i / 250, i % 250);
	fclose(file);
	command("ip -n %s -batch %s; status=$?; rm %s; exit $status", scene->fixture->namespace,
		path, path);
	expect(scene, "invalidated all ");
	/* It is known again what there is. */
	assert_int_equal(changes_follow(scene->changes, &links, false, true, &version),
			 CHANGES_KNOWN);
	expect_of(scene, "link set dev b0 mtu 1400",
		  "changed link /links/@/b0 dev=b0 family=0 "
		  "members=mtu\n");
}

/* ---- versions ---- */

static uint64_t version_in(struct scene *scene, const struct versions_scope *scope)
{
	uint64_t version;

	for (int i = 0; i < 50; i++) {
		if (changes_follow(scene->changes, scope, true, true, &version) ==
		    CHANGES_KNOWN)
			return version;
		usleep(50000);
	}
	fail_msg("no version of %x", scope->classes);
	return 0;
}

static uint64_t version_of(struct scene *scene, unsigned int classes, const char *namespace)
{
	return version_in(
		scene, &(struct versions_scope){ .classes = classes, .namespace = namespace });
}

static bool is_current(struct scene *scene, unsigned int classes, const char *namespace)
{
	const struct versions_scope scope = { .classes = classes, .namespace = namespace };
	uint64_t version;

	return changes_current(scene->changes, &scope, &version);
}

/* It says no, too, when a namespace of anybody's has come or gone, until that is looked at. */
static uint64_t current_of(struct scene *scene, unsigned int classes, const char *namespace)
{
	const struct versions_scope scope = { .classes = classes, .namespace = namespace };
	uint64_t version;

	for (int i = 0; i < 50; i++) {
		if (changes_current(scene->changes, &scope, &version))
			return version;
		(void)version_of(scene, classes, namespace);
	}
	fail_msg("no current version of %x", classes);
	return 0;
}

static void test_versions(void **state)
{
	struct scene *scene = *state;
	const char *namespace = scene->fixture->namespace;
	uint64_t links, routes, elsewhere;

	command("ip netns add %s", scene->other);
	run(scene->fixture, "link set dev lo up");
	assert_false(is_current(scene, EVENTS_OF_LINKS, namespace));
	links = version_of(scene, EVENTS_OF_LINKS, namespace);
	routes = version_of(scene, EVENTS_OF_ROUTES, namespace);
	elsewhere = version_of(scene, EVENTS_OF_ROUTES, scene->other);
	links = version_of(scene, EVENTS_OF_LINKS, namespace);
	assert_int_equal(current_of(scene, EVENTS_OF_LINKS, namespace), links);
	run(scene->fixture, "route add 198.51.100.0/24 dev lo");
	assert_int_equal(current_of(scene, EVENTS_OF_LINKS, namespace), links);
	assert_true(current_of(scene, EVENTS_OF_ROUTES, namespace) > routes);
	assert_int_equal(current_of(scene, EVENTS_OF_ROUTES, scene->other), elsewhere);
	/* Until it has been waited for what it takes along. */
	run(scene->fixture, "link set dev lo down");
	assert_false(is_current(scene, EVENTS_OF_ROUTES, namespace));
	assert_true(version_of(scene, EVENTS_OF_ROUTES, namespace) > routes);
	current_of(scene, EVENTS_OF_ROUTES, namespace);
	command("ip netns del %s", scene->other);
	assert_false(is_current(scene, EVENTS_OF_ROUTES, scene->other));
}

/* One that stands alone is nothing to the others; a lower link, a port or a peer is. */
static void test_versions_of_devices(void **state)
{
	struct scene *scene = *state;
	const struct versions_scope d0 = { .classes = EVENTS_OF_LINKS | EVENTS_OF_ADDRESSES |
						      CHANGES_WHOLE_LINKS,
					   .namespace = scene->fixture->namespace,
					   .device = "d0" };
	static const struct {
		const char *command;
		bool concerns;
	} done[] = {
		{ "link add d1 up type bridge", false },
		{ "address add 10.3.0.1/24 dev d1", false },
		{ "link set dev d1 mtu 1400", false },
		{ "link set dev d1 down", false },
		{ "link del d1", false },
		{ "link add p0 type veth peer name p1", true },
		{ "address add 10.4.0.1/24 dev d0", true },
		{ "address del 10.4.0.1/24 dev d0", true },
		{ "link set dev d0 mtu 1300", true },
		{ "link set dev p0 master d0", true },
		{ "link set dev d0 down", true },
		{ "link set dev d0 up", true },
		{ "link del p0", true },
		{ "link set dev d0 down", true },
		{ "link set dev d0 name d2", true },
	};
	uint64_t before, now;

	run(scene->fixture, "link add d0 up type bridge");
	for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
		before = version_in(scene, &d0);
		run(scene->fixture, "%s", done[i].command);
		now = version_in(scene, &d0);
		if (done[i].concerns != (now != before))
			fail_msg("%s: from %" PRIu64 " to %" PRIu64, done[i].command, before,
				 now);
	}
}

/* Of a link that is down the kernel does not tell its alias. */
static void test_quiet_links_are_asked(void **state)
{
	struct scene *scene = *state;
	const unsigned int classes = EVENTS_OF_LINKS | EVENTS_OF_ADDRESSES | CHANGES_QUIET;
	uint64_t before;

	run(scene->fixture, "link add name b0 type bridge");
	before = version_of(scene, classes, scene->fixture->namespace);
	assert_int_equal(version_of(scene, classes, scene->fixture->namespace), before);
	run(scene->fixture, "link set dev b0 alias hello");
	assert_true(version_of(scene, classes, scene->fixture->namespace) > before);
	before = version_of(scene, classes, scene->fixture->namespace);
	run(scene->fixture, "address add fd00::1/64 dev b0 nodad");
	assert_true(version_of(scene, classes, scene->fixture->namespace) > before);
}

/* ---- the reconciler ---- */

static void test_marks(void **state)
{
	struct scene *scene = *state;
	struct names dirty = { 0 }, gone = { 0 };
	struct error error;

	error_clear(&error);
	assert_int_equal(changes_keep(scene->changes, "test-nowhere", &error), -1);
	assert_int_equal(error.kind, ERROR_MISSING);
	assert_int_equal(changes_keep(scene->changes, scene->fixture->namespace, &error), 0);
	assert_false(changes_hear(scene->changes));
	/* Whoever wants to hear of foreign routes, it is none of the reconciler's business. */
	watch(scene, EVENTS_OF_ALL);
	run(scene->fixture, "link set dev lo mtu 1400");
	changes_take(scene->changes, &dirty, &gone);
	assert_int_equal(dirty.count, 1);
	names_clear(&dirty);
	forget(scene);
	changes_take(scene->changes, &dirty, &gone);
	names_clear(&dirty);
	run(scene->fixture, "route add 198.51.100.0/24 dev lo");
	expect(scene, "created route /routes/@/254/198.51.100.0/24");
	changes_take(scene->changes, &dirty, &gone);
	assert_int_equal(dirty.count, 0);
	run(scene->fixture, "route add 198.51.101.0/24 dev lo proto %d", OWNED_PROTOCOL);
	changes_take(scene->changes, &dirty, &gone);
	assert_int_equal(dirty.count, 1);
	assert_int_equal(gone.count, 0);
	names_clear(&dirty);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_links),
		IN_SCENE(test_addresses),
		IN_SCENE(test_routes),
		IN_SCENE(test_rules_neighbors_settings),
		IN_SCENE(test_silence_is_told),
		IN_SCENE(test_namespaces),
		IN_SCENE(test_own_doing),
		IN_SCENE(test_overrun),
		IN_SCENE(test_versions),
		IN_SCENE(test_versions_of_devices),
		IN_SCENE(test_quiet_links_are_asked),
		IN_SCENE(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
