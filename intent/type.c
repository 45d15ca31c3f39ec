/* The list of types, and the life of their records. */
#include "intent/type.h"

#include <stdlib.h>
#include <string.h>

const struct intent_type *const intent_types[] = {
	&intent_namespace, &intent_link, &intent_tunnel,   &intent_address,
	&intent_route,	   &intent_rule, &intent_neighbor, NULL,
};

const struct intent_type *intent_type_find(const char *name)
{
	const struct intent_type *const *type = intent_types;

	while (*type && strcmp((*type)->name, name))
		type++;
	return *type;
}

static void record_empty(const struct intent_type *type, void *record)
{
	if (type->init)
		type->init(record);
	else
		memset(record, 0, type->size);
}

void intent_record_init(struct intent_record *record, const struct intent_type *type)
{
	record->type = type;
	record_empty(type, record->bytes);
}

void intent_record_clear(struct intent_record *record)
{
	if (record->type->clear)
		record->type->clear(record->bytes);
}

void *intent_record_new(const struct intent_type *type)
{
	void *record = malloc(type->size);

	if (record)
		record_empty(type, record);
	return record;
}

void intent_record_free(const struct intent_type *type, void *record)
{
	if (record && type->clear)
		type->clear(record);
	free(record);
}
