/* Checks speak of their object alone; who knows where it stands moves their pointers. */
#include "netops/member.h"

#include <stdio.h>
#include <string.h>

void member_prefix(struct error *error, unsigned int first, const char *prefix)
{
	for (unsigned int i = first; i < error->member_count && i < ERROR_MEMBERS; i++) {
		struct error_member *member = &error->members[i];
		char pointer[sizeof(member->pointer)];

		memcpy(pointer, member->pointer, sizeof(pointer));
		snprintf(member->pointer, sizeof(member->pointer), "%s%.*s", prefix,
			 (int)(sizeof(pointer) - 1), pointer);
	}
}
