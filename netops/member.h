/* Pointers to wrong members, once it is known where in the body their object stands. */
#ifndef NETOPS_MEMBER_H
#define NETOPS_MEMBER_H

#include <stddef.h>

#include "netops/error.h"

/* Puts prefix ("/addresses/0") before the pointers of the members from first on. */
void member_prefix(struct error *error, unsigned int first, const char *prefix);

/*
 * For the failure of one item of a list: its members get the prefix "/3". An
 * error without members gets one, which points to the item. The kind stays.
 */
void member_of_item(struct error *error, size_t index);

#endif
