/* Three bytes are four letters; what is left over is two or three, with bits of zero at the end. */
#include "api/base64.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";

void base64_write(const void *bytes, size_t length, struct buffer *ret)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < length; i += 3) {
		size_t some = length - i < 3 ? length - i : 3;
		uint32_t word = 0;
		char letters[4];

		for (size_t j = 0; j < 3; j++)
			word = word << 8 | (j < some ? from[i + j] : 0);
		for (int j = 0; j < 4; j++)
			letters[j] = base64_letters[word >> (18 - 6 * j) & 63];
		buffer_append(ret, letters, some + 1);
	}
}

/* Up to four letters into up to three bytes; how many, or 0: they are none. */
static size_t base64_read_some(const char *text, size_t length, char ret[3])
{
	uint32_t word = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *found = i < length ? strchr(base64_letters, text[i]) :
						 base64_letters;

		if (!found)
			return 0;
		word = word << 6 | (uint32_t)(found - base64_letters);
	}
	/* One text has one writing: what is left over is zero. */
	if (length < 2 || (length == 2 && word & 0xffff) || (length == 3 && word & 0xff))
		return 0;
	for (int i = 0; i < 3; i++)
		ret[i] = (char)(word >> (16 - 8 * i));
	return length - 1;
}

char *base64_read(const char *text, size_t *ret_length)
{
	size_t length = strlen(text), done = 0;
	char *bytes = malloc(length / 4 * 3 + 4);

	for (size_t i = 0; bytes && i < length; i += 4) {
		size_t some = base64_read_some(text + i, length - i < 4 ? length - i : 4,
					       bytes + done);

		if (!some) {
			free(bytes);
			errno = EINVAL;
			return NULL;
		}
		done += some;
	}
	if (bytes)
		bytes[done] = '\0';
	*ret_length = done;
	return bytes;
}
