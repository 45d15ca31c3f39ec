/*
 * A route that is copied together from the text of another of its shape reads as the
 * general writer would have written it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/object.h"
#include "api/route_texts.h"
#include "netops/reading.h"
#include "tests/unit/route_fixture.h"

enum { SAMPLES = 300 };

static const struct api_call call = { .prefix = "/v1" };

/* Into line, without what runs; returns its length. */
static size_t write_plainly(const struct route *route, char line[LINE])
{
	struct buffer buffer = { 0 };
	struct json_writer writer;
	size_t length;

	json_writer_start(&writer, &buffer);
	object_write_listed(&route_objects, &writer, &call, route, NULL);
	assert_false(buffer.failed);
	assert_true(buffer.length < LINE);
	length = buffer.length;
	memcpy(line, buffer.data, length);
	line[length] = '\0';
	buffer_free(&buffer);
	return length;
}

static int add_plainly(const struct route *route, void *context, struct error *error)
{
	(void)error;
	write_plainly(route, lines_next(context));
	return 0;
}

/* The time that is left of it is read at two moments. */
static void forget_times(struct lines *lines)
{
	static const char member[] = "\"expires_seconds\":";
	char *number, *rest;

	for (unsigned int i = 0; i < lines->count; i++) {
		number = strstr(lines->items[i], member);
		if (!number)
			continue;
		number += strlen(member);
		rest = number + strspn(number, "0123456789");
		memmove(number, rest, strlen(rest) + 1);
	}
}

/* What the texts say of it, where they know it; else it is learnt. */
static void add_by_text(struct route_texts *texts, const struct route *route,
			struct lines *lines, unsigned int *copied)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;
	char *line = lines_next(lines);
	size_t length;

	json_writer_start(&writer, &buffer);
	writer.comma = lines->count % 2;
	if (!route_texts_write(texts, &writer, route)) {
		length = write_plainly(route, line);
		route_texts_learn(texts, route, line, length);
		return;
	}
	assert_true(writer.comma);
	buffer_append(&buffer, "", 1);
	strcpy(line, buffer.data + (lines->count % 2));
	buffer_free(&buffer);
	++*copied;
}

/* Returns how many were copied. */
static unsigned int compare(const struct fixture *fixture, const struct route_filter *filter)
{
	struct lines plain = lines_new(), quick = lines_new();
	struct route_texts *texts = route_texts_new();
	unsigned int copied = 0, count;
	struct reading *reading;
	struct error error;
	const void *route;
	int more;

	error_clear(&error);
	assert_non_null(texts);
	dump(fixture, filter, add_plainly, &plain);
	assert_int_equal(
		route_reading(fixture->netops, fixture->namespace, filter, &reading, &error),
		0);
	while ((more = reading_next(reading, &route, &error)) > 0)
		add_by_text(texts, route, &quick, &copied);
	assert_int_equal(more, 0);
	reading_free(reading);
	route_texts_free(texts);
	forget_times(&quick);
	forget_times(&plain);
	count = lines_agree(&quick, &plain);
	print_message("%u of %u copied\n", copied, count);
	return copied;
}

static void some(const struct fixture *fixture, bool ipv6, const char *start, const char *end)
{
	for (unsigned int i = 0; i < 60; i++)
		run(fixture, ipv6 ? "route add %s:%x%s" : "route add %s.%u%s", start, i, end);
}

static void samples_read_alike(void **state)
{
	const struct fixture *fixture = *state;

	for (unsigned int i = 0; i < SAMPLES; i++) {
		make_ipv4(fixture, i);
		make_ipv6(fixture, i);
	}
	make_foreign(fixture);
	compare(fixture, &(struct route_filter){ 0 });
	compare(fixture, &(struct route_filter){ .table = 254, .family = AF_INET });
	compare(fixture, &(struct route_filter){ .gateway = ip_of("10.0.0.2") });
}

/* Shapes that come in turn, more of them than are kept, destinations that stand elsewhere, too. */
static void shapes_in_turn(void **state)
{
	const struct fixture *fixture = *state;

	some(fixture, false, "60.0", ".0/24 via 10.0.0.9");
	some(fixture, false, "60.0", ".128/25 via 10.0.0.9");
	some(fixture, false, "61.0", ".0/24 via 10.0.0.8 mtu 1400");
	some(fixture, false, "62.1.1", " via 10.0.0.7 table 77 metric 5");
	some(fixture, true, "2001:db8:1:", "/128 via fd00::9");
	some(fixture, true, "2001:db9", "::/64 dev w0 metric 9");
	run(fixture, "route add 10.0.0.9 via 10.0.0.9 onlink dev v0");
	run(fixture, "route add default via 10.0.0.9");
	for (unsigned int i = 0; i < 50; i++)
		run(fixture, "route add 63.0.%u.0/24 dev v0 metric %u", i, i);
	assert_true(compare(fixture, &(struct route_filter){ 0 }) > 250);
	assert_true(compare(fixture, &(struct route_filter){ .table = 254 }) > 200);
}

static int setup(void **state)
{
	return route_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(samples_read_alike, setup, fixture_close),
		cmocka_unit_test_setup_teardown(shapes_in_turn, setup, fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
