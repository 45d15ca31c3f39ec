/*
 * One netlink socket: the sender of requests and the reader of dumps. Messages
 * are built with libnl's core (nlmsg_…, nla_…); the answers are read here,
 * because libnl 3.7 knows no extended acknowledgement.
 */
#ifndef NETOPS_NETLINK_H
#define NETOPS_NETLINK_H

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>

#include "netops/error.h"
#include "netops/rehearsal.h"

struct netlink;

/*
 * Opens a socket of a protocol (NETLINK_ROUTE …) in the namespace of the
 * calling thread. The caller frees with netlink_close(). A failure has its
 * errno as number: EPROTONOSUPPORT where the kernel lacks the protocol.
 */
int netlink_open(int protocol, struct netlink **ret, struct error *error);
void netlink_close(struct netlink *netlink);
/* Between uses: gives back what it receives into, which is 64 KiB, wiped. */
void netlink_rest(struct netlink *netlink);
/*
 * Takes the socket away from under whoever uses it, from any thread: what is
 * asked or received from then on fails with ENOTSOCK.
 */
void netlink_cut(struct netlink *netlink);
/*
 * The numbers of this process's sockets in the messages that tell others of their
 * changes (nlmsg_pid): those with these bits above NETLINK_OWN_BITS. A socket whose
 * number is another's is not told apart, which costs a look and nothing else.
 */
enum { NETLINK_OWN_BITS = 12 };
uint32_t netlink_own_numbers(void);
/* From now on its changes pass this gate, which outlives it. */
void netlink_rehearse(struct netlink *netlink, struct rehearsal *rehearsal);
/* Where it comes from, for what is known there of its namespace; NULL if nobody said. */
struct netops;
void netlink_set_home(struct netlink *netlink, struct netops *home);
struct netops *netlink_home(const struct netlink *netlink);
/* True while they are withheld: there is nothing to be verified. */
bool netlink_rehearses(const struct netlink *netlink);
/* For SO_NETNS_COOKIE and the like. */
int netlink_fd(const struct netlink *netlink);
/* True for ever after an answer that was not read to its end: only good for closing. */
bool netlink_spoiled(const struct netlink *netlink);

/* A new message, or NULL with the error filled; flags beside NLM_F_REQUEST. Free: nlmsg_free(). */
struct nl_msg *netlink_message(int type, int flags, const void *header, size_t length,
			       struct error *error);
#define CLEANUP_MESSAGE __attribute__((cleanup(netlink_message_cleanup)))
void netlink_message_cleanup(struct nl_msg **message);

/* What is called for each message of an answer; -1 with the error filled ends it. */
typedef int netlink_record(const struct nlmsghdr *header, void *context, struct error *error);

/*
 * Sends what changes something and waits for the acknowledgement. On failure the
 * error has the kernel's errno as number, its words, and the offset of the
 * attribute. In a rehearsal (netops.h) nothing is sent, and that is a success.
 */
int netlink_request(struct netlink *netlink, struct nl_msg *message, struct error *error);
/* The same with what the kernel says of it (NLM_F_ECHO); in a rehearsal that is nothing. */
int netlink_request_echo(struct netlink *netlink, struct nl_msg *message,
			 netlink_record *record, void *context, struct error *error);

/*
 * Sends a question, which changes nothing, and hands over its answer (usually
 * one message). Not for dumps.
 */
int netlink_get(struct netlink *netlink, struct nl_msg *message, netlink_record *record,
		void *context, struct error *error);

/*
 * The same for a dump. A dump that the kernel marks as interrupted
 * (NLM_F_DUMP_INTR) is not consistent and is done again, at most
 * READING_TRIES times (netops/reading.h): then restart is called so that the caller forgets
 * what it heard. Afterwards ERROR_BUSY.
 */
int netlink_dump(struct netlink *netlink, struct nl_msg *message, netlink_record *record,
		 void (*restart)(void *context), void *context, struct error *error);

/*
 * A dump that is taken message by message, at the pace of whoever takes: beside
 * the socket nothing is held in the kernel, and of the answer one piece here.
 * Nothing else may be asked on the socket until the end.
 */
struct netlink_cursor {
	struct netlink *netlink;
	const struct nlmsghdr *next; /* of the piece that is held, with the rest of its bytes */
	int rest;
	bool done;	  /* the kernel has said all */
	bool interrupted; /* NLM_F_DUMP_INTR was heard: it is not consistent */
};
/* Sends. */
int netlink_cursor_begin(struct netlink_cursor *cursor, struct netlink *netlink,
			 struct nl_msg *message, struct error *error);
/* 1: *ret is the next one, borrowed until the next call; 0: there are no more; -1. */
int netlink_cursor_next(struct netlink_cursor *cursor, const struct nlmsghdr **ret,
			struct error *error);
/* At any place; one that was not done leaves a socket that is spoiled. Legal twice. */
void netlink_cursor_end(struct netlink_cursor *cursor);

/*
 * What an attribute holds, however short the kernel made it: a number by its own
 * width (1, 2 or 4 bytes, host order), 0 for any other; a text, cut at size. A
 * NULL attribute is 0 and "".
 */
uint32_t netlink_number(const struct nlattr *attribute);
void netlink_text(const struct nlattr *attribute, char *ret, size_t size);

/*
 * The attribute types on the way to the attribute at this offset of the
 * message, outermost first. Returns how many (0: none there).
 */
unsigned int netlink_path_at(const struct nlmsghdr *header, size_t header_length,
			     uint32_t offset, uint16_t *path, unsigned int size);

#endif
