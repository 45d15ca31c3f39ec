/* What is heard of links, and what the kernel does with what is on them. */
#include "intent/changes_private.h"

static void tell_link(struct changes *changes, const struct place *place,
		      const struct mirror_change *change, enum event_type type, const char *url)
{
	changes_tell(
		changes, place->name,
		&(struct event){ .type = type,
				 .object = url,
				 .kind = change->tunnel ? "tunnel" : "link",
				 .device = change->name,
				 .alone = change->alone,
				 .members = type == EVENT_CHANGED ? change->members : "" });
}

/* What follows from it, and may not have come about yet. */
static void follow_link(struct changes *changes, struct place *place,
			const struct monitor_record *record, const struct mirror_change *change)
{
	unsigned int what = ROUTES_OF_BOTH;

	if (!change->state && change->news != MIRROR_DELETED)
		return;
	place_unsettle(changes, place, change->alone ? change->name : NULL);
	changes_restless(changes, place, change->alone ? change->name : "", false);
	if (change->leads)
		changes_restless(changes, place, "", true);
	if (change->news == MIRROR_CREATED)
		return;
	what |= NEIGHBORS;
	changes_tell_invalid(changes, place, record, what, change->name,
			     change->news == MIRROR_DELETED ?
				     "the link is gone, and what was on it" :
				     "the link went up or down, or its carrier did");
}

/* The old name's URL; the link itself is the same. */
static void tell_rename(struct changes *changes, struct place *place,
			const struct monitor_record *record, const struct mirror_change *change)
{
	tell_link(changes, place, change, EVENT_DELETED, change->old_url);
	tell_link(changes, place, change, EVENT_CREATED, change->url);
	changes_tell_invalid_once(changes, place, NEIGHBORS, NULL, "a link was renamed");
	events_publish(changes->events, &(struct event){ .type = EVENT_INVALIDATED,
							 .kind = "address",
							 .namespace = place->name,
							 .device = change->name,
							 .detail = "the link was renamed",
							 .seen = true });
	changes_tell_invalid(changes, place, record, ROUTES_OF_BOTH, NULL,
			     "a link was renamed");
}

void changes_heard_link(struct changes *changes, struct place *place,
			const struct monitor_record *record)
{
	struct mirror_change change;

	if (record->aside) {
		events_touch(changes->events, EVENTS_OF_LINKS, place->name, "");
		return;
	}
	if (!mirror_take_link(place->mirror, record, &change)) {
		changes_tell_loss(changes, place->name, "");
		place_blind(changes, place);
		return;
	}
	switch (change.news) {
	case MIRROR_NOTHING:
		return;
	case MIRROR_UNSEEN:
		events_touch(changes->events, EVENTS_OF_LINKS, place->name,
			     change.alone ? change.name : "");
		break;
	case MIRROR_CREATED:
		tell_link(changes, place, &change, EVENT_CREATED, change.url);
		break;
	case MIRROR_CHANGED:
		tell_link(changes, place, &change, EVENT_CHANGED, change.url);
		break;
	case MIRROR_RENAMED:
		tell_rename(changes, place, record, &change);
		break;
	case MIRROR_DELETED:
		tell_link(changes, place, &change, EVENT_DELETED, change.url);
		break;
	}
	follow_link(changes, place, record, &change);
}
