/*
 * GET /metrics: figures of the daemon in Prometheus' text format, version 0.0.4.
 *
 * A family is a constant record; the arrays of families are listed in metrics.c,
 * like those of operations. To add figures: an array in a source of its own, its
 * name here and in that list.
 *
 * Names are in base units (seconds, bytes), those of counters end in _total. The
 * values of labels are words of ours: nothing in them has to be escaped.
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include <stdint.h>

#include "api/api.h"

struct api_operation;
struct metrics;

struct metrics_family {
	const char *name; /* NULL ends an array */
	const char *type; /* counter, gauge, histogram */
	const char *help;
	/* Appends the samples, in a reader thread; none where nothing is known. */
	void (*samples)(struct api *api, const struct metrics_family *family,
			struct buffer *text);
};

extern const struct metrics_family metrics_service_families[];
extern const struct metrics_family metrics_process_families[];
extern const struct metrics_family metrics_http_families[];
extern const struct metrics_family metrics_intent_families[];

/* One line. labels as they stand between the braces (kind="gre",state="applied"), or NULL. */
void metrics_count(struct buffer *text, const char *name, const char *labels, uint64_t value);
void metrics_value(struct buffer *text, const char *name, const char *labels, double value);

/* The counters of requests. NULL: out of memory. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); /* NULL is legal */

#endif
