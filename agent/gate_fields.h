/* What the header fields of a head mean for taking the request. For gate_scan.c. */
#ifndef AGENT_GATE_FIELDS_H
#define AGENT_GATE_FIELDS_H

#include "agent/gate_scan.h"

/* Remembers a field whose name ends before value; -1: refused. */
int gate_fields_take(struct gate_head *head, const char *bytes, size_t name_length,
		     struct gate_span value);

/* All fields are there: fills content_length and chunked; -1: refused. */
int gate_fields_check(struct gate_head *head, const char *bytes);

/* Fills status and detail, and returns -1. */
int gate_fields_refuse(struct gate_head *head, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
