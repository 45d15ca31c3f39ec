/*
 * Requests, counted by operation: a row for each, in the order of the tables, and
 * a last one for what reached none. Only what has happened is shown, else most of
 * the text would be zeros.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/metrics.h"
#include "api/operations.h"

/* Upper bounds in seconds; from a read in the loop to a long probe. */
static const double metrics_bounds[] = { .0005, .001, .0025, .005, .01, .025, .05,
					 .1,	.25,  .5,    1,	   2.5, 5,    10 };

enum {
	METRICS_BUCKETS = sizeof(metrics_bounds) / sizeof(metrics_bounds[0]),
	METRICS_STATUSES = 32, /* more than there are in problem.c */
};

struct metrics_row {
	const struct api_operation *operation; /* NULL: none, and the end */
	struct {
		int status;
		uint64_t count;
	} statuses[METRICS_STATUSES];
	uint64_t buckets[METRICS_BUCKETS], count;
	double sum;
};

struct metrics {
	pthread_mutex_t lock;
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
	pthread_mutex_init(&metrics->lock, NULL);
	row = metrics->rows;
	for (const struct api_operation *const *array = api_operations; *array; array++) {
		for (const struct api_operation *one = *array; one->method; one++)
			(row++)->operation = one;
	}
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	pthread_mutex_destroy(&metrics->lock);
	free(metrics);
}

/* ---- counting ---- */

static void metrics_add(struct metrics_row *row, int status, double seconds)
{
	int i = 0;

	while (i < METRICS_STATUSES - 1 && row->statuses[i].count &&
	       row->statuses[i].status != status)
		i++;
	row->statuses[i].status = status;
	row->statuses[i].count++;
	for (i = 0; i < METRICS_BUCKETS && seconds > metrics_bounds[i]; i++)
		;
	if (i < METRICS_BUCKETS)
		row->buckets[i]++;
	row->count++;
	row->sum += seconds;
}

void api_observe(struct api *api, const struct api_call *call, int status, double seconds)
{
	struct metrics *metrics = api->metrics;
	struct metrics_row *row = metrics->rows;

	while (row->operation && row->operation != call->operation)
		row++;
	pthread_mutex_lock(&metrics->lock);
	metrics_add(row, status, seconds);
	pthread_mutex_unlock(&metrics->lock);
}

/* ---- showing ---- */

static const char *metrics_row_name(const struct metrics_row *row)
{
	return row->operation ? row->operation->id : "none";
}

static void metrics_row_requests(const struct metrics_row *row, const char *name,
				 struct buffer *text)
{
	char labels[128];

	for (int i = 0; i < METRICS_STATUSES && row->statuses[i].count; i++) {
		snprintf(labels, sizeof(labels), "operation=\"%s\",status=\"%d\"",
			 metrics_row_name(row), row->statuses[i].status);
		metrics_count(text, name, labels, row->statuses[i].count);
	}
}

static void metrics_row_bucket(const struct metrics_row *row, const char *name,
			       const char *bound, uint64_t count, struct buffer *text)
{
	buffer_format(text, "%s_bucket{operation=\"%s\",le=\"%s\"} %" PRIu64 "\n", name,
		      metrics_row_name(row), bound, count);
}

static void metrics_row_durations(const struct metrics_row *row, const char *name,
				  struct buffer *text)
{
	uint64_t count = 0;
	char bound[32];

	if (!row->count)
		return;
	for (int i = 0; i < METRICS_BUCKETS; i++) {
		snprintf(bound, sizeof(bound), "%g", metrics_bounds[i]);
		count += row->buckets[i];
		metrics_row_bucket(row, name, bound, count, text);
	}
	metrics_row_bucket(row, name, "+Inf", row->count, text);
	buffer_format(text, "%s_sum{operation=\"%s\"} %.9f\n", name, metrics_row_name(row),
		      row->sum);
	buffer_format(text, "%s_count{operation=\"%s\"} %" PRIu64 "\n", name,
		      metrics_row_name(row), row->count);
}

typedef void metrics_row_hook(const struct metrics_row *row, const char *name,
			      struct buffer *text);

static void metrics_each_row(struct metrics *metrics, metrics_row_hook *hook, const char *name,
			     struct buffer *text)
{
	const struct metrics_row *row = metrics->rows;

	pthread_mutex_lock(&metrics->lock);
	do
		hook(row, name, text);
	while ((row++)->operation);
	pthread_mutex_unlock(&metrics->lock);
}

static void metrics_requests(struct api *api, const struct metrics_family *family,
			     struct buffer *text)
{
	metrics_each_row(api->metrics, metrics_row_requests, family->name, text);
}

static void metrics_durations(struct api *api, const struct metrics_family *family,
			      struct buffer *text)
{
	metrics_each_row(api->metrics, metrics_row_durations, family->name, text);
}

const struct metrics_family metrics_http_families[] = {
	{ "tunneld_http_requests_total", "counter",
	  "Requests that were answered, by operationId; none: they reached no operation.",
	  metrics_requests },
	{ "tunneld_http_request_duration_seconds", "histogram",
	  "Time from the beginning of a request until its answer could be sent.",
	  metrics_durations },
	{ 0 },
};
