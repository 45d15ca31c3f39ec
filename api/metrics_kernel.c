/* What was said with the kernel. The figures are read while they are written: each for itself. */
#include <stdio.h>
#include <string.h>

#include "api/metrics.h"
#include "api/operations.h"
#include "netops/kernel_count.h"

static const struct kernel_counts *counts_of(const struct metrics_scrape *scrape)
{
	return netops_counts(scrape->api->netops);
}

static uint64_t figure(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void requests(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	const struct kernel_counts *counts = counts_of(scrape);
	char labels[64];

	for (int i = 0; i < KERNEL_SUBJECTS; i++) {
		for (int verb = 0; verb < KERNEL_VERBS; verb++) {
			snprintf(labels, sizeof(labels), "kind=\"%s\",type=\"%s\"",
				 kernel_subject_names[i], kernel_verb_names[verb]);
			metrics_count(scrape->text, family->name, labels,
				      figure(&counts->requests[i][verb]));
		}
	}
}

static void notifications(const struct metrics_scrape *scrape,
			  const struct metrics_family *family)
{
	const struct kernel_counts *counts = counts_of(scrape);
	char labels[32];

	for (int i = 0; i < KERNEL_SUBJECTS; i++) {
		if (i == KERNEL_IPSEC) /* is not listened to */
			continue;
		snprintf(labels, sizeof(labels), "kind=\"%s\"", kernel_subject_names[i]);
		metrics_count(scrape->text, family->name, labels,
			      figure(&counts->notifications[i]));
	}
}

/* Only those that there were: of most numbers nobody has ever heard. */
static void errors(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	const struct kernel_counts *counts = counts_of(scrape);
	char labels[64];

	for (int i = 0; i < KERNEL_ERRNOS; i++) {
		const char *name = i ? strerrorname_np(i) : NULL;
		uint64_t count = figure(&counts->errors[i]);

		snprintf(labels, sizeof(labels), "errno=\"%s\"", name ? name : "other");
		if (count)
			metrics_count(scrape->text, family->name, labels, count);
	}
}

static void one_figure(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	const char *counts = (const char *)counts_of(scrape);

	metrics_count(scrape->text, family->name, NULL,
		      figure((const void *)(counts + family->offset)));
}

#define FIGURE(member) one_figure, offsetof(struct kernel_counts, member)
static const struct metrics_family kernel_families[] = {
	{ "tunneld_netlink_requests_total", "counter",
	  "Messages sent to the kernel: a dump lists, a get asks for one, set makes or changes.",
	  requests, 0 },
	{ "tunneld_netlink_errors_total", "counter",
	  "Requests that the kernel refused or that failed, by the name of the error.", errors,
	  0 },
	{ "tunneld_netlink_interrupted_dumps_total", "counter",
	  "Dumps under which the table changed, so that they had to be repeated.",
	  FIGURE(interrupted) },
	{ "tunneld_netlink_notifications_total", "counter",
	  "Messages in which the kernel told of a change.", notifications, 0 },
	{ "tunneld_netlink_overruns_total", "counter",
	  "Times that the kernel dropped notifications, because they came too fast.",
	  FIGURE(overruns) },
	{ "tunneld_netlink_resyncs_total", "counter",
	  "Namespaces that were read again, because notifications were missed.",
	  FIGURE(resyncs) },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_kernel = { .families = kernel_families };
