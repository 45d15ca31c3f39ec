/* Figures of the intent: what is wanted, and how the kernel follows. */
#include <stdio.h>

#include "api/metrics.h"
#include "api/object.h"
#include "api/operations.h"
#include "intent/intent.h"

static void objects(struct api *api, const struct metrics_family *family, struct buffer *text)
{
	struct intent_counts counts;
	char labels[64];

	intent_count(api->intent, &counts);
	for (int i = 0; intent_types[i]; i++) {
		for (int state = 0; state < INTENT_STATES; state++) {
			snprintf(labels, sizeof(labels), "kind=\"%s\",state=\"%s\"",
				 intent_types[i]->name, object_state_name(state));
			metrics_count(text, family->name, labels, counts.objects[i][state]);
		}
	}
}

static void contested(struct api *api, const struct metrics_family *family, struct buffer *text)
{
	struct intent_counts counts;

	intent_count(api->intent, &counts);
	metrics_count(text, family->name, NULL, counts.contested);
}

static void repairs(struct api *api, const struct metrics_family *family, struct buffer *text)
{
	struct intent_counts counts;

	intent_count(api->intent, &counts);
	metrics_count(text, family->name, NULL, counts.repairs);
}

static void passes(struct api *api, const struct metrics_family *family, struct buffer *text)
{
	struct intent_counts counts;

	intent_count(api->intent, &counts);
	metrics_count(text, family->name, NULL, counts.passes);
}

static void pass_seconds(struct api *api, const struct metrics_family *family,
			 struct buffer *text)
{
	struct intent_counts counts;

	intent_count(api->intent, &counts);
	metrics_value(text, family->name, NULL, (double)counts.pass_us / 1e6);
}

const struct metrics_family metrics_intent_families[] = {
	{ "tunneld_objects", "gauge", "Objects that are wanted, by what became of them.", objects },
	{ "tunneld_contested_objects", "gauge",
	  "Objects that another manager keeps undoing.", contested },
	{ "tunneld_repairs_total", "counter", "Objects that were made right again.", repairs },
	{ "tunneld_reconcile_passes_total", "counter", "Looks at what the kernel has.", passes },
	{ "tunneld_reconcile_seconds_total", "counter", "Time spent on them.", pass_seconds },
	{ NULL, NULL, NULL, NULL },
};
