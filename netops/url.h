/* Building the path and query of an object: RFC 3986. Cut at the size, always ended by NUL. */
#ifndef NETOPS_URL_H
#define NETOPS_URL_H

#include <stdint.h>

#include "netops/error.h"

/* Appends as it is: "/links/", "?peer=", numbers. */
void url_format(char url[ERROR_URL_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for what stands in a million URLs of a list: a text as it is, a number, a prefix. */
struct ip;
void url_text(char url[ERROR_URL_SIZE], const char *text);
void url_number(char url[ERROR_URL_SIZE], uint32_t number);
void url_prefix(char url[ERROR_URL_SIZE], const struct ip *prefix);
/* Appends one segment or value; what is not a letter, digit or one of "-._~:" is escaped. */
void url_escape(char url[ERROR_URL_SIZE], const char *text);

#endif
