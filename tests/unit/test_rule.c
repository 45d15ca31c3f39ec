/* Rules: rows out and back, checks, and what the kernel makes of them. */
#include "netops/rule.h"

#include <json-c/json.h>
#include <stdio.h>
#include <unistd.h>

#include "netops/rule_private.h"
#include "tests/unit/fixture.h"

#define GIVE(rule, member) give_at(&(rule)->given, offsetof(struct rule_options, member))
#define SET(rule, member, value) ((rule)->options.member = (value), GIVE(rule, member))

static struct rule rule_of(uint32_t priority, const char *source)
{
	struct rule rule = { .namespace = "ns1" };

	SET(&rule, priority, priority);
	if (source)
		SET(&rule, source, ip_of(source));
	rule_choose_family(&rule);
	return rule;
}

/* ---- rows ---- */

/* A value that differs from row to row, and that the check would take. */
static void fill_row(const struct row *row, uint32_t salt, struct rule *rule)
{
	char text[IP_TEXT_SIZE];

	give_at(&rule->given, row->offset);
	switch (row->type) {
	case ROW_PREFIX:
		snprintf(text, sizeof(text),
			 rule->options.family == AF_INET6 ? "fd%02x::/16" : "10.%u.0.0/16",
			 salt);
		*(struct ip *)row_place(row, &rule->options) = ip_of(text);
		return;
	case ROW_TEXT:
		snprintf(row_place(row, &rule->options), IFNAMSIZ, "x%u", salt);
		return;
	case ROW_BOOL:
		*(uint32_t *)row_place(row, &rule->options) = 1;
		return;
	case ROW_WORD:
		return;
	default:
		*(uint32_t *)row_place(row, &rule->options) = row->minimum + 4 * salt;
	}
}

static void round_trip(const struct rule *rule)
{
	struct rule back = { .flags = 0 };
	struct error error;
	struct nl_msg *message;

	error_clear(&error);
	message = rule_message(RTM_NEWRULE, 0, rule, &error);
	assert_non_null(message);
	assert_true(rule_parse(nlmsg_hdr(message), &back));
	for (const struct row *row = rule_rows; row->name; row++) {
		if (!row_equal(row, &rule->options, &rule->given, &back.options, &back.given))
			fail_msg("%s is another one", row->name);
	}
	assert_false(back.flags & RULE_OTHER_CONDITIONS);
	nlmsg_free(message);
}

static void rows_come_back(void **state)
{
	static const uint32_t families[] = { AF_INET, AF_INET6 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rule rule = { .namespace = "ns1" };
		uint32_t salt = 1;

		SET(&rule, family, families[i]);
		SET(&rule, action, FR_ACT_TO_TBL);
		for (const struct row *row = rule_rows; row->name; row++)
			fill_row(row, salt++, &rule);
		round_trip(&rule);
	}
}

/* A single port has a mask of its own since 6.15, which says nothing; other conditions do. */
static void conditions_of_newer_kernels_are_told_of(void **state)
{
	struct rule rule = rule_of(7, NULL), back = { .flags = 0 };
	struct nl_msg *message;
	struct error error;

	(void)state;
	error_clear(&error);
	rule_complete(&rule);
	message = rule_message(RTM_NEWRULE, 0, &rule, &error);
	assert_non_null(message);
	assert_int_equal(nla_put_u16(message, 28, UINT16_MAX), 0);
	assert_true(rule_parse(nlmsg_hdr(message), &back));
	assert_int_equal(back.flags, 0);
	assert_int_equal(nla_put_u8(message, 200, 1), 0);
	assert_true(rule_parse(nlmsg_hdr(message), &back));
	assert_int_equal(back.flags, RULE_OTHER_CONDITIONS);
	nlmsg_free(message);
}

/* ---- identity ---- */

static void urls_say_what_tells_rules_apart(void **state)
{
	struct rule rule = rule_of(100, "10.0.0.0/8");
	char url[ERROR_URL_SIZE];

	(void)state;
	rule_complete(&rule);
	rule_url(&rule, url);
	assert_string_equal(url, "/rules/ns1/ipv4/100");
	strcpy(rule.options.input_device, "a b");
	GIVE(&rule, input_device);
	rule_url_full(&rule, url);
	assert_string_equal(url, "/rules/ns1/ipv4/100?source=10.0.0.0/8&destination=0.0.0.0/0"
				 "&mark=0&table=254&protocol=116&action=lookup"
				 "&input_device=a%20b");
}

static void the_family_follows_from_the_prefixes(void **state)
{
	struct rule none = rule_of(1, NULL), ipv6 = rule_of(1, "fd00::/8");
	struct rule there = { .flags = 0 };

	(void)state;
	assert_int_equal(none.options.family, AF_INET);
	assert_int_equal(ipv6.options.family, AF_INET6);
	SET(&there, destination, ip_of("fd00::/8"));
	rule_choose_family(&there);
	assert_int_equal(there.options.family, AF_INET6);
}

/* ---- checks ---- */

static void expect_wrong(const struct rule *rule, const char *pointer, const char *code)
{
	struct error error;

	error_clear(&error);
	rule_check(rule, "/3", &error);
	if (error.member_count != 1 || strcmp(error.members[0].pointer, pointer) ||
	    strcmp(error.members[0].code, code))
		fail_msg("%s %s was expected, not %u: %s %s", pointer, code, error.member_count,
			 error.members[0].pointer, error.members[0].code);
}

#define WRONG(pointer, code, ...)                              \
	do {                                                   \
		struct rule rule = rule_of(100, "10.0.0.0/8"); \
		__VA_ARGS__;                                   \
		expect_wrong(&rule, pointer, code);            \
	} while (0)

static void wrong_conditions_are_named(void **state)
{
	(void)state;
	WRONG("/3/priority", "required",
	      ungive_at(&rule.given, offsetof(struct rule_options, priority)));
	WRONG("/3/source", "host_bits", SET(&rule, source, ip_of("10.0.0.1/8")));
	WRONG("/3/destination", "family", SET(&rule, destination, ip_of("fd00::/8")));
	WRONG("/3/tos", "range", SET(&rule, tos, 3));
	WRONG("/3/tos", "range", SET(&rule, tos, 0x40));
	WRONG("/3/mark", "required", SET(&rule, mark_mask, 3));
	WRONG("/3/uid_range/high", "required", SET(&rule, uid_low, 3));
	WRONG("/3/source_port_range/low", "required", SET(&rule, source_port_high, 3));
	WRONG("/3/destination_port_range/high", "range", SET(&rule, destination_port_low, 9);
	      SET(&rule, destination_port_high, 8));
}

static void wrong_actions_are_named(void **state)
{
	(void)state;
	WRONG("/3/table", "exclusive", SET(&rule, action, FR_ACT_PROHIBIT);
	      SET(&rule, table, 7));
	WRONG("/3/table", "exclusive", SET(&rule, l3mdev, 1); SET(&rule, table, 7));
	WRONG("/3/l3mdev", "exclusive", SET(&rule, action, FR_ACT_NOP); SET(&rule, l3mdev, 1));
	WRONG("/3/goto_priority", "required", SET(&rule, action, FR_ACT_GOTO));
	WRONG("/3/goto_priority", "exclusive", SET(&rule, goto_priority, 200));
	WRONG("/3/goto_priority", "range", SET(&rule, action, FR_ACT_GOTO);
	      SET(&rule, goto_priority, 100));
	WRONG("/3/suppress_prefix_length", "range", SET(&rule, suppress_prefix_length, 33));
	WRONG("/3/protocol", "owned", SET(&rule, protocol, 4));
	WRONG("/3/realm", "family", rule = rule_of(1, "fd00::/8"); SET(&rule, realm, 4));
}

/* ---- the kernel ---- */

static int setup(void **state)
{
	return fixture_open(state, "rule");
}

static struct rule in_namespace(const struct fixture *fixture, uint32_t priority,
				const char *source)
{
	struct rule rule = rule_of(priority, source);

	snprintf(rule.namespace, sizeof(rule.namespace), "%s", fixture->namespace);
	return rule;
}

static void create(const struct fixture *fixture, const struct rule *wanted, struct rule *ret)
{
	struct error error;

	error_clear(&error);
	if (rule_create(fixture->netops, wanted, ret, &error))
		fail_msg("%s %s", error.detail, error.kernel);
}

static void change(const struct fixture *fixture, struct rule *current,
		   const struct rule *wanted)
{
	struct rule now;
	struct error error;

	error_clear(&error);
	if (rule_update(fixture->netops, current, wanted, &now, &error) ||
	    rule_find(fixture->netops, wanted, current, &error))
		fail_msg("%s %s", error.detail, error.kernel);
	assert_true(rule_settled(&now, current));
}

static unsigned int rules_at(const struct fixture *fixture, const char *options,
			     unsigned int priority)
{
	struct json_object *all = run_json(fixture, options, "rule show");
	unsigned int count = 0;

	for (size_t i = 0; i < json_object_array_length(all); i++)
		count += json_object_get_int(json_object_object_get(
				 json_object_array_get_idx(all, i), "priority")) ==
			 (int)priority;
	json_object_put(all);
	return count;
}

static void one_priority_is_one_rules(void **state)
{
	const struct fixture *fixture = *state;
	struct rule wanted = in_namespace(fixture, 100, "10.0.0.0/8"), made, other;
	struct error error;
	char url[ERROR_URL_SIZE];

	create(fixture, &wanted, &made);
	assert_true(rule_is_ours(&made));
	assert_int_equal(made.options.table, RT_TABLE_MAIN);
	other = in_namespace(fixture, 100, "10.7.0.0/16");
	error_clear(&error);
	assert_int_equal(rule_create(fixture->netops, &other, &made, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	rule_url(&wanted, url);
	assert_string_equal(error.conflict, url);
	other = in_namespace(fixture, 32766, NULL);
	error_clear(&error);
	assert_int_equal(rule_create(fixture->netops, &other, &made, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	/* The other family has priorities of its own. */
	other = in_namespace(fixture, 100, "fd00::/8");
	create(fixture, &other, &made);
}

/* Of most members the new one stands beside the old one for a moment; of "not" it cannot. */
static void a_change_leaves_one(void **state)
{
	const struct fixture *fixture = *state;
	struct rule wanted = in_namespace(fixture, 100, "10.0.0.0/8"), current;

	create(fixture, &wanted, &current);
	change(fixture, &current, &wanted);
	SET(&wanted, table, 7);
	change(fixture, &current, &wanted);
	SET(&wanted, invert, 1);
	change(fixture, &current, &wanted);
	assert_int_equal(current.options.invert, 1);
	SET(&wanted, mark, 5);
	change(fixture, &current, &wanted);
	SET(&wanted, invert, 0);
	ungive_at(&wanted.given, offsetof(struct rule_options, source));
	change(fixture, &current, &wanted);
	assert_int_equal(current.options.mark_mask, UINT32_MAX);
	assert_int_equal(rules_at(fixture, "-4", 100), 1);
}

static void what_a_crash_leaves_is_finished(void **state)
{
	const struct fixture *fixture = *state;
	struct rule wanted = in_namespace(fixture, 100, "10.0.0.0/8"), found, now;
	struct error error;

	error_clear(&error);
	run(fixture, "rule add pref 100 from 10.0.0.0/8 table main proto 116");
	run(fixture, "rule add pref 100 from 10.1.0.0/16 table main proto 116");
	assert_int_equal(rule_find_ours(fixture->netops, &wanted, &found, &error), 0);
	assert_int_equal(found.options.source.prefix_length, 16);
	assert_int_equal(rule_update(fixture->netops, &found, &wanted, &now, &error), 0);
	assert_int_equal(rules_at(fixture, "-4", 100), 1);
	run(fixture, "rule add pref 100 from 10.1.0.0/16 table main proto 116");
	assert_int_equal(rule_find_ours(fixture->netops, &wanted, &found, &error), 0);
	assert_int_equal(rule_delete_known(fixture->netops, &found, &error), 0);
	assert_int_equal(rules_at(fixture, "-4", 100), 0);
}

/* The kernel removes the first that has all that is said, which may be one that says more. */
static void no_other_one_is_removed(void **state)
{
	const struct fixture *fixture = *state;
	struct rule key = in_namespace(fixture, 50, NULL), found;
	struct error error;

	run(fixture, "rule add pref 50 table 7");
	run(fixture, "rule add pref 50 to 10.9.0.0/16 table 7");
	error_clear(&error);
	assert_int_equal(rule_find(fixture->netops, &key, &found, &error), -1);
	assert_int_equal(error.kind, ERROR_AMBIGUOUS);
	assert_int_equal(error.candidate_count, 2);
	SET(&key, destination, ip_of("0.0.0.0/0"));
	error_clear(&error);
	assert_int_equal(rule_find(fixture->netops, &key, &found, &error), 0);
	assert_false(RULE_GIVEN(&found, destination));
	assert_int_equal(rule_need_ours(&found, false, &error), -1);
	error_clear(&error);
	assert_int_equal(rule_delete_known(fixture->netops, &found, &error), 0);
	/* It would be the other one's turn now. */
	assert_int_equal(rule_delete_known(fixture->netops, &found, &error), -1);
	assert_true(error.kind == ERROR_REFUSED);
	assert_int_equal(rules_at(fixture, "-4", 50), 1);
}

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, setup, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back),
		cmocka_unit_test(conditions_of_newer_kernels_are_told_of),
		cmocka_unit_test(urls_say_what_tells_rules_apart),
		cmocka_unit_test(the_family_follows_from_the_prefixes),
		cmocka_unit_test(wrong_conditions_are_named),
		cmocka_unit_test(wrong_actions_are_named),
		IN_KERNEL(one_priority_is_one_rules),
		IN_KERNEL(a_change_leaves_one),
		IN_KERNEL(what_a_crash_leaves_is_finished),
		IN_KERNEL(no_other_one_is_removed),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
