/*
 * Requests go out one at a time; answers are matched by sequence number, so
 * that what is left of an abandoned answer is passed over. A dump is a cursor
 * over the kernel's answer: one piece of it is held, and the kernel makes the
 * next one when it is asked for. All that waits for a whole answer walks such a
 * cursor to its end.
 */
#include "netops/netlink_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/kernel_count.h"
#include "netops/reading.h"

enum {
	RECEIVE_SIZE = 64 * 1024, /* the kernel fills up to 32 KiB of a dump per read */
	SOCKET_BUFFER = 1024 * 1024,
};

struct netlink {
	int fd, protocol;
	uint32_t sequence;
	struct rehearsal *rehearsal; /* NULL: all is sent */
	struct netops *home;	     /* NULL: of nobody */
	bool spoiled;		     /* once and for all */
	char *data;		     /* RECEIVE_SIZE bytes; NULL: nothing was received yet */
	size_t used;		     /* bytes of it that have held something */
};

/* Older kernels lack some; everything here works without, only less well. */
static void netlink_option(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

/* Above what the kernel gives by itself: the process's, which is below 2^22, or negative ones. */
uint32_t netlink_own_numbers(void)
{
	return UINT32_C(0x54) << 24 | ((uint32_t)getpid() & 0xfff) << NETLINK_OWN_BITS;
}

/* One that nobody has in this namespace; without, the kernel gives one of its own. */
static void netlink_take_number(int fd)
{
	enum { TRIES = 8 };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	uint32_t numbers[TRIES];

	if (getrandom(numbers, sizeof(numbers), GRND_NONBLOCK) != sizeof(numbers))
		return;
	for (int i = 0; i < TRIES; i++) {
		address.nl_pid = netlink_own_numbers() |
				 (numbers[i] & ((1u << NETLINK_OWN_BITS) - 1));
		if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
		    errno != EADDRINUSE)
			return;
	}
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
	netlink->protocol = protocol;
	netlink_take_number(netlink->fd);
	netlink_option(netlink->fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	netlink_option(netlink->fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	netlink_option(netlink->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
	/* As much as the machine's limit allows, which is little; then what is needed, if it may. */
	netlink_option(netlink->fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	netlink_option(netlink->fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER);
	netlink_option(netlink->fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	*ret = netlink;
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (!netlink)
		return;
	close(netlink->fd);
	netlink_rest(netlink);
	free(netlink);
}

/* The keys of IPsec pass through it. */
void netlink_rest(struct netlink *netlink)
{
	if (netlink->data)
		explicit_bzero(netlink->data, netlink->used);
	free(netlink->data);
	netlink->data = NULL;
	netlink->used = 0;
}

/*
 * The number of the descriptor stays taken, so that whoever is about to receive
 * finds something that is no socket, and never somebody else's.
 */
void netlink_cut(struct netlink *netlink)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (nothing < 0)
		return;
	dup3(nothing, netlink->fd, O_CLOEXEC);
	close(nothing);
}

void netlink_rehearse(struct netlink *netlink, struct rehearsal *rehearsal)
{
	netlink->rehearsal = rehearsal;
}

void netlink_set_home(struct netlink *netlink, struct netops *home)
{
	netlink->home = home;
}

struct netops *netlink_home(const struct netlink *netlink)
{
	return netlink->home;
}

bool netlink_rehearses(const struct netlink *netlink)
{
	return netlink->rehearsal && netlink->rehearsal->on;
}

bool netlink_spoiled(const struct netlink *netlink)
{
	return netlink->spoiled;
}

void netlink_note_request(const struct netlink *netlink, const struct nlmsghdr *header)
{
	kernel_count_request(netops_counts(netlink->home), netlink->protocol, header);
}

int netlink_note_error(const struct netlink *netlink, int number, const char *what,
		       struct error *error)
{
	kernel_count_error(netops_counts(netlink->home), number);
	return error_errno(error, number, "%s", what);
}

int netlink_judge(const struct netlink *netlink, const struct nlmsghdr *header,
		  struct error *error)
{
	int result = netlink_verdict(header, error);

	if (result)
		kernel_count_error(netops_counts(netlink->home), error->number);
	return result;
}

void netlink_spoil(struct netlink *netlink)
{
	netlink->spoiled = true;
}

uint32_t netlink_number_requests(struct netlink *netlink, size_t count)
{
	uint32_t first = netlink->sequence + 1;

	netlink->sequence += (uint32_t)count;
	return first;
}

bool netlink_withholds(struct netlink *netlink, size_t count)
{
	bool withheld = false;

	while (netlink->rehearsal && count--)
		withheld = rehearsal_withholds(netlink->rehearsal);
	return withheld;
}

int netlink_fd(const struct netlink *netlink)
{
	return netlink->fd;
}

static int netlink_send(struct netlink *netlink, struct nl_msg *message, struct error *error)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	ssize_t sent;

	header->nlmsg_seq = ++netlink->sequence;
	netlink_note_request(netlink, header);
	do
		sent = send(netlink_fd(netlink), header, header->nlmsg_len, 0);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return netlink_note_error(netlink, errno, "sending to the kernel", error);
	return 0;
}

static int netlink_receive(struct netlink *netlink, int *ret_length, struct error *error)
{
	ssize_t length;

	if (!netlink->data)
		netlink->data = malloc(RECEIVE_SIZE);
	if (!netlink->data)
		return error_errno(error, ENOMEM, "reading from the kernel");
	do
		length = recv(netlink_fd(netlink), netlink->data, RECEIVE_SIZE, MSG_TRUNC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return netlink_note_error(netlink, errno, "reading from the kernel", error);
	if (length > RECEIVE_SIZE)
		return error_set(error, ERROR_INTERNAL,
				 "a netlink message of %zd bytes was cut", length);
	if (netlink->used < (size_t)length)
		netlink->used = (size_t)length;
	*ret_length = (int)length;
	return 0;
}

static int netlink_cursor_send(struct netlink_cursor *cursor, struct netlink *netlink,
			       struct nl_msg *message, struct error *error)
{
	*cursor = (struct netlink_cursor){ .netlink = netlink };
	if (!netlink_send(netlink, message, error))
		return 0;
	cursor->done = true;
	return -1;
}

int netlink_cursor_begin(struct netlink_cursor *cursor, struct netlink *netlink,
			 struct nl_msg *message, struct error *error)
{
	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
	return netlink_cursor_send(cursor, netlink, message, error);
}

/* The next one of any kind, from the piece that is held or from another. */
static int netlink_cursor_take(struct netlink_cursor *cursor, const struct nlmsghdr **ret,
			       struct error *error)
{
	while (!cursor->next || cursor->rest < NLMSG_HDRLEN ||
	       !NLMSG_OK(cursor->next, (unsigned int)cursor->rest)) {
		if (netlink_receive(cursor->netlink, &cursor->rest, error))
			return -1;
		cursor->next = (const struct nlmsghdr *)cursor->netlink->data;
	}
	*ret = cursor->next;
	cursor->rest -= (int)NLMSG_ALIGN((*ret)->nlmsg_len);
	cursor->next = (const void *)((const char *)*ret + NLMSG_ALIGN((*ret)->nlmsg_len));
	return 0;
}

static void netlink_cursor_interrupt(struct netlink_cursor *cursor)
{
	struct kernel_counts *counts = netops_counts(cursor->netlink->home);

	if (!cursor->interrupted && counts)
		kernel_count(&counts->interrupted);
	cursor->interrupted = true;
}

int netlink_cursor_next(struct netlink_cursor *cursor, const struct nlmsghdr **ret,
			struct error *error)
{
	const struct nlmsghdr *header;

	while (!cursor->done) {
		if (netlink_cursor_take(cursor, &header, error))
			return -1;
		if (header->nlmsg_seq != cursor->netlink->sequence)
			continue;
		if (header->nlmsg_flags & NLM_F_DUMP_INTR)
			netlink_cursor_interrupt(cursor);
		cursor->done = header->nlmsg_type == NLMSG_ERROR ||
			       header->nlmsg_type == NLMSG_DONE;
		if (cursor->done)
			return netlink_judge(cursor->netlink, header, error) ? -1 : 0;
		if (header->nlmsg_type == NLMSG_NOOP)
			continue;
		*ret = header;
		return 1;
	}
	return 0;
}

void netlink_cursor_end(struct netlink_cursor *cursor)
{
	if (cursor->netlink)
		cursor->netlink->spoiled |= !cursor->done;
	cursor->netlink = NULL;
	cursor->done = true;
}

static int netlink_exchange(struct netlink_cursor *cursor, netlink_record *record,
			    void *context, struct error *error)
{
	const struct nlmsghdr *header;
	int more;

	while ((more = netlink_cursor_next(cursor, &header, error)) > 0) {
		if (record && record(header, context, error))
			break;
	}
	netlink_cursor_end(cursor);
	return more ? -1 : 0;
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
	struct netlink_cursor cursor;

	/* The acknowledgement behind the answer is what ends it. */
	nlmsg_hdr(message)->nlmsg_flags |= NLM_F_ACK;
	if (netlink_cursor_send(&cursor, netlink, message, error))
		return -1;
	return netlink_exchange(&cursor, record, context, error);
}

int netlink_dump(struct netlink *netlink, struct nl_msg *message, netlink_record *record,
		 void (*restart)(void *context), void *context, struct error *error)
{
	for (int i = 0; i < READING_TRIES; i++) {
		struct netlink_cursor cursor;

		if (i && restart)
			restart(context);
		if (netlink_cursor_begin(&cursor, netlink, message, error) ||
		    netlink_exchange(&cursor, record, context, error))
			return -1;
		if (!cursor.interrupted)
			return 0;
	}
	return reading_restless(error);
}
