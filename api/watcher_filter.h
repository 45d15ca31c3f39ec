/* Which events a watcher wants to hear of. */
#ifndef API_WATCHER_FILTER_H
#define API_WATCHER_FILTER_H

#include "api/api.h"
#include "intent/events.h"
#include "netops/error.h"
#include "netops/namespace.h"

struct watcher_filter {
	uint32_t type;	  /* WATCHER_ANY, or of enum event_type */
	const char *kind; /* constant; NULL: any, as "" below */
	char namespace[NAMESPACE_NAME_SIZE], owner[EVENTS_NAME_SIZE], name[EVENTS_NAME_SIZE],
		device[EVENTS_NAME_SIZE];
	uint32_t family, table, protocol; /* family 0: any */
	bool has_table, has_protocol;
};
enum { WATCHER_ANY = UINT32_MAX };

#define WATCHER_QUERY \
	"device", "family", "kind", "name", "namespace", "owner", "protocol", "table", "type"

int watcher_filter_read(const struct api_call *call, struct watcher_filter *ret,
			struct error *error);
bool watcher_wants(const struct watcher_filter *filter, const struct event *event);
/* The classes of events (enum event_class) that may pass. */
unsigned int watcher_classes(const struct watcher_filter *filter);

#endif
