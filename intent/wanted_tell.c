/* What is told of an object that is wanted, and what moves where nothing is told. */
#include <stdio.h>
#include <string.h>

#include "intent/event_entry.h"
#include "intent/facets.h"
#include "intent/intent_private.h"

/* A route's device is known since the kernel chose it. */
static const char *wanted_via(const struct intent_object *object)
{
	const char *slash = object->via ? strchr(object->via, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

/* All but what happened; its texts are the object's, and device. */
static struct event wanted_event(const struct intent_object *object,
				 char device[FACETS_DEVICE_SIZE])
{
	struct event event = { .object = object->key,
			       .kind = object->type->name,
			       .namespace = object->namespace,
			       .owner = object->owner,
			       .device = wanted_via(object),
			       .alone = !object->other_key };

	facets_of_object(&event, device);
	if (object->type->rank == INTENT_RANK_ROUTE || object->type->rank == INTENT_RANK_RULE ||
	    object->type->rank == INTENT_RANK_NEIGHBOR) {
		event.protocol = OWNED_PROTOCOL;
		event.has_protocol = true;
	}
	return event;
}

static void wanted_publish(struct intent *intent, const struct intent_object *object,
			   enum event_type type, const char *detail, const char *members)
{
	char device[FACETS_DEVICE_SIZE];
	struct event event;

	if (!intent->settings.events)
		return;
	event = wanted_event(object, device);
	event.type = type;
	event.detail = detail;
	event.members = members;
	events_publish(intent->settings.events, &event);
}

struct entry *wanted_creation(const struct intent_object *object, const char *members)
{
	char device[FACETS_DEVICE_SIZE];
	struct event event = wanted_event(object, device);

	event.type = EVENT_CREATED;
	event.detail = event.members = members;
	return entry_new(&event);
}

void wanted_tell(struct intent *intent, const struct intent_object *object,
		 enum event_type type, const char *detail)
{
	wanted_publish(intent, object, type, detail, NULL);
}

void wanted_tell_change(struct intent *intent, const struct intent_object *object,
			enum event_type type, const char *members)
{
	wanted_publish(intent, object, type, members, members);
}

/* What an event of the object would move, without one. */
struct wanted_place {
	unsigned int classes;
	char namespace[NAMESPACE_NAME_SIZE], device[FACETS_DEVICE_SIZE];
};

static void wanted_place(const struct intent_object *object, struct wanted_place *ret)
{
	char device[FACETS_DEVICE_SIZE];
	const struct event event = wanted_event(object, device);

	ret->classes = event_class(event.kind) | EVENTS_OF_CONFIG;
	snprintf(ret->namespace, sizeof(ret->namespace), "%s", event.namespace);
	snprintf(ret->device, sizeof(ret->device), "%s", event_device(&event));
}

static void wanted_touch_place(struct intent *intent, const struct wanted_place *place)
{
	if (intent->settings.events)
		events_touch(intent->settings.events, place->classes, place->namespace,
			     place->device);
}

void wanted_touch(struct intent *intent, const struct intent_object *object)
{
	struct wanted_place place;

	wanted_place(object, &place);
	wanted_touch_place(intent, &place);
}

void wanted_forget(struct intent *intent, struct intent_object *object, const char *detail)
{
	struct wanted_place place;

	wanted_place(object, &place);
	wanted_tell(intent, object, EVENT_DELETED, detail);
	pthread_mutex_lock(&intent->mutex);
	table_remove(&intent->table, object);
	pthread_mutex_unlock(&intent->mutex);
	/* Whoever has looked in between has seen it. */
	wanted_touch_place(intent, &place);
}
