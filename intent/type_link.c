/* Links and tunnels: one record, two views. */
#include <string.h>

#include "intent/type.h"
#include "netops/datapath.h"
#include "netops/kind.h"
#include "netops/link.h"
#include "netops/text.h"

static void link_record_init(void *record)
{
	link_init(record);
}

static void link_record_clear(void *record)
{
	link_clear(record);
}

static const char *link_namespace(const void *record)
{
	return ((const struct link *)record)->namespace;
}

static void link_key(const void *record, char ret[ERROR_URL_SIZE])
{
	link_url(record, ret);
}

static int link_find(struct netops *netops, const void *wanted, bool whole, void *ret,
		     struct error *error)
{
	const struct link *link = wanted;

	return whole ? link_read_whole(netops, link->namespace, link->name, ret, error) :
		       link_read(netops, link->namespace, link->name, ret, error);
}

static int link_new(struct netops *netops, void *wanted, void *ret, struct error *error)
{
	return link_create(netops, wanted, ret, error);
}

static int link_change(struct netops *netops, void *current, void *wanted, bool recreate,
		       void *ret, struct error *error)
{
	return link_update(netops, current, wanted, recreate, ret, error);
}

static int link_take_away(struct netops *netops, const void *actual, struct error *error)
{
	const struct link *link = actual;

	return link_delete(netops, link->namespace, link->name, false, true, error);
}

static int link_take_away_many(struct netops *netops, const void *const *actual, size_t count,
			       size_t *ret_failed, struct error *error)
{
	return link_delete_many(netops, (const struct link *const *)actual, count, ret_failed,
				error);
}

static int link_clear_away(struct netops *netops, const void *wanted, struct error *error)
{
	return link_sweep(netops, wanted, error);
}

static bool link_carries_mark(const void *actual)
{
	return link_is_ours(actual);
}

static int link_refuse_foreign(const void *actual, bool foreign_too, struct error *error)
{
	return link_need_ours(actual, foreign_too, error);
}

static int link_give_mark(struct netops *netops, void *actual, struct error *error)
{
	return link_mark(netops, actual, error);
}

/* What only a change needs to know is asked for link by link. */
static bool link_is_whole(const void *actual)
{
	const struct link *link = actual;

	return !link->kind || !link->kind->load;
}

struct link_listing {
	struct netops *netops;
	intent_record_hook *hook;
	void *context;
};

static int link_listed(struct link *link, void *context, struct error *error)
{
	const struct link_listing *listing = context;

	datapath_tend(listing->netops, link);
	return listing->hook(link, listing->context, error);
}

static int link_each(struct netops *netops, const char *namespace, bool tunnels,
		     intent_record_hook *hook, void *context, struct error *error)
{
	const struct link_filter filter = { .tunnels_only = tunnels };
	struct link_listing listing = { netops, hook, context };

	return link_list(netops, namespace, &filter, link_listed, &listing, error);
}

/* Once for both types: what is a tunnel is known by its kind. */
static int link_each_of_all(struct netops *netops, const char *namespace,
			    intent_record_hook *hook, void *context, struct error *error)
{
	return link_each(netops, namespace, false, hook, context, error);
}

static void link_need_devices(const struct link *link, intent_place_hook *hook, void *context)
{
	const char *underlay = link->underlay_namespace[0] ? link->underlay_namespace :
							     link->namespace;
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			const struct device *device = row_value(row, &link->options);

			struct intent_place place = { link->namespace, device->name, false };

			if (row->type != ROW_DEVICE || !given_at(&link->given, row->offset))
				continue;
			if (row->flags & ROW_UNDERLAY)
				place.namespace = underlay;
			/* A tunnel waits for what it runs over, a vlan goes with it. */
			place.soft = row->offset == offsetof(struct link_options, master) ||
				     (link->kind && link->kind->tunnel);
			hook(&place, context);
		}
	}
}

static void link_needs(const void *record, intent_place_hook *hook, void *context)
{
	const struct link *link = record;

	hook(&(struct intent_place){ link->namespace, "", false }, context);
	if (link->underlay_namespace[0])
		hook(&(struct intent_place){ link->underlay_namespace, "", true }, context);
	link_need_devices(link, hook, context);
	for (size_t i = 0; i < link->member_count; i++)
		hook(&(struct intent_place){ link->namespace, link->members[i], true },
		     context);
	if (!link->peer)
		return;
	hook(&(struct intent_place){ link->peer->namespace, "", false }, context);
	link_need_devices(link->peer, hook, context);
}

static void link_gives(const void *record, intent_place_hook *hook, void *context)
{
	const struct link *link = record;

	hook(&(struct intent_place){ link->namespace, link->name, false }, context);
	if (link->peer)
		hook(&(struct intent_place){ link->peer->namespace, link->peer->name, false },
		     context);
}

static void link_keep_member(size_t offset, size_t size, struct link *to,
			     const struct link *from)
{
	if (given_at(&to->given, offset) || given_at(&to->nulled, offset) ||
	    !given_at(&from->given, offset))
		return;
	memcpy((char *)&to->options + offset, (const char *)&from->options + offset, size);
	give_at(&to->given, offset);
}

/* A bridge that names its members says for them whose they are; an alias is a note. */
static void link_keep(void *wanted, const void *current, uint32_t mtu)
{
	static const size_t place = offsetof(struct link_options, mtu);
	struct link *link = wanted;

#define KEEP(member)                                            \
	link_keep_member(offsetof(struct link_options, member), \
			 sizeof(((struct link_options *)NULL)->member), wanted, current)
	KEEP(master);
	KEEP(alias);
	/* Those of other kinds the kernel changes by itself. */
	if (mtu && link->kind && link->kind->tunnel && !given_at(&link->given, place)) {
		link->options.mtu = mtu;
		give_at(&link->given, place);
	}
}

static void link_rename(void *wanted, const char *(*map)(const char *namespace, void *context),
			void *context)
{
	struct link *link = wanted;

	text_copy(link->namespace, sizeof(link->namespace), map(link->namespace, context));
	if (link->underlay_namespace[0])
		text_copy(link->underlay_namespace, sizeof(link->underlay_namespace),
			  map(link->underlay_namespace, context));
	if (link->peer)
		link_rename(link->peer, map, context);
}

#define LINK_TYPE(one, many, lister)                                                         \
	{                                                                                    \
		.name = one, .collection = many, .rank = INTENT_RANK_LINK,                   \
		.size = sizeof(struct link), .init = link_record_init,                       \
		.clear = link_record_clear, .namespace = link_namespace, .key = link_key,    \
		.find = link_find, .create = link_new, .change = link_change,                \
		.remove = link_take_away, .remove_many = link_take_away_many,                \
		.sweep = link_clear_away, .is_ours = link_carries_mark,                      \
		.need_ours = link_refuse_foreign, .mark = link_give_mark, .keep = link_keep, \
		.list = lister, .is_whole = link_is_whole, .rename = link_rename,            \
		.needs = link_needs, .gives = link_gives,                                    \
	}

const struct intent_type intent_link = LINK_TYPE("link", "links", link_each_of_all);
const struct intent_type intent_tunnel = LINK_TYPE("tunnel", "tunnels", NULL);
