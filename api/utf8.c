/*
 * The lead byte says how long the sequence is; of the bytes behind it only the
 * first is sometimes bound more narrowly (RFC 3629, section 4).
 */
#include "api/utf8.h"

size_t utf8_length(const char *text, size_t left)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char lead = bytes[0], low = 0x80, high = 0xbf;
	size_t length = lead < 0x80 ? 1 :
			lead < 0xc2 ? 0 :
			lead < 0xe0 ? 2 :
			lead < 0xf0 ? 3 :
			lead < 0xf5 ? 4 :
				      0;

	if (!length || length > left)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf) {
		if (bytes[i] < low || bytes[i] > high)
			return 0;
	}
	return length;
}
