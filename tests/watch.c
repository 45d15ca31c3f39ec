/* One buffer for what came, one for the text of the chunks. */
#include "tests/watch.h"

#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char fifo[64];
static int fifo_fd = -1;

/* Our agent stands in the folder of the tests beside the real one. */
static void choose_agent(void)
{
	const char *real = getenv("TUNNELD") ? getenv("TUNNELD") : "./tunneld";
	char path[4096], own[4200];

	snprintf(path, sizeof(path), "%s", real);
	snprintf(own, sizeof(own), "%s/tests/publishing_agent", dirname(path));
	setenv("TUNNELD", own, 1);
}

static int prepare(void)
{
	if (!fifo[0])
		choose_agent();
	snprintf(fifo, sizeof(fifo), "/tmp/tunneld-publish.%ld", (long)getpid());
	setenv("TUNNELD_PUBLISH", fifo, 1);
	unlink(fifo);
	if (mkfifo(fifo, 0600) < 0)
		return -1;
	fifo_fd = open(fifo, O_RDWR | O_CLOEXEC);
	return fifo_fd < 0 ? -1 : 0;
}

int watch_setup(void **state)
{
	return prepare() < 0 ? -1 : agent_setup(state);
}

int watch_setup_tcp(void **state)
{
	return prepare() < 0 ? -1 : agent_setup_tcp(state);
}

int watch_setup_options(void **state, const char *const *options)
{
	return prepare() < 0 ? -1 : agent_setup_options(state, options);
}

int watch_teardown(void **state)
{
	close(fifo_fd);
	unlink(fifo);
	return agent_teardown(state);
}

void watch_publish(unsigned int count, enum event_type type, const char *rest)
{
	assert_true(dprintf(fifo_fd, "%u %d %s\n", count, type, rest) > 0);
}

static size_t take_chunk(struct watch *watch, size_t at)
{
	size_t length = watch->raw_length - at;

	if (length > watch->chunk)
		length = watch->chunk;
	if (length > sizeof(watch->text) - 1 - watch->length)
		fail_msg("the text is too long for the test");
	memcpy(watch->text + watch->length, watch->raw + at, length);
	watch->length += length;
	watch->text[watch->length] = '\0';
	watch->chunk -= length;
	return at + length;
}

/* Between chunks: the end of the last one, and the size of the next. 0: not all is there. */
static size_t take_size(struct watch *watch, size_t at)
{
	size_t begin = at;
	char *line, *end;

	watch->raw[watch->raw_length] = '\0';
	if (watch->length)
		at += 2;
	line = watch->raw + at;
	if (at >= watch->raw_length || !(end = strstr(line, "\r\n")))
		return begin;
	if (watch->length && memcmp(watch->raw + begin, "\r\n", 2) != 0)
		fail_msg("a chunk does not end with a line");
	if (strspn(line, "0123456789abcdefABCDEF") != (size_t)(end - line) || end == line)
		fail_msg("\"%.20s\" is no size of a chunk", line);
	watch->chunk = strtoul(line, NULL, 16);
	watch->ended = !watch->chunk;
	return (size_t)(end + 2 - watch->raw);
}

static void decode(struct watch *watch)
{
	size_t at = 0, before;

	if (!watch->head[0]) {
		char *end;

		watch->raw[watch->raw_length] = '\0';
		end = strstr(watch->raw, "\r\n\r\n");
		if (!end)
			return;
		at = (size_t)(end + 4 - watch->raw);
		snprintf(watch->head, sizeof(watch->head), "%.*s", (int)at, watch->raw);
	}
	do {
		before = at;
		at = watch->chunk ? take_chunk(watch, at) : take_size(watch, at);
	} while (at != before && !watch->ended);
	watch->raw_length -= at;
	memmove(watch->raw, watch->raw + at, watch->raw_length);
}

/* False: nothing came in this time, or nothing will any more. */
static bool read_more(struct watch *watch, double until)
{
	struct pollfd poller = { .fd = watch->fd, .events = POLLIN };
	double left = until - raw_clock();
	ssize_t length;

	if (watch->ended || watch->gone || left <= 0 ||
	    poll(&poller, 1, (int)(left * 1000) + 1) != 1)
		return false;
	length = recv(watch->fd, watch->raw + watch->raw_length,
		      sizeof(watch->raw) - 1 - watch->raw_length, 0);
	watch->gone = length <= 0;
	if (length <= 0)
		return false;
	watch->raw_length += (size_t)length;
	decode(watch);
	return true;
}

void watch_some(struct watch *watch, int ms)
{
	double until = raw_clock() + ms / 1000.0;

	while (read_more(watch, until))
		;
}

const char *watch_for(struct watch *watch, const char *part, int seconds)
{
	double until = raw_clock() + seconds;
	const char *found;
	size_t from = 0;

	while (!(found = strstr(watch->text + from, part))) {
		from = watch->length > 1024 ? watch->length - 1024 : 0;
		if (!read_more(watch, until))
			return NULL;
	}
	return found;
}

const char *watch_expect(struct watch *watch, const char *part)
{
	const char *found = watch_for(watch, part, 10);

	if (!found)
		fail_msg("\"%s\" does not come; %s%s", part, watch->head, watch->text);
	return found;
}

bool watch_ends(struct watch *watch, int seconds)
{
	double until = raw_clock() + seconds;

	while (read_more(watch, until))
		;
	return watch->ended || watch->gone;
}

struct watch *watch_open(const struct agent *agent, const char *target, const char *header)
{
	struct raw *raw = agent->listen[0] ? raw_connect_tcp(agent) : raw_connect(agent);
	struct watch *watch = calloc(1, sizeof(*watch));
	char text[1024];
	double until = raw_clock() + 10;

	assert_non_null(watch);
	watch->fd = raw->fd;
	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s%s\r\n",
		 target, agent->listen[0] ? "Authorization: Bearer " : "", agent->token,
		 agent->listen[0] ? "\r\n" : "", header);
	raw_say(raw, text);
	free(raw);
	while (!watch->head[0] && read_more(watch, until))
		;
	assert_true(watch->head[0]);
	return watch;
}

void watch_close(struct watch *watch)
{
	close(watch->fd);
	free(watch);
}

const char *watch_last_id(const struct watch *watch)
{
	static char id[64];
	const char *found = NULL;

	for (const char *at = watch->text; (at = strstr(at, "\"id\":\"")); at += 6)
		found = at + 6;
	assert_non_null(found);
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(found, "\""), found);
	return id;
}
