/*
 * The run of a probe: one loop that sends when an echo is due, reads while
 * something is there, and sleeps until either. It ends when every echo is
 * settled: answered, answered by an error, refused, or older than its timeout.
 */
#include "netops/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netops/probe_private.h"

enum {
	MILLISECOND_NS = 1000000,
	LAST_READS = 4096, /* packets of others that may lie before our last answer */
};

/* CLOCK_MONOTONIC in nanoseconds; 0 is a time like any other. */
struct probing {
	const struct probe_request *request;
	struct probe_result *result;
	struct probe_mark mark;
	struct probe_packet packet;
	uint8_t *echo; /* room to build one in */
	int fd;
	struct sockaddr_storage to;
	socklen_t to_length;
	int64_t start;
	int64_t sent_at[PROBE_COUNT_MAXIMUM];
	bool settled[PROBE_COUNT_MAXIMUM];
};

static int64_t probe_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 * MILLISECOND_NS + now.tv_nsec;
}

static void probe_address(struct probing *probing, uint32_t device_index)
{
	const struct ip *destination = &probing->request->destination;
	struct sockaddr_in *ip4 = (struct sockaddr_in *)&probing->to;
	struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)&probing->to;

	probing->to.ss_family = destination->family;
	if (destination->family == AF_INET) {
		memcpy(&ip4->sin_addr, destination->bytes, 4);
		probing->to_length = sizeof(*ip4);
		return;
	}
	memcpy(&ip6->sin6_addr, destination->bytes, 16);
	ip6->sin6_scope_id = ip_is_link_local(destination) ? device_index : 0;
	probing->to_length = sizeof(*ip6);
}

static void probe_send_failed(struct probe_result *result, int number)
{
	result->send_error.count++;
	result->send_error.number = number;
	snprintf(result->send_error.text, sizeof(result->send_error.text), "%s",
		 error_words(number));
}

static void probe_send(struct probing *probing)
{
	struct probe_result *result = probing->result;
	uint32_t index = result->echo_count++;
	size_t length = probe_build(probing->echo, probing->request->destination.family,
				    &probing->mark, index, probing->request->size_bytes);

	result->echoes[index].sequence = index + 1;
	probing->sent_at[index] = probe_now();
	if (sendto(probing->fd, probing->echo, length, 0, (struct sockaddr *)&probing->to,
		   probing->to_length) < 0) {
		probe_send_failed(result, errno);
		probing->settled[index] = true;
		return;
	}
	result->echoes[index].sent = true;
	result->sent++;
}

static void probe_answered(struct probing *probing, const struct probe_heard *heard,
			   int64_t arrived)
{
	struct probe_echo *echo = &probing->result->echoes[heard->index];
	int64_t took = arrived - probing->sent_at[heard->index];

	probing->settled[heard->index] = true;
	if (echo->answered) {
		probing->result->duplicates++;
		return;
	}
	if (took > (int64_t)probing->request->timeout_ms * MILLISECOND_NS)
		return;
	echo->answered = true;
	echo->rtt_ms = took > 0 ? (double)took / MILLISECOND_NS : 0;
	echo->ttl = heard->ttl;
}

static void probe_refused(struct probing *probing, const struct probe_heard *heard)
{
	uint32_t count = probing->result->icmp.count;

	probing->settled[heard->index] = true;
	probing->result->icmp = heard->icmp;
	probing->result->icmp.count = count + 1;
}

/* One packet, if there is one: the loop looks at its clock in between. */
static int probe_hear(struct probing *probing, struct error *error)
{
	struct probe_heard heard;
	int got = probe_receive(probing->fd, &probing->packet, error);
	int64_t arrived = probe_now() - probing->packet.waited_ns;

	if (got <= 0)
		return got;
	probe_parse(probing->request, &probing->mark, probing->result->echo_count,
		    &probing->packet.from, probing->packet.data, probing->packet.length,
		    &heard);
	if (probing->packet.hop_limit)
		heard.ttl = probing->packet.hop_limit;
	if (heard.kind == PROBE_REPLY)
		probe_answered(probing, &heard, arrived);
	else if (heard.kind == PROBE_ERROR)
		probe_refused(probing, &heard);
	return 0;
}

/*
 * When there is next something to do without a packet: an echo is due, or the
 * last unsettled one has waited long enough. -1: never, all is settled.
 */
static int64_t probe_next(const struct probing *probing)
{
	const struct probe_request *request = probing->request;
	uint32_t count = probing->result->echo_count;

	if (count < request->count)
		return probing->start + (int64_t)count * request->interval_ms * MILLISECOND_NS;
	while (count--) {
		if (!probing->settled[count])
			return probing->sent_at[count] +
			       (int64_t)request->timeout_ms * MILLISECOND_NS;
	}
	return -1;
}

/* Sleeps until then, a packet or the cancelling; true for a packet. */
static bool probe_sleep(struct probing *probing, int64_t until)
{
	int64_t left = until - probe_now();
	struct timespec span = { .tv_sec = left > 0 ? left / (1000 * MILLISECOND_NS) : 0,
				 .tv_nsec = left > 0 ? left % (1000 * MILLISECOND_NS) : 0 };
	struct pollfd fds[] = { { .fd = probing->fd, .events = POLLIN },
				{ .fd = probing->request->cancel_fd, .events = POLLIN } };

	if (ppoll(fds, 2, &span, NULL) <= 0)
		return false;
	if (fds[1].revents)
		probing->result->cancelled = true;
	return fds[0].revents;
}

/* What came in time and was not read in time still counts: arrivals are stamped. */
static int probe_drain(struct probing *probing, struct error *error)
{
	for (int i = 0; i < LAST_READS && probe_sleep(probing, probing->start); i++) {
		if (probe_hear(probing, error))
			return -1;
	}
	return 0;
}

static int probe_loop(struct probing *probing, struct error *error)
{
	int64_t next;

	probing->start = probe_now();
	while (!probing->result->cancelled && (next = probe_next(probing)) >= 0) {
		if (probe_now() < next) {
			if (probe_sleep(probing, next) && probe_hear(probing, error))
				return -1;
		} else if (probing->result->echo_count < probing->request->count) {
			probe_send(probing);
		} else {
			break;
		}
	}
	if (probe_drain(probing, error))
		return -1;
	probe_sum_up(probing->result);
	return 0;
}

static int probe_start(struct netops *netops, struct probing *probing, struct error *error)
{
	uint32_t device_index;

	if (getrandom(&probing->mark, sizeof(probing->mark), 0) != sizeof(probing->mark))
		return error_errno(error, errno, "getting random numbers");
	probing->echo = malloc(PROBE_PACKET);
	probing->packet.data = malloc(PROBE_PACKET);
	if (!probing->echo || !probing->packet.data)
		return error_errno(error, ENOMEM, "probing");
	probing->fd = probe_socket(netops, probing->request, &device_index, error);
	if (probing->fd < 0)
		return -1;
	probe_address(probing, device_index);
	return 0;
}

int probe_run(struct netops *netops, const struct probe_request *request,
	      struct probe_result *ret, struct error *error)
{
	struct probing probing = { .request = request, .result = ret, .fd = -1 };
	int result;

	if (probe_check(request, error))
		return -1;
	memset(ret, 0, sizeof(*ret));
	result = probe_start(netops, &probing, error);
	if (!result)
		result = probe_loop(&probing, error);
	if (probing.fd >= 0)
		close(probing.fd);
	free(probing.echo);
	free(probing.packet.data);
	return result;
}
