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
#include "api/watcher_filter.h"
#include "intent/changes.h"

enum {
	WATCHERS_MOST = 256,
	WATCHERS_WINDOW = 24 * 1024, /* bytes at once, about */
	WATCHERS_TOGETHER = 16,	     /* events that are looked at before that is asked */
};

struct watcher {
	struct api *api;
	uint64_t place; /* the last sequence number that was looked at */
	bool lines;	/* NDJSON, else server-sent events */
	bool greeted;	/* the stream has begun */
	bool lost;	/* his place is not to be had */
	bool listens;	/* heard is in use */
	char prefix[4];
	struct watcher_filter filter;
	struct changes_watcher heard;
};

/* Where an event is written to. */
struct watcher_page {
	const struct watcher *watcher;
	struct buffer *text;
};

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

/* Its object is the same for all, but for what its URL begins with. */
static void watcher_write(const struct watcher *watcher, const struct event *event,
			  struct buffer *text)
{
	const unsigned int kind = watcher->prefix[0] != '\0';
	size_t length, before = text->length;
	const char *made = events_rendering(event, kind, &length);
	struct json_writer writer;

	if (made) {
		buffer_append(text, made, length);
		return;
	}
	json_writer_start(&writer, text);
	event_write(&writer, watcher->api->events, event, watcher->prefix);
	if (!text->failed)
		events_keep_rendering(watcher->api->events, event, kind, text->data + before,
				      text->length - before);
}

static void watcher_tell(const struct event *event, void *context)
{
	const struct watcher_page *page = context;
	const struct watcher *watcher = page->watcher;

	if (!watcher_wants(&watcher->filter, event))
		return;
	watcher_frame(watcher, page->text, event->sequence,
		      row_word_name(event_types, event->type));
	watcher_write(watcher, event, page->text);
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
	while (text->length < WATCHERS_WINDOW && !watcher->lost && watcher->place < last)
		watcher_read(watcher, WATCHERS_TOGETHER, text);
	if (watcher->lost)
		watcher_tell_gap(watcher, text);
	watcher->lost = false;
	return API_STREAM_OPEN;
}

static void watcher_free(void *context)
{
	struct watcher *watcher = context;

	if (watcher->listens)
		changes_leave(watcher->api->changes, &watcher->heard);
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

/* Before he has a place: from that on he is told of everything. */
static void watcher_listen(struct watcher *watcher)
{
	struct changes_watcher *heard = &watcher->heard;

	if (!watcher->api->changes)
		return;
	heard->classes = watcher_classes(&watcher->filter);
	memcpy(heard->namespace, watcher->filter.namespace, sizeof(heard->namespace));
	changes_watch(watcher->api->changes, heard);
	watcher->listens = true;
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
	if (watcher_filter_read(call, &watcher->filter, error))
		return -1;
	watcher_listen(watcher);
	return watcher_begin(watcher, call, error);
}

static const char *const watchers_keys[] = { WATCHER_QUERY, "since", NULL };

const struct api_operation watchers_operations[] = {
	{ .method = "GET",
	  .path = "/events",
	  .id = "watchEvents",
	  .lane = API_LANE_READER,
	  .output = API_OUTPUT_EVENTS,
	  .query = watchers_keys,
	  .handler = watchers_watch },
	{ 0 },
};
