/* A list: it is searched when tunnels change, and for packets of a tunnel that is open to any. */
#include "datapath/table.h"

#include <string.h>

static struct tunnel *table;

struct tunnel *table_first(void)
{
	return table;
}

struct tunnel *table_find(const char *namespace, uint32_t index)
{
	for (struct tunnel *one = table; one; one = one->next)
		if (one->told.index == index && !strcmp(one->told.namespace, namespace))
			return one;
	return NULL;
}

void table_add(struct tunnel *tunnel)
{
	tunnel->next = table;
	table = tunnel;
}

void table_take(struct tunnel *tunnel)
{
	for (struct tunnel **at = &table; *at; at = &(*at)->next)
		if (*at == tunnel) {
			*at = tunnel->next;
			return;
		}
}

static bool table_same_keys(const struct settings *a, const struct settings *b)
{
	return a->kind == b->kind && a->input_key == b->input_key &&
	       !((a->input_flags ^ b->input_flags) & GRE_KEY);
}

bool table_has_same(const struct tunnel *tunnel, const struct settings *settings)
{
	for (const struct tunnel *one = table; one; one = one->next)
		if (one != tunnel && one->underlay == tunnel->underlay &&
		    one->settings.local == settings->local &&
		    one->settings.remote == settings->remote &&
		    one->settings.link == settings->link &&
		    table_same_keys(&one->settings, settings))
			return true;
	return false;
}

/* The kernel's order: both addresses, the remote one, the local one, none. */
static int table_rank(const struct settings *settings)
{
	return 2 * !!settings->remote + !!settings->local;
}

bool table_has_better(const struct tunnel *tunnel, uint32_t source, uint32_t destination)
{
	const struct settings *own = &tunnel->settings;

	if (own->local && own->remote)
		return false;
	for (const struct tunnel *one = table; one; one = one->next) {
		const struct settings *other = &one->settings;

		if (one != tunnel && one->underlay == tunnel->underlay &&
		    table_rank(other) > table_rank(own) &&
		    (!other->remote || other->remote == source) &&
		    (!other->local || other->local == destination) &&
		    table_same_keys(other, own))
			return true;
	}
	return false;
}
