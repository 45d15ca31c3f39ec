/* Addresses that are objects of their own, and not members of a link. */
#include "intent/type.h"
#include "netops/text.h"
#include "netops/address.h"

static const char *address_namespace(const void *record)
{
	return ((const struct address *)record)->namespace;
}

static void address_key(const void *record, char ret[ERROR_URL_SIZE])
{
	address_url(record, ret);
}

static int address_find(struct netops *netops, const void *wanted, bool whole, void *ret,
			struct error *error)
{
	struct address key = *(const struct address *)wanted;

	(void)whole;
	key.options.address.prefix_length = address_prefix_length(wanted);
	return address_read(netops, &key, ret, error);
}

static int address_new(struct netops *netops, void *wanted, void *ret, struct error *error)
{
	return address_create(netops, wanted, ret, error);
}

static int address_change(struct netops *netops, void *current, void *wanted, bool recreate,
			  void *ret, struct error *error)
{
	return address_update(netops, current, wanted, recreate, ret, error);
}

static int address_take_away(struct netops *netops, const void *actual, struct error *error)
{
	struct address key = *(const struct address *)actual;

	key.options.address.prefix_length = address_prefix_length(actual);
	return address_delete(netops, &key, true, error);
}

static bool address_carries_mark(const void *actual)
{
	return address_is_ours(actual);
}

static int address_refuse_foreign(const void *actual, bool foreign_too, struct error *error)
{
	return address_need_ours(actual, foreign_too, error);
}

static int address_each(struct netops *netops, const char *namespace, intent_record_hook *hook,
			void *context, struct error *error)
{
	struct address_list list CLEANUP_ADDRESS_LIST = { 0 };

	if (address_list_of(netops, namespace, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (hook(&list.items[i], context, error))
			return -1;
	}
	return 0;
}

static void address_needs(const void *record, intent_place_hook *hook, void *context)
{
	const struct address *address = record;

	hook(&(struct intent_place){ address->namespace, "", false }, context);
	hook(&(struct intent_place){ address->namespace, address->link.name, false }, context);
}

static void address_rename(void *wanted,
			   const char *(*map)(const char *namespace, void *context),
			   void *context)
{
	struct address *address = wanted;

	text_copy(address->namespace, sizeof(address->namespace),
		  map(address->namespace, context));
}

const struct intent_type intent_address = {
	.name = "address",
	.collection = "addresses",
	.rank = INTENT_RANK_ADDRESS,
	.size = sizeof(struct address),
	.namespace = address_namespace,
	.key = address_key,
	.rename = address_rename,
	.find = address_find,
	.create = address_new,
	.create_many = address_create_many,
	.change = address_change,
	.remove = address_take_away,
	.is_ours = address_carries_mark,
	.need_ours = address_refuse_foreign,
	.list = address_each,
	.needs = address_needs,
};
