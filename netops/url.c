/* Names that we only see may hold any byte; in a URL they come escaped. */
#include "netops/url.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void url_format(char url[ERROR_URL_SIZE], const char *format, ...)
{
	size_t length = strlen(url);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(url + length, ERROR_URL_SIZE - length, format, arguments);
	va_end(arguments);
}

static bool url_is_plain(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || (byte && strchr("-._~:", byte));
}

void url_escape(char url[ERROR_URL_SIZE], const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t length = strlen(url);

	for (; *text && length + 3 < ERROR_URL_SIZE; text++) {
		unsigned char byte = (unsigned char)*text;

		if (url_is_plain(byte)) {
			url[length++] = (char)byte;
			continue;
		}
		url[length++] = '%';
		url[length++] = digits[byte >> 4];
		url[length++] = digits[byte & 15];
	}
	url[length] = '\0';
}
