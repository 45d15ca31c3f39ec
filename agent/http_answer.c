/* The head of an answer as text: the lines that say what follows, and how it ends. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/http_private.h"
#include "agent/log.h"

/* RFC 9110, 15. */
static const struct {
	int status;
	const char *line; /* behind the version */
} http_phrases[] = {
	{ 200, "200 OK" },
	{ 201, "201 Created" },
	{ 202, "202 Accepted" },
	{ 204, "204 No Content" },
	{ 304, "304 Not Modified" },
	{ 400, "400 Bad Request" },
	{ 401, "401 Unauthorized" },
	{ 403, "403 Forbidden" },
	{ 404, "404 Not Found" },
	{ 405, "405 Method Not Allowed" },
	{ 406, "406 Not Acceptable" },
	{ 408, "408 Request Timeout" },
	{ 409, "409 Conflict" },
	{ 410, "410 Gone" },
	{ 412, "412 Precondition Failed" },
	{ 413, "413 Content Too Large" },
	{ 414, "414 URI Too Long" },
	{ 415, "415 Unsupported Media Type" },
	{ 422, "422 Unprocessable Content" },
	{ 428, "428 Precondition Required" },
	{ 429, "429 Too Many Requests" },
	{ 431, "431 Request Header Fields Too Large" },
	{ 500, "500 Internal Server Error" },
	{ 501, "501 Not Implemented" },
	{ 503, "503 Service Unavailable" },
	{ 504, "504 Gateway Timeout" },
	{ 505, "505 HTTP Version Not Supported" },
};

static void http_answer_status(struct buffer *lines, int status)
{
	buffer_text(lines, "HTTP/1.1 ");
	for (size_t i = 0; i < sizeof(http_phrases) / sizeof(http_phrases[0]); i++) {
		if (http_phrases[i].status == status) {
			buffer_text(lines, http_phrases[i].line);
			return;
		}
	}
	buffer_format(lines, "%d Unknown", status);
}

static void http_answer_line(struct buffer *lines, const char *name, const char *value)
{
	buffer_text(lines, "\r\n");
	buffer_text(lines, name);
	buffer_text(lines, ": ");
	buffer_text(lines, value);
}

/* Written once a second. */
static const char *http_answer_date(struct http *http)
{
	time_t now = time(NULL);
	struct tm parts;

	if (now == http->date_second)
		return http->date;
	http->date_second = now;
	gmtime_r(&now, &parts);
	strftime(http->date, sizeof(http->date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
	return http->date;
}

static void http_answer_end(const struct api_answer *answer, enum http_end end,
			    struct buffer *lines)
{
	char length[24];

	snprintf(length, sizeof(length), "%zu", answer->body.length);
	if (end == HTTP_END_LENGTH)
		http_answer_line(lines, "Content-Length", length);
	else if (end == HTTP_END_CHUNKS)
		http_answer_line(lines, "Transfer-Encoding", "chunked");
}

/* A value that would end its line would be another header: it is left out. */
static void http_answer_header(struct buffer *lines, const struct api_header *header)
{
	if (strpbrk(header->value, "\r\n"))
		log_warning("cannot send the header %s: %s", header->name, header->value);
	else
		http_answer_line(lines, header->name, header->value);
}

void http_answer_head(struct http *http, const struct api_answer *answer, enum http_end end,
		      const char *word, struct buffer *lines)
{
	http_answer_status(lines, answer->status);
	http_answer_line(lines, "Date", http_answer_date(http));
	if (word)
		http_answer_line(lines, "Connection", word);
	if (answer->content_type)
		http_answer_line(lines, "Content-Type", answer->content_type);
	http_answer_end(answer, end, lines);
	for (unsigned int i = 0; i < answer->header_count; i++)
		http_answer_header(lines, &answer->headers[i]);
	buffer_text(lines, "\r\n\r\n");
}

void http_answer_refusal(struct http *http, const struct api_answer *answer, bool with_body,
			 struct buffer *text)
{
	http_answer_head(http, answer, HTTP_END_LENGTH, "close", text);
	if (with_body)
		buffer_append(text, answer->body.data, answer->body.length);
}
