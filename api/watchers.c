/*
 * GET /events: an answer without an end. A watcher is a place in the ring of
 * events and what he wants to hear of; when he has taken what he was given, he
 * gets what has happened since, a handful at a time. So he costs the same
 * however slow he is, and what he is too slow for is told as a gap.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/event_json.h"
#include "api/operations.h"
#include "netops/namespace.h"

enum {
	WATCHERS_MOST = 64,
	WATCHERS_WINDOW = 16, /* events at once: with their longest texts about 60 KB */
	WATCHERS_ANY = UINT32_MAX,
};

struct watcher {
	struct api *api;
	uint64_t place; /* the last sequence number that was looked at */
	bool lines;	/* NDJSON, else server-sent events */
	bool greeted;	/* the stream has begun */
	bool lost;	/* his place is not to be had */
	char prefix[4];
	uint32_t type, kind; /* WATCHERS_ANY, or a value of the words */
	char namespace[NAMESPACE_NAME_SIZE], owner[EVENTS_NAME_SIZE]; /* "": any */
};

/* Where an event is written to. */
struct watcher_page {
	const struct watcher *watcher;
	struct buffer *text;
};

static bool watcher_wants(const struct watcher *watcher, const struct event *event)
{
	const char *kind = row_word_name(event_kinds, watcher->kind);

	return (watcher->type == WATCHERS_ANY || watcher->type == event->type) &&
	       (watcher->kind == WATCHERS_ANY || !strcmp(kind, event->kind)) &&
	       (!watcher->namespace[0] || !strcmp(watcher->namespace, event->namespace)) &&
	       (!watcher->owner[0] || !strcmp(watcher->owner, event->owner));
}

/* What stands before and behind an object, in the syntax of server-sent events. */
static void watcher_frame(const struct watcher *watcher, struct buffer *text, uint64_t sequence,
			  const char *type)
{
	char id[EVENT_ID_SIZE];

	if (watcher->lines)
		return;
	event_id_write(watcher->api->events, sequence, id);
	buffer_format(text, "id: %s\nevent: %s\ndata: ", id, type);
}

static void watcher_frame_end(const struct watcher *watcher, struct buffer *text)
{
	buffer_text(text, watcher->lines ? "\n" : "\n\n");
}

static void watcher_tell(const struct event *event, void *context)
{
	const struct watcher_page *page = context;
	const struct watcher *watcher = page->watcher;
	struct json_writer writer;

	if (!watcher_wants(watcher, event))
		return;
	watcher_frame(watcher, page->text, event->sequence,
		      row_word_name(event_types, event->type));
	json_writer_start(&writer, page->text);
	event_write(&writer, watcher->api->events, event, watcher->prefix);
	watcher_frame_end(watcher, page->text);
}

static void watcher_tell_gap(const struct watcher *watcher, struct buffer *text)
{
	struct json_writer writer;

	api_load_add(&watcher->api->gaps, 1);
	watcher_frame(watcher, text, watcher->place, "gap");
	json_writer_start(&writer, text);
	event_write_gap(&writer, watcher->api->events, watcher->place);
	watcher_frame_end(watcher, text);
}

static void watcher_read(struct watcher *watcher, unsigned int most, struct buffer *text)
{
	struct watcher_page page = { watcher, text };

	if (!events_read(watcher->api->events, watcher->place, most, watcher_tell, &page,
			 &watcher->place))
		watcher->lost = true;
}

/* A comment at first, so that a client sees that it is connected. */
static void watcher_greet(struct watcher *watcher, struct buffer *text)
{
	if (!watcher->greeted && !watcher->lines)
		buffer_text(text, ": watching\n\n");
	watcher->greeted = true;
}

/* What is published meanwhile is for the next time: so this ends. */
static enum api_stream_state watcher_pull(void *context, struct buffer *text)
{
	struct watcher *watcher = context;
	uint64_t last = events_last(watcher->api->events);

	watcher_greet(watcher, text);
	while (!text->length && !watcher->lost && watcher->place < last)
		watcher_read(watcher, WATCHERS_WINDOW, text);
	if (watcher->lost)
		watcher_tell_gap(watcher, text);
	watcher->lost = false;
	return API_STREAM_OPEN;
}

static void watcher_free(void *context)
{
	struct watcher *watcher = context;

	atomic_fetch_sub(&watcher->api->watchers, 1);
	free(watcher);
}

/* ---- where he begins ---- */

/* He goes on with the oldest that is left. */
static void watcher_lose(struct watcher *watcher)
{
	watcher->place = 0;
	watcher_read(watcher, 0, NULL);
	watcher->lost = true;
}

static bool watcher_go_to(struct watcher *watcher, const char *id)
{
	struct events *events = watcher->api->events;
	bool known = false;

	if (!event_id_read(events, id, &known, &watcher->place))
		return false;
	watcher->lost = false;
	if (!known || watcher->place > events_last(events))
		watcher_lose(watcher);
	return true;
}

/*
 * A browser that connects again sends the header with the old target, so the
 * header counts. It is not typed by anybody: what is wrong with it is a lost place.
 */
static int watcher_begin(struct watcher *watcher, const struct api_call *call,
			 struct error *error)
{
	const char *header = call->last_event_id, *since = query_text(call, "since");

	watcher->place = events_last(watcher->api->events);
	if (since && !watcher_go_to(watcher, since))
		return error_set(error, ERROR_MALFORMED,
				 "the query parameter \"since\" must be the id of an event or "
				 "the ETag of a list, not \"%.60s\"",
				 since);
	if (header && *header && !watcher_go_to(watcher, header))
		watcher_lose(watcher);
	return 0;
}

static int watcher_filter(struct watcher *watcher, const struct api_call *call,
			  struct error *error)
{
	watcher->type = watcher->kind = WATCHERS_ANY;
	if (query_word(call, "type", event_types, &watcher->type, error) ||
	    query_word(call, "kind", event_kinds, &watcher->kind, error) ||
	    query_name(call, "namespace", watcher->namespace, sizeof(watcher->namespace),
		       error) ||
	    query_name(call, "owner", watcher->owner, sizeof(watcher->owner), error))
		return -1;
	return 0;
}

/* For the answer to free with watcher_free(). NULL, and the error filled: no room. */
static struct watcher *watcher_new(struct api *api, struct error *error)
{
	struct watcher *watcher = NULL;

	if (atomic_fetch_add(&api->watchers, 1) < WATCHERS_MOST)
		watcher = calloc(1, sizeof(*watcher));
	if (watcher) {
		watcher->api = api;
		return watcher;
	}
	atomic_fetch_sub(&api->watchers, 1);
	error_set(error, ERROR_BUSY, "there is room for %d watchers, and no more",
		  WATCHERS_MOST);
	return NULL;
}

static int watchers_watch(struct api *api, const struct api_call *call,
			  struct api_answer *answer, struct error *error)
{
	struct watcher *watcher = watcher_new(api, error);

	if (!watcher)
		return -1;
	watcher->lines = call->want_lines;
	memcpy(watcher->prefix, call->prefix, sizeof(watcher->prefix));
	answer_stream(
		answer, watcher->lines ? ANSWER_NDJSON : ANSWER_EVENTS,
		&(struct api_stream){ .pull = watcher_pull,
				      .free = watcher_free,
				      .context = watcher,
				      .heartbeat = watcher->lines ? "\n" : ": heartbeat\n\n" });
	return watcher_filter(watcher, call, error) ? -1 : watcher_begin(watcher, call, error);
}

static const char *const watchers_keys[] = {
	"kind", "namespace", "owner", "since", "type", NULL
};

const struct api_operation watchers_operations[] = {
	{ .method = "GET",
	  .path = "/events",
	  .id = "watchEvents",
	  .output = API_OUTPUT_EVENTS,
	  .query = watchers_keys,
	  .handler = watchers_watch },
	{ 0 },
};
