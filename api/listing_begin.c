/*
 * The beginning of a list: what is asked for, the first window, and, for those who
 * want pages, the page, which is made at once.
 */
#include "api/listing_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/query.h"
#include "netops/url.h"

static const struct row_word state_words[] = {
	{ "applied", INTENT_APPLIED },	 { "pending", INTENT_PENDING },
	{ "retrying", INTENT_RETRYING }, { "failed", INTENT_FAILED },
	{ "foreign", LISTING_FOREIGN },	 { NULL, 0 },
};

static void listing_move(const struct api_call *from, struct api_call *to, const char **text)
{
	if (*text)
		*text = to->text + (*text - from->text);
}

/* A list outlives the request that began it. */
static void listing_keep_call(struct listing *listing, const struct api_call *call)
{
	struct api_call *copy = &listing->call;

	*copy = *call;
	for (unsigned int i = 0; i < copy->segment_count; i++)
		listing_move(call, copy, &copy->segments[i]);
	for (unsigned int i = 0; i < copy->query_count; i++) {
		listing_move(call, copy, &copy->query_keys[i]);
		listing_move(call, copy, &copy->query_values[i]);
	}
	copy->if_match = copy->if_none_match = copy->last_event_id = NULL;
	copy->target = copy->body = "";
	copy->body_length = 0;
}

static int listing_filter(struct listing *listing, struct error *error)
{
	const struct api_call *call = &listing->call;

	listing->by_state = query_text(call, "state");
	if (query_word(call, "state", state_words, &listing->state, error) ||
	    query_name(call, "owner", listing->owner, sizeof(listing->owner), error) ||
	    query_name(call, "label", listing->label, sizeof(listing->label), error))
		return -1;
	return listing->source->filter ? listing->source->filter(listing, error) : 0;
}

static int listing_read_page(struct listing *listing, struct error *error)
{
	const char *after = query_text(&listing->call, "after");
	uint32_t limit = after ? PAGE_USUAL : 0;

	if (query_number(&listing->call, "limit", 1, PAGE_LIMIT, &limit, error))
		return -1;
	if (!limit && !after)
		return 0;
	if (collection_names_sort(&listing->namespaces, page_compare_namespaces, error))
		return -1;
	return page_new(limit, after, &listing->page, error);
}

/* ---- the link to the next page: RFC 8288 ---- */

static void link_add(struct buffer *link, const char *key, const char *value)
{
	char text[ERROR_URL_SIZE] = "";

	url_escape(text, value);
	buffer_format(link, "%s=%s&", key, text);
}

/* All filters stay as they were. */
static void link_write(const struct listing *listing, struct buffer *link)
{
	const struct api_call *call = &listing->call;

	buffer_format(link, "<%s%s?", call->prefix, call->operation->path);
	for (unsigned int i = 0; i < call->query_count; i++) {
		if (strcmp(call->query_keys[i], "after"))
			link_add(link, call->query_keys[i], call->query_values[i]);
	}
	buffer_text(link, "after=");
}

/* Without it the client would take the page for the last one. */
static int link_answer(const struct listing *listing, struct api_answer *answer,
		       struct error *error)
{
	struct buffer link = { 0 };
	int result = 0;

	link_write(listing, &link);
	if (page_cursor(listing->page, &link)) {
		buffer_append(&link, ">; rel=\"next\"", sizeof(">; rel=\"next\""));
		if (link.failed)
			result = error_errno(error, ENOMEM, "making a page");
		else if (link.length > sizeof(answer->headers[0].value))
			result = error_set(error, ERROR_MALFORMED,
					   "filters and names are too long for the link to a "
					   "next page; ask without \"limit\"");
		else
			answer_header(answer, "Link", "%s", link.data);
	}
	buffer_free(&link);
	return result;
}

static int listing_page(struct listing *listing, struct api_answer *answer, struct error *error)
{
	const char *text;
	size_t length;
	int more;

	do
		more = listing_step(listing, error);
	while (more > 0);
	if (more < 0)
		return -1;
	while ((text = page_next(listing->page, &length)))
		json_write_raw_bytes(collection_item(&listing->collection), text, length);
	collection_end(&listing->collection);
	return link_answer(listing, answer, error);
}

/* ---- */

/* What is read before the first step. */
static int listing_prepare(struct listing *listing, struct error *error)
{
	return listing_filter(listing, error) || listing_gather_waiting(listing, error) ||
			       collection_names_read(&listing->call, &listing->namespaces,
						     error) ?
		       -1 :
		       0;
}

/* The first window, and the rest as a stream if there is one. */
static int listing_begin(struct listing *listing, struct api_answer *answer,
			 struct error *error)
{
	if (listing_prepare(listing, error) || listing_read_page(listing, error))
		return -1;
	collection_begin(&listing->collection, &listing->call, answer);
	listing->collection.writer.statistics = object_wants_statistics(&listing->call);
	if (listing->page)
		return listing_page(listing, answer, error);
	return listing_fill(listing, &answer->body, error);
}

static struct listing *listing_new(const struct listing_source *source, struct api *api,
				   const struct api_call *call, struct error *error)
{
	struct listing *listing = calloc(1, source->size);

	if (!listing) {
		error_errno(error, ENOMEM, "listing");
		return NULL;
	}
	listing->source = source;
	listing->api = api;
	listing_keep_call(listing, call);
	return listing;
}

int listing_visit(const struct listing_source *source, struct api *api,
		  const struct api_call *call, listing_visitor *visitor, void *context,
		  struct error *error)
{
	struct listing *listing = listing_new(source, api, call, error);
	struct buffer nothing = { 0 }; /* which is what is written */
	int more;

	if (!listing)
		return -1;
	listing->visitor = visitor;
	listing->context = context;
	listing->collection.writer.buffer = &nothing;
	more = listing_prepare(listing, error) ? -1 : 1;
	while (more > 0)
		more = listing_step(listing, error);
	listing_free(listing);
	return more;
}

int listing_answer(const struct listing_source *source, struct api *api,
		   const struct api_call *call, struct api_answer *answer, struct error *error)
{
	struct listing *listing = listing_new(source, api, call, error);

	if (!listing)
		return -1;
	if (listing_begin(listing, answer, error)) {
		listing_free(listing);
		return -1;
	}
	if (listing->ended) {
		listing_free(listing);
		return 0;
	}
	answer->stream = (struct api_stream){ .pull = listing_pull,
					      .free = listing_free,
					      .context = listing,
					      .lane = API_LANE_READER };
	return 0;
}
