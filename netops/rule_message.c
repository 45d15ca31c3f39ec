/*
 * From the record to a message and back. The header carries the lengths of the
 * prefixes, tos, the action and the bit "not"; ranges are two numbers in one
 * attribute.
 */
#include <errno.h>
#include <string.h>

#include "netops/rule_private.h"

/* Each range is one attribute with two numbers of this size; those of ports are 16 bits wide. */
static const struct rule_range {
	uint16_t attribute, half_size;
	size_t low, high;
} ranges[] = {
	{ FRA_SPORT_RANGE, 2, RULE_AT(source_port_low), RULE_AT(source_port_high) },
	{ FRA_DPORT_RANGE, 2, RULE_AT(destination_port_low), RULE_AT(destination_port_high) },
	{ FRA_UID_RANGE, 4, RULE_AT(uid_low), RULE_AT(uid_high) },
};
enum { RANGES = sizeof(ranges) / sizeof(ranges[0]) };

static uint32_t *number_at(struct rule *rule, size_t offset)
{
	return (uint32_t *)((char *)&rule->options + offset);
}

static uint32_t number_of(const struct rule *rule, size_t offset)
{
	return *(const uint32_t *)((const char *)&rule->options + offset);
}

static int put_range(struct nl_msg *message, const struct rule_range *range,
		     const struct rule *rule)
{
	uint32_t numbers[2] = { number_of(rule, range->low), number_of(rule, range->high) };
	uint16_t halves[2] = { (uint16_t)numbers[0], (uint16_t)numbers[1] };

	if (!rule_given(rule, range->low))
		return 0;
	return range->half_size == 2 ?
		       nla_put(message, range->attribute, sizeof(halves), halves) :
		       nla_put(message, range->attribute, sizeof(numbers), numbers);
}

static void take_range(const struct rule_range *range, const struct nlattr *attribute,
		       struct rule *rule)
{
	uint32_t numbers[2];
	uint16_t halves[2];

	if (!attribute || nla_len(attribute) < 2 * range->half_size)
		return;
	memcpy(halves, nla_data(attribute), sizeof(halves));
	if (range->half_size == 2) {
		numbers[0] = halves[0];
		numbers[1] = halves[1];
	} else {
		memcpy(numbers, nla_data(attribute), sizeof(numbers));
	}
	*number_at(rule, range->low) = numbers[0];
	*number_at(rule, range->high) = numbers[1];
	give_at(&rule->given, range->low);
	give_at(&rule->given, range->high);
}

static int put_prefix(struct nl_msg *message, int attribute, const struct ip *prefix,
		      bool given)
{
	return given ? nla_put(message, attribute, (int)ip_size(prefix->family),
			       prefix->bytes) :
		       0;
}

static struct fib_rule_hdr rule_header(const struct rule *rule)
{
	const struct rule_options *options = &rule->options;

	return (struct fib_rule_hdr){
		.family = (uint8_t)options->family,
		.dst_len = RULE_GIVEN(rule, destination) ?
				   (uint8_t)options->destination.prefix_length :
				   0,
		.src_len = RULE_GIVEN(rule, source) ? (uint8_t)options->source.prefix_length :
						      0,
		.tos = RULE_GIVEN(rule, tos) ? (uint8_t)options->tos : 0,
		.action = (uint8_t)options->action,
		.flags = RULE_GIVEN(rule, invert) && options->invert ? FIB_RULE_INVERT : 0,
	};
}

static int rule_put(struct nl_msg *message, const struct rule *rule)
{
	const struct rule_options *options = &rule->options;
	int failed = rows_put(message, rule_rows, options, &rule->given);

	failed |= put_prefix(message, FRA_SRC, &options->source, RULE_GIVEN(rule, source));
	failed |= put_prefix(message, FRA_DST, &options->destination,
			     RULE_GIVEN(rule, destination));
	for (int i = 0; i < RANGES; i++)
		failed |= put_range(message, &ranges[i], rule);
	return failed;
}

struct nl_msg *rule_message(int type, int flags, const struct rule *rule, struct error *error)
{
	struct fib_rule_hdr header = rule_header(rule);
	struct nl_msg *message = netlink_message(type, flags, &header, sizeof(header), error);

	if (!message || !rule_put(message, rule))
		return message;
	nlmsg_free(message);
	error_errno(error, ENOMEM, "building a netlink message");
	return NULL;
}

static void take_prefix(struct rule *rule, size_t offset, const struct nlattr *attribute,
			uint16_t prefix_length)
{
	struct ip *ip = (struct ip *)((char *)&rule->options + offset);

	if (!attribute || !prefix_length ||
	    !ip_from_bytes(ip, nla_data(attribute), (size_t)nla_len(attribute)))
		return;
	ip->prefix_length = prefix_length;
	give_at(&rule->given, offset);
}

static void take_number(struct rule *rule, size_t offset, uint32_t number)
{
	*number_at(rule, offset) = number;
	give_at(&rule->given, offset);
}

/* What the kernel says where there is nothing to be said, and does not say where there is. */
static void rule_settle_defaults(struct rule *rule)
{
	const struct rule_options *options = &rule->options;

	give_at(&rule->given, RULE_AT(priority)); /* 0 is not told */
	give_at(&rule->given, RULE_AT(protocol));
	if (RULE_GIVEN(rule, mark_mask)) /* nor is this 0 */
		give_at(&rule->given, RULE_AT(mark));
	if (options->suppress_prefix_length == UINT32_MAX)
		ungive_at(&rule->given, RULE_AT(suppress_prefix_length));
	if (options->suppress_device_group == UINT32_MAX)
		ungive_at(&rule->given, RULE_AT(suppress_device_group));
	/* ip-rule(8) gives one to rules that look nothing up. */
	if (options->action != FR_ACT_TO_TBL)
		ungive_at(&rule->given, RULE_AT(table));
}

static void rule_take_header(const struct fib_rule_hdr *header, struct rule *rule)
{
	take_number(rule, RULE_AT(family), header->family);
	take_number(rule, RULE_AT(action), header->action);
	if (header->table)
		take_number(rule, RULE_AT(table), header->table);
	if (header->tos)
		take_number(rule, RULE_AT(tos), header->tos);
	if (header->flags & FIB_RULE_INVERT)
		take_number(rule, RULE_AT(invert), 1);
	rule->flags = header->flags;
}

/* linux/fib_rules.h since 6.15; a single port has the whole mask. */
enum { SPORT_MASK = 28, DPORT_MASK = 29 };

static bool narrows(const struct nlattr *attribute)
{
	switch (nla_type(attribute)) {
	case FRA_TUN_ID:
		return true;
	case SPORT_MASK:
	case DPORT_MASK:
		return netlink_number(attribute) != UINT16_MAX;
	default:
		return nla_type(attribute) > FRA_DPORT_RANGE;
	}
}

/* Those of a newer kernel, and the numbers of tunnels, narrow it in a way that no row says. */
static bool rule_has_others(const struct nlmsghdr *message)
{
	const struct nlattr *attribute;
	int rest;

	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)message,
			    sizeof(struct fib_rule_hdr), rest)
	{
		if (narrows(attribute))
			return true;
	}
	return false;
}

bool rule_parse(const struct nlmsghdr *message, struct rule *ret)
{
	const struct fib_rule_hdr *header = nlmsg_data(message);
	struct nlattr *attributes[FRA_DPORT_RANGE + 1];

	if ((message->nlmsg_type != RTM_NEWRULE && message->nlmsg_type != RTM_DELRULE) ||
	    nlmsg_datalen(message) < (int)sizeof(*header) || !ip_size(header->family) ||
	    nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(*header), attributes,
			FRA_DPORT_RANGE, NULL) < 0)
		return false;
	memset(&ret->given, 0, sizeof(*ret) - offsetof(struct rule, given));
	rule_take_header(header, ret);
	rows_parse(rule_rows, attributes, FRA_DPORT_RANGE, &ret->options, &ret->given);
	take_prefix(ret, RULE_AT(source), attributes[FRA_SRC], header->src_len);
	take_prefix(ret, RULE_AT(destination), attributes[FRA_DST], header->dst_len);
	for (int i = 0; i < RANGES; i++)
		take_range(&ranges[i], attributes[ranges[i].attribute], ret);
	rule_settle_defaults(ret);
	if (rule_has_others(message))
		ret->flags |= RULE_OTHER_CONDITIONS;
	return true;
}
