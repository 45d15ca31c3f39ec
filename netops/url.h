/* Building the path and query of an object: RFC 3986. Cut at the size, always ended by NUL. */
#ifndef NETOPS_URL_H
#define NETOPS_URL_H

#include "netops/error.h"

/* Appends as it is: "/links/", "?peer=", numbers. */
void url_format(char url[ERROR_URL_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Appends one segment or value; what is not a letter, digit or one of "-._~:" is escaped. */
void url_escape(char url[ERROR_URL_SIZE], const char *text);

#endif
