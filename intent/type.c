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

void intent_record_empty(const struct intent_type *type, void *record)
{
	if (type->init)
		type->init(record);
	else
		memset(record, 0, type->size);
}

void intent_record_init(struct intent_record *record, const struct intent_type *type)
{
	record->type = type;
	intent_record_empty(type, record->bytes);
}

void intent_record_clear(struct intent_record *record)
{
	if (record->type->clear)
		record->type->clear(record->bytes);
}
