/* Growth by doubling; a failure is remembered rather than returned at each step. */
#include "netops/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool buffer_room(struct buffer *buffer, size_t more)
{
	size_t size = buffer->size ? buffer->size : 1024;
	char *data;

	while (size - buffer->length < more)
		size *= 2;
	if (size == buffer->size)
		return !buffer->failed;
	data = buffer->failed ? NULL : realloc(buffer->data, size);
	if (!data) {
		buffer->failed = true;
		return false;
	}
	buffer->data = data;
	buffer->size = size;
	return true;
}

bool buffer_reserve(struct buffer *buffer, size_t more)
{
	return buffer->size - buffer->length >= more ? !buffer->failed :
						       buffer_room(buffer, more);
}

void buffer_append(struct buffer *buffer, const void *data, size_t length)
{
	if (!length || !buffer_room(buffer, length))
		return;
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0 || !buffer_room(buffer, (size_t)length + 1))
		return;
	va_start(arguments, format);
	vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buffer->length += (size_t)length;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}
