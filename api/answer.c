/* The shapes that answers have, so that handlers say what they mean and not which headers. */
#include "api/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void answer_json(struct api_answer *answer, int status, struct json_writer *writer)
{
	answer->status = status;
	answer->content_type = ANSWER_JSON;
	json_writer_start(writer, &answer->body);
}

void answer_nothing(struct api_answer *answer)
{
	answer->status = 204;
	answer->content_type = NULL;
}

void answer_unmodified(struct api_answer *answer)
{
	answer->status = 304;
	answer->content_type = NULL;
}

/* What was current when it was sent is not what is current now: no cache may keep it. */
void answer_stream(struct api_answer *answer, const char *content_type,
		   const struct api_stream *stream)
{
	answer->status = 200;
	answer->content_type = content_type;
	answer->stream = *stream;
	answer->unhurried = true;
	answer_header(answer, "Cache-Control", "no-store");
	answer_header(answer, "Vary", "Accept");
}

void answer_header(struct api_answer *answer, const char *name, const char *format, ...)
{
	struct api_header *header = &answer->headers[answer->header_count];
	va_list arguments;
	int length;

	if (answer->header_count == API_HEADERS)
		return;
	va_start(arguments, format);
	length = vsnprintf(header->value, sizeof(header->value), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(header->value))
		return;
	header->name = name;
	answer->header_count++;
}

/* An answer that follows a client's wish says so: RFC 7240. */
static void answer_minimal(struct api_answer *answer, int status)
{
	answer->status = status;
	answer->content_type = NULL;
	answer_header(answer, "Preference-Applied", "return=minimal");
}

bool answer_created(struct api_answer *answer, const struct api_call *call, const char *url,
		    struct json_writer *writer)
{
	answer_header(answer, "Location", "%s%s", call->prefix, url);
	return answer_created_list(answer, call, writer);
}

bool answer_created_list(struct api_answer *answer, const struct api_call *call,
			 struct json_writer *writer)
{
	if (call->want_minimal)
		answer_minimal(answer, 201);
	else
		answer_json(answer, 201, writer);
	return !call->want_minimal;
}

bool answer_changed(struct api_answer *answer, const struct api_call *call,
		    struct json_writer *writer)
{
	if (call->want_minimal)
		answer_minimal(answer, 204);
	else
		answer_json(answer, 200, writer);
	return !call->want_minimal;
}

void answer_url(struct json_writer *writer, const struct api_call *call, const char *name,
		const char *url)
{
	char text[ERROR_URL_SIZE + sizeof(call->prefix)];
	size_t length = strlen(call->prefix);

	memcpy(text, call->prefix, length);
	strcpy(text + length, url);
	json_member_string(writer, name, text);
}

void answer_self(struct json_writer *writer, const struct api_call *call, const char *url)
{
	answer_url(writer, call, "self", url);
}

void answer_end_line(struct api_answer *answer)
{
	struct buffer *body = &answer->body;

	if (!answer->stream.pull && body->length && body->data[body->length - 1] != '\n')
		buffer_append(body, "\n", 1);
}
