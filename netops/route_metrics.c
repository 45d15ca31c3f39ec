/*
 * RTA_METRICS, both ways: numbers by rows; round-trip times, which the kernel
 * keeps in eighths and quarters of a millisecond; and bits of two words, the
 * metrics that are locked and the features of TCP.
 */
#include <errno.h>
#include <string.h>

#include "netops/route_private.h"

static const struct {
	uint16_t attribute, offset;
	uint32_t step_us;
} scaled[] = {
	{ RTAX_RTT, ROUTE_AT(rtt_us), ROUTE_RTT_STEP_US },
	{ RTAX_RTTVAR, ROUTE_AT(rtt_variance_us), ROUTE_RTT_VARIANCE_STEP_US },
};
enum { SCALED = sizeof(scaled) / sizeof(scaled[0]) };

static const uint16_t words[] = { RTAX_LOCK, RTAX_FEATURES };
enum { WORDS = sizeof(words) / sizeof(words[0]) };

static uint32_t *place(struct route_options *options, size_t offset)
{
	return (uint32_t *)((char *)options + offset);
}

static void parse_word(uint16_t word, uint32_t value, struct route *route)
{
	for (const struct row *row = route_metric_rows(); row->name; row++) {
		if (row->wire != WIRE_NONE || row->attribute != word || !(value & row->bit))
			continue;
		*place(&route->options, row->offset) = 1;
		give_at(&route->given, row->offset);
	}
}

void route_parse_metrics(const struct nlattr *metrics, struct route *route)
{
	struct nlattr *attributes[RTAX_MAX + 1];

	if (nla_parse_nested(attributes, RTAX_MAX, (struct nlattr *)(uintptr_t)metrics, NULL))
		return;
	rows_parse(route_metric_rows(), attributes, RTAX_MAX, &route->options, &route->given);
	for (int i = 0; i < SCALED; i++) {
		const struct nlattr *attribute = attributes[scaled[i].attribute];
		uint64_t us;

		if (!attribute || nla_len(attribute) < 4)
			continue;
		us = (uint64_t)nla_get_u32(attribute) * scaled[i].step_us;
		*place(&route->options, scaled[i].offset) = us < UINT32_MAX ? (uint32_t)us :
									      UINT32_MAX;
		give_at(&route->given, scaled[i].offset);
	}
	for (int i = 0; i < WORDS; i++) {
		const struct nlattr *attribute = attributes[words[i]];

		if (attribute && nla_len(attribute) >= 4)
			parse_word(words[i], nla_get_u32(attribute), route);
	}
}

static int put_word(struct nl_msg *message, uint16_t word, const struct route *route)
{
	uint32_t value = 0;
	bool given = false;

	for (const struct row *row = route_metric_rows(); row->name; row++) {
		if (row->wire != WIRE_NONE || row->attribute != word || !row->bit ||
		    !route_given(route, row->offset))
			continue;
		given = true;
		if (row_number(row, &route->options))
			value |= row->bit;
	}
	return given ? nla_put_u32(message, word, value) : 0;
}

static int put_scaled(struct nl_msg *message, int i, const struct route *route)
{
	const uint32_t *us =
		(const uint32_t *)((const char *)&route->options + scaled[i].offset);

	if (!route_given(route, scaled[i].offset))
		return 0;
	return nla_put_u32(message, scaled[i].attribute, *us / scaled[i].step_us);
}

int route_put_metrics(struct nl_msg *message, const struct route *route)
{
	struct nlattr *nest = nla_nest_start(message, RTA_METRICS);
	int failure = !nest ||
		      rows_put(message, route_metric_rows(), &route->options, &route->given);

	for (int i = 0; i < SCALED && !failure; i++)
		failure = put_scaled(message, i, route);
	for (int i = 0; i < WORDS && !failure; i++)
		failure = put_word(message, words[i], route);
	if (failure)
		return -1;
	/* An empty nest is taken out again. */
	return nla_nest_end(message, nest);
}
