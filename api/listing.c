#include "api/listing.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"

static const struct row_word state_words[] = {
	{ "applied", INTENT_APPLIED }, { "pending", INTENT_PENDING },
	{ "retrying", INTENT_RETRYING }, { "failed", INTENT_FAILED },
	{ "foreign", LISTING_FOREIGN },	 { NULL, 0 },
};

static int by_key(const void *one, const void *other)
{
	const struct intent_view *a = one, *b = other;

	return strcmp(a->key, b->key);
}

static int listing_begin(struct listing *listing, const struct object_type *type, struct api *api,
		  const struct api_call *call, struct api_answer *answer, struct error *error)
{
	const struct intent_query query = { .namespace = query_text(call, "namespace"),
					    .unsettled = true };

	*listing = (struct listing){ .type = type,
				     .api = api,
				     .call = call,
				     .by_state = query_text(call, "state") };
	if (query_word(call, "state", state_words, &listing->state, error) ||
	    query_name(call, "owner", listing->owner, sizeof(listing->owner), error) ||
	    query_name(call, "label", listing->label, sizeof(listing->label), error) ||
	    intent_list(api->intent, &query, &listing->waiting, &listing->waiting_count, error))
		return -1;
	if (listing->waiting_count)
		qsort(listing->waiting, listing->waiting_count, sizeof(*listing->waiting),
		      by_key);
	collection_begin(&listing->collection, call, answer);
	return 0;
}

static bool filters_pass(const struct listing *listing, uint32_t state,
			 const struct intent_view *view)
{
	if (listing->by_state && listing->state != state)
		return false;
	if (listing->owner[0] && (!view || strcmp(view->owner, listing->owner)))
		return false;
	return !listing->label[0] || (view && wish_has_label(view->labels, listing->label));
}

/* So that it does not come again behind the list: it is of no type then. */
static void tick_off(struct listing *listing, const char *key)
{
	const struct intent_view sought = { .key = (char *)(uintptr_t)key };
	struct intent_view *found = bsearch(&sought, listing->waiting, listing->waiting_count,
					    sizeof(sought), by_key);

	if (found)
		found->type = NULL;
}

void listing_add(struct listing *listing, const void *actual)
{
	struct intent_view view CLEANUP_VIEW = { 0 };
	const struct intent_type *intent = listing->type->intent;
	bool ours = intent->is_ours(actual), managed = false;
	uint32_t state = ours ? INTENT_APPLIED : LISTING_FOREIGN;
	char key[ERROR_URL_SIZE];

	/* Routes of others may be a million: nothing is looked up for those. */
	if (ours || intent->rank <= INTENT_RANK_LINK) {
		intent->key(actual, key);
		managed = intent_get(listing->api->intent, key, &view);
	}
	if (managed && listing->waiting_count)
		tick_off(listing, view.key);
	if (managed)
		state = view.state;
	if (filters_pass(listing, state, managed ? &view : NULL))
		object_write_listed(listing->type, collection_item(&listing->collection),
				    listing->call, actual, managed ? &view : NULL);
}

static bool is_of_list(const struct listing *listing, const struct intent_view *view)
{
	const struct intent_type *type = listing->type->intent;

	/* /links shows tunnels, too. */
	return view->type &&
	       (view->type == type || (type == &intent_link && view->type->rank == type->rank));
}

static void add_waiting(struct listing *listing, const struct intent_view *view,
			bool (*fits)(const void *wanted, void *context), void *context)
{
	const struct object_type *type = document_object_type(view->type);
	enum intent_state state = view->state == INTENT_APPLIED ? INTENT_RETRYING : view->state;
	struct error ignored;
	INTENT_RECORD(wanted, type->intent);

	error_clear(&ignored);
	if (!filters_pass(listing, state, view) ||
	    api_documents.read(NULL, type->intent, view->document, NULL, wanted.bytes,
			       &ignored) ||
	    (fits && !fits(wanted.bytes, context)))
		return;
	object_write_listed(type, collection_item(&listing->collection), listing->call, NULL,
			    view);
}

static void listing_end(struct listing *listing, bool (*fits)(const void *wanted, void *context),
		 void *context)
{
	for (size_t i = 0; i < listing->waiting_count; i++) {
		if (is_of_list(listing, &listing->waiting[i]))
			add_waiting(listing, &listing->waiting[i], fits, context);
	}
	collection_end(&listing->collection);
}

static void listing_clear(struct listing *listing)
{
	intent_views_free(listing->waiting, listing->waiting_count);
}

int listing_run(struct listing *listing, const struct listing_source *source, struct api *api,
		const struct api_call *call, struct api_answer *answer, struct error *error)
{
	int result = -1;

	if (!listing_begin(listing, source->type, api, call, answer, error))
		result = collection_each_namespace(call, source->each, listing, error);
	if (!result)
		listing_end(listing, source->fits, listing);
	listing_clear(listing);
	return result;
}
