/* Sets of names, and the table of what is wanted: by key, by the other key, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "intent/intent_private.h"

enum { MANY = 3000 };

static const char *numbered(int number)
{
	static char text[32];

	snprintf(text, sizeof(text), "/links/a/v%d", number);
	return text;
}

static void names_are_kept_once_and_found(void **state)
{
	struct names names = { 0 };

	(void)state;
	assert_false(names_has(&names, ""));
	for (int i = 0; i < 2 * MANY; i++)
		assert_true(names_add(&names, numbered(i * 7 % MANY)));
	assert_int_equal(names.count, MANY);
	for (int i = 0; i < MANY; i++)
		assert_true(names_has(&names, numbered(i)));
	assert_false(names_has(&names, "/links/a/v"));
	for (size_t i = 1; i < names.count; i++)
		assert_true(strcmp(names.all[i - 1], names.all[i]) < 0);
	for (int i = 0; i < MANY; i += 2)
		names_remove(&names, numbered(i));
	names_remove(&names, "was never there");
	for (int i = 0; i < MANY; i++)
		assert_int_equal(names_has(&names, numbered(i)), i % 2);
	for (int i = 0; i < MANY; i++)
		assert_true(names_add(&names, numbered(i)));
	assert_int_equal(names.count, MANY);
	names_clear(&names);
	assert_int_equal(names.count, 0);
	assert_true(names_add(&names, "again"));
	names_clear(&names);
}

static void the_table_finds_what_it_has(void **state)
{
	struct intent_table table = { 0 };
	struct intent_object *object;
	int number = 0;

	(void)state;
	assert_null(table_find(&table, "/links/a/v1"));
	for (int i = 0; i < MANY; i++)
		assert_non_null(table_add(&table, &intent_link, numbered(i)));
	for (int i = 0; i < MANY; i++) {
		object = table_find(&table, numbered(i));
		assert_non_null(object);
		assert_string_equal(object->key, numbered(i));
	}
	/* In the order of their making, also when some are gone. */
	for (int i = 0; i < MANY; i += 3)
		table_remove(&table, table_find(&table, numbered(i)));
	for (object = table.first; object; object = object->next, number++) {
		number += number % 3 == 0;
		assert_string_equal(object->key, numbered(number));
	}
	assert_null(table_find(&table, numbered(0)));
	table_clear(&table);
	assert_null(table.first);
}

static void the_other_end_is_a_name_too(void **state)
{
	struct intent_table table = { 0 };
	struct intent_object *one = table_add(&table, &intent_link, "/links/a/v1");
	struct intent_object *two = table_add(&table, &intent_link, "/links/a/w1");

	(void)state;
	assert_int_equal(table_set_other(&table, one, "/links/b/v2"), 0);
	assert_ptr_equal(table_find(&table, "/links/b/v2"), one);
	assert_int_equal(table_set_other(&table, one, "/links/b/v3"), 0);
	assert_null(table_find(&table, "/links/b/v2"));
	assert_ptr_equal(table_find(&table, "/links/b/v3"), one);
	/* What is another's stays that one's, also when the one that claimed it goes. */
	assert_int_equal(table_set_other(&table, two, "/links/a/v1"), 0);
	assert_ptr_equal(table_find(&table, "/links/a/v1"), one);
	table_remove(&table, two);
	assert_ptr_equal(table_find(&table, "/links/a/v1"), one);
	assert_int_equal(table_set_other(&table, one, NULL), 0);
	assert_null(table_find(&table, "/links/b/v3"));
	assert_int_equal(table_set_other(&table, one, "/links/b/v4"), 0);
	table_remove(&table, one);
	assert_null(table_find(&table, "/links/b/v4"));
	table_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_kept_once_and_found),
		cmocka_unit_test(the_table_finds_what_it_has),
		cmocka_unit_test(the_other_end_is_a_name_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
