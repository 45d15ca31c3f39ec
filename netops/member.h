/* Wrong members: where in the body they stand, and what several objects check alike. */
#ifndef NETOPS_MEMBER_H
#define NETOPS_MEMBER_H

#include <stddef.h>

#include "netops/error.h"
#include "netops/ip.h"

/* Puts prefix ("/addresses/0") before the pointers of the members from first on. */
void member_prefix(struct error *error, unsigned int first, const char *prefix);

/* All that another error says is added; what is no wrong member takes the place of what is. */
void member_add_all(struct error *error, const struct error *more);

/*
 * For the failure of one item of a list: its members get the prefix "/3". An
 * error without members gets one, which points to the item. The kind stays.
 */
void member_of_item(struct error *error, size_t index);

/* A complaint if "10.0.0.1/24" was written where "10.0.0.0/24" is meant. */
void member_check_host_bits(const struct ip *prefix, const char *pointer, struct error *error);

#endif
