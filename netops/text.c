/* Whole or not at all. */
#include "netops/text.h"

#include <stdlib.h>
#include <string.h>

bool text_copy(char *ret, size_t size, const char *text)
{
	size_t length = strnlen(text, size);

	ret[0] = '\0';
	if (length == size)
		return false;
	memcpy(ret, text, length + 1);
	return true;
}

bool text_number(const char *text, uint32_t minimum, uint32_t maximum, uint32_t *ret)
{
	enum { MOST_DIGITS = 10 }; /* of UINT32_MAX */
	size_t digits = strspn(text, "0123456789");
	unsigned long long number;

	if (!digits || digits > MOST_DIGITS || text[digits] || (text[0] == '0' && digits > 1))
		return false;
	number = strtoull(text, NULL, 10);
	if (number < minimum || number > maximum)
		return false;
	*ret = (uint32_t)number;
	return true;
}
