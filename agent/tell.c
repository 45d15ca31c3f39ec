#include "agent/tell.h"

#include <stddef.h>

#include "agent/log.h"
#include "intent/events.h"

enum { TELL_AT_ONCE = 256 }; /* lines; the rest is only counted */

static const struct {
	enum log_level level;
	const char *words;
} tell_types[EVENT_TYPES] = {
	[EVENT_CREATED] = { LOG_LEVEL_DEBUG, "is wanted" },
	[EVENT_CHANGED] = { LOG_LEVEL_DEBUG, "is wanted otherwise" },
	[EVENT_DELETED] = { LOG_LEVEL_DEBUG, "is not wanted any more" },
	[EVENT_APPLIED] = { LOG_LEVEL_DEBUG, "is as it is wanted" },
	[EVENT_REPAIRED] = { LOG_LEVEL_INFO, "is made right again" },
	[EVENT_PENDING] = { LOG_LEVEL_INFO, "waits" },
	[EVENT_RETRYING] = { LOG_LEVEL_WARNING, "cannot be made, and is tried again" },
	[EVENT_FAILED] = { LOG_LEVEL_WARNING, "cannot be made" },
	[EVENT_CONTESTED] = { LOG_LEVEL_WARNING, "is contested" },
	[EVENT_ROLLED_BACK] = { LOG_LEVEL_WARNING, "a change of the configuration is undone" },
	[EVENT_CONFIRMED] = { LOG_LEVEL_INFO, "a change of the configuration is confirmed" },
};

static void tell_event(const struct event *event, void *context)
{
	static const char *const format = "%s%s%s%s%s";
	const char *words = tell_types[event->type].words, *detail = event->detail;
	const char *gap = event->object[0] ? " " : "", *colon = detail[0] ? ": " : "";

	(void)context;
	switch (tell_types[event->type].level) {
	case LOG_LEVEL_WARNING:
		log_warning(format, event->object, gap, words, colon, detail);
		break;
	case LOG_LEVEL_INFO:
		log_info(format, event->object, gap, words, colon, detail);
		break;
	default:
		log_debug(format, event->object, gap, words, colon, detail);
	}
}

void tell_events(struct events *events, uint64_t *place)
{
	uint64_t last = events_last(events), first = *place, read;

	/* A flood is told by its end: what is lost of it says nothing new. */
	if (last - *place > TELL_AT_ONCE) {
		*place = last - TELL_AT_ONCE;
		log_info("%llu events are not in this log: see GET /events",
			 (unsigned long long)(*place - first));
	}
	(void)events_read(events, *place, TELL_AT_ONCE, tell_event, NULL, &read);
	*place = read;
}
