/* Real echoes in namespaces of their own: loopback, and a router between two others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netops/namespace.h"
#include "tests/unit/command.h"
#include "tests/unit/probe_request.h"

enum { LEFT, ROUTER, RIGHT, SPACES, NAME_SIZE = 32, THREADS = 8 };

struct fixture {
	struct netops *netops;
	char names[SPACES][NAME_SIZE];
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error;

	error_clear(&error);
	assert_int_equal(netops_open(&fixture->netops, &error), 0);
	for (int i = 0; i < SPACES; i++) {
		struct namespace wanted = { .given_ipv4 = true,
					    .given_ipv6 = true,
					    .forwarding_ipv4 = i == ROUTER,
					    .forwarding_ipv6 = i == ROUTER };

		snprintf(fixture->names[i], NAME_SIZE, "test-probe-%d-%d", getpid(), i);
		memcpy(wanted.name, fixture->names[i], NAME_SIZE);
		assert_int_equal(namespace_create(fixture->netops, &wanted, &error), 0);
	}
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	struct error error;

	error_clear(&error);
	for (int i = 0; i < SPACES; i++)
		(void)namespace_delete(fixture->netops, fixture->names[i], &error);
	netops_close(fixture->netops);
	free(fixture);
	return 0;
}

/* The kernel tells a link of its carrier in its own time; before, it drops what is sent. */
static void wait_for_carrier(const char *namespace, const char *link)
{
	command("for i in $(seq 200); do ip -n %s link show %s | grep -q 'state UP' && exit 0;"
		" sleep 0.02; done; exit 1",
		namespace, link);
}

/* LEFT -- ROUTER -- RIGHT */
static int setup_routed(void **state)
{
	struct fixture *fixture;

	setup(state);
	fixture = *state;
	for (int i = 0; i < SPACES; i += 2) {
		const char *end = fixture->names[i], *router = fixture->names[ROUTER];

		command("ip -n %s link add v type veth peer name v%d netns %s", end, i, router);
		command("ip -n %s addr add 10.%d.0.2/24 dev v", end, i);
		command("ip -n %s addr add 10.%d.0.1/24 dev v%d", router, i, i);
		command("ip -n %s addr add fd00:%d::2/64 dev v nodad", end, i);
		command("ip -n %s addr add fd00:%d::1/64 dev v%d nodad", router, i, i);
		command("ip -n %s link set v addrgenmode none; ip -n %s link set v up", end,
			end);
		command("ip -n %s addr add fe80::2/64 dev v nodad", end);
		command("ip -n %s link set v%d up", router, i);
		command("ip -n %s addr add fe80::1/64 dev v%d nodad", router, i);
		wait_for_carrier(end, "v");
		wait_for_carrier(router, i ? "v2" : "v0");
		command("ip -n %s route add default via 10.%d.0.1", end, i);
		command("ip -n %s route add default via fd00:%d::1", end, i);
	}
	return 0;
}

static struct probe_request request_in(const struct fixture *fixture, int space,
				       const char *destination)
{
	struct probe_request request = request_to(destination);

	memcpy(request.namespace, fixture->names[space], NAME_SIZE);
	return request;
}

static struct probe_result run(struct fixture *fixture, const struct probe_request *request)
{
	struct probe_result result;
	struct error error;

	error_clear(&error);
	if (probe_run(fixture->netops, request, &result, &error))
		fail_msg("%s %s", error.detail, error.members[0].detail);
	return result;
}

static void assert_all(const struct probe_result *result, uint32_t count)
{
	assert_int_equal(result->sent, count);
	assert_int_equal(result->received, count);
	assert_int_equal(result->echo_count, count);
	assert_int_equal(result->duplicates, 0);
	assert_true(result->loss_percent == 0);
	assert_true(result->rtt_min_ms > 0 && result->rtt_min_ms <= result->rtt_avg_ms &&
		    result->rtt_avg_ms <= result->rtt_max_ms && result->rtt_max_ms < 500);
	for (uint32_t i = 0; i < count; i++)
		assert_true(result->echoes[i].answered && result->echoes[i].sequence == i + 1);
}

static void test_loopback(void **state)
{
	static const char *const destinations[] = { "127.0.0.1", "127.1.2.3", "::1" };
	static const uint32_t sizes[] = { 0, 1, 7, 8, 56, 1473, 65507 };

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 7; j++) {
			struct probe_request request =
				request_in(*state, LEFT, destinations[i]);
			struct probe_result result;

			request.size_bytes = sizes[j];
			result = run(*state, &request);
			assert_all(&result, 4);
			assert_int_equal(result.echoes[0].ttl, 64);
		}
	}
}

/* No route, and routes that say no: results, not failures. */
static void test_refused_sends(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *destination;
		int number;
	} tries[] = { { "10.1.1.1", ENETUNREACH },
		      { "10.2.1.1", EACCES },
		      { "10.3.1.1", EHOSTUNREACH },
		      { "fd01::1", ENETUNREACH } };

	command("ip -n %s route add prohibit 10.2.0.0/16", fixture->names[LEFT]);
	command("ip -n %s route add unreachable 10.3.0.0/16", fixture->names[LEFT]);
	for (size_t i = 0; i < 4; i++) {
		struct probe_request request = request_in(fixture, LEFT, tries[i].destination);
		struct probe_result result = run(fixture, &request);

		assert_int_equal(result.sent, 0);
		assert_int_equal(result.send_error.count, 4);
		assert_int_equal(result.send_error.number, tries[i].number);
		assert_string_equal(result.send_error.text, strerrordesc_np(tries[i].number));
		assert_true(result.loss_percent == 100);
	}
}

static void assert_fails(struct fixture *fixture, const struct probe_request *request,
			 enum error_kind kind, const char *pointer)
{
	struct probe_result result;
	struct error error;

	error_clear(&error);
	assert_int_equal(probe_run(fixture->netops, request, &result, &error), -1);
	assert_int_equal(error.kind, kind);
	if (pointer)
		assert_string_equal(error.members[0].pointer, pointer);
}

static void test_wrong_places(void **state)
{
	struct probe_request request = request_in(*state, LEFT, "127.0.0.1");

	snprintf(request.device, sizeof(request.device), "nothing");
	assert_fails(*state, &request, ERROR_MISSING, "/device");
	request = request_in(*state, LEFT, "127.0.0.1");
	assert_true(ip_parse(&request.source, "10.66.0.1"));
	assert_fails(*state, &request, ERROR_MISSING, "/source");
	request.source.family = 0;
	snprintf(request.namespace, sizeof(request.namespace), "test-nowhere");
	assert_fails(*state, &request, ERROR_MISSING, NULL);
	request.count = 0;
	assert_fails(*state, &request, ERROR_INVALID, "/count");
}

static void test_routed(void **state)
{
	static const char *const destinations[] = { "10.2.0.2", "fd00:2::2" };
	static const char *const sources[] = { "10.0.0.2", "fd00:0::2" };

	for (int i = 0; i < 2; i++) {
		struct probe_request request = request_in(*state, LEFT, destinations[i]);
		struct probe_result result;

		snprintf(request.device, sizeof(request.device), "v");
		assert_true(ip_parse(&request.source, sources[i]));
		request.size_bytes = 3000;
		result = run(*state, &request);
		assert_all(&result, 4);
		assert_int_equal(result.echoes[3].ttl, 63);
		request.ttl = 1;
		result = run(*state, &request);
		assert_int_equal(result.sent, 4);
		assert_int_equal(result.received, 0);
		/* Routers send only so many errors a second (icmp_ratelimit). */
		assert_true(result.icmp.count >= 1);
		assert_string_equal(result.icmp.text,
				    i ? "hop limit exceeded" : "time to live exceeded");
		assert_int_equal(result.icmp.from.bytes[i ? 15 : 3], 1);
	}
}

static void test_link_local(void **state)
{
	struct probe_request request = request_in(*state, LEFT, "fe80::1");
	struct probe_result result;

	snprintf(request.device, sizeof(request.device), "v");
	result = run(*state, &request);
	assert_all(&result, 4);
	assert_true(ip_parse(&request.source, "fe80::2"));
	result = run(*state, &request);
	assert_all(&result, 4);
}

/* The path narrows behind the router: told once by it, then known and refused at home. */
static void test_dont_fragment(void **state)
{
	static const char *const destinations[] = { "10.2.0.2", "fd00:2::2" };
	struct fixture *fixture = *state;

	command("ip -n %s link set v mtu 1400", fixture->names[RIGHT]);
	command("ip -n %s link set v2 mtu 1400", fixture->names[ROUTER]);
	for (int i = 0; i < 2; i++) {
		struct probe_request request = request_in(fixture, LEFT, destinations[i]);
		struct probe_result result;

		request.size_bytes = 1440;
		request.dont_fragment = true;
		result = run(fixture, &request);
		assert_int_equal(result.received, 0);
		assert_true(result.icmp.count >= 1);
		assert_int_equal(result.icmp.mtu, 1400);
		assert_int_equal(result.send_error.number, EMSGSIZE);
		assert_int_equal(result.sent + result.send_error.count, 4);
		request.dont_fragment = false;
		result = run(fixture, &request);
		assert_all(&result, 4);
	}
}

/* Nobody answers for the address: our own kernel says so, also with a device. */
static void test_host_unreachable(void **state)
{
	struct fixture *fixture = *state;
	struct probe_request request = request_in(fixture, LEFT, "10.0.0.77");
	struct probe_result result;

	command("ip netns exec %s sh -c 'echo 50 >/proc/sys/net/ipv4/neigh/v/retrans_time_ms'",
		fixture->names[LEFT]);
	for (int i = 0; i < 2; i++) {
		request.timeout_ms = 3000;
		result = run(fixture, &request);
		assert_int_equal(result.received, 0);
		assert_true(result.icmp.heard);
		assert_string_equal(result.icmp.text, "destination host unreachable");
		assert_int_equal(result.icmp.from.bytes[3], 2);
		snprintf(request.device, sizeof(request.device), "v");
	}
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Nothing comes back, not even an error: the bound holds, and cancelling cuts it short. */
static void test_times(void **state)
{
	struct fixture *fixture = *state;
	struct probe_request request = request_in(fixture, LEFT, "10.2.0.2");
	struct probe_result result;
	double start = now_ms();
	int ends[2];

	command("ip -n %s route add blackhole 10.0.0.0/24 table 7; "
		"ip -n %s rule add to 10.0.0.0/24 table 7",
		fixture->names[RIGHT], fixture->names[RIGHT]);
	request.count = 3;
	request.interval_ms = 100;
	request.timeout_ms = 200;
	start = now_ms();
	result = run(fixture, &request);
	assert_int_equal(result.sent, 3);
	assert_int_equal(result.received, 0);
	assert_true(now_ms() - start >= 400 && now_ms() - start < 1000);

	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	request.count = 100;
	request.interval_ms = request.timeout_ms = 10000;
	request.cancel_fd = ends[0];
	start = now_ms();
	result = run(fixture, &request);
	assert_true(result.cancelled && now_ms() - start < 1000);
	assert_true(result.echo_count <= 1);
	close(ends[0]);
}

static void *run_in_thread(void *context)
{
	struct fixture *fixture = context;
	struct probe_result *result = calloc(1, sizeof(*result));
	struct probe_request request = request_to("127.0.0.1");
	struct error error;

	error_clear(&error);
	memcpy(request.namespace, fixture->names[LEFT], NAME_SIZE);
	request.count = 50;
	request.size_bytes = 0; /* no cookie: only the numbers tell them apart */
	if (probe_run(fixture->netops, &request, result, &error))
		result->received = 0;
	return result;
}

static void test_side_by_side(void **state)
{
	pthread_t threads[THREADS];
	void *result;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_in_thread, *state), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		assert_all(result, 50);
		free(result);
	}
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define ROUTED(test) cmocka_unit_test_setup_teardown(test, setup_routed, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(test_loopback),	       ALONE(test_refused_sends),
		ALONE(test_wrong_places),      ROUTED(test_routed),
		ROUTED(test_link_local),       ROUTED(test_dont_fragment),
		ROUTED(test_host_unreachable), ROUTED(test_times),
		ALONE(test_side_by_side),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
