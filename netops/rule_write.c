/*
 * Making, changing and removing a rule. What was made comes back as the echo of
 * the request (NLM_F_ECHO). The kernel removes the first rule that has all that a
 * message says, and so maybe one that says more: that is looked at before.
 */
#include <errno.h>
#include <string.h>

#include "netops/rule_private.h"

/* A refusal that is a member's fault, by a part of the kernel's text. */
static const struct {
	const char *words, *member;
} refusals[] = {
	{ "l3mdev", "/l3mdev" },
	{ "goto", "/goto_priority" },
	{ "dsfield", "/tos" },
	{ "tos", "/tos" },
	{ "ip proto", "/ip_protocol" },
	{ "sport", "/source_port_range" },
	{ "dport", "/destination_port_range" },
	{ "uid range", "/uid_range" },
};

static int rule_exists(const struct rule *other, struct error *error)
{
	error_set(error, ERROR_EXISTS,
		  "priority %u is taken by %s %s rule; one rule has one for itself",
		  other->options.priority, rule_is_ours(other) ? "another" : "a foreign",
		  other->options.family == AF_INET6 ? "IPv6" : "IPv4");
	rule_url(other, error->conflict);
	return -1;
}

/* ERROR_EXISTS with the first at its priority, whoever's it is. */
static int rule_need_room(struct netlink *netlink, const struct rule *rule, struct error *error)
{
	struct rule_list list CLEANUP_RULE_LIST = { 0 };

	if (rule_list_at(netlink, rule, &list, error))
		return -1;
	return list.count ? rule_exists(&list.items[0], error) : 0;
}

static int rule_explain(const struct rule *rule, struct error *error)
{
	if (error->kind != ERROR_KERNEL)
		return -1;
	if (error->number == EEXIST)
		return rule_exists(rule, error);
	if (error->number == EAFNOSUPPORT || error->number == EOPNOTSUPP)
		return error_set(error, ERROR_UNSUPPORTED,
				 "this kernel cannot make such a rule");
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (!strcasestr(error->kernel, refusals[i].words))
			continue;
		error->kind = ERROR_INVALID;
		return error_member(error, refusals[i].member, "kernel", "%s", error->kernel);
	}
	return -1;
}

struct rule_echo {
	struct rule rule;
	bool heard;
};

static int rule_echoed(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct rule_echo *echo = context;

	(void)error;
	echo->heard |= rule_parse(header, &echo->rule);
	return 0;
}

static int rule_send(struct netlink *netlink, int type, const struct rule *rule,
		     struct rule_echo *echo, struct error *error)
{
	int flags = type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO : NLM_F_ECHO;
	struct nl_msg *message CLEANUP_MESSAGE = rule_message(type, flags, rule, error);

	*echo = (struct rule_echo){ .rule = *rule };
	return message ? netlink_request_echo(netlink, message, rule_echoed, echo, error) : -1;
}

/* ---- removing ---- */

/* Would the kernel take other for rule? It does not look at "not" and at where goto leads. */
static bool rule_covers(const struct rule *rule, const struct rule *other)
{
	for (const struct row *row = rule_rows; row->name; row++) {
		if (rule_given(rule, row->offset) && row->offset != RULE_AT(invert) &&
		    row->offset != RULE_AT(goto_priority) && !rule_row_same(row, rule, other))
			return false;
	}
	return true;
}

/* Nothing that was read of one is other than what was read of the other. */
static bool rule_same(const struct rule *a, const struct rule *b)
{
	return rule_settled(a, b) && !((a->flags ^ b->flags) & RULE_OTHER_CONDITIONS);
}

static int rule_need_first(struct netlink *netlink, const struct rule *rule,
			   struct error *error)
{
	struct rule_list list CLEANUP_RULE_LIST = { 0 };

	if (rule_list_at(netlink, rule, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (!rule_covers(rule, &list.items[i]))
			continue;
		if (rule_same(rule, &list.items[i]))
			return 0;
		return error_set(error, ERROR_REFUSED,
				 "the kernel would take another rule of priority %u for it, "
				 "which has to go first",
				 rule->options.priority);
	}
	return rule_absent(rule, error);
}

static int rule_remove(struct netlink *netlink, const struct rule *rule, struct error *error)
{
	struct rule_echo echo;

	if (rule_need_first(netlink, rule, error))
		return -1;
	if (!rule_send(netlink, RTM_DELRULE, rule, &echo, error))
		return 0;
	if (error->kind != ERROR_KERNEL)
		return -1;
	if (error->number == ENOENT || error->number == ESRCH)
		return rule_absent(rule, error);
	if (error->number == EPERM && rule->flags & FIB_RULE_PERMANENT)
		return error_set(error, ERROR_REFUSED, "the kernel does not let this rule go");
	return -1;
}

int rule_need_ours(const struct rule *rule, bool foreign_too, struct error *error)
{
	if (rule_is_ours(rule) || foreign_too)
		return 0;
	return error_set(error, ERROR_REFUSED,
			 "this rule was not made through tunneld (its protocol is %u); "
			 "?foreign=true insists",
			 rule->options.protocol);
}

/* What a crash has left beside it. */
static int rule_remove_twins(struct netlink *netlink, const struct rule *rule,
			     struct error *error)
{
	struct rule_list list CLEANUP_RULE_LIST = { 0 };

	if (rule_list_at(netlink, rule, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (rule_is_ours(&list.items[i]) && !rule_same(rule, &list.items[i]) &&
		    rule_remove(netlink, &list.items[i], error))
			return -1;
	}
	return 0;
}

int rule_delete_known(struct netops *netops, const struct rule *rule, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (namespace_enter_to_find(netops, rule->namespace, &socket, error) ||
	    rule_remove(socket.netlink, rule, error))
		return -1;
	return rule_is_ours(rule) && !netlink_rehearses(socket.netlink) ?
		       rule_remove_twins(socket.netlink, rule, error) :
		       0;
}

/* ---- making ---- */

/* What this kernel dropped without a word: a rule that fits more packets is another one. */
static int rule_verify(struct netlink *netlink, const struct rule *rule,
		       const struct rule *made, struct error *error)
{
	struct error ignored;

	for (const struct row *row = rule_rows; row->name; row++) {
		if (rule_row_same(row, rule, made))
			continue;
		error_clear(&ignored);
		(void)rule_remove(netlink, made, &ignored);
		return error_set(error, ERROR_UNSUPPORTED,
				 "this kernel keeps no \"%s\" of such a rule", row->name);
	}
	return 0;
}

/* Complete, and as it is found again. */
static int rule_add(struct netlink *netlink, const struct rule *rule, struct rule *ret,
		    struct error *error)
{
	struct rule_echo echo;

	if (rule_send(netlink, RTM_NEWRULE, rule, &echo, error))
		return -1;
	*ret = echo.rule;
	return echo.heard ? rule_verify(netlink, rule, ret, error) : 0;
}

int rule_create(struct netops *netops, const struct rule *wanted, struct rule *ret,
		struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct rule rule = *wanted;

	rule_complete(&rule);
	if (namespace_enter_to_make(netops, rule.namespace, &socket, error) ||
	    rule_need_room(socket.netlink, &rule, error))
		return -1;
	return rule_add(socket.netlink, &rule, ret, error) ? rule_explain(&rule, error) : 0;
}

/* ---- changing ---- */

/* True if the one that is wanted stands beside current: a crash came between the halves. */
static int rule_has_twin(struct netlink *netlink, const struct rule *current,
			 const struct rule *wanted, bool *ret, struct error *error)
{
	struct rule_list list CLEANUP_RULE_LIST = { 0 };

	*ret = false;
	if (rule_list_at(netlink, wanted, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++)
		*ret |= rule_settled(wanted, &list.items[i]) &&
			!rule_same(current, &list.items[i]);
	return 0;
}

/* The kernel takes them for the same. */
static int rule_exchange(struct netlink *netlink, const struct rule *current,
			 const struct rule *wanted, struct rule *ret, struct error *error)
{
	struct rule_echo echo;
	struct error ignored;

	if (rule_remove(netlink, current, error))
		return -1;
	if (!rule_add(netlink, wanted, ret, error))
		return 0;
	error_clear(&ignored);
	(void)rule_send(netlink, RTM_NEWRULE, current, &echo, &ignored);
	return rule_explain(wanted, error);
}

static int rule_replace(struct netlink *netlink, const struct rule *current,
			const struct rule *wanted, struct rule *ret, struct error *error)
{
	struct error ignored;
	bool twin;

	*ret = *wanted;
	if (rule_has_twin(netlink, current, wanted, &twin, error))
		return -1;
	if (twin)
		return rule_remove(netlink, current, error);
	if (rule_add(netlink, wanted, ret, error)) {
		if (error->kind != ERROR_KERNEL || error->number != EEXIST)
			return rule_explain(wanted, error);
		error_clear(error);
		return rule_exchange(netlink, current, wanted, ret, error);
	}
	if (!rule_remove(netlink, current, error))
		return 0;
	error_clear(&ignored);
	(void)rule_remove(netlink, wanted, &ignored);
	return -1;
}

int rule_update(struct netops *netops, const struct rule *current, const struct rule *wanted,
		struct rule *ret, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct rule rule = *wanted;

	rule.options.protocol = current->options.protocol;
	give_at(&rule.given, RULE_AT(protocol));
	rule_complete(&rule);
	*ret = *current;
	if (rule_settled(&rule, current))
		return 0;
	if (current->flags & RULE_OTHER_CONDITIONS)
		return error_set(error, ERROR_REFUSED,
				 "this rule has conditions that tunneld does not know, and "
				 "would lose them");
	if (namespace_enter_to_find(netops, current->namespace, &socket, error))
		return -1;
	return rule_replace(socket.netlink, current, &rule, ret, error);
}
