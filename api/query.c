/* Values of query parameters: texts become what the handler needs, or the request is refused. */
#include "api/query.h"

#include <stdio.h>
#include <string.h>

#include "netops/text.h"

const char *query_text(const struct api_call *call, const char *key)
{
	for (unsigned int i = 0; i < call->query_count; i++) {
		if (!strcmp(call->query_keys[i], key))
			return call->query_values[i];
	}
	return NULL;
}

static int query_refuse(struct error *error, const char *key, const char *value,
			const char *expected)
{
	return error_set(error, ERROR_MALFORMED,
			 "the query parameter \"%s\" must be %s, not \"%.60s\"", key, expected,
			 value);
}

int query_boolean(const struct api_call *call, const char *key, bool *ret, struct error *error)
{
	const char *value = query_text(call, key);

	if (!value)
		return 0;
	if (strcmp(value, "true") && strcmp(value, "false"))
		return query_refuse(error, key, value, "true or false");
	*ret = *value == 't';
	return 0;
}

int query_name(const struct api_call *call, const char *key, char *ret, size_t size,
	       struct error *error)
{
	const char *value = query_text(call, key);
	char expected[64];

	if (!value || (*value && text_copy(ret, size, value)))
		return 0;
	snprintf(expected, sizeof(expected), "a name of 1 to %zu bytes", size - 1);
	return query_refuse(error, key, value, expected);
}

int query_number(const struct api_call *call, const char *key, uint32_t minimum,
		 uint32_t maximum, uint32_t *ret, struct error *error)
{
	const char *value = query_text(call, key);
	char expected[64];

	if (!value || text_number(value, minimum, maximum, ret))
		return 0;
	snprintf(expected, sizeof(expected), "a number from %u to %u", minimum, maximum);
	return query_refuse(error, key, value, expected);
}

static void query_words(const struct row_word *words, const char *start, char text[300])
{
	int length = snprintf(text, 300, "%s", start);

	for (const struct row_word *word = words; word->name && length < 300; word++)
		length += snprintf(text + length, 300 - (size_t)length, "%s%s",
				   word == words ? "" : ", ", word->name);
}

int query_word(const struct api_call *call, const char *key, const struct row_word *words,
	       uint32_t *ret, struct error *error)
{
	const char *value = query_text(call, key);
	char expected[300];

	if (!value || row_word_value(words, value, ret))
		return 0;
	query_words(words, "one of ", expected);
	return query_refuse(error, key, value, expected);
}

int query_named(const struct api_call *call, const char *key, const struct row_word *words,
		uint32_t minimum, uint32_t maximum, uint32_t *ret, struct error *error)
{
	const char *value = query_text(call, key);
	char expected[300], start[64];

	if (!value || row_word_value(words, value, ret) ||
	    text_number(value, minimum, maximum, ret))
		return 0;
	snprintf(start, sizeof(start), "a number from %u to %u or one of ", minimum, maximum);
	query_words(words, start, expected);
	return query_refuse(error, key, value, expected);
}

int query_address(const struct api_call *call, const char *key, struct ip *ret,
		  struct error *error)
{
	const char *value = query_text(call, key);

	if (!value || ip_parse(ret, value))
		return 0;
	return query_refuse(error, key, value, "an IP address without a prefix length");
}

int query_prefix(const struct api_call *call, const char *key, struct ip *ret,
		 struct error *error)
{
	const char *value = query_text(call, key);

	if (!value || ip_parse_prefix(ret, value))
		return 0;
	return query_refuse(error, key, value, "an IP prefix like 10.0.0.0/8");
}
