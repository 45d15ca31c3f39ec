/* What two descriptions of a tunnel's IPsec have in common. */
#include <string.h>

#include "netops/ipsec.h"

static void algorithm_keep_key(struct ipsec_algorithm *algorithm,
			       const struct ipsec_algorithm *current)
{
	if (!algorithm->given || algorithm->given_key || algorithm->nulled_key ||
	    !current->given_key || strcmp(algorithm->name, current->name))
		return;
	memcpy(algorithm->key, current->key, sizeof(algorithm->key));
	algorithm->key_length = current->key_length;
	algorithm->given_key = true;
}

static void direction_keep_keys(struct ipsec_direction *direction,
				const struct ipsec_direction *current)
{
	algorithm_keep_key(&direction->encryption, &current->encryption);
	algorithm_keep_key(&direction->authentication, &current->authentication);
	algorithm_keep_key(&direction->aead, &current->aead);
}

void ipsec_keep_keys(struct ipsec *ipsec, const struct ipsec *current)
{
	direction_keep_keys(&ipsec->inbound, &current->inbound);
	direction_keep_keys(&ipsec->outbound, &current->outbound);
}

/* Bits that are not said are the kernel's, and so are the other's. */
static bool algorithm_same(const struct ipsec_algorithm *a, const struct ipsec_algorithm *b)
{
	if (!a->given || !b->given)
		return a->given == b->given;
	return !strcmp(a->name, b->name) && a->key_length == b->key_length &&
	       !memcmp(a->key, b->key, a->key_length) &&
	       (!a->given_bits || !b->given_bits || a->bits == b->bits);
}

static bool direction_same(const struct ipsec_direction *a, const struct ipsec_direction *b)
{
	return a->given == b->given && a->spi == b->spi &&
	       algorithm_same(&a->encryption, &b->encryption) &&
	       algorithm_same(&a->authentication, &b->authentication) &&
	       algorithm_same(&a->aead, &b->aead);
}

bool ipsec_same(const struct ipsec *a, const struct ipsec *b, const struct ipsec_path *path)
{
	return ipsec_reqid(a, path) == ipsec_reqid(b, path) &&
	       direction_same(&a->inbound, &b->inbound) &&
	       direction_same(&a->outbound, &b->outbound);
}
