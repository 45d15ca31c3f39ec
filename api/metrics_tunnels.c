/*
 * Counters of single tunnels, only for those who ask and never for more than a
 * scrape can bear: whoever has ten thousand narrows by namespace or kind, and a
 * figure tells him how many he does not see. One look at the kernel serves all
 * families, for each has to come in one piece.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/metrics.h"
#include "api/operations.h"
#include "netops/datapath.h"
#include "netops/kind.h"
#include "netops/link_detail.h"

enum { TUNNELS_MOST = 1000 };

/* What is told of a tunnel, in the order of the families; the words are link_statistics()'s. */
static const struct {
	const char *group, *name;
} tunnel_words[] = {
	{ "rx", "bytes" }, { "rx", "packets" }, { "rx", "errors" }, { "rx", "dropped" },
	{ "tx", "bytes" }, { "tx", "packets" }, { "tx", "errors" }, { "tx", "dropped" },
};
enum { TUNNEL_WORDS = sizeof(tunnel_words) / sizeof(tunnel_words[0]) };

struct tunnel {
	size_t labels; /* where they begin in the text of all */
	uint64_t figures[TUNNEL_WORDS];
};

struct tunnels {
	struct buffer all;    /* of struct tunnel */
	struct buffer labels; /* one behind the other, each with its NUL */
	uint64_t count, left_out;
	uint64_t unread; /* namespaces */
	bool asked;
};

static void tunnel_told(const struct detail *detail, void *context)
{
	struct tunnel *tunnel = context;

	for (int i = 0; i < TUNNEL_WORDS; i++) {
		if (!strcmp(detail->group, tunnel_words[i].group) &&
		    !strcmp(detail->name, tunnel_words[i].name))
			tunnel->figures[i] = detail->number;
	}
}

static int tunnels_add(struct link *link, void *context, struct error *error)
{
	struct tunnels *tunnels = context;
	struct tunnel tunnel = { .labels = tunnels->labels.length };

	(void)error;
	if (tunnels->count == TUNNELS_MOST) {
		tunnels->left_out++;
		return 0;
	}
	metrics_label(&tunnels->labels, "namespace", link->namespace);
	metrics_label(&tunnels->labels, "name", link->name);
	metrics_label(&tunnels->labels, "kind", link->kind->name);
	buffer_append(&tunnels->labels, "", 1);
	link_statistics(link, tunnel_told, &tunnel);
	buffer_append(&tunnels->all, &tunnel, sizeof(tunnel));
	tunnels->count++;
	return 0;
}

/*
 * A namespace that is not there has no tunnels, and one that goes no more of them.
 * For one that cannot be read nobody shall go without all other figures.
 */
static void tunnels_read(struct tunnels *tunnels, struct api *api, const char *namespace,
			 const struct link_filter *filter)
{
	struct error error;

	error_clear(&error);
	if (link_list(api->netops, namespace, filter, tunnels_add, tunnels, &error))
		tunnels->unread += error.kind != ERROR_MISSING;
}

static int tunnels_read_all(struct tunnels *tunnels, struct api *api,
			    const struct api_call *call, struct error *error)
{
	const struct link_filter filter = { .kind = query_text(call, "kind"),
					    .tunnels_only = true,
					    .bare = true };
	struct collection_names names;
	const char *name;
	int result = collection_names_read(call, &names, error);

	datapath_refresh(api->netops);
	while (!result && (name = collection_names_next(&names)))
		tunnels_read(tunnels, api, name, &filter);
	collection_names_free(&names);
	if (!result && (tunnels->all.failed || tunnels->labels.failed))
		result = error_errno(error, ENOMEM, "gathering figures");
	return result;
}

static int tunnels_gather(struct api *api, const struct api_call *call, void *record,
			  struct error *error)
{
	struct tunnels *tunnels = record;

	tunnels->asked = query_text(call, "namespace") || query_text(call, "kind");
	if (query_boolean(call, "tunnels", &tunnels->asked, error))
		return -1;
	return tunnels->asked ? tunnels_read_all(tunnels, api, call, error) : 0;
}

static void tunnels_release(void *record)
{
	struct tunnels *tunnels = record;

	buffer_free(&tunnels->all);
	buffer_free(&tunnels->labels);
}

/* offset: which of the words. */
static void tunnels_figure(const struct metrics_scrape *scrape,
			   const struct metrics_family *family)
{
	const struct tunnels *tunnels = scrape->record;
	const struct tunnel *all = (const void *)tunnels->all.data;

	for (uint64_t i = 0; i < tunnels->count; i++)
		metrics_count(scrape->text, family->name, tunnels->labels.data + all[i].labels,
			      all[i].figures[family->offset]);
}

static void tunnels_missing(const struct metrics_scrape *scrape,
			    const struct metrics_family *family)
{
	if (((const struct tunnels *)scrape->record)->asked)
		metrics_record_count(scrape, family);
}

#define TUNNEL(name, help, word)                                                       \
	{                                                                              \
		"tunneld_tunnel_" name "_total", "counter", help, tunnels_figure, word \
	}
static const struct metrics_family tunnels_families[] = {
	TUNNEL("receive_bytes", "Bytes that came out of the tunnel.", 0),
	TUNNEL("receive_packets", "Packets that came out of the tunnel.", 1),
	TUNNEL("receive_errors", "Packets that came and were bad.", 2),
	TUNNEL("receive_dropped", "Packets that came and were dropped.", 3),
	TUNNEL("transmit_bytes", "Bytes that were sent into the tunnel.", 4),
	TUNNEL("transmit_packets", "Packets that were sent into the tunnel.", 5),
	TUNNEL("transmit_errors", "Packets that could not be sent.", 6),
	TUNNEL("transmit_dropped", "Packets that were not sent but dropped.", 7),
	{ "tunneld_tunnels_left_out", "gauge",
	  "Tunnels that fit the query and are not among the above, as there are too many.",
	  tunnels_missing, offsetof(struct tunnels, left_out) },
	{ "tunneld_tunnels_unread_namespaces", "gauge",
	  "Namespaces that fit the query and could not be read.", tunnels_missing,
	  offsetof(struct tunnels, unread) },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_tunnels = {
	.families = tunnels_families,
	.size = sizeof(struct tunnels),
	.gather = tunnels_gather,
	.release = tunnels_release,
};
