/* Levenshtein's distance, for short words only. Near is: a third of the letters differ at most. */
#include "api/near.h"

#include <stdio.h>
#include <string.h>

enum { NEAR_LENGTH = 40 };

static size_t near_least(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static size_t near_distance(const char *a, size_t length_a, const char *b, size_t length_b)
{
	size_t row[NEAR_LENGTH + 1];

	for (size_t j = 0; j <= length_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			size_t above = row[j];

			row[j] = near_least(row[j] + 1, row[j - 1] + 1,
					    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length_b];
}

void near_offer(struct near *near, const char *name, size_t length)
{
	size_t word_length = strlen(near->word), distance;
	size_t longer = word_length > length ? word_length : length;

	if (longer > NEAR_LENGTH)
		return;
	distance = near_distance(near->word, word_length, name, length);
	if (distance > longer / 3 || (near->best && distance >= near->distance))
		return;
	near->best = name;
	near->length = length;
	near->distance = distance;
}

const char *near_hint(const struct near *near, char text[NEAR_HINT_SIZE])
{
	text[0] = '\0';
	if (near->best)
		snprintf(text, NEAR_HINT_SIZE, ": did you mean \"%.*s\"?", (int)near->length,
			 near->best);
	return text;
}
