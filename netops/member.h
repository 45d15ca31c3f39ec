/* Pointers to wrong members, once it is known where in the body their object stands. */
#ifndef NETOPS_MEMBER_H
#define NETOPS_MEMBER_H

#include "netops/error.h"

/* Puts prefix ("/addresses/0") before the pointers of the members from first on. */
void member_prefix(struct error *error, unsigned int first, const char *prefix);

#endif
