/*
 * The header fields of a request, for api/. The lines were cut when the head was
 * read; here they are only compared by name.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/http_private.h"

static bool http_line_is(const struct http_request *request, const struct http_line *line,
			 const char *name, size_t length)
{
	return line->name_length == length &&
	       !strncasecmp(request->text + line->begin, name, length);
}

/* How many lines the field has, and how long they are when they are joined. */
static unsigned int http_request_count(const struct http_request *request, const char *name,
				       const char **ret_last, size_t *ret_length)
{
	size_t length = strlen(name);
	unsigned int count = 0;

	for (unsigned int i = 0; i < request->line_count; i++) {
		const struct http_line *line = &request->lines[i];

		if (!http_line_is(request, line, name, length))
			continue;
		*ret_last = request->text + line->value.begin;
		*ret_length += line->value.length + strlen(", ");
		count++;
	}
	return count;
}

static void http_request_write(const struct http_request *request, const char *name, char *text)
{
	size_t length = strlen(name);
	const char *comma = "";

	for (unsigned int i = 0; i < request->line_count; i++) {
		const struct http_line *line = &request->lines[i];

		if (!http_line_is(request, line, name, length))
			continue;
		text = stpcpy(stpcpy(text, comma), request->text + line->value.begin);
		comma = ", ";
	}
}

/*
 * RFC 9110, 5.3: a list in several lines is the same list. What may come once
 * only was counted when the head was read.
 */
const char *http_request_header(const struct api_request *head, const char *name)
{
	struct http_request *request = head->context;
	struct http_joined *joined;
	const char *last = NULL;
	size_t length = 0;

	if (http_request_count(request, name, &last, &length) < 2)
		return last;
	joined = malloc(sizeof(*joined) + length + 1);
	if (!joined) {
		request->body.failed = true; /* so it is not carried out */
		return NULL;
	}
	joined->next = request->joined;
	request->joined = joined;
	http_request_write(request, name, joined->text);
	return joined->text;
}

void http_request_drop_joined(struct http_request *request)
{
	struct http_joined *joined;

	while ((joined = request->joined)) {
		request->joined = joined->next;
		free(joined);
	}
}
