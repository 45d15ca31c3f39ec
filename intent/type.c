/* The list of types. */
#include "intent/type.h"

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
