/*
 * One sendmmsg() for many packets. It stops at the first that fails; that one is looked at, and the
 * rest goes on. A packet that does not fit the path is cut inside, where that is allowed, or its
 * sender is told.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "datapath/checksum.h"
#include "datapath/fragment.h"
#include "datapath/worker.h"

enum { BATCH_PATIENCE = 2, BATCH_IPV6_LEAST = 1280 };

unsigned batch_place(struct worker *worker, struct lane *lane, int socket)
{
	struct batch *batch = &worker->batch;

	if (batch->count == WORKER_BATCH ||
	    (batch->count && (batch->lane != lane || batch->socket != socket)))
		batch_flush(worker);
	batch->lane = lane;
	batch->socket = socket;
	return batch->count;
}

/* ---- messages ---- */

static void batch_control(unsigned char *at, int type, int value)
{
	struct cmsghdr head = { .cmsg_len = CMSG_LEN(sizeof(value)),
				.cmsg_level = IPPROTO_IP,
				.cmsg_type = type };

	memcpy(at, &head, sizeof(head));
	memcpy(at + CMSG_LEN(0), &value, sizeof(value));
}

static void batch_put_control(struct batch *batch, unsigned place)
{
	struct msghdr *message = &batch->messages[place].msg_hdr;
	unsigned char *control = batch->controls[place];

	batch_control(control, IP_TTL, batch->wraps[place].ttl);
	batch_control(control + CMSG_SPACE(sizeof(int)), IP_TOS, batch->wraps[place].tos);
	message->msg_control = control;
	message->msg_controllen = BATCH_CONTROL;
}

/* What the next packets probably say too. A control message costs the kernel an allocation. */
static void batch_settle(const struct batch *batch, const struct wrap *wrap,
			 struct tunnel_usual *usual)
{
	int ttl = wrap->ttl, tos = wrap->tos;

	if ((usual->ttl == ttl && usual->tos == tos) || batch->lane->tunnel->queue_count > 1)
		return;
	if (!setsockopt(batch->socket, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) &&
	    !setsockopt(batch->socket, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)))
		*usual = (struct tunnel_usual){ wrap->ttl, wrap->tos };
}

static bool batch_is_usual(const struct wrap *wrap, uint32_t far_end,
			   const struct tunnel_usual *usual)
{
	/* A group has a ttl of its own, which IP_TTL does not set. */
	return usual->ttl == wrap->ttl && usual->tos == wrap->tos &&
	       !IN_MULTICAST(ntohl(far_end));
}

void batch_put(struct batch *batch, unsigned place, const struct wrap *wrap, uint32_t far_end,
	       struct tunnel_usual *usual)
{
	struct msghdr *message = &batch->messages[place].msg_hdr;
	struct sockaddr_in *to = &batch->far_ends[place];

	if (!place)
		batch_settle(batch, wrap, usual);
	*message = (struct msghdr){ .msg_iov = batch->parts[place], .msg_iovlen = 2 };
	batch->wraps[place] = *wrap;
	if (!batch_is_usual(wrap, far_end, usual))
		batch_put_control(batch, place);
	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { far_end } };
	if (batch->lane->tunnel->connected && wrap->whole)
		return;
	message->msg_name = to;
	message->msg_namelen = sizeof(*to);
}

/* ---- those that did not go ---- */

/* The inner packet of a message, in one piece. */
static size_t batch_gather(const struct worker *worker, unsigned index)
{
	const struct batch *batch = &worker->batch;
	const struct iovec *parts = batch->parts[index];
	size_t own = parts[0].iov_len - batch->inner_at[index];

	memcpy(worker->scratch, batch->headers[index] + batch->inner_at[index], own);
	memcpy(worker->scratch + own, parts[1].iov_base, parts[1].iov_len);
	return own + parts[1].iov_len;
}

/* One packet, with the header of message index, by the socket. */
static bool batch_send_one(struct batch *batch, unsigned index, int socket,
			   const struct iovec *inner, unsigned count)
{
	struct settings *settings = &batch->lane->tunnel->settings;
	unsigned char *head = batch->headers[index];
	struct iovec parts[3] = { { head, batch->inner_at[index] } };
	struct msghdr message;
	uint64_t sum = 0;

	batch_put_control(batch, index);
	message = batch->messages[index].msg_hdr;
	message.msg_name = &batch->far_ends[index];
	message.msg_namelen = sizeof(batch->far_ends[index]);
	for (unsigned i = 0; i < count; i++) {
		parts[1 + i] = inner[i];
		sum = checksum_add(sum, inner[i].iov_base, inner[i].iov_len);
	}
	if (batch->inner_at[index] && settings->output_flags & GRE_CSUM) {
		memset(head + 4, 0, 4);
		gre_seal(head, settings->output_flags, sum);
	}
	message.msg_iov = parts;
	message.msg_iovlen = 1 + count;
	return sendmsg(socket, &message, MSG_DONTWAIT) >= 0;
}

static void batch_cut_inside(struct worker *worker, unsigned index, const struct inner *inner,
			     uint32_t mtu)
{
	struct batch *batch = &worker->batch;
	const unsigned char *link = worker->scratch;
	unsigned char head[INNER_ETHERNET_LENGTH + 4 + 60];
	struct fragment fragment = { 0 };

	while (fragment_next(&fragment, link, inner, mtu, head)) {
		struct iovec parts[2] = { { head, fragment.header },
					  { (void *)fragment.payload, fragment.length } };

		if (batch_send_one(batch, index, batch->socket, parts, 2))
			batch->lane->counters.sent++;
		else
			batch->lane->counters.send_failed++;
	}
}

/* IPv6 has no path below 1280 bytes: there the outer packets are cut. */
static bool batch_cut_outside(struct worker *worker, unsigned index, const struct inner *inner)
{
	struct batch *batch = &worker->batch;
	struct tunnel *tunnel = batch->lane->tunnel;
	struct iovec part = { worker->scratch, inner->length };

	for (int i = 0; i < TUNNEL_SOCKETS; i++)
		if (tunnel->sockets[i].protocol &&
		    tunnel->sockets[i].fds[CONTROL_SOCKET_WHOLE] == batch->socket)
			return batch_send_one(batch, index,
					      tunnel->sockets[i].fds[CONTROL_SOCKET_CUT], &part,
					      1);
	return false;
}

static void batch_too_big(struct worker *worker, unsigned index)
{
	struct batch *batch = &worker->batch;
	struct tunnel *tunnel = batch->lane->tunnel;
	bool ethernet = tunnel->settings.kind == SETTINGS_GRETAP;
	uint32_t path = __atomic_load_n(&tunnel->path_mtu, __ATOMIC_RELAXED);
	uint32_t own = 20 + (uint32_t)wrap_length(&tunnel->settings);
	size_t length = batch_gather(worker, index);
	struct inner inner;

	if (!inner_read(&inner, worker->scratch, length, ethernet) || !inner.network ||
	    path < own + inner.offset + 68) {
		batch->lane->counters.send_failed++;
		return;
	}
	path -= own + (uint32_t)inner.offset;
	if (inner.version == 4 && !inner.whole) {
		batch_cut_inside(worker, index, &inner, path);
		return;
	}
	if (inner.version == 6 && path < BATCH_IPV6_LEAST) {
		path = BATCH_IPV6_LEAST;
		if (length - inner.offset <= path && batch_cut_outside(worker, index, &inner)) {
			batch->lane->counters.sent++;
			return;
		}
	}
	batch->lane->counters.too_big++;
	if (batch->told != batch->reads[index])
		outbound_tell(batch->lane, worker->scratch, &inner, path);
	batch->told = batch->reads[index];
}

static void batch_failed(struct worker *worker, unsigned index, int error)
{
	struct control_counters *counters = &worker->batch.lane->counters;

	switch (error) {
	case EMSGSIZE:
		trouble_drain(worker->batch.lane, worker->batch.socket);
		batch_too_big(worker, index);
		break;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case ENODEV:
		counters->unroutable++;
		break;
	default:
		counters->send_failed++;
	}
}

/* Whether the same message is worth a second try. */
static bool batch_again(struct batch *batch, int error)
{
	struct pollfd wait = { batch->socket, POLLOUT, 0 };

	if (error == EAGAIN || error == ENOBUFS) {
		if (!batch->impatient)
			batch->impatient = poll(&wait, 1, BATCH_PATIENCE) <= 0;
		return !batch->impatient;
	}
	return error == EINTR || trouble_drain(batch->lane, batch->socket);
}

void batch_flush(struct worker *worker)
{
	struct batch *batch = &worker->batch;
	unsigned at = 0;
	bool tried = false;

	worker->carried += batch->count;
	while (at < batch->count) {
		int sent = sendmmsg(batch->socket, batch->messages + at, batch->count - at,
				    MSG_DONTWAIT);
		int error = errno;

		if (sent > 0) {
			batch->lane->counters.sent += (unsigned)sent;
			for (unsigned i = at; i < at + (unsigned)sent; i++)
				batch->lane->counters.sent_bytes +=
					batch->messages[i].msg_len - batch->inner_at[i];
			at += (unsigned)sent;
			tried = false;
		} else if (!tried && batch_again(batch, error)) {
			tried = true;
		} else {
			batch_failed(worker, at++, error);
			tried = false;
		}
	}
	batch->count = 0;
}
