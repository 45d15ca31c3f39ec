#include "intent/names.h"

#include <stdlib.h>
#include <string.h>

/* Where it stands, or would. */
static size_t names_place(const struct names *names, const char *name)
{
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names->all[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool names_has(const struct names *names, const char *name)
{
	size_t place = names_place(names, name);

	return place < names->count && !strcmp(names->all[place], name);
}

bool names_add(struct names *names, const char *name)
{
	size_t place = names_place(names, name);
	char **all = names->all, *copy;

	if (place < names->count && !strcmp(all[place], name))
		return true;
	/* The room grows at each power of two; after a removal it may be larger already. */
	if (!(names->count & (names->count - 1)))
		all = reallocarray(all, names->count ? 2 * names->count : 1, sizeof(*all));
	if (!all)
		return false;
	names->all = all;
	copy = strdup(name);
	if (!copy)
		return false;
	memmove(all + place + 1, all + place, (names->count - place) * sizeof(*all));
	all[place] = copy;
	names->count++;
	return true;
}

void names_remove(struct names *names, const char *name)
{
	size_t place = names_place(names, name);

	if (place == names->count || strcmp(names->all[place], name))
		return;
	free(names->all[place]);
	names->count--;
	memmove(names->all + place, names->all + place + 1,
		(names->count - place) * sizeof(*names->all));
}

void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->all[i]);
	free(names->all);
	*names = (struct names){ 0 };
}

uint64_t names_hash(const char *name)
{
	size_t length = strlen(name);
	uint64_t hash = length, word;

	for (; length;
	     length -= length < sizeof(word) ? length : sizeof(word), name += sizeof(word)) {
		word = 0;
		memcpy(&word, name, length < sizeof(word) ? length : sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash;
}

void names_move(struct names *into, struct names *from)
{
	if (!into->count) {
		names_clear(into);
		*into = *from;
		*from = (struct names){ 0 };
		return;
	}
	for (size_t i = 0; i < from->count; i++)
		(void)names_add(into, from->all[i]);
	names_clear(from);
}
