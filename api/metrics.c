/* The text is written family by family; each knows where its figures are. */
#include "api/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/operations.h"
#include "api/utf8.h"

static const struct metrics_group *const metrics_groups[] = {
	&metrics_service, &metrics_process,  &metrics_http,  &metrics_lanes,
	&metrics_events,  &metrics_intent,   &metrics_store, &metrics_kernel,
	&metrics_tunnels, &metrics_datapath, NULL,
};

/* ---- lines ---- */

static void metrics_name(struct buffer *text, const char *name, const char *ending,
			 const char *labels)
{
	buffer_text(text, name);
	buffer_text(text, ending);
	if (labels)
		buffer_format(text, "{%s}", labels);
}

void metrics_count(struct buffer *text, const char *name, const char *labels, uint64_t value)
{
	metrics_name(text, name, "", labels);
	buffer_format(text, " %" PRIu64 "\n", value);
}

void metrics_part(struct buffer *text, const char *name, const char *ending, const char *labels,
		  double value)
{
	metrics_name(text, name, ending, labels);
	buffer_format(text, " %.15g\n", value);
}

void metrics_value(struct buffer *text, const char *name, const char *labels, double value)
{
	metrics_part(text, name, "", labels, value);
}

static void metrics_label_value(struct buffer *text, const char *value)
{
	size_t left = strlen(value), length;

	for (; left; value += length, left -= length) {
		length = utf8_length(value, left);
		if (!length) {
			buffer_text(text, "\xef\xbf\xbd");
			length = 1;
		} else if (*value == '\n') {
			buffer_text(text, "\\n");
		} else {
			if (*value == '"' || *value == '\\')
				buffer_append(text, "\\", 1);
			buffer_append(text, value, length);
		}
	}
}

void metrics_label(struct buffer *text, const char *name, const char *value)
{
	if (text->length && text->data[text->length - 1] == '"')
		buffer_text(text, ",");
	buffer_format(text, "%s=\"", name);
	metrics_label_value(text, value);
	buffer_text(text, "\"");
}

static uint64_t metrics_record_figure(const struct metrics_scrape *scrape,
				      const struct metrics_family *family)
{
	uint64_t value;

	memcpy(&value, (const char *)scrape->record + family->offset, sizeof(value));
	return value;
}

void metrics_record_count(const struct metrics_scrape *scrape,
			  const struct metrics_family *family)
{
	metrics_count(scrape->text, family->name, NULL, metrics_record_figure(scrape, family));
}

void metrics_record_us(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	metrics_value(scrape->text, family->name, NULL,
		      (double)metrics_record_figure(scrape, family) / 1e6);
}

/* ---- a scrape ---- */

static void metrics_write(const struct metrics_group *group,
			  const struct metrics_scrape *scrape)
{
	for (const struct metrics_family *one = group->families; one->name; one++) {
		buffer_format(scrape->text, "# HELP %s %s\n# TYPE %s %s\n", one->name,
			      one->help, one->name, one->type);
		one->samples(scrape, one);
	}
}

static int metrics_show_group(const struct metrics_group *group, struct api *api,
			      const struct api_call *call, struct buffer *text,
			      struct error *error)
{
	struct metrics_scrape scrape = { .api = api, .text = text };
	int result = 0;

	if (group->size) {
		scrape.record = calloc(1, group->size);
		if (!scrape.record)
			return error_errno(error, ENOMEM, "gathering figures");
		result = group->gather(api, call, scrape.record, error);
	}
	if (!result)
		metrics_write(group, &scrape);
	if (scrape.record && group->release)
		group->release(scrape.record);
	free(scrape.record);
	return result;
}

static int metrics_show(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	answer->status = 200;
	answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
	for (const struct metrics_group *const *group = metrics_groups; *group; group++) {
		if (metrics_show_group(*group, api, call, &answer->body, error))
			return -1;
	}
	return 0;
}

static const char *const metrics_query[] = { "kind", "namespace", "tunnels", NULL };

const struct api_operation metrics_operations[] = {
	{ .method = "GET",
	  .path = "/metrics",
	  .id = "getMetrics",
	  .lane = API_LANE_READER,
	  .output = API_OUTPUT_ANY,
	  .query = metrics_query,
	  .handler = metrics_show },
	{ 0 },
};
