/*
 * A text is taken apart by looking for the destination where the writer puts it: it
 * is the first member of its name, and in "self" it is the only thing between
 * slash and question mark, as names come escaped there. What is not found so has no
 * text, and is written by the general writer each time.
 */
#include "api/route_texts.h"

#include <stdlib.h>
#include <string.h>

enum {
	TEXTS_PLACES = 32, /* as many as netops keeps shapes: more are never of use */
	TEXTS_SIZE = 1024, /* of one text; a longer one is not kept */
	TEXTS_PIECES = 3,
};

struct route_text {
	uint32_t shape; /* 0: none */
	uint16_t lengths[TEXTS_PIECES];
	char bytes[TEXTS_SIZE]; /* the pieces, one behind the other */
};

struct route_texts {
	struct route_text places[TEXTS_PLACES];
};

struct route_texts *route_texts_new(void)
{
	return calloc(1, sizeof(struct route_texts));
}

void route_texts_free(struct route_texts *texts)
{
	free(texts);
}

bool route_texts_write(const struct route_texts *texts, struct json_writer *writer,
		       const struct route *route)
{
	const struct route_text *text = &texts->places[route->shape % TEXTS_PLACES];
	struct buffer *buffer = writer->buffer;
	const char *bytes = text->bytes;
	char destination[IP_TEXT_SIZE], *end;
	size_t length;

	if (!route->shape || text->shape != route->shape ||
	    !buffer_reserve(buffer, TEXTS_SIZE + 2 * IP_TEXT_SIZE))
		return false;
	length = ip_put_prefix(&route->options.destination, destination);
	end = buffer->data + buffer->length;
	if (writer->comma)
		*end++ = ',';
	for (int i = 0; i < TEXTS_PIECES; i++) {
		end = mempcpy(end, bytes, text->lengths[i]);
		bytes += text->lengths[i];
		if (i < TEXTS_PIECES - 1)
			end = mempcpy(end, destination, length);
	}
	buffer->length = (size_t)(end - buffer->data);
	writer->comma = true;
	return true;
}

/* Behind the first place of mark from start on, or NULL. */
static const char *texts_behind(const char *start, const char *end, const char *mark)
{
	const char *found = memmem(start, (size_t)(end - start), mark, strlen(mark));

	return found ? found + strlen(mark) : NULL;
}

/* Both places of the destination; false: they are not where they should be. */
static bool texts_find(const char *text, const char *end, const char *destination,
		       const char *places[2])
{
	char member[IP_TEXT_SIZE + 24] = "\"destination\":\"", segment[IP_TEXT_SIZE + 4] = "/";
	size_t length = strlen(destination);

	strcat(strcat(member, destination), "\"");
	strcat(strcat(segment, destination), "?");
	places[0] = texts_behind(text, end, member);
	if (!places[0])
		return false;
	places[1] = texts_behind(places[0], end, "\"self\":\"");
	if (places[1])
		places[1] = texts_behind(places[1], end, segment);
	if (!places[1])
		return false;
	places[0] -= length + 1;
	places[1] -= length + 1;
	return true;
}

void route_texts_learn(struct route_texts *texts, const struct route *route, const char *text,
		       size_t length)
{
	struct route_text *ret = &texts->places[route->shape % TEXTS_PLACES];
	char destination[IP_TEXT_SIZE], *end = ret->bytes;
	const char *places[2], *from = text;
	size_t skip;

	ip_format_prefix(&route->options.destination, destination);
	skip = strlen(destination);
	ret->shape = 0;
	if (!route->shape || length > TEXTS_SIZE ||
	    !texts_find(text, text + length, destination, places))
		return;
	for (int i = 0; i < TEXTS_PIECES; i++) {
		const char *to = i < 2 ? places[i] : text + length;

		ret->lengths[i] = (uint16_t)(to - from);
		end = mempcpy(end, from, ret->lengths[i]);
		from = to + skip;
	}
	ret->shape = route->shape;
}
