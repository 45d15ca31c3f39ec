#ifndef TESTS_BENCH_LOAD_CONNECTION_H
#define TESTS_BENCH_LOAD_CONNECTION_H

#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>

#include "tests/bench/load_answer.h"
#include "tests/bench/load_requests.h"
#include "tests/bench/load_times.h"
#include "tests/bench/load_watch.h"

struct load_address {
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
	} name;
	socklen_t length;
};

/* What all connections share. */
struct load {
	struct load_address address;
	struct load_requests requests;
	size_t next;  /* request that has not been sent yet */
	size_t count; /* how many to send, from the beginning again when there are fewer */
	int64_t stop; /* no new one after this time, and none at all after `limit` */
	int64_t limit;
	long pause; /* microseconds before each request; for one connection */
	int epoll;
	size_t busy; /* connections that wait for an answer */
	size_t answers;
	size_t refused;		  /* of them with a status from 400 on */
	int status;		  /* of the last one */
	int refusal;		  /* of the first one that was refused */
	size_t bytes;		  /* of bodies */
	struct load_times times;  /* from a request to the last byte of its answer */
	struct load_times firsts; /* to the first byte */
	struct load_watch *watch; /* or NULL */
};

struct load_connection {
	struct load *load;
	int fd; /* -1: closed */
	const struct load_request *request;
	size_t sent;
	int64_t begin;
	bool first; /* a byte has come */
	struct answer answer;
	struct load_watcher watcher;
};

/* Sends the next request, if there is one. */
void load_connection_go(struct load_connection *connection);

/* epoll tells of this connection. */
void load_connection_turn(struct load_connection *connection);

#endif
