/* The ring of events: what it keeps, what readers learn of what it does not, and threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <cmocka.h>

#include "intent/events.h"
#include "netops/error.h"

enum { CAPACITY = 8, THREADS = 4, EACH = 20000 };

static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

/* What a reader was told. */
struct told {
	unsigned int count;
	uint64_t first, last;
	char details[256];
};

static void tell(const struct event *event, void *context)
{
	struct told *told = context;

	if (!told->count++)
		told->first = event->sequence;
	else
		assert_int_equal(event->sequence, told->last + 1);
	told->last = event->sequence;
	snprintf(told->details + strlen(told->details),
		 sizeof(told->details) - strlen(told->details), "%.20s ", event->detail);
}

static int setup(void **state)
{
	struct error error;

	error_clear(&error);
	return events_open(CAPACITY, (struct events **)state, &error);
}

static int teardown(void **state)
{
	events_close(*state);
	return 0;
}

static void publish(struct events *events, const char *detail)
{
	events_publish(events, &(struct event){ .type = EVENT_CREATED, .detail = detail });
}

static void publish_many(struct events *events, unsigned int count)
{
	while (count--)
		publish(events, "x");
}

static void events_come_in_order_and_once(void **state)
{
	struct told told = { 0 };
	uint64_t place = 0;

	assert_int_equal(events_last(*state), 0);
	assert_true(events_read(*state, 0, 10, tell, &told, &place));
	assert_int_equal(told.count, 0);
	publish(*state, "a"), publish(*state, "b"), publish(*state, "c");
	assert_int_equal(events_last(*state), 3);
	assert_true(events_read(*state, place, 2, tell, &told, &place));
	assert_int_equal(place, 2);
	assert_true(events_read(*state, place, 10, tell, &told, &place));
	assert_true(events_read(*state, place, 10, tell, &told, &place));
	assert_string_equal(told.details, "a b c ");
	assert_int_equal(place, 3);
	assert_int_equal(events_count(*state, EVENT_CREATED), 3);
	assert_int_equal(events_count(*state, EVENT_FAILED), 0);
}

static void publishing_wakes(void **state)
{
	eventfd_t count = 0;

	assert_int_equal(eventfd_read(events_fd(*state), &count), -1);
	publish(*state, "a");
	assert_int_equal(eventfd_read(events_fd(*state), &count), 0);
	assert_int_equal(eventfd_read(events_fd(*state), &count), -1);
}

static void an_overrun_is_told(void **state)
{
	struct told told = { 0 };
	uint64_t place = 0;

	publish_many(*state, CAPACITY);
	assert_true(events_read(*state, 0, 0, tell, &told, &place));
	publish_many(*state, 3);
	assert_false(events_read(*state, 2, 10, tell, &told, &place));
	assert_int_equal(told.count, 0);
	assert_int_equal(place, 3);
	assert_true(events_read(*state, place, 100, tell, &told, &place));
	assert_int_equal(told.first, 4);
	assert_int_equal(told.last, 3 + CAPACITY);
}

static void a_place_of_the_future_is_lost(void **state)
{
	struct told told = { 0 };
	uint64_t place = 0;

	publish_many(*state, 2);
	assert_false(events_read(*state, 3, 10, tell, &told, &place));
	assert_int_equal(place, 2);
	assert_false(events_read(*state, UINT64_MAX, 10, tell, &told, &place));
	assert_int_equal(place, 2);
	assert_int_equal(told.count, 0);
}

static void what_found_no_memory_is_a_gap(void **state)
{
	struct told told = { 0 };
	uint64_t place = 0;

	publish(*state, "a");
	no_memory = true;
	publish(*state, "b");
	no_memory = false;
	publish(*state, "c");
	assert_int_equal(events_lost(*state), 1);
	assert_int_equal(events_last(*state), 3);
	assert_true(events_read(*state, 0, 10, tell, &told, &place));
	assert_int_equal(place, 1);
	assert_false(events_read(*state, place, 10, tell, &told, &place));
	assert_int_equal(place, 2);
	assert_true(events_read(*state, place, 10, tell, &(struct told){ 0 }, &place));
	assert_int_equal(place, 3);
}

static void check_texts(const struct event *event, void *context)
{
	(void)context;
	assert_string_equal(event->object, "");
	assert_string_equal(event->kind, "route");
	assert_string_equal(event->namespace, "ns1");
	assert_string_equal(event->owner, "");
	assert_int_equal(strlen(event->detail), EVENTS_DETAIL_SIZE - 2);
	assert_int_equal(event->type, EVENT_REPAIRED);
	assert_true(event->time_ms > 1600000000000);
}

/* A sentence may be cut, between characters; the name of something may not. */
static void texts_are_bounded(void **state)
{
	char object[EVENTS_OBJECT_SIZE + 1], detail[EVENTS_DETAIL_SIZE + 10];
	uint64_t place;

	memset(object, '/', sizeof(object));
	object[EVENTS_OBJECT_SIZE] = '\0';
	memset(detail, '.', sizeof(detail));
	memcpy(detail + EVENTS_DETAIL_SIZE - 2, "\xc3\xa4", 2);
	detail[sizeof(detail) - 1] = '\0';
	events_publish(*state, &(struct event){ .type = EVENT_REPAIRED,
						.object = object,
						.kind = "route",
						.namespace = "ns1",
						.detail = detail });
	assert_true(events_read(*state, 0, 1, check_texts, NULL, &place));
}

/* Overruns what is being looked at: it stays until the hook is through. */
static void overrun_in_hook(const struct event *event, void *context)
{
	publish_many(context, 3 * CAPACITY);
	assert_string_equal(event->detail, "kept");
}

static void an_event_stays_while_it_is_looked_at(void **state)
{
	uint64_t place;

	publish(*state, "kept");
	assert_true(events_read(*state, 0, 10, overrun_in_hook, *state, &place));
	assert_int_equal(place, 1);
	assert_false(events_read(*state, place, 10, overrun_in_hook, *state, &place));
}

static void *publish_each(void *context)
{
	publish_many(context, EACH);
	return NULL;
}

struct pursuit {
	struct events *events;
	uint64_t seen, lost;
};

static void count_one(const struct event *event, void *context)
{
	(void)event;
	((struct pursuit *)context)->seen++;
}

/* Reads until the last one; what it saw and what it missed are all. */
static void *pursue(void *context)
{
	struct pursuit *pursuit = context;
	uint64_t place = 0, next;

	while (place < (uint64_t)THREADS * EACH) {
		if (!events_read(pursuit->events, place, 5, count_one, pursuit, &next))
			pursuit->lost += next - place;
		place = next;
	}
	return NULL;
}

static void threads_publish_and_read(void **state)
{
	struct pursuit pursuits[2] = { { .events = *state }, { .events = *state } };
	pthread_t publishers[THREADS], readers[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&readers[i], NULL, pursue, &pursuits[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&publishers[i], NULL, publish_each, *state);
	for (int i = 0; i < THREADS; i++)
		pthread_join(publishers[i], NULL);
	for (int i = 0; i < 2; i++) {
		pthread_join(readers[i], NULL);
		assert_int_equal(pursuits[i].seen + pursuits[i].lost, THREADS * EACH);
	}
	assert_int_equal(events_count(*state, EVENT_CREATED), THREADS * EACH);
}

/* ---- versions ---- */

static const struct versions_scope of_all = { .classes = EVENTS_OF_LINKS, .namespace = "ns1" };
static const struct versions_scope of_v1 = { .classes = EVENTS_OF_LINKS,
					     .namespace = "ns1",
					     .device = "v1" };

/* Does an event, or a touch in its place, move the namespace's version, and that of v1? */
static void expect_moved(struct events *events, const struct event *event, bool touch, bool all,
			 bool one)
{
	const uint64_t all_before = events_version(events, &of_all);
	const uint64_t one_before = events_version(events, &of_v1);

	if (touch)
		events_touch(events, EVENTS_OF_LINKS, event->namespace,
			     event->device ? event->device : "");
	else
		events_publish(events, event);
	assert_int_equal(events_version(events, &of_all) > all_before, all);
	assert_int_equal(events_version(events, &of_v1) > one_before, one);
}

static void versions_tell_devices_apart(void **state)
{
	const struct event alone = {
		.kind = "link", .namespace = "ns1", .device = "t1", .alone = true
	};
	struct event event = alone;

	for (int touch = 0; touch < 2; touch++) {
		expect_moved(*state, &alone, touch, true, false);
		event.device = "v1";
		expect_moved(*state, &event, touch, true, true);
		event.device = NULL;
		expect_moved(*state, &event, touch, true, true);
		event.namespace = "ns2";
		expect_moved(*state, &event, touch, false, false);
		event.namespace = "";
		expect_moved(*state, &event, touch, true, true);
		event = alone;
	}
	event.alone = false;
	expect_moved(*state, &event, false, true, true);
}

/* A touch is passed over where nobody has asked since: but somebody has asked for the device. */
static void a_touch_behind_another_moves(void **state)
{
	uint64_t before = events_version(*state, &of_v1);

	events_touch(*state, EVENTS_OF_LINKS, "ns1", "t1");
	events_touch(*state, EVENTS_OF_LINKS, "ns1", "");
	assert_true(events_version(*state, &of_v1) > before);
	before = events_version(*state, &of_v1);
	events_touch(*state, EVENTS_OF_LINKS, "ns1", "");
	events_touch(*state, EVENTS_OF_LINKS, "ns1", "v1");
	assert_true(events_version(*state, &of_v1) > before);
}

#define IN_RING(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_RING(events_come_in_order_and_once),
		IN_RING(publishing_wakes),
		IN_RING(an_overrun_is_told),
		IN_RING(a_place_of_the_future_is_lost),
		IN_RING(what_found_no_memory_is_a_gap),
		IN_RING(texts_are_bounded),
		IN_RING(an_event_stays_while_it_is_looked_at),
		IN_RING(threads_publish_and_read),
		IN_RING(versions_tell_devices_apart),
		IN_RING(a_touch_behind_another_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
