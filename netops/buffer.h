/* A growing piece of text or bytes. Zeroed is empty; one owner; buffer_free ends it. */
#ifndef NETOPS_BUFFER_H
#define NETOPS_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *data; /* not terminated by a NUL */
	size_t length, size;
	bool failed; /* memory ran out: what follows was dropped */
};

void buffer_append(struct buffer *buffer, const void *data, size_t length);
/* Room for so many bytes more, to be written at data + length; false: there is none. */
bool buffer_reserve(struct buffer *buffer, size_t more);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Legal on an empty one; leaves it empty. */
void buffer_free(struct buffer *buffer);

#endif
