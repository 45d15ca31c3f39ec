/* The frame around a list's items, and the walk over the namespaces that it covers. */
#include "api/collection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/query.h"
#include "netops/namespace.h"

void collection_begin(struct collection *collection, const struct api_call *call,
		      struct api_answer *answer)
{
	*collection = (struct collection){ .lines = call->want_lines };
	answer_json(answer, 200, &collection->writer);
	answer_header(answer, "Vary", "Accept, Accept-Encoding");
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

static int collection_name(const char *namespace, void *context, struct error *error)
{
	struct buffer *text = context;

	buffer_append(text, namespace, strlen(namespace) + 1);
	return text->failed ? error_errno(error, ENOMEM, "listing namespaces") : 0;
}

int collection_names_read(const struct api_call *call, struct collection_names *ret,
			  struct error *error)
{
	const char *one = query_text(call, "namespace");

	*ret = (struct collection_names){ 0 };
	return one ? collection_name(one, &ret->text, error) :
		     namespace_list(collection_name, &ret->text, error);
}

const char *collection_names_next(struct collection_names *names)
{
	const char *name = names->text.data + names->next;

	if (names->next == names->text.length)
		return NULL;
	names->next += strlen(name) + 1;
	return name;
}

static int names_compare(const void *one, const void *other, void *context)
{
	int (*const *compare)(const char *, const char *) = context;
	const char *const *a = one, *const *b = other;

	return (*compare)(*a, *b);
}

int collection_names_sort(struct collection_names *names,
			  int (*compare)(const char *one, const char *other),
			  struct error *error)
{
	struct buffer sorted = { 0 };
	size_t count = 0, length = names->text.length;
	const char *name, **order = calloc(length + 1, sizeof(*order));

	while (order && (name = collection_names_next(names)))
		order[count++] = name;
	if (count)
		qsort_r(order, count, sizeof(*order), names_compare, &compare);
	for (size_t i = 0; i < count; i++)
		buffer_append(&sorted, order[i], strlen(order[i]) + 1);
	if (!order || sorted.failed) {
		free(order);
		buffer_free(&sorted);
		return error_errno(error, ENOMEM, "listing namespaces");
	}
	free(order);
	buffer_free(&names->text);
	*names = (struct collection_names){ .text = sorted };
	return 0;
}

void collection_names_free(struct collection_names *names)
{
	buffer_free(&names->text);
}
