/* What the sources of the HTTP server know of each other. */
#ifndef AGENT_HTTP_PRIVATE_H
#define AGENT_HTTP_PRIVATE_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/http.h"
#include "agent/http_body.h"
#include "agent/http_head.h"
#include "agent/http_host.h"
#include "agent/workers.h"
#include "api/api.h"
#include "intent/clock.h"
#include "api/load.h"

enum {
	HTTP_IN_SIZE = 16 * 1024,      /* holds the longest head */
	HTTP_NARROW_SIZE = 64 * 1024,  /* of events, what the kernel keeps for a slow client */
	HTTP_UNSENT_SIZE = 256 * 1024, /* over TCP, what it keeps and has not sent */
	HTTP_STEPS = 16,	       /* for one connection before it is the next one's turn */
	/* What is read and dropped of a refused request, so that its connection can stay. */
	HTTP_DISCARD_BYTES = 1024 * 1024,
	/* A body may always be so long; the longer ones share the rest. */
	HTTP_BODY_BYTES = 64 * 1024,
	HTTP_BODIES_BYTES = 64 * 1024 * 1024,
};
_Static_assert((int)HTTP_HEAD_MAX < (int)HTTP_IN_SIZE, "a head has to fit");

/* What a connection is waiting for; each has a deadline of its own. */
enum http_phase {
	HTTP_IDLE,	/* for a request */
	HTTP_RECEIVING, /* for the rest of a request */
	HTTP_WORKING,	/* for the answer */
	HTTP_TAKING,	/* for the client to take the answer */
	HTTP_WATCHING,	/* for the client to take some more of a stream of events */
	HTTP_LINGERING, /* for the client to close */
	HTTP_PHASES,
};

/* How far a request is. */
enum http_stage {
	HTTP_STAGE_HEAD,
	HTTP_STAGE_BODY,
	HTTP_STAGE_WORK,   /* it has arrived, and the answer is being made */
	HTTP_STAGE_STREAM, /* of the answer there is more to come than is in out */
	HTTP_STAGE_ANSWER, /* what is in out is the rest of it */
	HTTP_STAGE_LAST,   /* what is in out is the end */
	HTTP_STAGE_LINGER, /* all was sent; closing now could take it from the client */
	HTTP_STAGE_CLOSED,
};

TAILQ_HEAD(http_list, http_connection);
TAILQ_HEAD(http_streams, http_stream);

/* The connections in each phase, the one that is longest in it first. */
struct http_phases {
	struct http_list lists[HTTP_PHASES];
	unsigned int count;
};

struct http_peer {
	struct in6_addr address; /* of unix: :: and the user's number */
	struct http_phases phases;
};

/* What has been received, and not yet been looked at to its end. */
struct http_input {
	size_t begin, end; /* in bytes */
	struct http_head head;
	char bytes[HTTP_IN_SIZE];
};

/* What is to be sent: the lines in front, and what they announce. */
struct http_output {
	struct buffer lines, body;
	size_t sent; /* of both */
};

struct http_connection {
	struct http *http;
	struct http_peer *peer;
	TAILQ_ENTRY(http_connection) in_http, in_peer, in_ready;
	bool is_ready; /* in the server's list */
	enum http_phase phase;
	int64_t since; /* milliseconds of the clock */
	size_t taken;  /* bytes of the answer since then */
	enum http_stage stage;
	int fd;
	bool readable, writable;
	bool hung_up; /* the client will send no more: read until the end */
	bool ended;   /* that end was read */
	bool watched; /* for being writable */
	bool narrow;  /* the kernel keeps little for its client */
	bool closing; /* behind the answer that is being sent */
	struct in6_addr local;
	struct http_input *in;	      /* NULL: nothing */
	struct http_body body;	      /* of the request */
	struct http_request *request; /* NULL: its head has not arrived */
	struct http_output out;
};

/* An answer that is made as the client takes it. */
struct http_stream {
	TAILQ_ENTRY(http_stream) in_http; /* while it is asleep */
	bool asleep;			  /* until something has happened */
	bool made;			  /* next is to be sent */
	bool chunked;
	enum api_stream_state state; /* behind next */
	struct buffer next;	     /* the window behind the one that is being sent */
	struct buffer spare;	     /* was sent; its memory is used again */
	int64_t due;		     /* when the heartbeat is, milliseconds of the clock */
};

/* The lines of one field, joined. */
struct http_joined {
	struct http_joined *next;
	char text[];
};

struct http_request {
	struct workers_job job; /* first: a job is cast to its request */
	struct http *http;
	struct http_connection *connection; /* NULL: the client is gone */
	bool working;			    /* job is with the workers */
	bool answered;			    /* answer is filled, and can leave */
	bool is_head, is_old;		    /* HEAD; HTTP/1.0 */
	bool stays;			    /* the connection may, as far as the client goes */
	bool expects;			    /* 100 (Continue) */
	bool sent;			    /* all of the answer */
	int status;			    /* of what was sent; 0: nothing */
	int64_t started;		    /* microseconds of the clock */
	uint64_t length;		    /* of the body, as announced */
	uint64_t limit;			    /* of the body */
	struct buffer body;
	struct api_call call;
	struct api_answer answer;
	struct http_stream stream;
	struct http_joined *joined; /* fields that came in several lines */
	const char *method, *target, *text;
	unsigned int line_count;
	struct http_line lines[]; /* they point into text, which stands behind them */
};

struct http {
	struct http_settings settings;
	struct http_hosts hosts;
	int fd, listen_fd;
	bool accepting; /* there may be connections to accept */
	bool starved;	/* of descriptors or memory: tries again soon */
	bool stopping;
	int64_t now; /* milliseconds, of this turn */
	size_t held; /* bytes of all bodies that are kept */
	void *peers; /* a tree of tsearch(3) */
	struct http_phases phases;
	struct http_list ready; /* those that can go on */
	unsigned int ready_count;
	struct http_list closed; /* freed at the end of the turn */
	struct http_streams asleep;
	struct http_input *spare_in; /* used again, as is the next; or NULL */
	struct buffer spare_lines;
	int64_t date_second; /* of the text that follows */
	char date[32];
	char scratch[64 * 1024]; /* for what is read and forgotten */
};

/* Where it is counted how busy it is. */
static inline struct api_load *http_load(const struct http *http)
{
	return api_load(http->settings.api);
}

/* http_peer.c */
void http_phases_init(struct http_phases *phases);
/* Moves a connection to the end of the phase's list, also when it is in it already. */
void http_enter(struct http_connection *connection, enum http_phase phase);
/* NULL: it has no connection. */
struct http_peer *http_peer_find(const struct http *http, const struct in6_addr *address);
/* A new connection, which is idle then. -1: out of memory. */
int http_peer_join(struct http_connection *connection, const struct in6_addr *address);
void http_peer_leave(struct http_connection *connection);
/* Of these the one that can best be spared, or NULL. */
struct http_connection *http_victim(const struct http_phases *phases, int64_t now);

/* http_accept.c */
/* As many as wait, or as there is room and time for in one turn. */
void http_accept(struct http *http);

/* http_connection.c */
/* Takes the descriptor. Without memory it is closed at once. */
void http_connection_new(struct http *http, int fd, const struct in6_addr *peer);
/* Goes on as far as it can. */
void http_connection_run(struct http_connection *connection);
/* At once; it is freed at the end of the turn. */
void http_connection_drop(struct http_connection *connection);
/* The client is told by a reset, where there is one, that something is missing. */
void http_connection_cut(struct http_connection *connection);
/* A problem document as the last answer, unless another one has begun. */
void http_connection_refuse(struct http_connection *connection, int status, int retry_after,
			    const char *detail);
/* The same, and as much of it as possible is sent. */
void http_connection_refuse_now(struct http_connection *connection, int status, int retry_after,
				const char *detail);
/* It is run at the end of this turn, or in the next one. */
void http_connection_wake(struct http_connection *connection);

/* http_socket.c; true: something moved */
int http_socket_watch(struct http_connection *connection);
/* Client to in. */
bool http_socket_read(struct http_connection *connection);
/* out to client. */
bool http_socket_flush(struct http_connection *connection);
/* The lines of out, to write more of them. */
struct buffer *http_socket_lines(struct http_connection *connection);
/* Reads and forgets. */
bool http_socket_discard(struct http_connection *connection);
/* What waits in the kernel gets old: a slow watcher had better learn of a gap. */
void http_socket_make_narrow(struct http_connection *connection);

/* http_answer.c */
/* How a client can tell where an answer ends. */
enum http_end {
	HTTP_END_LENGTH,  /* Content-Length */
	HTTP_END_NO_BODY, /* it has none, and no length is told */
	HTTP_END_CHUNKS,
	HTTP_END_CLOSE,
};
/* The head. word: of Connection, or NULL. */
void http_answer_head(struct http *http, const struct api_answer *answer, enum http_end end,
		      const char *word, struct buffer *lines);
/* A problem document as one text, and the end of the connection. */
void http_answer_refusal(struct http *http, const struct api_answer *answer, bool with_body,
			 struct buffer *text);

/* http_request.c */
/* The head of in is good. NULL: out of memory. */
struct http_request *http_request_new(struct http_connection *connection);
/* Has its head looked at, by who may ask and by api/. */
void http_request_accept(struct http_request *request);
/* Is it better to answer now than to read the body of a refused request? */
bool http_request_is_hopeless(const struct http_request *request);
/* A piece of the body. */
void http_request_keep(struct http_request *request, const char *data, size_t length);
/* All of it is there: the answer is made now, or later. */
void http_request_complete(struct http_request *request);
/* Begins to send what is in answer. */
void http_request_answer(struct http_request *request);
/* Its job is: it goes on, or ends where nobody waits for it any more. */
void http_request_back(struct http_request *request);
/* Its connection ends or goes on without it. */
void http_request_leave(struct http_request *request);

/* http_request_fields.c */
/* As api_request.header; context: the request. The text lives as long as that. */
const char *http_request_header(const struct api_request *head, const char *name);
void http_request_drop_joined(struct http_request *request);

/* http_stream.c */
/* The head is in the lines of out, the first window in the answer. */
void http_stream_begin(struct http_request *request);
/* out is empty. */
bool http_stream_step(struct http_request *request);
/* out was sent; takes its body. */
void http_stream_recycle(struct http_request *request, struct buffer *body);
void http_stream_end(struct http_request *request);
/* The heartbeat is due now. */
void http_stream_beat(struct http_request *request);
/* When the first that sleeps is due, milliseconds of the clock; INT64_MAX: never. */
int64_t http_streams_due(const struct http *http);
/* Those that are due until then. */
void http_streams_wake(struct http *http, int64_t due);

#endif
