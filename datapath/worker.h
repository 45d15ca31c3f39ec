/*
 * A worker: a thread with its own epoll, buffers and lanes. Packets go through it in batches, and
 * nothing is allocated or locked for one. Between two batches it lets the controlling thread
 * change tunnels (loop.h).
 */
#ifndef DATAPATH_WORKER_H
#define DATAPATH_WORKER_H

#include <pthread.h>
#include <sys/socket.h>

#include "datapath/coalesce.h"
#include "datapath/gre.h"
#include "datapath/segment.h"
#include "datapath/tunnel.h"
#include "datapath/wrap.h"

enum {
	WORKER_BATCH = 64,
	WORKER_PACKET_MAX = 65536,
	WORKER_READ_MAX = WORKER_PACKET_MAX + 64,
	WORKER_ARENA = 4 * WORKER_READ_MAX,
	/* Not a power of two: buffers would share the same lines of the cache. */
	WORKER_STRIDE = WORKER_PACKET_MAX + 2112,
	WORKER_HEADER = GRE_LENGTH_MAX + SEGMENT_HEADER_MAX,
	BATCH_CONTROL = 2 * CMSG_SPACE(sizeof(int)),
};

/* Outer packets of one lane and socket, ready to be sent. */
struct batch {
	struct lane *lane;
	int socket;
	unsigned count;
	struct mmsghdr messages[WORKER_BATCH];
	struct iovec parts[WORKER_BATCH][2];
	struct sockaddr_in far_ends[WORKER_BATCH];
	unsigned char controls[WORKER_BATCH][BATCH_CONTROL];
	struct wrap wraps[WORKER_BATCH];
	unsigned char headers[WORKER_BATCH][WORKER_HEADER];
	size_t inner_at[WORKER_BATCH]; /* in headers: behind what we put around it */
	unsigned reads[WORKER_BATCH];  /* from which read of the device it came */
	unsigned told;		       /* the read whose sender was told that it is too big */
	bool impatient; /* the socket had no room: no more waiting in this turn */
};

struct worker {
	int epoll;
	pthread_t thread;
	struct batch batch;
	unsigned read_number;
	unsigned carried;	/* packets since paced */
	uint64_t paced;		/* milliseconds */
	bool many;		/* came before that */
	unsigned char *arena;	/* what devices gave */
	unsigned char *packets; /* what sockets gave: WORKER_BATCH of WORKER_STRIDE */
	unsigned char *scratch; /* one packet in one piece */
	struct mmsghdr arrived[WORKER_BATCH];
	struct iovec arrived_parts[WORKER_BATCH];
	struct coalesce coalesce;
};

/* NULL: no memory. */
struct worker *worker_new(void);

/* The device has packets: they are wrapped and sent. False: the lane is dead. */
bool outbound_run(struct worker *worker, struct lane *lane);
/* Once, before. */
void inbound_prepare(struct worker *worker);
/* The socket has packets: they are unwrapped and written to the device. */
bool inbound_run(struct worker *worker, struct lane *lane);
/* Reads what the outer network, or the kernel, says of packets that were sent. True: something
 * was there. */
bool trouble_drain(struct lane *lane, int socket);
/* Whether the next sender is to be told that the far end is not there. */
bool trouble_pending(struct tunnel *tunnel);
/* Sends what is in the batch, and empties it. */
void batch_flush(struct worker *worker);
/* The next message's place, the batch flushed if it has none or is another's. */
unsigned batch_place(struct worker *worker, struct lane *lane, int socket);
/* The message at place, whose parts are there already; usual: of the batch's socket. */
void batch_put(struct batch *batch, unsigned place, const struct wrap *wrap, uint32_t far_end,
	       struct tunnel_usual *usual);
/* An ICMP message of ours to the sender of an inner packet. */
void outbound_tell(struct lane *lane, const unsigned char *packet, const struct inner *inner,
		   uint32_t mtu);

#endif
