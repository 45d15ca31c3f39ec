/* The ipsec member of a vti: algorithms by the kernel's names, keys in hex, never shown. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/link_members.h"

/* The three algorithms that a direction can have. */
struct algorithm_place {
	const char *name, *bits_name; /* bits_name NULL: it has none */
	size_t offset;
};

static const struct algorithm_place algorithm_places[] = {
	{ "encryption", NULL, offsetof(struct ipsec_direction, encryption) },
	{ "authentication", "truncation_bits",
	  offsetof(struct ipsec_direction, authentication) },
	{ "aead", "icv_bits", offsetof(struct ipsec_direction, aead) },
};
enum { ALGORITHM_PLACES = sizeof(algorithm_places) / sizeof(algorithm_places[0]) };

static int hex_digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static int key_read(const struct json_place *place, struct ipsec_algorithm *algorithm)
{
	const char *text;
	size_t length;

	if (json_value_string(place, &text))
		return -1;
	text += !strncmp(text, "0x", 2) ? 2 : 0;
	length = strlen(text);
	if (length % 2 || strspn(text, "0123456789abcdefABCDEF") != length)
		return json_complain(place, "format",
				     "a key is an even number of hexadecimal digits");
	if (length / 2 > IPSEC_KEY_SIZE)
		return json_complain(place, "length", "a key has at most %d bytes",
				     IPSEC_KEY_SIZE);
	for (size_t i = 0; i < length / 2; i++)
		algorithm->key[i] =
			(uint8_t)(16 * hex_digit(text[2 * i]) + hex_digit(text[2 * i + 1]));
	algorithm->key_length = (uint32_t)(length / 2);
	algorithm->given_key = true;
	return 0;
}

static void algorithm_read(const struct json_place *direction,
			   const struct algorithm_place *where, struct ipsec_direction *ret)
{
	struct ipsec_algorithm *algorithm = (void *)((char *)ret + where->offset);
	const char *const names[] = { "algorithm", "key", where->bits_name, NULL };
	struct json_place place, key;

	if (json_read_object(direction, where->name, &place) != 1)
		return;
	algorithm->given = true;
	json_refuse_others(&place, names);
	if (json_need(&place, "algorithm", &key))
		json_value_text(&key, algorithm->name, sizeof(algorithm->name));
	if (json_find(&place, "key", &key)) /* a change may leave it out */
		key_read(&key, algorithm);
	if (where->bits_name)
		algorithm->given_bits = json_read_number(&place, where->bits_name, 0, 512,
							 &algorithm->bits) == 1;
}

static void direction_read(const struct json_place *ipsec, const char *name,
			   struct ipsec_direction *ret)
{
	static const char *const names[] = { "spi", "encryption", "authentication", "aead",
					     NULL };
	struct json_place place;

	if (json_read_object(ipsec, name, &place) != 1)
		return;
	ret->given = true;
	json_refuse_others(&place, names);
	ret->given_spi = json_read_number(&place, "spi", 0, UINT32_MAX, &ret->spi) == 1;
	for (int i = 0; i < ALGORITHM_PLACES; i++)
		algorithm_read(&place, &algorithm_places[i], ret);
}

int ipsec_json_read(const struct json_place *place, struct link *link)
{
	static const char *const names[] = { "reqid", "inbound", "outbound", NULL };
	struct ipsec *ipsec;

	if (json_value_object(place))
		return -1;
	ipsec = link->ipsec = calloc(1, sizeof(*ipsec));
	if (!ipsec)
		return error_set(place->error, ERROR_BUSY, "out of memory");
	json_refuse_others(place, names);
	ipsec->given_reqid = json_read_number(place, "reqid", 0, UINT32_MAX, &ipsec->reqid) ==
			     1;
	direction_read(place, "inbound", &ipsec->inbound);
	direction_read(place, "outbound", &ipsec->outbound);
	return 0;
}

static void key_write(struct json_writer *writer, const struct ipsec_algorithm *algorithm)
{
	char text[2 * IPSEC_KEY_SIZE + 1];

	for (uint32_t i = 0; i < algorithm->key_length; i++)
		snprintf(text + 2 * i, 3, "%02x", algorithm->key[i]);
	text[2 * algorithm->key_length] = '\0';
	json_member_string(writer, "key", text);
	explicit_bzero(text, sizeof(text));
}

static void direction_read_nulls(struct json_object *asked, const char *name,
				 struct ipsec_direction *direction)
{
	char path[64];

	for (int i = 0; i < ALGORITHM_PLACES; i++) {
		struct ipsec_algorithm *algorithm =
			(void *)((char *)direction + algorithm_places[i].offset);

		snprintf(path, sizeof(path), "ipsec/%s/%s/key", name, algorithm_places[i].name);
		algorithm->nulled_key = json_is_null_member(asked, path);
	}
}

void ipsec_json_read_nulls(struct json_object *asked, struct ipsec *ipsec)
{
	direction_read_nulls(asked, "inbound", &ipsec->inbound);
	direction_read_nulls(asked, "outbound", &ipsec->outbound);
}

static void algorithm_write(struct json_writer *writer, const struct algorithm_place *where,
			    const struct ipsec_direction *direction)
{
	const struct ipsec_algorithm *algorithm =
		(const void *)((const char *)direction + where->offset);

	if (!algorithm->given)
		return;
	json_member_object(writer, where->name);
	json_member_string(writer, "algorithm", algorithm->name);
	if (writer->whole && algorithm->given_key)
		key_write(writer, algorithm);
	if (where->bits_name && algorithm->given_bits)
		json_member_number(writer, where->bits_name, algorithm->bits);
	json_write_object_end(writer);
}

static void direction_write(struct json_writer *writer, const char *name,
			    const struct ipsec_direction *direction)
{
	if (!direction->given)
		return;
	json_member_object(writer, name);
	if (direction->given_spi)
		json_member_number(writer, "spi", direction->spi);
	for (int i = 0; i < ALGORITHM_PLACES; i++)
		algorithm_write(writer, &algorithm_places[i], direction);
	json_write_object_end(writer);
}

void ipsec_json_write(struct json_writer *writer, const struct link *link)
{
	const struct ipsec *ipsec = link->ipsec;

	if (!ipsec)
		return;
	json_member_object(writer, "ipsec");
	if (ipsec->given_reqid)
		json_member_number(writer, "reqid", ipsec->reqid);
	direction_write(writer, "inbound", &ipsec->inbound);
	direction_write(writer, "outbound", &ipsec->outbound);
	json_write_object_end(writer);
}

static void direction_secrets(struct json_writer *writer, const char *name,
			      const struct ipsec_direction *direction)
{
	char pointer[64];

	for (int i = 0; i < ALGORITHM_PLACES; i++) {
		const struct ipsec_algorithm *algorithm =
			(const void *)((const char *)direction + algorithm_places[i].offset);

		if (!algorithm->given || !algorithm->key_set)
			continue;
		snprintf(pointer, sizeof(pointer), "/ipsec/%s/%s/key", name,
			 algorithm_places[i].name);
		json_write_string(writer, pointer);
	}
}

void ipsec_json_secrets(struct json_writer *writer, const struct ipsec *ipsec)
{
	direction_secrets(writer, "inbound", &ipsec->inbound);
	direction_secrets(writer, "outbound", &ipsec->outbound);
}
