/*
 * Neighbours. Ours are told by their protocol; what the kernel learned by itself
 * is as good as not there.
 */
#include "intent/type.h"
#include "netops/neighbor.h"
#include "netops/text.h"

static const char *neighbor_namespace(const void *record)
{
	return ((const struct neighbor *)record)->namespace;
}

static void neighbor_key(const void *record, char ret[ERROR_URL_SIZE])
{
	neighbor_url(record, ret);
}

static int neighbor_seek(struct netops *netops, const void *wanted, bool whole, void *ret,
			 struct error *error)
{
	(void)whole;
	return neighbor_find_set(netops, wanted, ret, error);
}

static int neighbor_new(struct netops *netops, void *wanted, void *ret, struct error *error)
{
	return neighbor_create(netops, wanted, ret, error);
}

static int neighbor_change(struct netops *netops, void *current, void *wanted, bool recreate,
			   void *ret, struct error *error)
{
	(void)recreate;
	return neighbor_update(netops, current, wanted, ret, error);
}

static int neighbor_take_away(struct netops *netops, const void *actual, struct error *error)
{
	return neighbor_delete_known(netops, actual, error);
}

static bool neighbor_carries_mark(const void *actual)
{
	return neighbor_is_ours(actual);
}

static int neighbor_refuse_foreign(const void *actual, bool foreign_too, struct error *error)
{
	return neighbor_need_ours(actual, foreign_too, error);
}

static int neighbor_each(struct netops *netops, const char *namespace, intent_record_hook *hook,
			 void *context, struct error *error)
{
	struct neighbor_list list CLEANUP_NEIGHBOR_LIST = { 0 };

	if (neighbor_list_ours(netops, namespace, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (hook(&list.items[i], context, error))
			return -1;
	}
	return 0;
}

static void neighbor_needs(const void *record, intent_place_hook *hook, void *context)
{
	const struct neighbor *neighbor = record;

	hook(&(struct intent_place){ neighbor->namespace, "", false }, context);
	hook(&(struct intent_place){ neighbor->namespace, neighbor->link.name, false },
	     context);
}

static void neighbor_rename(void *wanted,
			    const char *(*map)(const char *namespace, void *context),
			    void *context)
{
	struct neighbor *neighbor = wanted;

	text_copy(neighbor->namespace, sizeof(neighbor->namespace),
		  map(neighbor->namespace, context));
}

const struct intent_type intent_neighbor = {
	.name = "neighbor",
	.collection = "neighbors",
	.rank = INTENT_RANK_NEIGHBOR,
	.size = sizeof(struct neighbor),
	.namespace = neighbor_namespace,
	.key = neighbor_key,
	.rename = neighbor_rename,
	.find = neighbor_seek,
	.create = neighbor_new,
	.create_many = neighbor_create_many,
	.change = neighbor_change,
	.remove = neighbor_take_away,
	.is_ours = neighbor_carries_mark,
	.need_ours = neighbor_refuse_foreign,
	.list = neighbor_each,
	.needs = neighbor_needs,
};
