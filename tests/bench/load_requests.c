/* Requests are made before the clock runs: what is measured is the server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/load_requests.h"

static void grow(struct load_requests *requests)
{
	if (requests->count & (requests->count - 1))
		return;
	requests->list = realloc(requests->list, (requests->count ? 2 * requests->count : 1) *
							 sizeof(*requests->list));
	if (!requests->list)
		abort();
}

void load_requests_add(struct load_requests *requests, const char *method, const char *target,
		       const char *body, const char *headers)
{
	struct load_request *request;
	char lines[100] = "";

	grow(requests);
	request = &requests->list[requests->count++];
	if (body)
		snprintf(lines, sizeof(lines),
			 "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			 strlen(body));
	request->length = (size_t)asprintf(&request->data,
					   "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s",
					   method, target, headers, lines, body ? body : "");
	if (request->length == (size_t)-1)
		abort();
}

void load_requests_read(struct load_requests *requests, const char *path, const char *headers)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		perror(path);
		exit(1);
	}
	while (getline(&line, &size, file) > 0) {
		char *target, *body, *rest = line;
		const char *method = strsep(&rest, " ");

		target = strsep(&rest, " \n");
		body = rest ? strsep(&rest, "\n") : NULL;
		if (target && *target)
			load_requests_add(requests, method, target, body && *body ? body : NULL,
					  headers);
	}
	free(line);
	fclose(file);
}
