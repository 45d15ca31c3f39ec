/*
 * Addresses that are objects of their own carry the same mark as those that are
 * members of their link. Of what is on a link, a change of the link would take
 * away all that it does not name; so it has to name those, too.
 */
#include <string.h>

#include "intent/intent_private.h"
#include "netops/link.h"

static bool apart_is_wanted(struct intent *intent, const struct link *link,
			    const struct address *address)
{
	const struct intent_object *object;
	struct address known = *address;
	char key[ERROR_URL_SIZE];

	memcpy(known.namespace, link->namespace, sizeof(known.namespace));
	memcpy(known.link.name, link->name, sizeof(known.link.name));
	intent_address.key(&known, key);
	object = table_find(&intent->table, key);
	return object && object->type == &intent_address;
}

static bool apart_has(const struct link *link, const struct address *address)
{
	for (size_t i = 0; i < link->addresses.count; i++) {
		if (address_same(&link->addresses.items[i], address))
			return true;
	}
	return false;
}

/* Without a list of its own, a link keeps all that it has. */
static int apart_keep_of(struct intent *intent, const struct link *current, struct link *wanted,
			 struct error *error)
{
	for (size_t i = 0; wanted->given_addresses && i < current->addresses.count; i++) {
		const struct address *address = &current->addresses.items[i];

		if (address_is_ours(address) && !apart_has(wanted, address) &&
		    apart_is_wanted(intent, current, address) &&
		    address_list_add(&wanted->addresses, address, error))
			return -1;
	}
	return 0;
}

int apart_keep(struct intent *intent, const struct intent_type *type, const void *current,
	       void *wanted, struct error *error)
{
	const struct link *from = current;
	struct link *to = wanted;

	if (type->rank != INTENT_RANK_LINK)
		return 0;
	if (apart_keep_of(intent, from, to, error))
		return -1;
	return from->peer && to->peer ? apart_keep_of(intent, from->peer, to->peer, error) : 0;
}
