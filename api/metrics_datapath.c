/* What carries tunnels in user space, asked at each scrape; it tells of all of them together. */
#include <stdio.h>

#include "api/metrics.h"
#include "api/operations.h"
#include "netops/datapath.h"

static int figures_gather(struct api *api, const struct api_call *call, void *record,
			  struct error *error)
{
	(void)call, (void)error;
	datapath_figures(api->netops, record);
	return 0;
}

static void drops(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	const struct datapath_figures *figures = scrape->record;
	char labels[64];

	for (unsigned int i = 0; i < DATAPATH_REASONS; i++) {
		snprintf(labels, sizeof(labels), "reason=\"%s\"", datapath_reason(i));
		metrics_count(scrape->text, family->name, labels, figures->drops[i]);
	}
}

#define FIGURE(member) metrics_record_count, offsetof(struct datapath_figures, member)
static const struct metrics_family datapath_families[] = {
	{ "tunneld_datapath_up", "gauge",
	  "1 if the process that carries tunnels in user space runs; without a tunnel it does not.",
	  FIGURE(up) },
	{ "tunneld_datapath_restarts_total", "counter",
	  "Times that it died with tunnels and was started again.", FIGURE(restarts) },
	{ "tunneld_datapath_tunnels", "gauge", "Tunnels that it carries.", FIGURE(tunnels) },
	{ "tunneld_datapath_drops_total", "counter",
	  "Packets that it dropped, by the reason: those of tunnels that are no more, too.",
	  drops, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_datapath = { .families = datapath_families,
						.size = sizeof(struct datapath_figures),
						.gather = figures_gather };
