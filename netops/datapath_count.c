/*
 * What the process has counted. It counts each tunnel from its own start, so what those before
 * it had counted is kept beside, and what went with tunnels that are no more.
 */
#include <linux/if_link.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "netops/datapath_private.h"

enum { COUNT_FRESH_MS = 20 };

#define REASON(name)                                           \
	{                                                      \
#name, offsetof(struct control_counters, name) \
	}
static const struct {
	const char *name;
	size_t offset;
} reasons[DATAPATH_REASONS] = {
	REASON(malformed),  REASON(checksum),	REASON(sequence),
	REASON(unexpected), REASON(ecn),	REASON(too_big),
	REASON(recursion),  REASON(unroutable), REASON(send_failed),
};

const char *datapath_reason(unsigned int number)
{
	return reasons[number].name;
}

static uint64_t *reason(struct control_counters *counters, unsigned int number)
{
	return (uint64_t *)(void *)((char *)counters + reasons[number].offset);
}

void datapath_counters_add(struct control_counters *sum, const struct control_counters *more)
{
	struct control_counters copy = *more;

	for (unsigned int i = 0; i < DATAPATH_REASONS; i++)
		*reason(sum, i) += *reason(&copy, i);
}

/* ---- the newest figures ---- */

static int count_one(const struct control_tunnel *control, void *context, struct error *error)
{
	(void)context, (void)error;
	datapath_table_count_set(control);
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void datapath_refresh(struct netops *netops)
{
	struct datapath *datapath = netops->datapath;
	struct timespec until;
	struct error ignored;

	if (!datapath || !datapath_table_count())
		return;
	error_clear(&ignored);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	/* Who has it may wait for a process that does not answer: the last counters do then. */
	if (pthread_mutex_timedlock(&datapath->mutex, &until))
		return;
	if (datapath->fd >= 0 && now_ms() >= datapath->counted_ms + COUNT_FRESH_MS &&
	    !datapath_list(datapath, count_one, NULL, &ignored))
		datapath->counted_ms = now_ms();
	pthread_mutex_unlock(&datapath->mutex);
}

void datapath_figures(struct netops *netops, struct datapath_figures *ret)
{
	struct datapath *datapath = netops->datapath;
	struct control_counters sum = { 0 };
	struct datapath_tunnel tunnel;

	*ret = (struct datapath_figures){ 0 };
	if (!datapath)
		return;
	datapath_refresh(netops);
	pthread_mutex_lock(&datapath->mutex);
	ret->up = datapath->fd >= 0;
	ret->restarts = datapath->restarts;
	sum = datapath->gone;
	pthread_mutex_unlock(&datapath->mutex);
	for (; datapath_table_at(ret->tunnels, &tunnel); ret->tunnels++) {
		datapath_counters_add(&sum, &tunnel.before);
		datapath_counters_add(&sum, &tunnel.control.counters);
	}
	for (unsigned int i = 0; i < DATAPATH_REASONS; i++)
		ret->drops[i] = *reason(&sum, i);
}

/* ---- where the kernel's tunnel counts it: net/ipv4/ip_tunnel.c ---- */

void datapath_statistics(const struct datapath_tunnel *tunnel, struct rtnl_link_stats64 *stats)
{
	struct control_counters sum = tunnel->before;

	datapath_counters_add(&sum, &tunnel->control.counters);
	stats->rx_length_errors += sum.malformed;
	stats->rx_crc_errors += sum.checksum;
	stats->rx_fifo_errors += sum.sequence;
	stats->rx_frame_errors += sum.ecn;
	stats->rx_errors += sum.malformed + sum.checksum + sum.sequence + sum.ecn;
	stats->rx_dropped += sum.unexpected;
	stats->collisions += sum.recursion;
	stats->tx_carrier_errors += sum.unroutable;
	stats->tx_aborted_errors += sum.send_failed;
	stats->tx_errors += sum.recursion + sum.unroutable + sum.send_failed + sum.too_big;
}
