/*
 * GET /metrics of a running agent: its text is what Prometheus expects, whatever
 * links are called, and each figure moves with what it counts and with nothing else.
 */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/agent_process.h"
#include "tests/agent_under_test.h"

static const struct agent *agent;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { LIMIT = 1000, BEYOND = 100 }; /* tunnels of one scrape, and of those that are too many */

static const char *scrape(const char *query)
{
	char target[256];

	snprintf(target, sizeof(target), "/metrics%s", query);
	return EXPECT(agent, 200, "GET", target, NULL)->body;
}

/* The value of a sample in the text, -1: it is not there. */
static double sample(const char *text, const char *name)
{
	char start[256];
	const char *at;

	snprintf(start, sizeof(start), "\n%s ", agent_text(name));
	at = strstr(text, start);
	return at ? strtod(at + strlen(start), NULL) : -1;
}

/* 0 where nothing was counted yet. */
static double figure(const char *name)
{
	double value = sample(scrape(""), name);

	return value < 0 ? 0 : value;
}

/* Until it is at least this; what is heard from the kernel comes a moment later. */
static void expect_reach(const char *name, double wanted)
{
	double value = figure(name);

	for (int i = 0; i < 500 && value < wanted; i++) {
		usleep(10000);
		value = figure(name);
	}
	if (value < wanted)
		fail_msg("%s is %g and not %g", name, value, wanted);
}

/* ---- the text ---- */

static void check_text(const char *query)
{
	const char *text = scrape(query);
	FILE *pipe = popen("exec python3 " TEST_DATA "/../check-metrics -", "we");

	assert_non_null(pipe);
	fputs(text, pipe);
	assert_int_equal(pclose(pipe), 0);
}

static void the_text_is_well_formed(void **state)
{
	(void)state;
	EXPECT(agent, 404, "GET", "/nowhere", NULL);
	EXPECT(agent, 404, "GET", "/tunnels/@m/none", NULL);
	check_text("");
	check_text("?tunnels=true");
	assert_string_equal(EXPECT(agent, 200, "GET", "/metrics", NULL)->content_type,
			    "text/plain; version=0.0.4; charset=utf-8");
}

/* ---- each figure with what it counts ---- */

static const struct {
	const char *figure;
	double more; /* at least: the agent looks at the kernel when it likes */
	bool exactly;
	struct call call;
	long status;
} moves[] = {
	{ "tunneld_objects{kind='namespace',state='applied'}",
	  1,
	  true,
	  { .method = "POST", .target = "/namespaces", .body = "{'name':'@m2'}" },
	  201 },
	{ "tunneld_objects{kind='tunnel',state='pending'}",
	  1,
	  true,
	  { .method = "POST",
	    .target = "/tunnels?pending=true",
	    .body = "{'namespace':'@later','name':'t1','kind':'vxlan','vni':7}" },
	  201 },
	{ "tunneld_objects{kind='tunnel',state='pending'}",
	  -1,
	  true,
	  { .method = "DELETE", .target = "/tunnels/@later/t1" },
	  204 },
	{ "tunneld_objects{kind='namespace',state='applied'}",
	  -1,
	  true,
	  { .method = "DELETE", .target = "/namespaces/@m2" },
	  204 },
	{ "tunneld_http_requests_total{operation='getTunnel',status='404'}",
	  1,
	  true,
	  { .method = "GET", .target = "/tunnels/@m/none" },
	  404 },
	{ "tunneld_http_requests_total{operation='none',status='404'}",
	  1,
	  true,
	  { .method = "GET", .target = "/nowhere" },
	  404 },
	{ "tunneld_http_requests_total{operation='listRoutes',status='400'}",
	  1,
	  true,
	  { .method = "GET", .target = "/routes?no=1" },
	  400 },
	{ "tunneld_http_request_duration_seconds_count{operation='getTunnel',class='4xx'}",
	  1,
	  true,
	  { .method = "GET", .target = "/tunnels/@m/none" },
	  404 },
	{ "tunneld_http_request_duration_seconds_bucket{operation='getTunnel',class='2xx',"
	  "le='+Inf'}",
	  1,
	  true,
	  { .method = "GET", .target = "/tunnels/@m/vx1" },
	  200 },
	{ "tunneld_lane_jobs_total{lane='probe'}",
	  1,
	  true,
	  { .method = "POST",
	    .target = "/probes",
	    .body = "{'namespace':'@m','destination':'127.0.0.1','count':1}" },
	  200 },
	{ "tunneld_netlink_errors_total{errno='ENODEV'}",
	  1,
	  false,
	  { .method = "GET", .target = "/tunnels/@m/none" },
	  404 },
	{ "tunneld_netlink_errors_total{errno='ENETUNREACH'}",
	  1,
	  false,
	  { .method = "POST",
	    .target = "/routes",
	    .body = "{'namespace':'@m','destination':'10.99.0.0/16','gateway':'10.98.0.1'}" },
	  422 },
	{ "tunneld_netlink_requests_total{kind='route',type='dump'}",
	  1,
	  false,
	  { .method = "GET", .target = "/routes?namespace=@m" },
	  200 },
	{ "tunneld_netlink_requests_total{kind='neighbor',type='dump'}",
	  1,
	  false,
	  { .method = "GET", .target = "/neighbors?namespace=@m" },
	  200 },
	{ "tunneld_netlink_requests_total{kind='rule',type='set'}",
	  1,
	  true,
	  { .method = "POST",
	    .target = "/rules",
	    .body = "{'namespace':'@m','priority':77,'table':77,'family':'ipv4'}" },
	  201 },
	{ "tunneld_netlink_requests_total{kind='link',type='set'}",
	  1,
	  false,
	  { .method = "POST",
	    .target = "/tunnels",
	    .body = "{'namespace':'@m','name':'vx9','kind':'vxlan','vni':9}" },
	  201 },
	{ "tunneld_netlink_requests_total{kind='link',type='delete'}",
	  1,
	  true,
	  { .method = "DELETE", .target = "/tunnels/@m/vx9" },
	  204 },
	{ "tunneld_store_transactions_total",
	  2,
	  true,
	  { .method = "POST",
	    .target = "/tunnels",
	    .body = "{'namespace':'@m','name':'vx8','kind':'vxlan','vni':8}" },
	  201 },
	{ "tunneld_store_journaled_steps_total",
	  1,
	  true,
	  { .method = "DELETE", .target = "/tunnels/@m/vx8" },
	  204 },
	{ "tunneld_store_syncs_total",
	  1,
	  true,
	  { .method = "POST",
	    .target = "/tunnels",
	    .body = "{'namespace':'@m','name':'vx7','kind':'vxlan','vni':7}" },
	  201 },
	{ "tunneld_events_total{type='deleted'}",
	  1,
	  true,
	  { .method = "DELETE", .target = "/tunnels/@m/vx7" },
	  204 },
};

static void figures_move(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(moves); i++) {
		double before = figure(moves[i].figure), more;

		EXPECT_CALL(agent, moves[i].status, &moves[i].call);
		more = figure(moves[i].figure) - before;
		if (moves[i].exactly ? more != moves[i].more : more < moves[i].more)
			fail_msg("%s moved by %g and not by %g", moves[i].figure, more,
				 moves[i].more);
	}
}

/* The reconciler may dump in between, but not each time. */
static bool stays(const char *name)
{
	for (int i = 0; i < 20; i++) {
		double before = figure(name);

		if (figure(name) == before)
			return true;
		usleep(100 * 1000);
	}
	return false;
}

/* That nothing is dumped for it is what the figure is for. */
static void a_scrape_asks_the_kernel_nothing(void **state)
{
	static const char *const kinds[] = { "link", "address", "route", "neighbor", "rule" };
	char name[128];

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		snprintf(name, sizeof(name),
			 "tunneld_netlink_requests_total{kind='%s',type='dump'}", kinds[i]);
		assert_true(stays(name));
	}
}

static void what_others_do_is_heard_and_repaired(void **state)
{
	double heard = figure("tunneld_netlink_notifications_total{kind='link'}"),
	       repairs = figure("tunneld_repairs_total"),
	       passes = figure("tunneld_reconcile_passes_total");

	(void)state;
	assert_int_equal(command_run("ip -n @m link delete vx1"), 0);
	expect_reach("tunneld_repairs_total", repairs + 1);
	expect_reach("tunneld_netlink_notifications_total{kind='link'}", heard + 2);
	assert_true(figure("tunneld_reconcile_passes_total") > passes);
	assert_true(figure("tunneld_reconcile_seconds_total") > 0);
	assert_true(figure("tunneld_events_total{type='repaired'}") >= 1);
	assert_true(figure("tunneld_objects{kind='tunnel',state='applied'}") == 1);
}

static void what_is_under_way_is_told(void **state)
{
	static const struct {
		const char *figure;
		double wanted;
	} cases[] = {
		{ "tunneld_http_requests_in_flight", 1 }, /* this one */
		{ "tunneld_lane_busy_threads{lane='reader'}", 1 },
		{ "tunneld_lane_busy_threads{lane='writer'}", 0 },
		{ "tunneld_lane_threads{lane='reader'}", 2 },
		{ "tunneld_lane_threads{lane='writer'}", 1 },
		{ "tunneld_lane_waiting{lane='reader'}", 0 },
		{ "tunneld_event_watchers", 0 },
		{ "tunneld_netlink_overruns_total", 0 },
		{ "tunneld_netlink_resyncs_total", 0 },
		{ "tunneld_events_lost_total", 0 },
		{ "tunneld_event_gaps_total", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		double value = sample(scrape(""), cases[i].figure);

		/* The reconciler may be at work just now. */
		for (int j = 0; j < 500 && value != cases[i].wanted; j++) {
			usleep(10 * 1000);
			value = sample(scrape(""), cases[i].figure);
		}
		if (value != cases[i].wanted)
			fail_msg("%s is %g", cases[i].figure, value);
	}
	assert_true(figure("tunneld_http_connections") >= 1);
	assert_true(figure("tunneld_http_connections_total") >= 1);
	assert_true(figure("tunneld_store_bytes{file='database'}") >= 4096);
}

/* ---- the process ---- */

static double agent_resident(void)
{
	unsigned long pages = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)agent->pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void the_process_is_this_one(void **state)
{
	double started = figure("process_start_time_seconds"), now = (double)time(NULL),
	       resident = figure("process_resident_memory_bytes") / agent_resident();

	(void)state;
	assert_true(started > now - 600 && started < now + 2);
	assert_true(resident > 0.8 && resident < 1.25);
	/* A connection of the call before may be open still. */
	assert_in_range(figure("process_open_fds"), agent_descriptors(agent) - 2,
			agent_descriptors(agent) + 2);
	assert_true(figure("process_max_fds") >= figure("process_open_fds"));
	assert_true(figure("process_threads") >= 12);
	assert_true(figure("process_cpu_seconds_total") > 0);
	assert_true(figure("process_virtual_memory_bytes") >
		    figure("process_resident_memory_bytes"));
	assert_non_null(
		strstr(scrape(""), "\ntunneld_build_info{version=\"" PACKAGE_VERSION "\","));
}

/* ---- single tunnels ---- */

static bool has_tunnel(const char *text, const char *labels)
{
	char name[256];

	snprintf(name, sizeof(name), "tunneld_tunnel_receive_bytes_total{%s}", labels);
	return sample(text, name) >= 0;
}

static void tunnels_come_where_they_are_asked_for(void **state)
{
	static const struct {
		const char *query;
		bool some;
	} cases[] = {
		{ "", false },
		{ "?tunnels=false", false },
		{ "?namespace=@m&tunnels=false", false },
		{ "?namespace=@m", true },
		{ "?kind=vxlan", true },
		{ "?tunnels=true", true },
		{ "?namespace=@m&kind=vxlan&tunnels=true", true },
		{ "?namespace=@m&kind=gre", false },
		{ "?namespace=host", false },
		{ "?namespace=no-such", false },
		{ "?kind=no-such", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *text = scrape(cases[i].query);

		if (has_tunnel(text, "namespace='@m',name='vx1',kind='vxlan'") != cases[i].some)
			fail_msg("%s", cases[i].query);
		/* A veth is no tunnel. */
		assert_null(strstr(text, "name=\"v1\""));
	}
	EXPECT(agent, 400, "GET", "/metrics?tunnels=maybe", NULL);
	EXPECT(agent, 400, "GET", "/metrics?name=vx1", NULL);
}

/* The same figures as ip shows, of a tunnel that has tried to send something. */
static void counters_are_the_kernels(void **state)
{
	static const struct {
		const char *name, *pointer;
	} cases[] = {
		{ "receive_bytes", "/0/stats64/rx/bytes" },
		{ "receive_packets", "/0/stats64/rx/packets" },
		{ "receive_errors", "/0/stats64/rx/errors" },
		{ "receive_dropped", "/0/stats64/rx/dropped" },
		{ "transmit_bytes", "/0/stats64/tx/bytes" },
		{ "transmit_packets", "/0/stats64/tx/packets" },
		{ "transmit_errors", "/0/stats64/tx/errors" },
		{ "transmit_dropped", "/0/stats64/tx/dropped" },
	};
	struct json_object *shown;
	const char *text;
	char name[256];

	(void)state;
	command_run(
		"nsenter --net=/run/netns/@m ping -q -c 2 -i 0.2 -W 1 10.77.0.2 >/dev/null");
	/* What is sent by itself, IPv6 looking for routers, must not come between the two. */
	command_run("ip -n @m link set vx1 down");
	shown = command_json("ip -n @m -s -j link show vx1");
	assert_non_null(shown);
	text = scrape("?namespace=@m");
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(name, sizeof(name),
			 "tunneld_tunnel_%s_total{namespace='@m',name='vx1',kind='vxlan'}",
			 cases[i].name);
		assert_true(sample(text, name) ==
			    (double)json_object_get_int64(json_at(shown, cases[i].pointer)));
	}
	assert_true(json_object_get_int64(json_at(shown, "/0/stats64/tx/errors")) +
			    json_object_get_int64(json_at(shown, "/0/stats64/tx/packets")) >
		    0);
	json_object_put(shown);
}

/* Names are anybody's: none may break a line, or be taken for two series. */
static void odd_names_are_escaped(void **state)
{
	(void)state;
	assert_int_equal(command_run("ip -n @m link add \"$(printf 'q\\042b\\134s')\" "
				     "type vxlan id 11 dstport 4789"),
			 0);
	assert_int_equal(command_run("ip -n @m link add \"$(printf '{,}=\\303\\244\\377')\" "
				     "type vxlan id 12 dstport 4789"),
			 0);
	check_text("?namespace=@m");
	assert_non_null(strstr(scrape("?namespace=@m"), "name=\"q\\\"b\\\\s\""));
	assert_non_null(strstr(scrape("?namespace=@m"),
			       "name=\"{,}=\xc3\xa4\xef\xbf\xbd\",kind=\"vxlan\"} "));
}

static void make_many(void)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "for i in $(seq %d); do "
		 "echo link add n$i type vxlan id $((i + 1000)) dstport 4789; done | "
		 "ip -n @many -batch -",
		 LIMIT + BEYOND);
	assert_int_equal(command_run("ip netns add @many"), 0);
	assert_int_equal(command_run(command), 0);
}

static void no_scrape_is_without_an_end(void **state)
{
	const char *text;
	unsigned int lines = 0;

	(void)state;
	make_many();
	text = scrape("?namespace=@many");
	for (const char *at = text; (at = strstr(at, "\ntunneld_tunnel_receive_bytes_total{"));
	     at++)
		lines++;
	assert_int_equal(lines, LIMIT);
	assert_true(sample(text, "tunneld_tunnels_left_out") == BEYOND);
	assert_true(sample(scrape("?namespace=@m"), "tunneld_tunnels_left_out") == 0);
	check_text("?tunnels=true");
	assert_int_equal(command_run("ip netns delete @many"), 0);
}

/* ---- */

static const struct call scene[] = {
	{ .method = "POST", .target = "/namespaces", .body = "{'name':'@m'}" },
	{ .method = "POST",
	  .target = "/tunnels",
	  .body = "{'namespace':'@m','name':'vx1','kind':'vxlan','vni':1,'remote':'10.76.0.2',"
		  "'addresses':['10.77.0.1/24']}" },
	{ .method = "POST",
	  .target = "/links",
	  .body = "{'namespace':'@m','name':'v1','kind':'veth','peer':{'name':'v2'}}" },
};

static int setup(void **state)
{
	if (agent_setup(state) < 0)
		return -1;
	agent = *state;
	for (size_t i = 0; i < COUNT(scene); i++)
		EXPECT_CALL(agent, 201, &scene[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_well_formed),
		cmocka_unit_test(figures_move),
		cmocka_unit_test(a_scrape_asks_the_kernel_nothing),
		cmocka_unit_test(what_others_do_is_heard_and_repaired),
		cmocka_unit_test(what_is_under_way_is_told),
		cmocka_unit_test(the_process_is_this_one),
		cmocka_unit_test(tunnels_come_where_they_are_asked_for),
		cmocka_unit_test(counters_are_the_kernels),
		cmocka_unit_test(odd_names_are_escaped),
		cmocka_unit_test(no_scrape_is_without_an_end),
	};

	return cmocka_run_group_tests_name("http_metrics", tests, setup, agent_teardown);
}
