/* What is asked of a mirror. */
#include <stdio.h>
#include <string.h>

#include "netops/hash_set.h"
#include "netops/mirror_private.h"

const char *mirror_name(struct mirror *mirror, uint32_t index)
{
	const struct mirror_link *link = mirror_find(mirror, index);

	if (link)
		return link->name;
	snprintf(mirror->unknown, sizeof(mirror->unknown), "if%u", index);
	return mirror->unknown;
}

bool mirror_knows(const struct mirror *mirror, uint32_t index)
{
	return mirror_find(mirror, index) != NULL;
}

static uint32_t index_of(const struct mirror *mirror, const char *name)
{
	for (size_t i = 0; i < mirror->count; i++) {
		if (!strcmp(mirror->links[i].name, name))
			return mirror->links[i].index;
	}
	return 0;
}

uint32_t mirror_index(struct mirror *mirror, const char *name)
{
	uint32_t *place = &mirror->named[hash_of(name, strlen(name), 0) % MIRROR_NAMED];
	const struct mirror_link *link = mirror_find(mirror, *place);

	if (!link || strcmp(link->name, name) != 0)
		*place = index_of(mirror, name);
	return *place;
}

/* It may be another's lower link, master or peer. */
bool mirror_is_alone(const struct mirror *mirror, const struct mirror_link *link)
{
	if (link->master || link->reaches_out || link->paired)
		return false;
	for (size_t i = 0; i < mirror->count; i++) {
		const struct mirror_link *other = &mirror->links[i];

		if (other != link &&
		    (other->lower == link->index || other->master == link->index))
			return false;
	}
	return true;
}

unsigned int mirror_links_up(const struct mirror *mirror)
{
	return mirror->up;
}

bool mirror_reaches_out(const struct mirror *mirror)
{
	return mirror->outward > 0;
}

bool mirror_link_reaches_out(const struct mirror *mirror, uint32_t index)
{
	const struct mirror_link *link = mirror_find(mirror, index);

	return link && link->reaches_out;
}

bool mirror_is_quiet(const struct mirror *mirror, uint32_t index)
{
	const struct mirror_link *link = mirror_find(mirror, index);

	return link && link->quiet;
}

bool mirror_has_quiet(const struct mirror *mirror)
{
	return mirror->quiet > 0;
}
