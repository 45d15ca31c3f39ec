/*
 * The monitor on the real kernel: what is told, what is kept back, and what
 * becomes of namespaces that go. setsockopt() is replaced at link time, so that
 * a buffer can be small enough to be overrun.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/kernel_count.h"
#include "netops/monitor.h"
#include "tests/unit/command.h"
#include "tests/unit/fixture.h"

/* The kernel may take seconds for the end of a namespace, when others end, too. */
enum { PATIENCE_MS = 20000, STEP_MS = 20, MANY = 6000, SMALL_BUFFER = 4096 };

/* ---- the buffer ---- */

static struct {
	bool refuse; /* SO_RCVBUFFORCE, as without CAP_NET_ADMIN */
	int size;    /* 0: as asked for */
} buffer;

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	if (level == SOL_SOCKET && option == SO_RCVBUFFORCE && buffer.refuse) {
		errno = EPERM;
		return -1;
	}
	if (level == SOL_SOCKET && option == SO_RCVBUFFORCE && buffer.size)
		return __real_setsockopt(fd, level, option, &buffer.size, sizeof(buffer.size));
	return __real_setsockopt(fd, level, option, value, size);
}

/* ---- a monitor, and what was heard ---- */

struct scene {
	struct fixture *fixture;
	struct monitor *monitor;
	char other[32]; /* a second namespace, which may come and go */
};

struct wanted {
	const char *namespace;
	enum monitor_subject subject;
	bool gone, lost;
	const char *name;			  /* NULL: no matter */
	uint32_t index;				  /* 0: no matter */
	unsigned int found, subject_count, count; /* of all that was heard meanwhile */
	uint32_t found_index;
	struct wanted *also; /* heard at the same time; NULL: nothing else */
};

static void note(const struct monitor_record *record, void *context)
{
	struct wanted *wanted = context;

	if (wanted->also)
		note(record, wanted->also);
	wanted->count++;
	wanted->subject_count += record->subject == wanted->subject;
	if (strcmp(record->namespace, wanted->namespace) ||
	    record->subject != wanted->subject || record->gone != wanted->gone ||
	    record->lost != wanted->lost ||
	    (wanted->name && strcmp(record->name, wanted->name)) ||
	    (wanted->index && record->index != wanted->index))
		return;
	wanted->found++;
	wanted->found_index = record->index;
}

static bool readable(const struct scene *scene, int milliseconds)
{
	struct pollfd poll_fd = { .fd = monitor_fd(scene->monitor), .events = POLLIN };

	return poll(&poll_fd, 1, milliseconds) > 0;
}

static void hear(struct scene *scene, struct wanted *wanted)
{
	for (int i = 0; i < PATIENCE_MS / STEP_MS && !wanted->found; i++) {
		if (readable(scene, STEP_MS))
			monitor_read(scene->monitor, note, wanted);
	}
	if (!wanted->found)
		fail_msg("not heard: subject %d, gone %d, lost %d of %s", wanted->subject,
			 wanted->gone, wanted->lost, wanted->namespace);
}

/* Reads until nothing comes for a while. */
static void hear_all(struct scene *scene, struct wanted *wanted)
{
	for (int i = 0; i < PATIENCE_MS / STEP_MS && readable(scene, 2 * STEP_MS); i++)
		monitor_read(scene->monitor, note, wanted);
}

static struct wanted rest(struct scene *scene, enum monitor_subject subject)
{
	struct wanted wanted = { .namespace = "", .subject = subject };

	hear_all(scene, &wanted);
	return wanted;
}

static void watch(struct scene *scene, const char *namespace)
{
	struct error error;

	error_clear(&error);
	if (monitor_watch(scene->monitor, namespace, &error))
		fail_msg("%s", error.detail);
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct error error;
	void *fixture;

	error_clear(&error);
	memset(&buffer, 0, sizeof(buffer));
	*state = scene;
	if (fixture_open(&fixture, "monitor"))
		return -1;
	scene->fixture = fixture;
	snprintf(scene->other, sizeof(scene->other), "test-mon2-%d", getpid());
	return monitor_open(scene->fixture->netops, &scene->monitor, &error);
}

static int teardown(void **state)
{
	struct scene *scene = *state;
	void *fixture = scene->fixture;

	monitor_close(scene->monitor);
	(void)fixture_close(&fixture);
	free(scene);
	return 0;
}

/* ---- links, addresses, routes ---- */

static void test_link(void **state)
{
	struct scene *scene = *state;
	struct wanted wanted = { .namespace = scene->fixture->namespace,
				 .subject = MONITOR_LINK,
				 .name = "b0" };

	watch(scene, wanted.namespace);
	assert_false(readable(scene, 0));
	run(scene->fixture, "link add name b0 type bridge");
	hear(scene, &wanted);
	wanted.index = wanted.found_index;
	assert_int_not_equal(wanted.index, 0);
	for (int i = 0; i < 2; i++) {
		(void)rest(scene, MONITOR_LINK);
		run(scene->fixture, "link set dev b0 %s", i ? "down" : "up");
		wanted.found = 0;
		hear(scene, &wanted);
	}
	run(scene->fixture, "link del dev b0");
	wanted.found = 0;
	wanted.gone = true;
	hear(scene, &wanted);
}

/* What the bridge says of its port that goes is no end of the link. */
static void test_port_is_not_gone(void **state)
{
	struct scene *scene = *state;
	struct wanted gone = { .namespace = scene->fixture->namespace,
			       .subject = MONITOR_LINK,
			       .gone = true };

	run(scene->fixture, "link add name b0 type bridge");
	run(scene->fixture, "link add name v0 type veth peer name v1");
	run(scene->fixture, "link set dev v0 master b0");
	watch(scene, gone.namespace);
	run(scene->fixture, "link set dev v0 nomaster");
	hear_all(scene, &gone);
	assert_int_not_equal(gone.subject_count, 0);
	assert_int_equal(gone.found, 0);
}

static void test_address(void **state)
{
	static const char *const addresses[] = { "192.0.2.1/24", "fd00::1/64" };
	struct scene *scene = *state;
	struct wanted wanted = { .namespace = scene->fixture->namespace,
				 .subject = MONITOR_ADDRESS,
				 .index = 1 };

	watch(scene, wanted.namespace);
	for (size_t i = 0; i < 4; i++) {
		wanted.gone = i % 2;
		wanted.found = 0;
		run(scene->fixture, "address %s %s dev lo", wanted.gone ? "del" : "add",
		    addresses[i / 2]);
		hear(scene, &wanted);
	}
}

/* The foreign ones come first, so they would have been heard. */
static void test_own_routes_only(void **state)
{
	static const char *const prefixes[] = { "198.51.100.0/24", "fd01::/64" };
	struct scene *scene = *state;

	watch(scene, scene->fixture->namespace);
	for (size_t i = 0; i < 4; i++) {
		struct wanted wanted = { .namespace = scene->fixture->namespace,
					 .subject = MONITOR_ROUTE,
					 .gone = i % 2 };
		const char *verb = wanted.gone ? "del" : "add";

		run(scene->fixture, "route %s %s dev lo metric 7 proto bird", verb,
		    prefixes[i / 2]);
		run(scene->fixture, "route %s %s dev lo metric 8 proto %d", verb,
		    prefixes[i / 2], OWNED_PROTOCOL);
		hear(scene, &wanted);
		assert_int_equal(wanted.found, 1);
		assert_int_equal(wanted.subject_count, 1);
		assert_int_equal(rest(scene, MONITOR_ROUTE).subject_count, 0);
	}
}

/* Whose a rule is stands behind its other attributes: all are heard. */
static void test_rules(void **state)
{
	struct scene *scene = *state;

	watch(scene, scene->fixture->namespace);
	for (size_t i = 0; i < 4; i++) {
		struct wanted wanted = { .namespace = scene->fixture->namespace,
					 .subject = MONITOR_RULE,
					 .gone = i % 2 };

		run(scene->fixture, "%s rule %s pref 7 table 7", i / 2 ? "-6" : "-4",
		    wanted.gone ? "del" : "add");
		hear(scene, &wanted);
		assert_int_equal(wanted.found, 1);
		assert_int_equal(wanted.subject_count, 1);
	}
}

/* What is learned all the time is not heard; ours is, also as it goes. */
static void test_own_neighbors_only(void **state)
{
	static const char *const addresses[] = { "192.0.2.7", "fd00::7" };
	struct scene *scene = *state;
	const struct fixture *fixture = scene->fixture;

	run(fixture, "link add mn1 type veth peer name mn2");
	run(fixture, "link set mn1 up");
	watch(scene, fixture->namespace);
	for (size_t i = 0; i < 2; i++) {
		struct wanted wanted = { .namespace = fixture->namespace,
					 .subject = MONITOR_NEIGHBOR };

		run(fixture, "neigh add 192.0.2.8 lladdr 02:00:00:00:00:08 nud stale dev mn1");
		run(fixture, "neigh del 192.0.2.8 dev mn1");
		run(fixture, "neigh add %s lladdr 02:00:00:00:00:07 dev mn1 proto %d",
		    addresses[i], OWNED_PROTOCOL);
		hear(scene, &wanted);
		assert_int_equal(wanted.subject_count, 1);
		wanted = (struct wanted){ .namespace = fixture->namespace,
					  .subject = MONITOR_NEIGHBOR,
					  .gone = true };
		run(fixture, "neigh del %s dev mn1", addresses[i]);
		hear(scene, &wanted);
		assert_int_equal(wanted.found, 1);
	}
}

/* Into a file for ip -batch: MANY times the line, with two numbers below 250. */
static void batch(const struct scene *scene, const char *line)
{
	char path[] = "/tmp/test-monitor-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	for (int i = 0; i < MANY; i++)
		fprintf(file, "%s 10.77.%d.%d/32 dev lo proto %d\n", line, i / 250, i % 250,
			OWNED_PROTOCOL);
	fclose(file);
	command("ip -n %s -batch %s; status=$?; rm %s; exit $status", scene->fixture->namespace,
		path, path);
}

/* More than one call hands over: what is left makes an edge of its own. */
static void test_edge_triggered(void **state)
{
	struct scene *scene = *state;
	struct wanted wanted = { .namespace = scene->fixture->namespace,
				 .subject = MONITOR_ROUTE };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int outer = epoll_create1(EPOLL_CLOEXEC), calls = 0;

	watch(scene, wanted.namespace);
	assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, monitor_fd(scene->monitor), &event),
			 0);
	batch(scene, "route add");
	while (calls < MANY && epoll_wait(outer, &event, 1, STEP_MS) == 1) {
		monitor_read(scene->monitor, note, &wanted);
		calls++;
	}
	assert_int_equal(wanted.found, MANY);
	assert_in_range(calls, 2, 10);
	/* And it is quiet until something happens again. */
	assert_int_equal(epoll_wait(outer, &event, 1, STEP_MS), 0);
	run(scene->fixture, "link set dev lo mtu 1500");
	assert_int_equal(epoll_wait(outer, &event, 1, PATIENCE_MS), 1);
	close(outer);
}

/* ---- what is lost ---- */

static void test_overrun(void **state)
{
	struct scene *scene = *state;
	const struct kernel_counts *counts = netops_counts(scene->fixture->netops);
	struct wanted lost = { .namespace = scene->fixture->namespace,
			       .subject = MONITOR_NAMESPACE,
			       .lost = true };
	struct wanted after = { .namespace = scene->fixture->namespace,
				.subject = MONITOR_LINK,
				.name = "b0" };

	buffer.size = SMALL_BUFFER;
	watch(scene, lost.namespace);
	batch(scene, "route add");
	hear(scene, &lost);
	assert_true(counts->overruns >= 1);
	assert_in_range(counts->resyncs, 1, lost.count);
	assert_int_equal(lost.found, 1);
	assert_in_range(lost.count, 1, MANY / 10);
	assert_int_equal(rest(scene, MONITOR_NAMESPACE).count, 0);
	run(scene->fixture, "link add name b0 type bridge");
	hear(scene, &after);
}

static void test_small_buffer_without_capability(void **state)
{
	struct scene *scene = *state;
	struct wanted wanted = { .namespace = scene->fixture->namespace,
				 .subject = MONITOR_LINK,
				 .name = "b0" };

	buffer.refuse = true;
	watch(scene, wanted.namespace);
	run(scene->fixture, "link add name b0 type bridge");
	hear(scene, &wanted);
}

/* ---- namespaces that go ---- */

static void test_deleted_namespace_dies_at_once(void **state)
{
	struct scene *scene = *state;
	struct wanted link = { .namespace = scene->fixture->namespace,
			       .subject = MONITOR_LINK,
			       .gone = true,
			       .name = "v0" };
	struct wanted gone = { .namespace = scene->other,
			       .subject = MONITOR_NAMESPACE,
			       .gone = true,
			       .also = &link };

	command("ip netns add %s", scene->other);
	run(scene->fixture, "link add name v0 type veth peer name v1 netns %s", scene->other);
	watch(scene, scene->other);
	watch(scene, scene->fixture->namespace);
	command("ip netns del %s", scene->other);
	/* Our socket keeps it. */
	usleep(200 * 1000);
	run(scene->fixture, "link show dev v0 >/dev/null");
	monitor_mounts_changed(scene->monitor);
	hear(scene, &gone);
	assert_int_equal(gone.subject_count, 1);
	hear(scene, &link);
	assert_int_equal(rest(scene, MONITOR_NAMESPACE).subject_count, 0);
}

static void need_new(struct scene *scene, const char *link)
{
	struct wanted wanted = { .namespace = scene->other,
				 .subject = MONITOR_LINK,
				 .name = link };

	command("ip -n %s link add name %s type bridge", scene->other, link);
	hear(scene, &wanted);
}

/* Noticed by the loop, or by who watches it again before that. */
static void test_replaced_namespace(void **state)
{
	struct scene *scene = *state;

	command("ip netns add %s", scene->other);
	watch(scene, scene->other);
	for (int i = 0; i < 2; i++) {
		struct wanted gone = { .namespace = scene->other,
				       .subject = MONITOR_NAMESPACE,
				       .gone = true };

		command("ip netns del %s; ip netns add %s", scene->other, scene->other);
		if (!i)
			monitor_mounts_changed(scene->monitor);
		watch(scene, scene->other);
		hear(scene, &gone);
		need_new(scene, "b0");
	}
	monitor_mounts_changed(scene->monitor);
	assert_int_equal(rest(scene, MONITOR_NAMESPACE).subject_count, 0);
	command("ip netns del %s", scene->other);
}

static void test_forget(void **state)
{
	struct scene *scene = *state;
	struct error error;

	monitor_forget(scene->monitor, "never-watched");
	error_clear(&error);
	assert_int_equal(monitor_watch(scene->monitor, "test-nowhere", &error), -1);
	assert_int_equal(error.kind, ERROR_MISSING);
	watch(scene, scene->fixture->namespace);
	run(scene->fixture, "link set dev lo mtu 1400");
	monitor_forget(scene->monitor, scene->fixture->namespace);
	assert_int_equal(rest(scene, MONITOR_LINK).count, 0);
	/* One that is gone, too. */
	command("ip netns add %s", scene->other);
	watch(scene, scene->other);
	command("ip netns del %s", scene->other);
	monitor_mounts_changed(scene->monitor);
	monitor_forget(scene->monitor, scene->other);
	assert_int_equal(rest(scene, MONITOR_NAMESPACE).count, 0);
}

static void test_watched_twice_is_told_once(void **state)
{
	struct scene *scene = *state;
	struct wanted wanted = { .namespace = scene->fixture->namespace,
				 .subject = MONITOR_ROUTE };

	watch(scene, wanted.namespace);
	watch(scene, wanted.namespace);
	watch(scene, NAMESPACE_HOST);
	run(scene->fixture, "route add 198.51.100.0/24 dev lo proto %d", OWNED_PROTOCOL);
	hear(scene, &wanted);
	assert_int_equal(wanted.found + rest(scene, MONITOR_ROUTE).subject_count, 1);
	monitor_close(NULL);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_link),
		IN_SCENE(test_port_is_not_gone),
		IN_SCENE(test_address),
		IN_SCENE(test_own_routes_only),
		IN_SCENE(test_rules),
		IN_SCENE(test_own_neighbors_only),
		IN_SCENE(test_edge_triggered),
		IN_SCENE(test_overrun),
		IN_SCENE(test_small_buffer_without_capability),
		IN_SCENE(test_deleted_namespace_dies_at_once),
		IN_SCENE(test_replaced_namespace),
		IN_SCENE(test_forget),
		IN_SCENE(test_watched_twice_is_told_once),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
