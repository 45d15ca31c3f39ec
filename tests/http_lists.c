/*
 * Lists longer than a window: they are what ip(8) says, take no memory, wait for slow
 * readers without holding anybody, and are whole or seen not to be.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent_process.h"
#include "tests/raw.h"

enum {
	ROUTES = 30000,
	READERS = 16,
	LINKS = 400, /* pairs; enough for some windows */
	CHURNED = 40,
	LISTS = 40,
};

/* AddressSanitizer keeps what was freed for a while. */
#ifdef __SANITIZE_ADDRESS__
static const long memory_each = 32 * 1024; /* KiB */
#else
static const long memory_each = 512;
#endif

static const struct agent *agent;

static void must(const char *command)
{
	if (command_run(command))
		fail_msg("failed: %s", agent_text(command));
}

static FILE *batch_open(const char *namespace)
{
	char command[128];
	FILE *batch;

	snprintf(command, sizeof(command), "ip -n %s -batch -", agent_text(namespace));
	batch = popen(command, "w");
	assert_non_null(batch);
	return batch;
}

/* ---- routes ---- */

static int setup_routes(void **state)
{
	FILE *batch;

	(void)state;
	must("ip netns add @big && ip netns add @far && "
	     "ip -n @big link add d0 type veth peer name d1 netns @far && "
	     "ip -n @big link set d0 up && ip -n @far link set d1 up");
	batch = batch_open("@big");
	for (unsigned int i = 0; i < ROUTES; i++) {
		fprintf(batch, "route add 10.%u.%u.%u/32 dev d0 metric %u\n", i >> 16,
			i >> 8 & 255, i & 255, i % 7);
		if (i % 10 == 0)
			fprintf(batch, "route add 2001:db8:%x::/64 dev d0\n", i);
	}
	assert_int_equal(pclose(batch), 0);
	return 0;
}

static int teardown_routes(void **state)
{
	(void)state;
	command_run("ip netns del @big; ip netns del @far");
	return 0;
}

static int compare_lines(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* "destination device metric", sorted; for the caller to free. */
static char **lines_of(struct json_object *array, const char *device, bool ours, size_t count)
{
	char **lines = calloc(count + 1, sizeof(*lines)), address[64];

	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(array, i);
		struct json_object *metric = json_at(one, "/metric");
		const char *text = json_text(one, ours ? "/destination" : "/dst");

		snprintf(address, sizeof(address), "%s%s", text,
			 strchr(text, '/') ? "" :
			 strchr(text, ':') ? "/128" :
					     "/32");
		if (asprintf(&lines[i], "%s %s %lld", address, json_text(one, device),
			     metric ? (long long)json_object_get_int64(metric) : 0LL) < 0)
			fail();
	}
	qsort(lines, count, sizeof(*lines), compare_lines);
	return lines;
}

static void assert_same_routes(struct json_object *ours, struct json_object *theirs)
{
	size_t count = json_object_array_length(theirs);
	char **mine, **others;

	assert_int_equal(json_object_array_length(ours), count);
	mine = lines_of(ours, "/device", true, count);
	others = lines_of(theirs, "/dev", false, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(mine[i], others[i]);
		free(mine[i]);
		free(others[i]);
	}
	free(mine);
	free(others);
}

static void a_long_list_is_what_ip_says(void **state)
{
	static const char *const families[][2] = { { "ipv4", "-4" }, { "ipv6", "-6" } };
	char target[96], command[96];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct json_object *ours, *theirs;

		snprintf(target, sizeof(target), "/routes?namespace=@big&family=%s",
			 families[i][0]);
		snprintf(command, sizeof(command), "ip -n @big -j %s route show table main",
			 families[i][1]);
		ours = agent_get(agent, target);
		theirs = command_json(command);
		assert_non_null(theirs);
		assert_true(json_object_array_length(theirs) >= ROUTES / 10);
		assert_same_routes(ours, theirs);
		json_object_put(ours);
		json_object_put(theirs);
	}
}

/* ---- readers ---- */

/* Asks, and reads no more than the beginning. */
static struct raw *ask(const char *target)
{
	struct raw *raw = raw_connect(agent);
	int small = 4096;
	char start[64], request[256];

	setsockopt(raw->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		 agent_text(target));
	raw_say(raw, request);
	assert_true(recv(raw->fd, start, sizeof(start), MSG_PEEK | MSG_WAITALL) > 0);
	assert_memory_equal(start, "HTTP/1.1 200", 12);
	return raw;
}

/* Reads to the last chunk, or to where the other side closes: false, then. */
static bool is_whole(struct raw *raw, size_t *ret_bytes)
{
	static char piece[256 * 1024];
	char tail[6] = "";
	ssize_t got;

	*ret_bytes = 0;
	while (memcmp(tail, "\n0\r\n\r", 5) != 0 || tail[5] != '\n') {
		struct pollfd ready = { .fd = raw->fd, .events = POLLIN };

		if (poll(&ready, 1, 20000) != 1)
			fail_msg("nothing comes");
		got = recv(raw->fd, piece, sizeof(piece), 0);
		if (got <= 0)
			return false;
		*ret_bytes += (size_t)got;
		if (got >= 6) {
			memcpy(tail, piece + got - 6, 6);
			continue;
		}
		memmove(tail, tail + got, (size_t)(6 - got));
		memcpy(tail + 6 - got, piece, (size_t)got);
	}
	return true;
}

static void expect_files(unsigned int most)
{
	double until = raw_clock() + 10;

	while (agent_descriptors(agent) > most && raw_clock() < until)
		usleep(20000);
	if (agent_descriptors(agent) > most)
		fail_msg("%u files are open, %u before", agent_descriptors(agent), most);
}

/* Many that do not read: each costs its windows, and others are served meanwhile. */
static void slow_readers_cost_little(void **state)
{
	struct raw *readers[READERS];
	size_t first = 0, bytes;
	long before;

	(void)state;
	json_object_put(agent_get(agent, "/routes?namespace=@big"));
	before = agent_resident_kib(agent);
	for (int i = 0; i < READERS; i++)
		readers[i] = ask("/routes?namespace=@big");
	EXPECT(agent, 200, "GET", "/links/@big/d0", NULL);
	EXPECT(agent, 201, "POST", "/addresses",
	       "{'namespace':'@far','link':'d1','address':'10.200.0.1/24'}");
	EXPECT(agent, 204, "DELETE", "/addresses/@far/d1/10.200.0.1/24", NULL);
	usleep(300000);
	if (agent_peak_kib(agent) - before > READERS * memory_each + 2048)
		fail_msg("%ld KiB before, %ld with %d readers", before, agent_peak_kib(agent),
			 READERS);
	for (int i = 0; i < READERS; i++) {
		assert_true(is_whole(readers[i], &bytes));
		first = first ? first : bytes;
		if (bytes != first || bytes < ROUTES * 100)
			fail_msg("%zu bytes, of the first %zu", bytes, first);
		raw_close(readers[i]);
	}
}

static void who_leaves_is_forgotten(void **state)
{
	unsigned int before;

	(void)state;
	EXPECT(agent, 200, "GET", "/links/@big/d0", NULL);
	before = agent_descriptors(agent);
	for (int i = 0; i < 3 * READERS; i++)
		raw_close(ask("/routes?namespace=@big"));
	expect_files(before);
}

static bool is_there(const char *command)
{
	return !command_run(command);
}

/* The reader's socket does not keep it alive, and the reader sees that he has a part. */
static void a_deleted_namespace_ends_its_list(void **state)
{
	struct raw *reader = ask("/routes?namespace=@big");
	double until = raw_clock() + 5;
	size_t bytes;

	(void)state;
	must("ip netns del @big");
	while (is_there("ip -n @far link show dev d1 >/dev/null 2>&1") && raw_clock() < until)
		usleep(50000);
	assert_false(is_there("ip -n @far link show dev d1 >/dev/null 2>&1"));
	assert_false(is_whole(reader, &bytes));
	raw_close(reader);
}

/* ---- links that come and go ---- */

static pid_t churn;

static int setup_links(void **state)
{
	FILE *batch;

	(void)state;
	must("ip netns add @churn");
	batch = batch_open("@churn");
	for (unsigned int i = 0; i < LINKS; i++)
		fprintf(batch, "link add s%u type veth peer name t%u\n", i, i);
	assert_int_equal(pclose(batch), 0);
	churn = fork();
	if (churn)
		return 0;
	for (unsigned int i = 0;; i++) {
		batch = batch_open("@churn");
		for (unsigned int j = 0; j < CHURNED; j++)
			fprintf(batch, "link %s c%u %s\n", i % 2 ? "del" : "add", j,
				i % 2 ? "" : "type veth");
		pclose(batch);
	}
}

static int teardown_links(void **state)
{
	(void)state;
	kill(churn, SIGKILL);
	waitpid(churn, NULL, 0);
	command_run("sleep 0.5; ip netns del @churn");
	return 0;
}

/* Each that was there all the time is there, and none is there twice. */
static void assert_steady(struct json_object *array)
{
	static bool seen[2][LINKS];
	unsigned int steady = 0;
	size_t count = json_object_array_length(array);

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < count; i++) {
		const char *name = json_text(json_object_array_get_idx(array, i), "/name");
		bool *place;

		if (*name != 's' && *name != 't')
			continue;
		place = &seen[*name == 't'][strtoul(name + 1, NULL, 10)];
		assert_false(*place);
		*place = true;
		steady++;
	}
	assert_int_equal(steady, 2 * LINKS);
}

static void lists_of_links_are_whole_under_churn(void **state)
{
	unsigned int whole = 0, busy = 0, cut = 0;

	(void)state;
	for (unsigned int i = 0; i < LISTS; i++) {
		struct call call = { "GET", "/links?namespace=@churn", NULL, NULL, NULL };
		struct reply *reply = agent_call(agent, &call);

		if (reply->status == 200 && reply->json)
			assert_steady(reply->json);
		whole += reply->status == 200;
		busy += reply->status == 503;
		cut += reply->status == 0;
	}
	print_message("%u whole, %u busy, %u cut\n", whole, busy, cut);
	assert_int_equal(whole + busy + cut, LISTS);
	assert_true(whole > LISTS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_long_list_is_what_ip_says, setup_routes),
		cmocka_unit_test(slow_readers_cost_little),
		cmocka_unit_test(who_leaves_is_forgotten),
		cmocka_unit_test_teardown(a_deleted_namespace_ends_its_list, teardown_routes),
		cmocka_unit_test_setup_teardown(lists_of_links_are_whole_under_churn,
						setup_links, teardown_links),
	};
	void *state = NULL;
	int failed;

	if (agent_setup(&state))
		return 1;
	agent = state;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return agent_teardown(&state) || failed;
}
