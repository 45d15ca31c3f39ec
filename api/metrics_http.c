/*
 * Requests, counted by operation: a row for each, in the order of the tables, and
 * a last one for what reached none. Only what has happened is shown, else most of
 * the text would be zeros. Counting costs a few relaxed additions and takes no lock;
 * so a scrape may see a request in one figure and not yet in another.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/metrics.h"
#include "api/operations.h"

/* Upper bounds in seconds; from a read in the loop to a long probe. */
static const double metrics_bounds[] = { .0005, .001, .0025, .005, .01, .025, .05,
					 .1,	.25,  .5,    1,	   2.5, 5,    10 };

enum {
	METRICS_BOUNDS = sizeof(metrics_bounds) / sizeof(metrics_bounds[0]),
	METRICS_STATUSES = 32, /* more than there are in problem.c */
	METRICS_CLASSES = 6,   /* by the first digit of the status */
};

struct metrics_durations {
	_Atomic uint64_t buckets[METRICS_BOUNDS + 1]; /* the last: longer than all bounds */
	_Atomic uint64_t nanoseconds;
};

struct metrics_row {
	const struct api_operation *operation; /* NULL: none, and the end */
	struct {
		_Atomic int status; /* 0: not taken */
		_Atomic uint64_t count;
	} statuses[METRICS_STATUSES];
	struct metrics_durations classes[METRICS_CLASSES];
};

struct metrics {
	size_t count;
	struct metrics_row rows[];
};

static size_t metrics_operation_count(void)
{
	size_t count = 0;

	for (const struct api_operation *const *array = api_operations; *array; array++) {
		for (const struct api_operation *one = *array; one->method; one++)
			count++;
	}
	return count;
}

struct metrics *metrics_new(void)
{
	size_t count = metrics_operation_count() + 1;
	struct metrics *metrics =
		calloc(1, sizeof(*metrics) + count * sizeof(metrics->rows[0]));
	struct metrics_row *row;

	if (!metrics)
		return NULL;
	metrics->count = count;
	row = metrics->rows;
	for (const struct api_operation *const *array = api_operations; *array; array++) {
		for (const struct api_operation *one = *array; one->method; one++)
			(row++)->operation = one;
	}
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	free(metrics);
}

/* ---- counting ---- */

static void metrics_add(_Atomic uint64_t *figure, uint64_t more)
{
	atomic_fetch_add_explicit(figure, more, memory_order_relaxed);
}

static uint64_t metrics_get(const _Atomic uint64_t *figure)
{
	return atomic_load_explicit(figure, memory_order_relaxed);
}

static void metrics_add_status(struct metrics_row *row, int status)
{
	for (int i = 0; i < METRICS_STATUSES; i++) {
		int taken = 0;

		if (!atomic_compare_exchange_strong(&row->statuses[i].status, &taken, status) &&
		    taken != status)
			continue;
		metrics_add(&row->statuses[i].count, 1);
		return;
	}
}

static void metrics_add_duration(struct metrics_durations *durations, double seconds)
{
	int i = 0;

	while (i < METRICS_BOUNDS && seconds > metrics_bounds[i])
		i++;
	metrics_add(&durations->buckets[i], 1);
	metrics_add(&durations->nanoseconds, (uint64_t)(seconds * 1e9));
}

void api_observe(struct api *api, const struct api_call *call, int status, double seconds)
{
	struct metrics_row *row = api->metrics->rows;

	while (row->operation && row->operation != call->operation)
		row++;
	metrics_add_status(row, status);
	metrics_add_duration(&row->classes[status / 100 % METRICS_CLASSES], seconds);
}

/* ---- showing ---- */

static const char *metrics_row_name(const struct metrics_row *row)
{
	return row->operation ? row->operation->id : "none";
}

static void metrics_requests(const struct metrics_scrape *scrape,
			     const struct metrics_family *family)
{
	const struct metrics *metrics = scrape->api->metrics;
	char labels[128];

	for (const struct metrics_row *row = metrics->rows;
	     row < metrics->rows + metrics->count; row++) {
		for (int i = 0; i < METRICS_STATUSES && row->statuses[i].status; i++) {
			snprintf(labels, sizeof(labels), "operation=\"%s\",status=\"%d\"",
				 metrics_row_name(row), row->statuses[i].status);
			metrics_count(scrape->text, family->name, labels,
				      metrics_get(&row->statuses[i].count));
		}
	}
}

static void metrics_bucket(struct buffer *text, const char *name, const char *labels,
			   const char *bound, uint64_t count)
{
	buffer_format(text, "%s_bucket{%s,le=\"%s\"} %" PRIu64 "\n", name, labels, bound,
		      count);
}

/* The sum of all buckets is the count: so the two always agree. */
static void metrics_histogram(struct buffer *text, const char *name, const char *labels,
			      const struct metrics_durations *durations)
{
	uint64_t count = 0;
	char bound[32];

	for (int i = 0; i < METRICS_BOUNDS; i++) {
		snprintf(bound, sizeof(bound), "%g", metrics_bounds[i]);
		count += metrics_get(&durations->buckets[i]);
		metrics_bucket(text, name, labels, bound, count);
	}
	count += metrics_get(&durations->buckets[METRICS_BOUNDS]);
	metrics_bucket(text, name, labels, "+Inf", count);
	metrics_part(text, name, "_sum", labels,
		     (double)metrics_get(&durations->nanoseconds) / 1e9);
	metrics_part(text, name, "_count", labels, (double)count);
}

static bool metrics_has_any(const struct metrics_durations *durations)
{
	for (int i = 0; i <= METRICS_BOUNDS; i++) {
		if (metrics_get(&durations->buckets[i]))
			return true;
	}
	return false;
}

static void metrics_durations(const struct metrics_scrape *scrape,
			      const struct metrics_family *family)
{
	const struct metrics *metrics = scrape->api->metrics;
	char labels[128];

	for (const struct metrics_row *row = metrics->rows;
	     row < metrics->rows + metrics->count; row++) {
		for (int i = 0; i < METRICS_CLASSES; i++) {
			if (!metrics_has_any(&row->classes[i]))
				continue;
			snprintf(labels, sizeof(labels), "operation=\"%s\",class=\"%dxx\"",
				 metrics_row_name(row), i);
			metrics_histogram(scrape->text, family->name, labels, &row->classes[i]);
		}
	}
}

static void metrics_load(const struct metrics_scrape *scrape,
			 const struct metrics_family *family)
{
	const char *load = (const char *)&scrape->api->load;

	metrics_count(scrape->text, family->name, NULL,
		      metrics_get((const void *)(load + family->offset)));
}

#define LOAD(member) metrics_load, offsetof(struct api_load, member)
static const struct metrics_family http_families[] = {
	{ "tunneld_http_requests_total", "counter",
	  "Requests that were answered, by operationId; none: they reached no operation.",
	  metrics_requests, 0 },
	{ "tunneld_http_request_duration_seconds", "histogram",
	  "Time from the beginning of a request until its answer could be sent.",
	  metrics_durations, 0 },
	{ "tunneld_http_requests_in_flight", "gauge",
	  "Requests that have begun, and whose answer has not left to its end.",
	  LOAD(requests) },
	{ "tunneld_http_connections", "gauge", "Connections that are open.",
	  LOAD(connections) },
	{ "tunneld_http_connections_total", "counter", "Connections that were accepted.",
	  LOAD(accepted) },
	{ "tunneld_http_connections_refused_total", "counter",
	  "Connections that were turned away, because there were too many.",
	  LOAD(turned_away) },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_http = { .families = http_families };
