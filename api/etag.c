/* A tag is a hash of what it stands for: equal in every process, and never stored. */
#include "api/etag.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a of 64 bits: whoever could aim for a collision may change the object anyway. */
void etag_make(const void *bytes, size_t length, char ret[ETAG_SIZE])
{
	const unsigned char *byte = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
	snprintf(ret, ETAG_SIZE, "\"%016" PRIx64 "\"", hash);
}

bool etag_listed(const char *header, const char *tag, bool weak)
{
	const char *at = header + strspn(header, " \t");
	size_t length;

	if (*at == '*')
		return true;
	while (*at) {
		bool is_weak = !strncmp(at, "W/", 2);

		at += is_weak ? 2 : 0;
		length = *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ", \t");
		if ((weak || !is_weak) && length == strlen(tag) && !strncmp(at, tag, length))
			return true;
		at += strnlen(at, length);
		at += strspn(at, ", \t");
	}
	return false;
}
