/* A few names are compared each with each; many are sorted first, or they would take a minute. */
#include "api/json_names.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_FEW = 12, NAMES_FIRST = 64 };

bool json_names_add(struct json_names *names, const struct json_string *name)
{
	if (names->count == names->room) {
		size_t room = names->room ? 2 * names->room : NAMES_FIRST;
		void *list = reallocarray(names->list, room, sizeof(*names->list));

		if (!list)
			return false;
		names->list = list;
		names->room = room;
	}
	names->list[names->count++] = *name;
	return true;
}

static int json_name_order_slowly(const struct json_string *a, const struct json_string *b,
				  const char *text)
{
	struct json_string_place place_a = { 0 }, place_b = { 0 };
	int byte_a, byte_b;

	do {
		byte_a = json_string_byte(text, a, &place_a);
		byte_b = json_string_byte(text, b, &place_b);
	} while (byte_a == byte_b && byte_a >= 0);
	return byte_a - byte_b;
}

/* Bytewise, the shorter one first. */
static int json_name_order(const void *left, const void *right, void *context)
{
	const struct json_string *a = left, *b = right;
	const char *text = context;
	int order;

	if (a->has_escape || b->has_escape)
		return json_name_order_slowly(a, b, text);
	order = memcmp(text + a->start, text + b->start,
		       a->length < b->length ? a->length : b->length);
	if (order || a->length == b->length)
		return order;
	return a->length < b->length ? -1 : 1;
}

static bool json_names_equal(const struct json_string *a, const struct json_string *b,
			     const char *text)
{
	if (!a->has_escape && !b->has_escape && a->length != b->length)
		return false;
	return !json_name_order(a, b, (void *)(size_t)text);
}

/* Of two that are equal the later one. */
static void json_names_found(const struct json_string *a, const struct json_string *b,
			     struct json_string *ret)
{
	*ret = a->start > b->start ? *a : *b;
}

static bool json_names_few(const struct json_string *list, size_t count, const char *text,
			   struct json_string *ret)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (json_names_equal(&list[i], &list[j], text)) {
				json_names_found(&list[i], &list[j], ret);
				return true;
			}
		}
	}
	return false;
}

static bool json_names_many(struct json_string *list, size_t count, const char *text,
			    struct json_string *ret)
{
	qsort_r(list, count, sizeof(*list), json_name_order, (void *)(size_t)text);
	for (size_t i = 1; i < count; i++) {
		if (json_names_equal(&list[i - 1], &list[i], text)) {
			json_names_found(&list[i - 1], &list[i], ret);
			return true;
		}
	}
	return false;
}

bool json_names_end(struct json_names *names, size_t first, const char *text,
		    struct json_string *ret)
{
	struct json_string *list;
	size_t count = names->count - first;

	names->count = first;
	if (count < 2)
		return false;
	list = names->list + first;
	return count <= NAMES_FEW ? json_names_few(list, count, text, ret) :
				    json_names_many(list, count, text, ret);
}
