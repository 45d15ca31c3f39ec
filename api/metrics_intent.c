/* Figures of the intent: what is wanted, how the kernel follows, and what the store wrote. */
#include <stdio.h>

#include "api/metrics.h"
#include "api/object.h"
#include "api/operations.h"
#include "intent/intent.h"
#include "intent/store.h"

static int gather_counts(struct api *api, const struct api_call *call, void *record,
			 struct error *error)
{
	(void)call, (void)error;
	intent_count(api->intent, record);
	return 0;
}

static void objects(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	const struct intent_counts *counts = scrape->record;
	char labels[64];

	for (int i = 0; intent_types[i]; i++) {
		for (int state = 0; state < INTENT_STATES; state++) {
			snprintf(labels, sizeof(labels), "kind=\"%s\",state=\"%s\"",
				 intent_types[i]->name, object_state_name(state));
			metrics_count(scrape->text, family->name, labels,
				      counts->objects[i][state]);
		}
	}
}

#define COUNT(member) metrics_record_count, offsetof(struct intent_counts, member)
static const struct metrics_family intent_families[] = {
	{ "tunneld_objects", "gauge", "Objects that are wanted, by what became of them.",
	  objects, 0 },
	{ "tunneld_contested_objects", "gauge", "Objects that another manager keeps undoing.",
	  COUNT(contested) },
	{ "tunneld_repairs_total", "counter", "Objects that were made right again.",
	  COUNT(repairs) },
	{ "tunneld_reconcile_passes_total", "counter", "Looks at what the kernel has.",
	  COUNT(passes) },
	{ "tunneld_reconcile_seconds_total", "counter", "Time spent on them.",
	  metrics_record_us, offsetof(struct intent_counts, pass_us) },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_intent = {
	.families = intent_families,
	.size = sizeof(struct intent_counts),
	.gather = gather_counts,
};

/* ---- the store ---- */

static int gather_store(struct api *api, const struct api_call *call, void *record,
			struct error *error)
{
	(void)call, (void)error;
	store_figures(intent_store(api->intent), record);
	return 0;
}

static void file_bytes(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	const struct store_figures *figures = scrape->record;

	metrics_count(scrape->text, family->name, "file=\"database\"", figures->database_bytes);
	metrics_count(scrape->text, family->name, "file=\"log\"", figures->log_bytes);
}

#define FIGURE(member) offsetof(struct store_figures, member)
static const struct metrics_family store_families[] = {
	{ "tunneld_store_transactions_total", "counter", "Transactions of the store.",
	  metrics_record_count, FIGURE(transactions) },
	{ "tunneld_store_journaled_steps_total", "counter",
	  "Steps of changes that were written into the journal, before they were done.",
	  metrics_record_count, FIGURE(journaled) },
	{ "tunneld_store_syncs_total", "counter",
	  "Times that the disk was waited for; one serves all changes that came together.",
	  metrics_record_count, FIGURE(syncs) },
	{ "tunneld_store_sync_seconds_total", "counter", "Time spent on that.",
	  metrics_record_us, FIGURE(sync_us) },
	{ "tunneld_store_bytes", "gauge", "Size of the store's files.", file_bytes, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_store = {
	.families = store_families,
	.size = sizeof(struct store_figures),
	.gather = gather_store,
};
