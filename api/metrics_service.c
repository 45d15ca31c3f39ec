/* Figures of the service: what it was built of, its lanes, its events and who watches them. */
#include <gnu/libc-version.h>
#include <json-c/json.h>
#include <stdio.h>

#include "api/event_json.h"
#include "api/metrics.h"
#include "api/operations.h"
#include "intent/store.h"
#include "netops/netops.h"

static void build_info(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	struct buffer labels = { 0 };

	metrics_label(&labels, "version", PACKAGE_VERSION);
	metrics_label(&labels, "compiler", __VERSION__);
	metrics_label(&labels, "libc", gnu_get_libc_version());
	metrics_label(&labels, "json_c", json_c_version());
	metrics_label(&labels, "libnl", netops_library_version());
	metrics_label(&labels, "sqlite", store_library_version());
	buffer_append(&labels, "", 1);
	if (!labels.failed)
		metrics_count(scrape->text, family->name, labels.data, 1);
	buffer_free(&labels);
}

static const struct metrics_family service_families[] = {
	{ "tunneld_build_info", "gauge",
	  "Always 1; the labels say what this daemon is, and which libraries it uses.",
	  build_info, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_service = { .families = service_families };

/* ---- lanes ---- */

static void lane_figure(const struct metrics_scrape *scrape,
			const struct metrics_family *family)
{
	static const char *const names[API_LANE_COUNT] = {
		[API_LANE_READER] = "lane=\"reader\"",
		[API_LANE_WRITER] = "lane=\"writer\"",
		[API_LANE_PROBE] = "lane=\"probe\"",
	};

	for (int i = 0; i < API_LANE_COUNT; i++) {
		const char *lane = (const char *)&scrape->api->load.lanes[i];

		if (names[i])
			metrics_count(scrape->text, family->name, names[i],
				      atomic_load_explicit(
					      (const _Atomic uint64_t
						       *)(const void *)(lane + family->offset),
					      memory_order_relaxed));
	}
}

#define LANE(member) lane_figure, offsetof(struct api_lane_load, member)
static const struct metrics_family lanes_families[] = {
	{ "tunneld_lane_threads", "gauge", "Threads that serve a queue of work.",
	  LANE(threads) },
	{ "tunneld_lane_busy_threads", "gauge", "Those that have work just now.", LANE(busy) },
	{ "tunneld_lane_waiting", "gauge",
	  "Requests and parts of lists that wait for a thread.", LANE(waiting) },
	{ "tunneld_lane_jobs_total", "counter", "Those that a thread has begun.", LANE(begun) },
	{ "tunneld_lane_refused_total", "counter", "Those for which the queue had no room.",
	  LANE(refused) },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_lanes = { .families = lanes_families };

/* ---- events ---- */

static void events_by_type(const struct metrics_scrape *scrape,
			   const struct metrics_family *family)
{
	char labels[64];

	for (const struct row_word *word = event_types; word->name; word++) {
		snprintf(labels, sizeof(labels), "type=\"%s\"", word->name);
		metrics_count(scrape->text, family->name, labels,
			      events_count(scrape->api->events, (enum event_type)word->value));
	}
}

static void events_dropped(const struct metrics_scrape *scrape,
			   const struct metrics_family *family)
{
	metrics_count(scrape->text, family->name, NULL, events_lost(scrape->api->events));
}

static void gaps(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	metrics_count(scrape->text, family->name, NULL, scrape->api->gaps);
}

static void watchers(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	metrics_count(scrape->text, family->name, NULL, scrape->api->watchers);
}

static const struct metrics_family events_families[] = {
	{ "tunneld_events_total", "counter",
	  "Events of what the agent did, and of what is to be read again.", events_by_type, 0 },
	{ "tunneld_events_lost_total", "counter",
	  "Events that were published and could not be kept, for want of memory.",
	  events_dropped, 0 },
	{ "tunneld_event_gaps_total", "counter",
	  "Gaps that watchers were told of: events that they cannot have any more.", gaps, 0 },
	{ "tunneld_event_watchers", "gauge", "Clients that watch /events.", watchers, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_events = { .families = events_families };
