/*
 * One pass over the text that knows strings from the rest and nothing more.
 * json-c keeps the last of two members that share a name; that there are such
 * shows by the text naming more members than the tree has. Only then the names
 * are collected and sorted, to say which it is.
 */
#include "api/json_scan.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_reader.h"

struct json_name {
	size_t object; /* a number for each object of the text */
	const char *text;
	size_t length;
};

int json_scan_refuse(const char *text, size_t offset, struct error *error, const char *what)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	return error_set(error, ERROR_MALFORMED,
			 "the body is not JSON: %s at line %zu, column %zu", what, line,
			 column);
}

/* The offset of the quote that ends the string which begins at offset, or length. */
static size_t json_string_end(const char *text, size_t length, size_t offset)
{
	for (size_t i = offset + 1; i < length; i++) {
		if (text[i] == '\\')
			i++;
		else if (text[i] == '"')
			return i;
	}
	return length;
}

/* Does a colon follow the string that ends here? */
static bool json_is_name(const char *text, size_t length, size_t end)
{
	for (size_t i = end + 1; i < length; i++) {
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return text[i] == ':';
	}
	return false;
}

static bool json_has_nul_escape(const char *text, size_t length)
{
	for (size_t i = 0; i + 6 <= length; i++) {
		if (text[i] == '\\' && !memcmp(text + i + 1, "u0000", 5))
			return true;
		i += text[i] == '\\';
	}
	return false;
}

static int json_scan_string(const char *text, size_t offset, size_t end, bool name,
			    struct error *error)
{
	for (size_t i = offset; i < end; i++) {
		if ((unsigned char)text[i] < 0x20)
			return json_scan_refuse(text, i, error,
						"a control character that is not escaped");
	}
	if (name && json_has_nul_escape(text + offset, end - offset))
		return json_scan_refuse(text, offset, error, "a name with NUL in it");
	return 0;
}

/* What is wrong with the byte at i, outside of strings; NULL: nothing that we look for. */
static const char *json_scan_byte(const char *text, size_t length, size_t i)
{
	char next = i + 1 < length ? text[i + 1] : ' ';
	char then = i + 2 < length ? text[i + 2] : ' ';

	switch (text[i]) {
	case '\'':
		return "a single quote (strings have double ones)";
	case 'N':
	case 'I':
		return "a word that is neither true, false nor null";
	case '\0':
		return "a NUL byte";
	case '-':
		return next == '0' && isdigit((unsigned char)then) ? "a leading zero" : NULL;
	case '.':
		return isdigit((unsigned char)next) ? NULL : "a point without digits behind it";
	default:
		return NULL;
	}
}

int json_scan(const char *text, size_t length, size_t *names, struct error *error)
{
	*names = 0;
	for (size_t i = 0; i < length; i++) {
		const char *what = json_scan_byte(text, length, i);
		size_t end;
		bool name;

		if (what)
			return json_scan_refuse(text, i, error, what);
		if (text[i] != '"')
			continue;
		end = json_string_end(text, length, i);
		name = json_is_name(text, length, end);
		if (json_scan_string(text, i, end, name, error) < 0)
			return -1;
		*names += name;
		i = end;
	}
	return 0;
}

/* Fills list with the names of the text. */
static void json_collect(const char *text, size_t length, struct json_name *list)
{
	size_t objects[JSON_DEPTH + 2] = { 0 }, depth = 0, last = 0;

	for (size_t i = 0; i < length; i++) {
		size_t start = i;

		if (text[i] == '{' || text[i] == '[')
			objects[++depth] = ++last;
		else if (text[i] == '}' || text[i] == ']')
			depth--;
		if (text[i] != '"')
			continue;
		i = json_string_end(text, length, i);
		if (json_is_name(text, length, i))
			*list++ = (struct json_name){ objects[depth], text + start + 1,
						      i - start - 1 };
	}
}

static int json_name_order(const void *left, const void *right)
{
	const struct json_name *a = left, *b = right;
	size_t shorter = a->length < b->length ? a->length : b->length;
	int order = memcmp(a->text, b->text, shorter);

	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (order || a->length == b->length)
		return order;
	return a->length < b->length ? -1 : 1;
}

int json_scan_duplicate(const char *text, size_t length, size_t names, struct error *error)
{
	struct json_name *list = calloc(names, sizeof(*list));
	int result =
		error_set(error, ERROR_MALFORMED, "an object of the body names a member twice");

	if (!list)
		return result;
	json_collect(text, length, list);
	qsort(list, names, sizeof(*list), json_name_order);
	for (size_t i = 1; i < names; i++) {
		if (!json_name_order(&list[i - 1], &list[i])) {
			error_set(error, ERROR_MALFORMED,
				  "an object of the body names the member \"%.*s\" twice",
				  list[i].length > 60 ? 60 : (int)list[i].length, list[i].text);
			break;
		}
	}
	free(list);
	return result;
}
