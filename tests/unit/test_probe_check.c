/* The checks of a probe's members, and the sums over its echoes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "netops/probe_private.h"
#include "tests/unit/probe_request.h"

static void count_zero(struct probe_request *r)
{
	r->count = 0;
}
static void count_large(struct probe_request *r)
{
	r->count = 101;
}
static void interval_low(struct probe_request *r)
{
	r->interval_ms = 9;
}
static void timeout_high(struct probe_request *r)
{
	r->timeout_ms = 10001;
}
static void size_large(struct probe_request *r)
{
	r->size_bytes = 65508;
}
static void ttl_large(struct probe_request *r)
{
	r->ttl = 256;
}
static void no_destination(struct probe_request *r)
{
	r->destination.family = 0;
}
static void to_any(struct probe_request *r)
{
	ip_parse(&r->destination, "::");
}
static void to_group(struct probe_request *r)
{
	ip_parse(&r->destination, "ff02::1");
}
static void to_all(struct probe_request *r)
{
	ip_parse(&r->destination, "255.255.255.255");
}
static void other_family(struct probe_request *r)
{
	ip_parse(&r->source, "::1");
}
static void from_group(struct probe_request *r)
{
	ip_parse(&r->source, "224.0.0.1");
}
static void no_device(struct probe_request *r)
{
	ip_parse(&r->destination, "fe80::1");
}

static const struct {
	void (*spoil)(struct probe_request *request);
	const char *pointer, *code;
} wrongs[] = {
	{ count_zero, "/count", "range" },
	{ count_large, "/count", "range" },
	{ interval_low, "/interval_ms", "range" },
	{ timeout_high, "/timeout_ms", "range" },
	{ size_large, "/size_bytes", "range" },
	{ ttl_large, "/ttl", "range" },
	{ no_destination, "/destination", "required" },
	{ to_any, "/destination", "range" },
	{ to_group, "/destination", "range" },
	{ to_all, "/destination", "range" },
	{ other_family, "/source", "family" },
	{ from_group, "/source", "range" },
	{ no_device, "/device", "required" },
};

static void test_check(void **state)
{
	struct probe_request good = request_to("10.0.0.1");
	struct error error;

	(void)state;
	error_clear(&error);
	assert_int_equal(probe_check(&good, &error), 0);
	assert_int_equal(probe_duration_ms(&good), 3 * 10 + 500);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct probe_request request = good;

		wrongs[i].spoil(&request);
		error_clear(&error);
		assert_int_equal(probe_check(&request, &error), -1);
		assert_int_equal(error.member_count, 1);
		assert_string_equal(error.members[0].pointer, wrongs[i].pointer);
		assert_string_equal(error.members[0].code, wrongs[i].code);
	}
}

static void test_sum_up(void **state)
{
	static const double times[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
	struct probe_result result = { .echo_count = 10 };

	(void)state;
	for (int i = 0; i < 8; i++)
		result.echoes[i] = (struct probe_echo){ .answered = true, .rtt_ms = times[i] };
	probe_sum_up(&result);
	assert_int_equal(result.received, 8);
	assert_true(result.loss_percent == 20 && result.rtt_min_ms == 2 &&
		    result.rtt_max_ms == 9);
	assert_true(result.rtt_avg_ms == 5 && result.rtt_mdev_ms == 2);

	result = (struct probe_result){ .echo_count = 1 };
	probe_sum_up(&result);
	assert_true(result.loss_percent == 100 && result.rtt_min_ms == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_sum_up),
	};

	return cmocka_run_group_tests_name("checks and sums of probes", tests, NULL, NULL);
}
