/*
 * GET /metrics: figures of the daemon in Prometheus' text format, version 0.0.4.
 *
 * A family is a constant record; those that read the same figures are a group,
 * whose figures are gathered once for a scrape. To add a figure: a row in its
 * group's array; to add a group: its name here and in the list of metrics.c.
 *
 * Names are in base units (seconds, bytes), those of counters end in _total.
 * tests/check-metrics holds the text to that.
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "api/api.h"

struct api_operation;
struct error;
struct metrics;

/* What the samples of a group are written from, in a reader thread. */
struct metrics_scrape {
	struct api *api;
	void *record; /* of the group; NULL: it has none */
	struct buffer *text;
};

struct metrics_family {
	const char *name; /* NULL ends an array */
	const char *type; /* counter, gauge, histogram */
	const char *help;
	/* Writes the samples; none where nothing is known. */
	void (*samples)(const struct metrics_scrape *scrape,
			const struct metrics_family *family);
	size_t offset; /* of the figure in the group's record, for hooks that share a shape */
};

struct metrics_group {
	const struct metrics_family *families;
	size_t size; /* of the record, zeroed at first; 0: none */
	int (*gather)(struct api *api, const struct api_call *call, void *record,
		      struct error *error);
	void (*release)(void *record); /* NULL: nothing to release */
};

extern const struct metrics_group metrics_service;
extern const struct metrics_group metrics_process;
extern const struct metrics_group metrics_http;
extern const struct metrics_group metrics_lanes;
extern const struct metrics_group metrics_events;
extern const struct metrics_group metrics_intent;
extern const struct metrics_group metrics_store;
extern const struct metrics_group metrics_kernel;
extern const struct metrics_group metrics_tunnels;
extern const struct metrics_group metrics_datapath;

/* One line. labels as they stand between the braces (kind="gre",state="applied"), or NULL. */
void metrics_count(struct buffer *text, const char *name, const char *labels, uint64_t value);
void metrics_value(struct buffer *text, const char *name, const char *labels, double value);
/* The same behind a name with an ending (_sum, _count). */
void metrics_part(struct buffer *text, const char *name, const char *ending, const char *labels,
		  double value);

/*
 * name="value", and a comma before it if text ends in another label. What the value
 * holds may come from anywhere: what means something to the format is escaped, and
 * what is no UTF-8 becomes U+FFFD.
 */
void metrics_label(struct buffer *text, const char *name, const char *value);

/* Hooks: the uint64_t at the offset of the record; one that counts microseconds, in seconds. */
void metrics_record_count(const struct metrics_scrape *scrape,
			  const struct metrics_family *family);
void metrics_record_us(const struct metrics_scrape *scrape,
		       const struct metrics_family *family);

/* The counters of requests. NULL: out of memory. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); /* NULL is legal */

#endif
