/* The header lines of the one answer that is being received are gathered until it is recorded. */
#include "tests/traffic.h"

#include <ctype.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct json_object *headers;

static void headers_clear(void)
{
	json_object_put(headers);
	headers = json_object_new_object();
}

void traffic_header(const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);
	char name[128];
	size_t end = length;

	if (!headers || !colon) /* the status line, or the empty one at the end */
		return length > 5 && memcmp(line, "HTTP/", 5) == 0 ? headers_clear() : (void)0;
	snprintf(name, sizeof(name), "%.*s", (int)(colon - line), line);
	for (char *letter = name; *letter; letter++)
		*letter = (char)tolower((unsigned char)*letter);
	for (colon++; colon < line + end && *colon == ' '; colon++)
		;
	while (line + end > colon && isspace((unsigned char)line[end - 1]))
		end--;
	json_object_object_add(headers, name,
			       json_object_new_string_len(colon, (int)(line + end - colon)));
}

/* In one write, because several tests may append to one file. */
static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0 || dprintf(fd, "%s\n", text) < 0) {
		perror(path);
		abort();
	}
	close(fd);
}

void traffic_record(const char *method, const char *target, long status, const char *body)
{
	const char *path = getenv("TUNNELD_TRAFFIC");
	struct json_object *record;

	/* What is compressed is no text; the tests that ask for it look at it themselves. */
	if (!path || !headers || json_object_object_get_ex(headers, "content-encoding", NULL))
		return;
	record = json_object_new_object();
	json_object_object_add(record, "method", json_object_new_string(method));
	json_object_object_add(record, "target", json_object_new_string(target));
	json_object_object_add(record, "status", json_object_new_int64(status));
	json_object_object_add(record, "headers", json_object_get(headers));
	json_object_object_add(record, "body", json_object_new_string(body ? body : ""));
	append(path, json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN));
	json_object_put(record);
}
