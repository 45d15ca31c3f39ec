/*
 * From a record of the monitor to an event. Nothing that is heard is passed over: what
 * is not told (our own doing, what shows nowhere) still moves the versions.
 *
 * What the kernel does without a word: of a link that goes down or loses an address it
 * takes routes along; with its carrier their flags change; a next hop that goes takes
 * those that name it. So these are told to be read again, by link where it is that
 * link's, and once for all that was there when the first of its kind was told.
 */
#include <string.h>
#include <sys/socket.h>

#include "intent/changes_private.h"
#include "intent/clock.h"
#include "netops/url.h"

static bool is_in(const struct hash_set *set, const char *url)
{
	return set->count && hash_set_has(set, hash_of(url, strlen(url), 0));
}

/* What may be our own doing waits until that is known. */
static bool hold(struct changes *changes, const struct event *event)
{
	struct entry *entry = changes->held_count < CHANGES_HELD ? entry_new(event) : NULL;

	if (entry)
		changes->held[changes->held_count++] = entry;
	return entry;
}

void changes_tell(struct changes *changes, const char *namespace, struct event *event)
{
	event->seen = true;
	event->namespace = namespace;
	if (is_in(&changes->doomed, event->object) ||
	    (is_in(&changes->own, event->object) && hold(changes, event)))
		events_touch(changes->events, event_class(event->kind), namespace,
			     event_device(event));
	else
		events_publish(changes->events, event);
}

void changes_restless(struct changes *changes, const struct place *place, const char *device,
		      bool slow)
{
	const int64_t until = intent_clock() + (slow ? TELL_SLOW_MS : TELL_QUICK_MS);
	int64_t *one =
		*device ? &changes->devices[versions_device(place->name, device)].until_ms :
			  &changes->wide_until_ms;

	atomic_store(slow ? &changes->slow_until_ms : &changes->quick_until_ms, until);
	*one = until > *one ? until : *one;
}

void changes_let_go(struct changes *changes, bool tell)
{
	for (unsigned int i = 0; i < changes->held_count; i++) {
		if (tell)
			events_publish(changes->events, &changes->held[i]->event);
		entry_free(changes->held[i]);
	}
	changes->held_count = 0;
}

/* ---- what is to be read again ---- */

void changes_tell_loss(struct changes *changes, const char *namespace, const char *kind)
{
	events_publish(changes->events,
		       &(struct event){ .type = EVENT_INVALIDATED,
					.kind = kind,
					.namespace = namespace,
					.detail = "what is there may not have been told: it is "
						  "to be read again",
					.seen = true });
}

void changes_tell_invalid_once(struct changes *changes, const struct place *place,
			       enum invalidation what, const char *device, const char *detail)
{
	events_publish(changes->events,
		       &(struct event){ .type = EVENT_INVALIDATED,
					.kind = what == NEIGHBORS ? "neighbor" : "route",
					.namespace = place->name,
					.device = device,
					.family = what == ROUTES_OF_IPV4 ? AF_INET :
						  what == ROUTES_OF_IPV6 ? AF_INET6 :
									   0,
					.detail = detail,
					.seen = true });
}

/* Only of what is heard there. device NULL: of any, index 0. */
void changes_tell_invalid(struct changes *changes, struct place *place,
			  const struct monitor_record *record, unsigned int what,
			  const char *device, const char *detail)
{
	const uint32_t index = device ? record->index : 0;

	if (!(place->extent & MONITOR_ALL_ROUTES))
		what &= ~ROUTES_OF_BOTH;
	if (!(place->extent & MONITOR_ALL_NEIGHBORS))
		what &= ~NEIGHBORS;
	if (place->told_batch != record->batch || place->told_index != index)
		place->told = 0;
	place->told_batch = record->batch;
	place->told_index = index;
	for (unsigned int bit = 1; bit <= NEIGHBORS; bit <<= 1) {
		if (what & ~place->told & bit)
			changes_tell_invalid_once(changes, place, bit, device, detail);
	}
	place->told |= what;
}

/* ---- the others ---- */

static void tell_notice(struct changes *changes, struct place *place, const char *kind,
			enum event_type type, const struct notice *notice, bool alone)
{
	changes_tell(changes, place->name,
		     &(struct event){ .type = type,
				      .object = notice->url,
				      .kind = kind,
				      .device = notice->device,
				      .alone = alone,
				      .state = type == EVENT_DELETED ? NULL : notice->state,
				      .family = notice->family,
				      .table = notice->table,
				      .protocol = notice->protocol,
				      .has_table = notice->has_table,
				      .has_protocol = notice->has_protocol });
}

/*
 * IPv4: those that have it as their preferred source, wherever they lead, and with the
 * last one of a link all of that link. IPv6: they stay, without that source.
 */
static void follow_address(struct changes *changes, struct place *place,
			   const struct monitor_record *record, const struct notice *notice)
{
	const unsigned int what = notice->family == AF_INET ? ROUTES_OF_IPV4 : ROUTES_OF_IPV6;

	place_unsettle(changes, place, notice->device);
	changes_tell_invalid(changes, place, record, what, notice->device,
			     "an address of the link was removed");
	if (mirror_links_up(place->mirror) > 1)
		changes_tell_invalid(changes, place, record, what, NULL,
				     "an address was removed that may be their source");
}

static void heard_address(struct changes *changes, struct place *place,
			  const struct monitor_record *record)
{
	/* It shows with no link but its own. */
	const bool alone = mirror_knows(place->mirror, record->index);
	struct mirror_change change = { .news = MIRROR_UNSEEN };
	struct notice notice;

	if (!notice_read(changes->notices, record, place->mirror, &notice))
		return;
	if (!mirror_take_address(place->mirror, record, &change))
		place_blind(changes, place);
	if (change.news == MIRROR_UNSEEN)
		events_touch(changes->events, EVENTS_OF_ADDRESSES, place->name,
			     alone ? notice.device : "");
	else if (change.news != MIRROR_NOTHING)
		tell_notice(changes, place, "address",
			    record->gone		  ? EVENT_DELETED :
			    change.news == MIRROR_CHANGED ? EVENT_CHANGED :
							    EVENT_CREATED,
			    &notice, alone);
	if (record->gone)
		follow_address(changes, place, record, &notice);
}

static void heard_other(struct changes *changes, struct place *place,
			const struct monitor_record *record)
{
	static const char *const kinds[] = {
		[MONITOR_ROUTE] = "route",
		[MONITOR_RULE] = "rule",
		[MONITOR_NEIGHBOR] = "neighbor",
	};
	struct notice notice;

	if (!notice_read(changes->notices, record, place->mirror, &notice)) {
		if (record->cut)
			changes_tell_loss(changes, place->name, kinds[record->subject]);
		return;
	}
	tell_notice(changes, place, kinds[record->subject],
		    record->gone    ? EVENT_DELETED :
		    notice.replaces ? EVENT_CHANGED :
				      EVENT_CREATED,
		    &notice, false);
}

/*
 * net/ipv6/addrconf.c: an address without duplicate detection is told of by a later
 * work; the route that is made for it is not.
 */
static void follow_kernel_route(struct changes *changes, const struct place *place,
				uint32_t index)
{
	const char *device =
		mirror_knows(place->mirror, index) ? mirror_name(place->mirror, index) : "";

	events_touch(changes->events, EVENTS_OF_ADDRESSES, place->name, device);
	changes_restless(changes, place, device, false);
}

static void heard_route(struct changes *changes, struct place *place,
			const struct monitor_record *record)
{
	if (record->by_kernel && !record->gone)
		follow_kernel_route(changes, place, record->index);
	if (record->marked || (place->extent & MONITOR_ALL_ROUTES))
		heard_other(changes, place, record);
}

static void heard_nexthop(struct changes *changes, struct place *place,
			  const struct monitor_record *record)
{
	place->unsettled = true; /* links show none */
	changes_tell_invalid(changes, place, record, ROUTES_OF_BOTH, NULL,
			     "a next hop that routes name was made, changed or removed");
}

/* ---- namespaces ---- */

void changes_tell_namespace(struct changes *changes, const char *name, enum event_type type,
			    const char *members)
{
	char url[ERROR_URL_SIZE] = "/namespaces/";

	url_escape(url, name);
	changes_tell(
		changes, name,
		&(struct event){
			.type = type, .object = url, .kind = "namespace", .members = members });
}

static void heard_forwarding(struct changes *changes, struct place *place,
			     const struct monitor_record *record)
{
	int *known = &place->forwarding[record->family == AF_INET6];

	if (record->forwarding < 0 || record->gone || record->forwarding == *known)
		return;
	*known = record->forwarding;
	changes_tell_namespace(changes, place->name, EVENT_CHANGED,
			       record->family == AF_INET6 ? "forwarding.ipv6" :
							    "forwarding.ipv4");
}

static void heard_gone(struct changes *changes, struct place *place)
{
	const bool kept = place->kept;
	const bool told = changes->surveyed || changes_is_watched(changes, place->name);
	char name[NAMESPACE_NAME_SIZE];

	memcpy(name, place->name, sizeof(name));
	if (kept) {
		(void)names_add(&changes->gone, name);
		(void)names_add(&changes->dirty, name);
	}
	place_remove(changes, place);
	events_touch(changes->events, EVENTS_OF_ALL, name, "");
	if (told)
		changes_tell_namespace(changes, name, EVENT_DELETED, NULL);
	/* Another may have taken its name. */
	atomic_store(&changes->mounts_changed, true);
}

static void heard_namespace(struct changes *changes, struct place *place,
			    const struct monitor_record *record)
{
	if (record->gone) {
		heard_gone(changes, place);
		return;
	}
	if (place->kept)
		(void)names_add(&changes->dirty, place->name);
	if (!place->mirror)
		return;
	changes_tell_loss(changes, place->name, "");
	place_unsettle(changes, place, NULL);
	place_blind(changes, place);
}

/* ---- */

typedef void heard_hook(struct changes *changes, struct place *place,
			const struct monitor_record *record);
static heard_hook *const hooks[] = {
	[MONITOR_LINK] = changes_heard_link,	 [MONITOR_ADDRESS] = heard_address,
	[MONITOR_ROUTE] = heard_route,		 [MONITOR_RULE] = heard_other,
	[MONITOR_NEIGHBOR] = heard_other,	 [MONITOR_NEXTHOP] = heard_nexthop,
	[MONITOR_FORWARDING] = heard_forwarding,
};

void changes_heard(const struct monitor_record *record, void *context)
{
	struct changes *changes = context;
	struct place *place = place_find(changes, record->namespace);

	if (!place)
		return;
	if (record->subject == MONITOR_NAMESPACE) {
		heard_namespace(changes, place, record);
		return;
	}
	/* What is foreign is none of the reconciler's business. */
	if (place->kept && record->marked && record->subject != MONITOR_NEXTHOP)
		(void)names_add(&changes->dirty, place->name);
	if (!place->mirror)
		return;
	/* Some of what goes is there for a moment after it was told. */
	place->unsettled = place->unsettled || record->gone;
	hooks[record->subject](changes, place, record);
}
