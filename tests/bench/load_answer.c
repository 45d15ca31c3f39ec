/* Just enough of HTTP/1.1 to know where an answer ends; bodies are counted, not looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/bench/load_answer.h"

bool answer_began(const struct answer *answer)
{
	return answer->state > ANSWER_HEADER;
}

static void read_status(struct answer *answer)
{
	int minor;

	if (sscanf(answer->line, "HTTP/1.%d %d", &minor, &answer->status) != 2) {
		fprintf(stderr, "no answer of HTTP: %s\n", answer->line);
		exit(1);
	}
	answer->closes = !minor;
	answer->state = ANSWER_HEADER;
}

static void end_head(struct answer *answer)
{
	if (answer->status < 200) /* 100 Continue: the true one follows */
		answer->state = ANSWER_STATUS;
	else if (answer->status == 204 || answer->status == 304)
		answer->state = ANSWER_DONE;
	else if (answer->chunked)
		answer->state = ANSWER_CHUNK_SIZE;
	else if (answer->sized)
		answer->state = answer->left ? ANSWER_BODY : ANSWER_DONE;
	else
		answer->state = ANSWER_UNTIL_CLOSE;
}

static bool field_is(const char *line, const char *name, const char **ret_value)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) || line[length] != ':')
		return false;
	*ret_value = line + length + 1 + strspn(line + length + 1, " ");
	return true;
}

static void read_field(struct answer *answer)
{
	const char *value;

	if (!answer->line_length) {
		end_head(answer);
	} else if (field_is(answer->line, "Content-Length", &value)) {
		answer->sized = true;
		answer->left = strtoul(value, NULL, 10);
	} else if (field_is(answer->line, "Transfer-Encoding", &value)) {
		answer->chunked = !strcasecmp(value, "chunked");
	} else if (field_is(answer->line, "Connection", &value)) {
		answer->closes = !strcasecmp(value, "close");
	}
}

static void read_chunk_size(struct answer *answer)
{
	answer->left = strtoul(answer->line, NULL, 16);
	answer->state = answer->left ? ANSWER_CHUNK : ANSWER_TRAILER;
}

static void read_line(struct answer *answer)
{
	answer->line[answer->line_length] = '\0';
	switch (answer->state) {
	case ANSWER_STATUS:
		read_status(answer);
		break;
	case ANSWER_HEADER:
		read_field(answer);
		break;
	case ANSWER_CHUNK_SIZE:
		read_chunk_size(answer);
		break;
	case ANSWER_CHUNK_END:
		answer->state = ANSWER_CHUNK_SIZE;
		break;
	case ANSWER_TRAILER:
		if (!answer->line_length)
			answer->state = ANSWER_DONE;
		break;
	case ANSWER_BODY:
	case ANSWER_CHUNK:
	case ANSWER_UNTIL_CLOSE:
	case ANSWER_DONE:
		break;
	}
	answer->line_length = 0;
}

static size_t feed_line(struct answer *answer, const char *data, size_t length)
{
	const char *end = memchr(data, '\n', length);
	size_t taken = end ? (size_t)(end - data) : length;

	for (size_t i = 0; i < taken && answer->line_length < sizeof(answer->line) - 1; i++)
		answer->line[answer->line_length++] = data[i];
	if (!end)
		return taken;
	if (answer->line_length && answer->line[answer->line_length - 1] == '\r')
		answer->line_length--;
	read_line(answer);
	return taken + 1;
}

static size_t feed_body(struct answer *answer, const char *data, size_t length,
			const struct answer_sink *sink)
{
	bool endless = answer->state == ANSWER_UNTIL_CLOSE;
	size_t taken = !endless && answer->left < length ? answer->left : length;

	answer->body += taken;
	if (sink->take)
		sink->take(sink->context, data, taken);
	if (endless)
		return taken;
	answer->left -= taken;
	if (!answer->left)
		answer->state = answer->state == ANSWER_BODY ? ANSWER_DONE : ANSWER_CHUNK_END;
	return taken;
}

size_t answer_feed(struct answer *answer, const char *data, size_t length,
		   const struct answer_sink *sink)
{
	size_t taken = 0;

	while (taken < length && answer->state != ANSWER_DONE) {
		bool body = answer->state == ANSWER_BODY || answer->state == ANSWER_CHUNK ||
			    answer->state == ANSWER_UNTIL_CLOSE;

		taken += body ? feed_body(answer, data + taken, length - taken, sink) :
				feed_line(answer, data + taken, length - taken);
	}
	return taken;
}
