/*
 * Hashes of 64 bits, and whether one of them is there. Two things with the same
 * hash are one: for users to whom a wrong yes is only a little more work.
 */
#ifndef NETOPS_HASH_SET_H
#define NETOPS_HASH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty. */
struct hash_set {
	uint64_t *places; /* 0: free */
	size_t room, count;
};

void hash_set_free(struct hash_set *set);
/* False without memory: then it may be missing. */
bool hash_set_add(struct hash_set *set, uint64_t hash);
bool hash_set_has(const struct hash_set *set, uint64_t hash);

/*
 * The same for a million, in one or two bytes for each and with a wrong yes for a few of
 * a hundred: no hash is kept, but two bits of it.
 */
struct hash_filter {
	uint64_t *words;
	size_t bits; /* a power of two; 0: nothing was ever added */
};

void hash_filter_free(struct hash_filter *filter);
/* Room for so many; false without memory. */
bool hash_filter_open(struct hash_filter *filter, size_t count);
void hash_filter_clear(struct hash_filter *filter);
void hash_filter_add(struct hash_filter *filter, uint64_t hash);
bool hash_filter_has(const struct hash_filter *filter, uint64_t hash);

/* Of bytes. Never 0. */
uint64_t hash_of(const void *bytes, size_t length, uint64_t start);

#endif
