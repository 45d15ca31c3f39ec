/* The comparison: lines of text in order, and beside each a few numbers that may be one off. */
#include "tests/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 4096, LINES = 4096, NUMBERS = 2 };

struct line {
	char *text;
	long numbers[NUMBERS]; /* of the fields that need only be near */
};

struct lines {
	struct line items[LINES];
	size_t count;
};

/* The first of the alternatives that is there. */
static struct json_object *value_at(struct json_object *json, const char *pointers)
{
	struct json_object *value = NULL;
	char pointer[96];

	for (; *pointers && !value; pointers += strspn(pointers, "|")) {
		size_t length = strcspn(pointers, "|");

		snprintf(pointer, sizeof(pointer), "%.*s", (int)length, pointers);
		if (json_pointer_get(json, pointer, &value))
			value = NULL;
		pointers += length;
	}
	return value;
}

static bool is_of(const char *kinds, const char *kind)
{
	char word[ORACLE_FIELD_SIZE + 2];

	snprintf(word, sizeof(word), " %s ", kind);
	return !kinds || (*kind && strstr(kinds, word));
}

/* Adds a field to a line, as text or as a number. */
static void add_field(struct line *line, const struct oracle_field *field, const char *value,
		      char text[LINE_SIZE], size_t *numbers)
{
	size_t length = strlen(text);

	if (field->near && *numbers < NUMBERS)
		line->numbers[(*numbers)++] = strtol(value, NULL, 10);
	else
		snprintf(text + length, LINE_SIZE - length, "%s=%s ", field->name, value);
}

static void add_line(struct lines *lines, struct json_object *json,
		     const struct oracle_table *table, bool ours)
{
	char text[LINE_SIZE] = "", value[ORACLE_FIELD_SIZE], kind[ORACLE_FIELD_SIZE];
	struct line *line = &lines->items[lines->count];
	size_t numbers = 0;

	oracle_kind(value_at(json, ours ? "/kind" : "/linkinfo/info_kind"), kind);
	if (lines->count == LINES || (!ours && !is_of(table->only_kinds, kind)))
		return;
	for (const struct oracle_field *field = table->fields; field->name; field++) {
		if (!is_of(field->kinds, kind))
			continue;
		(ours ? field->our_form : field->their_form)(
			value_at(json, ours ? field->ours : field->theirs), value);
		add_field(line, field, value, text, &numbers);
	}
	while (numbers < NUMBERS)
		line->numbers[numbers++] = 0;
	line->text = strdup(text);
	lines->count++;
}

/*
 * Their addresses stand below their links: each gets its link's name, and loses
 * a label that says no more than that.
 */
static void add_inner(struct lines *lines, struct json_object *json,
		      const struct oracle_table *table)
{
	struct json_object *inner = value_at(json, table->inner);

	for (size_t i = 0; inner && i < json_object_array_length(inner); i++) {
		struct json_object *one = json_object_array_get_idx(inner, i);

		struct json_object *name = value_at(json, "/ifname");

		json_object_object_add(one, "ifname", json_object_get(name));
		if (json_object_equal(value_at(one, "/label"), name))
			json_object_object_del(one, "label");
		add_line(lines, one, table, false);
	}
}

/* What was asked for gives way to what the kernel made of it. */
static void lay_effective_over(struct json_object *one)
{
	struct json_object *effective = value_at(one, "/status/effective");

	if (!effective)
		return;
	json_object_object_foreach(effective, name, value)
		json_object_object_add(one, name, json_object_get(value));
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

static void collect(struct lines *lines, struct json_object *list,
		    const struct oracle_table *table, bool ours)
{
	lines->count = 0;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (ours)
			lay_effective_over(one);
		if (!ours && table->inner)
			add_inner(lines, one, table);
		else
			add_line(lines, one, table, ours);
	}
	qsort(lines->items, lines->count, sizeof(*lines->items), compare_lines);
}

/* As strcmp(), and equal only where the numbers are at most one apart. */
static int compare_near(const struct line *a, const struct line *b)
{
	int order = strcmp(a->text, b->text);

	for (size_t i = 0; !order && i < NUMBERS; i++) {
		if (labs(a->numbers[i] - b->numbers[i]) > 1)
			order = a->numbers[i] < b->numbers[i] ? -1 : 1;
	}
	return order;
}

static void tell_line(const char *who, const struct line *line)
{
	fprintf(stderr, "%s: %s %ld %ld\n", who, line->text, line->numbers[0], line->numbers[1]);
}

/* Walks both sorted lists; the number of lines that only one of them has. */
static size_t differences(const struct lines *a, const struct lines *b, bool tell)
{
	size_t i = 0, j = 0, count = 0;

	while (i < a->count || j < b->count) {
		int order = i == a->count ? 1 : j == b->count ? -1 :
			    compare_near(&a->items[i], &b->items[j]);

		if (order && tell && count < 20)
			tell_line(order < 0 ? "tunneld" : "ip     ",
				  order < 0 ? &a->items[i] : &b->items[j]);
		count += order != 0;
		i += order <= 0;
		j += order >= 0;
	}
	return count;
}

static void free_lines(struct lines *lines)
{
	while (lines->count)
		free(lines->items[--lines->count].text);
}

int oracle_compare(struct json_object *ours, struct json_object *theirs,
		   const struct oracle_table *table, bool tell)
{
	static struct lines a, b;
	size_t count;

	collect(&a, ours, table, true);
	collect(&b, theirs, table, false);
	count = differences(&a, &b, tell);
	if (count == 0)
		printf("%zu objects agree\n", a.count);
	free_lines(&a);
	free_lines(&b);
	return count ? -1 : 0;
}
