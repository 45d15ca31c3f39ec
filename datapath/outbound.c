/*
 * From the device to the sockets: what the device hands over is cut to packets, each gets its
 * header and its far end, and all go out in batches.
 */
#include <errno.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/checksum.h"
#include "datapath/far_end.h"
#include "datapath/icmp.h"
#include "datapath/next_hop.h"
#include "datapath/worker.h"

enum {
	OUTBOUND_READS = 64,	/* then it is another lane's turn */
	OUTBOUND_HOP_TIME = 50, /* milliseconds for which a next hop is believed */
	OUTBOUND_DEPTH = 8,	/* tunnels in tunnels: as the kernel's XMIT_RECURSION_LIMIT */
};

void outbound_tell(struct lane *lane, const unsigned char *packet, const struct inner *inner,
		   uint32_t mtu)
{
	struct virtio_net_hdr head = { 0 };
	unsigned char out[ICMP_ROOM];
	struct iovec parts[2] = { { &head, sizeof(head) },
				  { out, icmp_put(out, packet, inner, mtu) } };

	if (parts[1].iov_len && writev(lane->tunnel->queues[0], parts, 2) < 0)
		lane->counters.send_failed++;
}

/* ---- the far end ---- */

static bool outbound_ask(struct tunnel *tunnel, const struct inner *inner,
			 const unsigned char *destination, uint32_t *far_end)
{
	unsigned char address[16] = { 0 };
	int netlink = tunnel->netlink;

	memcpy(address, destination, inner->version == 4 ? 4 : 16);
	if (netlink >= 0) {
		if (!next_hop(netlink, tunnel->told.index, inner->version, address))
			return false;
		if (tunnel->settings.kind == SETTINGS_GRE &&
		    next_hop_neighbor(netlink, tunnel->told.index, inner->version, address,
				      far_end))
			return true;
	}
	if (settings_is_isatap(&tunnel->settings))
		return far_end_isatap(address, far_end);
	if (inner->version == 6)
		return far_end_compatible(address, far_end);
	memcpy(far_end, address, 4);
	return *far_end;
}

static struct hop *outbound_place_of(struct lane *lane, const unsigned char *destination,
				     size_t size)
{
	uint16_t place = checksum_fold(checksum_add(0, destination, size));

	if (!lane->hops)
		lane->hops = calloc(TUNNEL_HOPS, sizeof(*lane->hops));
	return lane->hops ? &lane->hops[place % TUNNEL_HOPS] : NULL;
}

/* The same from what was asked a moment ago. One worker at a time asks by a tunnel's socket. */
static bool outbound_hop(struct lane *lane, const struct inner *inner, uint32_t *far_end)
{
	const unsigned char *destination = inner->network + (inner->version == 4 ? 16 : 24);
	size_t size = inner->version == 4 ? 4 : 16;
	struct hop *hop = outbound_place_of(lane, destination, size);
	uint64_t now = tunnel_clock();

	if (!hop)
		return false;
	if (hop->version != inner->version || memcmp(hop->address, destination, size) ||
	    now >= hop->until) {
		while (__atomic_test_and_set(&lane->tunnel->asking, __ATOMIC_ACQUIRE))
			;
		if (!outbound_ask(lane->tunnel, inner, destination, &hop->far_end))
			hop->far_end = 0;
		__atomic_clear(&lane->tunnel->asking, __ATOMIC_RELEASE);
		memcpy(hop->address, destination, size);
		hop->version = inner->version;
		hop->until = now + OUTBOUND_HOP_TIME;
	}
	*far_end = hop->far_end;
	return *far_end;
}

static bool outbound_far_end(struct lane *lane, const struct inner *inner, uint32_t *far_end)
{
	const struct settings *settings = &lane->tunnel->settings;

	*far_end = settings->remote;
	if (*far_end && !settings_is_isatap(settings))
		return true;
	if (!inner->network)
		return false;
	if (settings->kind == SETTINGS_SIT && inner->version == 6 &&
	    !settings_is_isatap(settings) &&
	    far_end_6rd(&settings->six_rd, inner->network + 24, far_end))
		return far_end_is_host(*far_end);
	return outbound_hop(lane, inner, far_end) && far_end_is_host(*far_end);
}

/* A packet of ours that was routed into its own tunnel. */
static bool outbound_recursion(const struct tunnel *tunnel, const struct inner *inner,
			       const struct wrap *wrap, uint32_t far_end)
{
	if (tunnel->apart || inner->version != 4 || inner->protocol != wrap->protocol ||
	    memcmp(inner->network + 16, &far_end, 4))
		return false;
	return !tunnel->settings.local ||
	       !memcmp(inner->network + 12, &tunnel->settings.local, 4);
}

/* What is inside of a packet that is a tunnel's own. */
static bool outbound_within(struct inner *inner)
{
	const unsigned char *at = inner->network;
	size_t length = inner->length - inner->offset, own;
	bool ethernet = false;
	uint16_t flags;

	if (inner->version != 4 || at[6] & 0x1f || at[7])
		return false;
	own = 4U * (at[0] & 15);
	if (inner->protocol == IPPROTO_GRE && length >= own + 4) {
		memcpy(&flags, at + own, 2);
		ethernet = at[own + 2] == 0x65 && at[own + 3] == 0x58; /* ETH_P_TEB */
		own += gre_length(flags);
	} else if (inner->protocol != IPPROTO_IPIP && inner->protocol != IPPROTO_IPV6) {
		return false;
	}
	return length > own && inner_read(inner, at + own, length - own, ethernet) &&
	       inner->network;
}

/* Tunnels that are routed into each other would have it for ever, and more of it each time. */
static bool outbound_is_deep(struct inner inner)
{
	for (int depth = 0; depth < OUTBOUND_DEPTH; depth++)
		if (!outbound_within(&inner))
			return false;
	return true;
}

/* ---- messages ---- */

struct outgoing {
	struct worker *worker;
	struct lane *lane;
	struct wrap wrap;
	uint32_t far_end;
	int socket;
	struct tunnel_usual *usual; /* of socket */
	uint16_t type;
};

static bool outbound_socket(struct outgoing *outgoing)
{
	enum control_socket which = outgoing->wrap.whole ? CONTROL_SOCKET_WHOLE :
							   CONTROL_SOCKET_CUT;
	struct tunnel *tunnel = outgoing->lane->tunnel;

	for (int i = 0; i < TUNNEL_SOCKETS; i++) {
		if (tunnel->sockets[i].protocol != outgoing->wrap.protocol)
			continue;
		outgoing->socket = tunnel->sockets[i].fds[which];
		outgoing->usual = &tunnel->sockets[i].usual[which];
		return true;
	}
	return false;
}

/* GRE's header in front of the inner packet: own bytes behind it, then the payload. */
static void outbound_gre(const struct outgoing *outgoing, unsigned char *head, size_t own,
			 const struct segment *segment)
{
	struct tunnel *tunnel = outgoing->lane->tunnel;
	const struct settings *settings = &tunnel->settings;
	uint32_t number = 0;
	uint64_t sum;
	size_t length;

	if (settings->output_flags & GRE_SEQ)
		number = __atomic_fetch_add(&tunnel->sequence, 1, __ATOMIC_RELAXED);
	length = gre_put(head, settings->output_flags, outgoing->type, settings->output_key,
			 number);
	if (!(settings->output_flags & GRE_CSUM))
		return;
	/* An odd length in front of the payload would turn its bytes around: TAP's headers are
	 * even, as are those of IP and TCP. */
	sum = checksum_add(0, head + length, own);
	gre_seal(head, settings->output_flags,
		 checksum_add(sum, segment->payload, segment->length));
}

/* One packet into the batch: own bytes of header are at place already. */
static void outbound_add(const struct outgoing *outgoing, unsigned place, size_t own,
			 const struct segment *segment)
{
	struct batch *batch = &outgoing->worker->batch;
	size_t wrapped = wrap_length(&outgoing->lane->tunnel->settings);

	if (wrapped)
		outbound_gre(outgoing, batch->headers[place], own, segment);
	batch->parts[place][0] = (struct iovec){ batch->headers[place], wrapped + own };
	batch->parts[place][1] = (struct iovec){ (void *)segment->payload, segment->length };
	batch->inner_at[place] = wrapped;
	batch->reads[place] = outgoing->worker->read_number;
	batch_put(batch, place, &outgoing->wrap, outgoing->far_end, outgoing->usual);
	batch->count++;
}

static void outbound_segments(const struct outgoing *outgoing, const struct segments *segments)
{
	size_t wrapped = wrap_length(&outgoing->lane->tunnel->settings);

	for (unsigned i = 0; i < segments->count; i++) {
		unsigned place =
			batch_place(outgoing->worker, outgoing->lane, outgoing->socket);
		struct segment segment = segments_make(
			segments, i, outgoing->worker->batch.headers[place] + wrapped);

		outbound_add(outgoing, place, segments->header, &segment);
	}
}

/* ---- packets ---- */

static bool outbound_choose(struct outgoing *outgoing, const struct inner *inner)
{
	struct lane *lane = outgoing->lane;
	struct tunnel *tunnel = lane->tunnel;

	if (!wrap_choose(&outgoing->wrap, &tunnel->settings, inner)) {
		lane->counters.unexpected++;
		return false;
	}
	if (!outbound_socket(outgoing) || !outbound_far_end(lane, inner, &outgoing->far_end)) {
		lane->counters.unroutable++;
		return false;
	}
	outgoing->type = inner->type;
	if (!outbound_recursion(tunnel, inner, &outgoing->wrap, outgoing->far_end) &&
	    !outbound_is_deep(*inner))
		return true;
	lane->counters.recursion++;
	return false;
}

static void outbound_packet(struct worker *worker, struct lane *lane, unsigned char *packet,
			    size_t length, const struct virtio_net_hdr *head)
{
	struct outgoing outgoing = { .worker = worker, .lane = lane };
	struct segment whole = { packet, length };
	struct segments segments;
	struct inner inner;

	if (!inner_read(&inner, packet, length,
			lane->tunnel->settings.kind == SETTINGS_GRETAP)) {
		lane->counters.malformed++;
		return;
	}
	if (!outbound_choose(&outgoing, &inner))
		return;
	if (lane->tunnel->errors && trouble_pending(lane->tunnel))
		outbound_tell(lane, packet, &inner, 0);
	if (head->gso_type == VIRTIO_NET_HDR_GSO_NONE) {
		if (head->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
			segment_complete(head, packet, length);
		outbound_add(&outgoing, batch_place(worker, lane, outgoing.socket), 0, &whole);
	} else if (inner.network &&
		   segments_begin(&segments, head, packet, length, inner.offset)) {
		outbound_segments(&outgoing, &segments);
	} else {
		lane->counters.malformed++;
	}
}

bool outbound_run(struct worker *worker, struct lane *lane)
{
	struct virtio_net_hdr head;
	size_t used = 0;
	ssize_t got = 0;

	worker->batch.impatient = false;
	for (int i = 0; i < OUTBOUND_READS; i++) {
		unsigned char *at = worker->arena + used;
		struct iovec parts[2] = { { &head, sizeof(head) }, { at, WORKER_READ_MAX } };

		if (used + WORKER_READ_MAX > WORKER_ARENA) {
			batch_flush(worker);
			used = 0;
			parts[1].iov_base = at = worker->arena;
		}
		got = readv(lane->fd, parts, 2);
		if (got <= (ssize_t)sizeof(head))
			break;
		worker->read_number++;
		outbound_packet(worker, lane, at, (size_t)got - sizeof(head), &head);
		used += ((size_t)got - sizeof(head) + 63) / 64 * 64;
	}
	if (got < 0)
		/* Of a packet that it cannot put into words (EINVAL) the device is not to blame. */
		got = errno == EAGAIN || errno == EINTR || errno == EIO || errno == EINVAL ? 0 :
											     -1;
	batch_flush(worker);
	return got >= 0;
}
