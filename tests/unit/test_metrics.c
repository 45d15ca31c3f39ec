/* GET /metrics without HTTP: what is counted where, and that no value breaks a line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>

#include "api/metrics.h"
#include "netops/kernel_count.h"
#include "tests/unit/exchange.h"

static void expect_line(const struct exchange *exchange, const char *line)
{
	const struct buffer *body = &exchange->answer.body;

	if (!memmem(body->data, body->length, line, strlen(line)))
		fail_msg("not there: %s", line);
}

static void requests_are_counted(void **state)
{
	static const char *const lines[] = {
		"requests_total{operation=\"none\",status=\"401\"} 1\n",
		"requests_total{operation=\"getTunnel\",status=\"200\"} 2\n",
		"requests_total{operation=\"getTunnel\",status=\"404\"} 1\n",
		"seconds_bucket{operation=\"getTunnel\",class=\"2xx\",le=\"0.0005\"} 1\n",
		"seconds_bucket{operation=\"getTunnel\",class=\"2xx\",le=\"5\"} 2\n",
		"seconds_bucket{operation=\"getTunnel\",class=\"2xx\",le=\"+Inf\"} 2\n",
		"seconds_sum{operation=\"getTunnel\",class=\"2xx\"} 3.0004\n",
		"seconds_count{operation=\"getTunnel\",class=\"2xx\"} 2\n",
		"seconds_bucket{operation=\"getTunnel\",class=\"4xx\",le=\"10\"} 0\n",
		"seconds_bucket{operation=\"getTunnel\",class=\"4xx\",le=\"+Inf\"} 1\n",
	};
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/tunnels/ns1/x"), 200);
	api_observe(exchange->api, &exchange->call, 200, 0.0004);
	api_observe(exchange->api, &exchange->call, 200, 3);
	api_observe(exchange->api, &exchange->call, 404, 11);
	api_observe(exchange->api, &(struct api_call){ 0 }, 401, 0);
	assert_int_equal(get(exchange, "/metrics"), 200);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_line(exchange, lines[i]);
}

static void the_load_is_shown(void **state)
{
	struct exchange *exchange = *state;
	struct api_load *load = api_load(exchange->api);

	api_load_add(&load->connections, 3);
	api_load_add(&load->connections, -1);
	api_load_add(&load->turned_away, 7);
	api_load_add(&load->lanes[API_LANE_WRITER].waiting, 5);
	api_load_add(&load->lanes[API_LANE_READER].busy, 1);
	assert_int_equal(get(exchange, "/metrics"), 200);
	expect_line(exchange, "\ntunneld_http_connections 2\n");
	expect_line(exchange, "\ntunneld_http_connections_refused_total 7\n");
	expect_line(exchange, "\ntunneld_lane_waiting{lane=\"writer\"} 5\n");
	expect_line(exchange, "\ntunneld_lane_busy_threads{lane=\"reader\"} 1\n");
}

static void more_statuses_than_there_is_room_for_harm_nothing(void **state)
{
	struct exchange *exchange = *state;

	assert_int_equal(get(exchange, "/tunnels/ns1/x"), 200);
	for (int status = 100; status < 700; status++)
		api_observe(exchange->api, &exchange->call, status, 0);
	assert_int_equal(get(exchange, "/metrics"), 200);
	expect_line(exchange, "{operation=\"getTunnel\",status=\"100\"} 1\n");
	expect_line(exchange, "seconds_count{operation=\"getTunnel\",class=\"5xx\"} 100\n");
}

static void labels_are_escaped(void **state)
{
	static const struct {
		const char *value, *shown;
	} cases[] = {
		{ "tun1", "tun1" },
		{ "", "" },
		{ "a\"b\\c\nd", "a\\\"b\\\\c\\nd" },
		{ "{},=\t", "{},=\t" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "x\xff\"y", "x\xef\xbf\xbd\\\"y" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer text = { 0 };
		char wanted[64];

		metrics_label(&text, "one", cases[i].value);
		metrics_label(&text, "two", "2");
		buffer_append(&text, "", 1);
		snprintf(wanted, sizeof(wanted), "one=\"%s\",two=\"2\"", cases[i].shown);
		assert_string_equal(text.data, wanted);
		buffer_free(&text);
	}
}

static void messages_are_told_apart(void **state)
{
	static const struct {
		int protocol;
		uint16_t type, flags;
		enum kernel_subject subject;
		enum kernel_verb verb;
	} cases[] = {
		{ NETLINK_ROUTE, RTM_NEWLINK, 0, KERNEL_LINK, KERNEL_SET },
		{ NETLINK_ROUTE, RTM_SETLINK, 0, KERNEL_LINK, KERNEL_SET },
		{ NETLINK_ROUTE, RTM_DELADDR, 0, KERNEL_ADDRESS, KERNEL_DELETE },
		{ NETLINK_ROUTE, RTM_GETROUTE, 0, KERNEL_ROUTE, KERNEL_GET },
		{ NETLINK_ROUTE, RTM_GETROUTE, NLM_F_DUMP, KERNEL_ROUTE, KERNEL_DUMP },
		/* Here the flags mean: make it, in place of another. */
		{ NETLINK_ROUTE, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_EXCL,
		  KERNEL_ROUTE, KERNEL_SET },
		{ NETLINK_ROUTE, RTM_GETNEIGH, NLM_F_DUMP, KERNEL_NEIGHBOR, KERNEL_DUMP },
		{ NETLINK_ROUTE, RTM_NEWRULE, 0, KERNEL_RULE, KERNEL_SET },
		{ NETLINK_ROUTE, RTM_GETNSID, 0, KERNEL_OTHER, KERNEL_GET },
		{ NETLINK_XFRM, XFRM_MSG_UPDSA, 0, KERNEL_IPSEC, KERNEL_SET },
		{ NETLINK_XFRM, XFRM_MSG_DELPOLICY, 0, KERNEL_IPSEC, KERNEL_DELETE },
		{ NETLINK_XFRM, XFRM_MSG_GETPOLICY, NLM_F_DUMP, KERNEL_IPSEC, KERNEL_DUMP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nlmsghdr header = { .nlmsg_type = cases[i].type,
						 .nlmsg_flags = cases[i].flags };
		struct kernel_counts counts = { 0 };

		kernel_count_request(&counts, cases[i].protocol, &header);
		assert_int_equal(counts.requests[cases[i].subject][cases[i].verb], 1);
	}
}

static void errors_without_a_name_are_one(void **state)
{
	struct kernel_counts counts = { 0 };

	(void)state;
	kernel_count_error(&counts, ENODEV);
	kernel_count_error(&counts, 524);
	kernel_count_error(&counts, -1);
	kernel_count_error(NULL, ENODEV);
	assert_int_equal(counts.errors[ENODEV], 1);
	assert_int_equal(counts.errors[0], 2);
}

#define EXCHANGE(test) cmocka_unit_test_setup_teardown(test, exchange_setup, exchange_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXCHANGE(requests_are_counted),
		EXCHANGE(the_load_is_shown),
		EXCHANGE(more_statuses_than_there_is_room_for_harm_nothing),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(messages_are_told_apart),
		cmocka_unit_test(errors_without_a_name_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
