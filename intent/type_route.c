/* Routes. Ours are told by their protocol, so the kernel lists them alone. */
#include "intent/type.h"
#include "netops/text.h"
#include "netops/route.h"

static void route_record_clear(void *record)
{
	route_clear(record);
}

static const char *route_namespace(const void *record)
{
	return ((const struct route *)record)->namespace;
}

static void route_key(const void *record, char ret[ERROR_URL_SIZE])
{
	const struct route *route = record;
	struct route identity;

	/* What the kernel tells says it all, and there may be a million of it. */
	if (route->options.destination.family && ROUTE_GIVEN(route, table) &&
	    ROUTE_GIVEN(route, metric)) {
		route_url(route, ret);
		return;
	}
	route_identify(route, &identity);
	route_url(&identity, ret);
}

static int route_find_ours(struct netops *netops, const void *wanted, bool whole, void *ret,
			   struct error *error)
{
	struct route key;

	(void)whole;
	route_identify(wanted, &key);
	return route_find(netops, &key, ret, error);
}

static int route_new(struct netops *netops, void *wanted, void *ret, struct error *error)
{
	return route_create(netops, wanted, ret, error);
}

static int route_change(struct netops *netops, void *current, void *wanted, bool recreate,
			void *ret, struct error *error)
{
	(void)recreate;
	return route_update(netops, current, wanted, ret, error);
}

static int route_take_away(struct netops *netops, const void *actual, struct error *error)
{
	return route_delete_known(netops, actual, error);
}

static int route_new_many(struct netops *netops, void *const *wanted, void *const *ret,
			  size_t count, size_t *ret_failed, struct error *error)
{
	return route_create_many(netops, (const struct route *const *)wanted,
				 (struct route *const *)ret, count, ret_failed, error);
}

static int route_take_away_many(struct netops *netops, const void *const *actual, size_t count,
				size_t *ret_failed, struct error *error)
{
	return route_remove_many(netops, (const struct route *const *)actual, count, ret_failed,
				 error);
}

static uint64_t route_tag(const void *actual)
{
	return route_hash(actual);
}

static bool route_carries_mark(const void *actual)
{
	return route_is_ours(actual);
}

static int route_refuse_foreign(const void *actual, bool foreign_too, struct error *error)
{
	return route_need_ours(actual, foreign_too, error);
}

static int route_each(struct netops *netops, const char *namespace, intent_record_hook *hook,
		      void *context, struct error *error)
{
	struct route_list list CLEANUP_ROUTE_LIST = { 0 };

	if (route_list_ours(netops, namespace, &list, error))
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (hook(&list.items[i], context, error))
			return -1;
	}
	return 0;
}

static void route_needs(const void *record, intent_place_hook *hook, void *context)
{
	const struct route *route = record;

	hook(&(struct intent_place){ route->namespace, "", false }, context);
	if (ROUTE_GIVEN(route, device))
		hook(&(struct intent_place){ route->namespace, route->options.device.name,
					     false },
		     context);
	for (size_t i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *leg = &route->nexthops[i];

		if (NEXTHOP_GIVEN(leg, device))
			hook(&(struct intent_place){ route->namespace, leg->options.device.name,
						     false },
			     context);
	}
}

/* A gateway has to be reached by a route that has none. */
static bool route_is_late(const void *record)
{
	const struct route *route = record;

	return ROUTE_GIVEN(route, gateway) || route->nexthop_count;
}

static void route_rename(void *wanted, const char *(*map)(const char *namespace, void *context),
			 void *context)
{
	struct route *route = wanted;

	text_copy(route->namespace, sizeof(route->namespace), map(route->namespace, context));
}

const struct intent_type intent_route = {
	.name = "route",
	.collection = "routes",
	.rank = INTENT_RANK_ROUTE,
	.size = sizeof(struct route),
	.clear = route_record_clear,
	.namespace = route_namespace,
	.key = route_key,
	.rename = route_rename,
	.find = route_find_ours,
	.create = route_new,
	.change = route_change,
	.remove = route_take_away,
	.create_many = route_new_many,
	.remove_many = route_take_away_many,
	.tag = route_tag,
	.is_ours = route_carries_mark,
	.need_ours = route_refuse_foreign,
	.list = route_each,
	.needs = route_needs,
	.late = route_is_late,
};
