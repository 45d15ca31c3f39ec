/* What can be said about a request without sending anything, and about a result. */
#include <math.h>
#include <string.h>

#include "netops/probe_private.h"

struct bound {
	const char *pointer;
	size_t offset;
	uint32_t minimum, maximum;
};

static const struct bound bounds[] = {
	{ "/count", offsetof(struct probe_request, count), 1, PROBE_COUNT_MAXIMUM },
	{ "/interval_ms", offsetof(struct probe_request, interval_ms), PROBE_INTERVAL_MINIMUM,
	  PROBE_INTERVAL_MAXIMUM },
	{ "/timeout_ms", offsetof(struct probe_request, timeout_ms), PROBE_INTERVAL_MINIMUM,
	  PROBE_INTERVAL_MAXIMUM },
	{ "/size_bytes", offsetof(struct probe_request, size_bytes), 0, PROBE_SIZE_MAXIMUM },
	{ "/ttl", offsetof(struct probe_request, ttl), 0, 255 },
};

void probe_defaults(struct probe_request *request)
{
	*request = (struct probe_request){ .count = 4,
					   .interval_ms = 1000,
					   .timeout_ms = 1000,
					   .size_bytes = 56,
					   .cancel_fd = -1 };
}

static void check_bounds(const struct probe_request *request, struct error *error)
{
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		const struct bound *bound = &bounds[i];
		uint32_t value;

		memcpy(&value, (const char *)request + bound->offset, sizeof(value));
		if (value < bound->minimum || value > bound->maximum)
			error_member(error, bound->pointer, "range", "from %u to %u, not %u",
				     bound->minimum, bound->maximum, value);
	}
}

static void check_destination(const struct ip *destination, struct error *error)
{
	if (!destination->family)
		error_member(error, "/destination", "required", "whom to probe?");
	else if (ip_is_any(destination))
		error_member(error, "/destination", "range", "this is no host's address");
	else if (ip_is_multicast(destination) || ip_is_broadcast(destination))
		error_member(error, "/destination", "range",
			     "one host can be probed, not a group of them");
}

static void check_source(const struct probe_request *request, struct error *error)
{
	const struct ip *source = &request->source;

	if (!source->family)
		return;
	if (request->destination.family && source->family != request->destination.family)
		error_member(error, "/source", "family",
			     "source and destination must be of one family");
	else if (ip_is_any(source) || ip_is_multicast(source) || ip_is_broadcast(source))
		error_member(error, "/source", "range", "this is no host's address");
}

static void check_device(const struct probe_request *request, struct error *error)
{
	const struct ip *destination = &request->destination;
	const struct ip *source = &request->source;

	if (request->device[0])
		return;
	if ((destination->family == AF_INET6 && ip_is_link_local(destination)) ||
	    (source->family == AF_INET6 && ip_is_link_local(source)))
		error_member(error, "/device", "required",
			     "a link-local address means something on one link only: which?");
}

int probe_check(const struct probe_request *request, struct error *error)
{
	check_destination(&request->destination, error);
	check_source(request, error);
	check_device(request, error);
	check_bounds(request, error);
	return error_verdict(error);
}

uint64_t probe_duration_ms(const struct probe_request *request)
{
	uint64_t count = request->count;

	return (count ? count - 1 : 0) * request->interval_ms + request->timeout_ms;
}

/* The mean first, then the distances to it: no large squares to subtract. */
static void sum_up_times(struct probe_result *result)
{
	double sum = 0, squares = 0;

	result->rtt_min_ms = INFINITY;
	for (uint32_t i = 0; i < result->echo_count; i++) {
		if (!result->echoes[i].answered)
			continue;
		sum += result->echoes[i].rtt_ms;
		result->rtt_min_ms = fmin(result->rtt_min_ms, result->echoes[i].rtt_ms);
		result->rtt_max_ms = fmax(result->rtt_max_ms, result->echoes[i].rtt_ms);
	}
	result->rtt_avg_ms = sum / result->received;
	for (uint32_t i = 0; i < result->echo_count; i++) {
		double distance = result->echoes[i].rtt_ms - result->rtt_avg_ms;

		if (result->echoes[i].answered)
			squares += distance * distance;
	}
	result->rtt_mdev_ms = sqrt(squares / result->received);
}

void probe_sum_up(struct probe_result *result)
{
	result->received = 0;
	for (uint32_t i = 0; i < result->echo_count; i++)
		result->received += result->echoes[i].answered;
	if (result->echo_count)
		result->loss_percent =
			100.0 * (result->echo_count - result->received) / result->echo_count;
	if (result->received)
		sum_up_times(result);
}
