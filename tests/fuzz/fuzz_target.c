/*
 * The head of a request: lines with the method, the target and the headers that
 * are looked at. It is accepted with decoded segments, or refused with a
 * problem document. Then every getter of query parameters is tried.
 */
#include <stdlib.h>
#include <string.h>

#include "api/operations.h"
#include "netops/route.h"
#include "tests/fuzz/fuzz.h"

static const char *const headers[] = { "Accept", "Content-Type", "Prefer", "Content-Length",
				       "Transfer-Encoding" };
enum { HEADERS = sizeof(headers) / sizeof(headers[0]) };

struct head {
	char *text; /* cut into lines */
	const char *method, *target, *values[HEADERS];
};

static const char *head_header(const struct api_request *request, const char *name)
{
	const struct head *head = request->context;

	for (int i = 0; i < HEADERS; i++) {
		if (!strcmp(name, headers[i]))
			return head->values[i];
	}
	return NULL;
}

static const char *head_line(char **rest)
{
	const char *line = strsep(rest, "\n");

	return line && *line ? line : NULL;
}

static void head_read(struct head *head, const uint8_t *data, size_t size)
{
	char *rest = head->text = calloc(1, size + 1);

	memcpy(rest, data, size);
	head->method = head_line(&rest);
	head->target = head_line(&rest);
	for (int i = 0; i < HEADERS; i++)
		head->values[i] = head_line(&rest);
}

static void try_getters(const struct api_call *call, const char *key)
{
	struct error error;
	uint32_t number = 0;
	bool boolean;
	struct ip ip;

	error_clear(&error);
	if (!query_number(call, key, 1, 10, &number, &error) && query_text(call, key))
		PROMISE(number >= 1 && number <= 10, "a number within its bounds");
	query_boolean(call, key, &boolean, &error);
	query_word(call, key, route_type_words, &number, &error);
	query_named(call, key, route_table_words, 1, 255, &number, &error);
	query_address(call, key, &ip, &error);
	query_prefix(call, key, &ip, &error);
	if (error.kind)
		fuzz_check_error(&error);
}

static void check_accepted(const struct api_call *call)
{
	PROMISE(call->operation, "an operation");
	for (unsigned int i = 0; i < call->segment_count; i++)
		PROMISE(call->segments[i][0] && !strchr(call->segments[i], '/'),
			"a segment is a name");
	for (unsigned int i = 0; i < call->query_count; i++)
		try_getters(call, call->query_keys[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct head head = { 0 };
	struct api_request request = { .header = head_header, .context = &head };
	struct api_answer answer;
	static struct api_call call;

	head_read(&head, data, size);
	request.method = head.method ? head.method : "GET";
	request.target = head.target ? head.target : "/";
	if (!api_accept(NULL, &request, &call, &answer)) {
		check_accepted(&call);
	} else if (answer.status != 204 || strcmp(request.method, "OPTIONS")) {
		PROMISE(answer.status >= 400 && answer.status < 500, "the client's mistake");
		fuzz_check_json(&answer.body);
	}
	free(head.text);
	return 0;
}
