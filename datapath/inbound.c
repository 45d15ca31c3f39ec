/* From the socket to the device: a batch at a time, joined where it can be. */
#include <errno.h>
#include <unistd.h>

#include "datapath/table.h"
#include "datapath/worker.h"

static void inbound_write(void *context, const struct iovec *parts, unsigned count)
{
	struct lane *lane = context;
	size_t length = 0;

	for (unsigned i = 1; i < count; i++)
		length += parts[i].iov_len;
	if (writev(lane->tunnel->queues[0], parts, (int)count) < 0)
		return;
	lane->counters.received += count > 2 ? count - 1 : 1;
	lane->counters.received_bytes += length;
}

static void inbound_count(struct control_counters *counters, enum unwrap_verdict verdict)
{
	uint64_t *const counts[UNWRAP_VERDICTS] = {
		[UNWRAP_MALFORMED] = &counters->malformed,
		[UNWRAP_CHECKSUM] = &counters->checksum,
		[UNWRAP_SEQUENCE] = &counters->sequence,
		[UNWRAP_UNEXPECTED] = &counters->unexpected,
		[UNWRAP_ECN] = &counters->ecn,
	};

	if (counts[verdict])
		++*counts[verdict];
}

static void inbound_packet(struct worker *worker, struct lane *lane, unsigned char *packet,
			   size_t length)
{
	struct tunnel *tunnel = lane->tunnel;
	struct unwrap inner;
	enum unwrap_verdict verdict =
		unwrap(&inner, &tunnel->settings, &tunnel->state, packet, length);

	if (verdict != UNWRAP_GOOD) {
		inbound_count(&lane->counters, verdict);
		return;
	}
	if (table_has_better(tunnel, inner.source, inner.destination))
		return;
	coalesce_add(&worker->coalesce, inner.packet, inner.length, inner.network);
}

void inbound_prepare(struct worker *worker)
{
	for (int i = 0; i < WORKER_BATCH; i++) {
		worker->arrived_parts[i] =
			(struct iovec){ worker->packets + (size_t)i * WORKER_STRIDE,
					WORKER_PACKET_MAX };
		worker->arrived[i].msg_hdr =
			(struct msghdr){ .msg_iov = &worker->arrived_parts[i],
					 .msg_iovlen = 1 };
	}
	worker->coalesce.write = inbound_write;
}

bool inbound_run(struct worker *worker, struct lane *lane)
{
	int count = recvmmsg(lane->fd, worker->arrived, WORKER_BATCH, MSG_DONTWAIT, NULL);

	if (count < 0)
		return errno != EBADF;
	worker->carried += (unsigned)count;
	worker->coalesce.context = lane;
	worker->coalesce.datagrams = lane->tunnel->datagrams;
	for (int i = 0; i < count; i++)
		inbound_packet(worker, lane, worker->arrived_parts[i].iov_base,
			       worker->arrived[i].msg_len);
	coalesce_flush(&worker->coalesce);
	return true;
}
