#ifndef TESTS_BENCH_LOAD_ANSWER_H
#define TESTS_BENCH_LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

enum answer_state {
	ANSWER_STATUS,
	ANSWER_HEADER,
	ANSWER_BODY, /* as long as Content-Length said */
	ANSWER_CHUNK_SIZE,
	ANSWER_CHUNK,
	ANSWER_CHUNK_END,
	ANSWER_TRAILER,
	ANSWER_UNTIL_CLOSE,
	ANSWER_DONE,
};

struct answer {
	enum answer_state state;
	int status;
	bool chunked;
	bool closes; /* the server said so */
	bool sized;  /* there was a Content-Length */
	size_t left; /* of the body or chunk */
	size_t body; /* bytes so far, without the marks of chunks */
	size_t line_length;
	char line[256]; /* longer ones are cut: nothing of interest is longer */
};

struct answer_sink {
	void (*take)(void *context, const char *data, size_t length); /* or NULL */
	void *context;
};

/* Reads on; returns how many bytes belong to this answer. Broken HTTP ends the program. */
size_t answer_feed(struct answer *answer, const char *data, size_t length,
		   const struct answer_sink *sink);

/* The head has been read. */
bool answer_began(const struct answer *answer);

#endif
