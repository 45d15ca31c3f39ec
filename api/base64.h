/* The alphabet for URLs, without padding: RFC 4648, 5. */
#ifndef API_BASE64_H
#define API_BASE64_H

#include <stddef.h>

#include "netops/buffer.h"

void base64_write(const void *bytes, size_t length, struct buffer *ret);
/*
 * The bytes, with a NUL behind them, for the caller to free(). NULL with EINVAL in errno:
 * text is not what base64_write() writes; with ENOMEM: no memory.
 */
char *base64_read(const char *text, size_t *ret_length);

#endif
