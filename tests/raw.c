/* Sockets and strict reading. No wait is longer than RAW_SECONDS. */
#include "tests/raw.h"
#include "tests/traffic.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { RAW_SECONDS = 10 };

double raw_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct raw *raw_new(int family)
{
	const struct timeval wait = { .tv_sec = RAW_SECONDS };
	struct raw *raw = malloc(sizeof(*raw));

	assert_non_null(raw);
	raw->length = 0;
	raw->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(raw->fd >= 0);
	setsockopt(raw->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(raw->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	return raw;
}

static struct raw *raw_open(struct raw *raw, const void *address, socklen_t length)
{
	if (connect(raw->fd, address, length) < 0)
		fail_msg("cannot connect: %s", strerror(errno));
	return raw;
}

struct raw *raw_connect(const struct agent *agent)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", agent->socket);
	return raw_open(raw_new(AF_UNIX), &address, sizeof(address));
}

struct raw *raw_connect_from(const struct agent *agent, unsigned int host)
{
	const char *port = strchr(agent->listen, ':') + 1;
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(0x7f000000 | host) };
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)atoi(port)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct raw *raw = raw_new(AF_INET);

	assert_int_equal(bind(raw->fd, (struct sockaddr *)&here, sizeof(here)), 0);
	return raw_open(raw, &there, sizeof(there));
}

struct raw *raw_connect_tcp(const struct agent *agent)
{
	return raw_connect_from(agent, 1);
}

void raw_close(struct raw *raw)
{
	close(raw->fd);
	free(raw);
}

void raw_send(struct raw *raw, const char *bytes, size_t length)
{
	while (length) {
		ssize_t sent = send(raw->fd, bytes, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		bytes += sent;
		length -= (size_t)sent;
	}
}

void raw_say(struct raw *raw, const char *text)
{
	raw_send(raw, text, strlen(text));
}

/* False: no more comes, or not in time. */
static bool raw_fill(struct raw *raw)
{
	ssize_t length = recv(raw->fd, raw->bytes + raw->length,
			      sizeof(raw->bytes) - 1 - raw->length, 0);

	if (length <= 0)
		return false;
	raw->length += (size_t)length;
	raw->bytes[raw->length] = '\0';
	return true;
}

static void raw_take(struct raw *raw, char *into, size_t length)
{
	memcpy(into, raw->bytes, length);
	raw->length -= length;
	memmove(raw->bytes, raw->bytes + length, raw->length);
	raw->bytes[raw->length] = '\0';
}

const char *raw_header(const struct raw_answer *answer, const char *name)
{
	static char value[512];
	const char *line = strstr(answer->head, "\r\n");
	size_t length = strlen(name);

	for (; line && line[2]; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, length) != 0 || line[2 + length] != ':')
			continue;
		line += 2 + length + 1 + strspn(line + 2 + length + 1, " ");
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
		return value;
	}
	return NULL;
}

/* "HTTP/1.1 200 OK", then lines of a name, ": " and printable text. */
static const char *raw_head_fault(const char *head)
{
	const char *at = head + 12;
	unsigned int lengths = 0;

	if (strncmp(head, "HTTP/1.1 ", 9) != 0 || !isdigit((unsigned char)head[9]) ||
	    *at != ' ' || !isalpha((unsigned char)at[1]))
		return "the status line";
	for (at = strstr(head, "\r\n") + 2; *at; at = strstr(at, "\r\n") + 2) {
		size_t name =
			strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");

		if (!name || strncmp(at + name, ": ", 2) != 0)
			return "a header's name";
		for (const char *byte = at + name; *byte != '\r'; byte++) {
			if (*byte < ' ' || *byte > '~')
				return "a header's value";
		}
		lengths += !strncasecmp(at, "Content-Length:", 15);
	}
	return lengths > 1 ? "two lengths" : NULL;
}

static const char *raw_receive_head(struct raw *raw, struct raw_answer *answer)
{
	char *end;

	raw->bytes[raw->length] = '\0';
	while (!(end = strstr(raw->bytes, "\r\n\r\n"))) {
		if (!raw_fill(raw))
			return raw->length ? "the end of its head" : "everything";
	}
	if ((size_t)(end - raw->bytes) + 5 > sizeof(answer->head))
		return "a head of reasonable length";
	raw_take(raw, answer->head, (size_t)(end - raw->bytes) + 2);
	answer->head[end - raw->bytes + 2] = '\0';
	raw_take(raw, (char[2]){ 0 }, 2);
	return raw_head_fault(answer->head);
}

static const char *raw_receive_body(struct raw *raw, struct raw_answer *answer)
{
	const char *length = raw_header(answer, "Content-Length");
	size_t wanted = length ? strtoul(length, NULL, 10) : 0;

	if (answer->status == 204 || answer->status == 100)
		return length ? "a length that should not be there" : NULL;
	if (!length || wanted >= sizeof(answer->body) || !isdigit((unsigned char)*length))
		return "a length";
	while (raw->length < wanted) {
		if (!raw_fill(raw))
			return "the end of its body";
	}
	raw_take(raw, answer->body, wanted);
	answer->body[wanted] = '\0';
	answer->body_length = wanted;
	return NULL;
}

/* To which request it is an answer is hard to tell here: validate may look for one. */
static void raw_record(const struct raw_answer *answer, bool head_only)
{
	if (answer->fault || answer->status < 200)
		return;
	for (const char *line = answer->head; *line; line += strcspn(line, "\n") + 1)
		traffic_header(line, strcspn(line, "\n"));
	traffic_record(head_only ? "HEAD" : "?", "?", answer->status, answer->body);
}

struct raw_answer *raw_receive(struct raw *raw, bool head_only)
{
	static struct raw_answer answer;
	char *end;

	answer.status = 0;
	answer.body_length = 0;
	answer.head[0] = answer.body[0] = '\0';
	answer.fault = raw_receive_head(raw, &answer);
	if (answer.fault)
		return &answer;
	answer.status = (int)strtol(answer.head + 9, &end, 10);
	if (!head_only)
		answer.fault = raw_receive_body(raw, &answer);
	raw_record(&answer, head_only);
	return &answer;
}

bool raw_ends(struct raw *raw, int seconds)
{
	struct pollfd poller = { .fd = raw->fd, .events = POLLIN };

	if (raw->length || poll(&poller, 1, seconds * 1000) != 1)
		return false;
	return recv(raw->fd, raw->bytes, 1, 0) <= 0;
}

const char *raw_problem_fault(const struct raw_answer *answer, int status)
{
	const char *type = raw_header(answer, "Content-Type"), *fault = NULL;
	struct json_tokener *tokener;
	struct json_object *json;

	if (answer->fault)
		return answer->fault;
	if (answer->status != status)
		return "the status";
	if (!type || strcmp(type, "application/problem+json") != 0)
		return "the content type";
	tokener = json_tokener_new();
	json = json_tokener_parse_ex(tokener, answer->body, (int)answer->body_length);
	if (!json || json_object_get_int(json_at(json, "/status")) != status ||
	    !*json_text(json, "/title") || !*json_text(json, "/detail") ||
	    !*json_text(json, "/type"))
		fault = "a problem document";
	json_object_put(json);
	json_tokener_free(tokener);
	return fault;
}
