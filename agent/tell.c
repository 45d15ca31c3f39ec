#include "agent/tell.h"

#include <stddef.h>

#include "agent/log.h"
#include "intent/events.h"

enum { TELL_AT_ONCE = 256 }; /* lines; the rest is only counted */

struct telling {
	unsigned int count;
};

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
	[EVENT_INVALIDATED] = { LOG_LEVEL_DEBUG, "is to be read again" },
	[EVENT_CONFIRMED] = { LOG_LEVEL_INFO, "a change of the configuration is confirmed" },
};

static void tell_event(const struct event *event, void *context)
{
	static const char *const format = "%s%s%s%s%s";
	struct telling *telling = context;
	const char *words = tell_types[event->type].words, *detail = event->detail;
	const char *gap = event->object[0] ? " " : "", *colon = detail[0] ? ": " : "";

	/* What is seen in the kernel is for those who watch. */
	if (event->seen || ++telling->count > TELL_AT_ONCE)
		return;
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
	struct telling telling = { .count = 0 };

	/* What is lost of a flood says nothing new. */
	(void)events_read(events, *place, UINT32_MAX, tell_event, &telling, place);
	if (telling.count > TELL_AT_ONCE)
		log_info("%u events are not in this log: see GET /events",
			 telling.count - TELL_AT_ONCE);
}
