/*
 * Good requests with random mistakes, one or several on a connection. The agent has
 * to read each of them as a second reader does (tests/second_reader.h): as many
 * answers come as there are requests, the first that is wrong is refused and the
 * last to be looked at, and the connection ends when the client wanted it. The
 * numbers are the same in each run; $TUNNELD_MUTATIONS says how many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/raw.h"
#include "tests/second_reader.h"

#define HOST "Host: tunneld\r\n"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

enum { SIZE = 8192 };

struct piece {
	const char *bytes;
	size_t length;
};

static const struct piece seeds[] = {
	BYTES("GET /healthz HTTP/1.1\r\n" HOST "\r\n"),
	BYTES("POST /probes HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	      "1;a=b\r\n{\r\n1\r\n}\r\n0\r\nA: b\r\n\r\n"),
	BYTES("POST /probes HTTP/1.1\r\n" HOST "Content-Length: 2\r\n"
	      "Expect: 100-continue\r\n\r\n{}"),
	BYTES("HEAD /version HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n"),
	BYTES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
	BYTES("GET http://localhost/v1/links?namespace=none HTTP/1.1\r\n" HOST
	      "Accept: */*\r\nCookie: a=b; c=d\r\n\r\n"),
	BYTES("POST /none HTTP/1.1\r\n" HOST "Content-Type: multipart/form-data; boundary=x\r\n"
	      "Content-Length: 5\r\n\r\nabcde"),
	BYTES("GET /healthz HTTP/1.1\r\n" HOST "Connection: close, Upgrade\r\n"
	      "Upgrade: websocket\r\n\r\n"),
};

static const struct piece mistakes[] = {
	BYTES("\r\n"),
	BYTES("\n"),
	BYTES("\r"),
	BYTES(" "),
	BYTES("\t"),
	BYTES("\0"),
	BYTES(":"),
	BYTES(","),
	BYTES(";"),
	BYTES("0"),
	BYTES("-1"),
	BYTES("+"),
	BYTES("chunked"),
	BYTES("Content-Length: 3\r\n"),
	BYTES("Transfer-Encoding: chunked\r\n"),
	BYTES("%00"),
	BYTES(".."),
	BYTES("//"),
	BYTES("HTTP/1.1"),
	BYTES("HTTP/1.0"),
	BYTES("Connection: close\r\n"),
	BYTES("\x80"),
	BYTES("Cookie: =;\"\r\n"),
	BYTES("?&&=&%"),
	BYTES("Expect: 100-continue\r\n"),
	BYTES("A: b\r\nA: b\r\nA: b\r\nA: b\r\n"),
};

static const struct agent *agent;

static unsigned long below(unsigned long bound)
{
	static uint64_t state = 20240229;

	state = state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned long)(state >> 33) % bound;
}

static size_t insert(char *text, size_t length, size_t at, struct piece piece)
{
	if (length + piece.length > SIZE)
		return length;
	memmove(text + at + piece.length, text + at, length - at);
	memcpy(text + at, piece.bytes, piece.length);
	return length + piece.length;
}

/* Something more, something else, or something less. */
static size_t mutate(char *text, size_t length)
{
	size_t at = below(length), gone = 1 + below(5);

	switch (below(5)) {
	case 0:
		text[at] = (char)below(256);
		return length;
	case 1:
		gone = gone < length - at ? gone : length - at;
		memmove(text + at, text + at + gone, length - at - gone);
		return length - gone + (length == gone);
	default:
		return insert(text, length, at, mistakes[below(COUNT(mistakes))]);
	}
}

static size_t compose(char *text)
{
	size_t length = 0;

	for (unsigned long requests = 1 + below(3); requests; requests--) {
		char one[SIZE];
		const struct piece *seed = &seeds[below(COUNT(seeds))];
		size_t size = seed->length;

		memcpy(one, seed->bytes, size);
		for (unsigned long count = below(4); count; count--)
			size = mutate(one, size);
		length = insert(text, length, length, (struct piece){ one, size });
	}
	return length;
}

/* To one that both take for good, or for wrong; NULL: it is as it should be. */
static const char *find_answer_fault(const struct second_reading *reading,
				     const struct raw_answer *answer)
{
	const char *word = raw_header(answer, "Connection");
	bool closes = word && !strcmp(word, "close");

	if (answer->fault)
		return answer->fault;
	if (answer->status >= 500 && answer->status != 501 && answer->status != 505)
		return "a status that blames the client";
	if (!reading->good && answer->status < 400)
		return "a refusal";
	if (!reading->good && !closes)
		return "the end behind a refusal";
	if (reading->good && reading->stays && closes && !reading->expects)
		return "the connection, which the client wanted to keep";
	return reading->good && !reading->stays && !closes ? "the end of the connection" : NULL;
}

/* A refusal of HEAD has no body; whether it was HEAD is hard to tell where it is wrong. */
static struct raw_answer *receive(struct raw *raw, const struct second_reading *reading)
{
	struct raw_answer *answer;

	do
		answer = raw_receive(raw, reading->is_head || !reading->good);
	while (!answer->fault && answer->status == 100);
	if (!reading->good)
		raw->length = 0; /* its body, which is all that may follow */
	return answer;
}

/* All answers, and then the end; NULL: nothing is wrong with it. */
static const char *find_fault(struct raw *raw, const char *text, size_t length)
{
	struct second_reading reading = { .good = true };
	size_t at = 0;
	bool last = false;

	while (at < length && !last) {
		struct raw_answer *answer;
		const char *fault;

		reading = second_read(text + at, length - at);
		answer = receive(raw, &reading);
		fault = find_answer_fault(&reading, answer);
		if (fault)
			return fault;
		last = raw_header(answer, "Connection") &&
		       !strcmp(raw_header(answer, "Connection"), "close");
		at += reading.length;
	}
	return !reading.good || raw_ends(raw, 10) ? NULL : "the end";
}

static void both_read_alike(void **state)
{
	const char *wish = getenv("TUNNELD_MUTATIONS");
	long count = wish ? strtol(wish, NULL, 10) : 5000;

	(void)state;
	for (long i = 0; i < count; i++) {
		struct raw *raw = raw_connect(agent);
		char text[SIZE];
		size_t length = compose(text);
		const char *fault;

		raw_send(raw, text, length);
		shutdown(raw->fd, SHUT_WR);
		fault = find_fault(raw, text, length);
		if (fault) {
			fwrite(text, 1, length, stderr);
			fail_msg("number %ld misses %s", i, fault);
		}
		raw_close(raw);
	}
	printf("proven: %ld connections with random mistakes are read alike by two readers\n",
	       count);
}

static int setup(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_read_alike),
	};

	return cmocka_run_group_tests(tests, setup, agent_teardown);
}
