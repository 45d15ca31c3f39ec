/*
 * Dumps of rules, which the kernel narrows to a family and no further
 * (NETLINK_GET_STRICT_CHK), and the one that a URL means.
 */
#include <errno.h>
#include <string.h>

#include "netops/reading_dump.h"
#include "netops/rule_private.h"

struct rule_dumping {
	struct rule rule;
	uint32_t family;
	rule_record *record;
	void (*restart)(void *context);
	void *context;
};

static int rule_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct rule_dumping *reading = context;

	if (header->nlmsg_type != RTM_NEWRULE || !rule_parse(header, &reading->rule) ||
	    (reading->family && reading->rule.options.family != reading->family))
		return 0;
	return reading->record(&reading->rule, reading->context, error);
}

static void rule_restarted(void *context)
{
	const struct rule_dumping *reading = context;

	if (reading->restart)
		reading->restart(reading->context);
}

/* A kernel without rules of this family, or of any, has none. */
static bool rule_is_empty(const struct error *error)
{
	return error->kind == ERROR_KERNEL &&
	       (error->number == EAFNOSUPPORT || error->number == EOPNOTSUPP);
}

static struct nl_msg *rule_dump_message(uint32_t family, struct error *error)
{
	struct fib_rule_hdr header = { .family = (uint8_t)family };

	return netlink_message(RTM_GETRULE, 0, &header, sizeof(header), error);
}

int rule_dump(struct netlink *netlink, const char *namespace, uint32_t family,
	      rule_record *record, void (*restart)(void *context), void *context,
	      struct error *error)
{
	struct rule_dumping reading = {
		.family = family, .record = record, .restart = restart, .context = context
	};
	struct nl_msg *message CLEANUP_MESSAGE = rule_dump_message(family, error);

	if (!message)
		return -1;
	memcpy(reading.rule.namespace, namespace, strlen(namespace) + 1);
	if (!netlink_dump(netlink, message, rule_heard, rule_restarted, &reading, error))
		return 0;
	if (!rule_is_empty(error))
		return -1;
	error_clear(error);
	return 0;
}

struct rule_reading_dump {
	struct reading_dump dump; /* first */
	uint32_t family;
	struct rule rule;
};

static int rule_reading_ask(struct reading_dump *dump, struct netlink *netlink,
			    struct nl_msg **ret, struct error *error)
{
	(void)netlink;
	*ret = rule_dump_message(((struct rule_reading_dump *)dump)->family, error);
	return *ret ? 0 : -1;
}

static int rule_reading_take(struct reading_dump *dump, const struct nlmsghdr *header,
			     const void **ret, struct error *error)
{
	struct rule_reading_dump *reading = (struct rule_reading_dump *)dump;

	(void)error;
	*ret = &reading->rule;
	return header->nlmsg_type == RTM_NEWRULE && rule_parse(header, &reading->rule) &&
	       (!reading->family || reading->rule.options.family == reading->family);
}

static void rule_reading_setup(struct reading_dump *dump, const void *context)
{
	struct rule_reading_dump *reading = (struct rule_reading_dump *)dump;

	reading->family = *(const uint32_t *)context;
	memcpy(reading->rule.namespace, dump->namespace, sizeof(dump->namespace));
}

int rule_reading(struct netops *netops, const char *namespace, uint32_t family,
		 struct reading **ret, struct error *error)
{
	static const struct reading_table table = { .size = sizeof(struct rule_reading_dump),
						    .ask = rule_reading_ask,
						    .take = rule_reading_take,
						    .is_empty = rule_is_empty };

	return reading_dump_open(netops, namespace, &table, rule_reading_setup, &family, ret,
				 error);
}

struct rule_collecting {
	const struct rule *key; /* NULL: all of ours */
	struct rule_list *list;
};

static int rule_collect(const struct rule *rule, void *context, struct error *error)
{
	const struct rule_collecting *collecting = context;

	if (collecting->key ? rule->options.priority != collecting->key->options.priority :
			      !rule_is_ours(rule))
		return 0;
	return rule_list_add(collecting->list, rule, error);
}

static void rule_collect_again(void *context)
{
	rule_list_free(((struct rule_collecting *)context)->list);
}

static int rule_list_read(struct netlink *netlink, const char *namespace, uint32_t family,
			  const struct rule *key, struct rule_list *ret, struct error *error)
{
	struct rule_collecting collecting = { key, ret };

	*ret = (struct rule_list){ 0 };
	if (!rule_dump(netlink, namespace, family, rule_collect, rule_collect_again,
		       &collecting, error))
		return 0;
	rule_list_free(ret);
	return -1;
}

int rule_list_at(struct netlink *netlink, const struct rule *key, struct rule_list *ret,
		 struct error *error)
{
	return rule_list_read(netlink, key->namespace, key->options.family, key, ret, error);
}

int rule_list_ours(struct netops *netops, const char *namespace, struct rule_list *ret,
		   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	*ret = (struct rule_list){ 0 };
	if (namespace_enter(netops, namespace, &socket, error))
		return -1;
	return rule_list_read(socket.netlink, namespace, 0, NULL, ret, error);
}

int rule_absent(const struct rule *key, struct error *error)
{
	return error_set(error, ERROR_ABSENT,
			 "namespace \"%.64s\" has no such %s rule of priority %u",
			 key->namespace, key->options.family == AF_INET6 ? "IPv6" : "IPv4",
			 key->options.priority);
}

static bool key_fits(const struct rule *key, const struct rule *rule)
{
	for (const struct row *row = rule_rows; row->name; row++) {
		for (const size_t *offset = rule_narrowing; *offset; offset++) {
			if (row->offset == *offset && rule_given(key, *offset) &&
			    !rule_row_same(row, key, rule))
				return false;
		}
	}
	return true;
}

/* Those of a list that fit, moved to its front; returns how many. */
static size_t key_choose(const struct rule *key, struct rule_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (key_fits(key, &list->items[i]))
			list->items[count++] = list->items[i];
	}
	return count;
}

static int rule_ambiguous(const struct rule *rules, size_t count, struct error *error)
{
	error_set(error, ERROR_AMBIGUOUS,
		  "%zu rules share this priority; the candidates say what tells them apart",
		  count);
	error->candidate_count = (unsigned int)count;
	for (size_t i = 0; i < count && i < ERROR_CANDIDATES; i++)
		rule_url_full(&rules[i], error->candidates[i]);
	return -1;
}

int rule_find(struct netops *netops, const struct rule *key, struct rule *ret,
	      struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct rule_list list CLEANUP_RULE_LIST = { 0 };
	size_t count;

	if (namespace_enter_to_find(netops, key->namespace, &socket, error) ||
	    rule_list_at(socket.netlink, key, &list, error))
		return -1;
	count = key_choose(key, &list);
	if (!count)
		return rule_absent(key, error);
	if (count > 1)
		return rule_ambiguous(list.items, count, error);
	*ret = list.items[0];
	return 0;
}

int rule_find_ours(struct netops *netops, const struct rule *wanted, struct rule *ret,
		   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct rule_list list CLEANUP_RULE_LIST = { 0 };
	struct rule whole = *wanted;
	const struct rule *found = NULL;

	rule_complete(&whole);
	if (namespace_enter_to_find(netops, whole.namespace, &socket, error) ||
	    rule_list_at(socket.netlink, &whole, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (rule_is_ours(&list.items[i]) &&
		    (!found || !rule_settled(&whole, &list.items[i])))
			found = &list.items[i];
	}
	if (!found)
		return rule_absent(&whole, error);
	*ret = *found;
	return 0;
}
