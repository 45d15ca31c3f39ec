/* What the sources of the gate know of each other. */
#ifndef AGENT_GATE_PRIVATE_H
#define AGENT_GATE_PRIVATE_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/gate.h"
#include "agent/gate_body.h"
#include "agent/gate_host.h"
#include "agent/gate_scan.h"
#include "agent/http.h"
#include "netops/buffer.h"

enum {
	GATE_IN_SIZE = 16 * 1024,     /* holds the longest head */
	GATE_OUT_SIZE = 64 * 1024,    /* of an answer, what is copied at once */
	GATE_STREAM_SIZE = 64 * 1024, /* of a stream, what the kernel keeps for a slow client */
	GATE_STEPS = 16,	      /* for one connection before it is the next one's turn */
};
_Static_assert((int)GATE_HEAD_MAX < (int)GATE_IN_SIZE, "a head has to fit");

/* What a connection is waiting for; each has a deadline of its own. */
enum gate_phase {
	GATE_IDLE,	/* for a request */
	GATE_RECEIVING, /* for the rest of a request */
	GATE_WORKING,	/* for the answer */
	GATE_TAKING,	/* for the client to take the answer */
	GATE_WATCHING,	/* for the client to take some more of a stream */
	GATE_LINGERING, /* for the client to close */
	GATE_PHASES,
};

/* How far a request is. */
enum gate_stage {
	GATE_STAGE_HEAD,
	GATE_STAGE_BODY,
	GATE_STAGE_ANSWER, /* all of it was handed in */
	GATE_STAGE_LAST,   /* what is to be sent is the end */
	GATE_STAGE_LINGER, /* all was sent; closing now could take it from the client */
	GATE_STAGE_CLOSED,
};

TAILQ_HEAD(gate_list, gate_connection);

/* The connections in each phase, the one that is longest in it first. */
struct gate_phases {
	struct gate_list lists[GATE_PHASES];
	unsigned int count;
};

struct gate_peer {
	struct in6_addr address; /* of unix: :: and the user's number */
	struct gate_phases phases;
};

/* One of the two descriptors of a connection. */
struct gate_end {
	struct gate_connection *connection;
	int fd; /* -1: none */
	bool readable, writable;
	bool hung_up; /* the other side will send no more: read until the end */
	bool ended;   /* that end was read */
	bool watched; /* for being writable */
};

struct gate_connection {
	struct http_client client; /* first: it is cast to its connection */
	struct gate *gate;
	struct gate_peer *peer;
	TAILQ_ENTRY(gate_connection) in_gate, in_peer, in_ready;
	bool is_ready; /* in the gate's list */
	enum gate_phase phase;
	int64_t since; /* milliseconds of the clock */
	size_t taken;  /* bytes of the answer since then */
	enum gate_stage stage;
	bool narrow; /* the kernel keeps little for its client */
	bool deaf;   /* an answer came before the request's end, which nobody will read */
	struct gate_end outside, inside;
	struct in6_addr local;
	struct gate_head head;
	struct gate_body body;
	char *in;		   /* GATE_IN_SIZE bytes, or NULL */
	size_t begin, judged, end; /* in in: to be handed in, to be judged, end */
	struct buffer out;	   /* what the client has no room for now */
	size_t sent;		   /* of out */
};

struct gate {
	struct gate_settings settings;
	struct gate_hosts hosts;
	int fd, listen_fd;
	bool accepting; /* there may be connections to accept */
	bool starved;	/* of descriptors or memory: tries again soon */
	bool handed_in; /* http has something to do */
	int64_t now;	/* milliseconds, of this turn */
	void *peers;	/* a tree of tsearch(3) */
	struct gate_phases phases;
	struct gate_list ready; /* those that can go on */
	unsigned int ready_count;
	struct gate_list closed; /* freed at the end of the turn */
	char out[GATE_OUT_SIZE];
};

/* gate_peer.c */
void gate_phases_init(struct gate_phases *phases);
/* Moves a connection to the end of the phase's list, also when it is in it already. */
void gate_enter(struct gate_connection *connection, enum gate_phase phase);
/* NULL: it has no connection. */
struct gate_peer *gate_peer_find(const struct gate *gate, const struct in6_addr *address);
/* A new connection, which is idle then. -1: out of memory. */
int gate_peer_join(struct gate_connection *connection, const struct in6_addr *address);
void gate_peer_leave(struct gate_connection *connection);
/* Of these the one that can best be spared, or NULL. */
struct gate_connection *gate_victim(const struct gate_phases *phases, int64_t now);

/* gate_connection.c */
/* Takes the descriptor. Without memory it is closed at once. */
void gate_connection_new(struct gate *gate, int fd, const struct in6_addr *peer);
/* Goes on as far as it can. */
void gate_connection_run(struct gate_connection *connection);
/* At once; it is freed at the end of the turn. */
void gate_connection_drop(struct gate_connection *connection);
/* A problem document as the last answer, unless another one has begun. */
void gate_connection_refuse(struct gate_connection *connection, int status, int retry_after,
			    const char *detail);
/* What is in out still leaves; then it ends. */
void gate_connection_finish(struct gate_connection *connection);
/* It is run at the end of this turn, or in the next one. */
void gate_connection_wake(struct gate_connection *connection);

/* gate_relay.c; all of them: true if something moved */
int gate_relay_watch(struct gate *gate, struct gate_end *end);
void gate_relay_close(struct gate_end *end);
/* Client to in. */
bool gate_relay_read(struct gate_connection *connection);
/* in to libmicrohttpd. */
bool gate_relay_hand_in(struct gate_connection *connection);
/* libmicrohttpd to client. */
bool gate_relay_hand_out(struct gate_connection *connection);
/* What is in out. */
bool gate_relay_flush(struct gate_connection *connection);
/* Reads and forgets. */
bool gate_relay_discard(struct gate_connection *connection);

/* gate_answer.c */
void gate_answer(struct buffer *out, int status, int retry_after, const char *detail,
		 bool with_body);

#endif
