/*
 * What is surely wrong with a rule, seen without the kernel: each wrong member is
 * named. The kernel stops at the first, and ignores some.
 */
#include <stdio.h>

#include "netops/member.h"
#include "netops/rule_private.h"

static void check_prefix(const struct rule *rule, size_t offset, const char *pointer,
			 struct error *error)
{
	const struct ip *prefix = (const struct ip *)((const char *)&rule->options + offset);

	if (!rule_given(rule, offset))
		return;
	if (prefix->family != rule->options.family)
		error_member(error, pointer, "family",
			     "this is an %s rule: it looks at %s addresses",
			     rule->options.family == AF_INET6 ? "IPv6" : "IPv4",
			     rule->options.family == AF_INET6 ? "IPv6" : "IPv4");
	member_check_host_bits(prefix, pointer, error);
}

static void check_tos(const struct rule *rule, struct error *error)
{
	const uint32_t ecn = 3, rfc_1349 = 0x1c;
	uint32_t tos = rule->options.tos;

	if (!RULE_GIVEN(rule, tos))
		return;
	if (tos & ecn)
		error_member(error, "/tos", "range",
			     "the two lowest bits of tos are not for routing (RFC 3168): a "
			     "multiple of 4 is needed");
	else if (rule->options.family == AF_INET && tos & ~rfc_1349)
		error_member(error, "/tos", "range",
			     "IPv4 rules look at three bits of tos (RFC 1349): at most 28");
}

/* Both ends of a range, and in their order. */
static void check_range(const struct rule *rule, const char *name, size_t low, size_t high,
			struct error *error)
{
	const char *options = (const char *)&rule->options;
	char pointer[48];

	if (!rule_given(rule, low) && !rule_given(rule, high))
		return;
	snprintf(pointer, sizeof(pointer), "/%s/%s", name,
		 rule_given(rule, low) ? "high" : "low");
	if (!rule_given(rule, low) || !rule_given(rule, high))
		error_member(error, pointer, "required",
			     "a range has both ends; they may be the same");
	else if (*(const uint32_t *)(options + low) > *(const uint32_t *)(options + high))
		error_member(error, pointer, "range", "the range ends before it begins");
}

static void check_conditions(const struct rule *rule, struct error *error)
{
	check_prefix(rule, RULE_AT(source), "/source", error);
	check_prefix(rule, RULE_AT(destination), "/destination", error);
	check_tos(rule, error);
	if (RULE_GIVEN(rule, mark_mask) && !RULE_GIVEN(rule, mark))
		error_member(error, "/mark", "required",
			     "a mask needs the mark that it is for");
	check_range(rule, "source_port_range", RULE_AT(source_port_low),
		    RULE_AT(source_port_high), error);
	check_range(rule, "destination_port_range", RULE_AT(destination_port_low),
		    RULE_AT(destination_port_high), error);
	check_range(rule, "uid_range", RULE_AT(uid_low), RULE_AT(uid_high), error);
}

static bool looks_up(const struct rule *rule)
{
	return !RULE_GIVEN(rule, action) || rule->options.action == FR_ACT_TO_TBL;
}

static bool has_l3mdev(const struct rule *rule)
{
	return RULE_GIVEN(rule, l3mdev) && rule->options.l3mdev;
}

/* Members of a look-up, beside another action. */
static void check_lookup(const struct rule *rule, struct error *error)
{
	const struct {
		const char *pointer;
		bool given;
	} members[] = {
		{ "/table", RULE_GIVEN(rule, table) },
		{ "/l3mdev", has_l3mdev(rule) },
		{ "/suppress_prefix_length", RULE_GIVEN(rule, suppress_prefix_length) },
		{ "/suppress_device_group", RULE_GIVEN(rule, suppress_device_group) },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].given && !looks_up(rule))
			error_member(error, members[i].pointer, "exclusive",
				     "only a rule with action lookup has this");
	}
	if (looks_up(rule) && has_l3mdev(rule) && RULE_GIVEN(rule, table))
		error_member(error, "/table", "exclusive",
			     "with l3mdev the table is that of the packet's VRF");
}

static void check_goto(const struct rule *rule, struct error *error)
{
	bool goes = RULE_GIVEN(rule, action) && rule->options.action == FR_ACT_GOTO;

	if (goes && !RULE_GIVEN(rule, goto_priority))
		error_member(error, "/goto_priority", "required",
			     "goto needs the priority of the rule to go on with");
	else if (!goes && RULE_GIVEN(rule, goto_priority))
		error_member(error, "/goto_priority", "exclusive",
			     "only a rule with action goto has this");
	else if (goes && rule->options.goto_priority <= rule->options.priority)
		error_member(error, "/goto_priority", "range",
			     "goto leads on, to a higher priority than its own");
}

static void check_family(const struct rule *rule, struct error *error)
{
	bool ipv6 = rule->options.family == AF_INET6;

	if (ipv6 && RULE_GIVEN(rule, realm) && rule->options.realm)
		error_member(error, "/realm", "family", "only IPv4 rules have realms");
	if (!ipv6 && RULE_GIVEN(rule, suppress_prefix_length) &&
	    rule->options.suppress_prefix_length > ip_bits(AF_INET))
		error_member(error, "/suppress_prefix_length", "range",
			     "IPv4 prefixes have at most 32 bits");
}

void rule_check(const struct rule *rule, const char *prefix, struct error *error)
{
	unsigned int first = error->member_count;

	if (!RULE_GIVEN(rule, priority))
		error_member(error, "/priority", "required",
			     "a rule needs its priority: it is known by that");
	check_conditions(rule, error);
	check_lookup(rule, error);
	check_goto(rule, error);
	check_family(rule, error);
	if (RULE_GIVEN(rule, protocol) && rule->options.protocol != OWNED_PROTOCOL)
		error_member(error, "/protocol", "owned",
			     "the protocol number marks who made a rule: what tunneld makes "
			     "has %d",
			     OWNED_PROTOCOL);
	member_prefix(error, first, prefix);
}
