/*
 * The first ones of a stream that is in no order: a heap with the last of them on
 * top, so that each newcomer is compared with one, and most are turned away. One
 * more is kept than the page shows, which tells whether there is another page.
 */
#include "api/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/base64.h"
#include "netops/url.h"

/* Below all that keys are made of, so that "a" with all behind it comes before "a-b". */
enum { PAGE_SEPARATOR = '\1' };

struct page_entry {
	char *place; /* and behind its NUL the text */
	size_t length;
	unsigned int round;
};

struct page {
	uint32_t limit;
	char *after; /* a place; "": from the beginning */
	struct page_entry *entries;
	size_t count, room, next;
	bool sorted;
	unsigned int round; /* that is under way: a namespace */
};

/* ---- places ---- */

/* The namespace, as it stands in a key. */
static void place_namespace(const char *namespace, char ret[PAGE_PLACE_SIZE])
{
	ret[0] = '\0';
	url_escape(ret, namespace);
}

/* "/routes/ns1/254/…" is of "ns1", and then "254/…": the collection comes last. */
void page_place(const char *key, char ret[PAGE_PLACE_SIZE])
{
	const char *collection = key + 1, *namespace = collection + strcspn(collection, "/");
	const char *rest, separator[] = { PAGE_SEPARATOR, '\0' };
	size_t length;

	namespace += *namespace == '/';
	length = strcspn(namespace, "/");
	rest = namespace + length;
	ret[0] = '\0';
	strncat(ret, namespace, length);
	strcat(ret, separator);
	strcat(ret, rest);
	strcat(ret, separator);
	strncat(ret, collection, strcspn(collection, "/"));
}

int page_compare_namespaces(const char *one, const char *other)
{
	char a[PAGE_PLACE_SIZE], b[PAGE_PLACE_SIZE];

	place_namespace(one, a);
	place_namespace(other, b);
	return strcmp(a, b);
}

bool page_is_behind(const struct page *page, const char *namespace)
{
	char text[PAGE_PLACE_SIZE];
	size_t length = strcspn(page->after, "\1");

	place_namespace(namespace, text);
	return page->after[0] && strncmp(text, page->after, length) < 0;
}

/* What a place looks like, as far as that can be told. */
static bool place_is_possible(const char *place, size_t length)
{
	unsigned int separators = 0;

	for (size_t i = 0; i < length; i++) {
		if (place[i] == PAGE_SEPARATOR)
			separators++;
		else if ((unsigned char)place[i] <= ' ' || (unsigned char)place[i] >= 0x7f)
			return false;
	}
	return separators == 2 && place[0] != PAGE_SEPARATOR && length < PAGE_PLACE_SIZE;
}

static int page_begin(struct page *page, const char *after, struct error *error)
{
	size_t length = 0;

	page->after = after ? base64_read(after, &length) : strdup("");
	if (!page->after && after && errno == ENOMEM)
		return error_errno(error, ENOMEM, "making a page");
	if (after && (!page->after || !place_is_possible(page->after, length)))
		return error_set(
			error, ERROR_MALFORMED,
			"the query parameter \"after\" must be what the link to a next "
			"page has, not \"%.60s\"",
			after);
	return page->after ? 0 : error_errno(error, ENOMEM, "making a page");
}

int page_new(uint32_t limit, const char *after, struct page **ret, struct error *error)
{
	struct page *page = calloc(1, sizeof(*page));

	if (!page)
		return error_errno(error, ENOMEM, "making a page");
	page->limit = limit;
	if (!page_begin(page, after, error)) {
		*ret = page;
		return 0;
	}
	page_free(page);
	return -1;
}

void page_free(struct page *page)
{
	if (!page)
		return;
	for (size_t i = 0; i < page->count; i++)
		free(page->entries[i].place);
	free(page->entries);
	free(page->after);
	free(page);
}

/* ---- the heap ---- */

static int entry_compare(const void *one, const void *other)
{
	const struct page_entry *a = one, *b = other;

	return strcmp(a->place, b->place);
}

static void entry_swap(struct page_entry *a, struct page_entry *b)
{
	struct page_entry kept = *a;

	*a = *b;
	*b = kept;
}

static void heap_rise(struct page_entry *entries, size_t at)
{
	while (at && entry_compare(&entries[(at - 1) / 2], &entries[at]) < 0) {
		entry_swap(&entries[(at - 1) / 2], &entries[at]);
		at = (at - 1) / 2;
	}
}

static void heap_sink(struct page_entry *entries, size_t count)
{
	for (size_t at = 0, last; 2 * at + 1 < count; at = last) {
		last = 2 * at + 1;
		if (last + 1 < count && entry_compare(&entries[last], &entries[last + 1]) < 0)
			last++;
		if (entry_compare(&entries[last], &entries[at]) <= 0)
			return;
		entry_swap(&entries[last], &entries[at]);
	}
}

bool page_is_full(const struct page *page)
{
	return page->count > page->limit;
}

bool page_may_want(const struct page *page, const char *start)
{
	size_t length = strlen(start);

	return strncmp(start, page->after, length) >= 0 &&
	       (!page_is_full(page) || strncmp(start, page->entries[0].place, length) <= 0);
}

bool page_wants(const struct page *page, const char *place)
{
	return strcmp(place, page->after) > 0 &&
	       (!page_is_full(page) || strcmp(place, page->entries[0].place) < 0);
}

static bool page_grow(struct page *page)
{
	size_t room = page->room ? 2 * page->room : 64;
	struct page_entry *entries = reallocarray(page->entries, room, sizeof(*entries));

	if (!entries)
		return false;
	page->entries = entries;
	page->room = room;
	return true;
}

static void page_drop_last(struct page *page)
{
	free(page->entries[0].place);
	page->entries[0] = page->entries[--page->count];
	heap_sink(page->entries, page->count);
}

int page_add(struct page *page, const char *place, const char *text, size_t length,
	     struct error *error)
{
	size_t size = strlen(place) + 1;
	struct page_entry entry = { malloc(size + length), length, page->round };

	if (!entry.place || (page->count == page->room && !page_grow(page))) {
		free(entry.place);
		return error_errno(error, ENOMEM, "making a page");
	}
	memcpy(entry.place, place, size);
	memcpy(entry.place + size, text, length);
	page->entries[page->count] = entry;
	heap_rise(page->entries, page->count++);
	if (page->count > page->limit + 1)
		page_drop_last(page);
	return 0;
}

void page_mark(struct page *page)
{
	page->round++;
}

/* Those of this round are all behind the earlier ones, so none of these was dropped for them. */
void page_rewind(struct page *page)
{
	size_t kept = 0;

	for (size_t i = 0; i < page->count; i++) {
		if (page->entries[i].round == page->round)
			free(page->entries[i].place);
		else
			page->entries[kept++] = page->entries[i];
	}
	page->count = 0;
	while (page->count < kept)
		heap_rise(page->entries, page->count++);
}

/* ---- what there is in the end ---- */

static void page_sort(struct page *page)
{
	if (!page->sorted && page->count)
		qsort(page->entries, page->count, sizeof(*page->entries), entry_compare);
	page->sorted = true;
}

const char *page_next(struct page *page, size_t *ret_length)
{
	const struct page_entry *entry = page->entries + page->next;

	page_sort(page);
	if (page->next == page->count || page->next == page->limit)
		return NULL;
	page->next++;
	*ret_length = entry->length;
	return entry->place + strlen(entry->place) + 1;
}

bool page_cursor(struct page *page, struct buffer *ret)
{
	const char *place;

	if (!page_is_full(page))
		return false;
	page_sort(page);
	place = page->entries[page->limit - 1].place;
	base64_write(place, strlen(place), ret);
	return true;
}
