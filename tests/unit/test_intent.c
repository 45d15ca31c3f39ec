/*
 * The intent over a kernel that is not there and fails on demand: all or nothing,
 * undone in reverse; states, attempts and their delays; crashes; changes that wait
 * for their confirmation.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "intent/events.h"
#include "intent/store.h"
#include "tests/unit/fake_kernel.h"

static const int errnos[] = { EINTR, ENOBUFS, EBUSY, EEXIST, ENODEV, ENOMEM, EPERM };
enum { ERRNOS = sizeof(errnos) / sizeof(errnos[0]), STEPS = 5 };

/* A whole of five, in the order in which they can be made. */
static const struct {
	const struct intent_type *type;
	const char *key, *document, *changed;
} whole[STEPS] = {
	{ &intent_namespace, "/namespaces/a", "a", "a" },
	{ &intent_link, "/links/a/v1", "a v1 1400 -", "a v1 1300 -" },
	{ &intent_link, "/links/a/v2", "a v2 1400 v1", "a v2 1300 v1" },
	{ &intent_route, "/routes/a/7", "a 7 1 v1", "a 7 2 v1" },
	{ &intent_route, "/routes/a/8", "a 8 1 v2", "a 8 2 v2" },
};

static char folder[64];
static struct intent *intent;
static struct events *events;
static struct error error;

static void open_intent(void)
{
	const struct intent_settings settings = { .folder = folder,
						  .events = events,
						  .documents = fake_documents };

	error_clear(&error);
	if (intent_open(&settings, &intent, &error) || intent_start(intent, &error))
		fail_msg("%s", error.detail);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	strcpy(folder, "/tmp/tunneld-intent.XXXXXX");
	if (!mkdtemp(folder) || events_open(64, &events, &error))
		return -1;
	open_intent();
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	intent_close(intent);
	events_close(events);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void again(void)
{
	intent_close(intent);
	open_intent();
}

/* ---- steps ---- */

static struct intent_step step_of(enum intent_action action, int i)
{
	const char *document = action == INTENT_CHANGE ? whole[i].changed : whole[i].document;
	struct intent_step step = { .action = action, .type = whole[i].type };

	step.key = strdup(whole[i].key);
	if (action == INTENT_DELETE)
		return step;
	step.owner = strdup("default");
	step.labels = strdup("");
	step.document = strdup(document);
	return step;
}

/* Outside of run(), for those that a crash leaves behind. */
static struct intent_step steps[STEPS];
static size_t step_count;

static void steps_clear(void)
{
	while (step_count)
		intent_step_clear(&steps[--step_count]);
}

/* From first to last of the whole, deletions backwards. */
static int run(enum intent_action action, int first, int last, bool may_wait, uint32_t hold)
{
	size_t failed;
	int result;

	for (int i = first; i <= last; i++) {
		int place = action == INTENT_DELETE ? last - (i - first) : i;

		steps[step_count] = step_of(action, place);
		steps[step_count++].may_wait = may_wait;
	}
	error_clear(&error);
	result = intent_run(intent, steps, step_count, hold, &failed, &error);
	steps_clear();
	return result;
}

static void make_all(void)
{
	if (run(INTENT_CREATE, 0, STEPS - 1, false, 0))
		fail_msg("%s", error.detail);
}

/* ---- what must be so ---- */

static int count_before(const struct store_before *before, void *context, struct error *ignored)
{
	(void)before;
	(void)ignored;
	++*(unsigned int *)context;
	return 0;
}

static int count_object(const struct store_object *object, void *context, struct error *ignored)
{
	(void)object;
	(void)ignored;
	++*(unsigned int *)context;
	return 0;
}

/* So many in the kernel, in the table and in the store, and nothing under way. */
static void expect_count(unsigned int wanted, const char *when)
{
	unsigned int journal = 0, stored = 0;
	struct intent_query query = { 0 };
	struct intent_view *views;
	size_t known;

	assert_int_equal(
		store_each_before(intent_store(intent), count_before, &journal, &error), 0);
	assert_int_equal(store_each(intent_store(intent), count_object, &stored, &error), 0);
	assert_int_equal(intent_list(intent, &query, &views, &known, &error), 0);
	intent_views_free(views, known);
	if (journal || stored != wanted || known != wanted || fake_count() != wanted)
		fail_msg("%s: %u in the kernel, %zu known, %u stored, %u in the journal; %s",
			 when, fake_count(), known, stored, journal, fake_log);
}

static void expect_state(const char *key, enum intent_state state)
{
	struct intent_view view CLEANUP_VIEW = { 0 };

	assert_true(intent_get(intent, key, &view));
	if (view.state != state)
		fail_msg("%s is in state %d (%s)", key, view.state, view.reason);
	assert_true(state == INTENT_APPLIED || view.reason[0]);
}

static void fault(enum fake_call call, const char *key, int number, unsigned int times)
{
	fake_log[0] = '\0';
	fake_fault =
		(struct fake_fault){ call, key, number, ERROR_INTERNAL, times, false, NULL };
}

/* Until what is due is done, or a minute is over. */
static void pass_time(int64_t ms)
{
	int64_t until = fake_now_ms + ms;

	intent_suspect(intent);
	do {
		intent_reconcile(intent);
		fake_now_ms += 10;
	} while (fake_now_ms < until);
}

/* The undoing of what fails here fails twice. */
static void refuse_removals(void)
{
	fault(FAKE_REMOVE, "/links/a/v1", ENOBUFS, 3); /* the first of them is the creation */
}

/* ---- all or nothing ---- */

static void a_creation_that_fails_leaves_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < ERRNOS; i++) {
		for (int step = 0; step < STEPS; step++) {
			fault(FAKE_CREATE, whole[step].key, errnos[i], 1000);
			assert_int_equal(run(INTENT_CREATE, 0, STEPS - 1, false, 0), -1);
			expect_count(0, whole[step].key);
			fake_fault.times = 0;
			again();
			expect_count(0, "after a restart");
		}
	}
}

static void a_creation_whose_answer_is_lost_leaves_nothing(void **state)
{
	(void)state;
	for (int step = 0; step < STEPS; step++) {
		fault(FAKE_CREATE, whole[step].key, ENOBUFS, 1);
		fake_fault.done = true;
		assert_int_equal(run(INTENT_CREATE, 0, STEPS - 1, false, 0), -1);
		expect_count(0, whole[step].key);
	}
}

static void what_was_done_is_undone_in_reverse(void **state)
{
	(void)state;
	fault(FAKE_CREATE, "/routes/a/8", EPERM, 1);
	assert_int_equal(run(INTENT_CREATE, 0, STEPS - 1, false, 0), -1);
	assert_non_null(strstr(fake_log,
			       "create /routes/a/8;remove /routes/a/7;remove /links/a/v2;"
			       "remove /links/a/v1;remove /namespaces/a;"));
}

/* In a namespace that stays, for with it all would go. */
static void undoing_has_patience(void **state)
{
	(void)state;
	assert_int_equal(run(INTENT_CREATE, 0, 0, false, 0), 0);
	fault(FAKE_CREATE, "/routes/a/7", EPERM, 1);
	fake_fault.hook = refuse_removals;
	assert_int_equal(run(INTENT_CREATE, 1, 3, false, 0), -1);
	assert_int_equal(fake_fault.times, 0);
	expect_count(1, "undone in the end");
}

static void a_deletion_that_fails_brings_all_back(void **state)
{
	(void)state;
	make_all();
	for (int i = 0; i < ERRNOS; i++) {
		for (int step = 0; step < STEPS; step++) {
			/* Gone is gone, whoever did it. */
			if (errnos[i] == ENODEV)
				continue;
			fault(FAKE_REMOVE, whole[step].key, errnos[i], 1);
			assert_int_equal(run(INTENT_DELETE, 0, STEPS - 1, false, 0), -1);
			expect_count(STEPS, whole[step].key);
			fault(FAKE_REMOVE, whole[step].key, errnos[i], 1);
			fake_fault.done = true;
			assert_int_equal(run(INTENT_DELETE, 0, STEPS - 1, false, 0), -1);
			expect_count(STEPS, "its answer was lost");
		}
	}
}

static void a_change_that_fails_is_taken_back(void **state)
{
	(void)state;
	make_all();
	for (int i = 0; i < ERRNOS; i++) {
		for (int step = 1; step < STEPS; step++) {
			for (int done = 0; done < 2; done++) {
				fault(FAKE_CHANGE, whole[step].key, errnos[i], 1);
				fake_fault.done = done;
				assert_int_equal(run(INTENT_CHANGE, 0, STEPS - 1, false, 0),
						 -1);
				expect_count(STEPS, whole[step].key);
				assert_int_equal(fake_value("/links/a/v1"), 1400);
				assert_int_equal(fake_value("/links/a/v2"), 1400);
				assert_int_equal(fake_value("/routes/a/8"), 1);
			}
		}
	}
	assert_int_equal(run(INTENT_CHANGE, 0, STEPS - 1, false, 0), 0);
	assert_int_equal(fake_value("/routes/a/8"), 2);
}

static void looking_that_fails_changes_nothing(void **state)
{
	(void)state;
	fault(FAKE_FIND, "/links/a/v2", ENOBUFS, 1);
	assert_int_equal(run(INTENT_CREATE, 0, STEPS - 1, false, 0), -1);
	assert_string_equal(fake_log, "");
	expect_count(0, "not looked at");
}

static void what_is_in_the_way_is_not_removed(void **state)
{
	(void)state;
	make_all();
	run(INTENT_DELETE, 3, 3, false, 0);
	fake_set("/routes/a/7", 5, false);
	assert_int_equal(run(INTENT_CREATE, 3, 3, false, 0), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_int_equal(fake_value("/routes/a/7"), 5);
	again();
	assert_int_equal(fake_value("/routes/a/7"), 5);
}

static void refuse_for_long(void)
{
	fault(FAKE_CREATE, "/links/a/v1", ENOBUFS, 20);
}

/* Longer than the patience of the undoing: then the reconciler goes on. */
static void what_cannot_be_undone_at_once_is_repaired(void **state)
{
	(void)state;
	make_all();
	fault(FAKE_REMOVE, "/namespaces/a", EPERM, 1);
	fake_fault.hook = refuse_for_long;
	assert_int_equal(run(INTENT_DELETE, 0, STEPS - 1, false, 0), -1);
	assert_false(fake_has("/links/a/v1"));
	for (int i = 0; i < 30000 && !fake_has("/routes/a/8"); i++) {
		fake_now_ms += 10;
		if (!intent_due_ms(intent))
			intent_reconcile(intent);
	}
	expect_count(STEPS, "repaired");
}

static void add_event(const struct event *event, void *context)
{
	static const char *const words[EVENT_TYPES] = { [EVENT_CREATED] = "created",
							[EVENT_CHANGED] = "changed",
							[EVENT_DELETED] = "deleted" };

	if (words[event->type])
		sprintf((char *)context + strlen(context), "%s %s;", words[event->type],
			event->object);
}

static void expect_events(uint64_t since, const char *wanted)
{
	char text[1024] = "";
	uint64_t last;

	assert_true(events_read(events, since, 64, add_event, text, &last));
	assert_string_equal(text, wanted);
}

static void what_is_undone_is_told(void **state)
{
	uint64_t since;

	(void)state;
	assert_int_equal(run(INTENT_CREATE, 0, 1, false, 0), 0);
	since = events_last(events);
	fault(FAKE_CREATE, "/routes/a/7", EPERM, 1);
	assert_int_equal(run(INTENT_CREATE, 2, 3, false, 0), -1);
	expect_events(since, "created /links/a/v2;deleted /links/a/v2;");
	since = events_last(events);
	fault(FAKE_REMOVE, "/namespaces/a", EPERM, 1);
	assert_int_equal(run(INTENT_DELETE, 0, 1, false, 0), -1);
	expect_events(since, "deleted /links/a/v1;created /links/a/v1;");
}

/* ---- crashes ---- */

static jmp_buf died;

static void die(void)
{
	longjmp(died, 1);
}

static void crash(enum intent_action action, enum fake_call call, int step)
{
	fault(call, whole[step].key, 0, 1);
	fake_fault.hook = die;
	if (!setjmp(died))
		run(action, 0, STEPS - 1, false, 0);
	steps_clear();
	fake_fault.times = 0;
	again();
}

static void a_crash_is_undone_by_the_next_start(void **state)
{
	(void)state;
	for (int step = 0; step < STEPS; step++) {
		crash(INTENT_CREATE, FAKE_CREATE, step);
		expect_count(0, "died making");
	}
	make_all();
	for (int step = 0; step < STEPS; step++) {
		crash(INTENT_DELETE, FAKE_REMOVE, step);
		expect_count(STEPS, "died removing");
	}
	for (int step = 1; step < STEPS; step++) {
		crash(INTENT_CHANGE, FAKE_CHANGE, step);
		expect_count(STEPS, "died changing");
		assert_int_equal(fake_value("/links/a/v1"), 1400);
	}
}

static void break_the_store(void)
{
	fake_commits_fail = 2; /* of the undoing, and of the next attempt */
}

static void what_failed_does_not_come_back_with_the_next_change(void **state)
{
	(void)state;
	assert_int_equal(run(INTENT_CREATE, 0, 1, false, 0), 0);
	fault(FAKE_CREATE, "/routes/a/7", EPERM, 1);
	fake_fault.hook = break_the_store;
	assert_int_equal(run(INTENT_CREATE, 3, 3, false, 0), -1);
	assert_non_null(strstr(error.detail, "could not be undone in the store"));
	/* Not before the store works again. */
	assert_int_equal(run(INTENT_CREATE, 2, 2, false, 0), -1);
	assert_int_equal(run(INTENT_CREATE, 2, 2, false, 0), 0);
	again();
	expect_count(3, "after a restart");
	assert_false(fake_has("/routes/a/7"));
}

static void a_store_that_fails_lets_nothing_happen(void **state)
{
	(void)state;
	fake_commits_fail = 1;
	fake_log[0] = '\0';
	assert_int_equal(run(INTENT_CREATE, 0, STEPS - 1, false, 0), -1);
	assert_string_equal(fake_log, "");
	expect_count(0, "not journaled");
}

/* ---- states ---- */

static void what_is_missing_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(run(INTENT_CREATE, 1, 2, false, 0), -1);
	assert_int_equal(error.kind, ERROR_MISSING);
	assert_int_equal(run(INTENT_CREATE, 1, 4, true, 0), 0);
	for (int i = 1; i < STEPS; i++)
		expect_state(whole[i].key, INTENT_PENDING);
	fake_set("/namespaces/a", 1, false);
	intent_mounts_changed(intent);
	intent_reconcile(intent);
	for (int i = 1; i < STEPS; i++)
		expect_state(whole[i].key, INTENT_APPLIED);
	again();
	for (int i = 1; i < STEPS; i++)
		expect_state(whole[i].key, INTENT_APPLIED);
}

static void an_errno_is_a_state(void **state)
{
	static const struct {
		int number;
		enum error_kind kind;
		enum intent_state state;
	} cases[] = {
		{ EPERM, 0, INTENT_RETRYING },	      { ENOMEM, 0, INTENT_RETRYING },
		{ EBUSY, 0, INTENT_RETRYING },	      { 0, ERROR_UNSUPPORTED, INTENT_FAILED },
		{ 0, ERROR_MISSING, INTENT_PENDING }, { 0, ERROR_EXISTS, INTENT_RETRYING },
	};

	(void)state;
	make_all();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_take("/links/a/v2");
		fault(FAKE_CREATE, "/links/a/v2", cases[i].number, 1000);
		fake_fault.kind = cases[i].kind;
		pass_time(100);
		expect_state("/links/a/v2", cases[i].state);
		fake_fault.times = 0;
		pass_time(120 * 1000);
		expect_state("/links/a/v2", INTENT_APPLIED);
	}
}

static void attempts_come_less_and_less_often(void **state)
{
	int64_t last = 0, gap = 0, before;

	(void)state;
	make_all();
	fake_take("/links/a/v2");
	fault(FAKE_CREATE, "/links/a/v2", EPERM, 1000);
	intent_suspect(intent);
	for (int attempt = 0; attempt < 14; attempt++) {
		before = fake_fault.times;
		for (int i = 0; i < 10000 && fake_fault.times == before; i++) {
			fake_now_ms += intent_due_ms(intent);
			intent_reconcile(intent);
		}
		assert_true(fake_fault.times < before);
		if (attempt > 1)
			assert_true(fake_now_ms - last >= gap &&
				    fake_now_ms - last <= 60 * 1000);
		gap = last ? fake_now_ms - last : 0;
		last = fake_now_ms;
	}
	assert_true(gap > 30 * 1000);
	fake_fault.times = 0;
	pass_time(61 * 1000);
	expect_state("/links/a/v2", INTENT_APPLIED);
}

static void one_that_fails_holds_up_nobody(void **state)
{
	(void)state;
	make_all();
	for (int i = 0; i < ERRNOS; i++) {
		for (int step = 0; step < STEPS; step++)
			fake_take(whole[step].key);
		fault(FAKE_CREATE, "/links/a/v2", errnos[i], 100000);
		pass_time(2000);
		assert_true(fake_has("/links/a/v1") && fake_has("/routes/a/7"));
		assert_false(fake_has("/links/a/v2") || fake_has("/routes/a/8"));
		expect_state("/links/a/v1", INTENT_APPLIED);
		expect_state("/routes/a/8", INTENT_PENDING);
		fake_fault.times = 0;
		pass_time(61 * 1000);
		assert_true(fake_has("/routes/a/8"));
	}
}

static void a_dump_that_is_interrupted_loses_nothing(void **state)
{
	(void)state;
	make_all();
	fake_take("/routes/a/7");
	fault(FAKE_LIST, "a", EINTR, 1);
	pass_time(1000);
	expect_state("/routes/a/7", INTENT_APPLIED);
	assert_true(fake_has("/routes/a/7"));
	assert_null(strstr(fake_log, "remove"));
}

static void what_is_foreign_by_now_is_left_alone(void **state)
{
	(void)state;
	make_all();
	fake_take("/links/a/v2");
	pass_time(10);
	fake_take("/links/a/v2");
	fake_set("/routes/a/9", 1, false);
	fake_set("/links/a/v2", 99, false);
	/* In another place of the list, so it is not the one that was made. */
	fake_take("/links/a/v2");
	fake_set("/links/a/other", 1, false);
	fake_set("/links/a/v2", 99, false);
	pass_time(2000);
	assert_int_equal(fake_value("/links/a/v2"), 99);
	expect_state("/links/a/v2", INTENT_RETRYING);
	assert_int_equal(run(INTENT_CHANGE, 2, 2, false, 0), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_int_equal(run(INTENT_DELETE, 0, STEPS - 1, false, 0), 0);
	assert_true(strstr(fake_log, "change /links/a/v2") == NULL);
	assert_true(strstr(fake_log, "remove /links/a/v2") == NULL);
}

static void what_was_foreign_is_made_when_it_is_gone(void **state)
{
	(void)state;
	make_all();
	fake_take("/links/a/v2");
	fake_set("/links/a/other", 1, false);
	fake_set("/links/a/v2", 99, false);
	pass_time(2000);
	expect_state("/links/a/v2", INTENT_RETRYING);
	fake_take("/links/a/v2");
	pass_time(2000);
	assert_int_equal(fake_value("/links/a/v2"), 1400);
}

/* ---- a change that undoes itself ---- */

static void what_is_not_confirmed_is_undone(void **state)
{
	int64_t left;

	(void)state;
	assert_int_equal(run(INTENT_CREATE, 0, 1, false, 0), 0);
	assert_int_equal(run(INTENT_CREATE, 2, STEPS - 1, false, 5), 0);
	assert_true(intent_held(intent, &left) && left == 5000);
	assert_int_equal(run(INTENT_CHANGE, 1, 1, false, 0), -1);
	assert_int_equal(error.kind, ERROR_REFUSED);
	fake_now_ms += 3000;
	intent_close(intent);
	open_intent();
	assert_true(intent_held(intent, &left) && left == 2000);
	assert_true(fake_has("/routes/a/8"));
	fake_now_ms += 2000;
	intent_reconcile(intent);
	expect_count(2, "undone");
	assert_int_equal(run(INTENT_CHANGE, 1, 1, false, 0), 0);
}

static void what_is_confirmed_stays(void **state)
{
	int64_t left;

	(void)state;
	assert_int_equal(run(INTENT_CREATE, 0, STEPS - 1, false, 5), 0);
	error_clear(&error);
	assert_int_equal(intent_confirm(intent, &error), 0);
	assert_false(intent_held(intent, &left));
	fake_now_ms += 6000;
	intent_reconcile(intent);
	expect_count(STEPS, "confirmed");
	assert_int_equal(intent_confirm(intent, &error), -1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_creation_that_fails_leaves_nothing),
		CASE(a_creation_whose_answer_is_lost_leaves_nothing),
		CASE(what_was_done_is_undone_in_reverse),
		CASE(undoing_has_patience),
		CASE(a_deletion_that_fails_brings_all_back),
		CASE(a_change_that_fails_is_taken_back),
		CASE(looking_that_fails_changes_nothing),
		CASE(what_is_in_the_way_is_not_removed),
		CASE(what_cannot_be_undone_at_once_is_repaired),
		CASE(what_is_undone_is_told),
		CASE(a_crash_is_undone_by_the_next_start),
		CASE(what_failed_does_not_come_back_with_the_next_change),
		CASE(a_store_that_fails_lets_nothing_happen),
		CASE(what_is_missing_is_waited_for),
		CASE(an_errno_is_a_state),
		CASE(attempts_come_less_and_less_often),
		CASE(one_that_fails_holds_up_nobody),
		CASE(a_dump_that_is_interrupted_loses_nothing),
		CASE(what_is_foreign_by_now_is_left_alone),
		CASE(what_was_foreign_is_made_when_it_is_gone),
		CASE(what_is_not_confirmed_is_undone),
		CASE(what_is_confirmed_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
