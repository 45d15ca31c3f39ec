/* Reads the file's lines; it says itself what they mean. */
#include "tests/json_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CASES = 400, LONGEST_LINE = 4096 };

static void add_byte(struct json_case *into, char byte)
{
	/* Room comes in powers of two. */
	if (!(into->length & (into->length - 1)))
		into->text = realloc(into->text, into->length ? 2 * into->length : 1);
	into->text[into->length++] = byte;
}

/* The byte at *text, which moves on. */
static char unescape(const char **text)
{
	char digits[3] = "", byte = *(*text)++;

	if (byte != '\\')
		return byte;
	byte = *(*text)++;
	if (byte != 'x')
		return byte;
	memcpy(digits, *text, 2);
	*text += 2;
	return (char)strtoul(digits, NULL, 16);
}

/* One N*'piece'; returns what follows it. */
static const char *add_piece(struct json_case *into, const char *piece)
{
	unsigned long times = *piece == '\'' ? 1 : strtoul(piece, NULL, 10);
	const char *start = strchr(piece, '\'') + 1, *end = start;

	for (unsigned long i = 0; i < times; i++) {
		for (end = start; *end != '\'';)
			add_byte(into, unescape(&end));
	}
	return end + 1;
}

static void read_case(const char *line, struct json_case *ret)
{
	int skip = 0;

	*ret = (struct json_case){ .text = calloc(1, 1) };
	if (sscanf(line, "%7s %95s %n", ret->verdict, ret->name, &skip) != 2)
		abort();
	for (line += skip; strchr(line, '\'');)
		line = add_piece(ret, line + strspn(line, " "));
}

struct json_case *json_suite_read(size_t *count)
{
	struct json_case *cases = calloc(MOST_CASES, sizeof(*cases));
	FILE *file = fopen(TEST_DATA "/json-test-suite", "re");
	char line[LONGEST_LINE];

	*count = 0;
	while (file && cases && *count < MOST_CASES && fgets(line, sizeof(line), file)) {
		if (*line != '#' && *line != '\n')
			read_case(line, &cases[(*count)++]);
	}
	if (file)
		fclose(file);
	return cases;
}

void json_suite_free(struct json_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(cases[i].text);
	free(cases);
}

size_t json_suite_count(const struct json_case *cases, size_t count, char letter)
{
	size_t result = 0;

	for (size_t i = 0; i < count; i++)
		result += cases[i].name[0] == letter;
	return result;
}
