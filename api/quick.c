/*
 * The version is looked at before an answer is made, so what happens meanwhile makes
 * it too old and never too new. The loop takes the lock only where it is free.
 */
#include "api/quick_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/etag.h"
#include "api/event_json.h"
#include "api/operations.h"
#include "intent/changes.h"

enum { QUICK_TAG_SIZE = EVENT_ID_SIZE + 6 }; /* W/"…" */

/* ---- the call ---- */

/* Whose names, addresses or counts are shown counts as well. */
enum {
	SHOWS_LINKS = EVENTS_OF_NAMESPACES | EVENTS_OF_LINKS | EVENTS_OF_ADDRESSES,
	SHOWS_WHOLE_LINKS = SHOWS_LINKS | CHANGES_WHOLE_LINKS,
	SHOWS_ADDRESSES = SHOWS_LINKS | CHANGES_QUIET,
	SHOWS_ROUTES = SHOWS_LINKS | EVENTS_OF_ROUTES,
	SHOWS_RULES = EVENTS_OF_NAMESPACES | EVENTS_OF_LINKS | EVENTS_OF_RULES,
	SHOWS_NAMESPACES = SHOWS_ADDRESSES | EVENTS_OF_RULES,
};

/*
 * What answers show, as classes of events: they are as they were as long as there is
 * no new one. Of neighbours the kernel does not tell all that it shows.
 */
static const struct {
	const char *operation;
	unsigned int classes;
} shown[] = {
	{ "listLinks", SHOWS_WHOLE_LINKS },	{ "getLink", SHOWS_WHOLE_LINKS },
	{ "listTunnels", SHOWS_WHOLE_LINKS },	{ "getTunnel", SHOWS_WHOLE_LINKS },
	{ "listAddresses", SHOWS_ADDRESSES },	{ "getAddress", SHOWS_ADDRESSES },
	{ "listRoutes", SHOWS_ROUTES },		{ "getRoute", SHOWS_ROUTES },
	{ "listRules", SHOWS_RULES },		{ "getRule", SHOWS_RULES },
	{ "listNamespaces", SHOWS_NAMESPACES }, { "getNamespace", SHOWS_NAMESPACES },
};

/* 0: it is not known what it depends on. */
static unsigned int classes_of(const struct api_call *call)
{
	if (call->operation->lane != API_LANE_READER)
		return 0;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (!strcmp(call->operation->id, shown[i].operation))
			return shown[i].classes;
	}
	return 0;
}

static bool wants_statistics(const struct api_call *call)
{
	const char *text = query_text(call, "statistics");

	return text && strcmp(text, "false") != 0;
}

static bool is_quick(const struct api *api, const struct api_call *call)
{
	return api->changes && api->quick && classes_of(call) && !call->if_match &&
	       !wants_statistics(call);
}

static bool is_collection(const struct api_call *call)
{
	return call->operation->output == API_OUTPUT_LIST;
}

/* NULL: all of them. */
static const char *namespace_of(const struct api_call *call)
{
	return strstr(call->operation->path, "{namespace}") ? api_segment(call, "namespace") :
							      query_text(call, "namespace");
}

static struct versions_scope scope_of(const struct api_call *call)
{
	const unsigned int classes = classes_of(call);
	const bool one = classes == SHOWS_WHOLE_LINKS && !is_collection(call);

	return (struct versions_scope){ .classes = classes,
					.namespace = namespace_of(call),
					.device = one ? api_segment(call, "name") : NULL };
}

/* Of a collection: where its answer stands in the sequence of all events. */
static void write_tag(const struct api *api, uint64_t version, char tag[QUICK_TAG_SIZE])
{
	char id[EVENT_ID_SIZE];

	event_id_write(api->events, version, id);
	snprintf(tag, QUICK_TAG_SIZE, "W/\"%s\"", id);
}

/* Weak tags are compared by what stands in them. */
static bool is_wanted_unless(const struct api_call *call, const char *tag)
{
	return call->if_none_match &&
	       etag_listed(call->if_none_match, tag + (tag[0] == 'W' ? 2 : 0), true);
}

static void answer_not_modified(struct api_answer *answer, const char *tag)
{
	*answer = (struct api_answer){ .status = 304 };
	if (*tag)
		answer_header(answer, "ETag", "%s", tag);
	answer_header(answer, "Vary", "Accept, Accept-Encoding");
}

/* ---- on the loop ---- */

static const char *place_tag(const struct quick_place *place)
{
	for (unsigned int i = 0; i < place->header_count; i++) {
		if (!strcmp(place->headers[i].name, "ETag"))
			return place->headers[i].value;
	}
	return "";
}

static void answer_kept(const struct api_call *call, const struct quick_place *place,
			struct api_answer *answer)
{
	*answer = (struct api_answer){ .status = 200, .content_type = place->content_type };
	for (unsigned int i = 0; i < place->header_count; i++)
		answer_header(answer, place->headers[i].name, "%s", place->headers[i].value);
	buffer_append(&answer->body, place->body.data, place->body.length);
	if (is_wanted_unless(call, place_tag(place)))
		answer_unmodified(answer);
}

/* The lock is held. */
static bool answer_from(struct api *api, const struct api_call *call, struct quick_place *place,
			struct api_answer *answer)
{
	char tag[QUICK_TAG_SIZE];

	if (place->unannounced || !place->answered)
		return false;
	if (is_collection(call)) {
		write_tag(api, place->version, tag);
		if (is_wanted_unless(call, tag)) {
			answer_not_modified(answer, tag);
			return true;
		}
	}
	if (!place->kept)
		return false;
	answer_kept(call, place, answer);
	return true;
}

bool api_quick(struct api *api, struct api_call *call, struct api_answer *answer)
{
	struct quick *quick = api->quick;
	struct versions_scope scope;
	struct quick_place *place;
	uint64_t version;
	bool made = false;

	if (!is_quick(api, call) || pthread_mutex_trylock(&quick->mutex))
		return false;
	scope = scope_of(call);
	place = quick_find(quick, call, quick_hash(call));
	if (place && changes_current(api->changes, &scope, &version)) {
		quick_set_version(quick, place, version);
		place->used = ++quick->clock;
		made = answer_from(api, call, place, answer);
	}
	pthread_mutex_unlock(&quick->mutex);
	return made;
}

/* ---- on a lane ---- */

bool quick_begin(struct api *api, struct api_call *call, struct api_answer *answer,
		 struct quick_call *ret)
{
	struct quick *quick = api->quick;
	struct quick_place *place;
	struct versions_scope scope;
	enum changes_known known = CHANGES_UNKNOWN;
	bool made = false;

	*ret = (struct quick_call){ .collection = is_collection(call) };
	if (is_quick(api, call)) {
		scope = scope_of(call);
		/* One route is found so fast that it does not pay to hear of all. */
		known = changes_follow(api->changes, &scope, call->if_none_match,
				       ret->collection || !(scope.classes & EVENTS_OF_ROUTES),
				       &ret->version);
	}
	ret->known = known != CHANGES_UNKNOWN;
	ret->restless = known == CHANGES_RESTLESS;
	if (!ret->known)
		return false;
	pthread_mutex_lock(&quick->mutex);
	place = quick_find(quick, call, quick_hash(call));
	if (!place)
		place = quick_add(quick, call, quick_hash(call));
	if (place) {
		quick_set_version(quick, place, ret->version);
		place->used = ++quick->clock;
		call->quick = place->id;
		made = !ret->restless && answer_from(api, call, place, answer);
	}
	pthread_mutex_unlock(&quick->mutex);
	return made;
}

/* False: it is not announced. */
static bool keep(struct api *api, const struct api_call *call, const struct api_answer *answer,
		 uint64_t version)
{
	struct quick *quick = api->quick;
	struct quick_place *place;
	bool announced;

	pthread_mutex_lock(&quick->mutex);
	place = quick_of_id(quick, call->quick);
	announced = place && !place->unannounced;
	if (announced && place->version == version) {
		place->answered = true;
		if (!answer->stream.pull && !answer->body.failed &&
		    answer->body.length <= QUICK_BODY_BYTES && answer->status == 200)
			quick_keep(quick, place, answer);
	}
	pthread_mutex_unlock(&quick->mutex);
	return announced;
}

void quick_end(struct api *api, const struct api_call *call, struct api_answer *answer,
	       const struct quick_call *quick)
{
	char tag[QUICK_TAG_SIZE] = "";
	bool known = quick->known && answer->status == 200;

	if (known && quick->collection)
		write_tag(api, quick->version, tag);
	if (tag[0])
		answer_header(answer, "ETag", "%s", tag);
	if (known && !keep(api, call, answer, quick->version)) {
		if (tag[0])
			answer->header_count--;
		tag[0] = '\0';
	}
	if (answer->status != 200 || !quick->collection ||
	    !is_wanted_unless(call, quick->restless ? "" : tag))
		return;
	api_answer_free(answer);
	answer_not_modified(answer, tag);
}

void quick_unannounced(struct api *api, const struct api_call *call)
{
	struct quick *quick = api->quick;
	struct quick_place *place;

	if (!quick || !call->quick)
		return;
	pthread_mutex_lock(&quick->mutex);
	place = quick_of_id(quick, call->quick);
	if (place) {
		place->unannounced = true;
		quick_drop_answer(quick, place);
	}
	pthread_mutex_unlock(&quick->mutex);
}
