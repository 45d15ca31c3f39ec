/* Names that we only see may hold any byte; in a URL they come escaped. */
#include "netops/url.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "netops/ip.h"

void url_format(char url[ERROR_URL_SIZE], const char *format, ...)
{
	size_t length = strlen(url);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(url + length, ERROR_URL_SIZE - length, format, arguments);
	va_end(arguments);
}

void url_text(char url[ERROR_URL_SIZE], const char *text)
{
	size_t length = strlen(url), more = strlen(text);

	if (more >= ERROR_URL_SIZE - length)
		more = ERROR_URL_SIZE - 1 - length;
	memcpy(url + length, text, more);
	url[length + more] = '\0';
}

void url_number(char url[ERROR_URL_SIZE], uint32_t number)
{
	char text[11] = "", *start = text + 10;

	do
		*--start = (char)('0' + number % 10);
	while (number /= 10);
	url_text(url, start);
}

void url_prefix(char url[ERROR_URL_SIZE], const struct ip *prefix)
{
	char text[IP_TEXT_SIZE];

	ip_format_prefix(prefix, text);
	url_text(url, text);
}

static bool url_is_plain(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
	       byte == '~' || byte == ':';
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
