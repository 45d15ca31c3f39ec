/*
 * The few indexes that are kept. Those that are being built belong to who builds
 * them; once they are here, they are used under the lock, for an instant each.
 */
#include <stdlib.h>
#include <string.h>

#include "netops/route_index_private.h"

enum { INDEX_LIMIT = 16 };

struct route_indexes {
	pthread_mutex_t mutex;
	struct route_index *first;
	uint64_t clock; /* counts the questions */
};

struct route_indexes *route_indexes_open(void)
{
	struct route_indexes *indexes = calloc(1, sizeof(*indexes));

	if (indexes)
		pthread_mutex_init(&indexes->mutex, NULL);
	return indexes;
}

static void index_take_out(struct route_index **link)
{
	struct route_index *index = *link;

	*link = index->next;
	route_index_discard(index);
}

static bool index_current(const struct route_index *index)
{
	return namespace_is_current(index->namespace, &index->identity);
}

void route_indexes_close(struct route_indexes *indexes, bool all)
{
	struct route_index **link;

	if (!indexes)
		return;
	pthread_mutex_lock(&indexes->mutex);
	for (link = &indexes->first; *link;) {
		if (all || !index_current(*link))
			index_take_out(link);
		else
			link = &(*link)->next;
	}
	pthread_mutex_unlock(&indexes->mutex);
}

void route_indexes_free(struct route_indexes *indexes)
{
	if (!indexes)
		return;
	route_indexes_close(indexes, true);
	pthread_mutex_destroy(&indexes->mutex);
	free(indexes);
}

/* Where it is, or the end of the list. One of a namespace that was replaced goes. */
static struct route_index **index_find(struct route_indexes *indexes,
				       const struct route_index_key *key)
{
	struct route_index **link = &indexes->first;

	while (*link && ((*link)->table != key->table || (*link)->family != key->family ||
			 strcmp((*link)->namespace, key->namespace)))
		link = &(*link)->next;
	if (*link && !index_current(*link)) {
		index_take_out(link);
		return index_find(indexes, key);
	}
	return link;
}

static void index_make_room(struct route_indexes *indexes)
{
	struct route_index **least = &indexes->first;
	unsigned int count = 0;

	for (struct route_index **link = &indexes->first; *link; link = &(*link)->next) {
		count++;
		if ((*link)->used < (*least)->used)
			least = link;
	}
	if (count > INDEX_LIMIT)
		index_take_out(least);
}

static void index_insert(struct route_indexes *indexes, struct route_index *index)
{
	index->used = ++indexes->clock;
	index->next = indexes->first;
	indexes->first = index;
	index_make_room(indexes);
}

static struct route_index *index_new(const struct route_index_key *key)
{
	struct route_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	strncpy(index->namespace, key->namespace, sizeof(index->namespace) - 1);
	index->family = key->family;
	index->table = key->table;
	index->fd = -1;
	return index;
}

void route_index_want(struct netops *netops, const struct route_index_key *key, size_t count)
{
	struct route_index *index = index_new(key);
	struct route_index **old;

	if (!index || !namespace_identify(key->namespace, &index->identity)) {
		route_index_discard(index);
		return;
	}
	index->count = count;
	pthread_mutex_lock(&netops->indexes->mutex);
	old = index_find(netops->indexes, key);
	if (*old)
		index_take_out(old);
	index_insert(netops->indexes, index);
	pthread_mutex_unlock(&netops->indexes->mutex);
}

enum route_index_answer route_index_ask(struct netops *netops,
					const struct route_index_key *key,
					const struct ip *prefix)
{
	enum route_index_answer answer = ROUTE_INDEX_UNKNOWN;
	struct route_index *index;

	pthread_mutex_lock(&netops->indexes->mutex);
	index = *index_find(netops->indexes, key);
	if (index) {
		index->used = ++netops->indexes->clock;
		answer = route_index_of(index, prefix);
	}
	pthread_mutex_unlock(&netops->indexes->mutex);
	return answer;
}

/* As many as it had, and some more. */
static size_t index_expected(struct route_indexes *indexes, const struct route_index_key *key)
{
	const struct route_index *old;
	size_t count;

	pthread_mutex_lock(&indexes->mutex);
	old = *index_find(indexes, key);
	count = old ? old->count : 0;
	pthread_mutex_unlock(&indexes->mutex);
	return count + count / 8;
}

struct route_index *route_index_begin(struct netops *netops, const struct route_index_key *key)
{
	struct route_index *index = index_new(key);
	struct error ignored;

	error_clear(&ignored);
	if (index && hash_filter_open(&index->known, index_expected(netops->indexes, key)) &&
	    !namespace_run_in(netops, key->namespace, route_index_listen, index,
			      &index->identity, &ignored))
		return index;
	route_index_discard(index);
	return NULL;
}

void route_index_keep(struct netops *netops, struct route_index *index)
{
	char namespace[NAMESPACE_NAME_SIZE]; /* the index itself may go */
	const struct route_index_key key = { namespace, index->family, index->table };
	struct route_index **old;

	memcpy(namespace, index->namespace, sizeof(namespace));
	if (!route_index_complete(index)) {
		route_index_want(netops, &key, index->count);
		route_index_discard(index);
		return;
	}
	pthread_mutex_lock(&netops->indexes->mutex);
	old = index_find(netops->indexes, &key);
	if (*old)
		index_take_out(old);
	index_insert(netops->indexes, index);
	/* Its namespace may have gone meanwhile, and nobody would tell again. */
	(void)index_find(netops->indexes, &key);
	pthread_mutex_unlock(&netops->indexes->mutex);
}
