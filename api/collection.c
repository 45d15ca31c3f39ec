/* The frame around a list's items, and the walk over the namespaces that it covers. */
#include "api/collection.h"

#include "api/answer.h"
#include "api/query.h"
#include "netops/namespace.h"

void collection_begin(struct collection *collection, const struct api_call *call,
		      struct api_answer *answer)
{
	*collection = (struct collection){ .lines = call->want_lines };
	answer_json(answer, 200, &collection->writer);
	answer_header(answer, "Vary", "Accept");
	if (collection->lines)
		answer->content_type = ANSWER_NDJSON;
	else
		json_write_array(&collection->writer);
	collection_mark(collection);
}

struct json_writer *collection_item(struct collection *collection)
{
	if (collection->lines && collection->some)
		json_write_line_end(&collection->writer);
	collection->some = true;
	return &collection->writer;
}

void collection_end(struct collection *collection)
{
	if (!collection->lines)
		json_write_array_end(&collection->writer);
	if (collection->some || !collection->lines)
		json_write_line_end(&collection->writer);
}

void collection_mark(struct collection *collection)
{
	collection->mark = collection->writer.buffer->length;
	collection->mark_some = collection->some;
}

void collection_rewind(struct collection *collection)
{
	collection->writer.buffer->length = collection->mark;
	collection->some = collection->mark_some;
	collection->writer.comma = collection->some;
}

struct collection_walk {
	collection_namespace *each;
	void *context;
};

static int collection_visit(const char *namespace, void *context, struct error *error)
{
	const struct collection_walk *walk = context;

	if (!walk->each(namespace, walk->context, error))
		return 0;
	if (error->kind != ERROR_MISSING && error->kind != ERROR_ABSENT)
		return -1;
	error_clear(error);
	return 0;
}

int collection_each_namespace(const struct api_call *call, collection_namespace *each,
			      void *context, struct error *error)
{
	struct collection_walk walk = { each, context };
	const char *one = query_text(call, "namespace");

	return one ? collection_visit(one, &walk, error) :
		     namespace_list(collection_visit, &walk, error);
}
