/* What the header fields of a head mean for taking the request. For http_head.c. */
#ifndef AGENT_HTTP_FIELDS_H
#define AGENT_HTTP_FIELDS_H

#include "agent/http_head.h"

/* Remembers a field whose name ends before value; -1: refused. */
int http_fields_take(struct http_head *head, const char *bytes, size_t name_length,
		     struct http_span value);

/* All fields are there: fills content_length and chunked; -1: refused. */
int http_fields_check(struct http_head *head, const char *bytes);

/* Fills status and detail, and returns -1. */
int http_fields_refuse(struct http_head *head, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
