/*
 * One page of a list, for those who ask for ?limit=. The kernel tells its tables in an
 * order of its own, and cannot begin in the middle; so a page is what comes first, in the
 * order of places, of all that lies behind the place where the last page ended.
 *
 * A place is a text made of the object's key, so it does not matter in which order
 * objects are told, which have come or gone since, or whether the one that ended the
 * last page is still there: what is there all the time comes on just one page.
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netops/error.h"
#include "netops/buffer.h"

enum {
	PAGE_LIMIT = 10000,
	PAGE_USUAL = 1000, /* where nobody says how much */
	PAGE_PLACE_SIZE = 2 * ERROR_URL_SIZE,
};

struct page;

/* after: as a client gives it, or NULL: from the beginning. The error is a wrong one, or no memory. */
int page_new(uint32_t limit, const char *after, struct page **ret, struct error *error);
void page_free(struct page *page); /* NULL is legal */

/*
 * The place of an object, but for what tells it from others of its key, which the
 * caller appends. The namespace comes first, so that a page goes through them one by one.
 */
void page_place(const char *key, char ret[PAGE_PLACE_SIZE]);
/* Compares as places do. */
int page_compare_namespaces(const char *one, const char *other);

/* Has the page ended before this namespace begins? */
bool page_is_behind(const struct page *page, const char *namespace);
/* All namespaces from here on can only be of later pages. */
bool page_is_full(const struct page *page);

/* Would an object of a place that begins so be on the page, of what is known by now? */
bool page_may_want(const struct page *page, const char *start);
/* Of just this place? */
bool page_wants(const struct page *page, const char *place);
/* Adds it; the text is copied. */
int page_add(struct page *page, const char *place, const char *text, size_t length,
	     struct error *error);
/* Between namespaces; and takes out what was added since. */
void page_mark(struct page *page);
void page_rewind(struct page *page);

/* The texts in the order of their places; NULL behind the last. Nothing is added from then on. */
const char *page_next(struct page *page, size_t *ret_length);
/* Where the next page begins, as a client is told it; false: this was the last. */
bool page_cursor(struct page *page, struct buffer *ret);

#endif
