/* The order of steps: needs before needers, deletions first and backwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/fake_kernel.h"

static char folder[64];
static struct intent *intent;
static struct error error;

/* "+" makes, "-" deletes; the type, the key's end, the document. */
static const struct item {
	char action;
	const struct intent_type *type;
	const char *key, *document;
} chain[] = {
	{ '+', &intent_namespace, "/namespaces/a", "a" },
	{ '+', &intent_link, "/links/a/v1", "a v1 1 -" },
	{ '+', &intent_link, "/links/a/v2", "a v2 1 v1" },
	{ '+', &intent_link, "/links/a/v3", "a v3 1 v2" },
	{ '+', &intent_link, "/links/a/v4", "a v4 1 v3" },
	{ '+', &intent_route, "/routes/a/7", "a 7 1 v4" },
};
enum { CHAIN = sizeof(chain) / sizeof(chain[0]) };

static int setup(void **state)
{
	const struct intent_settings settings = { .folder = folder,
						  .documents = fake_documents };

	(void)state;
	fake_reset();
	error_clear(&error);
	strcpy(folder, "/tmp/tunneld-order.XXXXXX");
	return !mkdtemp(folder) || intent_open(&settings, &intent, &error) ||
	       intent_start(intent, &error);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	intent_close(intent);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static struct intent_step step_of(const struct item *item)
{
	struct intent_step step = { .action = item->action == '+' ? INTENT_CREATE :
								    INTENT_DELETE,
				    .type = item->type };

	step.key = strdup(item->key);
	step.document = strdup(item->document);
	return step;
}

/* Puts those of the chain that stand in places into order; ret: the keys. */
static void ordered(const struct item *items, const int *places, size_t count, char *ret)
{
	struct intent_step steps[CHAIN * 2];

	for (size_t i = 0; i < count; i++)
		steps[i] = step_of(&items[places[i]]);
	assert_int_equal(intent_order(intent, steps, count, &error), 0);
	ret[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		sprintf(ret + strlen(ret), "%c%s ",
			steps[i].action == INTENT_CREATE ? '+' : '-', steps[i].key);
		intent_step_clear(&steps[i]);
	}
}

/* The next permutation in the order of words; false: it was the last. */
static bool permute(int *places, int count)
{
	int i = count - 2, j = count - 1, place;

	while (i >= 0 && places[i] > places[i + 1])
		i--;
	if (i < 0)
		return false;
	while (places[j] < places[i])
		j--;
	place = places[i], places[i] = places[j], places[j] = place;
	for (i++, j = count - 1; i < j; i++, j--)
		place = places[i], places[i] = places[j], places[j] = place;
	return true;
}

static void every_permutation_comes_to_one_order(void **state)
{
	int places[CHAIN] = { 0, 1, 2, 3, 4, 5 };
	char keys[512];

	(void)state;
	do {
		ordered(chain, places, CHAIN, keys);
		assert_string_equal(keys,
				    "+/namespaces/a +/links/a/v1 +/links/a/v2 +/links/a/v3 "
				    "+/links/a/v4 +/routes/a/7 ");
	} while (permute(places, CHAIN));
}

static void deletions_come_first_and_backwards(void **state)
{
	int places[CHAIN] = { 0, 1, 2, 3, 4, 5 };
	struct item items[CHAIN];
	char keys[512];

	(void)state;
	memcpy(items, chain, sizeof(items));
	for (int i = 0; i < CHAIN; i++)
		items[i].action = '-';
	do {
		ordered(items, places, CHAIN, keys);
		assert_string_equal(keys, "-/routes/a/7 -/links/a/v4 -/links/a/v3 -/links/a/v2 "
					  "-/links/a/v1 -/namespaces/a ");
	} while (permute(places, CHAIN));
	items[1].action = '+';
	ordered(items, places, CHAIN, keys);
	assert_true(strstr(keys, "+/links/a/v1") > strstr(keys, "-/namespaces/a"));
}

static void a_circle_is_cut(void **state)
{
	static const struct item circle[] = {
		{ '+', &intent_link, "/links/a/v1", "a v1 1 v2" },
		{ '+', &intent_link, "/links/a/v2", "a v2 1 v1" },
		{ '+', &intent_link, "/links/a/v3", "a v3 1 v3" },
	};
	static const int places[] = { 0, 1, 2 };
	char keys[512];

	(void)state;
	ordered(circle, places, 3, keys);
	assert_non_null(strstr(keys, "v1"));
	assert_non_null(strstr(keys, "v2"));
	assert_non_null(strstr(keys, "v3"));
}

static void nothing_is_in_order(void **state)
{
	(void)state;
	assert_int_equal(intent_order(intent, NULL, 0, &error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_permutation_comes_to_one_order),
		cmocka_unit_test(deletions_come_first_and_backwards),
		cmocka_unit_test(a_circle_is_cut),
		cmocka_unit_test(nothing_is_in_order),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
