/*
 * A field is a list of elements with parameters: split at commas, then at
 * semicolons. Quoted strings with such characters inside appear in none of the
 * fields that we read.
 */
#include "api/media.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One element of a list; text is not terminated. */
struct media_element {
	const char *text, *parameters; /* parameters: at the first ';', or at end */
	size_t length;		       /* without parameters and space */
	const char *end;
};

static bool media_next(const char **field, struct media_element *ret)
{
	const char *text = *field + strspn(*field, ", \t");

	if (!*text)
		return false;
	ret->text = text;
	ret->end = text + strcspn(text, ",");
	ret->parameters = text + strcspn(text, ",;");
	ret->length = (size_t)(ret->parameters - text);
	while (ret->length && strchr(" \t", text[ret->length - 1]))
		ret->length--;
	*field = ret->end;
	return true;
}

static bool media_named(const struct media_element *element, const char *name, size_t length)
{
	return element->length == length && !strncasecmp(element->text, name, length);
}

/* q=0.8 is 800. Without one it is 1000. */
static int media_weight(const struct media_element *element)
{
	for (const char *at = element->parameters; at < element->end; at++) {
		at += strspn(at, "; \t");
		if (at < element->end && !strncasecmp(at, "q=", 2)) {
			double weight = strtod(at + 2, NULL);

			return weight >= 1 ? 1000 : weight > 0 ? (int)(weight * 1000) : 0;
		}
		at += strcspn(at, ";,");
	}
	return 1000;
}

/* 3: the type itself, 2: of its group, 1: any, 0: something else. */
static int media_rank(const struct media_element *element, const char *type)
{
	size_t group = (size_t)(strchr(type, '/') - type) + 1;

	if (media_named(element, type, strlen(type)))
		return 3;
	if (media_named(element, "*/*", 3))
		return 1;
	return element->length == group + 1 && element->text[group] == '*' &&
			       !strncasecmp(element->text, type, group) ?
		       2 :
		       0;
}

int media_quality(const char *accept, const char *type, bool exact)
{
	struct media_element element;
	int best = exact ? 2 : 0, quality = 0;

	if (!accept || !*accept)
		return exact ? 0 : 1000;
	while (media_next(&accept, &element)) {
		int rank = media_rank(&element, type);

		if (rank > best) {
			best = rank;
			quality = media_weight(&element);
		}
	}
	return quality;
}

bool media_is(const char *field, const char *type)
{
	struct media_element element;

	return media_next(&field, &element) && media_named(&element, type, strlen(type));
}

bool media_is_coded(const char *coding)
{
	return coding && strcasecmp(coding, "identity") != 0;
}

int media_coding(const char *accept, const char *name)
{
	struct media_element element;

	while (accept && media_next(&accept, &element)) {
		if (media_named(&element, name, strlen(name)))
			return media_weight(&element);
	}
	return -1;
}

bool media_lists(const char *field, const char *name)
{
	struct media_element element;

	while (field && media_next(&field, &element)) {
		if (media_named(&element, name, strlen(name)))
			return true;
	}
	return false;
}
