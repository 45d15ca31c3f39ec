/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef API_UTF8_H
#define API_UTF8_H

#include <stddef.h>

/* The length of the sequence that text begins with, or 0 if it is none. left: bytes there are. */
size_t utf8_length(const char *text, size_t left);

#endif
