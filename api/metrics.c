/* The text is written family by family; each knows where its figures are. */
#include "api/metrics.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/event_json.h"
#include "api/operations.h"

static const struct metrics_family *const metrics_families[] = {
	metrics_service_families,
	metrics_process_families,
	metrics_intent_families, metrics_http_families,
	NULL,
};

static void metrics_name(struct buffer *text, const char *name, const char *labels)
{
	buffer_text(text, name);
	if (labels)
		buffer_format(text, "{%s}", labels);
}

void metrics_count(struct buffer *text, const char *name, const char *labels, uint64_t value)
{
	metrics_name(text, name, labels);
	buffer_format(text, " %" PRIu64 "\n", value);
}

void metrics_value(struct buffer *text, const char *name, const char *labels, double value)
{
	metrics_name(text, name, labels);
	buffer_format(text, " %.15g\n", value);
}

static int metrics_show(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	struct buffer *text = &answer->body;

	(void)call, (void)error;
	answer->status = 200;
	answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
	for (const struct metrics_family *const *array = metrics_families; *array; array++) {
		for (const struct metrics_family *one = *array; one->name; one++) {
			buffer_format(text, "# HELP %s %s\n# TYPE %s %s\n", one->name,
				      one->help, one->name, one->type);
			one->samples(api, one, text);
		}
	}
	return 0;
}

const struct api_operation metrics_operations[] = {
	{ .method = "GET",
	  .path = "/metrics",
	  .id = "getMetrics",
	  .lane = API_LANE_READER,
	  .output = API_OUTPUT_ANY,
	  .handler = metrics_show },
	{ 0 },
};

/* ---- the service itself ---- */

static void metrics_build(struct api *api, const struct metrics_family *family,
			  struct buffer *text)
{
	(void)api;
	metrics_count(text, family->name, "version=\"" PACKAGE_VERSION "\"", 1);
}

static void metrics_start(struct api *api, const struct metrics_family *family,
			  struct buffer *text)
{
	metrics_value(text, family->name, NULL, (double)events_start(api->events) / 1e9);
}

static void metrics_events(struct api *api, const struct metrics_family *family,
			   struct buffer *text)
{
	char labels[64];

	for (const struct row_word *word = event_types; word->name; word++) {
		snprintf(labels, sizeof(labels), "type=\"%s\"", word->name);
		metrics_count(text, family->name, labels,
			      events_count(api->events, (enum event_type)word->value));
	}
}

static void metrics_watchers(struct api *api, const struct metrics_family *family,
			     struct buffer *text)
{
	metrics_count(text, family->name, NULL, api->watchers);
}

const struct metrics_family metrics_service_families[] = {
	{ "tunneld_build_info", "gauge", "Always 1; the version is in the label.",
	  metrics_build },
	{ "tunneld_start_time_seconds", "gauge", "When the daemon started, since the epoch.",
	  metrics_start },
	{ "tunneld_events_total", "counter", "Events that were published.", metrics_events },
	{ "tunneld_event_watchers", "gauge", "Clients that watch /events.", metrics_watchers },
	{ 0 },
};
