/* What the sources of rules share. */
#ifndef NETOPS_RULE_PRIVATE_H
#define NETOPS_RULE_PRIVATE_H

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "netops/netlink.h"
#include "netops/rule.h"

#define RULE_AT(member) offsetof(struct rule_options, member)

/* What narrows a key beside family and priority, ended by 0 (the family's place). */
extern const size_t rule_narrowing[];

/* One row of two rules: absent, a prefix of length 0 and the kernel's default are the same. */
bool rule_row_same(const struct row *row, const struct rule *a, const struct rule *b);
/* True if the kernel, having current, need not hear of wanted. */
bool rule_settled(const struct rule *wanted, const struct rule *current);

/* False: this is no rule of a family that we know. The namespace is the caller's. */
bool rule_parse(const struct nlmsghdr *header, struct rule *ret);
/* RTM_NEWRULE or RTM_DELRULE with all that is given. NULL: the error is filled. */
struct nl_msg *rule_message(int type, int flags, const struct rule *rule, struct error *error);

/* All of family and priority, in the kernel's order; the caller frees. */
int rule_list_at(struct netlink *netlink, const struct rule *key, struct rule_list *ret,
		 struct error *error);
int rule_absent(const struct rule *key, struct error *error);

#endif
