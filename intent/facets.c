/* A URL's segments by their places: each collection has its own order of them. */
#include "intent/facets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The segments that are looked at; 0: it has no such one. Segment 0 is the collection. */
static const struct facets {
	const char *collection;
	unsigned int device, family, table, address;
} facets[] = {
	{ "links", 2, 0, 0, 0 },  { "tunnels", 2, 0, 0, 0 },   { "addresses", 2, 0, 0, 3 },
	{ "routes", 0, 0, 2, 3 }, { "neighbors", 2, 0, 0, 3 }, { "rules", 0, 2, 0, 0 },
};

/* Segment number `index` of "/a/b/c?d": where it begins, and its length. */
static const char *segment(const char *url, unsigned int index, size_t *ret_length)
{
	for (;; index--) {
		url += *url == '/';
		*ret_length = strcspn(url, "/?");
		if (!index)
			return url;
		url += *ret_length;
		if (*url != '/') {
			*ret_length = 0;
			return url;
		}
	}
}

static const struct facets *facets_find(const char *object)
{
	size_t length;
	const char *collection = segment(object, 0, &length);

	for (size_t i = 0; i < sizeof(facets) / sizeof(facets[0]); i++) {
		if (strlen(facets[i].collection) == length &&
		    !memcmp(facets[i].collection, collection, length))
			return &facets[i];
	}
	return NULL;
}

static int digit(char letter)
{
	const char *digits = "0123456789ABCDEF", *at = strchr(digits, letter);

	return letter && at ? (int)(at - digits) : -1;
}

static void unescape(const char *text, size_t length, char *ret, size_t size)
{
	size_t filled = 0;

	for (size_t i = 0; i < length && filled + 1 < size; i++) {
		int high = text[i] == '%' && i + 2 < length ? digit(text[i + 1]) : -1;
		int low = high >= 0 ? digit(text[i + 2]) : -1;

		ret[filled++] = low < 0 ? text[i] : (char)(16 * high + low);
		i += low < 0 ? 0 : 2;
	}
	ret[filled] = '\0';
}

void facets_of_object(struct event *event, char device[FACETS_DEVICE_SIZE])
{
	const struct facets *of = event->object ? facets_find(event->object) : NULL;
	const char *text;
	size_t length;

	device[0] = '\0';
	if (!of)
		return;
	if (of->device) {
		text = segment(event->object, of->device, &length);
		unescape(text, length, device, FACETS_DEVICE_SIZE);
		event->device = device;
	}
	if (of->family) {
		text = segment(event->object, of->family, &length);
		event->family = length == 4 && !memcmp(text, "ipv6", 4) ? AF_INET6 : AF_INET;
	}
	if (of->address) {
		text = segment(event->object, of->address, &length);
		event->family = memchr(text, ':', length) || memmem(text, length, "%3A", 3) ?
					AF_INET6 :
					AF_INET;
	}
	if (of->table) {
		text = segment(event->object, of->table, &length);
		event->table = (uint32_t)strtoul(text, NULL, 10);
		event->has_table = length > 0;
	}
}
