/*
 * Requests go out one at a time; answers are matched by sequence number, so
 * that what is left of an abandoned answer is passed over.
 */
#include "netops/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECEIVE_SIZE = 64 * 1024, /* the kernel fills up to 32 KiB of a dump per read */
	SOCKET_BUFFER = 1024 * 1024,
};

struct netlink {
	int fd;
	uint32_t sequence;
	struct rehearsal *rehearsal; /* NULL: all is sent */
	bool spoiled;		     /* once and for all */
	_Alignas(struct nlmsghdr) char data[RECEIVE_SIZE];
};

/* What one exchange with the kernel needs to know. */
struct exchange {
	struct netlink *netlink;
	netlink_record *record;
	void *context;
	bool interrupted, done;
};

/* Older kernels lack some; everything here works without, only less well. */
static void netlink_option(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

int netlink_open(int protocol, struct netlink **ret, struct error *error)
{
	struct netlink *netlink = calloc(1, sizeof(*netlink));

	if (!netlink)
		return error_errno(error, ENOMEM, "opening a netlink socket");
	netlink->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (netlink->fd < 0) {
		error_errno(error, errno, "opening a netlink socket");
		free(netlink);
		return -1;
	}
	netlink_option(netlink->fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	netlink_option(netlink->fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	netlink_option(netlink->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
	netlink_option(netlink->fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	netlink_option(netlink->fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	*ret = netlink;
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (!netlink)
		return;
	close(netlink->fd);
	/* The keys of IPsec pass through it. */
	explicit_bzero(netlink->data, sizeof(netlink->data));
	free(netlink);
}

void netlink_rehearse(struct netlink *netlink, struct rehearsal *rehearsal)
{
	netlink->rehearsal = rehearsal;
}

bool netlink_rehearses(const struct netlink *netlink)
{
	return netlink->rehearsal && netlink->rehearsal->on;
}

bool netlink_spoiled(const struct netlink *netlink)
{
	return netlink->spoiled;
}

int netlink_fd(const struct netlink *netlink)
{
	return netlink->fd;
}

struct nl_msg *netlink_message(int type, int flags, const void *header, size_t length,
			       struct error *error)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (message && !nlmsg_append(message, (void *)(uintptr_t)header, length, NLMSG_ALIGNTO))
		return message;
	nlmsg_free(message);
	error_errno(error, ENOMEM, "building a netlink message");
	return NULL;
}

void netlink_message_cleanup(struct nl_msg **message)
{
	nlmsg_free(*message);
}

static int netlink_send(struct netlink *netlink, struct nl_msg *message, struct error *error)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	ssize_t sent;

	header->nlmsg_seq = ++netlink->sequence;
	do
		sent = send(netlink_fd(netlink), header, header->nlmsg_len, 0);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_errno(error, errno, "sending to the kernel");
	return 0;
}

uint32_t netlink_number(const struct nlattr *attribute)
{
	switch (attribute ? nla_len(attribute) : 0) {
	case 1:
		return nla_get_u8(attribute);
	case 2:
		return nla_get_u16(attribute);
	case 4:
		return nla_get_u32(attribute);
	default:
		return 0;
	}
}

void netlink_text(const struct nlattr *attribute, char *ret, size_t size)
{
	snprintf(ret, size, "%.*s", attribute ? nla_len(attribute) : 0,
		 attribute ? (const char *)nla_data(attribute) : "");
}

/* The type-length-values behind an acknowledgement: the kernel's words, and where it stumbled. */
static void netlink_extended(const struct nlmsghdr *header, struct error *error)
{
	const struct nlmsgerr *ack = nlmsg_data(header);
	size_t length = (size_t)nlmsg_datalen(header), skip = sizeof(*ack);
	const struct nlattr *attribute;
	int rest;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) || length < skip)
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += (size_t)ack->msg.nlmsg_len - sizeof(ack->msg);
	if (skip > length)
		return;
	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)header, (int)skip, rest)
	{
		if (nla_type(attribute) == NLMSGERR_ATTR_MSG)
			netlink_text(attribute, error->kernel, sizeof(error->kernel));
		else if (nla_type(attribute) == NLMSGERR_ATTR_OFFS)
			error->offset = netlink_number(attribute);
	}
}

static int netlink_acknowledged(const struct nlmsghdr *header, struct exchange *exchange,
				struct error *error)
{
	const struct nlmsgerr *ack = nlmsg_data(header);

	exchange->done = true;
	/* The end of a dump carries an errno, too. */
	if (nlmsg_datalen(header) < (int)sizeof(ack->error) || !ack->error)
		return 0;
	error_errno(error, ack->error < 0 && ack->error > -4096 ? -ack->error : EPROTO,
		    "the kernel refused");
	if (header->nlmsg_type == NLMSG_ERROR)
		netlink_extended(header, error);
	return -1;
}

static int netlink_one(const struct nlmsghdr *header, struct exchange *exchange,
		       struct error *error)
{
	if (header->nlmsg_seq != exchange->netlink->sequence)
		return 0;
	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		exchange->interrupted = true;
	if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE)
		return netlink_acknowledged(header, exchange, error);
	if (header->nlmsg_type == NLMSG_NOOP || !exchange->record)
		return 0;
	return exchange->record(header, exchange->context, error);
}

static int netlink_receive(struct exchange *exchange, struct error *error)
{
	struct netlink *netlink = exchange->netlink;
	const struct nlmsghdr *header;
	ssize_t length;
	int rest;

	do
		length = recv(netlink_fd(netlink), netlink->data, sizeof(netlink->data),
			      MSG_TRUNC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return error_errno(error, errno, "reading from the kernel");
	if ((size_t)length > sizeof(netlink->data))
		return error_set(error, ERROR_INTERNAL,
				 "a netlink message of %zd bytes was cut", length);
	rest = (int)length;
	for (header = (const struct nlmsghdr *)netlink->data; nlmsg_ok(header, rest);
	     header = nlmsg_next((struct nlmsghdr *)(uintptr_t)header, &rest)) {
		if (netlink_one(header, exchange, error))
			return -1;
	}
	return 0;
}

static int netlink_exchange(struct exchange *exchange, struct nl_msg *message,
			    struct error *error)
{
	if (netlink_send(exchange->netlink, message, error))
		return -1;
	while (!exchange->done) {
		if (netlink_receive(exchange, error)) {
			exchange->netlink->spoiled |= !exchange->done;
			return -1;
		}
	}
	return 0;
}

int netlink_request(struct netlink *netlink, struct nl_msg *message, struct error *error)
{
	return netlink_request_echo(netlink, message, NULL, NULL, error);
}

int netlink_request_echo(struct netlink *netlink, struct nl_msg *message,
			 netlink_record *record, void *context, struct error *error)
{
	if (netlink->rehearsal && rehearsal_withholds(netlink->rehearsal))
		return 0;
	return netlink_get(netlink, message, record, context, error);
}

int netlink_get(struct netlink *netlink, struct nl_msg *message, netlink_record *record,
		void *context, struct error *error)
{
	struct exchange exchange = { .netlink = netlink, .record = record, .context = context };

	/* The acknowledgement behind the answer is what ends it. */
	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_ACK;
	return netlink_exchange(&exchange, message, error);
}

int netlink_dump(struct netlink *netlink, struct nl_msg *message, netlink_record *record,
		 void (*restart)(void *context), void *context, struct error *error)
{
	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
	for (int i = 0; i < NETLINK_DUMP_TRIES; i++) {
		struct exchange exchange = { .netlink = netlink,
					     .record = record,
					     .context = context };

		if (i && restart)
			restart(context);
		if (netlink_exchange(&exchange, message, error))
			return -1;
		if (!exchange.interrupted)
			return 0;
	}
	return error_set(error, ERROR_BUSY,
			 "the kernel's table changed under each of %d readings; try again",
			 NETLINK_DUMP_TRIES);
}

unsigned int netlink_path_at(const struct nlmsghdr *header, size_t header_length,
			     uint32_t offset, uint16_t *path, unsigned int size)
{
	const char *start = (const char *)header;
	const struct nlattr *attribute = nlmsg_attrdata(header, (int)header_length);
	int rest = nlmsg_attrlen(header, (int)header_length);
	unsigned int depth = 0;

	while (depth < size && nla_ok(attribute, rest)) {
		uint32_t at = (uint32_t)((const char *)attribute - start);

		if (offset >= at + (uint32_t)NLA_ALIGN(attribute->nla_len)) {
			attribute = nla_next(attribute, &rest);
			continue;
		}
		if (offset < at)
			return 0;
		path[depth++] = (uint16_t)nla_type(attribute);
		if (offset < at + NLA_HDRLEN)
			return depth;
		rest = nla_len(attribute);
		attribute = nla_data(attribute);
	}
	return 0;
}
