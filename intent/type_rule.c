/* Rules. Ours are told by their protocol, and have their priority for themselves. */
#include "intent/type.h"
#include "netops/rule.h"
#include "netops/text.h"

static const char *rule_namespace(const void *record)
{
	return ((const struct rule *)record)->namespace;
}

static void rule_key(const void *record, char ret[ERROR_URL_SIZE])
{
	rule_url(record, ret);
}

static int rule_seek(struct netops *netops, const void *wanted, bool whole, void *ret,
		     struct error *error)
{
	(void)whole;
	return rule_find_ours(netops, wanted, ret, error);
}

static int rule_new(struct netops *netops, void *wanted, void *ret, struct error *error)
{
	return rule_create(netops, wanted, ret, error);
}

static int rule_change(struct netops *netops, void *current, void *wanted, bool recreate,
		       void *ret, struct error *error)
{
	(void)recreate;
	return rule_update(netops, current, wanted, ret, error);
}

static int rule_take_away(struct netops *netops, const void *actual, struct error *error)
{
	return rule_delete_known(netops, actual, error);
}

static bool rule_carries_mark(const void *actual)
{
	return rule_is_ours(actual);
}

static int rule_refuse_foreign(const void *actual, bool foreign_too, struct error *error)
{
	return rule_need_ours(actual, foreign_too, error);
}

static int rule_each(struct netops *netops, const char *namespace, intent_record_hook *hook,
		     void *context, struct error *error)
{
	struct rule_list list CLEANUP_RULE_LIST = { 0 };

	if (rule_list_ours(netops, namespace, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (hook(&list.items[i], context, error))
			return -1;
	}
	return 0;
}

/* Its links need not be there, nor the rule that a goto leads to. */
static void rule_needs(const void *record, intent_place_hook *hook, void *context)
{
	hook(&(struct intent_place){ rule_namespace(record), "", false }, context);
}

static void rule_rename(void *wanted, const char *(*map)(const char *namespace, void *context),
			void *context)
{
	struct rule *rule = wanted;

	text_copy(rule->namespace, sizeof(rule->namespace), map(rule->namespace, context));
}

const struct intent_type intent_rule = {
	.name = "rule",
	.collection = "rules",
	.rank = INTENT_RANK_RULE,
	.size = sizeof(struct rule),
	.namespace = rule_namespace,
	.key = rule_key,
	.rename = rule_rename,
	.find = rule_seek,
	.create = rule_new,
	.change = rule_change,
	.remove = rule_take_away,
	.is_ours = rule_carries_mark,
	.need_ours = rule_refuse_foreign,
	.list = rule_each,
	.needs = rule_needs,
};
