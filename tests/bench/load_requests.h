#ifndef TESTS_BENCH_LOAD_REQUESTS_H
#define TESTS_BENCH_LOAD_REQUESTS_H

#include <stddef.h>

struct load_request {
	char *data; /* as it goes out */
	size_t length;
};

struct load_requests {
	struct load_request *list;
	size_t count;
};

/* One request: method, target, and the body or NULL. headers: lines that end by CRLF. */
void load_requests_add(struct load_requests *requests, const char *method, const char *target,
		       const char *body, const char *headers);

/* Each line of a file is METHOD TARGET [BODY]. */
void load_requests_read(struct load_requests *requests, const char *path, const char *headers);

#endif
