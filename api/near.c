/*
 * How many letters must be changed, put in, left out or swapped with their
 * neighbour to make one word of the other. For short words only. Near is: not
 * more than a third of the letters.
 */
#include "api/near.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { NEAR_LENGTH = 40 };

struct near_table {
	uint8_t cost[NEAR_LENGTH + 1][NEAR_LENGTH + 1]; /* of the first i and j letters */
};

static int near_least(int a, int b)
{
	return a < b ? a : b;
}

static int near_cost(const struct near_table *table, const char *a, size_t i, const char *b,
		     size_t j)
{
	int cost = table->cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

	cost = near_least(cost, table->cost[i - 1][j] + 1);
	cost = near_least(cost, table->cost[i][j - 1] + 1);
	if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
		cost = near_least(cost, table->cost[i - 2][j - 2] + 1);
	return cost;
}

static size_t near_distance(const char *a, size_t length_a, const char *b, size_t length_b)
{
	struct near_table table;

	for (size_t i = 0; i <= length_a; i++)
		table.cost[i][0] = (uint8_t)i;
	for (size_t j = 0; j <= length_b; j++)
		table.cost[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= length_a; i++) {
		for (size_t j = 1; j <= length_b; j++)
			table.cost[i][j] = (uint8_t)near_cost(&table, a, i, b, j);
	}
	return table.cost[length_a][length_b];
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
