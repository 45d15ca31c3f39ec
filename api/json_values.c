/* The typed getters of json_reader.h: nothing is converted, nothing is cut or clamped. */
#include "api/json_reader.h"

#include <json-c/json.h>
#include <string.h>

#include "netops/text.h"

int json_value_boolean(const struct json_place *place, bool *ret)
{
	if (!json_object_is_type(place->value, json_type_boolean))
		return json_complain_type(place, "true or false");
	*ret = json_object_get_boolean(place->value);
	return 0;
}

int json_value_number(const struct json_place *place, uint32_t minimum, uint32_t maximum,
		      uint32_t *ret)
{
	int64_t number;

	if (!json_object_is_type(place->value, json_type_int))
		return json_complain_type(place, "a whole number");
	number = json_object_get_int64(place->value);
	if (number < minimum || number > maximum)
		return json_complain(place, "range", "it must be from %u to %u, not %s",
				     minimum, maximum,
				     json_object_to_json_string(place->value));
	*ret = (uint32_t)number;
	return 0;
}

int json_value_string(const struct json_place *place, const char **ret)
{
	const char *text;

	if (!json_is_string(place))
		return json_complain_type(place, "a string");
	text = json_object_get_string(place->value);
	if (strlen(text) != (size_t)json_object_get_string_len(place->value))
		return json_complain(place, "format", "it must not hold NUL (\\u0000)");
	*ret = text;
	return 0;
}

int json_value_text(const struct json_place *place, char *ret, size_t size)
{
	const char *text = "";

	if (json_value_string(place, &text))
		return -1;
	if (*text && text_copy(ret, size, text))
		return 0;
	return json_complain(place, "length", "it must have from 1 to %zu bytes, not %zu",
			     size - 1, strlen(text));
}

int json_value_object(const struct json_place *place)
{
	return json_is_object(place) ? 0 : json_complain_type(place, "an object");
}

int json_value_array(const struct json_place *place)
{
	return json_is_array(place) ? 0 : json_complain_type(place, "an array");
}

int json_read_boolean(const struct json_place *place, const char *name, bool *ret)
{
	struct json_place value;

	if (!json_find(place, name, &value))
		return 0;
	return json_value_boolean(&value, ret) ? -1 : 1;
}

int json_read_number(const struct json_place *place, const char *name, uint32_t minimum,
		     uint32_t maximum, uint32_t *ret)
{
	struct json_place value;

	if (!json_find(place, name, &value))
		return 0;
	return json_value_number(&value, minimum, maximum, ret) ? -1 : 1;
}

int json_read_text(const struct json_place *place, const char *name, char *ret, size_t size)
{
	struct json_place value;

	if (!json_find(place, name, &value))
		return 0;
	return json_value_text(&value, ret, size) ? -1 : 1;
}

int json_read_object(const struct json_place *place, const char *name, struct json_place *ret)
{
	if (!json_find(place, name, ret))
		return 0;
	return json_value_object(ret) ? -1 : 1;
}

int json_read_array(const struct json_place *place, const char *name, struct json_place *ret)
{
	if (!json_find(place, name, ret))
		return 0;
	return json_value_array(ret) ? -1 : 1;
}
