/*
 * Texts from clients, and from the kernel, into fields of a fixed size. A text
 * that does not fit is refused whole: what is cut may name something else.
 */
#ifndef NETOPS_TEXT_H
#define NETOPS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False if text has size bytes or more: then ret is "". */
bool text_copy(char *ret, size_t size, const char *text);

/*
 * A decimal number as it is written once and in no other way: digits alone, no
 * sign, no blank, no leading zero. False, *ret untouched: no such, or out of
 * bounds.
 */
bool text_number(const char *text, uint32_t minimum, uint32_t maximum, uint32_t *ret);

#endif
