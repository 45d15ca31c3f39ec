/*
 * Rules of policy routing, of IPv4 and IPv6: they say for which packets which
 * table is looked at. The kernel walks those of a family in the order of their
 * priorities. It lets several share one; ours have theirs for themselves, so that
 * (namespace, family, priority) says which is meant.
 */
#ifndef NETOPS_RULE_H
#define NETOPS_RULE_H

#include "netops/namespace.h"
#include "netops/row.h"

/* The members that rows reach; see row.h. Conditions that are not given hold for all. */
struct rule_options {
	uint32_t family;   /* AF_INET, AF_INET6 */
	uint32_t priority; /* the lowest is asked first */
	uint32_t invert;   /* bool: it is for the packets that the conditions do not fit */
	struct ip source, destination;
	uint32_t tos; /* without the two ECN bits (RFC 3168); of IPv4 only RFC 1349's */
	char input_device[IFNAMSIZ], output_device[IFNAMSIZ]; /* need not exist */
	uint32_t mark, mark_mask;
	uint32_t ip_protocol;			    /* IPPROTO_… */
	uint32_t source_port_low, source_port_high; /* inclusive, as all ranges */
	uint32_t destination_port_low, destination_port_high;
	uint32_t uid_low, uid_high; /* of the socket's owner */
	uint32_t l3mdev;	    /* bool: the table is that of the packet's VRF */
	uint32_t action;	    /* fib_rules.h: FR_ACT_… */
	uint32_t table;
	uint32_t goto_priority;		 /* of the rule to go on with */
	uint32_t suppress_prefix_length; /* routes so short, or shorter, do not count */
	uint32_t suppress_device_group;	 /* nor do those over a link of this group */
	uint32_t realm;			 /* IPv4, FRA_FLOW: ip-rule(8), realms */
	uint32_t protocol; /* rtnetlink.h: RTPROT_…; OWNED_PROTOCOL marks ours */
};

/* Plain data: nothing to free. Zeroed is empty. */
struct rule {
	char namespace[NAMESPACE_NAME_SIZE];
	struct given given; /* of options */
	struct rule_options options;
	uint32_t flags; /* what the kernel adds: FIB_RULE_…; see rule_flag_words */
};

enum { RULE_OTHER_CONDITIONS = 1 << 30 }; /* it has conditions that no row knows */

extern const struct row rule_rows[];
extern const struct row_word rule_family_words[]; /* ipv4, ipv6 */
extern const struct row_word rule_action_words[]; /* lookup, goto … */
extern const struct row_word rule_flag_words[];	  /* one bit each: "unresolved" … */

static inline bool rule_given(const struct rule *rule, size_t offset)
{
	return given_at(&rule->given, offset);
}
#define RULE_GIVEN(rule, member) rule_given(rule, offsetof(struct rule_options, member))

struct rule_list {
	struct rule *items;
	size_t count;
};

#define CLEANUP_RULE_LIST __attribute__((cleanup(rule_list_free)))
void rule_list_free(struct rule_list *list);
/* Adds a copy; -1: out of memory, the error is filled. */
int rule_list_add(struct rule_list *list, const struct rule *rule, struct error *error);

/* True for one that carries our mark. */
bool rule_is_ours(const struct rule *rule);
/* Where none is said, the family is that of source or destination, else IPv4. */
void rule_choose_family(struct rule *rule);
/* Gives what a new rule has unsaid, and takes away what says nothing: as the kernel shows it. */
void rule_complete(struct rule *rule);
/*
 * Its URL below the root: "/rules/ns1/ipv4/100". rule_url_full() says behind it
 * what tells it from others of its priority: source, destination (of length 0:
 * it has none), mark, table, action, protocol, and input_device where there is one.
 */
void rule_url(const struct rule *rule, char ret[ERROR_URL_SIZE]);
void rule_url_full(const struct rule *rule, char ret[ERROR_URL_SIZE]);

/*
 * All checks that need no kernel; the family was chosen. Pointers begin with
 * prefix ("" or "/0"). The sum of it: error_verdict().
 */
void rule_check(const struct rule *rule, const char *prefix, struct error *error);

/* Calls record for each rule of a family (0: both), in the kernel's order. */
typedef int rule_record(const struct rule *rule, void *context, struct error *error);
int rule_dump(struct netlink *netlink, const char *namespace, uint32_t family,
	      rule_record *record, void (*restart)(void *context), void *context,
	      struct error *error);

/* The same as a reading (netops/reading.h) of struct rule. */
struct reading;
int rule_reading(struct netops *netops, const char *namespace, uint32_t family,
		 struct reading **ret, struct error *error);

/*
 * Makes it with our mark; wanted has passed rule_check(). What is not given
 * becomes what ip-rule(8) makes of it: action lookup, table main. ERROR_MISSING:
 * the namespace; ERROR_EXISTS, with the one in the way: its priority is taken.
 * ret is what the kernel has now.
 */
int rule_create(struct netops *netops, const struct rule *wanted, struct rule *ret,
		struct error *error);

/*
 * Exactly one. A key is namespace, family, priority and, given, what is to narrow
 * it: the members of rule_url_full(). ERROR_ABSENT (namespace included), or
 * ERROR_AMBIGUOUS with candidates.
 */
int rule_find(struct netops *netops, const struct rule *key, struct rule *ret,
	      struct error *error);
/*
 * The one of ours at wanted's priority. Where a crash between the two halves of a
 * change has left two, it is the one that is not as wanted, so that the change
 * is finished. ERROR_ABSENT.
 */
int rule_find_ours(struct netops *netops, const struct rule *wanted, struct rule *ret,
		   struct error *error);
/* All of a namespace that carry our mark, for the caller to free. */
int rule_list_ours(struct netops *netops, const char *namespace, struct rule_list *ret,
		   struct error *error);

/*
 * Makes current (as it was found) what is wanted, with its priority and protocol;
 * nothing is sent where nothing differs. The kernel changes no rule: the new one
 * is made beside the old one, which goes then, so that there is always one.
 * Where the kernel takes them for the same (they differ in "not" alone …) the old
 * one goes first, and comes back if the new one is refused. ERROR_REFUSED for a
 * rule with conditions that no row knows.
 */
int rule_update(struct netops *netops, const struct rule *current, const struct rule *wanted,
		struct rule *ret, struct error *error);

/* ERROR_REFUSED if it is not ours (unless foreign_too). */
int rule_need_ours(const struct rule *rule, bool foreign_too, struct error *error);
/*
 * Removes what was read; of ours all of its priority. ERROR_ABSENT. ERROR_REFUSED
 * where the kernel would take another one for it: it removes the first that fits.
 */
int rule_delete_known(struct netops *netops, const struct rule *rule, struct error *error);

#endif
