/* The table of what is wanted, by key: a hash that grows, and the order of making. */
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"

/* Keys come from clients, but a list that grows long only costs its maker. */
static uint64_t table_hash(const char *key)
{
	return names_hash(key);
}

static struct intent_node **table_place(const struct intent_table *table, const char *key,
					uint64_t hash)
{
	struct intent_node **node = &table->buckets[hash % table->bucket_count];

	while (*node && ((*node)->hash != hash || strcmp((*node)->key, key)))
		node = &(*node)->next;
	return node;
}

static struct intent_object *table_look(const struct intent_table *table, const char *key,
					uint64_t hash)
{
	const struct intent_node *node = table->bucket_count ? *table_place(table, key, hash) :
							       NULL;

	return node ? node->object : NULL;
}

struct intent_object *table_find(const struct intent_table *table, const char *key)
{
	return key ? table_look(table, key, table_hash(key)) : NULL;
}

struct intent_object *table_find_like(const struct intent_table *table,
				      const struct intent_object *object)
{
	return table_look(table, object->key, object->name.hash);
}

static bool table_grow(struct intent_table *table)
{
	struct intent_table grown = { .bucket_count = table->bucket_count * 2 + 61 };

	grown.buckets = calloc(grown.bucket_count, sizeof(*grown.buckets));
	if (!grown.buckets)
		return false;
	for (size_t i = 0; i < table->bucket_count; i++) {
		for (struct intent_node *node = table->buckets[i], *next; node; node = next) {
			struct intent_node **place = table_place(&grown, node->key, node->hash);

			next = node->next;
			node->next = NULL;
			*place = node;
		}
	}
	free(table->buckets);
	table->buckets = grown.buckets;
	table->bucket_count = grown.bucket_count;
	return true;
}

/* One name of the object, whose text it is; its hash is known. */
static int table_name(struct intent_table *table, struct intent_object *object,
		      struct intent_node *node, const char *key)
{
	if (table->count >= table->bucket_count && !table_grow(table))
		return -1;
	node->key = key;
	node->object = object;
	node->next = NULL;
	*table_place(table, key, node->hash) = node;
	table->count++;
	return 0;
}

static void table_unname(struct intent_table *table, struct intent_node *node)
{
	if (!node->key)
		return;
	*table_place(table, node->key, node->hash) = node->next;
	node->key = NULL;
	table->count--;
}

void table_free(struct intent_object *object)
{
	if (!object)
		return;
	free(object->key);
	free(object->owner);
	free(object->labels);
	free(object->document);
	free(object->namespace);
	free(object->other_key);
	free(object->other_namespace);
	free(object->reason);
	free(object->words);
	free(object->via);
	for (char **need = object->needs; need && *need; need++)
		free(*need);
	free(object->needs);
	free(object);
}

static void table_link(struct intent_table *table, struct intent_object *object)
{
	object->previous = table->last;
	if (table->last)
		table->last->next = object;
	else
		table->first = object;
	table->last = object;
}

static void table_unlink(struct intent_table *table, struct intent_object *object)
{
	if (object->previous)
		object->previous->next = object->next;
	else
		table->first = object->next;
	if (object->next)
		object->next->previous = object->previous;
	else
		table->last = object->previous;
}

struct intent_object *table_new(const struct intent_type *type, const char *key)
{
	struct intent_object *object = calloc(1, sizeof(*object));

	if (!object)
		return NULL;
	object->type = type;
	object->key = strdup(key);
	object->since_ms = intent_epoch();
	if (!object->key) {
		table_free(object);
		return NULL;
	}
	object->name.hash = table_hash(key);
	return object;
}

int table_insert(struct intent_table *table, struct intent_object *object)
{
	if (table_name(table, object, &object->name, object->key))
		return -1;
	table_link(table, object);
	return 0;
}

struct intent_object *table_add(struct intent_table *table, const struct intent_type *type,
				const char *key)
{
	struct intent_object *object = table_new(type, key);

	if (object && !table_insert(table, object))
		return object;
	table_free(object);
	return NULL;
}

void table_remove(struct intent_table *table, struct intent_object *object)
{
	table_unname(table, &object->name);
	table_unname(table, &object->other_name);
	table_unlink(table, object);
	table_free(object);
}

/* A key that another has already stays that one's. */
int table_set_other(struct intent_table *table, struct intent_object *object, const char *key)
{
	if (object->other_key && key && !strcmp(object->other_key, key))
		return 0;
	table_unname(table, &object->other_name);
	free(object->other_key);
	object->other_key = NULL;
	if (!key || !strcmp(key, object->key))
		return 0;
	object->other_key = strdup(key);
	if (!object->other_key)
		return -1;
	object->other_name.hash = table_hash(key);
	return table_find(table, key) ?
		       0 :
		       table_name(table, object, &object->other_name, object->other_key);
}

void table_clear(struct intent_table *table)
{
	while (table->first)
		table_remove(table, table->first);
	free(table->buckets);
	*table = (struct intent_table){ 0 };
}

bool table_set_text(char **text, const char *value)
{
	char *copy;

	if (*text && value && !strcmp(*text, value))
		return true;
	copy = strdup(value ? value : "");
	if (!copy)
		return false;
	free(*text);
	*text = copy;
	return true;
}
