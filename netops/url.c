/* Names that we only see may hold any byte; in a URL they come escaped. */
#include "netops/url.h"

#include <stdarg.h>
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

void url_escape(char url[ERROR_URL_SIZE], const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~:";

	for (; *text; text++) {
		if (strchr(plain, *text))
			url_format(url, "%c", *text);
		else
			url_format(url, "%%%02X", (unsigned char)*text);
	}
}
