/*
 * What can be said about an ipsec member without asking the kernel. Only the
 * shape is judged: the kernel knows its algorithms better than any list here.
 */
#include "netops/ipsec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTER_SIZE = sizeof(((struct error_member *)NULL)->pointer) };

/* What the algorithms of a direction differ in. */
struct slot {
	const char *name;
	const char *bits_name; /* NULL: has none */
	uint32_t bits_minimum, bits_maximum, bits_step;
	uint32_t key_minimum; /* bytes */
};

/*
 * A message authentication code cut below 80 bits is too short to be one (RFC
 * 2104, 5), and a key below its 128 too (RFC 2403, the shortest in use). The
 * tags of AEADs: RFC 4106, 4309.
 */
static const struct slot encryption = { .name = "encryption" };
static const struct slot authentication = {
	.name = "authentication",
	.bits_name = "truncation_bits",
	.bits_minimum = 80,
	.bits_maximum = 512,
	.bits_step = 8,
	.key_minimum = 16,
};
static const struct slot aead = {
	.name = "aead",
	.bits_name = "icv_bits",
	.bits_minimum = 64,
	.bits_maximum = 128,
	.bits_step = 32,
	.key_minimum = 1,
};

void ipsec_clear(struct ipsec *ipsec)
{
	explicit_bzero(ipsec, sizeof(*ipsec));
}

void ipsec_free(struct ipsec *ipsec)
{
	if (!ipsec)
		return;
	ipsec_clear(ipsec);
	free(ipsec);
}

uint32_t ipsec_reqid(const struct ipsec *ipsec, const struct ipsec_path *path)
{
	uint32_t derived = path->output_key & IPSEC_REQID_MAXIMUM;

	if (ipsec->given_reqid)
		return ipsec->reqid;
	return derived ? derived : IPSEC_REQID_MAXIMUM;
}

static void check_name(const struct ipsec_algorithm *algorithm, const char *pointer,
		       struct error *error)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789()_-,.";

	if (!algorithm->name[0])
		error_member(error, pointer, "required",
			     "the kernel's name of the algorithm is needed, like \"cbc(aes)\"");
	else if (strspn(algorithm->name, allowed) != strlen(algorithm->name))
		error_member(error, pointer, "format",
			     "no algorithm is called so: the names look like \"cbc(aes)\"");
}

static void check_key(const struct slot *slot, const struct ipsec_algorithm *algorithm,
		      const char *pointer, struct error *error)
{
	if (!algorithm->given_key)
		error_member(error, pointer, "required", "a key is needed");
	else if (algorithm->key_length < slot->key_minimum)
		error_member(error, pointer, "range",
			     "a key of %u bits is too short: at least %u",
			     8 * algorithm->key_length, 8 * slot->key_minimum);
	else if (algorithm->key_length > IPSEC_KEY_SIZE)
		error_member(error, pointer, "range", "a key has at most %u bits",
			     8 * IPSEC_KEY_SIZE);
}

static void check_bits(const struct slot *slot, const struct ipsec_algorithm *algorithm,
		       const char *pointer, struct error *error)
{
	if (algorithm->bits < slot->bits_minimum || algorithm->bits > slot->bits_maximum ||
	    algorithm->bits % slot->bits_step)
		error_member(error, pointer, "range", "from %u to %u in steps of %u, not %u",
			     slot->bits_minimum, slot->bits_maximum, slot->bits_step,
			     algorithm->bits);
}

static void check_algorithm(const struct slot *slot, const struct ipsec_algorithm *algorithm,
			    const char *parent, struct error *error)
{
	char pointer[POINTER_SIZE];

	if (!algorithm->given)
		return;
	snprintf(pointer, sizeof(pointer), "%s/%s/algorithm", parent, slot->name);
	check_name(algorithm, pointer, error);
	snprintf(pointer, sizeof(pointer), "%s/%s/key", parent, slot->name);
	check_key(slot, algorithm, pointer, error);
	if (!slot->bits_name || !algorithm->given_bits)
		return;
	snprintf(pointer, sizeof(pointer), "%s/%s/%s", parent, slot->name, slot->bits_name);
	check_bits(slot, algorithm, pointer, error);
}

static void check_missing(const struct slot *slot, const char *parent, const char *why,
			  struct error *error)
{
	char pointer[POINTER_SIZE];

	snprintf(pointer, sizeof(pointer), "%s/%s", parent, slot->name);
	error_member(error, pointer, "required", "%s", why);
}

/* RFC 4303, 1: encryption without integrity gives no security worth the name. */
static void check_combination(const struct ipsec_direction *direction, const char *parent,
			      struct error *error)
{
	char pointer[POINTER_SIZE];

	if (direction->aead.given) {
		snprintf(pointer, sizeof(pointer), "%s/%s", parent, aead.name);
		if (direction->encryption.given || direction->authentication.given)
			error_member(
				error, pointer, "conflict",
				"aead does both: it excludes encryption and authentication");
		return;
	}
	if (!direction->encryption.given && !direction->authentication.given)
		error_member(error, parent, "required",
			     "encryption with authentication, or aead, is needed");
	else if (!direction->encryption.given)
		check_missing(
			&encryption, parent,
			"needed beside authentication (\"ecb(cipher_null)\" with an empty "
			"key for none)",
			error);
	else if (!direction->authentication.given)
		check_missing(&authentication, parent, "encryption needs authentication",
			      error);
	else if (strstr(direction->authentication.name, "digest_null")) {
		snprintf(pointer, sizeof(pointer), "%s/authentication/algorithm", parent);
		error_member(error, pointer, "insecure", "this authenticates nothing");
	}
}

static void check_direction(const struct ipsec_direction *direction, const char *parent,
			    struct error *error)
{
	char pointer[POINTER_SIZE];

	if (!direction->given) {
		error_member(error, parent, "required", "both directions need a state");
		return;
	}
	snprintf(pointer, sizeof(pointer), "%s/spi", parent);
	if (!direction->given_spi)
		error_member(error, pointer, "required", "the peer knows the state by it");
	else if (direction->spi < IPSEC_SPI_MINIMUM)
		error_member(error, pointer, "range",
			     "from %d to 4294967295, those below are reserved",
			     IPSEC_SPI_MINIMUM);
	check_combination(direction, parent, error);
	check_algorithm(&encryption, &direction->encryption, parent, error);
	check_algorithm(&authentication, &direction->authentication, parent, error);
	check_algorithm(&aead, &direction->aead, parent, error);
}

int ipsec_check(const struct ipsec *ipsec, const struct ipsec_path *path, const char *pointer,
		struct error *error)
{
	char below[POINTER_SIZE];

	if (!path->input_key || !path->output_key)
		error_member(error, pointer, "keys",
			     "IPsec needs the tunnel's input_key and output_key, and not 0: "
			     "without them it would take all traffic of the namespace");
	snprintf(below, sizeof(below), "%s/reqid", pointer);
	if (ipsec->given_reqid && (!ipsec->reqid || ipsec->reqid > IPSEC_REQID_MAXIMUM))
		error_member(error, below, "range", "from 1 to %d", IPSEC_REQID_MAXIMUM);
	snprintf(below, sizeof(below), "%s/inbound", pointer);
	check_direction(&ipsec->inbound, below, error);
	snprintf(below, sizeof(below), "%s/outbound", pointer);
	check_direction(&ipsec->outbound, below, error);
	return error_verdict(error);
}
