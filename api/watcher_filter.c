/*
 * What an event does not say cannot be held against it where it says that something is
 * to be read again: that concerns all that it may be about.
 */
#include "api/watcher_filter.h"

#include <string.h>

#include "api/event_json.h"
#include "api/query.h"
#include "netops/route.h"

int watcher_filter_read(const struct api_call *call, struct watcher_filter *ret,
			struct error *error)
{
	uint32_t kind = WATCHER_ANY;

	*ret = (struct watcher_filter){ .type = WATCHER_ANY };
	if (query_word(call, "type", event_types, &ret->type, error) ||
	    query_word(call, "kind", event_kinds, &kind, error) ||
	    query_name(call, "namespace", ret->namespace, sizeof(ret->namespace), error) ||
	    query_name(call, "owner", ret->owner, sizeof(ret->owner), error) ||
	    query_name(call, "name", ret->name, sizeof(ret->name), error) ||
	    query_name(call, "device", ret->device, sizeof(ret->device), error) ||
	    query_word(call, "family", event_families, &ret->family, error) ||
	    query_named(call, "table", route_table_words, 1, UINT32_MAX, &ret->table, error) ||
	    query_named(call, "protocol", route_protocol_words, 0, 255, &ret->protocol, error))
		return -1;
	ret->kind = kind == WATCHER_ANY ? NULL : row_word_name(event_kinds, kind);
	ret->has_table = query_text(call, "table") != NULL;
	ret->has_protocol = query_text(call, "protocol") != NULL;
	return 0;
}

/* The last part of its URL: only of links and namespaces is that a name. */
static const char *name_of(const struct event *event)
{
	switch (event_class(event->kind)) {
	case EVENTS_OF_LINKS:
		return event->device;
	case EVENTS_OF_NAMESPACES:
		return event->namespace;
	default:
		return "";
	}
}

static bool text_fits(const char *wanted, const char *text, bool vague)
{
	return !*wanted || !strcmp(wanted, text) || (vague && !*text);
}

static bool number_fits(bool wants, uint32_t wanted, bool has, uint32_t number, bool vague)
{
	return !wants || (has ? wanted == number : vague);
}

bool watcher_wants(const struct watcher_filter *filter, const struct event *event)
{
	const bool vague = event->type == EVENT_INVALIDATED;

	if ((filter->type != WATCHER_ANY && filter->type != event->type) ||
	    (filter->kind && !text_fits(filter->kind, event->kind, vague)))
		return false;
	return text_fits(filter->namespace, event->namespace, vague) &&
	       text_fits(filter->owner, event->owner, false) &&
	       text_fits(filter->device, event->device, vague) &&
	       (!filter->name[0] || vague || !strcmp(filter->name, name_of(event))) &&
	       number_fits(filter->family, filter->family, event->family, event->family,
			   vague) &&
	       number_fits(filter->has_table, filter->table, event->has_table, event->table,
			   vague) &&
	       number_fits(filter->has_protocol, filter->protocol, event->has_protocol,
			   event->protocol, vague);
}

/* What is nobody's own is all that the kernel tells. */
unsigned int watcher_classes(const struct watcher_filter *filter)
{
	if (filter->owner[0])
		return EVENTS_OF_CONFIG;
	return filter->kind ? event_class(filter->kind) : EVENTS_OF_ALL;
}
