/* A namespace for each test, and texts that can be compared. */
#include "tests/unit/fixture.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int fixture_open(void **state, const char *name)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct namespace namespace = { 0 };
	struct error error;

	error_clear(&error);
	snprintf(fixture->namespace, sizeof(fixture->namespace), "test-%s-%d", name, getpid());
	strcpy(namespace.name, fixture->namespace);
	*state = fixture;
	if (!netops_open(&fixture->netops, &error) &&
	    !namespace_create(fixture->netops, &namespace, &error))
		return 0;
	print_message("%s\n", error.detail);
	return -1;
}

int fixture_close(void **state)
{
	struct fixture *fixture = *state;
	struct error error;

	error_clear(&error);
	if (namespace_delete(fixture->netops, fixture->namespace, &error))
		print_message("%s\n", error.detail);
	netops_close(fixture->netops);
	free(fixture);
	return 0;
}

void run(const struct fixture *fixture, const char *format, ...)
{
	char command[512], whole[640];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	snprintf(whole, sizeof(whole), "ip -n %s %s", fixture->namespace, command);
	if (system(whole))
		fail_msg("%s", whole);
}

struct json_object *run_json(const struct fixture *fixture, const char *options,
			     const char *command)
{
	struct json_object *json;
	char whole[256];
	FILE *pipe;

	snprintf(whole, sizeof(whole), "ip %s -d -j -n %s %s", options, fixture->namespace,
		 command);
	pipe = popen(whole, "re");
	assert_non_null(pipe);
	json = json_object_from_fd(fileno(pipe));
	assert_non_null(json);
	assert_int_equal(pclose(pipe), 0);
	return json;
}

struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse_prefix(&ip, text));
	return ip;
}

struct device device_of(const char *name)
{
	struct device device = { 0 };

	snprintf(device.name, sizeof(device.name), "%s", name);
	return device;
}

struct lines lines_new(void)
{
	return (struct lines){ .items = calloc(LINES, LINE) };
}

char *lines_next(struct lines *lines)
{
	assert_true(lines->count < LINES);
	lines->items[lines->count][0] = '\0';
	return lines->items[lines->count++];
}

void lines_restart(void *context)
{
	((struct lines *)context)->count = 0;
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

unsigned int lines_agree(struct lines *ours, struct lines *theirs)
{
	unsigned int count = ours->count;

	qsort(ours->items, ours->count, LINE, line_compare);
	qsort(theirs->items, theirs->count, LINE, line_compare);
	for (unsigned int i = 0; i < ours->count && i < theirs->count; i++)
		assert_string_equal(ours->items[i], theirs->items[i]);
	assert_int_equal(ours->count, theirs->count);
	free(ours->items);
	free(theirs->items);
	return count;
}

void append(char *line, const char *format, ...)
{
	size_t length = strlen(line);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line + length, LINE - length, format, arguments);
	va_end(arguments);
}

const char *member(struct json_object *object, const char *name, const char *otherwise)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ? json_object_get_string(value) :
								 otherwise;
}
