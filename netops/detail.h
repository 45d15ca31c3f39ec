/*
 * Plain values, told one after the other, of what is only ever shown: so nothing
 * of it needs a place in a record. Groups, and items of a list, stand together.
 */
#ifndef NETOPS_DETAIL_H
#define NETOPS_DETAIL_H

#include <stdint.h>

enum detail_type {
	DETAIL_NUMBER,
	DETAIL_BOOL,
	DETAIL_TEXT,
	DETAIL_ITEM, /* a text that is one of a list */
};

struct detail {
	const char *group; /* NULL: of none */
	const char *name;
	enum detail_type type;
	uint64_t number;
	const char *text; /* borrowed until the call returns */
};
typedef void detail_told(const struct detail *detail, void *context);

#endif
