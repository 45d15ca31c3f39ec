/*
 * A window is what leaves together and is answered before more leaves. So what
 * waits to be read is bounded, and an answer cannot be lost for want of room: the
 * kernel does a window within send(), and its answers wait in the socket's buffer.
 */
#include "netops/netlink_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netops/netlink_private.h"

enum {
	BATCH_BYTES = 64 * 1024, /* of a window */
	BATCH_WINDOW = 600,	 /* messages; each may wait with a kilobyte of answer */
	BATCH_ECHO = 4,		 /* times a message's length is what its echo may take */
	BATCH_ROOM =
		1024 * 1024, /* of answers; less where the socket has less than twice that */
	BATCH_READS = 32,    /* answers per system call */
	BATCH_READ = 32 * 1024,
};

struct sending {
	struct netlink *netlink;
	const struct netlink_batch *batch;
	unsigned char *fates;
	uint32_t first;		  /* the sequence number of message 0 */
	size_t count, begin, end; /* of all, of the window */
	size_t room;		  /* for the answers of a window */
	size_t failed;
	bool through; /* the last of the window is answered */
	size_t length;
	struct error *error; /* of the first refusal */
	char data[BATCH_BYTES];
	struct mmsghdr heads[BATCH_READS];
	struct iovec places[BATCH_READS];
	_Alignas(struct nlmsghdr) char answers[BATCH_READS][BATCH_READ];
};

/* A message of its own may be larger than a window: then it goes alone, from where it is. */
static int sending_put(struct sending *sending, const struct nlmsghdr *header)
{
	size_t length = NLMSG_ALIGN(header->nlmsg_len);

	if (length > sizeof(sending->data) - sending->length)
		return -1;
	memcpy(sending->data + sending->length, header, header->nlmsg_len);
	sending->length += length;
	return 0;
}

/* The window's messages; its last one is to be answered in any case. */
static int sending_fill(struct sending *sending, struct error *error)
{
	const struct netlink_batch *batch = sending->batch;
	struct nlmsghdr *last = NULL;
	size_t room = 0;

	sending->length = 0;
	sending->end = sending->begin;
	while (sending->end < sending->count && sending->end - sending->begin < BATCH_WINDOW &&
	       room < sending->room) {
		struct nl_msg *message CLEANUP_MESSAGE =
			batch->message(sending->end, batch->context, error);
		char *place = sending->data + sending->length;

		if (!message)
			return -1;
		nlmsg_hdr(message)->nlmsg_seq = sending->first + (uint32_t)sending->end;
		room += 1024 + (size_t)BATCH_ECHO * nlmsg_hdr(message)->nlmsg_len;
		if (sending_put(sending, nlmsg_hdr(message))) {
			if (last)
				break;
			return error_set(error, ERROR_INTERNAL,
					 "a netlink message is too large");
		}
		last = (struct nlmsghdr *)(void *)place;
		netlink_note_request(sending->netlink, last);
		sending->end++;
	}
	if (last)
		last->nlmsg_flags |= NLM_F_ACK;
	return 0;
}

static void sending_refused(struct sending *sending, size_t index,
			    const struct nlmsghdr *header)
{
	bool (*forgives)(const struct error *error) = sending->batch->forgives;
	struct error why;

	error_clear(&why);
	netlink_judge(sending->netlink, header, &why);
	sending->fates[index] = NETLINK_REFUSED;
	if ((forgives && forgives(&why)) || index >= sending->failed)
		return;
	sending->failed = index;
	*sending->error = why;
}

static int sending_heard(struct sending *sending, const struct nlmsghdr *header,
			 struct error *error)
{
	const struct netlink_batch *batch = sending->batch;
	size_t index = header->nlmsg_seq - sending->first;
	struct error ignored;

	/* What is left of an answer that nobody waited for. */
	if (index < sending->begin || index >= sending->end)
		return 0;
	if (header->nlmsg_type != NLMSG_ERROR)
		return batch->echo ? batch->echo(index, header, batch->context, error) : 0;
	sending->through = index + 1 == sending->end;
	error_clear(&ignored);
	if (netlink_verdict(header, &ignored))
		sending_refused(sending, index, header);
	return 0;
}

static int sending_read(struct sending *sending, struct error *error)
{
	int count;

	for (int i = 0; i < BATCH_READS; i++) {
		sending->places[i] = (struct iovec){ sending->answers[i], BATCH_READ };
		sending->heads[i].msg_hdr =
			(struct msghdr){ .msg_iov = &sending->places[i], .msg_iovlen = 1 };
	}
	do
		count = recvmmsg(netlink_fd(sending->netlink), sending->heads, BATCH_READS,
				 MSG_WAITFORONE, NULL);
	while (count < 0 && errno == EINTR);
	return count < 0 ? netlink_note_error(sending->netlink, errno,
					      "reading from the kernel", error) :
			   count;
}

static int sending_answers(struct sending *sending, struct error *error)
{
	int count = sending_read(sending, error);

	for (int i = 0; i < count; i++) {
		const struct nlmsghdr *header = (const void *)sending->answers[i];
		int rest = (int)sending->heads[i].msg_len;

		if (sending->heads[i].msg_hdr.msg_flags & MSG_TRUNC)
			return error_set(error, ERROR_INTERNAL, "a netlink message was cut");
		for (; nlmsg_ok(header, rest);
		     header = nlmsg_next((struct nlmsghdr *)(uintptr_t)header, &rest)) {
			if (sending_heard(sending, header, error))
				return -1;
		}
	}
	return count < 0 ? -1 : 0;
}

static int sending_exchange(struct sending *sending, struct error *error)
{
	ssize_t sent;

	memset(sending->fates + sending->begin, NETLINK_UNKNOWN, sending->end - sending->begin);
	do
		sent = send(netlink_fd(sending->netlink), sending->data, sending->length, 0);
	while (sent < 0 && errno == EINTR);
	if (sent < 0) {
		memset(sending->fates + sending->begin, NETLINK_UNSENT,
		       sending->end - sending->begin);
		return netlink_note_error(sending->netlink, errno, "sending to the kernel",
					  error);
	}
	for (sending->through = false; !sending->through;) {
		if (!sending_answers(sending, error))
			continue;
		netlink_spoil(sending->netlink);
		return -1;
	}
	for (size_t i = sending->begin; i < sending->end; i++) {
		if (sending->fates[i] == NETLINK_UNKNOWN)
			sending->fates[i] = NETLINK_DONE;
	}
	return 0;
}

static int sending_run(struct sending *sending, struct error *error)
{
	while (sending->begin < sending->count && sending->failed == sending->count) {
		if (sending_fill(sending, error)) {
			sending->failed = sending->end;
			return -1;
		}
		if (sending_exchange(sending, error))
			return -1;
		sending->begin = sending->end;
	}
	return sending->failed < sending->count ? -1 : 0;
}

/* What the kernel counts for an answer is more than its bytes. */
static size_t sending_room(const struct netlink *netlink)
{
	int size = 0;
	socklen_t length = sizeof(size);

	if (getsockopt(netlink_fd(netlink), SOL_SOCKET, SO_RCVBUF, &size, &length) ||
	    size / 2 > BATCH_ROOM)
		return BATCH_ROOM;
	return (size_t)size / 2;
}

int netlink_batch(struct netlink *netlink, const struct netlink_batch *batch, size_t count,
		  unsigned char *ret_fates, size_t *ret_failed, struct error *error)
{
	struct sending *sending;
	int result;

	*ret_failed = count;
	memset(ret_fates, NETLINK_UNSENT, count);
	if (netlink_withholds(netlink, count)) {
		memset(ret_fates, NETLINK_DONE, count);
		return 0;
	}
	/* Not zeroed: most of it is never touched. */
	sending = malloc(sizeof(*sending));
	if (!sending)
		return error_errno(error, ENOMEM, "speaking with the kernel");
	sending->netlink = netlink;
	sending->batch = batch;
	sending->fates = ret_fates;
	sending->first = netlink_number_requests(netlink, count);
	sending->count = sending->failed = count;
	sending->begin = sending->end = 0;
	sending->room = sending_room(netlink);
	sending->error = error;
	result = sending_run(sending, error);
	*ret_failed = sending->failed;
	free(sending);
	return result;
}
