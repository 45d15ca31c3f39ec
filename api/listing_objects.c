/*
 * The objects of a list: those that the kernel tells, with what the intent knows of
 * them, and those that wait. What is not right is remembered by its key before the
 * kernel is asked, for it may be made right, or be lost, while the list is under way: so
 * nothing is missed, and what the kernel had is ticked off and does not come twice.
 */
#include "api/listing_private.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/query.h"
#include "api/quick.h"

/* ---- what waits ---- */

/* The first byte is always a slash, or the mark of what was found. */
static int by_key(const void *one, const void *other)
{
	char *const *a = one, *const *b = other;

	return strcmp(*a + 1, *b + 1);
}

int listing_gather_waiting(struct listing *listing, struct error *error)
{
	const struct intent_query query = { .rank_of = listing->source->type->intent,
					    .namespace =
						    query_text(&listing->call, "namespace"),
					    .unsettled = true };
	struct listing_waiting *waiting = &listing->waiting;
	char *key;

	if (intent_keys(listing->api->intent, &query, &waiting->text, &waiting->count, error))
		return -1;
	waiting->keys = calloc(waiting->count + 1, sizeof(*waiting->keys));
	if (!waiting->keys)
		return error_errno(error, ENOMEM, "listing what is wanted");
	key = waiting->text;
	for (size_t i = 0; i < waiting->count; i++) {
		waiting->keys[i] = key;
		key += strlen(key) + 1;
	}
	qsort(waiting->keys, waiting->count, sizeof(*waiting->keys), by_key);
	return 0;
}

/* So that it does not come again behind the list. */
static void listing_tick_off(struct listing *listing, const char *key)
{
	char *sought = (char *)(uintptr_t)key, **found = NULL;
	struct listing_waiting *waiting = &listing->waiting;

	if (waiting->count)
		found = bsearch(&sought, waiting->keys, waiting->count, sizeof(sought), by_key);
	if (found)
		**found = ' ';
}

/* ---- objects ---- */

static bool filters_pass(const struct listing *listing, uint32_t state,
			 const struct intent_view *view)
{
	if (listing->by_state && listing->state != state)
		return false;
	if (listing->owner[0] && (!view || strcmp(view->owner, listing->owner)))
		return false;
	return !listing->label[0] || (view && wish_has_label(view->labels, listing->label));
}

/* One object: what the kernel has of it, or only what is wanted, and what is known of it. */
struct listing_one {
	const void *actual, *wanted;
	const struct intent_view *view; /* NULL: nobody wants it here */
};

static void listing_write_one(struct listing *listing, const struct object_type *type,
			      const struct listing_one *one, struct json_writer *writer)
{
	if (one->actual && type->runs && type->runs(one->actual))
		quick_unannounced(listing->api, &listing->call);
	if (!one->view && listing->source->write)
		listing->source->write(listing, writer, one->actual);
	else
		object_write_listed(type, writer, &listing->call, one->actual, one->view);
}

/* What others of its key have not: a priority has many rules, a prefix many routes. */
static int listing_tell_apart(const struct object_type *type, const struct listing_one *one,
			      char place[PAGE_PLACE_SIZE], struct error *error)
{
	const struct object_look look = { .actual = one->actual, .wanted = one->wanted };
	char tag[ETAG_SIZE];

	if (object_tag(type, &look, tag, error))
		return -1;
	strncat(place, tag, PAGE_PLACE_SIZE - 1 - strlen(place));
	return 0;
}

static int listing_render(struct listing *listing, const struct object_type *type,
			  const struct listing_one *one, struct error *error)
{
	struct json_writer writer = listing->collection.writer;

	listing->one.length = 0;
	writer.buffer = &listing->one;
	writer.comma = false;
	listing_write_one(listing, type, one, &writer);
	return listing->one.failed ? error_errno(error, ENOMEM, "writing a list") : 0;
}

/* Only what may be on the page is looked at closely. */
static int listing_write_on_page(struct listing *listing, const struct object_type *type,
				 const struct listing_one *one, struct error *error)
{
	char key[ERROR_URL_SIZE], place[PAGE_PLACE_SIZE];

	type->intent->key(one->actual ? one->actual : one->wanted, key);
	page_place(key, place);
	if (!page_may_want(listing->page, place))
		return 0;
	if (listing_tell_apart(type, one, place, error))
		return -1;
	if (!page_wants(listing->page, place))
		return 0;
	if (listing_render(listing, type, one, error))
		return -1;
	return page_add(listing->page, place, listing->one.data, listing->one.length, error);
}

static int listing_write(struct listing *listing, const struct object_type *type,
			 const struct listing_one *one, struct error *error)
{
	if (listing->visitor) {
		listing->visitor(type, one->actual, one->view, listing->context);
		return 0;
	}
	if (listing->page)
		return listing_write_on_page(listing, type, one, error);
	listing_write_one(listing, type, one, collection_item(&listing->collection));
	return 0;
}

/* 1: it is done; 0: the intent knows of none; -1. */
static int listing_add_managed(struct listing *listing, const void *actual, struct error *error)
{
	const struct object_type *type = listing->source->type;
	struct intent_view view CLEANUP_VIEW = { 0 };
	char key[ERROR_URL_SIZE];

	type->intent->key(actual, key);
	if (!intent_get(listing->api->intent, key, &view))
		return 0;
	listing_tick_off(listing, view.key);
	if (filters_pass(listing, view.state, &view) &&
	    listing_write(listing, type,
			  &(struct listing_one){ .actual = actual, .view = &view }, error))
		return -1;
	return 1;
}

/* Routes of others may be a million: nothing is looked up for those. */
int listing_add(struct listing *listing, const void *actual, struct error *error)
{
	const struct object_type *type = listing->source->type;
	bool ours = type->intent->is_ours(actual);
	int managed = 0;

	if (ours || type->intent->rank <= INTENT_RANK_LINK)
		managed = listing_add_managed(listing, actual, error);
	if (managed)
		return managed < 0 ? -1 : 0;
	if (!filters_pass(listing, ours ? (uint32_t)INTENT_APPLIED : LISTING_FOREIGN, NULL))
		return 0;
	return listing_write(listing, type, &(struct listing_one){ .actual = actual }, error);
}

static bool is_of_list(const struct listing *listing, const struct intent_view *view)
{
	const struct intent_type *type = listing->source->type->intent;

	/* /links shows tunnels, too. */
	return view->type == type ||
	       (type == &intent_link && view->type->rank == INTENT_RANK_LINK);
}

static int listing_write_waiting(struct listing *listing, const struct intent_view *view,
				 struct error *error)
{
	const struct object_type *type = document_object_type(view->type);
	enum intent_state state = view->state == INTENT_APPLIED ? INTENT_RETRYING : view->state;
	struct error ignored;
	INTENT_RECORD(wanted, view->type);

	error_clear(&ignored);
	if (!filters_pass(listing, state, view) ||
	    api_documents.read(NULL, view->type, view->document, NULL, wanted.bytes,
			       &ignored) ||
	    (listing->source->fits && !listing->source->fits(listing, wanted.bytes)))
		return 0;
	return listing_write(listing, type,
			     &(struct listing_one){ .wanted = wanted.bytes, .view = view },
			     error);
}

/* What has gone since the list began is not wanted any more. */
int listing_add_waiting(struct listing *listing, struct error *error)
{
	struct intent_view view CLEANUP_VIEW = { 0 };
	const char *key = listing->waiting.keys[listing->waiting.next++];

	if (*key != '/' || !intent_get(listing->api->intent, key, &view) ||
	    !is_of_list(listing, &view))
		return 0;
	return listing_write_waiting(listing, &view, error);
}
