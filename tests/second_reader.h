/*
 * A second reader of requests, to hold the agent's against: written from RFC 9112
 * in another way (whole texts, cut by searching), and sharing no code with it.
 */
#ifndef TESTS_SECOND_READER_H
#define TESTS_SECOND_READER_H

#include <stdbool.h>
#include <stddef.h>

struct second_reading {
	bool good;     /* whole, and nothing wrong with how it is written; else the end */
	size_t length; /* bytes, when good */
	bool is_head;  /* the method */
	bool stays;    /* the client wants to go on */
	bool expects;  /* it wants to hear of a refusal before it sends the body */
};

/* The request at the beginning of all that a client ever sends. */
struct second_reading second_read(const char *bytes, size_t length);

#endif
